"""The page of deliveries and of jobs."""

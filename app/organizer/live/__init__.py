"""The Live page: the night at a glance, and how much of it has been heard."""

"""The organizer's Set-up page: what an event is, what its doors do, and what is still missing before they open."""

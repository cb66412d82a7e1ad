"""The organizer's window: the night at a glance, honest when it is degraded."""

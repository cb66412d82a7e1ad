"""What kiosk and server say to each other, and how the queue drains, without any I/O."""

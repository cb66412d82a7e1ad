"""What the door sees: cameras, and the codes in their frames."""

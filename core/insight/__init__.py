"""What the organizer is shown of a night: figures, how old they are, and what may be concluded from them."""

"""The door staff's window: presenters in plain Python, and the widgets that show what they say."""

"""The window of `doorlight` without arguments: what a person can do with this computer, and what runs on it."""

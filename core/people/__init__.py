"""The people at a door: found by name, order or reference, and come in groups."""

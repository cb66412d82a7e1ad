"""Mirrors `app.paper`."""

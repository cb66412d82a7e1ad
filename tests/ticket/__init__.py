"""Mirrors `core.ticket`."""

"""Mirrors `core.sync`."""

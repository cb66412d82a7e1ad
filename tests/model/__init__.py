"""Mirrors `core.model`."""

"""Mirrors `core.delivery`."""

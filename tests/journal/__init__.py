"""Mirrors `core.journal`."""

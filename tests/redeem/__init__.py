"""Mirrors `core.redeem`."""

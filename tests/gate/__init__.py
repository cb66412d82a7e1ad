"""Tests of what a lane decides and what its screen shows."""

"""Tests of what the windows share."""

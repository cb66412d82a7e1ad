"""Tests of the door staff's window."""

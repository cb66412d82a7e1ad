"""Tests of what the organizer's window decides before it draws anything."""

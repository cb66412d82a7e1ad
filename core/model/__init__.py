"""Ids, moments, the event and its policy, and the closed table of outcomes."""

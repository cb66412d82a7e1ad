"""The ticket code: its wire form, its seal, and the numbered checks that accept or refuse it."""

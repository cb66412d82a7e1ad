"""What several tests need and no program ships: guards, servers to test against, builders of values."""

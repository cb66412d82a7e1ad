"""The worker: what the ledger has to do without being asked."""

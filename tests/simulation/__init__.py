"""A night at many doors on a virtual clock: real kiosks and a real server, seeded misfortune, invariants."""

"""The legs of a fact's journey from the kiosk to the server, as a table."""

from enum import StrEnum


class Leg(StrEnum):
    """Where a fact is. It is never deleted: the last leg is closed or quarantined, both of them kept.

    A fact in flight is still queued: what only memory knows can't be wrong after a power cut.
    """

    QUEUED = "queued"
    CLOSED = "closed"
    QUARANTINED = "quarantined"


class Arrival(StrEnum):
    """What the server says it did with one fact."""

    APPLIED = "applied"
    REPLAYED = "replayed"
    QUARANTINED = "quarantined"
    LATER = "later"


NEXT: dict[Leg, frozenset[Leg]] = {
    Leg.QUEUED: frozenset({Leg.QUEUED, Leg.CLOSED, Leg.QUARANTINED}),
    Leg.CLOSED: frozenset({Leg.QUEUED}),
    Leg.QUARANTINED: frozenset({Leg.QUEUED}),
}
"""The legs that may follow a leg. What is settled moves for one cause alone: the ledger that settled it was lost."""

AFTER: dict[Arrival, Leg] = {
    Arrival.APPLIED: Leg.CLOSED,
    Arrival.REPLAYED: Leg.CLOSED,
    Arrival.QUARANTINED: Leg.QUARANTINED,
    Arrival.LATER: Leg.QUEUED,
}
"""Where the server's answer puts a fact."""

"""The versions of the protocol between kiosk and server, and which of them are spoken.

Owns the one table. A server is updated first and speaks with kiosks of its own version and of the one before: a door
needn't be updated on the evening on which the server was. Whoever is older, or newer than the server, is told who has
to update. Versions are named by year and month, so that their texts say which is older.
"""

from enum import Enum, unique

VERSIONS = (
    "2026-12",  # undo, override, recovery and resolution as facts; counts of the journal compared; re-entry rules
    "2026-11",  # enrolment, the signed manifest with its lists, scans and what was shown, one by one and in batches
)
"""Newest first. A new line here wants its recorded session in tests/fixtures/releases."""
STEPS_BACK = 1
PROTOCOL = VERSIONS[0]
"""What this program says of itself."""


@unique
class Fit(Enum):
    """Whether a kiosk and this server understand each other, and who of them has to be updated where they do not."""

    SPOKEN = "spoken"
    KIOSK_OUTDATED = "kiosk_outdated"
    SERVER_OUTDATED = "server_outdated"


def fit_of(spoken: str, versions: tuple[str, ...] = VERSIONS) -> Fit:
    """What comes of a kiosk that speaks a version, at a server that knows `versions`."""
    if spoken in versions[: STEPS_BACK + 1]:
        return Fit.SPOKEN
    return Fit.SERVER_OUTDATED if spoken > versions[0] else Fit.KIOSK_OUTDATED

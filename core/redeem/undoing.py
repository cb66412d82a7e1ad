"""Taking a scan back: whose, and for how long.

Owns the rule that kiosk and server share. A kiosk asks it before it writes an undo, the fold before it lets one count.
"""

from enum import StrEnum

from core.journal.scan import Scan, Undo
from core.model.ids import DeviceId
from core.model.moments import Moment

UNDO_WINDOW_MS = 15 * 60 * 1000
"""Staff notice a slip at once; who comes back after a quarter of an hour has been somewhere in between."""


class UndoRefusal(StrEnum):
    """Why a scan is not taken back."""

    OTHER_DEVICE = "other_device"
    TOO_LATE = "too_late"


def undo_refusal(scan: Scan, device: DeviceId, at: Moment) -> UndoRefusal | None:
    """Why `device` may not take a scan back at a moment, or None.

    A device takes back its own scans, up to and including `UNDO_WINDOW_MS` after them by its own clock. A clock that
    jumped backwards, or is suspect, makes no undo too late: the person at the door is there and knows.
    """
    if scan.stamp.device != device:
        return UndoRefusal.OTHER_DEVICE
    if at.is_suspect or scan.stamp.moment.is_suspect:
        return None
    return UndoRefusal.TOO_LATE if at.at_ms - scan.stamp.moment.at_ms > UNDO_WINDOW_MS else None


def is_undone_by(scan: Scan, undo: Undo) -> bool:
    """Whether an undo that names this scan counts."""
    return undo_refusal(scan, undo.stamp.device, undo.stamp.moment) is None

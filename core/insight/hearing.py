"""How a kiosk is heard: at work, switched off in order, gone while the doors were at rest, or silent.

Owns the one table by which alert, window, interface and report tell a door that was closed from a door that fails.
Pure: what the server knows of the kiosks and the time in, a word out.
"""

from collections.abc import Iterable
from enum import StrEnum

from core.sync.kiosk_replies import KioskReply, KioskVitals

SILENT_MS = 110_000
"""A kiosk is heard every few seconds, and the server notes it twice a minute. With the ten seconds between two looks
at the list, nobody waits longer than two minutes to learn that one is silent."""
OUTLASTS_MS = 60_000
"""Signs of life are noted twice a minute: of two kiosks that lose their power together, one may seem to have lived for
half a minute longer. One that was heard for a minute longer has outlived the other."""
RESTED_MS = 2 * 60 * 60_000
"""A door at which the last guest came so long ago is at rest: longer than a break lasts, and shorter than from the end
of the evening to three in the morning."""
READY_MS = 6 * 60 * 60_000
"""For how long a door that was set up waits for its first guest: from the afternoon to the evening."""
_ACTIVE = "active"


class Hearing(StrEnum):
    """How a kiosk is heard. Only a silent one wants somebody."""

    NEVER = "never"
    HEARD = "heard"
    OFF = "off"
    """It said that it ends, with nothing waiting, and called no more."""
    RESTING = "resting"
    """It went without a word, as doors do whose plug is pulled for the night: nothing waits, and none was at work."""
    SILENT = "silent"


def hearing_of(kiosk: KioskReply, beside: Iterable[KioskReply], at_ms: int) -> Hearing:
    """How an active kiosk is heard at `at_ms` (unix ms, the server's clock), `beside` the event's kiosks.

    The first of these that fits:

    1. it never called → never heard
    2. its last word was that it ends, it did not call since, and nothing waits there or is missing here → off
    3. it called less than `SILENT_MS` ago → heard
    4. scans wait there, or are missing here → silent
    5. it was at work when it went: its last guest came less than `RESTED_MS` before, or it was started less than
       `READY_MS` before and waited for its first one; or it can't tell → silent
    6. another kiosk was running when it went, was heard for longer, and was at work by (5) then or is since → silent
    7. else → resting
    """
    seen_ms = kiosk.last_seen_ms
    if seen_ms is None:  # (1)
        return Hearing.NEVER
    missing = max(0, (kiosk.told_facts or 0) - (kiosk.held_facts or 0))
    if is_off(kiosk.vitals, seen_ms, missing):  # (2)
        return Hearing.OFF
    if is_heard(seen_ms, at_ms):  # (3)
        return Hearing.HEARD
    waits = missing or (kiosk.vitals is not None and kiosk.vitals.told.queue)  # (4)
    if waits or _was_at_work(kiosk, seen_ms) or any(_outlived(each, seen_ms) for each in beside):  # (5), (6)
        return Hearing.SILENT
    return Hearing.RESTING  # (7)


def is_off(vitals: KioskVitals | None, seen_ms: int | None, missing: int) -> bool:
    """Whether a kiosk was ended in order: with nothing waiting at it nor missing here, and it did not call since."""
    if vitals is None or seen_ms is None or missing:
        return False
    return vitals.told.is_ending and not vitals.told.queue and seen_ms <= vitals.at_ms


def is_heard(seen_ms: int | None, at_ms: int) -> bool:
    """Whether a kiosk called lately."""
    return seen_ms is not None and at_ms - seen_ms < SILENT_MS


def _outlived(other: KioskReply, gone_ms: int) -> bool:
    """Whether another kiosk was at work when one went at `gone_ms`, and was heard for longer."""
    seen_ms = other.last_seen_ms
    if other.state != _ACTIVE or seen_ms is None or seen_ms - gone_ms < OUTLASTS_MS:
        return False
    return _started_ms(other) <= gone_ms and _was_at_work(other, gone_ms)


def _was_at_work(kiosk: KioskReply, at_ms: int) -> bool:
    """Whether a kiosk had guests lately, was ready for its first one, or has had some since; so where it can't tell."""
    if kiosk.vitals is None or kiosk.vitals.told.idle_ms is None:
        return True
    idle_since_ms = kiosk.vitals.at_ms - kiosk.vitals.told.idle_ms
    return at_ms - idle_since_ms < (READY_MS if kiosk.vitals.told.shown == 0 else RESTED_MS)


def _started_ms(kiosk: KioskReply) -> int:
    """When its program was started, by the server's clock; where nobody knows, long ago."""
    if kiosk.vitals is None:
        return 0
    return kiosk.vitals.told.started_at_ms - (kiosk.clock.offset_ms if kiosk.clock is not None else 0)

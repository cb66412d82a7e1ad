"""States of a kiosk to show, and a clock that stands still until it is told to go on."""

from dataclasses import replace

from app.kiosk.status import StatusFacts
from app.kiosk.trust_facts import ListFacts, TrustFacts
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.health import Link, Trouble
from tests.kiosk.verdicts import NOW_MS

MINUTE_MS = 60_000
ONLINE = StatusFacts(
    event_name="Summer Night",
    gate_name="North gate",
    device_name="North 1",
    direction=Direction.ENTRY,
    now_ms=NOW_MS,
    link=Link.ONLINE,
    trouble=None,
    since_ms=Millis(NOW_MS - 60 * MINUTE_MS),
    queue_length=0,
    trust=TrustFacts(version=41, lists=ListFacts(2 * MINUTE_MS, held=41_203, total=41_203, used_age_ms=14_000)),
    admitted=412,
    inside=398,
    per_minute=38,
)
OFFLINE = replace(
    ONLINE,
    link=Link.OFFLINE,
    trouble=Trouble.UNREACHABLE,
    since_ms=Millis(NOW_MS - 12 * MINUTE_MS - 5_000),
    queue_length=14,
)

TRUSTED = ONLINE.trust


def of_age(age_ms: int | None) -> TrustFacts:
    """What the kiosk goes by once its lists have an age; None is without lists."""
    return replace(TRUSTED, lists=None if age_ms is None else replace(usual_lists(), age_ms=age_ms))


def usual_lists() -> ListFacts:
    """The lists of a good evening."""
    assert TRUSTED.lists is not None
    return TRUSTED.lists


class StillClock:
    """A `Clock` whose hands a test moves."""

    def __init__(self) -> None:
        self.monotonic = 1_000

    def now(self) -> Moment:
        """Always the same moment of the same evening."""
        return Moment(NOW_MS, 1_000, ClockQuality.SYNCED, "boot")

    def monotonic_ms(self) -> int:
        """As far as it has been moved."""
        return self.monotonic

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Has nothing to learn."""

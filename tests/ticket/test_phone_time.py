"""Which presentations tell a phone's time: those whose digits were right."""

import pytest

from core.model.event import Direction
from core.model.moments import ClockQuality
from core.model.outcomes import Outcome
from core.ticket.issue import with_proof
from core.ticket.keyring import KeyUse, derive
from core.ticket.phone_time import phone_offset
from core.ticket.proof import secret_of
from core.ticket.verify import Genuine, Refused, verify
from tests.support import facts

ROTATING = 1
LIVE = facts.claims(flags=ROTATING)
SECRET = secret_of(derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID), LIVE)


def shown(offset_s: int, *, secret: bytes = SECRET) -> str:
    """The code on a phone whose clock is off by so much."""
    return with_proof(facts.text_of(LIVE), secret, facts.NOW_S + offset_s)


def seen(text: str, u_ms: int = 1_000, quality: ClockQuality = ClockQuality.SYNCED) -> Genuine | Refused:
    return verify(text, trust=facts.trust(), lane=facts.lane(), now=facts.moment(u_ms=u_ms, quality=quality))


@pytest.mark.parametrize(
    ("offset_s", "u_ms", "quality", "outcome"),
    [
        (0, 1_000, ClockQuality.SYNCED, None),
        (-31, 1_000, ClockQuality.SYNCED, None),
        (31, 1_000, ClockQuality.SYNCED, None),
        (32, 1_000, ClockQuality.SYNCED, Outcome.REPLAYED_CODE),
        (-180, 1_000, ClockQuality.SYNCED, Outcome.REPLAYED_CODE),
        (90, 60_000, ClockQuality.HOLDOVER, None),  # a supervisor who was sure within a minute
        (0, 300_000, ClockQuality.HOLDOVER, Outcome.CLOCK_UNTRUSTED),
        (180, 300_000, ClockQuality.HOLDOVER, Outcome.CLOCK_UNTRUSTED),
        (7_200, 0, ClockQuality.SUSPECT, Outcome.CLOCK_UNTRUSTED),
    ],
)
def test_a_right_code_tells_its_phones_time_accepted_or_not(
    offset_s: int, u_ms: int, quality: ClockQuality, outcome: Outcome | None
) -> None:  # G20
    found = seen(shown(offset_s), u_ms, quality)
    assert (found.outcome if isinstance(found, Refused) else None) is outcome
    now = facts.moment(u_ms=u_ms, quality=quality)
    assert phone_offset(found, now) == (facts.TID, offset_s * 1000)


SHORT = facts.claims(flags=ROTATING, exp=facts.NOW_S + 60)
UNTRUSTED_BEFORE_ITS_DIGITS = seen(with_proof(facts.text_of(SHORT), b"\1" * 20, facts.NOW_S), 0, ClockQuality.SUSPECT)


@pytest.mark.parametrize(
    "found",
    [
        seen(shown(180, secret=b"\1" * 20)),
        seen(facts.text_of(LIVE)),
        seen(facts.text_of(facts.claims())),
        seen(f"{facts.text_of(facts.claims())}.{facts.NOW_S}.12345678"),
        seen("nothing"),
        verify(shown(180), trust=facts.trust(), lane=facts.lane(Direction.EXIT), now=facts.moment()),
        UNTRUSTED_BEFORE_ITS_DIGITS,
    ],
    ids=[
        "wrong digits",
        "no proof",
        "no rotating ticket",
        "a proof it should not have",
        "no ticket",
        "an exit",
        "window in doubt",
    ],
)
def test_what_proves_no_digits_tells_nothing(found: Genuine | Refused) -> None:
    assert phone_offset(found, facts.moment()) is None


def test_a_doubtful_window_is_refused_before_the_digits_are_looked_at() -> None:
    """The control of the last case above: the same outcome as an unsure proof's, by another check."""
    assert isinstance(UNTRUSTED_BEFORE_ITS_DIGITS, Refused)
    assert (UNTRUSTED_BEFORE_ITS_DIGITS.outcome, UNTRUSTED_BEFORE_ITS_DIGITS.step) == (Outcome.CLOCK_UNTRUSTED, 10)

"""Checks 8, 9 and 10: denial, class, gate, date, window."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.event import Direction, TicketClass
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome
from core.ticket.lists import Denial, DenialReason
from core.ticket.terms import LEEWAY_MS, STEP_OF, Terms, refusal_by_denial, refusal_by_terms
from tests.support import facts
from tests.support.facts import EXP_S, NBF_S

ENTRY, EXIT = Direction.ENTRY, Direction.EXIT


def _refusal(
    terms: Terms, *, at_ms: int = facts.NOW, u_ms: int = 0, direction: Direction = ENTRY, suspect: bool = False
) -> Outcome | None:
    quality = ClockQuality.SUSPECT if suspect else ClockQuality.SYNCED
    at = facts.circumstances(facts.moment(at_ms, u_ms=u_ms, quality=quality), direction=direction)
    return refusal_by_terms(terms, facts.event(), at)


# --- (10) the window ----------------------------------------------------------------------------------------------

FIRST_MS = NBF_S * 1000 - 60_000
CLOSING_MS = EXP_S * 1000 + 60_000


@pytest.mark.parametrize("u_ms", [0, 1_000, 300_000])
@pytest.mark.parametrize(
    ("at_ms", "outcome"),
    [
        (FIRST_MS - 1_000, Outcome.TOO_EARLY),
        (FIRST_MS - 1, Outcome.TOO_EARLY),
        (FIRST_MS, None),
        (FIRST_MS + 1_000, None),
        (CLOSING_MS - 1_000, None),
        (CLOSING_MS - 1, None),
        (CLOSING_MS, Outcome.TOO_LATE),
        (CLOSING_MS + 1_000, Outcome.TOO_LATE),
    ],
)
def test_the_window_is_exact_at_both_ends(at_ms: int, outcome: Outcome | None, u_ms: int) -> None:  # A11
    """Half open: the first moment is inside, the closing one outside. Uncertainty widens both ends by itself."""
    towards = -u_ms if at_ms < facts.NOW else u_ms
    assert _refusal(facts.terms(), at_ms=at_ms + towards, u_ms=u_ms) is outcome


@pytest.mark.parametrize("at_ms", [0, FIRST_MS - 1, CLOSING_MS, 2**46])
def test_an_exit_ignores_the_window(at_ms: int) -> None:  # A11
    assert _refusal(facts.terms(), at_ms=at_ms, direction=EXIT) is None


def test_the_leeway_is_a_minute() -> None:
    assert LEEWAY_MS == 60_000


@given(st.integers(0, 2**42), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_wider_uncertainty_never_refuses_more(at_ms: int, u_ms: int, more_ms: int) -> None:
    if _refusal(facts.terms(), at_ms=at_ms, u_ms=u_ms) is None:
        assert _refusal(facts.terms(), at_ms=at_ms, u_ms=u_ms + more_ms) is None


@pytest.mark.parametrize("at_ms", [0, facts.NOW, 2**46])
def test_a_suspect_clock_closes_no_door_for_a_ticket_of_the_whole_event(at_ms: int) -> None:  # G8, G31
    assert _refusal(facts.terms(), at_ms=at_ms, suspect=True) is None


@pytest.mark.parametrize("change", [{"nbf": NBF_S + 1}, {"exp": EXP_S - 1}], ids=str)
def test_a_suspect_clock_does_not_judge_a_part_of_the_event(change: dict[str, int]) -> None:  # G8
    part = replace(facts.terms(), **change)
    assert _refusal(part, suspect=True) is Outcome.CLOCK_UNTRUSTED
    assert _refusal(part, suspect=True, direction=EXIT) is None


@pytest.mark.parametrize(
    ("days", "outcome"),
    [
        ([], Outcome.CLOCK_UNTRUSTED),
        ([18], Outcome.CLOCK_UNTRUSTED),
        ([19], Outcome.CLOCK_UNTRUSTED),
        ([18, 19], None),
        ([17, 18, 19, 20], None),
        ([17, 18, 20], Outcome.CLOCK_UNTRUSTED),
    ],
)
@pytest.mark.parametrize("at_ms", [0, facts.NOW, 2**46])
def test_a_suspect_clock_does_not_judge_what_day_it_is(  # G8
    days: list[int], outcome: Outcome | None, at_ms: int
) -> None:
    """The event is on the 18th and the 19th: only a ticket for both of them is beyond doubt."""
    of = facts.ticket_class(dates=[date(2026, 11, day) for day in days])
    assert _refusal(facts.terms(of), at_ms=at_ms, suspect=True) is outcome


# --- (9) class, gate, date ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "outcome"),
    [
        (facts.ticket_class(), None),
        (facts.ticket_class(gates=[facts.NORTH]), None),
        (facts.ticket_class(gates=[facts.NORTH, facts.SOUTH]), None),
        (facts.ticket_class(gates=[facts.SOUTH]), Outcome.WRONG_GATE),
        (facts.ticket_class(gates=[]), Outcome.WRONG_GATE),
        (facts.ticket_class(opens_doors=False), Outcome.WRONG_PRODUCT),
        (facts.ticket_class(opens_doors=False, gates=[facts.SOUTH]), Outcome.WRONG_PRODUCT),
        (facts.ticket_class(dates=[]), Outcome.WRONG_DATE),
        (facts.ticket_class(dates=[date(2026, 11, 18)]), None),
        (facts.ticket_class(dates=[date(2026, 11, 19)]), Outcome.WRONG_DATE),
        (facts.ticket_class(gates=[facts.SOUTH], dates=[]), Outcome.WRONG_GATE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_class_gate_and_date_have_an_outcome_each(of: TicketClass, outcome: Outcome | None) -> None:  # A12
    assert datetime.fromtimestamp(facts.NOW_S, UTC).date() == date(2026, 11, 18)
    assert _refusal(facts.terms(of)) is outcome
    assert _refusal(facts.terms(of), direction=EXIT) is None


def test_a_class_that_the_event_does_not_have_is_a_wrong_product() -> None:  # A12
    assert _refusal(replace(facts.terms(), ticket_class=None)) is Outcome.WRONG_PRODUCT


@pytest.mark.parametrize(
    ("utc", "u_ms", "outcome"),
    [
        ("2026-11-18T23:04:59", 300_000, None),
        ("2026-11-18T23:05:01", 300_000, Outcome.WRONG_DATE),
        ("2026-11-17T22:55:01", 300_000, None),
        ("2026-11-17T22:54:59", 300_000, Outcome.WRONG_DATE),
        ("2026-11-18T23:00:01", 1_000, Outcome.WRONG_DATE),
    ],
)
def test_near_midnight_an_unsure_clock_leaves_two_days(utc: str, u_ms: int, outcome: Outcome | None) -> None:  # G8
    """Berlin's 18 November: a guest of that day is not sent away by a clock that may be five minutes off."""
    at_ms = int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000)
    of_that_day = facts.terms(facts.ticket_class(dates=[date(2026, 11, 18)]))
    assert _refusal(replace(of_that_day, nbf=0, exp=2**32 - 1), at_ms=at_ms, u_ms=u_ms) is outcome


@pytest.mark.parametrize(
    ("time_zone", "utc", "outcome"),
    [
        ("Europe/Berlin", "2026-11-18T22:59:59", None),
        ("Europe/Berlin", "2026-11-18T23:00:00", Outcome.WRONG_DATE),
        ("Europe/Berlin", "2026-11-17T22:59:59", Outcome.WRONG_DATE),
        ("Europe/Berlin", "2026-11-17T23:00:00", None),
        ("America/New_York", "2026-11-19T04:59:59", None),
        ("America/New_York", "2026-11-19T05:00:00", Outcome.WRONG_DATE),
    ],
)
def test_a_date_ends_at_the_events_midnight(time_zone: str, utc: str, outcome: Outcome | None) -> None:  # A12
    of = facts.ticket_class(dates=[date(2026, 11, 18)])
    at_ms = Millis(int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000))
    terms = replace(facts.terms(of), nbf=0, exp=2**32 - 1)
    at = facts.circumstances(facts.moment(at_ms))
    assert refusal_by_terms(terms, facts.event(of, time_zone=time_zone), at) is outcome


# --- (8) the deny list --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("min_gen", "gen", "refuses"),
    [(0, 0, False), (1, 0, True), (1, 1, False), (7, 6, True), (7, 7, False), (255, 255, False), (256, 255, True)],
)
def test_editions_below_min_gen_are_refused(min_gen: int, gen: int, *, refuses: bool) -> None:
    denied = facts.terms(denial=Denial(min_gen))
    at = facts.circumstances(gen=gen)
    assert refusal_by_denial(denied, at) is (Outcome.REVOKED if refuses else None)


@pytest.mark.parametrize(
    ("reason", "on_entry", "on_exit"),
    [
        (DenialReason.REVOKED, Outcome.REVOKED, None),
        (DenialReason.CANCELED, Outcome.CANCELED, None),
        (DenialReason.BLOCKED, Outcome.BLOCKED, Outcome.BLOCKED),
    ],
)
def test_denied_guests_may_leave_but_the_blocked_are_shown_both_ways(
    reason: DenialReason, on_entry: Outcome, on_exit: Outcome | None
) -> None:  # A8, A10
    denied = facts.terms(denial=Denial(256, reason))
    assert _refusal(denied) is on_entry
    assert _refusal(denied, direction=EXIT) is on_exit


# --- the order ----------------------------------------------------------------------------------------------------

DENIED = {"denial": facts.denial()}
WRONG_CLASS = {"ticket_class": None}
LATE = {"nbf": 0, "exp": 1}


@pytest.mark.parametrize(
    ("flaws", "outcome"),
    [
        (DENIED | WRONG_CLASS | LATE, Outcome.CANCELED),
        (DENIED | LATE, Outcome.CANCELED),
        (WRONG_CLASS | LATE, Outcome.WRONG_PRODUCT),
        (LATE, Outcome.TOO_LATE),
        ({}, None),
    ],
)
def test_the_earlier_check_speaks(flaws: dict[str, object], outcome: Outcome | None) -> None:
    assert _refusal(replace(facts.terms(), **flaws)) is outcome  # type: ignore[arg-type]


def test_each_refusal_by_terms_has_the_number_of_its_check() -> None:
    assert {outcome: step for outcome, step in STEP_OF.items() if step == 8} == dict.fromkeys(
        [Outcome.REVOKED, Outcome.CANCELED, Outcome.BLOCKED, Outcome.UNPAID], 8
    )
    assert STEP_OF[Outcome.LEGACY_EXPIRED] == 7
    assert set(STEP_OF.values()) == {7, 8, 9, 10}
    assert len(STEP_OF) == 11

"""A verdict: the outcome with what the door may tell, for every code there is."""

from dataclasses import replace

import pytest

from core.gate.admit import Door, verdict_of, verdict_of_stranger
from core.gate.verdict import (
    AskDetail,
    ClassDetail,
    Evidence,
    ForeignDetail,
    GateDetail,
    Plain,
    TicketDetail,
    UsedDetail,
    Verdict,
    WindowDetail,
)
from core.model.event import TicketClass
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, Source, is_admission
from core.redeem.answer import Answer, FirstUse
from tests.support import facts

DOOR = Door(facts.event(), facts.KIOSKS[0], "Kiosk 1", facts.NORTH)
EVIDENCE = Evidence(Source.OFFLINE, ClockQuality.SYNCED, 1000)
FIRST = FirstUse(facts.NOW - 12_000, "south", "Kiosk 2")
SCAN = facts.scan(1).stamp.id


def _verdict(answer: Answer, terms: object = None) -> Verdict:
    return verdict_of(answer, terms or facts.terms(), DOOR, EVIDENCE, scan=SCAN, at_ms=facts.NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("first", [None, FIRST], ids=["no first use", "first use"])
@pytest.mark.parametrize("of", [None, facts.ticket_class(), facts.ticket_class(gates=[facts.SOUTH])], ids=lambda _: "")
def test_every_outcome_has_a_detail_whatever_is_known(first: FirstUse | None, of: TicketClass | None) -> None:
    for outcome in Outcome:
        found = _verdict(Answer(outcome, first=first), replace(facts.terms(), ticket_class=of))
        assert found.outcome is outcome
        assert found.is_admission is is_admission(outcome)
        assert (found.evidence, found.scan_id, found.at_ms) == (EVIDENCE, SCAN, facts.NOW)
        assert isinstance(
            found.detail, Plain | TicketDetail | AskDetail | UsedDetail | WindowDetail | GateDetail | ClassDetail
        )


def test_every_outcome_can_be_said_of_a_strangers_code() -> None:  # A2
    for outcome in Outcome:
        found = verdict_of_stranger(outcome, "https://example.org/\n<b>", EVIDENCE, scan=None, at_ms=facts.NOW)
        is_foreign = outcome is Outcome.NOT_A_TICKET
        assert found.detail == (ForeignDetail("https://example.org/\\n<b>") if is_foreign else Plain())


@pytest.mark.parametrize("outcome", [Outcome.ALREADY_USED, Outcome.ALREADY_INSIDE, Outcome.LIMIT_REACHED])
def test_a_used_ticket_tells_when_where_and_how_long_ago(outcome: Outcome) -> None:  # A4
    detail = _verdict(Answer(outcome, first=FIRST)).detail
    assert detail == UsedDetail(
        "class 1", Millis(facts.NOW - 12_000), "South gate", "Kiosk 2", here=False, ago_ms=12_000
    )


def test_a_use_at_this_door_says_so() -> None:  # A4
    detail = _verdict(Answer(Outcome.ALREADY_USED, first=replace(FIRST, device="Kiosk 1"))).detail
    assert isinstance(detail, UsedDetail)
    assert detail.here


def test_a_gate_that_the_event_does_not_know_goes_by_its_id() -> None:
    detail = _verdict(Answer(Outcome.ALREADY_USED, first=replace(FIRST, gate="back"))).detail
    assert isinstance(detail, UsedDetail)
    assert detail.gate == "back"


def test_a_first_use_in_the_future_is_no_time_ago() -> None:  # G8
    detail = _verdict(Answer(Outcome.ALREADY_USED, first=replace(FIRST, at_ms=facts.NOW + 5_000))).detail
    assert isinstance(detail, UsedDetail)
    assert detail.ago_ms == 0


@pytest.mark.parametrize("outcome", [Outcome.TOO_EARLY, Outcome.TOO_LATE])
def test_a_window_tells_the_allowed_time(outcome: Outcome) -> None:
    assert _verdict(Answer(outcome)).detail == WindowDetail("class 1", facts.NBF_S, facts.EXP_S)


def test_a_wrong_gate_tells_the_right_ones() -> None:  # A12
    terms = facts.terms(facts.ticket_class(gates=[facts.SOUTH, facts.NORTH]))
    assert _verdict(Answer(Outcome.WRONG_GATE), terms).detail == GateDetail("class 1", ("North gate", "South gate"))


def test_an_admission_tells_which_entry_it_is() -> None:  # A6
    assert _verdict(Answer(Outcome.ADMITTED, 2, 2, 3)).detail == TicketDetail("class 1", 2, 3)

"""What can be done with a ticket, and how its life reads: closed tables, nothing left out."""

from typing import Any

import pytest

from core.insight.ticket_deeds import OFFERED, TERMS, TicketDeed, offered
from core.insight.ticket_timeline import LATE_MS, StepKind, timeline
from core.sync.ticket_messages import Done, History, Passing, Standing, Taken, TicketSummary, Trouble

_D = TicketDeed
BACK = {_D.CANCEL: _D.RESTORE, _D.BLOCK: _D.UNBLOCK, _D.UNPAID: _D.PAID}
LEADS_TO = {_D.CANCEL: Standing.CANCELED, _D.BLOCK: Standing.BLOCKED, _D.UNPAID: Standing.UNPAID}


def test_no_standing_and_no_deed_is_missing() -> None:
    assert OFFERED.keys() == set(Standing)
    assert TERMS.keys() == set(TicketDeed)
    assert all(terms.whys for terms in TERMS.values())
    assert {deed for deeds in OFFERED.values() for deed in deeds} | {_D.ORDER} == set(TicketDeed)


@pytest.mark.parametrize("deed", list(LEADS_TO))
def test_what_is_done_can_be_taken_back_where_it_leads(deed: TicketDeed) -> None:
    assert deed in OFFERED[Standing.VALID]
    assert BACK[deed] in OFFERED[LEADS_TO[deed]]
    assert deed not in OFFERED[LEADS_TO[deed]], "once is enough"


def test_a_ticket_that_is_denied_gets_no_new_code() -> None:
    denied = (Standing.CANCELED, Standing.BLOCKED, Standing.UNPAID)
    assert not any(_D.REISSUE in OFFERED[standing] for standing in denied)


def test_an_order_is_canceled_where_there_is_one() -> None:
    assert _D.ORDER in offered(Standing.VALID, has_order=True)
    assert _D.ORDER not in offered(Standing.VALID, has_order=False)


# --- the line of time ---------------------------------------------------------------------------------------------

TICKET = TicketSummary("shop", "A-1", None, "ab" * 8, 1, "Standard", 0, Standing.VALID, 1, 1_000)


def fact(id_: str, kind: str, at_ms: int, **other: Any) -> Passing:
    usual: dict[str, Any] = {"outcome": None, "arrival": "applied", "reason": None, "refers_to": None}
    usual |= {"received_ms": at_ms} | other
    return Passing(id_, kind, at_ms, "cd" * 16, "North 2", **usual)


def told(*facts: Passing, **other: Any) -> History:
    parts: dict[str, Any] = {"entries": (), "incidents": (), "deeds": ()} | other
    return History(TICKET, facts, is_cut=False, **parts)


def test_a_scan_and_what_its_door_showed_are_one_step_the_newest_first() -> None:
    steps = timeline(
        told(
            fact("a", "scan", 1_000, outcome="admitted", gate="north", direction="entry"),
            fact("b", "shown", 1_200, outcome="admitted_offline", refers_to="a", source="offline"),
            fact("c", "scan", 9_000, outcome="already_used", gate="south", direction="entry"),
            entries=(Taken(1, "a", 1_000, "north", "North 2"),),
        )
    )
    assert [(step.at_ms, step.outcome, step.is_online, step.entry) for step in steps] == [
        (9_000, "already_used", None, None),
        (1_000, "admitted_offline", False, 1),
    ]


def test_what_was_shown_stands_alone_while_its_scan_is_not_here() -> None:
    (step,) = timeline(told(fact("b", "shown", 1_200, outcome="admitted", refers_to="a", source="online")))
    assert (step.kind, step.outcome, step.is_online) == (StepKind.SCAN, "admitted", True)


def test_nothing_of_a_life_is_left_out() -> None:  # A8, A20, G16
    steps = timeline(
        told(
            fact("a", "scan", 1_000, outcome="canceled"),
            fact("b", "undo", 2_000, refers_to="a", operator="Sam"),
            fact("c", "override", 3_000, refers_to="a", operator="Sam", said="knows her"),
            fact("d", "recovery", 4_000, refers_to="a", said="entered"),
            fact("e", "resolution", 5_000, refers_to="a", said="staff_error"),
            fact("f", "", 6_000, arrival="quarantined", reason="malformed"),
            incidents=(Trouble("a", "late_cancel", "high", "open", 7_000),),
            deeds=(Done(8_000, "ticket.canceled", "ana", {"why": "refund"}),),
        )
    )
    assert [step.kind for step in steps] == [
        StepKind.DEED,
        StepKind.INCIDENT,
        StepKind.RECORD,
        StepKind.RESOLUTION,
        StepKind.RECOVERY,
        StepKind.OVERRIDE,
        StepKind.UNDO,
        StepKind.SCAN,
    ]
    assert (steps[5].operator, steps[5].said) == ("Sam", "knows her")
    assert steps[2].aside == "malformed"


def test_what_was_heard_of_late_says_by_how_much() -> None:
    soon, late = LATE_MS - 1, 40 * LATE_MS
    steps = timeline(
        told(
            fact("a", "scan", 1_000, outcome="admitted", received_ms=1_000 + soon),
            fact("b", "scan", 2_000, outcome="admitted", received_ms=2_000 + late),
        )
    )
    assert [step.late_ms for step in steps] == [late, 0]

"""Who may let a guest in whom the door refused, why, and how often."""

from dataclasses import replace

import pytest

from core.gate.operators import DoorRole, Operator
from core.gate.overruling import (
    REASONS,
    SHIFT_MS,
    OverrideRefusal,
    Reason,
    Wants,
    budget_left,
    override_refusal,
    refusal_of_outcome,
    wanted_by,
)
from core.gate.verdict import Evidence, Plain, Verdict
from core.journal.scan import Override
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import ADMISSIONS, TABLE, Outcome, Source
from core.model.outcomes import Override as Overruler
from tests.support import facts

EVENT = facts.event()
NOW = Moment(facts.NOW, 0, ClockQuality.SYNCED, "boot-1")
SUE = Operator("5" * 32, "Sue", DoorRole.SUPERVISOR, 2, "")
ANA = Operator("a" * 32, "Ana", DoorRole.OPERATOR, 2, "")
SCAN = facts.scan(1)


def said(outcome: Outcome) -> Verdict:
    return Verdict(outcome, Plain(), Evidence(Source.OFFLINE, ClockQuality.SYNCED, 0), SCAN.stamp.id, facts.NOW)


def given(operator: Operator, ago_ms: int) -> Override:
    moment = replace(SCAN.stamp.moment, at_ms=Millis(NOW.at_ms - ago_ms))
    return Override(replace(SCAN.stamp, moment=moment), SCAN.stamp.id, operator.id, Reason.TICKET_SEEN.value)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_table_of_outcomes_says_who_may_overrule_each(outcome: Outcome) -> None:  # A7
    """Row by row: a supervisor where the row says so, the organizer alone where it says admin, else nobody."""
    refusal = refusal_of_outcome(said(outcome), EVENT)
    match TABLE[outcome].override:
        case Overruler.SUPERVISOR if outcome not in {Outcome.UNDONE, Outcome.UNDO_REFUSED}:
            assert refusal is None
            assert override_refusal(said(outcome), EVENT, SUE, (), NOW) is None
            assert override_refusal(said(outcome), EVENT, ANA, (), NOW) is OverrideRefusal.NO_SUPERVISOR
        case Overruler.ADMIN:
            assert refusal is OverrideRefusal.ADMIN_ONLY
        case _:
            assert refusal in {OverrideRefusal.NOBODY_MAY, OverrideRefusal.NOTHING_TO_OVERRULE}
    if outcome in ADMISSIONS:
        assert refusal is OverrideRefusal.NOTHING_TO_OVERRULE


def test_where_nothing_was_scanned_there_is_nothing_to_overrule() -> None:
    refused = replace(said(Outcome.ALREADY_USED), scan_id=None)
    for verdict in (None, refused):
        assert override_refusal(verdict, EVENT, SUE, (), NOW) is OverrideRefusal.NOTHING_TO_OVERRULE


def test_unpaid_orders_stay_out_where_the_event_wants_it() -> None:
    strict = replace(EVENT, may_override_unpaid=False)
    assert override_refusal(said(Outcome.UNPAID), EVENT, SUE, (), NOW) is None
    assert override_refusal(said(Outcome.UNPAID), strict, SUE, (), NOW) is OverrideRefusal.UNPAID_STAYS_OUT


def test_a_budget_is_one_persons_and_good_for_any_twelve_hours() -> None:  # A7
    own = [given(SUE, 60_000), given(SUE, SHIFT_MS - 1)]
    assert budget_left(SUE, [*own, given(ANA, 1)], NOW) == 0
    assert override_refusal(said(Outcome.ALREADY_USED), EVENT, SUE, own, NOW) is OverrideRefusal.BUDGET_SPENT
    assert budget_left(SUE, [given(SUE, 60_000), given(SUE, SHIFT_MS)], NOW) == 1
    assert budget_left(SUE, [given(SUE, -60_000)], NOW) == 1, "a clock that went back gives no budget back"


def test_what_wants_a_word_is_the_tables_acknowledgements_and_the_questions() -> None:
    wanted = {outcome: wanted_by(outcome) for outcome in Outcome if wanted_by(outcome)}
    assert wanted == {
        Outcome.ATTENTION: Wants.ACKNOWLEDGEMENT,
        Outcome.CONFIRM_IDENTITY: Wants.ACKNOWLEDGEMENT,
        Outcome.ANSWERS_REQUIRED: Wants.ANSWERS,
    }


def test_reasons_are_short_codes_that_a_fact_can_carry() -> None:
    assert all(0 < len(each.value) <= 64 for each in Reason)
    assert Reason.IDENTITY_CONFIRMED not in REASONS

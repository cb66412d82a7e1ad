"""What a lane asks the server, and how a foreign text is made harmless."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.admit import ASK_THE_SERVER, MAX_FOREIGN, again, decided_offline, escape, is_for_the_server
from core.gate.verdict import ClassDetail, Evidence, Plain, TicketDetail, Verdict
from core.model.event import OfflineReentry
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import ADMISSIONS, TABLE, Outcome, OutcomeClass, Source
from core.redeem.answer import Answer, FirstUse
from tests.support import facts

LATER = Millis(facts.NOW + 1000)
EVENT = facts.event()


# --- who is asked -------------------------------------------------------------------------------------------------


def test_the_server_is_asked_where_others_may_have_changed_something() -> None:
    assert {
        *("unlisted", "unknown_code", "already_used", "already_inside", "limit_reached", "unpaid"),
        *("confirm_identity", "answers_required"),
        *("admitted", "admitted_reentry", "attention", "legacy_admitted"),
    } == ASK_THE_SERVER
    assert all(is_for_the_server(outcome) is (outcome in ASK_THE_SERVER) for outcome in Outcome)


def test_every_admission_that_a_kiosk_can_decide_is_asked_of_the_server() -> None:
    """`admitted_offline` is what an admission is called after nobody could be asked."""
    assert {Outcome.ADMITTED_OFFLINE} == ADMISSIONS - ASK_THE_SERVER


def test_checks_of_the_code_itself_refuse_alone() -> None:
    alone = {Outcome.BAD_SIGNATURE, Outcome.DAMAGED_CODE, Outcome.NOT_A_TICKET, Outcome.WRONG_EVENT}
    assert alone.isdisjoint(ASK_THE_SERVER)
    assert not any(TABLE[outcome].outcome_class is OutcomeClass.SYSTEM for outcome in ASK_THE_SERVER)


# --- without an answer --------------------------------------------------------------------------------------------


def test_an_admission_decided_here_is_marked_as_unconfirmed() -> None:
    answer = Answer(Outcome.ADMITTED, 2, 2, 3, FirstUse(1, "north", "Kiosk 1"))
    assert decided_offline(answer, EVENT) == replace(answer, outcome=Outcome.ADMITTED_OFFLINE)


def test_any_other_answer_stays_what_it_is() -> None:
    for outcome in set(Outcome) - {Outcome.ADMITTED, Outcome.ALREADY_INSIDE}:
        assert decided_offline(Answer(outcome), EVENT) == Answer(outcome)


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        (OfflineReentry.HOLD, Outcome.CONFIRM_IDENTITY),
        (OfflineReentry.TRUST, Outcome.ADMITTED_REENTRY),
    ],
)
def test_who_may_have_left_by_another_door_is_held_or_trusted(policy: OfflineReentry, outcome: Outcome) -> None:
    inside = Answer(Outcome.ALREADY_INSIDE, None, 1, 1, FirstUse(1, "north", "Kiosk 1"))
    assert decided_offline(inside, replace(EVENT, offline_reentry=policy)) == replace(inside, outcome=outcome)


# --- text from outside --------------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=400) | st.text(st.characters(categories=["Cs", "Cc", "Cf"]), max_size=90))
def test_any_text_becomes_at_most_eighty_printable_ascii_characters(text: str) -> None:  # G14
    shown = escape(text)
    assert len(shown) <= MAX_FOREIGN
    assert shown == "" or (shown.isascii() and shown.isprintable())
    assert (shown == "") is (text == "")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"), max_size=80))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\x00", "a\\r\\nb\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\\", "\\\\"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 77 + "..."),
        ("é" * 30, "\\xe9" * 19 + "\\..."),
    ],
    ids=ascii,
)
def test_whatever_is_no_plain_ascii_is_spelled_out(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_two_texts_that_look_alike_are_told_apart() -> None:
    assert escape("a\\nb") != escape("a\nb")


# --- the same presentation again ----------------------------------------------------------------------------------


def _last(outcome: Outcome) -> Verdict:
    evidence = Evidence(Source.ONLINE, ClockQuality.SYNCED, 0)
    return Verdict(outcome, TicketDetail("Weekend", 1, 1), evidence, facts.scan(1).stamp.id, facts.NOW)


@pytest.mark.parametrize("outcome", sorted(ADMISSIONS))
def test_an_admission_seen_again_lets_nobody_else_in(outcome: Outcome) -> None:  # A4
    seen = again(_last(outcome), LATER)
    assert (seen.outcome, seen.detail, seen.at_ms) == (Outcome.JUST_SCANNED_HERE, ClassDetail("Weekend"), LATER)
    assert not seen.is_admission
    nameless = replace(_last(outcome), detail=TicketDetail("", 1, 1))
    assert again(nameless, LATER).detail == Plain()


def test_any_other_verdict_stands() -> None:
    for outcome in set(Outcome) - ADMISSIONS:
        assert again(_last(outcome), LATER) == replace(_last(outcome), at_ms=LATER)

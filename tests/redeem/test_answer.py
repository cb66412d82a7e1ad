"""Answers: what a door is told, what a ledger stores, and what a kiosk learns from both."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal.scan import Fact, Scan
from core.model.ids import DeviceId, FactId
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.redeem.answer import (
    Answer,
    Answered,
    FirstUse,
    answer_at_the_door,
    answer_in_the_ledger,
    known_elsewhere,
)
from core.redeem.fold import KnownUse, fold
from tests.support import facts

EVENT = facts.event()
HERE, THERE, _ = facts.KIOSKS
NAMES = {HERE: "Kiosk 1", THERE: "Kiosk 2"}


def _scan(number: int, device: DeviceId = HERE) -> Scan:
    return facts.scan(number, at=facts.moment(facts.NOW + number * 1000), device=device)


def _admitted(*scans: Scan) -> list[Fact]:
    return [fact for scan in scans for fact in (scan, facts.shown(scan))]


# --- at the door --------------------------------------------------------------------------------------------------


def test_the_first_guest_is_told_which_entry_it_is() -> None:  # A1
    others = fold(facts.terms(entries=3), EVENT, _admitted(_scan(1)))
    assert answer_at_the_door(_scan(2), others, EVENT, NAMES) == Answer(
        Outcome.ADMITTED, 2, 2, 3, FirstUse(facts.NOW + 1000, "north", "Kiosk 1")
    )


def test_a_refused_guest_is_told_of_the_first_use() -> None:  # A4
    others = fold(facts.terms(), EVENT, _admitted(_scan(1, THERE)))
    assert answer_at_the_door(_scan(2), others, EVENT, NAMES) == Answer(
        Outcome.ALREADY_USED, None, 1, 1, FirstUse(facts.NOW + 1000, "north", "Kiosk 2")
    )


def test_a_device_without_a_name_goes_by_the_start_of_its_id() -> None:
    others = fold(facts.terms(), EVENT, _admitted(_scan(1, THERE)))
    first = answer_at_the_door(_scan(2), others, EVENT, {}).first
    assert first is not None
    assert first.device == "00000000"


def test_a_use_elsewhere_is_the_first_one() -> None:
    known = KnownUse(1, Millis(5), "south", "Kiosk 9")
    others = fold(facts.terms(), EVENT, [], elsewhere=known)
    assert answer_at_the_door(_scan(1), others, EVENT, NAMES) == Answer(
        Outcome.ALREADY_USED, None, 1, 1, FirstUse(5, "south", "Kiosk 9")
    )


# --- in the ledger ------------------------------------------------------------------------------------------------


def test_an_upload_is_answered_by_its_place_in_time() -> None:
    one, two = _scan(1), _scan(2, THERE)
    folded = fold(facts.terms(), EVENT, _admitted(two, one))
    assert answer_in_the_ledger(one.stamp.id, folded, NAMES).outcome is Outcome.ADMITTED
    lost = answer_in_the_ledger(two.stamp.id, folded, NAMES)
    assert lost == Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(facts.NOW + 1000, "north", "Kiosk 1"))


def test_a_scan_is_not_told_of_itself() -> None:
    folded = fold(facts.terms(), EVENT, _admitted(_scan(1)))
    assert answer_in_the_ledger(_scan(1).stamp.id, folded, NAMES).first is None


def test_a_scan_that_was_not_folded_has_no_answer() -> None:
    with pytest.raises(KeyError):
        answer_in_the_ledger(FactId(HERE), fold(facts.terms(), EVENT, []), NAMES)


# --- what the kiosk learns ----------------------------------------------------------------------------------------


def test_no_answers_tell_of_nothing() -> None:
    assert known_elsewhere([]) is None


def test_an_entry_that_another_door_took_is_known() -> None:
    refused = Answered(_scan(1), False, Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(5, "south", "Kiosk 2")))
    assert known_elsewhere([refused]) == KnownUse(1, Millis(5), "south", "Kiosk 2")


def test_an_own_entry_is_not_taken_for_another_doors() -> None:
    mine = Answered(_scan(1), True, Answer(Outcome.ADMITTED, 1, 1, 1))
    again = Answered(_scan(2), False, Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(5, "north", "Kiosk 1")))
    assert known_elsewhere([mine, again]) is None


def test_an_answer_that_came_late_counts_later_entries_too() -> None:
    """The second scan was asked at once, the first uploaded afterwards: its answer has counted both."""
    second = Answered(_scan(2), True, Answer(Outcome.ADMITTED, 1, 1, 3))
    first = Answered(_scan(1), True, Answer(Outcome.ADMITTED, 1, 2, 3, FirstUse(9, "north", "Kiosk 1")))
    assert known_elsewhere([first, second]) is None


def test_an_admission_that_was_promised_and_not_shown_hides_nobodys_entry() -> None:  # G29
    promised = Answered(_scan(1), False, Answer(Outcome.ADMITTED, 1, 1, 1))
    refused = Answered(_scan(2), False, Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(5, "south", "Kiosk 2")))
    assert known_elsewhere([promised, refused]) == KnownUse(1, Millis(5), "south", "Kiosk 2")


@given(st.lists(st.booleans(), max_size=8), st.integers(0, 2**32))
def test_a_kiosk_that_has_all_answers_knows_the_entries_of_all_others(own: list[bool], seed: int) -> None:
    """Scans of this kiosk and of others reach the server in any order, each in a transaction of its own."""
    scans = [_scan(number, HERE if mine else THERE) for number, mine in enumerate(own, 1)]
    terms = facts.terms(entries=10)
    arrived: list[Fact] = []
    answered = []
    for scan in random.Random(seed).sample(scans, len(scans)):
        arrived += _admitted(scan)
        answer = answer_in_the_ledger(scan.stamp.id, fold(terms, EVENT, arrived), NAMES)
        if scan.stamp.device == HERE:
            answered.append(Answered(scan, took_entry=True, answer=answer))
            others = sum(isinstance(fact, Scan) and fact.stamp.device == THERE for fact in arrived)
            known = known_elsewhere(answered)
            assert (known.entries if known else 0) == others

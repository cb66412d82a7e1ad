"""What door staff see of a guest whom they found: as much as they may."""

from core.model.outcomes import Outcome
from core.model.roles import RIGHTS, Role
from core.people.view import AT_THE_LANE, MASK, Field, Guest, fields_for, masked, view_of
from core.redeem.answer import Answer, FirstUse
from core.sync.attendees import Attendee
from tests.people.lists import guest, handle

FIRST = FirstUse(1_795_003_600_000, "north", "North 1")
USED = Guest(
    guest(1, "Jana Müller", "SHOP-7F3A-91", "REF-77"), "Day ticket", Answer(Outcome.ALREADY_USED, None, 1, 1, FIRST)
)


def test_an_operator_sees_less_than_a_supervisor() -> None:  # A18
    lane = view_of(USED, fields_for(RIGHTS[Role.OPERATOR]))
    whole = view_of(USED, fields_for(RIGHTS[Role.SUPERVISOR]))
    assert (lane.name, lane.order, lane.reference) == ("Jana Müller", f"{MASK}-91", "")
    assert (whole.name, whole.order, whole.reference) == ("Jana Müller", "SHOP-7F3A-91", "REF-77")
    assert lane.is_redeemed
    assert whole.is_redeemed
    assert "SHOP-7F3A-91" not in repr((lane, whole)), "and no log line has it"


def test_every_field_is_decided_for_both() -> None:
    assert fields_for(RIGHTS[Role.SUPERVISOR]) == frozenset(Field)
    assert fields_for(RIGHTS[Role.OPERATOR]) == fields_for(()) == AT_THE_LANE
    assert {Field.ORDER, Field.REFERENCE}.isdisjoint(AT_THE_LANE)


def test_nothing_that_may_not_be_seen_is_in_a_view() -> None:
    bare = view_of(USED, ())
    assert (bare.name, bare.order, bare.reference) == ("", "", "")


def test_a_short_number_is_all_mask() -> None:
    assert [masked(text) for text in ("", "A-1", "12345678", "123456789")] == ["", MASK, MASK, f"{MASK}789"]


def test_the_entry_that_would_be_taken_now_is_none_that_was() -> None:
    """The answer counts the entry that it would give; the list shows those that are gone."""
    fresh = view_of(Guest(guest(1, "Jana"), "", Answer(Outcome.ADMITTED, 1, 1, 3)), AT_THE_LANE)
    assert (fresh.is_redeemed, fresh.entries_used, fresh.entries_allowed) == (False, 0, 3)
    second = view_of(Guest(guest(1, "Jana"), "", Answer(Outcome.ADMITTED, 2, 2, 3)), AT_THE_LANE)
    assert (second.is_redeemed, second.entries_used) == (True, 1)


def test_a_list_without_terms_finds_people_and_presents_nobody() -> None:
    """An older server tells names alone."""
    bare = Guest(Attendee(handle(1), "Jana"), "", Answer(Outcome.UNLISTED))
    assert not view_of(bare, AT_THE_LANE).can_be_presented

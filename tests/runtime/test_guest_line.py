"""Guests are looked up on the list that this kiosk holds, without a network, each with how the door stands to them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.model.event import Direction
from core.model.outcomes import Outcome
from core.people.view import AT_THE_LANE, view_of
from core.sync.attendees import Attendee
from tests.people.lists import handle
from tests.runtime.people_rig import PARTY, Desk, desk_in, stick, with_guests
from tests.support.door import START_S, ticket


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with desk_in(tmp_path) as made:
        made.load()
        yield made


def names(desk: Desk, typed: str) -> list[list[str]]:
    return [[guest.person.name for guest in party.guests] for party in desk.guests.search(typed).found]


def test_a_guest_is_found_offline_with_the_others_of_the_order(desk: Desk) -> None:  # A18
    (party,) = desk.guests.search("heike muller").found
    assert party.guests[0].person.name == "Heike Mueller"
    assert {guest.person.name for guest in party.guests[1:]} == {"Jörg Müller", "Tim Müller"}
    assert party.hits == 1
    assert [len(party) for party in names(desk, "müller")] == [3], "one order is one party"
    assert names(desk, "kowalsky") == [["Łukasz Kowalski"]]
    assert names(desk, "SHOP-0001-11") == [["Anna Weiß"]]


def test_the_list_says_who_was_let_in_already(desk: Desk) -> None:  # A18
    def marks() -> dict[str, tuple[Outcome, bool]]:
        (party,) = desk.guests.search("SHOP-7F3A-91").found
        views = [view_of(guest, AT_THE_LANE) for guest in party.guests]
        return {view.name: (view.outcome, view.is_redeemed) for view in views}

    assert set(marks().values()) == {(Outcome.ADMITTED_OFFLINE, False)}
    desk.line.present(ticket(1))
    desk.admit(2)
    assert marks() == {
        "Jörg Müller": (Outcome.ALREADY_USED, True),
        "Heike Mueller": (Outcome.ALREADY_USED, True),
        "Tim Müller": (Outcome.ADMITTED_OFFLINE, False),
    }


def test_looking_for_somebody_leaves_no_trace(desk: Desk) -> None:
    before = desk.looks.place()
    desk.guests.search("müller")
    assert desk.looks.place() == before


def test_what_is_said_is_what_the_door_would_say(desk: Desk) -> None:
    """The same lines of code decide: a guest of the list is shown as the lane then judges them."""
    for number in (1, 4):
        for _ in range(4):
            (party,) = desk.guests.search(PARTY[number - 1].reference or "").found
            foretold = party.guests[0].answer.outcome
            scan = desk.admit(number)
            facts = {fact.stamp.id: fact for fact in desk.journal.facts_of(handle(number))}
            shown = [each.outcome for each in facts.values() if getattr(each, "refers_to", None) == scan]
            assert shown == [foretold]


def test_before_the_time_of_the_ticket_the_list_says_so(desk: Desk) -> None:
    desk.clock.at_ms = (START_S - 86_400) * 1000
    (party,) = desk.guests.search("kowalski").found
    assert party.guests[0].answer.outcome is Outcome.TOO_EARLY


def test_at_an_exit_the_list_says_who_may_leave(desk: Desk) -> None:
    desk.admit(5)
    desk.station.post.turn(Direction.EXIT)
    (party,) = desk.guests.search("kowalski").found
    assert party.guests[0].answer.outcome is Outcome.EXIT_RECORDED


def test_the_party_of_a_ticket_is_its_order_and_itself_first(desk: Desk) -> None:  # A19
    party = desk.guests.party_of(handle(3))
    assert party is not None
    assert party.guests[0].person.name == "Tim Müller"
    assert len(party.guests) == 3
    alone = desk.guests.party_of(handle(5))
    assert alone is not None
    assert len(alone.guests) == 1
    assert desk.guests.party_of(handle(99)) is None


def test_a_newer_list_takes_the_place_of_the_old_one_when_it_is_read(desk: Desk, tmp_path: Path) -> None:
    assert desk.guests.is_current
    newer = with_guests([*PARTY, replace(PARTY[4], tid=handle(6), name="Zoë Neu")], version=2)
    assert desk.station.take_manifest_from(stick(tmp_path / "second", newer)) is None
    assert not desk.guests.is_current
    assert names(desk, "zoe neu") == [], "the old list is searched meanwhile"
    desk.load()
    assert desk.guests.count == 6
    assert names(desk, "zoe neu") == [["Zoë Neu"]]


def test_no_name_stays_in_memory_once_the_kiosk_is_barred(desk: Desk) -> None:
    assert names(desk, "kowalski")
    desk.station.box.bar(Outcome.DEVICE_REVOKED)
    assert names(desk, "kowalski") == []
    assert not desk.guests.is_loaded


def test_a_list_of_an_older_server_is_searched_and_presents_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    bare = [Attendee(each.tid, each.name, each.order) for each in PARTY]
    with desk_in(tmp_path, with_guests(bare)) as desk:
        desk.load()
        (party,) = desk.guests.search("kowalski").found
        assert not view_of(party.guests[0], AT_THE_LANE).can_be_presented


def test_no_name_is_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    desk.guests.search("kowalski")
    found = b"".join(path.read_bytes() for path in (tmp_path / "kiosk").rglob("*") if path.is_file())
    assert b"Kowalski" not in found
    assert "Müller".encode() not in found

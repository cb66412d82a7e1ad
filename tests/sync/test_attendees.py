"""The list of people: what the server packs is what a kiosk reads, and nothing else is a list."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import TicketHandle
from core.sync.attendees import Attendee, Unreadable, about_attendees, attendees_from, packed
from core.ticket import seal
from tests.support.door import EVENT, OTHER_EVENT

KEY = b"\x05" * 32
PEOPLE = st.lists(
    st.builds(
        Attendee,
        st.binary(min_size=8, max_size=8).map(TicketHandle),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    ),
    max_size=20,
)


def _locked(squeezed: bytes, key: bytes = KEY) -> bytes:
    return seal.lock(key, squeezed, nonce=bytes(12), about=about_attendees(EVENT))


@given(PEOPLE)
def test_people_come_back(people: list[Attendee]) -> None:
    assert attendees_from(KEY, _locked(b"".join(packed(people))), EVENT) == people


def test_another_key_and_another_event_open_nothing() -> None:
    locked = _locked(b"".join(packed([])))
    assert attendees_from(bytes(32), locked, EVENT) is Unreadable.LOCKED
    assert attendees_from(KEY, locked, OTHER_EVENT) is Unreadable.LOCKED
    assert attendees_from(KEY, locked, EVENT) == []


@pytest.mark.parametrize(
    "rows",
    [{}, 1, None, [1], [["00" * 8]], [["00" * 8, "Ada"]], [["00" * 7, "Ada", None]], [["zz" * 8, "Ada", None]],
     [["00" * 8, 1, None]], [["00" * 8, "Ada", 1]], [["00" * 8, "Ada", None, 1]]],
)  # fmt: skip
def test_rows_that_are_no_people_are_no_list(rows: object) -> None:
    assert attendees_from(KEY, _locked(zlib.compress(json.dumps(rows).encode())), EVENT) is Unreadable.DAMAGED


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b"[" + b" " * 5_000_000 + b"]")
    assert attendees_from(KEY, _locked(bomb), EVENT, most=1_000_000) is Unreadable.TOO_LARGE
    assert attendees_from(KEY, _locked(bomb[:-4]), EVENT) is Unreadable.DAMAGED


def test_a_name_shows_in_no_representation() -> None:
    assert "Ada" not in repr(Attendee(TicketHandle(bytes(8)), "Ada", "A-1"))

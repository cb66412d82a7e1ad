"""What staff type from paper, with the slips that people make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.typed import (
    DIGITS,
    GROUP,
    MOST_TYPED,
    Number,
    TooLong,
    Typed,
    Unfinished,
    WholeCode,
    WrongGroups,
    group_that_differs,
    grouped,
    read_typed,
)
from core.model.ids import TicketHandle

TID = TicketHandle(bytes.fromhex("a7f8022a4eedef2a"))
TICKET = "T1:CAAAAAAHU74AEKSO5XXSUAIAANVP3BWANL7NQQGMLLY25PFO3LSMVTHB5FODUOAQ"
tids = st.binary(min_size=8, max_size=8).map(TicketHandle)


@pytest.mark.parametrize(
    "typed",
    [
        "a7f8 022a 4eed ef2a",
        "A7F8022A4EEDEF2A",
        " a7f8-022a-4eed-ef2a ",
        "A7F8 O22A 4EED EF2A",
        "a7f8 022a 4eed efza",
        "a7f8.022a.4eed.ef2a",
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert read_typed(typed) == Number(TID)


@pytest.mark.parametrize(("typed", "meant"), [("O", "0"), ("Q", "0"), ("i", "1"), ("l", "1"), ("S", "5"), ("G", "6")])
def test_look_alikes_are_forgiven_where_the_alphabet_leaves_no_doubt(typed: str, meant: str) -> None:
    assert read_typed("a7f8 022a 4eed ef2" + typed) == Number(TicketHandle(bytes.fromhex("a7f8022a4eedef2" + meant)))


def test_a_letter_that_is_a_digit_of_hex_is_never_changed() -> None:
    assert read_typed("bbbb dddd 8888 0000") == Number(TicketHandle(bytes.fromhex("bbbbdddd88880000")))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", Unfinished(16)),
        ("a7f8 02", Unfinished(10)),
        ("a7f8 022x 4eed ef2a", WrongGroups((2,))),
        ("w7f8 022a 4eed efy", WrongGroups((1, 4))),
        ("a7f8 022a 4eed ef2a 1", TooLong()),
    ],
)
def test_what_is_wrong_is_told_by_its_group(typed: str, told: object) -> None:
    assert read_typed(typed) == told


@pytest.mark.parametrize(
    "typed",
    [
        TICKET,
        TICKET.lower(),
        "T1: " + " ".join(TICKET[at : at + 4] for at in range(3, len(TICKET), 4)),
        "t1;" + TICKET[3:].replace("O", "0").replace("I", "1").replace("B", "8"),
    ],
)
def test_a_whole_code_may_be_typed_too(typed: str) -> None:
    assert read_typed(typed) == WholeCode(TICKET)


def test_a_whole_code_is_as_strict_about_its_alphabet() -> None:
    assert read_typed(TICKET[:8] + "9" + TICKET[9:]) == WrongGroups((2,))
    assert read_typed(TICKET[:-3]) == Unfinished(3)
    assert read_typed(TICKET + "A") == Unfinished(141 - 65)
    assert isinstance(read_typed(TICKET + 2 * TICKET[3:]), TooLong)


@pytest.mark.parametrize("typed", ["AB-123", "0042-7731", "Müller 7", "a7f8 022a"])
def test_another_shops_code_is_taken_to_the_letter(typed: str) -> None:
    assert read_typed(typed, has_old_codes=True) == WholeCode(typed)
    assert not isinstance(read_typed(typed), WholeCode)


def test_a_number_stays_one_where_another_shop_sells_too() -> None:
    assert read_typed("a7f8 022a 4eed ef2a", has_old_codes=True) == Number(TID)


def test_typing_is_seen_in_the_groups_that_stand_on_the_ticket() -> None:
    assert grouped("a7f8o22a4e") == ("A7F8", "022A", "4E")
    assert grouped("T1:caaaaa") == ("T1:", "CAAA", "AA")
    assert grouped("") == ()


@given(tids)
def test_each_number_is_read_as_it_is_printed(tid: TicketHandle) -> None:
    printed = tid.hex()
    shown = " ".join(printed[at : at + 4] for at in range(0, DIGITS, 4))
    assert read_typed(shown) == read_typed(shown.upper()) == Number(tid)


@given(st.text(max_size=2 * MOST_TYPED), st.booleans())
def test_anything_typed_has_an_answer(typed: str, has_old_codes: bool) -> None:
    read = read_typed(typed, has_old_codes=has_old_codes)
    assert isinstance(read, Typed)
    assert all(0 < len(group) <= GROUP for group in grouped(typed))


@given(tids, st.integers(1, 4), st.integers(1, 0xFFFF), st.lists(tids, max_size=5))
def test_the_group_in_which_a_ticket_differs_alone_is_named(
    tid: TicketHandle, group: int, slip: int, others: list[TicketHandle]
) -> None:
    typed = TicketHandle((int.from_bytes(tid) ^ slip << 16 * (4 - group)).to_bytes(8))
    assert group_that_differs(typed, [tid]) == group
    assert group_that_differs(typed, [typed]) is None
    assert group_that_differs(typed, [tid, *others]) in {group, None}


def test_two_tickets_that_may_be_meant_name_no_group() -> None:
    one, two = (TicketHandle(bytes.fromhex(text)) for text in ("a7f8022a4eed0000", "0000022a4eedef2a"))
    assert group_that_differs(TID, [one, two]) is None

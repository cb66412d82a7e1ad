"""How a kiosk finds its server, and how two screens show that nobody sits in between."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.moments import Millis
from core.sync.enrolment import (
    Invitation,
    NoInvitation,
    fingerprint_of,
    invitation_from,
    letters_of,
    six_digits,
    text_of,
)
from core.sync.messages import PROTOCOL, EnrolRequest

INVITATION = Invitation("https://door.example", "B2ZE-T4PB-HN7M-QGSK-4N5A", Millis(1_795_003_600_000), bytes(range(32)))
ROOT, SEALING, SIGNING = b"r" * 32, b"x" * 32, b"y" * 32
keys = st.binary(min_size=32, max_size=32)


# --- the invitation -----------------------------------------------------------------------------------------------


def test_an_invitation_comes_out_as_it_went_in() -> None:
    assert invitation_from(text_of(INVITATION)) == INVITATION


def test_an_invitation_does_not_show_its_code_in_a_log() -> None:
    assert INVITATION.code not in repr(INVITATION)


def test_a_later_invitation_says_update() -> None:
    assert invitation_from(text_of(INVITATION).replace('"v":1', '"v":2')) == NoInvitation(is_newer=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("root", "00" * 31),
        ("root", "x"),
        ("root", None),
        ("url", "ftp://door.example"),
        ("url", "javascript:alert(1)"),
        ("exp", "soon"),
        ("v", 0),
        ("v", "1"),
    ],
)
def test_an_invitation_with_a_wrong_field_is_none(field: str, value: object) -> None:
    told = json.loads(text_of(INVITATION))
    told["doorlight"][field] = value
    assert invitation_from(json.dumps(told)) == NoInvitation()


@pytest.mark.parametrize("gone", ["v", "url", "code", "exp", "root"])
def test_an_invitation_lacks_nothing(gone: str) -> None:
    told = json.loads(text_of(INVITATION))
    del told["doorlight"][gone]
    assert invitation_from(json.dumps(told)) == NoInvitation()


@given(st.text(max_size=200) | st.builds("{}{}".format, st.just('{"doorlight":'), st.text(max_size=50)))
def test_any_text_is_an_invitation_or_none(text: str) -> None:
    assert invitation_from(text) == NoInvitation()


@pytest.mark.parametrize("text", ["T1:AAAA", "[]", '{"doorlight":[]}', "{" * 1_000, "x" * 5_000, '{"doorlight":' * 70])
def test_another_code_is_no_invitation(text: str) -> None:
    assert invitation_from(text) == NoInvitation()


# --- six digits ---------------------------------------------------------------------------------------------------


def test_six_digits_are_two_groups_of_three() -> None:
    """A fixed value: kiosk and server of different versions must agree."""
    assert six_digits("B2ZE-T4PB-HN7M-QGSK-4N5A", ROOT, SEALING, SIGNING) == "005 459"


@given(keys, keys, keys)
def test_both_sides_show_the_same(root: bytes, sealing: bytes, signing: bytes) -> None:
    shown = {six_digits(typed, root, sealing, signing) for typed in ("B2ZE-IOOB", "b2ze ioob", "82ZE-1008", "B2ZEI0O8")}
    assert len(shown) == 1
    assert len(shown.pop().replace(" ", "")) == 6


@pytest.mark.parametrize("number", range(3))
def test_a_man_in_the_middle_shows_other_digits(number: int) -> None:
    """He has to put a key of his own in the place of the root's or one of the device's."""
    honest = [ROOT, SEALING, SIGNING]
    forged = [b"m" * 32 if place == number else key for place, key in enumerate(honest)]
    assert six_digits("CODE", *forged) != six_digits("CODE", *honest)


def test_guessing_the_digits_needs_a_million_keys() -> None:
    shown = {six_digits("CODE", ROOT, number.to_bytes(32), SIGNING) for number in range(3_000)}
    assert len(shown) > 2_980


def test_another_code_shows_other_digits() -> None:
    assert six_digits("AAAA", ROOT, SEALING, SIGNING) != six_digits("AAAB", ROOT, SEALING, SIGNING)


@pytest.mark.parametrize(("typed", "letters"), [("b2ze-t4pb", "B2ZET4PB"), (" 0 1 8 ", "OIB"), ("–", ""), ("ß", "SS")])
def test_only_the_letters_of_a_code_count(typed: str, letters: str) -> None:
    assert letters_of(typed) == letters


def test_a_fingerprint_is_32_bytes_that_stand_for_one_key() -> None:
    assert len(fingerprint_of(ROOT)) == 32
    assert fingerprint_of(ROOT) != fingerprint_of(SEALING)


def test_a_request_to_enrol_does_not_show_its_code_in_a_log() -> None:
    assert "ABCD" not in repr(EnrolRequest("ABCDEFGH", PROTOCOL, "", ""))

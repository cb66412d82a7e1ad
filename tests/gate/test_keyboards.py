"""Codes as keyboards with other settings type them."""

import pytest

from core.gate.keyboards import Damage, Keyed, keyed

TICKET = "T1:" + "CAAAAAAHU74AEKSO5XXSUAIAANVP3BWANL7NQQGMLLY25PFO3LSMVTHB5FODUOAQ"
LIVE = TICKET + ".1795003600.92904922"


@pytest.mark.parametrize("text", [TICKET, LIVE, "AB-123", "https://shop.example/t?code=1", "", "\\000026" + TICKET])
def test_a_sound_code_is_what_it_is(text: str) -> None:
    assert keyed(text) == Keyed(text)


@pytest.mark.parametrize("text", [TICKET.lower(), LIVE.lower(), TICKET.swapcase()])
def test_a_t1_in_small_letters_is_read_and_caps_lock_is_named(text: str) -> None:
    assert keyed(text) == Keyed(text.upper(), Damage.CASE)


@pytest.mark.parametrize(
    "text",
    [
        "ab-123",
        "a1:" + TICKET[3:].lower(),
        "T12:" + TICKET[3:].lower(),
        "T2:" + TICKET[3:],
        TICKET[:9] + TICKET[9:].lower(),
    ],
)
def test_the_case_of_other_codes_is_theirs(text: str) -> None:
    assert keyed(text) == Keyed(text)


@pytest.mark.parametrize("prefix", ["T1Ö", "T1Ñ", "T1ç", "T&M", "t&m", "T1Æ", "T1Ø", "T1+", "T1>", "t1ö", "T1É", "T!:"])
def test_a_t1_behind_another_countrys_keys_is_no_guests_fault(prefix: str) -> None:
    assert keyed(prefix + TICKET[3:]) == Keyed(prefix + TICKET[3:], Damage.LAYOUT, is_whole=False)


def test_a_hyphen_that_became_another_letter_is_said_and_the_code_is_asked_all_the_same() -> None:
    assert keyed("ABß123") == Keyed("ABß123", Damage.LAYOUT)


def test_a_code_is_in_no_trace() -> None:
    assert TICKET not in repr(keyed(TICKET))

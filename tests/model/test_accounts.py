"""What an account may be called, and what its password may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.accounts import (
    LEAST_PASSWORD,
    MOST_PASSWORD,
    PasswordFlaw,
    account_name,
    normal_password,
    password_flaw,
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Anna", "anna"),
        (" anna.lee@example.org ", "anna.lee@example.org"),
        ("7", "7"),
        ("a" * 64, "a" * 64),
        ("a" * 65, None),
        ("", None),
        (".anna", None),
        ("anna/../x", None),
        ("ännä", None),
        ("anna lee", None),
        ("anna\n", "anna"),
        ("an\x00na", None),
    ],
)
def test_names(typed: str, name: str | None) -> None:
    assert account_name(typed) == name


@given(st.text())
def test_a_name_is_its_own_name(typed: str) -> None:
    name = account_name(typed)
    assert name is None or account_name(name) == name


@pytest.mark.parametrize(
    ("password", "flaw"),
    [
        ("correct horse battery", None),
        ("zwölf Zeichen", None),
        ("short", PasswordFlaw.TOO_SHORT),
        ("elevenchars", PasswordFlaw.TOO_SHORT),
        ("twelve chars", None),
        ("a1B2" + "x" * (MOST_PASSWORD - 4), None),
        ("a1B2" + "x" * (MOST_PASSWORD - 3), PasswordFlaw.TOO_LONG),
        ("abababababababab", PasswordFlaw.TOO_EVEN),
        ("anna12345678", PasswordFlaw.LIKE_THE_NAME),
        ("ANNA and eleven more words", None),
        ("the old password", PasswordFlaw.THE_OLD_ONE),
        ("tab\tand newline", PasswordFlaw.NO_TEXT),
        ("half a pair \ud800", PasswordFlaw.NO_TEXT),
        ("nil \x00 password", PasswordFlaw.NO_TEXT),
    ],
)
def test_passwords(password: str, flaw: PasswordFlaw | None) -> None:
    assert password_flaw(password, name="anna", old="the old password") == flaw


def test_one_letter_is_one_letter_on_every_keyboard() -> None:
    composed, apart = "zw\u00f6lf Zeichen", "zwo\u0308lf Zeichen"
    assert composed != apart
    assert normal_password(composed) == normal_password(apart)
    assert password_flaw(apart, name="anna", old=composed) is PasswordFlaw.THE_OLD_ONE


@given(st.text(max_size=300))
def test_what_passes_has_its_length(password: str) -> None:
    if password_flaw(password, name="anna", old=None) is None:
        assert LEAST_PASSWORD <= len(normal_password(password)) <= MOST_PASSWORD
        assert len(password) <= MOST_PASSWORD

"""What mail may be sent to, and which accounts are sound: decided once, before any server is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.mail import (
    MOST_ADDRESS,
    MailAccount,
    Safety,
    account_of,
    checked_address,
    flaw_of,
    stored,
)
from core.delivery.recipient import masked

SOUND = MailAccount(
    "mail.club.example", 587, Safety.STARTTLS, "club", "tickets@club.example", "Club Nacht", "de", sends_tickets=True
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mara@mail.example", "mara@mail.example"),
        ("  mara@mail.example ", "mara@mail.example"),
        ("Mara.Lindqvist+tickets@Mail.Example", "Mara.Lindqvist+tickets@mail.example"),
        ("o'neill_99@a-b.example.co", "o'neill_99@a-b.example.co"),
        ("gast@küche.example", "gast@xn--kche-0ra.example"),
        ("a" * 64 + "@mail.example", "a" * 64 + "@mail.example"),
    ],
)
def test_an_address_is_kept_with_its_domain_in_lower_case_and_in_ascii(text: str, kept: str) -> None:
    assert checked_address(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "mara", "mara@", "@mail.example", "mara@mail", "mara@localhost", "mara@127.0.0.1", "mara@[::1]"),
        *("mara@@mail.example", "ma ra@mail.example", "mara@mail example", ".mara@mail.example", "mara.@mail.example"),
        *("ma..ra@mail.example", "mara@mail..example", "mara@-mail.example", "mara@mail-.example", "mära@mail.example"),
        *('"mara lindqvist"@mail.example', "Mara <mara@mail.example>", "mara@mail.example,b@mail.example"),
        *(
            "mara@mail.example\r\nBcc: b@mail.example",
            "mara@mail.example\x00",
            "mara\n@mail.example",
            "a@b\u2028.example",
        ),
        *("a" * 65 + "@mail.example", "a@" + "b" * 64 + ".example", "a@" + "b.b" * 100 + ".example"),
        *("a@" + "x" * 10_000, "😀" * 10_000 + "@mail.example"),
    ],
)
def test_what_mail_cannot_be_sent_to_is_no_address(text: str) -> None:
    assert checked_address(text) is None


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_none_and_what_is_kept_is_kept_again(text: str) -> None:
    kept = checked_address(text)
    if kept is not None:
        assert checked_address(kept) == kept
        assert kept.isascii()
        assert not set(kept) & set(' <>,;:"\r\n\0')
        assert len(kept) <= MOST_ADDRESS


def test_an_address_is_shown_by_one_letter_and_its_domain() -> None:
    assert masked("mara.lindqvist@mail.example") == "m…@mail.example"
    assert masked("0123456789abcdef") == "01234567…"
    assert masked("0123") == "0123"


def test_a_sound_account_comes_back_from_its_row_as_it_was() -> None:
    assert flaw_of(SOUND) is None
    assert account_of(stored(SOUND)) == SOUND
    for broken in (None, "", "{}", "[]", "null", stored(SOUND).replace("starttls", "none of them")):
        assert account_of(broken) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"host": ""}, "host"),
        ({"host": "mail example"}, "host"),
        ({"host": "mail.example/x"}, "host"),
        ({"port": 22}, "ports"),
        ({"port": 0, "is_local": True}, "ports"),
        ({"port": 70_000, "is_local": True}, "ports"),
        ({"safety": Safety.NONE}, "TLS"),
        ({"sender": "tickets"}, "sender"),
        ({"sender": "tickets@club.example\r\nBcc: x@y.example"}, "sender"),
        ({"sender_name": "Club\r\nBcc: x@y.example"}, "name"),
        ({"sender_name": "x" * 65}, "name"),
        ({"user": "a\nb"}, "user"),
        ({"authority": "no certificate"}, "authority"),
    ],
)
def test_an_account_that_could_not_work_says_what_is_wrong(change: dict[str, object], word: str) -> None:
    assert word in (flaw_of(replace(SOUND, **change)) or "")  # type: ignore[arg-type]


def test_what_stands_in_the_servers_own_network_is_for_whoever_runs_it() -> None:
    assert flaw_of(replace(SOUND, port=1025, safety=Safety.NONE, is_local=True)) is None

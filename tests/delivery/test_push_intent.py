"""A wish for a telephone stays until the server has it, and is told again when there is a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.push_intent import REFRESH_AFTER_MS, Intent, Speaker, Wish, is_push_token

NOW = 1_795_003_600_000
ANNA, BEN = Speaker("anna", "s1"), Speaker("ben", "s2")
WANTED = Intent("https://door.example", "fcm:token", Wish.REGISTER)


def test_a_wish_is_open_until_the_server_has_said_yes() -> None:
    assert WANTED.is_due(ANNA, NOW)
    assert WANTED.is_open(None, NOW), "nobody is logged in: it waits for somebody"
    assert not WANTED.after_yes(ANNA, NOW).is_open(ANNA, NOW)


def test_it_is_told_again_to_another_account_another_session_or_after_a_day() -> None:
    told = WANTED.after_yes(ANNA, NOW)
    assert told.is_due(BEN, NOW), "the telephone's new holder gets their own notices alone"
    assert told.is_due(Speaker("anna", "s3"), NOW), "the session that it ended with may be over"
    assert not told.is_due(ANNA, NOW + REFRESH_AFTER_MS - 1)
    assert told.is_due(ANNA, NOW + REFRESH_AFTER_MS)
    assert told.is_due(ANNA, NOW - 1), "a clock that was put back: rather once too often"


def test_a_server_that_does_not_answer_is_asked_later_and_never_forgotten() -> None:
    missed = WANTED.after_miss(NOW, 5_000)
    assert not missed.is_due(ANNA, NOW + 4_999)
    assert missed.is_due(ANNA, NOW + 5_000)
    assert missed.is_open(ANNA, NOW)
    assert missed.is_due(ANNA, NOW - 30 * REFRESH_AFTER_MS), "a wait of a wrong clock is none"


def test_a_withdrawal_is_open_for_as_long_as_it_is_there() -> None:
    gone = Intent("https://door.example", "fcm:token", Wish.WITHDRAW)
    assert gone.after_yes(ANNA, NOW).is_open(ANNA, NOW)


def test_the_servers_no_ends_a_wish() -> None:
    refused = WANTED.after_no("push_token_wrong")
    assert not refused.is_open(ANNA, NOW)
    assert not refused.is_due(BEN, NOW + 10 * REFRESH_AFTER_MS)


def test_a_token_is_shown_nowhere() -> None:
    assert "fcm:token" not in repr(WANTED)


@pytest.mark.parametrize(
    ("text", "is_one"), [("fcm:A-_", True), ("", False), ("a b", False), ("ä", False), ("a\n", False)]
)
def test_what_may_be_a_token(text: str, is_one: bool) -> None:
    assert is_push_token(text, 4_096) is is_one
    assert not is_push_token("x" * 4_097, 4_096)


@given(st.lists(st.tuples(st.sampled_from(["yes", "miss"]), st.integers(0, 3 * REFRESH_AFTER_MS)), max_size=10))
def test_whatever_happens_an_open_wish_is_due_within_a_day(steps: list[tuple[str, int]]) -> None:
    intent, now = WANTED, NOW
    for what, span in steps:
        now += span
        intent = intent.after_yes(ANNA, now) if what == "yes" else intent.after_miss(now, min(span, REFRESH_AFTER_MS))
    assert intent.is_due(ANNA, now + REFRESH_AFTER_MS)

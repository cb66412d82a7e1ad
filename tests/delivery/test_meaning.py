"""Each answer of each channel means one thing, and nothing that may pass ends a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.account_trouble import AccountTrouble
from core.delivery.meaning import MEANINGS, Fate, Heard, Meaning, meaning_of
from core.delivery.message import Channel

ANSWERS = st.builds(
    Heard,
    st.none() | st.integers(0, 999),
    st.sampled_from(["", "RCPT", "DATA", "MAIL", "AUTH", "UNREGISTERED", "UNAUTHENTICATED", "no_secret", "timed_out"]),
    st.text(max_size=8),
    st.none() | st.floats(),
)


@pytest.mark.parametrize("channel", Channel)
def test_each_channel_has_a_table_that_ends_with_a_row_for_everything(channel: Channel) -> None:
    last = MEANINGS[channel][-1]
    assert (last.codes, last.words, last.meaning.fate) == (None, frozenset(), Fate.LATER)


@given(st.sampled_from(Channel), ANSWERS)
def test_every_answer_means_something_and_what_ends_a_message_has_a_reason(channel: Channel, heard: Heard) -> None:
    meaning = meaning_of(channel, heard)
    assert (meaning.reason is not None) == (meaning.fate in {Fate.DEAD, Fate.CLOSED, Fate.CANCELED})
    assert (meaning.trouble is not None) == (meaning.fate is Fate.RESTS)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("code", [None, 0, 100, 301, 302, 307, 408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(channel: Channel, code: int | None) -> None:
    assert meaning_of(channel, Heard(code)).fate is Fate.LATER


@pytest.mark.parametrize(
    ("channel", "heard", "meaning"),
    [
        (Channel.WEBHOOK, Heard(200), Meaning(Fate.SENT)),
        (Channel.WEBHOOK, Heard(204), Meaning(Fate.SENT)),
        (Channel.WEBHOOK, Heard(299), Meaning(Fate.SENT)),
        (Channel.WEBHOOK, Heard(410), Meaning(Fate.CLOSED, "endpoint_gone")),
        (Channel.WEBHOOK, Heard(400), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(401), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(404), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(550, "RCPT"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(250, "DATA"), Meaning(Fate.SENT)),
        (Channel.EMAIL, Heard(451, "DATA"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(452, "RCPT"), Meaning(Fate.LATER, is_recipients=True)),
        (Channel.EMAIL, Heard(421, "RCPT"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(450, "MAIL"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(550, "RCPT"), Meaning(Fate.DEAD, "refused")),
        (Channel.EMAIL, Heard(554, "DATA"), Meaning(Fate.DEAD, "refused")),
        (Channel.EMAIL, Heard(454, "AUTH"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(None, "no_connection"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(None, "timed_out"), Meaning(Fate.LATER)),
        (Channel.EMAIL, Heard(535, "AUTH"), Meaning(Fate.RESTS, trouble=AccountTrouble.PASSWORD_REFUSED)),
        (Channel.EMAIL, Heard(534, "AUTH"), Meaning(Fate.RESTS, trouble=AccountTrouble.PASSWORD_REFUSED)),
        (Channel.EMAIL, Heard(550, "AUTH"), Meaning(Fate.RESTS, trouble=AccountTrouble.PASSWORD_REFUSED)),
        (Channel.EMAIL, Heard(538, "AUTH"), Meaning(Fate.RESTS, trouble=AccountTrouble.LOGIN_WANTED)),
        (Channel.EMAIL, Heard(504, "AUTH"), Meaning(Fate.RESTS, trouble=AccountTrouble.LOGIN_MISSING)),
        (Channel.EMAIL, Heard(530, "MAIL"), Meaning(Fate.RESTS, trouble=AccountTrouble.LOGIN_WANTED)),
        (Channel.EMAIL, Heard(530, "RCPT"), Meaning(Fate.RESTS, trouble=AccountTrouble.LOGIN_WANTED)),
        (Channel.EMAIL, Heard(550, "MAIL"), Meaning(Fate.RESTS, trouble=AccountTrouble.SENDER_REFUSED)),
        (Channel.EMAIL, Heard(554, "connect"), Meaning(Fate.RESTS, trouble=AccountTrouble.SERVER_REFUSES)),
        (Channel.EMAIL, Heard(None, "tls_old"), Meaning(Fate.RESTS, trouble=AccountTrouble.TLS_UNFIT)),
        (Channel.EMAIL, Heard(None, "no_account"), Meaning(Fate.RESTS, trouble=AccountTrouble.UNREADABLE)),
        (Channel.WEBHOOK, Heard(403), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(535, "AUTH"), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(None, "certificate_expired"), Meaning(Fate.LATER)),
        (Channel.WEBHOOK, Heard(None, "no_secret"), Meaning(Fate.RESTS, trouble=AccountTrouble.UNREADABLE)),
        (Channel.STRIPE, Heard(None, "account_refused"), Meaning(Fate.RESTS, trouble=AccountTrouble.KEY_REFUSED)),
        (Channel.EMAIL, Heard(None, "address_suppressed"), Meaning(Fate.CANCELED, "address_suppressed")),
        (Channel.EMAIL, Heard(None, "recipient_forgotten"), Meaning(Fate.CANCELED, "recipient_forgotten")),
        (Channel.WEBHOOK, Heard(None, "address_suppressed"), Meaning(Fate.LATER)),
        (Channel.PUSH, Heard(200), Meaning(Fate.SENT)),
        (Channel.PUSH, Heard(404, "UNREGISTERED"), Meaning(Fate.DEAD, "token_invalid")),
        (Channel.PUSH, Heard(404, "NOT_FOUND"), Meaning(Fate.DEAD, "token_invalid")),
        (Channel.PUSH, Heard(404), Meaning(Fate.LATER)),
        (Channel.PUSH, Heard(403, "SENDER_ID_MISMATCH"), Meaning(Fate.DEAD, "sender_mismatch")),
        (Channel.PUSH, Heard(429, "DEVICE_QUOTA_EXCEEDED"), Meaning(Fate.LATER, is_recipients=True)),
        (Channel.PUSH, Heard(None, "token_inactive"), Meaning(Fate.CANCELED, "token_inactive")),
        (Channel.PUSH, Heard(None, "unreadable"), Meaning(Fate.DEAD, "payload_refused")),
        (Channel.PUSH, Heard(400, "INVALID_ARGUMENT"), Meaning(Fate.DEAD, "payload_refused")),
        (Channel.PUSH, Heard(429, "QUOTA_EXCEEDED"), Meaning(Fate.LATER)),
        (Channel.PUSH, Heard(401), Meaning(Fate.LATER)),
        (Channel.PUSH, Heard(403), Meaning(Fate.LATER)),
    ],
)
def test_the_tables(channel: Channel, heard: Heard, meaning: Meaning) -> None:
    assert meaning_of(channel, heard) == meaning


def test_an_answer_is_told_in_a_word() -> None:
    assert [each.status for each in (Heard(503), Heard(None, "timed_out"), Heard(None))] == [
        "503",
        "timed_out",
        "no_answer",
    ]

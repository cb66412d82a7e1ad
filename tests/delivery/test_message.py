"""A message's states are closed under its table, its attempts fit its schedule, its id is its news's own."""

from uuid import UUID

import pytest

from core.delivery.message import NEXT, WAITS_S, Channel, MessageState, message_id, most_attempts
from tests.support.facts import EVENT, OTHER_EVENT


def test_every_state_has_its_row() -> None:
    assert set(NEXT) == set(MessageState)


def test_what_was_sent_or_canceled_stays_so() -> None:
    assert NEXT[MessageState.SENT] == NEXT[MessageState.CANCELED] == frozenset()


def test_only_what_a_worker_holds_can_be_sent() -> None:
    assert [state for state in MessageState if MessageState.SENT in NEXT[state]] == [MessageState.LEASED]


@pytest.mark.parametrize("channel", Channel)
def test_the_first_attempt_is_at_once_and_each_wait_is_longer(channel: Channel) -> None:
    waits = WAITS_S[channel]
    assert waits[0] == 0
    assert list(waits) == sorted(set(waits))
    assert most_attempts(channel) == len(waits)


def test_an_id_belongs_to_one_event_and_one_key() -> None:
    ids = {message_id(event, key) for event in (EVENT, OTHER_EVENT) for key in ("a", "b")}
    assert len(ids) == 4
    assert message_id(EVENT, "a") in ids


def test_an_id_is_a_uuid_of_version_8() -> None:
    id_ = message_id(EVENT, "a")
    assert (id_.version, id_.variant) == (8, UUID(int=0, version=4).variant)

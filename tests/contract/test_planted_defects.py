"""Every channel has a test that plants each defect by which messages get lost, doubled or ended by the wrong one.

The table names them. It is closed: a new channel without its row, or a test that was renamed, is seen here.
"""

import ast
from enum import Enum
from functools import cache

import pytest

from core.delivery.message import Channel
from tests.architecture.sources import ROOT


class Defect(Enum):
    """What went wrong elsewhere, and must be seen here."""

    OUTSIDE = "a message that is enqueued outside the transaction of its cause is lost, or is there without it"
    NEW_ID = "each retry has an id or a key of its own, so that nobody can tell a second copy from a second message"
    ZOMBIE = "a worker that slept through its lease finishes what is another's by then"
    TAKEN_FOR_DEAD = "what is said of one message ends the address, the token or the account that it went to"


_CONTRACT = "tests/contract"
TABLE: dict[tuple[Channel, Defect], tuple[str, str]] = {
    (Channel.WEBHOOK, Defect.OUTSIDE): (
        f"{_CONTRACT}/test_delivery_line.py",
        "test_a_message_lost_when_it_is_put_in_apart_from_its_redemption_would_be_seen",
    ),
    (Channel.WEBHOOK, Defect.NEW_ID): (
        f"{_CONTRACT}/test_delivery_line.py",
        "test_a_new_id_for_each_attempt_would_be_seen",
    ),
    (Channel.WEBHOOK, Defect.ZOMBIE): (
        f"{_CONTRACT}/test_delivery_line.py",
        "test_without_the_fence_a_zombie_would_finish_anothers_attempt",
    ),
    (Channel.WEBHOOK, Defect.TAKEN_FOR_DEAD): (
        f"{_CONTRACT}/test_delivery_line.py",
        "test_planted_an_endpoint_that_a_400_closes_is_seen",
    ),
    (Channel.EMAIL, Defect.OUTSIDE): (
        f"{_CONTRACT}/test_ticket_mail.py",
        "test_a_mail_that_was_put_in_after_the_sale_would_be_lost_with_its_process",
    ),
    (Channel.EMAIL, Defect.NEW_ID): (
        "tests/net/test_mail_sender.py",
        "test_a_mailbox_would_see_a_sender_that_makes_a_new_id_at_each_try",
    ),
    (Channel.EMAIL, Defect.ZOMBIE): (
        f"{_CONTRACT}/test_ticket_mail.py",
        "test_planted_without_the_fence_a_worker_that_slept_would_end_anothers_mail",
    ),
    (Channel.EMAIL, Defect.TAKEN_FOR_DEAD): (
        f"{_CONTRACT}/test_ticket_mail.py",
        "test_a_server_that_relays_for_nobody_ends_no_address",
    ),
    (Channel.PUSH, Defect.OUTSIDE): (
        f"{_CONTRACT}/test_notices.py",
        "test_planted_a_notice_put_in_by_a_transaction_of_its_own_is_there_without_its_incident",
    ),
    (Channel.PUSH, Defect.NEW_ID): (
        f"{_CONTRACT}/test_push_line.py",
        "test_planted_a_new_id_for_each_attempt_would_be_shown_three_times",
    ),
    (Channel.PUSH, Defect.ZOMBIE): (
        f"{_CONTRACT}/test_push_line.py",
        "test_planted_a_word_that_is_written_down_outside_the_fence_ends_a_telephone_that_lives",
    ),
    (Channel.PUSH, Defect.TAKEN_FOR_DEAD): (
        f"{_CONTRACT}/test_push_line.py",
        "test_planted_tokens_killed_by_a_400_are_seen",
    ),
    (Channel.STRIPE, Defect.OUTSIDE): (
        f"{_CONTRACT}/test_refunds.py",
        "test_planted_an_intent_that_is_not_committed_first_is_lost",
    ),
    (Channel.STRIPE, Defect.NEW_ID): (
        f"{_CONTRACT}/test_refunds.py",
        "test_planted_a_new_uuid_for_each_retry_refunds_twice",
    ),
    (Channel.STRIPE, Defect.ZOMBIE): (
        f"{_CONTRACT}/test_refunds.py",
        "test_planted_without_the_fence_a_worker_that_slept_would_end_anothers_refund",
    ),
    (Channel.STRIPE, Defect.TAKEN_FOR_DEAD): (
        f"{_CONTRACT}/test_refunds.py",
        "test_a_wrong_key_rests_the_account_tells_people_and_kills_nothing",
    ),
}
INCOMING: dict[Defect, tuple[str, str]] = {
    Defect.OUTSIDE: ("tests/server/test_stripe_api.py", "test_a_message_and_its_work_are_stored_both_or_neither"),
    Defect.NEW_ID: (
        "tests/server/test_stripe_api.py",
        "test_under_another_key_than_stripes_id_the_same_message_would_be_there_eight_times",
    ),
    Defect.ZOMBIE: (
        f"{_CONTRACT}/test_stripe_news.py",
        "test_planted_without_the_fence_a_worker_that_slept_would_pay_a_ticket_again",
    ),
    Defect.TAKEN_FOR_DEAD: (
        f"{_CONTRACT}/test_stripe_news.py",
        "test_an_account_whose_key_is_not_taken_rests_and_its_messages_keep_their_tries",
    ),
}
"""The same for what Stripe tells us."""


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def test_every_channel_has_its_row_for_every_defect() -> None:
    assert set(TABLE) == {(channel, defect) for channel in Channel for defect in Defect}
    assert set(INCOMING) == set(Defect)


@pytest.mark.parametrize(("path", "name"), [*TABLE.values(), *INCOMING.values()])
def test_what_a_row_names_is_there(path: str, name: str) -> None:
    assert name in names_in(path)


def test_a_row_for_a_test_that_is_not_there_is_seen() -> None:
    """The negative control."""
    assert "test_that_nobody_wrote" not in names_in(f"{_CONTRACT}/test_delivery_line.py")

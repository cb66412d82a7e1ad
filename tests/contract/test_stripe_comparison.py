"""Each night what Stripe told by its own list is compared with what is here: what was lost is put in, and told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.ledger.admin import open_ledger
from app.ledger.engine import Database
from app.ledger.job_book import Run, RunState
from app.ledger.outbox import add_endpoint
from app.ledger.schema import outbox, payments, stripe_events
from app.ledger.stripe_events import Came
from app.runtime import stripe_comparison
from app.runtime.job_table import JOBS, runner_of
from core.delivery.message import Channel
from core.delivery.notice import NoticeKind
from core.model.outcomes import Outcome as Said
from core.payment.look import Outcome
from core.payment.money import PaymentState
from tests.contract.ledger_rig import NOW
from tests.support.scripted_server import Reply
from tests.support.stripe_desk import PRICE, StripeDesk, stripe_desk

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StripeDesk]:
    """A ledger of its own: each run of a job is later than the one before."""
    clock = [NOW]
    with open_ledger(None, tmp_path, now_ms=lambda: clock[0]) as office, stripe_desk(office, clock) as made:
        yield made


def night(desk: StripeDesk) -> Run:
    """The job, as `doorlight job run` does it, a moment later each time."""
    desk.clock[0] += 1_000
    return runner_of(desk.office).run_now("stripe-events")


def told(desk: StripeDesk) -> list[dict[str, Any]]:
    """What people are told, for telephones."""
    mine = (outbox.c.event_id == desk.event) & (outbox.c.kind == NoticeKind.PAYMENTS.value)
    with database_of(desk).reading() as connection:
        return [json.loads(body)["told"] for body in connection.execute(select(outbox.c.body).where(mine)).scalars()]


def database_of(desk: StripeDesk) -> Database:
    return desk.office._database


def test_it_is_in_the_cron_table_each_night() -> None:
    (job,) = [each for each in JOBS if each.name == "stripe-events"]
    assert job.next_at(NOW) is not None
    assert job.cron.split()[2:] == ["*", "*", "*"]


def test_a_message_that_never_came_is_put_in_as_if_it_had(desk: StripeDesk) -> None:
    (intent, tids), (other, _) = desk.order(), desk.order("B-1")
    for each in (intent, other):
        desk.peer.pay(each)
    came = desk.peer.event("payment_intent.succeeded", other)
    desk.hear_again(came)
    lost = desk.peer.event("payment_intent.succeeded", intent)
    desk.peer.event("customer.created", intent)
    run = night(desk)
    said = "2 messages compared, 1 were missing, 0 payments differ"
    assert run.state is RunState.DONE
    assert run.outcome == f"{said}; 1 accounts' payments were not looked at, as messages wait"
    desk.work()
    assert {desk.said(tid) for tid in tids} == {None}
    assert (desk.kept(lost["id"]).came, desk.kept(came["id"]).came) == (Came.LISTED, Came.DELIVERED)
    assert night(desk).outcome == "2 messages compared, 0 were missing, 0 payments differ"
    assert desk.hear_again(lost) == lost["id"], "and what is delivered later after all changes nothing"
    desk.work()
    assert desk.kept(lost["id"]).outcome is Outcome.PAID


def test_without_the_comparison_what_never_came_would_be_lost(desk: StripeDesk, monkeypatch: Any) -> None:
    """The negative control: planted, a comparison that finds nothing missing."""
    intent, tids = desk.order()
    desk.peer.pay(intent)
    desk.peer.event("payment_intent.succeeded", intent)
    monkeypatch.setattr(desk.office.stripe_events, "unknown_of", lambda *_: set())
    night(desk)
    desk.work()
    assert {desk.said(tid) for tid in tids} == {Said.UNPAID}


def test_all_pages_of_a_long_list_are_compared_and_no_more_than_a_night_may_take(
    desk: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = desk.peer.begin()
    for _ in range(7):
        desk.peer.event("payment_intent.payment_failed", intent)
    monkeypatch.setattr(stripe_comparison, "PAGE", 3)
    assert (night(desk).outcome or "").startswith("7 messages compared, 7 were missing")
    monkeypatch.setattr(stripe_comparison, "MOST_PAGES", 2)
    desk.work()
    assert night(desk).outcome == "6 messages compared, 0 were missing, 0 payments differ, not all were looked at"


def test_it_looks_back_three_days_or_as_far_as_nothing_has_come(desk: StripeDesk) -> None:
    intent, now_s = desk.peer.begin(), NOW // 1000
    old = desk.peer.event("payment_intent.payment_failed", intent, now_s - 5 * 86_400)
    desk.peer.event("payment_intent.payment_failed", intent, now_s - 2 * 86_400)
    assert (night(desk).outcome or "").startswith("1 messages compared, 1 were missing")
    with database_of(desk).writing() as connection:  # as if the last that came were six days old
        connection.execute(delete(stripe_events).where(stripe_events.c.event_id == desk.event))
        connection.execute(delete(outbox).where(outbox.c.event_id == desk.event))
    last = desk.peer.event("payment_intent.payment_failed", intent, now_s - 6 * 86_400)
    desk.hear_again(last)
    assert (night(desk).outcome or "").startswith("3 messages compared, 2 were missing")
    assert desk.kept(old["id"]).came is Came.LISTED


def test_a_payment_that_is_otherwise_at_stripe_is_told_and_left_as_it_is(desk: StripeDesk) -> None:
    database_of(desk).transact(
        lambda connection: add_endpoint(connection, desk.event, Channel.PUSH, "project", frozenset(), NOW)
    )
    intent, tids = desk.order()
    desk.peer.pay(intent)
    desk.hear("payment_intent.succeeded", intent)
    desk.work()
    assert night(desk).outcome == "1 messages compared, 0 were missing, 0 payments differ"
    desk.peer.refund(intent, PRICE)  # and Stripe's list has no message of it
    assert night(desk).outcome == f"1 messages compared, 0 were missing, 1 payments differ ({intent})"
    night(desk)
    assert told(desk) == [{"trouble": "differs", "object": intent, "count": 1}], "once a day"
    assert ({desk.said(tid) for tid in tids}, desk.state()[0]) == ({None}, PaymentState.PAID)
    del desk.peer.objects[intent]
    desk.clock[0] += DAY_MS
    assert night(desk).outcome == f"1 messages compared, 0 were missing, 1 payments differ ({intent})"
    assert len(told(desk)) == 2


def test_an_account_that_cant_be_asked_fails_the_run_and_no_other_account(desk: StripeDesk) -> None:
    with stripe_desk(desk.office, desk.clock) as other:
        intent, tids = other.order()
        other.peer.pay(intent)
        other.peer.event("payment_intent.succeeded", intent)
        desk.peer.trouble = lambda _: Reply(503, b"{}")
        run = night(desk)
        assert (run.state, run.error) == (RunState.FAILED, "stripe_not_compared")
        desk.peer.trouble = lambda _: None
        other.work()
        assert {other.said(tid) for tid in tids} == {None}


def test_without_any_account_in_use_nothing_is_asked(desk: StripeDesk) -> None:
    account = desk.office.stripe_accounts.show(desk.event)
    desk.office.endpoints.change(desk.event, account.endpoint, is_active=False)
    assert night(desk).outcome == "no account"
    assert desk.peer.asked == []
    with database_of(desk).reading() as connection:
        assert connection.execute(select(payments).where(payments.c.event_id == desk.event)).first() is None

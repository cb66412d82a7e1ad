"""News is written with what gives cause for it: once for each redemption, in the same transaction or not at all."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.ledger.outbox import Outbox, add_endpoint
from app.ledger.schema import outbox
from core.delivery.message import Channel, message_id
from core.delivery.news import NewsKind
from core.journal.scan import to_record
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NOW, SOUTH, VIP, House


def subscribe(house: House, *kinds: NewsKind) -> None:
    """Somebody wants the event's news."""
    house.office._database.transact(
        lambda connection: add_endpoint(
            connection, house.event, Channel.WEBHOOK, "https://shop.example/hook", frozenset(kinds), NOW
        )
    )


def told(house: House) -> list[dict[str, Any]]:
    """The bodies of all messages, with their kinds, in the order of their keys."""
    with house.office._database.reading() as connection:
        rows = connection.execute(
            select(outbox).where(outbox.c.event_id == house.event).order_by(outbox.c.made_at, outbox.c.dedupe_key)
        ).all()
    assert len({row.id for row in rows}) == len(rows)
    return [json.loads(row.body) for row in rows]


def kinds(house: House) -> list[str]:
    return sorted(body["type"] for body in told(house))


@pytest.fixture
def heard(house: House) -> House:
    """An event whose news somebody wants."""
    subscribe(house)
    return house


def test_an_event_without_endpoints_has_no_messages(house: House) -> None:
    house.ask(house.scan(house.tickets()[0]))
    assert told(house) == []


def test_a_redemption_is_told_once_however_often_its_facts_come(heard: House) -> None:
    (tid,) = heard.tickets()
    scan = heard.scan(tid)
    shown = heard.shown(scan, Outcome.ADMITTED)
    heard.ask(scan)
    heard.ask(scan)
    heard.upload(scan, shown)
    heard.upload(shown, scan)
    (body,) = told(heard)
    assert body["type"] == "ticket.redeemed"
    assert body["data"]["ticket"] == {"id": tid.hex(), "class": 1, "source": "issued", "external_ref": None}
    assert body["data"]["entry"]["scan"] == scan.stamp.id.hex


def test_each_entry_of_a_ticket_is_told(heard: House) -> None:
    (tid,) = heard.tickets(cls=VIP)
    for after_ms in (0, 60_000, 120_000):
        heard.ask(heard.scan(tid, after_ms=after_ms, gate=SOUTH, cls=VIP))
    assert [body["data"]["entry"]["number"] for body in told(heard)] == [1, 2]


def test_an_entry_that_an_earlier_scan_wins_is_corrected_and_its_incident_told(heard: House) -> None:  # G1
    (tid,) = heard.tickets()
    late, early = heard.admit_offline(tid, 0, after_ms=5_000), heard.admit_offline(tid, 1)
    heard.upload(*late)
    heard.upload(*early)
    assert kinds(heard) == ["incident.opened", "ticket.redeemed", "ticket.redemption_corrected"]
    corrected = next(body for body in told(heard) if body["type"] == "ticket.redemption_corrected")
    assert corrected["data"]["entry"]["scan"] == early[0].stamp.id.hex
    assert corrected["data"]["previous"]["scan"] == late[0].stamp.id.hex


def test_an_entry_given_back_and_taken_again_is_a_correction_not_a_second_redemption(heard: House) -> None:
    (tid,) = heard.tickets()
    wrong = heard.scan(tid)
    heard.upload(wrong)
    heard.upload(heard.shown(wrong, Outcome.ALREADY_USED))  # the door refused the guest: the entry is free again
    heard.upload(*heard.admit_offline(tid, 1, after_ms=60_000))
    assert kinds(heard) == ["ticket.redeemed", *["ticket.redemption_corrected"] * 2]


def test_an_exit_is_told_and_a_refused_one_is_not(heard: House) -> None:
    (tid, blocked) = heard.tickets(2)
    heard.ask(heard.scan(tid))
    heard.ask(heard.scan(tid, after_ms=60_000, direction=Direction.EXIT))
    heard.office.cancel_ticket(heard.event, blocked, DenialReason.BLOCKED)
    heard.ask(heard.scan(blocked, after_ms=60_000, direction=Direction.EXIT))
    assert kinds(heard) == ["ticket.exit", "ticket.redeemed"]


def test_an_incident_about_a_record_is_told(heard: House) -> None:
    (tid,) = heard.tickets()
    scan = heard.scan(tid)
    heard.upload(scan)
    heard.line.redeem_batch(heard.event, scan.stamp.device, [to_record(scan) | {"gate": "south"}])
    assert kinds(heard) == ["incident.opened", "ticket.redeemed"]


def test_a_subscriber_hears_the_kinds_that_it_named_and_corrections_with_redemptions(house: House) -> None:
    subscribe(house, NewsKind.REDEEMED)
    subscribe(house, NewsKind.INCIDENT)
    (tid,) = house.tickets()
    house.upload(*house.admit_offline(tid, 0, after_ms=5_000))
    house.upload(*house.admit_offline(tid, 1))
    assert kinds(house) == ["incident.opened", "ticket.redeemed", "ticket.redemption_corrected"]


def test_the_same_news_has_the_same_id(heard: House) -> None:
    """An id that came out of chance would let a shop count a repeated message twice."""
    heard.ask(heard.scan(heard.tickets()[0]))
    with heard.office._database.reading() as connection:
        (row,) = connection.execute(select(outbox).where(outbox.c.event_id == heard.event))
    assert row.id == message_id(heard.event, row.dedupe_key)


def test_what_can_not_be_told_is_not_redeemed_either(heard: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message and the redemption are one transaction: a fault between them leaves neither."""
    (tid,) = heard.tickets()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "_put", fail)
        with pytest.raises(RuntimeError, match="planted"):
            heard.ask(heard.scan(tid))
    assert (heard.entries(), told(heard)) == ({}, [])

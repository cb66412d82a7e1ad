"""A guest waits for the server's word while the kiosk's queue is sent: the upload must not answer the question.

A kiosk whose clock is an hour ahead has let a ticket in. The same ticket comes to a door whose clock is right: by time
it was there first, and an upload is told so. Found by the simulation (seed 5299).
"""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import tickets
from app.runtime.in_hand import InHand
from app.runtime.oracle import NoOracle
from app.runtime.redeem_line import Question, RedeemLine
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from app.store.journal_file import Writer
from core.gate.admit import Door
from core.journal.scan import Scan, Shown, to_record
from core.model.event import Direction
from core.model.ids import DeviceId
from core.model.moments import Millis
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer
from core.sync.answers import Done
from core.sync.manifest import row_of
from core.sync.messages import BatchReply
from core.ticket.verify import Lane
from tests.support.door import (
    DAY,
    DEVICE,
    END_S,
    EVENT,
    KID,
    NOON_MS,
    NORTH,
    START_S,
    SUMMER_NIGHT,
    HandClock,
    new_id,
    taken,
    ticket,
    tid,
)
from tests.support.sync_lines import sync_line

AHEAD = DeviceId(UUID(int=0xA4EAD))
HOUR_MS = 3_600_000


class Kiosk:
    """A door's two lines on one journal, each with a hand of its own on it."""

    def __init__(self, office: Office, path: Path, device: DeviceId, at_ms: int) -> None:
        self._redeem = RedeemLine(office.facts)
        self._device = device
        self.clock = HandClock()
        self.clock.at_ms = Millis(at_ms)
        self.in_hand = InHand()
        self.box = TrustBox(EVENT)
        self.box.adopt(taken(policy=row_of(SUMMER_NIGHT)), self.clock.at_ms)
        self.lane, self.queue = (Journal(path, Writer(EVENT, device, 1), new_id) for _ in range(2))
        self.is_held = lambda: self.in_hand.is_anybody

    def close(self) -> None:
        self.lane.close()
        self.queue.close()

    def present(self, number: int) -> Outcome:
        line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, self._device, "North 1", NORTH),
            journal=self.lane,
            holder=self.box,
            clock=self.clock,
            oracle=self,
            in_hand=self.in_hand,
        )
        return line.present(ticket(number)).outcome

    def drain(self) -> int:
        return sync_line(self.queue, self, is_in_hand=self.is_held).drain()

    def ask(self, scan: Scan) -> Answer | None:
        """The question is slower than the upload, which begins in that very moment."""
        self.drain()
        return self._redeem.redeem(Question(EVENT, self._device, to_record(scan))).answer

    def send(self, body: bytes) -> Done[BatchReply]:
        return Done(BatchReply(self._redeem.redeem_batch(EVENT, self._device, json.loads(body)["facts"])), 1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path / "server", now_ms=lambda: NOON_MS) as opened:
        opened.create_event(row_of(SUMMER_NIGHT))
        row = {"event_id": EVENT, "tid": tid(1), "kid": KID, "flags": 0, "gen": 0, "cls": DAY, "nbf": START_S}
        told = {"exp": END_S, "is_inside": False, "source": "test", "external_ref": None, "issued_at": 0}
        with opened._database.writing() as connection:
            connection.execute(insert(tickets), row | told)
        yield opened


@pytest.fixture
def door(office: Office, tmp_path: Path) -> Iterator[Kiosk]:
    """A door whose clock is right, after another one has let the ticket in."""
    with closing(Kiosk(office, tmp_path / "ahead.db", AHEAD, NOON_MS + HOUR_MS)) as ahead:
        assert ahead.present(1) is Outcome.ADMITTED
        assert ahead.drain() == 2
    with closing(Kiosk(office, tmp_path / "right.db", DEVICE, NOON_MS)) as made:
        yield made


def test_a_guest_who_waits_is_answered_by_the_question_and_not_by_the_upload(door: Kiosk) -> None:
    assert door.present(1) is Outcome.ALREADY_USED
    assert not door.in_hand.is_anybody
    scan, shown = door.lane.every_fact()
    assert isinstance(shown, Shown)
    assert (shown.source, shown.refers_to) == (Source.ONLINE, scan.stamp.id)
    assert (door.drain(), door.queue.queue_length()) == (2, 0)


def test_control_an_upload_that_holds_nothing_back_lets_a_second_guest_in(door: Kiosk) -> None:
    door.is_held = lambda: False
    assert door.present(1) is Outcome.ADMITTED


def test_a_scan_that_was_never_shown_does_not_stay_in_the_queue(door: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kiosk lost its power, or its disk: nobody waits any more."""

    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(Kiosk, "ask", broken)
        with pytest.raises(RuntimeError, match="planted"):
            door.present(1)
    assert [each.is_open for each in door.queue.queued()] == [True]
    assert not door.in_hand.is_anybody
    assert (door.drain(), door.queue.queue_length()) == (1, 0)


def test_while_a_guest_waits_what_was_settled_before_is_sent(door: Kiosk) -> None:
    alone = NoOracle()
    door.ask = alone.ask  # type: ignore[method-assign]
    assert door.present(1) is Outcome.ADMITTED_OFFLINE
    with door.in_hand:
        assert door.drain() == 2

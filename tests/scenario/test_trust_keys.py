"""G15 and the lease at a door without a network: keys come and go with the manifest, by stick."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.store.journal import Journal
from core.gate.admit import Door
from core.model.event import Direction
from core.model.ids import KeyId
from core.model.outcomes import Outcome
from core.sync.manifest import Secrets
from core.sync.messages import KeyRow
from core.ticket.issue import issue
from core.ticket.keyring import Algorithm
from core.ticket.segments import ListsOfSegments
from core.ticket.verify import Lane
from core.ticket.wire import Claims
from tests.support.door import (
    DAY,
    DEVICE,
    END_S,
    EVENT,
    KID,
    MAC,
    NORTH,
    START_S,
    HandClock,
    Signed,
    device_row,
    digest,
    lists,
    new_id,
    signed,
    ticket,
    tid,
    writer,
)
from tests.support.manifests import Rig, Source

NEW_KID, NEW_MAC = KeyId(9), bytes([9]) * 32
LEASE_END_MS = (END_S + 172_800) * 1000


def new_ticket(number: int) -> str:
    """A ticket under the key that came by rotation."""
    return issue(Claims(0, NEW_KID, tid(number), 0, DAY, START_S, END_S), Algorithm.HMAC_SHA256_128, NEW_MAC)


def with_keys(version: int, old: str, *, of: ListsOfSegments | None = None, **changes: object) -> Signed:
    """A manifest in which the old key has this state and the new one is active."""
    label = Algorithm.HMAC_SHA256_128.label
    both = Secrets(mac={KID: MAC, NEW_KID: NEW_MAC})
    keys = [KeyRow(KID, EVENT.hex, label, old), KeyRow(NEW_KID, EVENT.hex, label, "active")]
    return signed(version, of, keys=keys, devices=[device_row(version, secrets=both)], **changes)


class Kiosk:
    """A lane, its keeper, and no network."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(folder)
        self.journal = Journal(folder / "kiosk.db", writer(), new_id)
        self.clock = self.rig.clock
        self.line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=self.journal,
            holder=self.rig.box,
            clock=self.clock,
            oracle=NoOracle(),
        )

    def take(self, of: Signed) -> None:
        assert self.rig.keeper.take_from(Source(of)) is None

    def outcome(self, text: str) -> Outcome:
        return self.line.present(text).outcome

    def close(self) -> None:
        self.rig.close()
        self.journal.close()


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with closing(Kiosk(tmp_path)) as made:
        made.take(signed(1))
        yield made


def test_a_key_rotated_while_the_kiosk_was_offline(kiosk: Kiosk) -> None:  # G15
    assert kiosk.outcome(new_ticket(1)) is Outcome.UNKNOWN_KEY
    kiosk.take(with_keys(2, "verify_only"))
    assert kiosk.outcome(new_ticket(1)) is Outcome.ADMITTED_OFFLINE
    assert kiosk.outcome(ticket(2)) is Outcome.ADMITTED_OFFLINE, "old tickets go on working"


def test_a_key_that_was_stolen_lets_real_guests_in_and_no_forgery(kiosk: Kiosk) -> None:  # G15
    kiosk.take(with_keys(2, "listed_only", of=lists(allowed=[digest(ticket(1))])))
    assert kiosk.outcome(ticket(1)) is Outcome.ADMITTED_OFFLINE
    assert kiosk.outcome(ticket(66)) is Outcome.UNLISTED, "rightly sealed, by a thief of the key"
    assert kiosk.outcome(new_ticket(2)) is Outcome.ADMITTED_OFFLINE


def test_a_revoked_key_lets_nobody_in(kiosk: Kiosk) -> None:  # G15
    assert kiosk.outcome(ticket(1)) is Outcome.ADMITTED_OFFLINE
    kiosk.take(with_keys(2, "revoked"))
    assert kiosk.outcome(ticket(2)) is Outcome.KEY_REVOKED
    assert kiosk.outcome(new_ticket(3)) is Outcome.ADMITTED_OFFLINE


def test_what_was_used_under_one_manifest_is_used_under_the_next(kiosk: Kiosk) -> None:  # G9, G15
    kiosk.outcome(ticket(1))
    kiosk.take(with_keys(2, "listed_only", of=lists(allowed=[digest(ticket(1))])))
    assert kiosk.outcome(ticket(1)) is Outcome.ALREADY_USED


def test_after_the_lease_nobody_is_admitted_and_the_queue_stays(kiosk: Kiosk) -> None:
    assert isinstance(kiosk.clock, HandClock)
    kiosk.outcome(ticket(1))
    waiting = kiosk.journal.queue_length()
    kiosk.clock.at_ms = LEASE_END_MS + 60_000
    assert kiosk.outcome(ticket(2)) is Outcome.SNAPSHOT_EXPIRED, "even before anybody has looked at the lease"
    kiosk.rig.keeper.check_lease()
    assert kiosk.outcome(ticket(3)) is Outcome.SNAPSHOT_EXPIRED
    assert kiosk.journal.queue_length() == waiting + 4
    assert kiosk.rig.store.server_key(EVENT) is not None, "so that the queue can still be sealed"


def test_a_stick_with_a_longer_lease_opens_the_door_again(kiosk: Kiosk) -> None:
    assert isinstance(kiosk.clock, HandClock)
    kiosk.clock.at_ms = LEASE_END_MS + 60_000
    kiosk.rig.keeper.check_lease()
    kiosk.take(signed(2, lease_until_ms=LEASE_END_MS + 10**9))
    assert kiosk.outcome(ticket(1)) is Outcome.TOO_LATE, "the manifest is in force; the ticket's own time is over"

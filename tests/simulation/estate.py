"""What every simulated night begins with: an event, its kiosks and its tickets, made once and copied for each night.

Owns the two databases on a memory file system, and the chance that real code draws keys and ids from: a seed's night is
the same in every process. Nothing here is durable: SQLite syncs as ever, and a sync of memory costs nothing.
"""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from app.ledger.admin import Office, open_ledger
from app.ledger.engine import Database, open_database
from app.ledger.outbox import add_endpoint
from app.ledger.secret_files import read_master
from app.net.gate_client import FreshManifest, Received, Sink
from app.runtime.genuine import SEALING_KEY
from app.runtime.keeper import ManifestKeeper
from app.runtime.link import LinkMonitor
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from app.store.journal_file import Writer
from app.store.trust_store import TrustStore
from core.delivery.message import Channel
from core.model.event import Reentry
from core.model.ids import ClassId, DeviceId, EventId, FactId, GateId, KeyId, TicketHandle
from core.model.moments import Millis
from core.sync.answers import Done
from core.sync.messages import ClassRow, EventRow, GateRow
from core.ticket.issue import issue
from core.ticket.keyring import KeyUse, derive
from core.ticket.wire import Claims
from tests.support.door import HandClock
from tests.support.kiosks import TestKeys, device_of, enrolled, keys_of

NIGHT_MS = 1_795_003_600_000
"""When a night begins."""
STANDARD, MULTI, SOUTH_ONLY, RETURN = ClassId(1), ClassId(2), ClassId(3), ClassId(4)
ENTRIES = {STANDARD: 1, MULTI: 3, SOUTH_ONLY: 1, RETURN: 1}
NORTH, SOUTH = GateId("north"), GateId("south")
GATES = {SOUTH_ONLY: frozenset({SOUTH})}
MOST_KIOSKS = 6
TICKETS = {STANDARD: 36, MULTI: 8, SOUTH_ONLY: 6, RETURN: 14}
STRANGERS = 6
"""Genuine codes of a shop whose list is not here yet."""
MEMORY = Path("/dev/shm")  # noqa: S108 — a fresh folder is made in it


@dataclass(frozen=True)
class Kiosk:
    """A kiosk as it was enrolled. `replaces` is the number of the one whose place a spare takes."""

    number: int
    name: str
    gate: GateId
    device: DeviceId
    secret: str = field(repr=False)
    keys: TestKeys = field(repr=False)


@dataclass(frozen=True)
class Sold:
    """A ticket and its text. `ref` is what its shop calls it, for one that the ledger does not know yet."""

    tid: TicketHandle
    cls: ClassId
    text: str = field(repr=False)
    ref: str | None = None


@dataclass(frozen=True)
class Estate:
    """The event before its doors open. `folder` holds the files that each night copies."""

    folder: Path
    master: bytes = field(repr=False)
    root: bytes
    event: EventId
    kiosks: tuple[Kiosk, ...]
    tickets: tuple[Sold, ...]
    strangers: tuple[Sold, ...]

    def trust_file(self, kiosk: int) -> Path:
        """What a kiosk trusted when the doors opened."""
        return self.folder / f"trust-{kiosk}.db"


@contextmanager
def chance(seed: object) -> Iterator[random.Random]:
    """Every draw of the machine's randomness comes from a seed: keys, ids, jitter."""
    drawn = random.Random(f"entropy {seed}")
    state = random.getstate()
    random.seed(f"jitter {seed}")
    try:
        with patch.object(os, "urandom", drawn.randbytes), patch.object(random, "_urandom", drawn.randbytes):
            yield drawn
    finally:
        random.setstate(state)


def policy() -> EventRow:
    """An event that runs now: two gates, a plain class, one with three entries, one for a gate, one in and out."""
    return EventRow(
        "",
        "A simulated night",
        "Europe/Berlin",
        NIGHT_MS - 3_600_000,
        NIGHT_MS + 82_800_000,
        gates=[GateRow(NORTH, "North gate"), GateRow(SOUTH, "South gate")],
        classes=[
            ClassRow(STANDARD, "Standard"),
            ClassRow(MULTI, "Three times", entries=ENTRIES[MULTI]),
            ClassRow(SOUTH_ONLY, "South", gates=[SOUTH]),
            ClassRow(RETURN, "In and out", reentry=Reentry.AFTER_EXIT.value),
        ],
    )


def estate() -> Estate:
    """The estate of this process, built on first use; its folder goes with the process."""
    return _estate(os.getpid())


@cache
def _estate(_process: int) -> Estate:
    folder = Path(tempfile.mkdtemp(prefix="doorlight-night-", dir=MEMORY if MEMORY.is_dir() else None))
    Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=10)  # at the end of a pool's child too
    with chance("estate"):
        return _build(folder)


def _build(folder: Path) -> Estate:
    with open_ledger(None, folder, now_ms=lambda: NIGHT_MS) as office:
        event = EventId(UUID(office.create_event(policy()).event))
        kiosks = tuple(_enrol(office, event, number) for number in range(MOST_KIOSKS))
        tickets = tuple(
            Sold(TicketHandle(bytes.fromhex(each.tid)), cls, each.text)
            for cls, count in TICKETS.items()
            for each in office.issue_tickets(event, cls, count)
        )
        with office._database.writing() as connection:
            add_endpoint(connection, event, Channel.WEBHOOK, "https://shop.example/hook", frozenset(), NIGHT_MS)
        master = read_master(folder) or b""
        kid = office.list_keys(event)[0].kid
        made = Estate(
            folder, master, office.roots.root_public, event, kiosks, tickets, tuple(_strangers(master, event, kid))
        )
        for kiosk in kiosks:
            _fill_trust(made, office, kiosk)
    with closing(open_database(f"sqlite:///{folder / 'ledger.db'}")) as database, database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    _settle_log(folder / "ledger.db")
    journal = folder / "journal.db"
    Journal(journal, Writer(event, kiosks[0].device, 1), lambda at_ms: FactId(UUID(int=at_ms))).close()
    return made


def _enrol(office: Office, event: EventId, number: int) -> Kiosk:
    gate, name = (NORTH, SOUTH)[number % 2], f"kiosk {number}"
    reply = enrolled(office, event, gate, name)
    return Kiosk(number, name, gate, device_of(reply), reply.secret, keys_of(name))


def _strangers(master: bytes, event: EventId, kid: KeyId) -> Iterator[Sold]:
    """T1 codes that a shop sealed by itself with the event's key; its list comes later."""
    from core.ticket.keyring import Algorithm

    key = derive(master, KeyUse.MAC, event, kid)
    for number in range(STRANGERS):
        tid = TicketHandle(bytes([0xEE]) * 7 + bytes([number]))
        claims = Claims(0, kid, tid, 0, STANDARD, NIGHT_MS // 1000 - 3_600, NIGHT_MS // 1000 + 82_800)
        yield Sold(tid, STANDARD, issue(claims, Algorithm.HMAC_SHA256_128, key), f"shop-{number}")


def _settle_log(path: Path) -> None:
    """The write-ahead log goes into the file, so that one file is copied."""
    import sqlite3

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")


class HeldVault:
    """A kiosk's key store in memory."""

    def __init__(self, keys: TestKeys) -> None:
        self._keys = keys

    def get(self, name: str) -> bytes | None:
        """The one secret that a keeper asks for."""
        return self._keys.sealing_private if name == SEALING_KEY else None


class _Press:
    """The server's manifests, at hand."""

    def __init__(self, office: Office, event: EventId) -> None:
        self._office = office
        self._event = event

    def manifest(self, held: int | None) -> Done[FreshManifest]:
        published = self._office.press.published(self._event)
        return Done(FreshManifest(published.body, published.signature.hex()), 1)

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received]:
        stored = self._office.press.find_file(self._event, bytes.fromhex(sha256))
        assert stored is not None
        for part in self._office.press.file(self._event, stored, offset):
            sink(part)
        return Done(Received(most, is_end=True), 1)


def _fill_trust(of: Estate, office: Office, kiosk: Kiosk) -> None:
    """The kiosk's own keeper takes the first manifest."""
    clock = HandClock(NIGHT_MS - 60_000)
    box = TrustBox(of.event)
    keeper = ManifestKeeper(
        event=of.event,
        device=kiosk.device,
        root=of.root,
        box=box,
        store=TrustStore(of.trust_file(kiosk.number)),
        vault=HeldVault(kiosk.keys),  # type: ignore[arg-type]
        link=LinkMonitor(lambda: Millis(clock.at_ms)),
        clock=clock,
    )
    with closing(keeper):
        keeper.refresh(_Press(office, of.event))
        assert box.taken is not None, box.objection


def database(name: str) -> Database:
    """A database of this process whose file each night puts in place anew: what is compiled for it stays."""
    return _database(estate().folder / name)


@cache
def _database(path: Path) -> Database:
    return open_database(f"sqlite:///{path}")

"""What the tests of keys and manifests share: an event on either database, a door, lists as a kiosk reads them."""

import base64
import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from app.ledger.admin import Office, open_ledger
from app.ledger.key_book import KeyBook, KeyChange
from app.ledger.schema import attendees, codes, redemptions, tickets
from core.model.codes import Adapter, AdapterKind
from core.model.event import Direction
from core.model.ids import CodeDigest, EventId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome
from core.sync.manifest import Secrets, Unusable, secrets_from_json
from core.sync.messages import AdapterRow, CodesRow, Manifest, SegmentRow
from core.sync.signing import about_keys
from core.ticket import seal
from core.ticket.keyring import Algorithm, Key, KeyState
from core.ticket.legacy import Recognised, digest_of
from core.ticket.segments import Flawed, Kind, Records, applied, records_from
from core.ticket.verify import Genuine, Lane, Trust, verify
from core.ticket.wire import Claims
from tests.contract.ledger_rig import NORTH, NOW, STANDARD, policy
from tests.support.kiosks import keys_of

SHOP = Adapter("shop", AdapterKind.OPAQUE, prefix="S-")


@dataclass
class Rig:
    """One event of an office; `now` is its clock."""

    office: Office
    event: EventId
    now: list[int]

    @property
    def keys(self) -> list[Key]:
        return self.office.list_keys(self.event)

    @property
    def book(self) -> KeyBook:
        return self.office.events.keys

    def said(self, text: str) -> Outcome | None:
        """What a door with the newest manifest says of a code; None: genuine."""
        trust = self.office.press.trust(self.event)
        assert isinstance(trust, Trust)
        now = Moment(Millis(self.now[0]), 0, ClockQuality.SYNCED, "b")
        verified = verify(text, trust=trust, lane=Lane(NORTH, Direction.ENTRY), now=now)
        return None if isinstance(verified, Genuine) else verified.outcome

    def issue(self, count: int = 1) -> list[str]:
        return [ticket.text for ticket in self.office.issue_tickets(self.event, STANDARD, count)]

    def never_issued(self, key: Key) -> str:
        """A ticket that a thief of a key seals."""
        claims = Claims(0, key.kid, TicketHandle(b"\xfathief\xff\xfe"), 0, STANDARD, NOW // 1000 - 9, NOW // 1000 + 9)
        return self.book.seal(key, claims)

    def state(self, key: Key, state: KeyState) -> None:
        self.office.set_key_state(self.event, key.kid, state)

    def rotate(self, algorithm: Algorithm | None = None) -> KeyChange:
        """A new key, a moment after the one before."""
        self.now[0] += 1
        return self.office.rotate_key(self.event, algorithm)

    # --- rows, as an import and a night of scanning leave them ----------------------------------------------------

    def do(self, statement: Any, rows: Any = None) -> None:
        with self.office._database.writing() as connection:
            connection.execute(statement, rows) if rows is not None else connection.execute(statement)

    def stale(self, *kinds: str) -> int:
        return self.office._database.transact(lambda c: self.office.events.raise_version(c, self.event, *kinds))

    def put_tickets(self, tids: Sequence[bytes], **values: Any) -> None:
        plain = {"kid": 1, "flags": 0, "gen": 0, "cls": 1, "nbf": NOW // 1000 - 9, "exp": NOW // 1000 + 9}
        more = {"is_inside": False, "source": "test", "issued_at": NOW}
        self.do(insert(tickets), [{"event_id": self.event, "tid": tid} | plain | more | values for tid in tids])

    def put_codes(self, of: Mapping[str, bytes]) -> None:
        """Codes of another shop, by their text."""
        rows = [
            {"event_id": self.event, "digest": self.digest(text), "tid": tid, "form": SHOP.name, "gen": 0}
            for text, tid in of.items()
        ]
        self.do(insert(codes), rows)

    def put_people(self, names: Mapping[bytes, str]) -> None:
        rows = [{"event_id": self.event, "tid": tid, "name": name, "order_ref": None} for tid, name in names.items()]
        self.do(insert(attendees), rows)

    def redeem(self, tid: bytes, number: int = 1, at: int = NOW) -> None:
        scan = UUID(bytes=tid + number.to_bytes(8))
        row = {"tid": tid, "entry_number": number, "scan_id": scan, "device": UUID(int=7), "at": at, "gate": NORTH}
        self.do(insert(redemptions), row | {"event_id": self.event, "cls": 1})

    def deny(self, denied: Mapping[bytes, int]) -> None:
        """The deny list: exactly these tickets, each with its least edition."""
        mine = tickets.c.event_id == self.event
        self.do(update(tickets).where(mine).values(denial=None, denial_min_gen=None, denial_since=None))
        for tid, least in denied.items():
            told = {"denial": "revoked", "denial_min_gen": least, "denial_since": 1}
            self.do(update(tickets).where(mine, tickets.c.tid == tid).values(told))
        self.stale("deny")

    def sells_elsewhere(self) -> None:
        """From now on the event's tickets are a shop's."""
        row = AdapterRow(SHOP.name, SHOP.kind.value, prefix=SHOP.prefix)
        self.office.events.change(self.event, lambda it: replace(it, codes=CodesRow("foreign", adapters=[row])))

    def digest(self, text: str) -> CodeDigest:
        return digest_of(self.book.legacy_key(self.event), Recognised(SHOP.name, text))

    # --- as a kiosk reads it --------------------------------------------------------------------------------------

    def manifest(self) -> Manifest:
        return self.office.manifest_of(self.event)

    def segment(self, kind: str) -> SegmentRow:
        return next(row for row in self.manifest().segments if row.kind == kind)

    def file(self, sha256: str) -> bytes:
        found = self.office.press.find_file(self.event, bytes.fromhex(sha256))
        assert found is not None
        body = b"".join(self.office.press.file(self.event, found))
        assert seal.sha256(body).hex() == sha256
        assert len(body) == found.size
        return body

    def records(self, kind: Kind, held: tuple[SegmentRow, Records] | None = None) -> Records:
        """A list from its files; from the one held where only differences are new."""
        row = self.segment(kind.label)
        if held and held[0].base == row.base and row.deltas[: len(held[0].deltas)] == held[0].deltas:
            records, deltas = held[1], row.deltas[len(held[0].deltas) :]
        else:
            read = records_from(kind, self.file(row.base.sha256))
            assert isinstance(read, Records)
            records, deltas = read, row.deltas
        for delta in deltas:
            after = applied(records, self.file(delta.sha256))
            assert not isinstance(after, Flawed)
            records = after
        assert (records.count, records.sha256.hex()) == (row.count, row.sha256)
        return records

    def opened(self, kiosk: str, device: str) -> Secrets | None:
        """What a kiosk of that name finds in a device's sealed box."""
        manifest = self.manifest()
        row = next(row for row in manifest.devices if row.id == device)
        about = about_keys(self.event, UUID(device), manifest.version)
        plain = seal.open_sealed(keys_of(kiosk).sealing_private, base64.b64decode(row.sealed), about=about)
        if plain is None:
            return None
        told = secrets_from_json(plain)
        assert not isinstance(told, Unusable)
        return told


@contextlib.contextmanager
def opened_rig(url: str | None, folder: Path, algorithm: Algorithm = Algorithm.HMAC_SHA256_128) -> Iterator[Rig]:
    """A new event in a ledger."""
    now = [NOW]
    with open_ledger(url, folder, now_ms=lambda: now[0]) as office:
        yield Rig(office, EventId(UUID(office.create_event(policy(), algorithm).event)), now)


def people_of(rig: Rig) -> list[list[str | None]]:
    """The list of people, opened with the event's key."""
    locked = rig.file(rig.segment("attendees").sha256)
    about = b"doorlight/attendees/v1\x00" + rig.event.bytes
    plain = seal.unlock(rig.book.attendees_key(rig.event), locked, about=about)
    assert plain is not None
    return json.loads(zlib.decompress(plain))

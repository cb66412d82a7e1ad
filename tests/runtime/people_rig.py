"""A kiosk of the summer night with a guest list, on real files: what the lines about people are tested on."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.runtime.guest_line import GuestLine
from app.runtime.scan_line import Found, ScanLine
from app.runtime.station import Station
from app.store.journal import Journal
from app.store.journal_looks import JournalLooks
from core.gate.operators import Operator
from core.model.ids import FactId
from core.sync.attendees import Attendee
from core.sync.messages import FileRow, SegmentRow
from core.ticket import seal
from tests.people.lists import guest, locked
from tests.support.door import (
    ATTENDEES_KEY,
    NOON_MS,
    PROFILE,
    SECRETS,
    WEEKEND,
    HandClock,
    Signed,
    device_row,
    file_row,
    fill_vault,
    manifest,
    sign,
)

PARTY = (
    guest(1, "Jörg Müller", "SHOP-7F3A-91", "REF-1"),
    guest(2, "Heike Mueller", "SHOP-7F3A-91", "REF-2"),
    guest(3, "Tim Müller", "SHOP-7F3A-91", "REF-3"),
    guest(4, "Anna Weiß", "SHOP-0001-11", "REF-4", WEEKEND),
    guest(5, "Łukasz Kowalski", None, "REF-5"),
)


def with_guests(people: Iterable[Attendee] = PARTY, version: int = 1, staff: tuple[Operator, ...] = ()) -> Signed:
    """The summer night's manifest with this guest list, and these door staff."""
    rows = list(people)
    file = locked(rows, ATTENDEES_KEY)
    row = SegmentRow("attendees", len(rows), seal.sha256(file).hex(), NOON_MS, FileRow(*_named(file)))
    made = manifest(version, devices=[device_row(version, secrets=replace(SECRETS, operators=staff))])
    return sign(replace(made, segments=[*made.segments, row]), [b"", file])


def _named(file: bytes) -> tuple[str, int]:
    row = file_row(file)
    return row.sha256, row.bytes


def stick(folder: Path, held: Signed) -> Path:
    """A USB stick with it."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_bytes(held.body)
    (folder / "manifest.sig").write_text(held.signature)
    for name, body in held.files.items():
        (folder / "files" / name).write_bytes(body)
    return folder


@dataclass
class Desk:
    """One kiosk, its lane and its looking."""

    station: Station
    clock: HandClock
    journal: Journal
    looks: JournalLooks
    line: ScanLine
    guests: GuestLine

    def load(self) -> None:
        """Reads the guest list."""
        assert self.guests.begin() is None
        while self.guests.read():
            pass

    def admit(self, number: int, *, group: FactId | None = None) -> FactId:
        """Presents a guest of the list."""
        ticket = PARTY[number - 1].ticket
        assert ticket is not None
        verdict = self.line.present_found(Found(ticket, is_identity_checked=True, group=group))
        assert verdict.scan_id is not None
        return verdict.scan_id


@contextmanager
def desk_in(folder: Path, held: Signed | None = None) -> Iterator[Desk]:
    """A kiosk without a server (`DOORLIGHT_VAULT=file`), with its manifest from a stick."""
    profile_folder = folder / "kiosk"
    profile_folder.mkdir(exist_ok=True)
    fill_vault(profile_folder)
    clock = HandClock()
    with closing(Station(profile_folder, PROFILE, clock)) as station:
        assert station.take_manifest_from(stick(folder / "stick", held or with_guests())) is None
        with closing(station.open_journal()) as journal, closing(station.open_looks()) as looks:
            guests = GuestLine(station)
            guests.know_by(station.knowledge(journal))
            yield Desk(station, clock, journal, looks, station.scan_line(journal), guests)

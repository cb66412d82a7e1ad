"""A disk whose power fails: from a recorded night, what the platter holds after a cut at any moment.

What was written before a file's last sync is there. Of what came after, anything may be: all of it, none, some of the
writes in any order, or single sectors of them. A file that was never synced may be missing; a name that was removed may
be back.
"""

import json
import pickle
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from app.store.black_box import read_box
from app.store.journal import Journal
from app.store.journal_file import box_of
from app.store.rescue import rescue
from core.journal.scan import Scan, Shown, from_record
from tests.support.disk_events import Acknowledged, Deleted, Event, Night, Synced, Truncated, Written
from tests.support.door import new_id, writer

ROOT = Path(__file__).resolve().parents[2]
SECTOR = 512
RECORDING_S = 120.0


Lost = Callable[[Path, set[str]], set[str]]
"""Which of the acknowledged facts a folder lacks."""


class Fate(StrEnum):
    """What becomes of a file's writes that nothing has synced."""

    ALL = "all"
    NONE = "none"
    SOME = "some"
    TORN = "torn"


@dataclass(frozen=True)
class Cut:
    """A power cut after so many events, by a seed."""

    after: int
    seed: int


def record(folder: Path, guests: int, most_s: float = RECORDING_S) -> dict[tuple[str, str], Night]:
    """Nights of a kiosk and a server, FULL and NORMAL, recorded in a process of their own: some 5 s of work."""
    command = [sys.executable, "-m", "tests.support.recorded_night", str(folder), str(guests)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=most_s)
    nights: dict[tuple[str, str], Night] = pickle.loads(done.stdout)  # noqa: S301 — our own child wrote it
    return nights


def cuts(night: Night, count: int, seed: int) -> Iterator[Cut]:
    """Moments spread over the night, each with dice of its own."""
    dice = random.Random(seed)
    last = len(night.events)
    for number in range(count):
        yield Cut(min(last, int((number + dice.random()) * last / count)), dice.randrange(2**32))


def acknowledged(night: Night, cut: Cut) -> set[str]:
    """The facts that somebody had been told of before the power failed."""
    return {event.id for event in night.events[: cut.after] if isinstance(event, Acknowledged)}


def write_disk(night: Night, cut: Cut, folder: Path) -> None:
    """Puts what the platter holds into a folder, by the names that the files had."""
    for name, body in platter(night, cut).items():
        (folder / Path(name).name).write_bytes(body)


def platter(night: Night, cut: Cut) -> dict[str, bytes]:
    """The files after a cut."""
    dice = random.Random(cut.seed)
    durable = {name: bytearray(body) for name, body in night.base.items()}
    waiting: dict[str, list[Event]] = {}
    for event in night.events[: cut.after]:
        match event:
            case Synced(path):
                _apply(durable, path, waiting.pop(path, []))
            case Acknowledged():
                pass
            case _:
                waiting.setdefault(event.path, []).append(event)
    for path, events in waiting.items():
        _apply(durable, path, _survivors(events, dice.choice(list(Fate)), dice))
    return {name: bytes(body) for name, body in durable.items()}


def _survivors(events: Sequence[Event], fate: Fate, dice: random.Random) -> list[Event]:
    match fate:
        case Fate.ALL:
            return list(events)
        case Fate.NONE:
            return []
        case Fate.SOME:
            return [event for event in events if dice.random() < 0.5]
        case Fate.TORN:
            return [piece for event in events for piece in _sectors(event) if dice.random() < 0.7]


def _sectors(event: Event) -> Iterator[Event]:
    """The pieces of a write that a disk makes or does not make as a whole."""
    if not isinstance(event, Written):
        yield event
        return
    at = event.at
    while at < event.at + len(event.data):
        end = min((at // SECTOR + 1) * SECTOR, event.at + len(event.data))
        yield Written(event.path, at, event.data[at - event.at : end - event.at])
        at = end


def _apply(disk: dict[str, bytearray], path: str, events: Sequence[Event]) -> None:
    for event in events:
        match event:
            case Written(_, at, data):
                body = disk.setdefault(path, bytearray())
                body.extend(bytes(max(0, at - len(body))))
                body[at : at + len(data)] = data
            case Truncated(_, size):
                del disk.setdefault(path, bytearray())[size:]
            case Deleted():
                disk.pop(path, None)


# --- what is lost after a cut -------------------------------------------------------------------------------------


def lost_by_journal(folder: Path, told: set[str]) -> set[str]:
    """The displayed admissions that the kiosk's database lacks; its chain is whole. The black box does not help."""
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        facts = journal.every_fact()
    scans = {fact.stamp.id.hex for fact in facts if isinstance(fact, Scan)}
    shown = {fact.refers_to.hex for fact in facts if isinstance(fact, Shown) and fact.is_admission}
    return told - (scans & shown)


def lost_by_rescued_journal(folder: Path, told: set[str]) -> set[str]:
    """The same with the black box, as a kiosk starts."""
    found = rescue(folder / "kiosk.db")
    assert found is None or not found.must_decide
    return lost_by_journal(folder, told)


def lost_by_box(folder: Path, told: set[str]) -> set[str]:
    """The displayed admissions that the black box alone lacks."""
    facts = [from_record(json.loads(record)) for record in read_box(box_of(folder / "kiosk.db")).records]
    scans = {fact.stamp.id.hex for fact in facts if isinstance(fact, Scan)}
    return told - scans


def lost_by_ledger(folder: Path, told: set[str]) -> set[str]:
    """The answered facts that the server's database lacks; every admission among them has its redemption."""
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = connection.execute("SELECT id, kind FROM facts").fetchall()
        redeemed = {row[0] for row in connection.execute("SELECT scan_id FROM redemptions")}
        scans = {row[0] for row in rows if row[1] == "scan"}
        assert redeemed == scans, "a fact and what follows from it are one transaction"
    return told - {UUID(row[0]).hex for row in rows}


def after_each(night: Night, count: int, seed: int, lost: Lost) -> Iterator[tuple[Cut, set[str]]]:
    """What is lost after each of some cuts."""
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        for number, cut in enumerate(cuts(night, count, seed)):
            folder = Path(name) / str(number)
            folder.mkdir()
            write_disk(night, cut, folder)
            yield cut, lost(folder, acknowledged(night, cut))


def _memory() -> str | None:
    """A disk in memory, where there is one: what these files hold is judged, not how they are kept."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


LOST: dict[str, Lost] = {"kiosk": lost_by_journal, "server": lost_by_ledger}

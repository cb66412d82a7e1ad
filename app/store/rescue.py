"""A kiosk's start: is its journal what was written, and if not, what can be had of it?

Owns the check of both copies, the database and the black box, and the rebuilding of either from the other. What is
damaged is set aside under another name and never deleted. Where both copies lost the same records, what can be read is
kept, and the journal takes no scan until a person has accepted the loss.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

from app.errors import AppError
from app.store.black_box import BoxReading, read_box, write_box
from app.store.database import DatabaseDamaged, StorageFailed, connect, is_damage, storage, transaction
from app.store.journal_file import INSERT, LAYOUT, box_of, values_of
from core.journal.chain import Break, Link, breaks, chosen
from core.journal.scan import NO_PREDECESSOR, Fact, Malformed, from_record
from core.journal.state import Leg
from core.ticket import seal

_ROWS = "SELECT * FROM facts"
_IN_ORDER = (
    "SELECT event, device, incarnation, seq, record, fingerprint FROM facts ORDER BY event, device, incarnation, seq"
)
_TOLD = ("answer", "incidents", "reason")
_ORDERS = (
    _ROWS,
    f"{_ROWS} ORDER BY id DESC",
    f"{_ROWS} ORDER BY event, device, incarnation, seq",
    f"{_ROWS} ORDER BY event DESC, device DESC, incarnation DESC, seq DESC",
)
"""Ways through a damaged file: each goes on until it meets the damage, from its own side."""
Place = tuple[bytes, bytes, int, int]
"""Event, device, incarnation, seq, as the database has them."""
COMPANIONS = ("-wal", "-shm", "")
"""The write-ahead log goes first: a new database must never find an old one's beside it."""


class NewerFacts(StorageFailed):
    """A newer program wrote facts that this one can't read: it moves nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "it holds facts of a newer program")


@dataclass(frozen=True, slots=True)
class Rescue:
    """What a start found and did. `cause` is why; `kept` is how many records the journal holds now.

    `returned` came back from the black box alone, `missing` are lost in both copies: None where nobody knows how many.
    `set_aside` names the damaged files. `must_decide`: nobody is admitted before a person has accepted the loss.
    """

    cause: str
    kept: int
    returned: int = 0
    missing: int | None = 0
    set_aside: tuple[str, ...] = ()
    must_decide: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """What the server had said of a record: its leg, answer, incidents, reason; and that it is sent once more."""

    leg: str
    said: tuple[str | None, ...]
    is_resent: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """One record, and how far it had travelled: None where only the black box has it."""

    fact: Fact
    record: bytes
    told: _Told | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database gave: its rows, and why it can't stay, where it can't.

    `known` are losses that it knew of: how many records, and whether a person has accepted them. `epochs` are those of
    the ledgers that it had sent to.
    """

    links: list[Link[_Row]]
    damage: str | None
    known: Mapping[Place, tuple[int, int]] = field(default_factory=dict)
    epochs: Sequence[tuple[bytes, str]] = ()


def rescue(path: Path) -> Rescue | None:
    """Looks after a journal before it is opened; None where there was nothing to do, or the disk lets nothing be done.

    0. both copies are well and the same, as at nearly every start: nothing to do
    1. read both copies; a database that a newer program made, or that can't be reached now, is left alone
    2. one row for each place, and where the chain is broken
    3. a database that is whole takes what only the box has; a damaged one is set aside and made anew
    4. a box that lacks something or is damaged is written anew

    Raises nothing: whoever opens the journal next meets the disk's own error.
    """
    try:
        with suppress(AppError), storage(path):
            return _rescue(path)
    finally:
        _parsed.cache_clear()
    return None


def _rescue(path: Path) -> Rescue | None:
    finished = _rebuilt(path)
    if not path.exists() and finished.exists():
        finished.replace(path)
    box = read_box(box_of(path))  # (1)
    if _is_well(path, box):
        return None
    is_new = not path.exists() and not box.records
    found = _read(path) if path.exists() else _Found([], None if is_new else "it is gone")
    if is_new:
        return None
    links = chosen([*found.links, *_links((record, None) for record in box.records)])  # (2)
    lost = [each for each in breaks(links) if _place(each) not in found.known]
    returned = sum(link.row.told is None for link in links)
    boxed = set(box.records)
    is_box_whole = bool(boxed) and box.gaps == 0 and all(link.row.record in boxed for link in found.links)
    must_decide = bool(lost) or (found.damage is not None and not is_box_whole)
    aside: tuple[str, ...] = ()
    if found.damage is not None or lost:  # (3)
        aside += _make_anew(path, links, lost, found, is_unknown=must_decide and not lost)
    elif returned:
        _add(path, links)
    if box.gaps or (box.torn and must_decide):
        aside += set_aside(box_of(path), ("",))
    if not box_of(path).exists() or {link.row.record for link in links} - boxed:  # (4)
        _write_box(path)
    waits = [missing for missing, is_accepted in found.known.values() if not is_accepted]
    missing = sum([*waits, *(each.missing for each in lost)])
    is_counted = not must_decide or bool(lost)
    cause = found.damage or _cause(has_loss=bool(lost or waits), has_damaged_box=bool(box.gaps), returned=returned)
    if cause is None:
        return None
    must_decide = must_decide or bool(waits)
    return Rescue(cause, len(links), returned, missing if is_counted else None, aside, must_decide)


def _is_well(path: Path, box: BoxReading) -> bool:
    """Whether both copies are whole and the same, told by their bytes alone.

    A night of 100,000 facts takes a second so, and a quarter of a minute to be read as facts: a door that was killed
    would stand still for that long. Whatever is not plainly well is read in full.
    """
    if box.gaps or box.torn or not path.exists():
        return False
    try:
        with closing(connect(path, LAYOUT)) as connection:
            rows = connection.execute(_IN_ORDER).fetchall()
            has_losses = connection.execute("SELECT 1 FROM losses LIMIT 1").fetchone() is not None
    except (AppError, sqlite3.Error):
        return False
    return not has_losses and {row[4] for row in rows} == set(box.records) and _is_chained(rows)


def _is_chained(rows: Iterable[tuple[bytes, bytes, int, int, bytes, bytes]]) -> bool:
    """Whether each record is what its fingerprint says, and names the one before it (RFC 8785 leaves one spelling)."""
    chain, last, previous = None, 0, NO_PREDECESSOR
    for event, device, incarnation, seq, record, fingerprint in rows:
        if (event, device, incarnation) != chain:
            chain, last, previous = (event, device, incarnation), 0, NO_PREDECESSOR
        is_next = seq == last + 1 and b'"prev":"' + previous.hex().encode() + b'"' in record
        if not is_next or seal.sha256(record) != fingerprint:
            return False
        last, previous = seq, fingerprint
    return True


def _cause(*, has_loss: bool, has_damaged_box: bool, returned: int) -> str | None:
    """What a database that is whole has suffered all the same; None where nothing did."""
    if has_loss:
        return "records are missing"
    if has_damaged_box:
        return "the black box was damaged"
    return "the last commit did not reach the disk" if returned else None


# --- reading ------------------------------------------------------------------------------------------------------


def _read(path: Path) -> _Found:
    """The rows of a database; of a damaged one what can be read. Raises StorageFailed, NewerDatabase."""
    try:
        with closing(connect(path, LAYOUT)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(_ROWS).fetchall()
            known = {tuple(row[:4]): (row[4], row[5]) for row in connection.execute("SELECT * FROM losses")}
            epochs = [(row[0], row[1]) for row in connection.execute("SELECT event, epoch FROM epochs")]
    except DatabaseDamaged as err:
        return _Found(_salvaged(path), str(err.details["cause"]))
    except sqlite3.DatabaseError as err:
        if not is_damage(err):
            raise
        return _Found(_salvaged(path), str(err))
    if any(_is_foreign(row) for row in rows):
        raise NewerFacts(path.name)
    links = list(_sound(rows))
    is_whole = len(links) == len(rows) and all(_place(each) in known for each in breaks(chosen(links)))
    return _Found(links, None if is_whole else "its chain is broken", known, epochs)


def _salvaged(path: Path) -> list[Link[_Row]]:
    """Each row that some way through a damaged file reaches, and whose fingerprint is right."""
    found: dict[bytes, Link[_Row]] = {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        for order in _ORDERS:
            with suppress(sqlite3.Error, ValueError):
                for row in connection.execute(order):
                    found.update((link.fingerprint, link) for link in _sound([row]))
    return list(found.values())


def _sound(rows: Iterable[sqlite3.Row]) -> Iterator[Link[_Row]]:
    """The rows whose record is what their fingerprint says, whichever program's layout they have."""
    for row in rows:
        record, leg, names = row["record"], row["leg"], row.keys()
        if isinstance(record, bytes) and seal.sha256(record) == row["fingerprint"] and leg in set(Leg):
            said = tuple(row[name] for name in _TOLD)
            yield from _links([(record, _Told(leg, said, bool("resent" in names and row["resent"])))])


def _is_foreign(row: sqlite3.Row) -> bool:
    """Whether a row is what was written, and no fact that this program knows: a newer one wrote it."""
    return seal.sha256(row["record"]) == row["fingerprint"] and _fact_of(row["record"]) is None


def _links(rows: Iterable[tuple[bytes, _Told | None]]) -> Iterator[Link[_Row]]:
    for record, told in rows:
        fact = _fact_of(record)
        if fact is not None:
            stamp = fact.stamp
            journal = (stamp.event, stamp.device, stamp.incarnation)
            yield Link(journal, stamp.seq, seal.sha256(record), stamp.previous, _Row(fact, record, told))


def _fact_of(record: bytes) -> Fact | None:
    return _parsed(record)


@cache
def _parsed(record: bytes) -> Fact | None:
    """Each record is asked for as a row, as a link and as what the box has: reading it once is a third of the time."""
    try:
        fact = from_record(json.loads(record))
    except ValueError:
        return None
    return None if isinstance(fact, Malformed) else fact


def _place(each: Break) -> Place:
    event, device, incarnation = each.journal
    return (event.bytes, device.bytes, incarnation, each.seq)


# --- writing ------------------------------------------------------------------------------------------------------


def _make_anew(
    path: Path, links: list[Link[_Row]], lost: list[Break], found: _Found, *, is_unknown: bool
) -> tuple[str, ...]:
    """A new database of these rows in the place of the damaged one: complete before the old one is moved."""
    fresh = _rebuilt(path)
    for end in COMPANIONS:
        Path(f"{fresh}{end}").unlink(missing_ok=True)
    with closing(connect(fresh, LAYOUT)) as connection:
        with transaction(connection):
            _insert(connection, links)
            known = [(*place, *told) for place, told in found.known.items()]
            new = [(*_place(each), each.missing, 0) for each in lost]
            unknown = [(b"", b"", 0, 0, 0, 0)] if is_unknown else []
            connection.executemany("INSERT OR IGNORE INTO losses VALUES (?,?,?,?,?,?)", [*known, *new, *unknown])
            connection.executemany("INSERT INTO epochs (event, epoch) VALUES (?,?)", found.epochs)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = set_aside(path, COMPANIONS)
    fresh.replace(path)
    return aside


def _add(path: Path, links: list[Link[_Row]]) -> None:
    """What only the box has, into a database that is whole; another program may have committed it meanwhile."""
    with closing(connect(path, LAYOUT)) as connection, transaction(connection):
        _insert(connection, [link for link in links if link.row.told is None], "INSERT OR IGNORE")


def _insert(connection: sqlite3.Connection, links: Iterable[Link[_Row]], verb: str = "INSERT") -> None:
    """A row that only the box has waits again: sending it twice is harmless."""
    for link in links:
        told = link.row.told or _Told(Leg.QUEUED.value, (None, None, None), is_resent=False)
        row = values_of(link.row.fact, link.row.record, told.leg, told.said)
        connection.execute(INSERT.replace("INSERT", verb, 1), row)
        if told.is_resent:
            connection.execute("UPDATE facts SET resent = 1 WHERE id = ?", row[:1])


def _write_box(path: Path) -> None:
    """The second copy of all that the database holds, while nobody can commit to it."""
    with closing(connect(path, LAYOUT)) as connection, transaction(connection):
        held = connection.execute("SELECT record FROM facts ORDER BY event, device, incarnation, seq")
        write_box(box_of(path), (row[0] for row in held))


def set_aside(path: Path, ends: Sequence[str] = COMPANIONS) -> tuple[str, ...]:
    """Moves a damaged file, with what belongs to it, to the first name that is free; the name."""
    if not any(Path(f"{path}{end}").exists() for end in ends):
        return ()
    names = (path.with_name(f"{path.stem}.damaged-{number}{path.suffix}") for number in count(1))
    target = next(name for name in names if not any(Path(f"{name}{end}").exists() for end in ends))
    for end in ends:
        with suppress(FileNotFoundError):
            Path(f"{path}{end}").replace(f"{target}{end}")
    return (target.name,)


def _rebuilt(path: Path) -> Path:
    return path.with_name(f"{path.stem}.rebuilt{path.suffix}")

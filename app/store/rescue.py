"""A kiosk's start: is its journal what was written, and if not, what can be had of it?

Owns the check of both copies, the database and the black box, and the rebuilding of either from the other. What is
damaged is set aside under another name and never deleted. Where both copies lost the same records, what can be read is
kept, and the journal takes no scan until a person has accepted the loss.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from app.store.black_box import BoxReading, read_box, write_box
from app.store.database import DatabaseDamaged, StorageFailed, connect, is_damage, storage, transaction
from app.store.journal import INSERT, LAYOUT, box_of, values_of
from core.journal.chain import Break, Link, breaks, chosen
from core.journal.scan import Fact, Malformed, from_record
from core.journal.state import Leg
from core.ticket import seal

_ROWS = "SELECT record, fingerprint, leg, answer, incidents, reason FROM facts"
_ORDERS = (
    _ROWS,
    f"{_ROWS} ORDER BY id DESC",
    f"{_ROWS} ORDER BY event, device, incarnation, seq",
    f"{_ROWS} ORDER BY event DESC, device DESC, incarnation DESC, seq DESC",
)
"""Ways through a damaged file: each goes on until it meets the damage, from its own side."""
_COMPANIONS = ("-wal", "-shm", "")
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
class _Row:
    """One record, and how far it had travelled: None where only the black box has it."""

    fact: Fact
    record: bytes
    told: tuple[str | None, ...] | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database gave: its rows, the losses that it knew of, and why it can't stay, where it can't."""

    links: list[Link[_Row]]
    accepted: frozenset[Any]
    damage: str | None


def rescue(path: Path) -> Rescue | None:
    """Looks after a journal before it is opened; None where there was nothing to do, or the disk lets nothing be done.

    1. read both copies; a database that a newer program made, or that can't be reached now, is left alone
    2. one row for each place, and where the chain is broken
    3. a database that is whole takes what only the box has; a damaged one is set aside and made anew
    4. a box that lacks something or is damaged is written anew

    Raises nothing: whoever opens the journal next meets the disk's own error.
    """
    with suppress(StorageFailed), storage(path):
        return _rescue(path)
    return None


def _rescue(path: Path) -> Rescue | None:
    finished = _rebuilt(path)
    if not path.exists() and finished.exists():
        finished.replace(path)
    box = read_box(box_of(path))  # (1)
    is_new = not path.exists() and not box.records
    found = _Found([], frozenset(), None if is_new else "it is gone") if not path.exists() else _read(path)
    if is_new:
        return None
    links = chosen([*found.links, *_links((record, None) for record in box.records)])  # (2)
    lost = [each for each in breaks(links) if (*_place(each),) not in found.accepted]
    returned = sum(link.row.told is None for link in links)
    boxed = set(box.records)
    is_box_whole = bool(boxed) and box.gaps == 0 and all(link.row.record in boxed for link in found.links)
    must_decide = bool(lost) or (found.damage is not None and not is_box_whole)
    aside: tuple[str, ...] = ()
    if found.damage is not None or lost:  # (3)
        aside += _make_anew(path, links, lost, found.accepted, is_unknown=must_decide and not lost)
    elif returned:
        _add(path, links)
    if box.gaps or (box.torn and must_decide):
        aside += _set_aside(box_of(path), ("",))
    if not box_of(path).exists() or {link.row.record for link in links} - boxed:  # (4)
        _write_box(path)
    missing = sum(each.missing for each in lost) if lost else None if must_decide else 0
    return _told(found, box, len(links), returned, missing, aside, must_decide=must_decide, has_lost=bool(lost))


def _told(
    found: _Found,
    box: BoxReading,
    kept: int,
    returned: int,
    missing: int | None,
    aside: tuple[str, ...],
    *,
    must_decide: bool,
    has_lost: bool,
) -> Rescue | None:
    cause = found.damage or ("records are missing" if has_lost else "the black box was damaged" if box.gaps else "")
    if not cause and not returned:
        return None
    cause = cause or "the last commit did not reach the disk"
    return Rescue(cause, kept, returned, missing, aside, must_decide)


# --- reading ------------------------------------------------------------------------------------------------------


def _read(path: Path) -> _Found:
    """The rows of a database; of a damaged one what can be read. Raises StorageFailed, NewerDatabase."""
    try:
        with closing(connect(path, LAYOUT)) as connection:
            rows = list(connection.execute(_ROWS))
            accepted = _accepted(connection)
    except DatabaseDamaged as err:
        return _Found(_salvaged(path), frozenset(), str(err.details["cause"]))
    except sqlite3.DatabaseError as err:
        if not is_damage(err):
            raise
        return _Found(_salvaged(path), frozenset(), str(err))
    links = list(_sound(rows))
    if any(_is_foreign(*row[:2]) for row in rows):
        raise NewerFacts(path.name)
    lost = [each for each in breaks(chosen(links)) if _place(each) not in accepted]
    is_whole = len(links) == len(rows) and not lost
    return _Found(links, accepted, None if is_whole else "its chain is broken")


def _salvaged(path: Path) -> list[Link[_Row]]:
    """Each row that some way through a damaged file reaches, and whose fingerprint is right."""
    found: dict[bytes, Link[_Row]] = {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for order in _ORDERS:
            with suppress(sqlite3.Error, ValueError):
                for row in connection.execute(order):
                    found.update((link.fingerprint, link) for link in _sound([row]))
    return list(found.values())


def _accepted(connection: sqlite3.Connection) -> frozenset[Any]:
    rows = connection.execute("SELECT event, device, incarnation, seq FROM losses")
    return frozenset((event, device, incarnation, seq) for event, device, incarnation, seq in rows)


def _sound(rows: Iterable[Sequence[Any]]) -> Iterator[Link[_Row]]:
    """The rows whose record is what their fingerprint says."""
    for record, fingerprint, leg, *told in rows:
        if isinstance(record, bytes) and seal.sha256(record) == fingerprint and leg in set(Leg):
            yield from _links([(record, (leg, *told))])


def _is_foreign(record: bytes, fingerprint: bytes) -> bool:
    """Whether a row is what was written, and no fact that this program knows: a newer one wrote it."""
    return seal.sha256(record) == fingerprint and _fact_of(record) is None


def _links(rows: Iterable[tuple[bytes, tuple[str | None, ...] | None]]) -> Iterator[Link[_Row]]:
    for record, told in rows:
        fact = _fact_of(record)
        if fact is not None:
            stamp = fact.stamp
            journal = (stamp.event, stamp.device, stamp.incarnation)
            yield Link(journal, stamp.seq, seal.sha256(record), stamp.previous, _Row(fact, record, told))


def _fact_of(record: bytes) -> Fact | None:
    try:
        fact = from_record(json.loads(record))
    except ValueError:
        return None
    return None if isinstance(fact, Malformed) else fact


def _place(each: Break) -> tuple[bytes, bytes, int, int]:
    event, device, incarnation = each.journal
    return (event.bytes, device.bytes, incarnation, each.seq)


# --- writing ------------------------------------------------------------------------------------------------------


def _make_anew(
    path: Path, links: list[Link[_Row]], lost: list[Break], accepted: frozenset[Any], *, is_unknown: bool
) -> tuple[str, ...]:
    """A new database of these rows in the place of the damaged one: complete before the old one is moved."""
    fresh = _rebuilt(path)
    for end in _COMPANIONS:
        Path(f"{fresh}{end}").unlink(missing_ok=True)
    with closing(connect(fresh, LAYOUT)) as connection:
        with transaction(connection):
            _insert(connection, links)
            known = [(*place, 0, 1) for place in accepted]
            new = [(*_place(each), each.missing, 0) for each in lost]
            unknown = [(b"", b"", 0, 0, 0, 0)] if is_unknown else []
            connection.executemany("INSERT INTO losses VALUES (?,?,?,?,?,?)", [*known, *new, *unknown])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = _set_aside(path, _COMPANIONS)
    fresh.replace(path)
    return aside


def _add(path: Path, links: list[Link[_Row]]) -> None:
    """What only the box has, into a database that is whole; another program may have committed it meanwhile."""
    with closing(connect(path, LAYOUT)) as connection, transaction(connection):
        _insert(connection, [link for link in links if link.row.told is None], "INSERT OR IGNORE")


def _insert(connection: sqlite3.Connection, links: Iterable[Link[_Row]], verb: str = "INSERT") -> None:
    rows = [values_of(link.row.fact, link.row.record, *_travelled(link.row.told)) for link in links]
    connection.executemany(INSERT.replace("INSERT", verb, 1), rows)


def _travelled(told: tuple[str | None, ...] | None) -> tuple[str, tuple[str | None, ...]]:
    """A row that only the box has waits again: sending it twice is harmless."""
    return (Leg.QUEUED.value, (None, None, None)) if told is None else (str(told[0]), told[1:])


def _write_box(path: Path) -> None:
    """The second copy of all that the database holds, while nobody can commit to it."""
    with closing(connect(path, LAYOUT)) as connection, transaction(connection):
        held = connection.execute("SELECT record FROM facts ORDER BY event, device, incarnation, seq")
        write_box(box_of(path), (row[0] for row in held))


def _set_aside(path: Path, ends: Sequence[str]) -> tuple[str, ...]:
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

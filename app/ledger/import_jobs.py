"""A shop's list that comes over the network in parts: kept until it is whole, looked at, taken over, with its progress.

Owns the jobs and their parts. A job has the id that its sender gave it, so that every call may be repeated; a part that
is there stays as it came. Whoever works on a job says so again and again (`beaten_at`): a job whose worker died may be
started anew, and an import that is done again changes nothing.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from app.errors import AppError
from app.ledger.code_book import Unread
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.import_book import ImportBook
from app.ledger.import_tally import ImportReport, Preview
from app.ledger.schema import import_jobs, import_parts
from app.ledger.shop_files import MAX_BYTES, ShopFile, read_file
from core.model.ids import EventId
from core.sync.import_messages import MOST_PART_BYTES, MOST_PARTS, ImportJob, JobState, RowFlaw, SampleReply
from core.sync.shop_columns import Columns, Preset, Unfit, column_of
from core.ticket.seal import sha256

MOST_JOBS = 20
"""Of one event: each holds a file until it is done or removed."""
MOST_SAMPLED_BYTES = 32 * 1024 * 1024
"""How much of a list, from its beginning, is looked through for one ticket while the server answers others."""
MOST_TOLD = 200
"""Rows that a report names one by one."""
BEAT_MS = 2_000
DEAD_AFTER_MS = 30_000
"""A worker that has said nothing for so long works no more."""


_WORKING = frozenset({JobState.PREVIEWING, JobState.APPLYING})


class ImportUnknown(AppError):
    """The event has no such import."""

    def __init__(self) -> None:
        super().__init__("import_unknown")


class ImportRefused(AppError):
    """A call that an import does not take now, and why."""

    def __init__(self, cause: str) -> None:
        super().__init__("import_refused", cause=cause)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be imported, and how. `columns` are texts as `--column` takes them."""

    source: str
    preset: Preset = Preset.DOORLIGHT
    columns: tuple[str, ...] = ()
    allow_cancel: bool = False
    cancel_missing: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A job that somebody has taken on: its wish and its whole file."""

    event: EventId
    id: UUID
    wish: Wish
    body: bytes = field(repr=False)
    applies: bool


class ImportJobs:
    """The imports of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, imports: ImportBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._imports = imports
        self._now_ms = now_ms

    def open(self, event: EventId, id_: UUID, wish: Wish) -> ImportJob:
        """Begins an import, or finds the one of this id. Raises EventUnknown, ImportRefused."""
        _columns(wish)

        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            known = connection.execute(select(import_jobs.c.wanted).where(*_mine(event, id_))).scalar()
            if known is not None and known != _text(wish):
                raise ImportRefused("another import of this id wants something else: give it an id of its own")
            if known is not None:
                return
            count = select(func.count()).select_from(import_jobs).where(import_jobs.c.event_id == event)
            if connection.execute(count).scalar_one() >= MOST_JOBS:
                raise ImportRefused(f"the event has {MOST_JOBS} imports: remove those that are done")
            row = {"event_id": event, "id": id_, "source": wish.source, "wanted": _text(wish)}
            row |= {"state": JobState.OPEN.value, "done": 0, "rows": 0, "made_at": self._now_ms(), "beaten_at": 0}
            connection.execute(insert(import_jobs), row)

        self._database.transact(work)
        return self.show(event, id_)

    def put_part(self, event: EventId, id_: UUID, part: int, body: bytes) -> ImportJob:
        """Keeps a part of the file; the same part again changes nothing. Raises ImportUnknown, ImportRefused."""
        if not (0 <= part < MOST_PARTS and len(body) <= MOST_PART_BYTES):
            raise ImportRefused(f"a file has at most {MOST_PARTS} parts of {MOST_PART_BYTES} bytes, from 0")

        def work(connection: Connection) -> None:
            row = self._locked(connection, event, id_)
            of_part = _parts_of(event, id_), import_parts.c.part == part
            known = connection.execute(select(import_parts.c.body).where(*of_part)).scalar()
            if known is not None and sha256(known) != sha256(body):
                raise ImportRefused(f"part {part} has come already, and was another one")
            if known is not None:
                return
            if JobState(row.state) is not JobState.OPEN:
                raise ImportRefused(f"it is {row.state}: it takes no more parts")
            size = select(func.sum(func.length(import_parts.c.body))).where(_parts_of(event, id_))
            if (connection.execute(size).scalar() or 0) + len(body) > MAX_BYTES:
                raise ImportRefused(f"a file has at most {MAX_BYTES} bytes")
            connection.execute(insert(import_parts), {"event_id": event, "job": id_, "part": part, "body": body})

        self._database.transact(work)
        return self.show(event, id_)

    def show(self, event: EventId, id_: UUID) -> ImportJob:
        """One import with its progress. Raises ImportUnknown."""
        with self._database.reading() as connection:
            row = connection.execute(select(import_jobs).where(*_mine(event, id_))).one_or_none()
            if row is None:
                raise ImportUnknown
            return self._job(connection, row)

    def list(self, event: EventId) -> "list[ImportJob]":
        """All imports of an event, the newest first."""
        mine = select(import_jobs).where(import_jobs.c.event_id == event)
        with self._database.reading() as connection:
            rows = connection.execute(mine.order_by(import_jobs.c.made_at.desc(), import_jobs.c.id)).all()
            return [self._job(connection, row) for row in rows]

    def remove(self, event: EventId, id_: UUID) -> None:
        """Forgets an import that nobody works on; tickets stay. Raises ImportUnknown, ImportRefused."""

        def work(connection: Connection) -> None:
            row = self._locked(connection, event, id_)
            if self._is_alive(row):
                raise ImportRefused(f"it is {row.state}: wait until that is over")
            connection.execute(delete(import_parts).where(_parts_of(event, id_)))
            connection.execute(delete(import_jobs).where(*_mine(event, id_)))

        self._database.transact(work)

    # --- work -----------------------------------------------------------------------------------------------------

    def take(self, event: EventId, id_: UUID, *, applies: bool, allow_cancel: bool = False) -> Work | None:
        """Takes a job on; None where it is being worked on, or is done. What it would do is found out anew each time.

        `allow_cancel` agrees to cancels that the wish had not. Raises ImportUnknown, ImportRefused (parts are missing).
        """

        def work(connection: Connection) -> Work | None:
            row = self._locked(connection, event, id_)
            if self._is_alive(row) or JobState(row.state) is JobState.DONE:
                return None
            body = _whole_body(connection, event, id_)
            self._set(connection, event, id_, state=JobState.APPLYING if applies else JobState.PREVIEWING, done=0)
            wish = _wish(row.wanted)
            wish = replace(wish, allow_cancel=wish.allow_cancel or allow_cancel)
            return Work(event, id_, wish, body, applies)

        return self._database.transact(work)

    def sample(self, event: EventId, id_: UUID, text: str) -> SampleReply:
        """Which row of a list that has come the text of a scanned ticket belongs to, or why none; changes nothing.

        Reads the file again at each call, `MOST_SAMPLED_BYTES` of it at most: where no row of these has it, the reply
        says how far it looked. Raises ImportUnknown, ImportRefused (parts are missing).
        """
        with self._database.reading() as connection:
            row = connection.execute(select(import_jobs).where(*_mine(event, id_))).one_or_none()
            if row is None:
                raise ImportUnknown
            parts = _whole_parts(connection, event, id_)
            is_whole = sum(parts.values()) <= MOST_SAMPLED_BYTES
            body = _body_of(connection, event, id_, parts) if is_whole else _head(connection, event, id_, parts)
        at = self._book.show(event).policy
        file = read_file(body, _columns(_wish(row.wanted)), zone=at.time_zone)
        if isinstance(file, Unfit):
            return SampleReply(None, cause=file.cause, cure=file.cure)
        found = self._imports.find_sample(event, text, file)
        if isinstance(found, Unread) and found.flaw is RowFlaw.NO_ROW and not is_whole:
            return _not_in_head(file)
        if isinstance(found, Unread):
            return SampleReply(None, cause=found.cause, cure=found.cure, flaw=found.flaw, about=found.about)
        name = next((each.name or "" for each in file.rows if each.line == found.line), "")
        class_name = next((each.name for each in at.classes if each.id == found.cls), "")
        return SampleReply(found.line, found.external_ref, class_name, name, found.is_canceled)

    def run(self, work: Work, tick: Callable[[], None] = lambda: None) -> None:
        """Does the work of a job; how it went is kept with it. `tick` is called between pieces, and may raise."""
        beaten = [0]

        def progress(done: int, of: int) -> None:
            tick()
            if self._now_ms() - beaten[0] >= BEAT_MS or done == of:
                beaten[0] = self._now_ms()
                self._keep(work, done=done, rows=of)

        zone = self._book.show(work.event).policy.time_zone
        file = read_file(work.body, _columns(work.wish), zone=zone)
        if isinstance(file, Unfit):
            self._keep(work, state=JobState.FAILED, report=json.dumps({"cause": file.cause, "cure": file.cure}))
            return
        try:
            told = self._applied(work, file, progress) if work.applies else self._previewed(work, file)
        except AppError as err:
            self.fail(work, err.key)
            return
        state = JobState.DONE if work.applies else JobState.PREVIEWED
        self._keep(work, state=state, rows=len(file.rows), done=len(file.rows), report=json.dumps(told))
        if work.applies:
            self._database.transact(
                lambda connection: connection.execute(delete(import_parts).where(_parts_of(work.event, work.id)))
            )

    def fail(self, work: Work, cause: str) -> None:
        """Says that a job could not be done; it may be started again."""
        self._keep(work, state=JobState.FAILED, report=json.dumps({"cause": cause, "cure": "ask again"}))

    def let_go(self, work: Work) -> None:
        """Leaves a job that is not done to whoever takes it on next."""
        mine = update(import_jobs).where(*_mine(work.event, work.id)).values(beaten_at=0)
        self._database.transact(lambda connection: connection.execute(mine))

    def _previewed(self, work: Work, file: ShopFile) -> dict[str, Any]:
        wish = work.wish
        return _told(self._imports.preview(work.event, wish.source, file, cancel_missing=wish.cancel_missing))

    def _applied(self, work: Work, file: ShopFile, progress: Callable[[int, int], None]) -> dict[str, Any]:
        wish = work.wish
        report: ImportReport = self._imports.apply(
            work.event,
            wish.source,
            file,
            allow_cancel=wish.allow_cancel or wish.cancel_missing,
            cancel_missing=wish.cancel_missing,
            progress=progress,
        )
        more = {"issued": len(report.issued), "adopted": report.adopted, "spared": len(report.spared)}
        return _told(report.done) | more

    def _keep(self, work: Work, **values: Any) -> None:
        self._database.transact(lambda connection: self._set(connection, work.event, work.id, **values))

    def _set(self, connection: Connection, event: EventId, id_: UUID, **values: Any) -> None:
        plain = {name: value.value if isinstance(value, JobState) else value for name, value in values.items()}
        connection.execute(update(import_jobs).where(*_mine(event, id_)).values(**plain, beaten_at=self._now_ms()))

    def _locked(self, connection: Connection, event: EventId, id_: UUID) -> Any:
        row = connection.execute(select(import_jobs).where(*_mine(event, id_)).with_for_update()).one_or_none()
        if row is None:
            raise ImportUnknown
        return row

    def _is_alive(self, row: Any) -> bool:
        is_fresh = self._now_ms() - row.beaten_at < DEAD_AFTER_MS
        return JobState(row.state) in _WORKING and bool(is_fresh)

    def _job(self, connection: Connection, row: Any) -> ImportJob:
        count = select(func.count()).select_from(import_parts).where(_parts_of(row.event_id, row.id))
        return ImportJob(
            id=row.id.hex,
            source=row.source,
            state=JobState(row.state),
            parts=connection.execute(count).scalar_one(),
            done=row.done,
            rows=row.rows,
            report=None if row.report is None else json.loads(row.report),
            made_ms=row.made_at,
            is_stalled=JobState(row.state) in _WORKING and not self._is_alive(row),
        )


def _mine(event: EventId, id_: UUID) -> tuple[Any, Any]:
    return import_jobs.c.event_id == event, import_jobs.c.id == id_


def _parts_of(event: EventId, id_: UUID) -> Any:
    return (import_parts.c.event_id == event) & (import_parts.c.job == id_)


def _whole_body(connection: Connection, event: EventId, id_: UUID) -> bytes:
    """The file of all parts. Raises ImportRefused where some are missing."""
    return _body_of(connection, event, id_, _whole_parts(connection, event, id_))


def _whole_parts(connection: Connection, event: EventId, id_: UUID) -> dict[int, int]:
    """How many bytes each part has, in their order. Raises ImportRefused where some are missing."""
    wanted = select(import_parts.c.part, func.length(import_parts.c.body)).where(_parts_of(event, id_))
    parts = {row[0]: row[1] for row in connection.execute(wanted.order_by(import_parts.c.part))}
    if not parts or list(parts) != list(range(len(parts))):
        raise ImportRefused("parts of its file are missing: they are numbered from 0 without a gap")
    return parts


def _body_of(connection: Connection, event: EventId, id_: UUID, parts: Collection[int]) -> bytes:
    """What lies in the first parts, as many as these."""
    first = _parts_of(event, id_), import_parts.c.part < len(parts)
    wanted = select(import_parts.c.body).where(*first).order_by(import_parts.c.part)
    return b"".join(connection.execute(wanted).scalars())


def _head(connection: Connection, event: EventId, id_: UUID, parts: Mapping[int, int]) -> bytes:
    """As many whole lines from the beginning as `MOST_SAMPLED_BYTES` hold: half a character would spoil all of them."""
    ends = accumulate(parts.values())
    taken = [number for number, end in zip(parts, ends, strict=True) if end < MOST_SAMPLED_BYTES]
    body = _body_of(connection, event, id_, range(len(taken) + 1))[:MOST_SAMPLED_BYTES]
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1] or body


def _not_in_head(file: ShopFile) -> SampleReply:
    """No row of a list's head has the code: the rest was not looked through."""
    last = max((*(row.line for row in file.rows), *(row.line for row in file.refused)), default=1)
    cause = (
        f"the code is well read, but no row up to line {last} has it; the rest of this long list was not looked through"
    )
    cure = "hold up a ticket from the list's beginning; if that is none either, check the code column"
    return SampleReply(None, cause=cause, cure=cure, flaw=RowFlaw.NOT_IN_HEAD, about=str(last))


def _text(wish: Wish) -> str:
    return json.dumps(asdict(wish), sort_keys=True)


def _wish(text: str) -> Wish:
    told = json.loads(text)
    return Wish(**{**told, "preset": Preset(told["preset"]), "columns": tuple(told["columns"])})


def _columns(wish: Wish) -> Columns:
    """The columns of a wish. Raises ImportRefused."""
    columns = Columns(wish.preset)
    for text in wish.columns:
        found = column_of(text, columns)
        if isinstance(found, Unfit):
            raise ImportRefused(f"{found.cause}: {found.cure}")
        columns = found
    return columns


def _told(preview: Preview) -> dict[str, Any]:
    """A report as JSON: how many of each, and the first of those that a person looks at. No name, and no code."""
    noted = {"changed": preview.changed, "canceled": preview.canceled, "restored": preview.restored}
    counts = {name: len(rows) for name, rows in noted.items()}
    return {
        "new": preview.new,
        "guests": preview.guests,
        "unchanged": preview.unchanged,
        **counts,
        "refused": len(preview.refused),
        "first_refused": [asdict(row) for row in preview.refused[:MOST_TOLD]],
        **{f"first_{name}": [asdict(row) for row in rows[:MOST_TOLD]] for name, rows in noted.items()},
        "notes": list(preview.notes),
    }

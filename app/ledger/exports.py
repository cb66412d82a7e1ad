"""What leaves the ledger as a file: scans, admissions, incidents, and all facts as one signed file.

Owns their rows and their forms. Everything is read page by page, each in a transaction of its own, and written as it is
read: a million facts need no more memory than a thousand. What comes while a file is written may be in it or not; what
was there at its beginning is.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, select, tuple_

from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.root_keys import RootKeys
from app.ledger.schema import devices, facts, incidents, redemptions
from app.spreadsheet import line_of
from core.journal.audit import Deed
from core.journal.signed_ledger import signed_lines
from core.model.ids import EventId

PAGE = 1_000
Row = Mapping[str, Any]


class Export(StrEnum):
    """What can be exported as rows."""

    SCANS = "scans"
    ADMISSIONS = "admissions"
    INCIDENTS = "incidents"


COLUMNS: dict[Export, tuple[str, ...]] = {
    Export.SCANS: (
        *("id", "device", "device_name", "gate", "direction", "tid", "at_ms", "uncertainty_ms", "clock_quality"),
        *("operator", "outcome", "arrival", "reason", "received_ms"),
    ),
    Export.ADMISSIONS: ("tid", "entry_number", "at_ms", "gate", "cls", "device", "device_name", "scan"),
    Export.INCIDENTS: (
        *("scan", "kind", "severity", "state", "opened_ms", "closed_ms", "tid", "against", "is_order_provable"),
        *("finding", "found_by", "note"),
    ),
}
"""The fields of each row, in the order of the CSV's columns."""


class ExportBook:
    """The exports of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, roots: RootKeys, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._roots = roots
        self._now_ms = now_ms

    def rows(self, event: EventId, what: Export) -> Iterator[Row]:
        """The rows of an export. Raises EventUnknown before the first."""
        self._note(event, what.value)
        match what:
            case Export.SCANS:
                return self._scans(event)
            case Export.ADMISSIONS:
                return self._admissions(event)
            case Export.INCIDENTS:
                return self._incidents(event)

    def signed(self, event: EventId) -> Iterator[str]:
        """The lines of the signed ledger: all facts that were there when it was begun, quarantined ones too.

        Raises EventUnknown before the first.
        """
        name = self._book.show(event).policy.name
        self._note(event, "ledger")
        started = self._now_ms()
        told = ({name: _plain(value) for name, value in row._asdict().items()} for row in self._facts(event, started))
        return signed_lines(event, name, told, root_key=self._roots.root_public, sign=self._roots.sign, now_ms=started)

    def _note(self, event: EventId, what: str) -> None:
        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            audit.note(connection, Deed.LEDGER_EXPORTED, event, what, now_ms=self._now_ms())

        self._database.transact(work)

    def _facts(self, event: EventId, until_ms: int) -> Iterator[Any]:
        wanted = [each for each in facts.c if each.name not in {"event_id", "answer", "fingerprint"}]
        query = select(*wanted).where(facts.c.event_id == event, facts.c.received_at <= until_ms)
        return self._pages(facts, query, ("id",))

    def _pages(self, table: Table, query: Any, key: tuple[str, ...]) -> Iterator[Any]:
        """All rows of a query in the order of a key, a page in each transaction."""
        columns = [table.c[name] for name in key]
        place: tuple[Any, ...] | None = None
        while True:
            wanted = query if place is None else query.where(tuple_(*columns) > tuple_(*place))
            with self._database.reading() as connection:
                rows = connection.execute(wanted.order_by(*columns).limit(PAGE)).all()
            yield from rows
            if len(rows) < PAGE:
                return
            place = tuple(getattr(rows[-1], name) for name in key)

    def _names(self, event: EventId) -> dict[UUID, str]:
        with self._database.reading() as connection:
            rows = connection.execute(select(devices.c.id, devices.c.name).where(devices.c.event_id == event))
            return {row.id: row.name for row in rows}

    def _scans(self, event: EventId) -> Iterator[Row]:
        names = self._names(event)
        query = select(facts).where(facts.c.event_id == event, facts.c.kind == "scan")
        for row in self._pages(facts, query, ("id",)):
            record = json.loads(row.record)
            yield {
                "id": row.id.hex,
                "device": row.device.hex,
                "device_name": names.get(row.device, ""),
                "gate": record.get("gate"),
                "direction": record.get("direction"),
                "tid": None if row.tid is None else row.tid.hex(),
                "at_ms": row.ts,
                "uncertainty_ms": record.get("uncertainty"),
                "clock_quality": record.get("quality"),
                "operator": record.get("operator"),
                "outcome": row.outcome,
                "arrival": row.arrival,
                "reason": row.reason,
                "received_ms": row.received_at,
            }

    def _admissions(self, event: EventId) -> Iterator[Row]:
        names = self._names(event)
        query = select(redemptions).where(redemptions.c.event_id == event)
        for row in self._pages(redemptions, query, ("tid", "entry_number")):
            yield {
                "tid": row.tid.hex(),
                "entry_number": row.entry_number,
                "at_ms": row.at,
                "gate": row.gate,
                "cls": row.cls,
                "device": row.device.hex,
                "device_name": names.get(row.device, ""),
                "scan": row.scan_id.hex,
            }

    def _incidents(self, event: EventId) -> Iterator[Row]:
        query = select(incidents).where(incidents.c.event_id == event)
        for row in self._pages(incidents, query, ("scan_id", "kind")):
            yield {
                "scan": row.scan_id.hex,
                "kind": row.kind,
                "severity": row.severity,
                "state": row.state,
                "opened_ms": row.opened_at,
                "closed_ms": row.closed_at,
                "tid": None if row.tid is None else row.tid.hex(),
                "against": None if row.against is None else row.against.hex,
                "is_order_provable": row.is_order_provable,
                "finding": row.finding,
                "found_by": row.found_by,
                "note": row.note,
            }


def _plain(value: Any) -> Any:
    """A column's value as JSON: bytes and ids in hex."""
    if isinstance(value, UUID):
        return value.hex
    return value.hex() if isinstance(value, bytes) else value


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """One JSON object a line."""
    return (json.dumps(dict(row), ensure_ascii=False, sort_keys=True) + "\n" for row in rows)


def csv_lines(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """A header line, then one line a row; what a spreadsheet would run begins with an apostrophe."""
    for row in chain([dict(zip(columns, columns, strict=True))], rows):
        yield line_of(row.get(name) for name in columns)

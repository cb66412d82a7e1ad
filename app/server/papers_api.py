"""The routes of incidents, and of what leaves the ledger as a file.

Owns their shapes on HTTP. Exports are written as they are read: a million facts need no more memory than a thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import FastAPI, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.exports import COLUMNS, Export, csv_lines, json_lines
from app.ledger.incident_book import IncidentUnknown, Wanted
from app.server.callers import AtEvent, Callers, uuid_or_none
from core.journal.scan import Finding
from core.model.ids import GateId
from core.model.roles import Right
from core.redeem.fold import IncidentKind, Severity
from core.sync.incident_replies import MAX_NOTE, MOST_LISTED, Incident, IncidentPage

Scan = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
State = Literal["open", "resolved", "withdrawn"]
After = Annotated[str, Query(max_length=128)]
GateQuery = Annotated[str | None, Query(max_length=64)]
Since = Annotated[int | None, Query(ge=0, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=MOST_LISTED)]
_PIECE_LINES = 200
"""Lines of one piece of a reply: one by one each would be a packet."""


class Form(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """What is to be written down about an incident."""

    note: Annotated[str, Field(min_length=1, max_length=MAX_NOTE)]


@dataclass(frozen=True, slots=True)
class ResolutionRequest:
    """What a person found out about an incident."""

    finding: Finding
    note: Annotated[str, Field(max_length=MAX_NOTE)] | None = None


class PapersApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        event, get, post, add = "/api/v1/events/{event}", ["GET"], ["POST"], app.add_api_route
        reading, resolving = self._callers.allow(Right.READ_INCIDENTS), self._callers.allow(Right.RESOLVE_INCIDENTS)
        exporting = self._callers.allow(Right.EXPORT_LEDGER)
        one = f"{event}/incidents/{{scan}}/{{kind}}"
        add(f"{event}/incidents", self.list, methods=get, dependencies=reading, summary="What a person must look at")
        add(one, self.show, methods=get, dependencies=reading, summary="One incident, both sides of it")
        noted = "Write something down about an incident"
        add(f"{one}/notes", self.note, methods=post, dependencies=resolving, summary=noted, status_code=201)
        found = "Say what an incident was"
        add(f"{one}/resolution", self.resolve, methods=["PUT"], dependencies=resolving, summary=found)
        rows, whole = "Scans, admissions or incidents as CSV or JSON lines", "All facts, signed: proves itself offline"
        streamed: dict[str, Any] = {"response_class": StreamingResponse}
        add(f"{event}/exports/{{what}}", self.rows, methods=get, dependencies=exporting, summary=rows, **streamed)
        add(f"{event}/ledger", self.ledger, methods=get, dependencies=exporting, summary=whole, **streamed)

    def list(
        self,
        caller: AtEvent,
        state: State | None = None,
        kind: IncidentKind | None = None,
        severity: Severity | None = None,
        gate: GateQuery = None,
        since_ms: Since = None,
        after: After = "",
        limit: Limit = MOST_LISTED,
    ) -> IncidentPage:
        """The newest first; `after` of one page asks for the next older ones, null ends."""
        wanted = Wanted(state, kind, severity, None if gate is None else GateId(gate), since_ms)
        return self._office.incidents.list(caller.at, wanted, after, limit)

    def show(self, caller: AtEvent, scan: Scan, kind: IncidentKind) -> Incident:
        """With its notes."""
        return self._office.incidents.show(caller.at, _uuid(scan), kind)

    def note(self, caller: AtEvent, scan: Scan, kind: IncidentKind, wanted: NoteRequest) -> Incident:
        """In the caller's name."""
        return self._office.incidents.add_note(caller.at, _uuid(scan), kind, wanted.note)

    def resolve(self, caller: AtEvent, scan: Scan, kind: IncidentKind, wanted: ResolutionRequest) -> Incident:
        """In the caller's name; nobody is put out by it, and no count changes."""
        return self._office.incidents.resolve(caller.at, _uuid(scan), kind, wanted.finding, wanted.note)

    def rows(self, caller: AtEvent, what: Export, form: Annotated[Form, Query(alias="format")] = Form.CSV) -> Response:
        """Every row, as long as it takes."""
        rows = self._office.exports.rows(caller.at, what)
        if form is Form.CSV:
            return _streamed(csv_lines(COLUMNS[what], rows), "text/csv; charset=utf-8", f"{what.value}.csv")
        return _streamed(json_lines(rows), "application/x-ndjson", f"{what.value}.jsonl")

    def ledger(self, caller: AtEvent) -> Response:
        """`doorlight ledger verify FILE` checks it, on any machine."""
        return _streamed(self._office.exports.signed(caller.at), "application/x-ndjson", "ledger.jsonl")


def _uuid(text: str) -> UUID:
    found = uuid_or_none(text)
    if found is None:
        raise IncidentUnknown
    return found


def _streamed(lines: Iterator[str], media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(lines), media_type=media_type, headers=headers)


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) >= _PIECE_LINES:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()

"""The routes of imports that come over the network: a file in parts, looked at, taken over, with its progress.

Owns their shapes on HTTP. The rules of a row are those of an import from a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Path, Query, Request, Response
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.engine import LedgerBusy
from app.ledger.import_jobs import ImportRefused, Wish
from app.ledger.shop_files import MAX_CELL
from app.runtime.import_line import ImportLine
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from app.server.sold_api import Source
from app.server.ticket_api import After, Limit
from core.model.ids import ClassId, TicketHandle
from core.model.roles import Right
from core.sync.import_messages import MOST_PARTS, ImportJob, SampleReply
from core.sync.shop_columns import Preset
from core.sync.ticket_messages import CodePage

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
SomeOrder = Annotated[str | None, Query(alias="order", min_length=1, max_length=MAX_CELL)]
Part = Annotated[int, Path(ge=0, lt=MOST_PARTS)]
Class = Annotated[int | None, Query(alias="class", ge=0, le=0xFFFF)]
OneTicket = Annotated[str | None, Query(alias="tid", pattern="^[0-9a-f]{16}$")]
MAX_SAMPLE = 4_096
"""Characters of a code: more than any QR code holds."""
ColumnText = Annotated[str, Field(max_length=MAX_CELL)]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Whose list it is, and how it is read. `columns` as `doorlight ticket import --column` takes them.

    `allow_cancel`: tickets that the list calls off are canceled; `cancel_missing`: those that it does not have, too.
    """

    source: Annotated[str, Field(min_length=1, max_length=64)]
    preset: Preset = Preset.DOORLIGHT
    columns: Annotated[tuple[ColumnText, ...], Field(max_length=64)] = ()
    allow_cancel: bool = False
    cancel_missing: bool = False


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """What a reader made of a printed ticket."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_SAMPLE)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """What whoever looked at the preview agrees to: that tickets which the list calls off are canceled."""

    allow_cancel: bool = False


class ImportApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers, line: ImportLine) -> None:
        self._office = office
        self._jobs = office.import_jobs
        self._callers = callers
        self._line = line

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        imports, add = "/api/v1/events/{event}/imports", app.add_api_route
        selling = self._callers.allow(Right.SELL_TICKETS)
        one = f"{imports}/{{id}}"
        text = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
        add(imports, self.list, methods=["GET"], dependencies=selling, summary="All imports of the event")
        said = "Begin an import under an id of your own"
        add(one, self.open, methods=["PUT"], dependencies=selling, summary=said, response_model=ImportJob)
        add(one, self.show, methods=["GET"], dependencies=selling, summary="How far an import is")
        gone = "Forget an import; its tickets stay"
        add(one, self.remove, methods=["DELETE"], dependencies=selling, summary=gone, status_code=204)
        add(
            f"{one}/parts/{{part}}",
            self.put_part,
            methods=["PUT"],
            dependencies=selling,
            summary="A part of its file, from 0",
            openapi_extra=text,
            response_model=ImportJob,
        )
        for verb, route, told in (
            ("preview", self.preview, "Find out what it would do"),
            ("apply", self.apply, "Take it over"),
        ):
            add(
                f"{one}/{verb}",
                route,
                methods=["POST"],
                dependencies=selling,
                summary=told,
                status_code=202,
                response_model=ImportJob,
            )
        held = "Which row of it a scanned ticket belongs to"
        add(
            f"{one}/sample",
            self.sample,
            methods=["POST"],
            dependencies=selling,
            summary=held,
            response_model=SampleReply,
        )
        codes = "The T1 codes of tickets, for whoever hands them out"
        add("/api/v1/events/{event}/ticket-codes", self.codes, methods=["GET"], dependencies=selling, summary=codes)

    def list(self, caller: AtEvent) -> Sequence[ImportJob]:
        """The newest first."""
        return self._jobs.list(caller.at)

    def open(self, caller: AtEvent, id: Id, wanted: ImportRequest) -> ImportJob | Response:  # noqa: A002
        """Again finds the same one."""
        wish = Wish(wanted.source, wanted.preset, wanted.columns, wanted.allow_cancel, wanted.cancel_missing)
        try:
            return self._jobs.open(caller.at, UUID(hex=id), wish)
        except ImportRefused as err:
            return _refused(err)

    def show(self, caller: AtEvent, id: Id) -> ImportJob:  # noqa: A002
        """`done` of `rows`, and the report when there is one."""
        return self._jobs.show(caller.at, UUID(hex=id))

    def remove(self, caller: AtEvent, id: Id) -> None:  # noqa: A002
        """Not while somebody works on it."""
        self._jobs.remove(caller.at, UUID(hex=id))

    async def put_part(self, caller: AtEvent, id: Id, part: Part, request: Request) -> ImportJob | Response:  # noqa: A002
        """At most 1 MiB of the file's bytes; cuts may lie anywhere. Again changes nothing."""
        import asyncio

        body = await request.body()
        try:
            return await asyncio.to_thread(self._jobs.put_part, caller.at, UUID(hex=id), part, body)
        except ImportRefused as err:
            return _refused(err)

    def preview(self, caller: AtEvent, id: Id) -> ImportJob | Response:  # noqa: A002
        """Changes nothing; ask for the import to see how far it is and what came out."""
        return self._start(caller, UUID(hex=id), applies=False)

    def apply(self, caller: AtEvent, id: Id, agreed: ApplyRequest | None = None) -> ImportJob | Response:  # noqa: A002
        """In short transactions, while doors go on scanning. One that was cut off is applied again."""
        allow_cancel = agreed is not None and agreed.allow_cancel
        return self._start(caller, UUID(hex=id), applies=True, allow_cancel=allow_cancel)

    def sample(self, caller: AtEvent, id: Id, wanted: SampleRequest) -> SampleReply | Response:  # noqa: A002
        """By the columns and adapters that an import would go by; changes nothing."""
        try:
            return self._jobs.sample(caller.at, UUID(hex=id), wanted.text)
        except ImportRefused as err:
            return _refused(err)

    def codes(
        self,
        caller: AtEvent,
        source: Source = None,
        after: After = "",
        limit: Limit = 1_000,
        cls: Class = None,
        tid: OneTicket = None,
        order: SomeOrder = None,
    ) -> CodePage:
        """In the order of the tickets' numbers; tickets whose codes are another shop's are left out.

        Of one ticket, an order or a class where that is asked; a page of a class may be short, or empty, and not the
        last.
        """
        start = TicketHandle(bytes.fromhex(after))
        tids = None if tid is None else [TicketHandle(bytes.fromhex(tid))]
        if order is not None:
            bought = self._office.orders.tickets_of(caller.at, order, source)
            tids = bought if tids is None else [each for each in bought if each in tids]
        ticket_class = None if cls is None else ClassId(cls)
        return self._office.tickets.codes(caller.at, source, start, limit, cls=ticket_class, tids=tids)

    def _start(self, caller: AtEvent, id_: UUID, *, applies: bool, allow_cancel: bool = False) -> ImportJob | Response:
        if self._line.is_full:
            raise LedgerBusy("other imports wait")
        try:
            work = self._jobs.take(caller.at, id_, applies=applies, allow_cancel=allow_cancel)
        except ImportRefused as err:
            return _refused(err)
        if work is not None:
            self._line.start(work)
        return self._jobs.show(caller.at, id_)


def _refused(err: ImportRefused) -> Response:
    return problem(err.key, str(err.details["cause"]))

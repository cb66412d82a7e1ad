"""The routes of shops and organizers about tickets: sealed, put one by one as they are sold, handed back when used.

Owns their shapes on HTTP. The rules of a put ticket are those of an import's row.
"""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.ledger.admin import Office
from app.ledger.shop_files import MAX_CELL, RefusedRow, ShopRow
from app.ledger.suppressions import AddressWrong
from app.ledger.ticket_book import MOST_EXPORTED
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from core.delivery.mail import checked_address
from core.model.ids import ClassId, TicketHandle
from core.model.roles import Right
from core.sync.messages import IssueReply, IssueRequest
from core.sync.ticket_messages import TicketPage, TicketReply, What

Seconds = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
Cell = Annotated[str, Field(max_length=MAX_CELL)]


After = Annotated[str, Query(pattern="^([0-9a-f]{16})?$")]
Limit = Annotated[int, Query(ge=1, le=MOST_EXPORTED)]


class TicketRequest(BaseModel):
    """One ticket as its shop tells it: what is left out stays as it is. `class` is a number or a name of the event.

    `nbf` and `exp` are unix seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    code: Cell = Field(default="", repr=False)
    ticket_class: Cell | int = Field(default="", alias="class")
    name: Cell | None = Field(default=None, repr=False)
    order: Cell | None = None
    email: Cell | None = Field(default=None, repr=False)
    nbf: Seconds | None = None
    exp: Seconds | None = None
    status: Literal["valid", "unpaid", "canceled", "refunded"] = "valid"


_TICKET_REPLY = TypeAdapter(TicketReply)


class TicketApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        tickets = "/api/v1/events/{event}/tickets"
        add, allow = app.add_api_route, self._callers.allow
        selling, reading = allow(Right.SELL_TICKETS), allow(Right.READ_TICKETS)
        add(
            tickets,
            self.issue,
            methods=["POST"],
            dependencies=selling,
            summary="Seal new tickets",
            status_code=201,
        )
        add(
            tickets,
            self.page,
            methods=["GET"],
            dependencies=reading,
            summary="Tickets with their shops' references and their use",
        )
        path = f"{tickets}/{{source}}/{{external_ref:path}}"
        said = "One ticket of a shop; again changes nothing"
        new: dict[int | str, dict[str, Any]] = {201: {"model": TicketReply}}
        add(
            path,
            self.put,
            methods=["PUT"],
            dependencies=selling,
            summary=said,
            response_model=TicketReply,
            responses=new,
        )

    def issue(self, request: IssueRequest, caller: AtEvent) -> IssueReply:
        """New tickets, for the organizer."""
        issued = self._office.issue_tickets(
            caller.at,
            ClassId(request.cls),
            request.count,
            request.nbf,
            request.exp,
            rotating=request.rotating,
            listed=request.listed,
            email=request.email,
        )
        return IssueReply(issued)

    def page(
        self,
        caller: AtEvent,
        after: After = "",
        limit: Limit = MOST_EXPORTED,
    ) -> TicketPage:
        """Some tickets in the order of their handles; `after` of one page asks for the next, null ends."""
        return self._office.ticket_page(caller.at, TicketHandle(bytes.fromhex(after)), limit)

    def put(self, source: str, external_ref: str, request: TicketRequest, caller: AtEvent) -> Response:
        """201 for a new ticket, 200 for one that was there; 422 `ticket_refused` with the cure, `address_wrong`."""
        if request.email and checked_address(request.email) is None:
            raise AddressWrong
        row = ShopRow(
            line=0,
            external_ref=external_ref,
            code=request.code.strip(),
            cls=str(request.ticket_class),
            name=request.name,
            order=request.order,
            nbf=request.nbf,
            exp=request.exp,
            is_canceled=request.status in {"canceled", "refunded"},
            is_unpaid=request.status == "unpaid",
            email=request.email,
        )
        done = self._office.put_ticket(caller.at, source, row)
        if isinstance(done, RefusedRow):
            return problem("ticket_refused", f"{done.cause}: {done.cure}")
        reply = TicketReply(done.what, done.tid.hex() if done.tid else None, done.text)
        status = 201 if done.what is What.NEW else 200
        return Response(_TICKET_REPLY.dump_json(reply), status, media_type="application/json")

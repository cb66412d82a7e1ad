"""The routes of organizers about tickets that were sold: found, their history, canceled, blocked, issued anew; orders.

Owns their shapes on HTTP. What is searched for comes in a body, so that no name and no code stands in an address.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Response
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.intent_book import RefundRefused, Wish
from app.ledger.intent_rows import told_of
from app.ledger.orders import Standings
from app.ledger.retention import Erased
from app.ledger.shop_files import MAX_CELL
from app.ledger.ticket_mail import MailRefused
from app.ledger.ticket_search import MOST_FOUND
from app.server.callers import AtEvent, Caller, Callers
from app.server.problems import problem
from core.model.attention import MOST_ITEMS
from core.model.ids import TicketHandle
from core.model.roles import Right, may
from core.payment.money import MOST_AMOUNT
from core.sync.ticket_messages import AttentionReply, ChangeReply, History, Matches, ReissuedTicket, TicketSummary, Why
from core.ticket.lists import DenialReason

MOST_OF_A_PERSON = 100
"""Tickets of one request: more are no one guest's."""
Tid = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Handles = Annotated[list[Annotated[str, Field(pattern="^[0-9a-f]{16}$")]], Field(max_length=MOST_OF_A_PERSON)]
Order = Annotated[str, Query(min_length=1, max_length=MAX_CELL)]
Source = Annotated[str | None, Query(max_length=64)]
RefundAmount = Annotated[int | None, Field(ge=1, le=MOST_AMOUNT)]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A code, a ticket's number, a digest, an order, a reference or the beginning of one, or (part of) a name."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_CELL)] = field(repr=False)
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = MOST_FOUND


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order, of one shop where two gave the same number; `refund_amount` as in `WhyRequest`."""

    order: Annotated[str, Field(min_length=1, max_length=MAX_CELL)]
    source: Annotated[str, Field(max_length=64)] | None = None
    why: Why | None = None
    refund_amount: RefundAmount = None


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """Who is to be forgotten: the guest of these tickets, and of an order."""

    tickets: Handles = field(default_factory=list)
    order: Annotated[str, Field(min_length=1, max_length=MAX_CELL)] | None = None


@dataclass(frozen=True, slots=True)
class AttentionRequest:
    """The event's attention items that concern one ticket beside its class, in place of those that did."""

    attention: Annotated[list[Annotated[int, Field(ge=1, le=MOST_ITEMS)]], Field(max_length=MOST_ITEMS)]


@dataclass(frozen=True, slots=True)
class WhyRequest:
    """Why it is done, for the audit log. A cancel for `refund` gives back what was paid, where Stripe has it.

    `refund_amount` says how much, in the currency's smallest unit, where not the ticket's price or all that is left.
    """

    why: Why | None = None
    refund_amount: RefundAmount = None


@dataclass(frozen=True, slots=True)
class ReissueRequest(WhyRequest):
    """Why, and whether the new code is mailed to the ticket's address in the same step.

    `mail` null: where the event mails its tickets and this one has an address, but for `stolen` and `fraud`.
    """

    mail: bool | None = None


class SoldApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        event, get, post, add = "/api/v1/events/{event}", ["GET"], ["POST"], app.add_api_route
        reading, ending = self._callers.allow(Right.READ_TICKETS), self._callers.allow(Right.CANCEL_TICKETS)
        one = f"{event}/tickets/{{tid}}"
        add(f"{event}/tickets/search", self.find, methods=post, dependencies=reading, summary="Find tickets")
        add(one, self.history, methods=get, dependencies=reading, summary="Everything about one ticket")
        for verb, route, said in (
            ("cancel", self.cancel, "Cancel one ticket, whatever becomes of its order"),
            ("restore", self.restore, "Take a cancel back"),
            ("block", self.block, "Refuse a ticket both ways"),
            ("unblock", self.unblock, "Take a block back"),
            ("unpaid", self.unpaid, "Hold a ticket's guest until its order is paid"),
            ("paid", self.paid, "The order is paid"),
        ):
            add(f"{one}/{verb}", route, methods=post, dependencies=ending, summary=said, response_model=ChangeReply)
        again = "A new code for a ticket; every older one ends"
        new_code: dict[str, Any] = {"dependencies": ending, "summary": again, "response_model": ReissuedTicket}
        add(f"{one}/reissue", self.reissue, methods=post, **new_code)
        selling, marked = self._callers.allow(Right.SELL_TICKETS), "What the doors do for one ticket beside its class"
        add(f"{one}/attention", self.mark, methods=["PUT"], dependencies=selling, summary=marked)
        add(f"{event}/orders", self.order, methods=get, dependencies=reading, summary="The tickets of an order")
        whole = "Cancel an order, or what is left of it"
        erasing, gone = self._callers.allow(Right.ERASE_PEOPLE), "Forget a guest; the tickets stay"
        add(f"{event}/people/erase", self.erase, methods=post, dependencies=erasing, summary=gone)
        order: dict[str, Any] = {"dependencies": ending, "summary": whole, "response_model": ChangeReply}
        add(f"{event}/orders/cancel", self.cancel_order, methods=post, **order)

    def find(self, caller: AtEvent, wanted: SearchRequest) -> Matches:
        """The surest first; `is_cut` where there are more."""
        return self._office.search.find(caller.at, wanted.text, wanted.limit)

    def history(self, caller: AtEvent, tid: Tid) -> History:
        """Facts, entries, incidents, and what people did to it."""
        return self._office.search.history(caller.at, _handle(tid))

    def cancel(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply | Response:
        """Refunded, or never paid: `canceled` at the doors. 422 `refund_refused`, and nothing is canceled."""
        wish = _wish(caller, said.refund_amount if said is not None else None)
        try:
            return _reply(self._office.orders.deny(caller.at, _handle(tid), DenialReason.CANCELED, _why(said), wish))
        except RefundRefused as err:
            return problem(err.key, str(err.details["cause"]))

    def restore(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply:
        """A ticket that was not canceled stays as it is."""
        return _reply(self._office.orders.lift(caller.at, _handle(tid), DenialReason.CANCELED, _why(said)))

    def block(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply:
        """For security: `blocked` at entries and exits, and no list of a shop lifts it."""
        return _reply(self._office.orders.deny(caller.at, _handle(tid), DenialReason.BLOCKED, _why(said)))

    def unblock(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply:
        """A ticket that was not blocked stays as it is."""
        return _reply(self._office.orders.lift(caller.at, _handle(tid), DenialReason.BLOCKED, _why(said)))

    def unpaid(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply:
        """`unpaid` at the doors: pay at the desk, or by a supervisor's word where the event allows that."""
        return _reply(self._office.orders.deny(caller.at, _handle(tid), DenialReason.UNPAID, _why(said)))

    def paid(self, caller: AtEvent, tid: Tid, said: WhyRequest | None = None) -> ChangeReply:
        """A ticket that was not unpaid stays as it is."""
        return _reply(self._office.orders.lift(caller.at, _handle(tid), DenialReason.UNPAID, _why(said)))

    def reissue(self, caller: AtEvent, tid: Tid, said: ReissueRequest | None = None) -> ReissuedTicket | Response:
        """The new code is said once. 404 `mail_unset`, 409 `mail_refused`: it can't be mailed; the old code goes on."""
        wants_mail = said.mail if said is not None else None
        try:
            return self._office.reissue_ticket(caller.at, _handle(tid), _why(said), is_mailed=wants_mail)
        except MailRefused as err:
            return problem(err.key, str(err.details["cause"]))

    def mark(self, caller: AtEvent, tid: Tid, wanted: AttentionRequest) -> AttentionReply:
        """Kiosks learn it with their next manifest; 422 for a number that the event does not name."""
        return AttentionReply(sorted(self._office.marks.put(caller.at, _handle(tid), wanted.attention)))

    def order(self, caller: AtEvent, order: Order, source: Source = None) -> list[TicketSummary]:
        """In the order of their numbers."""
        return self._office.tickets.some(caller.at, self._office.orders.tickets_of(caller.at, order, source))

    def cancel_order(self, caller: AtEvent, wanted: OrderRequest) -> ChangeReply | Response:
        """All of its tickets in one transaction, and with them what goes back. 422 `refund_refused`, and nothing is."""
        wish = _wish(caller, wanted.refund_amount)
        try:
            return _reply(self._office.orders.cancel_order(caller.at, wanted.order, wanted.source, wanted.why, wish))
        except RefundRefused as err:
            return problem(err.key, str(err.details["cause"]))

    def erase(self, caller: AtEvent, wanted: PersonRequest) -> Erased:
        """Name, order and answers, at once; what was told about the person is no part of the answer."""
        return self._office.retention.erase_person(caller.at, [_handle(tid) for tid in wanted.tickets], wanted.order)


def _handle(tid: str) -> TicketHandle:
    return TicketHandle(bytes.fromhex(tid))


def _why(said: WhyRequest | None) -> Why | None:
    return None if said is None else said.why


def _wish(caller: Caller, amount: int | None) -> Wish:
    """Who cancels at a door may not move money by it."""
    return Wish(amount, is_allowed=may(caller.standing, Right.CHANGE_PAYMENTS, caller.at))


def _reply(done: Standings) -> ChangeReply:
    refund = None if done.refund is None else told_of(done.refund)
    return ChangeReply([tid.hex() for tid in done.changed], done.manifest_version, refund)

"""The routes of mail: an event's account, tickets mailed once more, addresses that get no more.

Owns their shapes on HTTP. A password comes in a body and goes out in no reply; an address goes out masked.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ledger.admin import Office
from app.ledger.endpoint_book import Circuit, EndpointWrong
from app.ledger.mail_accounts import MOST_PASSWORD, MailStanding, MailWrong
from app.ledger.shop_files import MAX_CELL
from app.ledger.suppressions import Suppression
from app.ledger.ticket_mail import MailRefused
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState
from core.delivery.mail import MOST_ADDRESS, MOST_AUTHORITY, MOST_DOMAIN, MOST_NAME, MOST_USER, MailAccount, Safety
from core.delivery.suppression import Suppressed
from core.model.ids import TicketHandle
from core.model.roles import Right
from core.model.settings import Language

MOST_MAILED = 1_000
"""Tickets of one request: those of the largest order."""
AddressText = Annotated[str, Field(min_length=1, max_length=2 * MOST_ADDRESS)]
TidText = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MailRequest(_Body):
    """An event's mail account. Without a password the one before counts on, for the same host and user."""

    host: Annotated[str, Field(min_length=1, max_length=MOST_DOMAIN)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    safety: Safety = Safety.STARTTLS
    user: Annotated[str, Field(max_length=MOST_USER)] = ""
    password: Annotated[str, Field(min_length=1, max_length=MOST_PASSWORD)] | None = Field(default=None, repr=False)
    sender: AddressText
    sender_name: Annotated[str, Field(max_length=MOST_NAME)] = ""
    language: Language = Language.ENGLISH
    sends_tickets: bool = False
    authority: Annotated[str, Field(max_length=MOST_AUTHORITY)] | None = None


class MailReply(BaseModel):
    """An event's mail account and how it fares. Times are unix milliseconds."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    host: str
    port: int
    safety: Safety
    user: str
    has_password: bool
    sender: str
    sender_name: str
    language: Language
    sends_tickets: bool
    is_local: bool
    has_authority: bool
    state: EndpointState
    circuit: Circuit
    failures: int
    failing_since_ms: int | None
    rests_until_ms: int | None
    last_sent_ms: int | None
    trouble: AccountTrouble | None


class MailTestRequest(_Body):
    """Whom a test is for; the account's own address without one."""

    to: AddressText | None = Field(default=None, repr=False)


class MailTestReply(BaseModel):
    """The message that the test is: what came of it is told with it."""

    model_config = ConfigDict(frozen=True)

    message: str


class TicketMailRequest(_Body):
    """Which tickets: by their numbers, or those of an order, of one shop where two gave the same number."""

    tickets: Annotated[list[TidText], Field(max_length=MOST_MAILED)] = []
    order: Annotated[str, Field(min_length=1, max_length=MAX_CELL)] | None = None
    source: Annotated[str, Field(max_length=64)] | None = None


class UnsentRequest(_Body):
    """Every ticket that was in no mail to its address yet; a trial only counts them."""

    is_trial: bool = False


class UnsentReply(BaseModel):
    """How many tickets were put into mails, or would be, and into how many mails at most."""

    model_config = ConfigDict(frozen=True)

    tickets: int
    mails: int


class TicketMailReply(BaseModel):
    """The messages that were put in, how many tickets they have, and to whom, masked."""

    model_config = ConfigDict(frozen=True)

    messages: list[str]
    tickets: int
    recipients: list[str]


class SuppressRequest(_Body):
    """An address that gets no more mail of the event, and why."""

    address: AddressText = Field(repr=False)
    reason: Suppressed = Suppressed.ASKED


class LiftRequest(_Body):
    """An address that gets mail again, by itself or by its sign."""

    address: AddressText = Field(repr=False)


class SuppressionReply(BaseModel):
    """An address of the list, masked; its sign names it."""

    model_config = ConfigDict(frozen=True)

    sign: str
    shown: str
    reason: Suppressed
    since_ms: int


class MailApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._accounts = office.mail_accounts
        self._suppressions = office.suppressions
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, mail, get, post = app.add_api_route, "/api/v1/events/{event}/mail", ["GET"], ["POST"]
        reading, every = self._callers.allow(Right.READ_DELIVERIES), self._callers.allow(Right.CHANGE_DELIVERIES)
        again = self._callers.allow(Right.CANCEL_TICKETS)
        add(mail, self.show, methods=get, dependencies=reading, summary="The event's mail account, and how it fares")
        told, said = "Makes the event's mail account, or another in its place", "The end of the mail account"
        add(mail, self.set, methods=["PUT"], dependencies=every, summary=told, response_model=MailReply)
        add(mail, self.remove, methods=["DELETE"], dependencies=every, summary=said, status_code=204)
        test = "A test mail, before all others"
        model = MailTestReply
        add(
            f"{mail}/test",
            self.test,
            methods=post,
            dependencies=every,
            summary=test,
            status_code=202,
            response_model=model,
        )
        sent, reply = "Mails tickets to their guests once more", TicketMailReply
        add(
            f"{mail}/tickets",
            self.send,
            methods=post,
            dependencies=again,
            summary=sent,
            status_code=202,
            response_model=reply,
        )
        told = "Mails every ticket that was in no mail yet"
        bulk = self._callers.allow(Right.CHANGE_DELIVERIES)
        add(f"{mail}/unsent", self.send_unsent, methods=post, dependencies=bulk, summary=told, status_code=202)
        listed, put, lift = "Who gets no more mail", "No more mail to an address", "Mail to an address again"
        place = f"{mail}/suppressed"
        add(place, self.list, methods=get, dependencies=reading, summary=listed)
        add(place, self.suppress, methods=post, dependencies=every, summary=put, status_code=201)
        add(f"{place}/lift", self.lift, methods=post, dependencies=every, summary=lift)

    def show(self, caller: AtEvent) -> MailReply:
        """Without its password."""
        return _reply(self._accounts.show(caller.at))

    def set(self, caller: AtEvent, wanted: MailRequest) -> MailReply | Response:
        """It starts without a past. 422 `mail_wrong` says what can't be."""
        account = MailAccount(
            wanted.host,
            wanted.port,
            wanted.safety,
            wanted.user,
            wanted.sender,
            wanted.sender_name,
            wanted.language.value,
            wanted.sends_tickets,
            authority=wanted.authority,
        )
        try:
            return _reply(self._accounts.set(caller.at, account, wanted.password))
        except MailWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def remove(self, caller: AtEvent) -> Response:
        """What waits for it is canceled; what is dead stays, to be looked at."""
        self._accounts.remove(caller.at)
        return Response(status_code=204)

    def test(self, caller: AtEvent, wanted: MailTestRequest | None = None) -> MailTestReply | Response:
        """Goes before all others, once; `deliveries/{id}` tells what the server answered."""
        endpoint, to = self._accounts.show(caller.at).endpoint, None if wanted is None else wanted.to
        try:
            return MailTestReply(message=self._office.endpoints.test(caller.at, endpoint, to).hex)
        except EndpointWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def send(self, caller: AtEvent, wanted: TicketMailRequest) -> TicketMailReply | Response:
        """To the address that each ticket has now; 409 `mail_refused` says why none is sent."""
        tids = [TicketHandle(bytes.fromhex(tid)) for tid in wanted.tickets]
        if wanted.order is not None:
            tids += self._office.orders.tickets_of(caller.at, wanted.order, wanted.source)
        try:
            done = self._office.ticket_mail.send(caller.at, tids)
        except MailRefused as err:
            return problem(err.key, str(err.details["cause"]))
        messages = [each.hex for each in done.messages]
        return TicketMailReply(messages=messages, tickets=done.tickets, recipients=list(done.recipients))

    def send_unsent(self, caller: AtEvent, wanted: UnsentRequest) -> UnsentReply:
        """After an import: a list mails nothing by itself."""
        done = self._office.ticket_mail.send_unsent(caller.at, is_trial=wanted.is_trial)
        return UnsentReply(tickets=done.tickets, mails=done.addresses)

    def list(self, caller: AtEvent) -> Sequence[SuppressionReply]:
        """The newest first."""
        return [_suppression(each) for each in self._suppressions.list(caller.at)]

    def suppress(self, caller: AtEvent, wanted: SuppressRequest) -> SuppressionReply:
        """What waits for it is canceled when its turn comes."""
        return _suppression(self._suppressions.add(caller.at, wanted.address, wanted.reason))

    def lift(self, caller: AtEvent, wanted: LiftRequest) -> SuppressionReply:
        """What was canceled meanwhile stays canceled: mail it once more."""
        return _suppression(self._suppressions.lift(caller.at, wanted.address))


def _reply(told: MailStanding) -> MailReply:
    account, health = told.account, told.health
    return MailReply(
        endpoint=told.endpoint.hex,
        host=account.host,
        port=account.port,
        safety=account.safety,
        user=account.user,
        has_password=told.has_password,
        sender=account.sender,
        sender_name=account.sender_name,
        language=Language(account.language),
        sends_tickets=account.sends_tickets,
        is_local=account.is_local,
        has_authority=account.authority is not None,
        state=told.state,
        circuit=told.circuit,
        failures=health.failures,
        failing_since_ms=health.failing_since,
        rests_until_ms=health.open_until,
        last_sent_ms=health.last_sent_at,
        trouble=health.trouble,
    )


def _suppression(each: Suppression) -> SuppressionReply:
    return SuppressionReply(sign=each.sign, shown=each.shown, reason=each.reason, since_ms=each.made_at)

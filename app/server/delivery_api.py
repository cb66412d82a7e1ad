"""The routes of endpoints and of messages: who hears of an event, what waits, what is dead, again or never.

Owns their shapes on HTTP. A secret is told once, in the reply to the request that made it. Every deed on messages says
how many it touched.
"""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Path, Query, Response
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.dead_letters import LOOKED_AFTER, MOST_NAMED, MOST_SHOWN, MOST_WHY, Choice, Letter, Order, Place
from app.ledger.endpoint_book import MOST_TARGET, Circuit, EndpointSummary, EndpointWrong, Secret, shown
from app.net.webhook_target import TargetRefused, TargetRules, checked_target
from app.server.callers import AtEvent, Caller, Callers
from app.server.problems import problem
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState
from core.delivery.mail import MOST_ADDRESS
from core.delivery.message import Channel, MessageState
from core.delivery.news import NewsKind
from core.model.roles import Right
from core.sync.messages import Whole

_HEX = "^[0-9a-f]{32}$"
_PLACE = "^[0-9]{1,15}[.][0-9a-f]{32}$"
_REASON = 80
Id = Annotated[str, Path(pattern=_HEX)]
IdText = Annotated[str, Field(pattern=_HEX)]
Target = Annotated[str, Field(min_length=1, max_length=MOST_TARGET)]
Kinds = Annotated[list[NewsKind], Field(max_length=len(NewsKind))]
Limit = Annotated[int, Query(ge=1, le=MOST_SHOWN)]
Reason = Annotated[str, Field(min_length=1, max_length=_REASON)]


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """Where an event's news should go; of all kinds where none is named."""

    target: Target
    kinds: Kinds = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What is to be otherwise; null stays as it is."""

    target: Target | None = None
    kinds: Kinds | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class SecretReply:
    """A secret (Standard Webhooks), told this once; until `old_until_ms` the one before signs too."""

    id: str
    secret: str = field(repr=False)
    old_until_ms: int | None


@dataclass(frozen=True, slots=True)
class EndpointReply:
    """An endpoint and how it fares. Times are unix milliseconds."""

    id: str
    channel: Channel
    target: str
    kinds: list[NewsKind]
    state: EndpointState
    made_ms: int
    circuit: Circuit
    failures: int
    failing_since_ms: int | None
    rests_until_ms: int | None
    last_sent_ms: int | None
    waiting: int
    dead: int
    old_secret_until_ms: int | None
    trouble: AccountTrouble | None
    """Why its account is refused; what waits leaves by itself when it is taken again."""


@dataclass(frozen=True, slots=True)
class MessageNamed:
    """A message that was put in."""

    message: str


@dataclass(frozen=True, slots=True)
class HeapReply:
    """How many messages of an endpoint are in a state for a reason, and when the oldest of them was made.

    `newest_ms` is when the last of the dead ones died.
    """

    channel: Channel
    endpoint: str | None
    state: MessageState
    reason: str | None
    count: int
    oldest_ms: int
    newest_ms: int | None


@dataclass(frozen=True, slots=True)
class RefusedReply:
    """A channel whose account the other side does not take, and why: all of its messages wait."""

    channel: Channel
    trouble: AccountTrouble


@dataclass(frozen=True, slots=True)
class SummaryReply:
    """All of an event's deliveries at one glance: the channels that anybody uses, how much waits and how much is dead.

    `newest_ms` is when the last of the dead ones died; `refused`, which accounts are not taken.
    """

    channels: list[Channel]
    waiting: int
    dead: int
    newest_ms: int | None
    refused: list[RefusedReply]


@dataclass(frozen=True, slots=True)
class LetterReply:
    """A message in a list. `recipient` is masked: enough to know an address or a token's id again."""

    id: str
    channel: Channel
    kind: str
    endpoint: str | None
    state: MessageState
    reason: str | None
    attempts: int
    most_attempts: int
    due_ms: int
    made_ms: int
    closed_ms: int | None
    recipient: str | None


@dataclass(frozen=True, slots=True)
class AttemptReply:
    """One try: what was asked, without secrets, and what came back."""

    number: int
    started_ms: int
    ended_ms: int | None
    status: str | None
    answer: str | None
    request: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class OpenLetterReply:
    """A message with its body, as it is sent byte for byte, and all its attempts."""

    message: LetterReply
    body: str
    tries: list[AttemptReply]


@dataclass(frozen=True, slots=True)
class ChoiceRequest:
    """Which dead messages: all that is named must hold, and something must be."""

    messages: Annotated[list[IdText], Field(max_length=MOST_NAMED)] = field(default_factory=list)
    endpoint: IdText | None = None
    channel: Channel | None = None
    reason: Reason | None = None
    before_ms: Whole | None = None
    is_trial: bool = False
    """Whether nothing is done, and only said how many it would touch."""


@dataclass(frozen=True, slots=True)
class DiscardRequest(ChoiceRequest):
    """The same, and why they are given up."""

    why: Annotated[str, Field(min_length=1, max_length=MOST_WHY)] = "no reason given"


@dataclass(frozen=True, slots=True)
class Touched:
    """How many messages a deed touched, or would."""

    touched: int


@dataclass(frozen=True, slots=True)
class RecipientRequest:
    """The address that the guest really has."""

    email: Annotated[str, Field(min_length=1, max_length=2 * MOST_ADDRESS)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReaddressedReply:
    """The message that was put in, how many tickets it has, and to whom, masked.

    Where its tickets belong to several orders by now, there are several.
    """

    messages: list[str]
    tickets: int
    recipients: list[str]


class DeliveryApi:
    """The routes over one ledger. `rules`: where webhooks may go."""

    def __init__(self, office: Office, callers: Callers, rules: TargetRules | None = None) -> None:
        self._office = office
        self._endpoints = office.endpoints
        self._letters = office.letters
        self._callers = callers
        self._rules = rules or TargetRules()

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, event = app.add_api_route, "/api/v1/events/{event}"
        every: dict[str, Any] = {"dependencies": self._callers.allow(Right.CHANGE_DELIVERIES)}
        get: dict[str, Any] = {"methods": ["GET"], "dependencies": self._callers.allow(Right.READ_DELIVERIES)}
        post: dict[str, Any] = {"methods": ["POST"], **every}
        whole, one = f"{event}/endpoints", f"{event}/endpoints/{{id}}"
        add(whole, self.list_endpoints, **get, summary="Who hears of the event, and how they fare")
        new: dict[str, Any] = {
            "status_code": 201,
            "response_model": SecretReply,
            "summary": "A new endpoint; its secret is told once",
        }
        add(whole, self.add_endpoint, **post, **new)
        add(one, self.show_endpoint, **get, summary="One endpoint")
        change: dict[str, Any] = {"methods": ["PATCH"], **every, "response_model": EndpointReply}
        add(one, self.change_endpoint, **change, summary="Another target, other kinds; enabled or disabled")
        add(one, self.remove_endpoint, methods=["DELETE"], **every, status_code=204, summary="The endpoint's end")
        add(
            f"{one}/secret",
            self.rotate,
            **post,
            response_model=SecretReply,
            summary="A new secret; the one before counts for a day",
        )
        test: dict[str, Any] = {
            "status_code": 202,
            "response_model": MessageNamed,
            "summary": "A test message to one endpoint",
        }
        add(f"{one}/test", self.test, **post, **test)
        whole = f"{event}/deliveries"
        add(whole, self.list_letters, **get, summary="Messages that are dead, wait, or are on their way")
        add(f"{whole}/counts", self.counts, **get, summary="How many messages wait or are dead, and why")
        add(f"{whole}/summary", self.summary, **get, summary="How it stands with all of them")
        add(f"{whole}/replay", self.replay, **post, summary="Dead messages are sent again")
        add(f"{whole}/discard", self.discard, **post, summary="Dead messages are given up, for a reason")
        other: dict[str, Any] = {
            "response_model": ReaddressedReply,
            "summary": "A dead ticket mail's guest has another address",
        }
        add(f"{whole}/{{id}}/recipient", self.readdress, **post, status_code=202, **other)
        add(f"{whole}/{{id}}", self.show_letter, **get, summary="One message with all its attempts")

    def list_endpoints(self, caller: AtEvent) -> list[EndpointReply]:
        """The oldest first."""
        return [endpoint_reply(each, caller) for each in self._endpoints.list(caller.at)]

    def add_endpoint(self, caller: AtEvent, wanted: EndpointRequest) -> SecretReply | Response:
        """A webhook that hears the event's news from now on, signed with the secret as Standard Webhooks says."""
        try:
            target = str(checked_target(wanted.target, self._rules))
            made = self._endpoints.add(caller.at, Channel.WEBHOOK, target, frozenset(wanted.kinds))
        except (TargetRefused, EndpointWrong) as err:
            return problem(err.key, str(err.details["cause"]))
        return _secret(made)

    def show_endpoint(self, caller: AtEvent, id: Id) -> EndpointReply:  # noqa: A002
        """How it fares now."""
        return endpoint_reply(self._endpoints.show(caller.at, UUID(hex=id)), caller)

    def change_endpoint(self, caller: AtEvent, id: Id, wanted: EndpointChange) -> EndpointReply | Response:  # noqa: A002
        """What is named is set; one that is enabled again, or goes elsewhere, starts without a past."""
        try:
            target = None if wanted.target is None else str(checked_target(wanted.target, self._rules))
            kinds = None if wanted.kinds is None else frozenset(wanted.kinds)
            changed = self._endpoints.change(
                caller.at, UUID(hex=id), target=target, kinds=kinds, is_active=wanted.is_active
            )
        except (TargetRefused, EndpointWrong) as err:
            return problem(err.key, str(err.details["cause"]))
        return endpoint_reply(changed, caller)

    def remove_endpoint(self, caller: AtEvent, id: Id) -> Response:  # noqa: A002
        """What waits for it is canceled; what is dead stays, to be looked at."""
        try:
            self._endpoints.remove(caller.at, UUID(hex=id))
        except EndpointWrong as err:
            return problem(err.key, str(err.details["cause"]))
        return Response(status_code=204)

    def rotate(self, caller: AtEvent, id: Id) -> SecretReply | Response:  # noqa: A002
        """For a day messages carry two signatures."""
        try:
            return _secret(self._endpoints.rotate(caller.at, UUID(hex=id)))
        except EndpointWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def test(self, caller: AtEvent, id: Id) -> MessageNamed | Response:  # noqa: A002
        """Goes before all others, once; what came of it is told with the message."""
        try:
            return MessageNamed(self._endpoints.test(caller.at, UUID(hex=id)).hex)
        except EndpointWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def counts(
        self, caller: AtEvent, state: Annotated[str | None, Query(pattern="^(dead|ready|leased)$")] = None
    ) -> list[HeapReply]:
        """By channel, endpoint, state and reason; of one `state` alone where it is named."""
        states = LOOKED_AFTER if state is None else (MessageState(state),)
        return [
            HeapReply(
                each.channel,
                _hex_or_none(each.endpoint),
                each.state,
                each.reason,
                each.count,
                each.oldest_at,
                each.newest_at if each.state is MessageState.DEAD else None,
            )
            for each in self._letters.heaps(caller.at, states)
        ]

    def summary(self, caller: AtEvent) -> SummaryReply:
        """For whoever asks again and again."""
        told = self._letters.summary(caller.at)
        refused = [RefusedReply(channel, trouble) for channel, trouble in told.refused]
        return SummaryReply(sorted(told.channels), told.waiting, told.dead, told.newest_at, refused)

    def list_letters(
        self,
        caller: AtEvent,
        state: Annotated[str, Query(pattern="^(dead|ready|leased|canceled)$")] = "dead",
        endpoint: Annotated[str | None, Query(pattern=_HEX)] = None,
        channel: Channel | None = None,
        reason: Annotated[str | None, Query(min_length=1, max_length=_REASON)] = None,
        before_ms: Annotated[int | None, Query(ge=0, le=2**53)] = None,
        order: Order = Order.MADE,
        after: Annotated[str | None, Query(pattern=_PLACE)] = None,
        limit: Limit = MOST_SHOWN,
    ) -> list[LetterReply]:
        """In an order: `made`, the oldest first; `died`, what died last first; `due`, what is sent next first.

        `state` is `dead`, `ready` or `leased`; `before_ms`: made before then. `after` goes on behind a message: the
        time that the list is ordered by, a full stop, its id.
        """
        choice = Choice((), UUID(hex=endpoint) if endpoint else None, channel, reason, before_ms)
        place = None if after is None else Place(int(after.partition(".")[0]), UUID(hex=after.partition(".")[2]))
        found = self._letters.list(caller.at, choice, MessageState(state), limit, order=order, after=place)
        return [_letter(each) for each in found]

    def show_letter(self, caller: AtEvent, id: Id) -> OpenLetterReply:  # noqa: A002
        """Whatever its state."""
        told = self._letters.show(caller.at, UUID(hex=id))
        tries = [
            AttemptReply(each.number, each.started_at, each.ended_at, each.status, each.error, _object(each.request))
            for each in told.attempts
        ]
        return OpenLetterReply(_letter(told.letter), told.body, tries)

    def replay(self, caller: AtEvent, wanted: ChoiceRequest) -> Touched:
        """Under their ids, one more attempt each; those of an endpoint that is not enabled stay dead."""
        choice = _choice(wanted)
        if wanted.is_trial:
            return Touched(self._letters.count(caller.at, choice, is_replay=True))
        return Touched(self._letters.replay(caller.at, choice))

    def discard(self, caller: AtEvent, wanted: DiscardRequest) -> Touched:
        """They are kept, and never sent."""
        choice = _choice(wanted)
        if wanted.is_trial:
            return Touched(self._letters.count(caller.at, choice, is_replay=False))
        return Touched(self._letters.discard(caller.at, choice, wanted.why))

    def readdress(self, caller: AtEvent, id: Id, wanted: RecipientRequest) -> ReaddressedReply:  # noqa: A002
        """Its tickets that still have the message's address get this one, and a mail there; the dead one is given up.

        409 `message_not_dead`, `no_ticket_mail`, `address_unchanged`, `address_suppressed`, `nothing_to_readdress`; 422
        `address_wrong`; 404 `message_unknown`, `mail_unset`.
        """
        done = self._office.ticket_mail.readdress(caller.at, UUID(hex=id), wanted.email)
        return ReaddressedReply([each.hex for each in done.messages], done.tickets, list(done.recipients))


def _choice(wanted: ChoiceRequest) -> Choice:
    messages = tuple(UUID(hex=each) for each in wanted.messages)
    endpoint = UUID(hex=wanted.endpoint) if wanted.endpoint else None
    return Choice(messages, endpoint, wanted.channel, wanted.reason, wanted.before_ms)


def endpoint_reply(told: EndpointSummary, caller: Caller) -> EndpointReply:
    """A target's query may be a key to the other side: who may not change it is not told it."""
    health = told.health
    return EndpointReply(
        told.id.hex,
        told.channel,
        told.target if caller.may(Right.CHANGE_DELIVERIES, caller.at) else shown(told.target),
        sorted(told.kinds),
        told.state,
        told.made_at,
        told.circuit,
        health.failures,
        health.failing_since,
        health.open_until,
        health.last_sent_at,
        told.waiting,
        told.dead,
        told.old_secret_until,
        health.trouble,
    )


def _secret(made: Secret) -> SecretReply:
    return SecretReply(made.endpoint.hex, made.text, made.old_until)


def _letter(each: Letter) -> LetterReply:
    return LetterReply(
        each.id.hex,
        each.channel,
        each.kind,
        _hex_or_none(each.endpoint),
        each.state,
        each.reason,
        each.attempts,
        each.max_attempts,
        each.run_at,
        each.made_at,
        each.closed_at,
        each.recipient,
    )


def _hex_or_none(id_: UUID | None) -> str | None:
    return None if id_ is None else id_.hex


def _object(text: str | None) -> dict[str, Any] | None:
    """The request of an attempt; one that was cut is told as the text that it is."""
    if text is None:
        return None
    try:
        told = json.loads(text)
    except ValueError:
        return {"text": text}
    return told if isinstance(told, dict) else {"text": text}

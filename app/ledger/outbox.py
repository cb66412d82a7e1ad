"""Messages in the transaction that gives cause for them.

Owns the writing of the outbox: with what gives cause for it or not at all, once for each key. News of tickets goes to
every webhook that wants it (`Outbox`); any other message to the one recipient that its caller names (`put`). Sends
nothing, and takes nothing out (`app.ledger.deliveries`).
"""

import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, String, bindparam, cast, func, insert, select

from app.ledger.engine import Profile
from app.ledger.schema import endpoints, outbox
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState, message_id, most_attempts
from core.delivery.news import News, NewsKind, wanted
from core.delivery.notice import WAYS
from core.model.ids import EventId, TicketHandle

ACTIVE = EndpointState.ACTIVE.value
TOLD_BEFORE = "told_before_restore"
"""Why a message is canceled from the start: this ledger sent it before it was restored from a backup."""

_EVENT: Any = bindparam("e")
_FIELD, _END = " ", "\n"
"""Between an endpoint's fields, and between two endpoints: neither an id, a channel nor JSON without a break has them
where it would matter."""
ENDPOINTS = (
    select(
        func.aggregate_strings(
            cast(endpoints.c.id, String) + _FIELD + endpoints.c.channel + _FIELD + endpoints.c.kinds, _END
        )
    )
    .where(endpoints.c.event_id == _EVENT, endpoints.c.state == ACTIVE)
    .scalar_subquery()
    .label("ends")
)
"""Who hears of an event, as one text for `endpoints_from`; NULL where nobody does. A webhook is told the news; a mail
account or a push project is no subscriber, but a way by which people get notices.

Read together with the event's policy: a question of its own would be a fifth of what a redemption costs."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an event's news goes; of all kinds where none is named."""

    id: UUID
    channel: Channel
    kinds: frozenset[NewsKind]


@lru_cache(maxsize=64)
def endpoints_from(told: str) -> tuple[Endpoint, ...]:
    """The endpoints of what `ENDPOINTS` told, in the order of their ids."""
    return tuple(sorted(map(_endpoint, told.split(_END)), key=lambda each: each.id))


def _endpoint(line: str) -> Endpoint:
    id_, channel, kinds = line.split(_FIELD, 2)
    return Endpoint(UUID(id_), Channel(channel), kinds_from(kinds))


def add_endpoint(
    connection: Connection,
    event: EventId,
    channel: Channel,
    target: str,
    kinds: frozenset[NewsKind],
    now_ms: int,
    *,
    seal: Callable[[UUID], bytes | None] = lambda _: None,
) -> UUID:
    """Makes an endpoint that hears an event's news from now on; its id. `seal` gives the secret of that id, wrapped."""
    id_ = UUID(bytes=secrets.token_bytes(16), version=4)
    row = {"event_id": event, "id": id_, "channel": channel.value, "target": target, "kinds": kinds_text(kinds)}
    connection.execute(insert(endpoints), row | {"state": ACTIVE, "made_at": now_ms, "secret": seal(id_)})
    return id_


def is_endpoint(event: EventId, id_: UUID) -> ColumnElement[bool]:
    """The row of one endpoint."""
    return (endpoints.c.event_id == event) & (endpoints.c.id == id_)


def kinds_text(kinds: frozenset[NewsKind]) -> str:
    """The kinds that an endpoint hears, as its row has them."""
    return json.dumps(sorted(kind.value for kind in kinds))


def kinds_from(text: str) -> frozenset[NewsKind]:
    """The inverse of `kinds_text`."""
    return frozenset(map(NewsKind, json.loads(text)))


MOST_RECIPIENT = 320
"""Characters: a mail address has no more (RFC 3696, erratum 1690), the id of a push token far fewer."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is no news of a ticket.

    `endpoint` is what may be down as a whole, `recipient` whom it is to reach. `key` tells the message from all others
    of its event: what is put in again under it is not sent again. `body` is JSON of ids and facts, put into words when
    it is sent, so that no secret code lies in the outbox. `due_ms`: not before then, where it is not due at once.
    """

    channel: Channel
    endpoint: UUID
    kind: str
    key: str
    body: str
    recipient: str | None = field(default=None, repr=False)
    due_ms: int | None = None

    def __post_init__(self) -> None:
        if self.recipient is not None and not 0 < len(self.recipient) <= MOST_RECIPIENT:
            raise ValueError("a recipient that is none")


def put(
    connection: Connection, profile: Profile, event: EventId, messages: Sequence[Message], now_ms: int
) -> frozenset[UUID]:
    """Puts messages in, in the open transaction of what gives cause for them; the ids of those that are new.

    An id is `message_id` of the event and the key.
    """
    if not messages:
        return frozenset()
    rows = [_ready(event, each, now_ms) for each in sorted(messages, key=lambda each: each.key)]
    keys = connection.execute(_put_and_tell(profile), rows).scalars()
    return frozenset(message_id(event, key) for key in keys)


def _ready(event: EventId, message: Message, now_ms: int) -> dict[str, Any]:
    return {
        "event_id": event,
        "id": message_id(event, message.key),
        "channel": message.channel.value,
        "kind": message.kind,
        "endpoint": message.endpoint,
        "dedupe_key": message.key,
        "body": message.body,
        "recipient": message.recipient,
        "state": MessageState.READY.value,
        "run_at": now_ms if message.due_ms is None else message.due_ms,
        "attempts": 0,
        "max_attempts": most_attempts(message.channel),
        "made_at": now_ms,
    }


class Outbox:
    """The outbox of one event inside one open transaction."""

    def __init__(
        self, connection: Connection, profile: Profile, event: EventId, ends: tuple[Endpoint, ...], now_ms: int
    ) -> None:
        self._connection = connection
        self._profile = profile
        self._event = event
        self._ends = [each for each in ends if each.channel is Channel.WEBHOOK]
        self.ways = frozenset(each.channel for each in ends) & WAYS
        """The channels by which people may be told of what happens at the event."""
        self.is_heard = bool(self._ends)
        """Whether anybody wants the news of its tickets."""
        self._now_ms = now_ms

    def add(
        self,
        news: Sequence[News],
        is_told: Callable[[News], bool] = lambda _: False,
        *,
        unheard: Collection[TicketHandle] = (),
    ) -> None:
        """Puts the news in for each endpoint that wants it; what was told before is told no more.

        Where `is_told`, the message is kept as canceled: it counts as told, and nobody sends it. Of the `unheard`
        tickets nothing was ever told, as they had no facts: their news is put in without asking what there is.
        """
        if not news:
            return
        first = [each for each in news if each.tid in unheard]
        later = [each for each in news if each.tid not in unheard]
        for endpoint in self._ends:
            self._put_all(endpoint, wanted(first, endpoint.kinds), is_told)
            heard = {_key(endpoint, each): each for each in wanted(later, endpoint.kinds)}
            again = heard.keys() - self._put(endpoint, heard, is_told)
            instead = [otherwise() for key in again if (otherwise := heard[key].otherwise) is not None]
            self._put(endpoint, {_key(endpoint, each): each for each in instead}, is_told)

    def _put_all(self, endpoint: Endpoint, news: Sequence[News], is_told: Callable[[News], bool]) -> None:
        if news:
            rows = [self._row(endpoint, _key(endpoint, each), each, is_told=is_told(each)) for each in news]
            self._connection.execute(_put_new(self._profile), rows)

    def _put(self, endpoint: Endpoint, news: dict[str, News], is_told: Callable[[News], bool]) -> set[str]:
        """The keys of those that are new."""
        if not news:
            return set()
        rows = [self._row(endpoint, key, each, is_told=is_told(each)) for key, each in sorted(news.items())]
        return set(self._connection.execute(_put_and_tell(self._profile), rows).scalars())

    def _row(self, endpoint: Endpoint, key: str, news: News, *, is_told: bool) -> dict[str, Any]:
        state = MessageState.CANCELED if is_told else MessageState.READY
        return {
            "event_id": self._event,
            "id": message_id(self._event, key),
            "channel": endpoint.channel.value,
            "kind": news.kind.value,
            "endpoint": endpoint.id,
            "dedupe_key": key,
            "body": news.body,
            "state": state.value,
            "reason": TOLD_BEFORE if is_told else None,
            "run_at": self._now_ms,
            "attempts": 0,
            "max_attempts": most_attempts(endpoint.channel),
            "made_at": self._now_ms,
            "closed_at": self._now_ms if is_told else None,
        }


@lru_cache
def _put_new(profile: Profile) -> Any:
    """Keeps the messages whose keys are new; made once, for it is in every redemption that somebody hears of."""
    return profile.insert(outbox).on_conflict_do_nothing(index_elements=[outbox.c.event_id, outbox.c.dedupe_key])


@lru_cache
def _put_and_tell(profile: Profile) -> Any:
    """The same, and says which."""
    return _put_new(profile).returning(outbox.c.dedupe_key)


def _key(endpoint: Endpoint, news: News) -> str:
    return f"{endpoint.id.hex}:{news.key}"

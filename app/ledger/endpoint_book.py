"""Who hears of an event's news: the endpoints, their secrets, how they fare, and what a person does to them.

Owns the rows of `endpoints`. A secret is told once, as it is made; in the database it is wrapped, and what reads it is
the sender alone. Whether a target may be reached at all is the caller's question.
"""

import json
import secrets
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import health_of, health_values, is_state
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.outbox import add_endpoint, is_endpoint, kinds_from, kinds_text
from app.ledger.root_keys import unwrap, wrap
from app.ledger.schema import endpoints, outbox
from core.delivery.circuit import EndpointState, Health, Permit, permit_of
from core.delivery.mail import account_of, checked_address
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.news import NewsKind
from core.journal.audit import Deed
from core.model.ids import EventId

MOST_ENDPOINTS = 16
"""Of one event: each of them is a row more in every redemption."""
MOST_TARGET = 2_048
SECRET_BYTES = 32
OVERLAP_MS = 24 * 60 * 60 * 1000
"""How long a secret counts beside the one that came after it: a shop changes its own within a day."""
TEST_KIND = "endpoint.test"
_PREFIX = "whsec_"
_ABOUT = b"doorlight/endpoint-secret"
_COMMANDS = {Channel.EMAIL.value: "mail"}
"""Where a channel's account is set up, if the command is called otherwise."""
_IS_THERE = endpoints.c.state != EndpointState.REMOVED.value


class EndpointUnknown(AppError):
    """The event has no such endpoint."""

    def __init__(self) -> None:
        super().__init__("endpoint_unknown")


class EndpointWrong(AppError):
    """An endpoint can't be like that, or not now: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("endpoint_wrong", cause=cause)


class Circuit(StrEnum):
    """Whether an endpoint is sent to, as a person is told."""

    CLOSED = "closed"  # it is sent to
    OPEN = "open"  # it failed, and is left alone for a while
    HALF_OPEN = "half_open"  # the next message tries it


_CIRCUITS = {Permit.CLOSED: Circuit.CLOSED, Permit.OPEN: Circuit.OPEN, Permit.PROBE: Circuit.HALF_OPEN}


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """An endpoint as a person sees it. No kinds: it hears of all of them."""

    id: UUID
    channel: Channel
    target: str
    kinds: frozenset[NewsKind]
    state: EndpointState
    made_at: int
    health: Health
    circuit: Circuit
    waiting: int
    dead: int
    old_secret_until: int | None


@dataclass(frozen=True, slots=True)
class Secret:
    """A new secret, as Standard Webhooks writes it (`whsec_` and base64), and until when the one before counts too."""

    endpoint: UUID
    text: str = field(repr=False)
    old_until: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes, and what it is signed with: the newest secret first; its channel's own `settings`."""

    target: str
    secrets: tuple[bytes, ...] = field(repr=False)
    settings: str | None = field(default=None, repr=False)


class EndpointBook:
    """The endpoints of all events in one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, events_: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._events = events_
        self._now_ms = now_ms

    def add(self, event: EventId, channel: Channel, target: str, kinds: frozenset[NewsKind]) -> Secret:
        """A new endpoint that hears the event's news from now on. Raises EventUnknown, EndpointWrong."""
        made = secrets.token_bytes(SECRET_BYTES)
        return Secret(self._add(event, channel, target, kinds, made), _text_of(made))

    def add_account(self, event: EventId, channel: Channel, target: str, secret: bytes) -> UUID:
        """A new endpoint with a secret that somebody brings, such as a push project's key; its id.

        It hears no news: people are told through it. The secret is never told again. The same errors.
        """
        return self._add(event, channel, target, frozenset(), secret)

    def renew_account(self, event: EventId, id_: UUID, channel: Channel, target: str, secret: bytes) -> EndpointSummary:
        """The secret of such an endpoint is this one from now on, and it starts without a past.

        Raises EndpointUnknown, EndpointWrong.
        """
        _check_target(target)
        now = self._now_ms()

        def work(connection: Connection) -> None:
            row = self._locked(connection, event, id_, channel)
            fresh = {"target": target, "secret": self._wrap(event, id_, secret), "old_secret": None, "old_until": None}
            anew = health_values(Health(last_sent_at=row.last_sent_at))
            connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(**fresh, **anew))
            note(connection, Deed.ENDPOINT_SECRET_ROTATED, event, id_.hex, now_ms=now, target=shown(target))

        self._database.transact(work)
        return self.show(event, id_)

    def _add(self, event: EventId, channel: Channel, target: str, kinds: frozenset[NewsKind], secret: bytes) -> UUID:
        _check_target(target)
        now = self._now_ms()

        def work(connection: Connection) -> UUID:
            self._events.hold(connection, event)
            mine = (endpoints.c.event_id == event) & _IS_THERE
            if (
                connection.execute(select(func.count()).select_from(endpoints).where(mine)).scalar_one()
                >= MOST_ENDPOINTS
            ):
                raise EndpointWrong(f"an event has {MOST_ENDPOINTS} endpoints at most: remove one first")
            id_ = add_endpoint(
                connection, event, channel, target, kinds, now, seal=lambda id_: self._wrap(event, id_, secret)
            )
            told = {"channel": channel.value, "target": shown(target), "kinds": kinds_text(kinds)}
            note(connection, Deed.ENDPOINT_ADDED, event, id_.hex, now_ms=now, **told)
            return id_

        return self._database.transact(work)

    def list(self, event: EventId) -> Sequence[EndpointSummary]:
        """The event's endpoints, the oldest first, with how they fare. Raises EventUnknown."""
        with self._database.reading() as connection:
            self._events.event(connection, event)
            mine = select(endpoints).where(endpoints.c.event_id == event, _IS_THERE)
            rows = connection.execute(mine.order_by(endpoints.c.made_at, endpoints.c.id)).all()
            counts = _counts(connection, event)
        return [self._summary(row, counts) for row in rows]

    def show(self, event: EventId, id_: UUID) -> EndpointSummary:
        """One of them. Raises EventUnknown, EndpointUnknown."""
        found = next((each for each in self.list(event) if each.id == id_), None)
        if found is None:
            raise EndpointUnknown
        return found

    def change(
        self,
        event: EventId,
        id_: UUID,
        *,
        target: str | None = None,
        kinds: frozenset[NewsKind] | None = None,
        is_active: bool | None = None,
    ) -> EndpointSummary:
        """What is named is set; another target, or an endpoint that is enabled again, starts without a past.

        Raises EndpointUnknown, EndpointWrong.
        """
        if target is not None:
            _check_target(target)
        values: dict[str, Any] = {} if target is None else {"target": target}
        values |= {} if kinds is None else {"kinds": kinds_text(kinds)}
        wanted = Channel.WEBHOOK if values else None
        told = {name: shown(text) if name == "target" else text for name, text in values.items()}
        if is_active is not None:
            state = EndpointState.ACTIVE if is_active else EndpointState.DISABLED
            values |= {"state": state.value}
            told |= {"state": state.value}
        now = self._now_ms()

        def work(connection: Connection) -> None:
            row = self._locked(connection, event, id_, wanted)
            is_fresh = target is not None or (is_active and row.state != EndpointState.ACTIVE)
            anew = health_values(Health(last_sent_at=row.last_sent_at)) if is_fresh else {}
            if values:
                connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(**values, **anew))
                note(connection, Deed.ENDPOINT_CHANGED, event, id_.hex, now_ms=now, **told)

        self._database.transact(work)
        return self.show(event, id_)

    def rotate(self, event: EventId, id_: UUID) -> Secret:
        """A new secret; for a day messages are signed with the one before too. Raises EndpointUnknown, EndpointWrong.

        Of three secrets within a day the oldest ends at once.
        """
        made = secrets.token_bytes(SECRET_BYTES)
        now = self._now_ms()

        def work(connection: Connection) -> int | None:
            row = self._locked(connection, event, id_, Channel.WEBHOOK)
            until = now + OVERLAP_MS if row.secret is not None else None
            fresh: dict[str, Any] = {
                "secret": self._wrap(event, id_, made),
                "old_secret": row.secret,
                "old_until": until,
            }
            if row.trouble is not None:  # the one before did not open here: what waits goes now
                fresh |= health_values(Health(last_sent_at=row.last_sent_at)) | {"old_secret": None, "old_until": None}
                until = None
            connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(fresh))
            note(connection, Deed.ENDPOINT_SECRET_ROTATED, event, id_.hex, now_ms=now)
            return until

        return Secret(id_, _text_of(made), self._database.transact(work))

    def remove(self, event: EventId, id_: UUID, channel: Channel = Channel.WEBHOOK) -> None:
        """Ends an endpoint and its secrets; what waits for it is canceled by the worker.

        Raises EndpointUnknown, EndpointWrong where it is of another channel.
        """
        now = self._now_ms()
        ended = {"state": EndpointState.REMOVED.value, "secret": None, "old_secret": None, "old_until": None}

        def work(connection: Connection) -> None:
            self._locked(connection, event, id_, channel)
            connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(ended))
            note(connection, Deed.ENDPOINT_REMOVED, event, id_.hex, now_ms=now)

        self._database.transact(work)

    def test(self, event: EventId, id_: UUID, to: str | None = None) -> UUID:
        """Puts a test message in front of what waits for an active endpoint; its id.

        It is tried once, and at once where the endpoint rests. A mail account's goes `to` an address, its own without
        any. Raises EndpointUnknown, EndpointWrong.
        """
        now = self._now_ms()

        def work(connection: Connection) -> UUID:
            row = self._locked(connection, event, id_)
            if row.state != EndpointState.ACTIVE:
                raise EndpointWrong("it is not enabled: enable it first")
            message = _test_row(event, id_, Channel(row.channel), now) | _recipient_of_test(row, to)
            connection.execute(insert(outbox), message)
            if row.open_until is not None:
                connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(open_until=now))
            note(connection, Deed.ENDPOINT_TESTED, event, id_.hex, now_ms=now)
            return UUID(bytes=message["id"].bytes)

        return self._database.transact(work)

    def address_of(self, event: EventId, id_: UUID) -> Address | None:
        """Where its messages go; None for an endpoint that is no more. Raises WrappedKeyBroken."""
        with self._database.reading() as connection:
            row = connection.execute(select(endpoints).where(is_endpoint(event, id_), _IS_THERE)).first()
        if row is None:
            return None
        is_overlap = row.old_until is not None and row.old_until > self._now_ms()
        kept = [row.secret, row.old_secret if is_overlap else None]
        opened = tuple(self._unwrap(event, id_, each) for each in kept if each is not None)
        return Address(row.target, opened, row.settings)

    def _locked(self, connection: Connection, event: EventId, id_: UUID, channel: Channel | None = None) -> Any:
        """An endpoint's row, of that channel where one is named: the others' are set up in another place."""
        row = connection.execute(select(endpoints).where(is_endpoint(event, id_), _IS_THERE).with_for_update()).first()
        if row is None:
            raise EndpointUnknown
        if channel is not None and row.channel != channel.value:
            command = _COMMANDS.get(row.channel, row.channel)
            raise EndpointWrong(f"it is of the channel {row.channel}, and set up by itself (`doorlight {command}`)")
        return row

    def _wrap(self, event: EventId, id_: UUID, secret: bytes) -> bytes:
        return seal_secret(self._master, event, id_, secret)

    def _unwrap(self, event: EventId, id_: UUID, wrapped: bytes) -> bytes:
        return open_secret(self._master, event, id_, wrapped)

    def _summary(self, row: Any, counts: Counter[tuple[UUID | None, str]]) -> EndpointSummary:
        now, health = self._now_ms(), health_of(row)
        waits = sum(counts[row.id, state.value] for state in (MessageState.READY, MessageState.LEASED))
        is_overlap = row.old_until is not None and row.old_until > now
        return EndpointSummary(
            row.id,
            Channel(row.channel),
            row.target,
            kinds_from(row.kinds),
            EndpointState(row.state),
            row.made_at,
            health,
            circuit_of(health, now),
            waits,
            counts[row.id, MessageState.DEAD.value],
            row.old_until if is_overlap else None,
        )


def circuit_of(health: Health, now_ms: int) -> Circuit:
    """Whether an endpoint that fares so is sent to."""
    return _CIRCUITS[permit_of(health, now_ms)]


def seal_secret(master: bytes, event: EventId, id_: UUID, secret: bytes) -> bytes:
    """An endpoint's secret as its row has it: opened for that endpoint alone."""
    return wrap(master, secret, _about(event, id_))


def open_secret(master: bytes, event: EventId, id_: UUID, wrapped: bytes) -> bytes:
    """The inverse. Raises WrappedKeyBroken."""
    return unwrap(master, wrapped, _about(event, id_), what=f"endpoint {id_.hex}")


def shown(target: str) -> str:
    """A target without its query, which may hold a secret of the other side."""
    return target.partition("?")[0]


def _about(event: EventId, id_: UUID) -> bytes:
    return _ABOUT + event.bytes + id_.bytes


def _text_of(secret: bytes) -> str:
    return _PREFIX + b64encode(secret).decode()


def _check_target(target: str) -> None:
    if not 0 < len(target) <= MOST_TARGET:
        raise EndpointWrong(f"a target has 1 to {MOST_TARGET} characters")


def _counts(connection: Connection, event: EventId) -> Counter[tuple[UUID | None, str]]:
    """How many messages of each endpoint wait or are dead: counted in the order of the state's own index."""
    found: Counter[tuple[UUID | None, str]] = Counter()
    orders = {MessageState.DEAD: (outbox.c.reason, outbox.c.endpoint)}
    for state in (MessageState.READY, MessageState.LEASED, MessageState.DEAD):
        order = orders.get(state, (outbox.c.endpoint,))
        counted = select(outbox.c.endpoint, func.count().label("n")).where(outbox.c.event_id == event, is_state(state))
        for row in connection.execute(counted.group_by(*order)):
            found[row.endpoint, state.value] += row.n
    return found


def _recipient_of_test(row: Any, to: str | None) -> dict[str, str]:
    """Whom a test is for, where its endpoint reaches many. Raises EndpointWrong."""
    account = account_of(row.settings) if row.channel == Channel.EMAIL.value else None
    if account is None:
        return {}
    address = account.sender if to is None else checked_address(to)
    if address is None:
        raise EndpointWrong("that is no mail address")
    return {"recipient": address}


def _test_row(event: EventId, endpoint: UUID, channel: Channel, now_ms: int) -> dict[str, Any]:
    """A message of an endpoint's own: due before all others, and with one attempt alone."""
    key = f"{endpoint.hex}:test:{secrets.token_hex(16)}"
    at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {"event": event.hex, "endpoint": endpoint.hex}
    return {
        "event_id": event,
        "id": message_id(event, key),
        "channel": channel.value,
        "kind": TEST_KIND,
        "endpoint": endpoint,
        "dedupe_key": key,
        "body": json.dumps({"type": TEST_KIND, "timestamp": at, "data": data}, separators=(",", ":")),
        "state": MessageState.READY.value,
        "run_at": 0,
        "attempts": 0,
        "max_attempts": 1,
        "made_at": now_ms,
    }

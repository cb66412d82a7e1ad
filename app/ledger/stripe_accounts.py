"""Whose Stripe account an event's orders are paid through: its key, the secret of its events, its policies.

Owns the rows of `stripe_accounts`, and the one endpoint of channel `stripe` that goes with each: how the account fares
is its endpoint's health, and the API key is the endpoint's secret. Both secrets are wrapped in the database and told to
nobody again; of the key a person sees its kind and its last four characters, as Stripe's own pages show it.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection, delete, exists, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import health_of, health_values
from app.ledger.endpoint_book import OVERLAP_MS, Circuit, circuit_of, open_secret, seal_secret
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.outbox import add_endpoint, is_endpoint
from app.ledger.root_keys import unwrap, wrap
from app.ledger.schema import endpoints, outbox, stripe_accounts
from core.delivery.circuit import EndpointState, Health
from core.delivery.message import Channel, MessageState
from core.journal.audit import Deed
from core.model.ids import EventId
from core.payment.money import DisputePolicy, PartialRefundPolicy

API_BASE = "https://api.stripe.com"
MOST_SECRET = 255
_SHOWN = 4
_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[A-Za-z0-9]{6,240}", re.ASCII)
_SIGNING = re.compile(r"whsec_[A-Za-z0-9+/=]{6,240}", re.ASCII)
_ABOUT = b"doorlight/stripe-signing-secret"


class StripeUnset(AppError):
    """The event has no Stripe account."""

    def __init__(self) -> None:
        super().__init__("stripe_unset")


class StripeWrong(AppError):
    """A Stripe account can't be like that, or not now: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("stripe_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be otherwise; None stays as it is. An empty `api_base` means Stripe itself again."""

    api_key: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_base: str | None = None
    partial_refund: PartialRefundPolicy | None = None
    dispute: DisputePolicy | None = None


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """An event's account as a person sees it. `key` is its kind and its end, such as `sk_live_…wxyz`."""

    endpoint: UUID
    key: str
    api_base: str | None
    has_signing_secret: bool
    old_signing_until: int | None
    partial_refund: PartialRefundPolicy
    dispute: DisputePolicy
    state: EndpointState
    health: Health
    circuit: Circuit
    changed_at: int

    @property
    def is_live(self) -> bool:
        """Whether real money moves."""
        return "_live_" in self.key


@dataclass(frozen=True, slots=True)
class Policies:
    """What Stripe's news does to tickets."""

    partial_refund: PartialRefundPolicy
    dispute: DisputePolicy


class StripeAccounts:
    """The accounts of all events in one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._book = book
        self._now_ms = now_ms

    def show(self, event: EventId) -> StripeAccount:
        """The event's account. Raises EventUnknown, StripeUnset, WrappedKeyBroken."""
        with self._database.reading() as connection:
            self._book.event(connection, event)
            row = _row(connection, event)
        if row is None:
            raise StripeUnset
        key = open_secret(self._master, event, row.endpoint, row.secret).decode()
        now, health = self._now_ms(), health_of(row)
        is_overlap = row.old_until is not None and row.old_until > now
        return StripeAccount(
            endpoint=row.endpoint,
            key=_shown(key),
            api_base=row.api_base,
            has_signing_secret=row.signing_secret is not None,
            old_signing_until=row.old_until if is_overlap else None,
            partial_refund=PartialRefundPolicy(row.partial_refund),
            dispute=DisputePolicy(row.dispute),
            state=EndpointState(row.state),
            health=health,
            circuit=circuit_of(health, now),
            changed_at=row.changed_at,
        )

    def set(self, event: EventId, wanted: Wanted) -> StripeAccount:
        """Makes the event's account, or changes it; with another key it starts without a past.

        A new signing secret counts beside the one before for a day. Raises EventUnknown, StripeWrong.
        """
        _check(wanted)

        def work(connection: Connection) -> None:
            self._book.hold(connection, event)
            if _row(connection, event) is None:
                self._make(connection, event, wanted)
            else:
                self._change(connection, event, wanted)

        self._database.transact(work)
        return self.show(event)

    def remove(self, event: EventId) -> None:
        """Ends the account's use here. Raises EventUnknown, StripeUnset; StripeWrong while something waits for it."""

        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            row = _row(connection, event)
            if row is None:
                raise StripeUnset
            if connection.execute(select(_waits(event, row.endpoint))).scalar_one():
                raise StripeWrong("something waits for it: `doorlight delivery list --state ready` shows it")
            connection.execute(delete(stripe_accounts).where(stripe_accounts.c.event_id == event))
            ended = {"state": EndpointState.REMOVED.value, "secret": None}
            connection.execute(update(endpoints).where(is_endpoint(event, row.endpoint)).values(ended))
            note(connection, Deed.STRIPE_REMOVED, event, row.endpoint.hex, now_ms=self._now_ms())

        self._database.transact(work)

    def signing_secrets(self, event: EventId) -> tuple[str, ...]:
        """The secrets that sign the account's events (`whsec_…`), the newest first; none where none was set.

        Raises WrappedKeyBroken.
        """
        with self._database.reading() as connection:
            row = _row(connection, event)
        if row is None:
            return ()
        is_overlap = row.old_until is not None and row.old_until > self._now_ms()
        kept = (row.signing_secret, row.old_signing_secret if is_overlap else None)
        return tuple(
            unwrap(self._master, each, _ABOUT + event.bytes, what="stripe signing secret").decode()
            for each in kept
            if each is not None
        )

    def policies(self, connection: Connection, event: EventId) -> Policies | None:
        """What the event does at Stripe's news; None without an account."""
        row = _row(connection, event)
        if row is None:
            return None
        return Policies(PartialRefundPolicy(row.partial_refund), DisputePolicy(row.dispute))

    def _make(self, connection: Connection, event: EventId, wanted: Wanted) -> None:
        key, now = wanted.api_key, self._now_ms()
        if key is None:
            raise StripeWrong("it has no API key yet: say one")
        target, kinds = wanted.api_base or API_BASE, frozenset[Any]()
        before = select(endpoints.c.id).where(
            endpoints.c.event_id == event, endpoints.c.channel == Channel.STRIPE.value
        )
        id_ = connection.execute(before.limit(1)).scalar()
        if id_ is None:
            id_ = add_endpoint(connection, event, Channel.STRIPE, target, kinds, now)
        self._set_key(connection, event, id_, key, target)
        row = {
            "event_id": event,
            "endpoint": id_,
            "api_base": wanted.api_base or None,
            "signing_secret": self._wrapped(event, wanted.signing_secret),
            "partial_refund": (wanted.partial_refund or PartialRefundPolicy.KEEP).value,
            "dispute": (wanted.dispute or DisputePolicy.CANCEL).value,
            "made_at": now,
            "changed_at": now,
        }
        connection.execute(stripe_accounts.insert(), row)
        self._note(connection, event, id_, wanted)

    def _change(self, connection: Connection, event: EventId, wanted: Wanted) -> None:
        now, row = self._now_ms(), _row(connection, event)
        values: dict[str, Any] = {"changed_at": now}
        if wanted.signing_secret is not None:
            values |= {"signing_secret": self._wrapped(event, wanted.signing_secret)}
            values |= {"old_signing_secret": row.signing_secret, "old_until": now + OVERLAP_MS}
        values |= {} if wanted.api_base is None else {"api_base": wanted.api_base or None}
        values |= {} if wanted.partial_refund is None else {"partial_refund": wanted.partial_refund.value}
        values |= {} if wanted.dispute is None else {"dispute": wanted.dispute.value}
        mine = stripe_accounts.c.event_id == event
        connection.execute(update(stripe_accounts).where(mine).values(values))
        if wanted.api_key is not None or wanted.api_base is not None:
            target = (row.api_base if wanted.api_base is None else wanted.api_base) or API_BASE
            self._set_key(connection, event, row.endpoint, wanted.api_key, target)
        self._note(connection, event, row.endpoint, wanted)

    def _set_key(self, connection: Connection, event: EventId, id_: UUID, key: str | None, target: str) -> None:
        """Another key or place: whatever was with the one before is over."""
        values: dict[str, Any] = {"target": target, "state": EndpointState.ACTIVE.value, **health_values(Health())}
        values |= {} if key is None else {"secret": seal_secret(self._master, event, id_, key.encode())}
        connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(values))

    def _wrapped(self, event: EventId, secret: str | None) -> bytes | None:
        return None if secret is None else wrap(self._master, secret.encode(), _ABOUT + event.bytes)

    def _note(self, connection: Connection, event: EventId, id_: UUID, wanted: Wanted) -> None:
        """That secrets were set, never which; policies by their names."""
        told: dict[str, Any] = {"api_key": "set"} if wanted.api_key is not None else {}
        told |= {"signing_secret": "set"} if wanted.signing_secret is not None else {}
        told |= {"api_base": wanted.api_base} if wanted.api_base is not None else {}
        told |= {"partial_refund": wanted.partial_refund.value} if wanted.partial_refund is not None else {}
        told |= {"dispute": wanted.dispute.value} if wanted.dispute is not None else {}
        note(connection, Deed.STRIPE_SET, event, id_.hex, now_ms=self._now_ms(), **told)


def _row(connection: Connection, event: EventId) -> Any:
    """An account with its endpoint's columns, or None."""
    both = (endpoints.c.event_id == stripe_accounts.c.event_id) & (endpoints.c.id == stripe_accounts.c.endpoint)
    wanted = select(
        stripe_accounts,
        endpoints.c.secret,
        endpoints.c.state,
        endpoints.c.failures,
        endpoints.c.failing_since,
        endpoints.c.open_until,
        endpoints.c.last_sent_at,
        endpoints.c.trouble,
    ).join(endpoints, both)
    return connection.execute(wanted.where(stripe_accounts.c.event_id == event)).first()


def _waits(event: EventId, endpoint: UUID) -> Any:
    open_ = [MessageState.READY.value, MessageState.LEASED.value]
    return exists().where(outbox.c.event_id == event, outbox.c.endpoint == endpoint, outbox.c.state.in_(open_))


def _shown(key: str) -> str:
    kind = "_".join(key.split("_", 2)[:2])
    return f"{kind}_…{key[-_SHOWN:]}"


def _check(wanted: Wanted) -> None:
    """Raises StripeWrong; what is wrong is never quoted."""
    if wanted.api_key is not None and not _KEY.fullmatch(wanted.api_key):
        raise StripeWrong("an API key begins with sk_test_, sk_live_, rk_test_ or rk_live_")
    if wanted.signing_secret is not None and not _SIGNING.fullmatch(wanted.signing_secret):
        raise StripeWrong("a signing secret begins with whsec_")
    if wanted.api_base and not is_loopback_base(wanted.api_base):
        raise StripeWrong("another server than Stripe's is for development, on this computer: http://127.0.0.1:PORT")


def is_loopback_base(text: str) -> bool:
    """Whether that is the address of a server on this computer: money's key goes to Stripe, or stays here."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    is_bare = not parts.path.strip("/") and not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in {"http", "https"} and is_bare and is_here and (port is None or port > 0)

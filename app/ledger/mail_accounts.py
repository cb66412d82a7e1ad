"""The mail account of an event: where its mail is handed in, in whose name, and whether guests get their tickets by it.

Owns the one endpoint of channel `email` that an event may have: the account is its `settings`, the password its secret,
wrapped in the database and told to nobody again. How the account fares is its endpoint's health.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import health_of, health_values
from app.ledger.endpoint_book import Circuit, circuit_of, seal_secret
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.outbox import add_endpoint, is_endpoint
from app.ledger.schema import endpoints
from core.delivery.circuit import EndpointState, Health
from core.delivery.mail import MailAccount, account_of, flaw_of, stored
from core.delivery.message import Channel
from core.journal.audit import Deed
from core.model.ids import EventId
from core.model.settings import Language

MOST_PASSWORD = 512


class MailUnset(AppError):
    """The event has no mail account."""

    def __init__(self) -> None:
        super().__init__("mail_unset")


class MailWrong(AppError):
    """A mail account can't be like that: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("mail_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class MailStanding:
    """An event's mail account and how it fares."""

    endpoint: UUID
    account: MailAccount
    has_password: bool
    state: EndpointState
    health: Health
    circuit: Circuit


class MailAccounts:
    """The mail accounts of all events in one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._book = book
        self._now_ms = now_ms

    def show(self, event: EventId) -> MailStanding:
        """The event's account. Raises EventUnknown, MailUnset."""
        with self._database.reading() as connection:
            self._book.event(connection, event)
            row = _row(connection, event)
        account = None if row is None else account_of(row.settings)
        if row is None or account is None:
            raise MailUnset
        health = health_of(row)
        state, circuit = EndpointState(row.state), circuit_of(health, self._now_ms())
        return MailStanding(row.id, account, row.secret is not None, state, health, circuit)

    def set(self, event: EventId, account: MailAccount, password: str | None = None) -> MailStanding:
        """Makes the event's account, or puts another in its place; it starts without a past.

        Without a `password` the one before counts on, unless the user or the host is another's. Raises EventUnknown,
        MailWrong.
        """
        _check(account, password)

        def work(connection: Connection) -> None:
            self._book.hold(connection, event)
            row, now = _row(connection, event), self._now_ms()
            id_ = row.id if row is not None else _add(connection, event, account, now)
            before = None if row is None else account_of(row.settings)
            is_same = before is not None and (before.host, before.user) == (account.host, account.user)
            kept = row.secret if row is not None and is_same and account.user else None
            secret = kept if password is None else seal_secret(self._master, event, id_, password.encode())
            if account.user and secret is None:
                raise MailWrong("a user without a password: say it too")
            values = {"target": account.target, "settings": stored(account), "secret": secret}
            anew = health_values(Health()) | {"state": EndpointState.ACTIVE.value}
            connection.execute(update(endpoints).where(is_endpoint(event, id_)).values(**values, **anew))
            told = {"server": account.target, "sender": account.sender, "tickets": str(account.sends_tickets).lower()}
            note(connection, Deed.MAIL_SET, event, id_.hex, now_ms=now, **told)

        self._database.transact(work)
        return self.show(event)

    def remove(self, event: EventId) -> None:
        """Ends the account; what waits for it is canceled by the worker. Raises EventUnknown, MailUnset."""

        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            row = _row(connection, event)
            if row is None:
                raise MailUnset
            ended = {"state": EndpointState.REMOVED.value, "secret": None, "settings": None}
            connection.execute(update(endpoints).where(is_endpoint(event, row.id)).values(ended))
            note(connection, Deed.MAIL_REMOVED, event, row.id.hex, now_ms=self._now_ms())

        self._database.transact(work)


def active_account(connection: Connection, event: EventId) -> tuple[UUID, MailAccount] | None:
    """The event's account in an open transaction, where it is enabled."""
    row = _row(connection, event)
    account = None if row is None or row.state != EndpointState.ACTIVE.value else account_of(row.settings)
    return None if row is None or account is None else (row.id, account)


def _check(account: MailAccount, password: str | None) -> None:
    flaw = flaw_of(account)
    if flaw is None and account.language not in set(Language):
        flaw = f"its language is one of {', '.join(Language)}"
    if flaw is None and password is not None and not (0 < len(password) <= MOST_PASSWORD and password.isprintable()):
        flaw = f"a password has 1 to {MOST_PASSWORD} characters of one line"
    if flaw is not None:
        raise MailWrong(flaw)


def _add(connection: Connection, event: EventId, account: MailAccount, now_ms: int) -> UUID:
    return add_endpoint(connection, event, Channel.EMAIL, account.target, frozenset(), now_ms)


def _row(connection: Connection, event: EventId) -> Any:
    mine = (endpoints.c.event_id == event) & (endpoints.c.channel == Channel.EMAIL.value)
    there = endpoints.c.state != EndpointState.REMOVED.value
    return connection.execute(select(endpoints).where(mine, there).order_by(endpoints.c.made_at).limit(1)).first()

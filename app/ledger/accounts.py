"""Accounts of people: how they come, what they may do, how they go.

Owns the tables `accounts` and `account_roles`, but for the log-in (`sessions`). Whether the caller may do any of it is
decided before (`core.model.roles`); that somebody stays who can run the installation is looked after here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.new_devices import hashed, new_id
from app.ledger.passwords import Passwords, one_time_password
from app.ledger.schema import NO_EVENT, account_roles, accounts, events, installation, log_in_tries, sessions
from core.delivery.mail import checked_address
from core.journal.audit import Deed
from core.model.accounts import account_name
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Role, Roles

FIRST_OWNER = "owner"
ONE_TIME_MS = 72 * 60 * 60 * 1000
"""How long a password that the program chose is good for: a server set up on Friday is used on Sunday."""


class AccountUnknown(AppError):
    """There is no such account."""

    def __init__(self, name: str) -> None:
        super().__init__("account_unknown", name=name[:64])


class AccountNameWrong(AppError):
    """What can't be an account's name."""

    def __init__(self) -> None:
        super().__init__("account_name_wrong")


class AccountNameTaken(AppError):
    """There is an account of this name."""

    def __init__(self, name: str) -> None:
        super().__init__("account_name_taken", name=name)


class AccountEmailWrong(AppError):
    """What no mail can be sent to."""

    def __init__(self) -> None:
        super().__init__("account_email_wrong")


class LastOwner(AppError):
    """Without this account, or this role of it, nobody could run the installation any more."""

    def __init__(self, name: str) -> None:
        super().__init__("last_owner", name=name)


class RoleEventUnknown(AppError):
    """A role for an event that is not there."""

    def __init__(self, event: EventId) -> None:
        super().__init__("event_unknown", event=event.hex)


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """What the program chose for an account, said once: it is good for one log-in, at which another is chosen."""

    name: str
    password: str = field(repr=False)
    until_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the organizer sees it."""

    id: UUID
    name: str
    is_active: bool
    is_one_time: bool
    made_at_ms: int
    roles: Roles
    email: str | None = field(default=None, repr=False)


class Accounts:
    """The accounts of one database. Safe between threads."""

    def __init__(
        self, database: Database, passwords: Passwords, now_ms: Callable[[], int], forget: Callable[[], None]
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._now_ms = now_ms
        self._forget = forget

    def first_owner(self) -> OneTimePassword | None:
        """The owner of a new installation, with a one-time password; None where there is an account already.

        Of several that start at once, one makes it.
        """
        with self._database.reading() as connection:
            if _any_account(connection):
                return None
        chosen, record = self._chosen(FIRST_OWNER)

        def work(connection: Connection) -> bool:
            _take_turn(connection)
            if _any_account(connection):
                return False
            account = self._insert(connection, chosen, record)
            self._set_role(connection, account, INSTALLATION, Role.OWNER)
            audit.note(connection, Deed.OWNER_MADE, INSTALLATION, FIRST_OWNER, now_ms=self._now_ms())
            return True

        return chosen if self._database.transact(work) else None

    def add(self, name: str, role: Role | None = None, event: EventId = INSTALLATION) -> OneTimePassword:
        """A new account, with a role for an event or the installation where one is given.

        Raises AccountNameWrong, AccountNameTaken, EventUnknown.
        """
        chosen, record = self._chosen(_checked(name))

        def work(connection: Connection) -> None:
            _take_turn(connection)
            if connection.execute(select(accounts.c.id).where(_named(chosen.name))).first() is not None:
                raise AccountNameTaken(chosen.name)
            account = self._insert(connection, chosen, record)
            if role is not None:
                _check_event(connection, event)
                self._set_role(connection, account, event, role)
            now = self._now_ms()
            if role is not None and event != INSTALLATION:
                audit.note(connection, Deed.ROLE_GIVEN, event, chosen.name, now_ms=now, role=role.value)
            at_all = role.value if role is not None and event == INSTALLATION else None
            audit.note(connection, Deed.ACCOUNT_MADE, INSTALLATION, chosen.name, now_ms=now, role=at_all)

        self._database.transact(work)
        return chosen

    def list(self) -> Sequence[Account]:
        """All accounts by their names."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(accounts).where(accounts.c.event_id == NO_EVENT).order_by(accounts.c.name)
            ).all()
            held = roles_of(connection, [row.id for row in rows])
        return [_account(row, held[row.id]) for row in rows]

    def show(self, name: str) -> Account:
        """One account. Raises AccountUnknown."""
        with self._database.reading() as connection:
            row = _row(connection, name)
            return _account(row, roles_of(connection, [row.id])[row.id])

    def reset_password(self, name: str) -> OneTimePassword:
        """A one-time password in the place of a forgotten one; every session of the account ends.

        Raises AccountUnknown.
        """
        chosen, record = self._chosen(_checked(name))
        fresh = {"password": record, "is_one_time": True, "password_until": chosen.until_ms}
        self._change(name, Deed.PASSWORD_RESET, fresh)
        return chosen

    def disable(self, name: str) -> None:
        """Ends an account's rights and sessions; its name stays taken. Raises AccountUnknown, LastOwner."""
        self._change(name, Deed.ACCOUNT_DISABLED, {"is_active": False})

    def enable(self, name: str) -> None:
        """Lets a disabled account log in again, with the roles that it had. Raises AccountUnknown."""
        self._change(name, Deed.ACCOUNT_ENABLED, {"is_active": True})

    def set_email(self, name: str, email: str | None) -> None:
        """Where an account gets notices by mail; None: nowhere. Raises AccountUnknown, AccountEmailWrong."""
        kept = None if email is None else checked_address(email)
        if email is not None and kept is None:
            raise AccountEmailWrong

        def work(connection: Connection) -> None:
            row = _row(connection, name)
            if row.email == kept:
                return
            connection.execute(update(accounts).where(_named(row.name)).values(email=kept))
            told = "set" if kept else "none"
            audit.note(connection, Deed.ACCOUNT_ADDRESSED, INSTALLATION, row.name, now_ms=self._now_ms(), email=told)

        self._database.transact(work)

    def give_role(self, name: str, role: Role, event: EventId = INSTALLATION) -> None:
        """Gives an account its one role for an event or the installation, in the place of another it had there.

        Raises AccountUnknown, EventUnknown, LastOwner.
        """

        def work(connection: Connection) -> None:
            _take_turn(connection)
            _check_event(connection, event)
            row = _row(connection, name)
            with _owner_stays(connection, row.name):
                self._set_role(connection, row.id, event, role)
            audit.note(connection, Deed.ROLE_GIVEN, event, row.name, now_ms=self._now_ms(), role=role.value)

        self._database.transact(work)
        self._forget()

    def take_role(self, name: str, event: EventId = INSTALLATION) -> None:
        """Takes an account's role for an event or the installation; nothing where it has none there.

        Raises AccountUnknown, LastOwner.
        """

        def work(connection: Connection) -> None:
            _take_turn(connection)
            row = _row(connection, name)
            mine = (account_roles.c.event_id == NO_EVENT) & (account_roles.c.account == row.id)
            there = mine & (account_roles.c.of_event == event)
            with _owner_stays(connection, row.name):
                taken = connection.execute(delete(account_roles).where(there)).rowcount
            if taken == 0:
                return
            audit.note(connection, Deed.ROLE_TAKEN, event, row.name, now_ms=self._now_ms())

        self._database.transact(work)
        self._forget()

    def _change(self, name: str, deed: Deed, values: dict[str, Any]) -> None:
        """A change after which the account's sessions are over."""

        def work(connection: Connection) -> None:
            _take_turn(connection)
            row = _row(connection, name)
            with _owner_stays(connection, row.name):
                connection.execute(update(accounts).where(_named(row.name)).values(values))
            end_sessions(connection, row.id)
            forgive(connection, row.name)
            audit.note(connection, deed, INSTALLATION, row.name, now_ms=self._now_ms())

        self._database.transact(work)
        self._forget()

    def _chosen(self, name: str) -> tuple[OneTimePassword, str]:
        password = one_time_password()
        return OneTimePassword(name, password, self._now_ms() + ONE_TIME_MS), self._passwords.record(password)

    def _insert(self, connection: Connection, chosen: OneTimePassword, record: str) -> UUID:
        account = new_id()
        row = {
            "event_id": NO_EVENT,
            "id": account,
            "name": chosen.name,
            "password": record,
            "is_one_time": True,
            "password_until": chosen.until_ms,
            "is_active": True,
            "made_at": self._now_ms(),
        }
        connection.execute(insert(accounts), row)
        return account

    def _set_role(self, connection: Connection, account: UUID, event: EventId, role: Role) -> None:
        row = {"event_id": NO_EVENT, "account": account, "of_event": event, "role": role.value}
        put = self._database.profile.insert(account_roles)
        again = {"role": put.excluded.role, "given_at": put.excluded.given_at}
        key = ["event_id", "account", "of_event"]
        values = row | {"given_at": self._now_ms()}
        connection.execute(put.on_conflict_do_update(index_elements=key, set_=again), values)


def roles_of(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Roles]:
    """What each account is, wherever it is something."""
    held: dict[UUID, dict[EventId, Role]] = {id_: {} for id_ in ids}
    theirs = (account_roles.c.event_id == NO_EVENT) & account_roles.c.account.in_(held)
    for row in connection.execute(select(account_roles).where(theirs)):
        held[row.account][EventId(row.of_event)] = Role(row.role)
    return {id_: Roles(roles) for id_, roles in held.items()}


def end_sessions(connection: Connection, account: UUID) -> None:
    """Logs an account out everywhere, in an open transaction."""
    connection.execute(delete(sessions).where(sessions.c.event_id == NO_EVENT, sessions.c.account == account))


def forgive(connection: Connection, name: str) -> None:
    """Forgets the wrong tries at a name, in an open transaction."""
    tried = (log_in_tries.c.event_id == NO_EVENT) & (log_in_tries.c.name_sha256 == hashed(name))
    connection.execute(delete(log_in_tries).where(tried))


def _named(name: str) -> Any:
    return (accounts.c.event_id == NO_EVENT) & (accounts.c.name == name)


def _row(connection: Connection, name: str) -> Any:
    row = connection.execute(select(accounts).where(_named(account_name(name) or ""))).one_or_none()
    if row is None:
        raise AccountUnknown(name)
    return row


def _account(row: Any, roles: Roles) -> Account:
    return Account(row.id, row.name, row.is_active, row.is_one_time, row.made_at, roles, row.email)


def _checked(name: str) -> str:
    found = account_name(name)
    if found is None:
        raise AccountNameWrong
    return found


def _take_turn(connection: Connection) -> None:
    """Changes of accounts come one after another: two owners who disable each other would leave none."""
    connection.execute(select(installation.c.epoch).where(installation.c.event_id == NO_EVENT).with_for_update())


def _any_account(connection: Connection) -> bool:
    found = select(accounts.c.id).where(accounts.c.event_id == NO_EVENT).limit(1)
    return connection.execute(found).first() is not None


def _check_event(connection: Connection, event: EventId) -> None:
    if event == INSTALLATION:
        return
    if connection.execute(select(events.c.event_id).where(events.c.event_id == event)).first() is None:
        raise RoleEventUnknown(event)


@contextmanager
def _owner_stays(connection: Connection, name: str) -> Iterator[None]:
    """A change after which there is an owner, if there was one before. Raises LastOwner."""
    had_one = _any_owner(connection)
    yield
    if had_one and not _any_owner(connection):
        raise LastOwner(name)


def _any_owner(connection: Connection) -> bool:
    owners = (
        select(accounts.c.id)
        .join(
            account_roles,
            (account_roles.c.event_id == accounts.c.event_id) & (account_roles.c.account == accounts.c.id),
        )
        .where(
            accounts.c.event_id == NO_EVENT,
            account_roles.c.of_event == INSTALLATION,
            accounts.c.is_active,
            account_roles.c.role == Role.OWNER.value,
        )
    )
    return connection.execute(owners.limit(1)).first() is not None

"""The log-in: who a person is, for how long, and how often somebody may guess.

Owns the tables `sessions` and `log_in_tries`. A session's token is random and kept as SHA-256 alone. Whoever guesses
learns nothing but that it was wrong: an unknown name takes as long as a known one, and is refused after as many tries.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.accounts import end_sessions, forgive, roles_of
from app.ledger.credentials import TRUST_MS, CredentialsWrong
from app.ledger.engine import Database
from app.ledger.new_devices import hashed, new_secret
from app.ledger.passwords import Passwords
from app.ledger.push_book import forget_session
from app.ledger.schema import NO_EVENT, accounts, log_in_tries, sessions
from core.journal.audit import Deed
from core.model.accounts import PasswordFlaw, account_name, password_flaw
from core.model.roles import INSTALLATION, Roles
from core.ticket.seal import has_todays_costs

SESSION_PREFIX = "dls_"
"""What a session's token begins with, so that it is known where it turns up."""
IDLE_MS = 2 * 60 * 60 * 1000
"""How long a session may rest: a lunch, and not a night."""
LONGEST_MS = 16 * 60 * 60 * 1000
"""How long a session lasts at most: from the set-up of a long evening to its settlement."""
SEEN_EVERY_MS = 60_000
"""How often a session's last use is written down."""
MOST_TRIES = 10
TRIES_WITHIN_MS = 15 * 60 * 1000
"""Ten tries in a quarter of an hour: a million guesses take three years, and who forgot waits for a coffee."""
MOST_SESSIONS = 20
"""Sessions of one account at once; the oldest makes room."""


class LogInWrong(AppError):
    """The name or the password is wrong, or the account is disabled: nobody is told which."""

    def __init__(self) -> None:
        super().__init__("log_in_wrong")


class TooManyTries(AppError):
    """Too many wrong tries at this name."""

    def __init__(self) -> None:
        super().__init__("too_many_tries")


class PasswordOver(AppError):
    """The one-time password was right, and is too old."""

    def __init__(self) -> None:
        super().__init__("password_over")


class PasswordUnfit(AppError):
    """The new password can't be taken; `flaw` is a PasswordFlaw."""

    def __init__(self, flaw: PasswordFlaw) -> None:
        super().__init__("password_unfit", flaw=flaw.value)
        self.flaw = flaw


class CredentialsOver(AppError):
    """A session or an API key that was good, and is over or was revoked."""

    def __init__(self) -> None:
        super().__init__("credentials_over")


@dataclass(frozen=True, slots=True)
class Person:
    """An account that logged in. `must_change`: its password was chosen by the program, and opens nothing else."""

    id: UUID
    name: str
    roles: Roles
    must_change: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session's token, said once, and when it ends at the latest."""

    token: str = field(repr=False)
    ends_at_ms: int
    must_change: bool


@dataclass(frozen=True, slots=True)
class _Proven:
    person: Person
    at_ms: int

    def holds_at(self, now_ms: int) -> bool:
        return 0 <= now_ms - self.at_ms < TRUST_MS


class Sessions:
    """The sessions of one database. Safe between threads."""

    def __init__(self, database: Database, passwords: Passwords, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._passwords = passwords
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._proven: dict[bytes, _Proven] = {}

    # --- who calls ------------------------------------------------------------------------------------------------

    def proven(self, token: str) -> Person | None:
        """Whose token passed within the last second, or None; asks no database."""
        known = self._proven.get(hashed(token))
        return known.person if known is not None and known.holds_at(self._now_ms()) else None

    def prove(self, token: str) -> Person:
        """The person of a session, with the roles of this second. Raises CredentialsWrong, CredentialsOver."""
        known = self.proven(token)
        if known is not None:
            return known
        now = self._now_ms()
        with self._database.reading() as connection:
            row = _session(connection, hashed(token))
            roles = roles_of(connection, [row.account])[row.account]
        if _is_over(row, now) or not row.is_active:
            raise CredentialsOver
        if now - row.seen_at >= SEEN_EVERY_MS:
            self._see(hashed(token), now)
        person = Person(row.account, row.name, roles, row.is_one_time)
        with self._lock:
            self._proven = {key: value for key, value in self._proven.items() if value.holds_at(now)}
            self._proven[hashed(token)] = _Proven(person, now)
        return person

    def forget(self) -> None:
        """Takes nothing at its word any more that was proven before."""
        with self._lock:
            self._proven = {}

    # --- in and out -----------------------------------------------------------------------------------------------

    def log_in(self, name: str, password: str) -> NewSession:
        """A session for whoever knows the password. Raises LogInWrong, TooManyTries, PasswordOver, LedgerBusy."""
        typed = account_name(name) or name[:64]
        self._take_try(typed)
        row = self._account(typed)
        if not self._passwords.is_it(password, None if row is None or not row.is_active else row.password):
            self._refuse(typed, row)
        assert row is not None, "nobody's password is never it"  # noqa: S101 — for the type checker
        if row.password_until is not None and row.password_until <= self._now_ms():
            raise PasswordOver
        anew = row.password if has_todays_costs(row.password) else self._passwords.record(password)
        return self._database.transact(lambda connection: self._open(connection, row, anew))

    def log_out(self, token: str) -> None:
        """Ends a session, and what its telephone is told; nothing where it has ended."""

        def work(connection: Connection) -> None:
            row = connection.execute(_found(hashed(token))).one_or_none()
            if row is None:
                return
            connection.execute(delete(sessions).where(_token(hashed(token))))
            forget_session(connection, hashed(token))
            audit.note(connection, Deed.LOGGED_OUT, INSTALLATION, row.name, now_ms=self._now_ms())

        self._database.transact(work)
        self.forget()

    def change_password(self, person: Person, old: str, new: str) -> NewSession:
        """Another password, for who knows the old one; every session ends, and a new one begins.

        Raises LogInWrong, TooManyTries, PasswordUnfit, LedgerBusy.
        """
        flaw = password_flaw(new, name=person.name, old=old)
        if flaw is not None:
            raise PasswordUnfit(flaw)
        self._take_try(person.name)
        row = self._account(person.name)
        if row is None or not self._passwords.is_it(old, row.password if row.is_active else None):
            self._refuse(person.name, row)
        record = self._passwords.record(new)

        def work(connection: Connection) -> NewSession:
            fresh = {"password": record, "is_one_time": False, "password_until": None}
            mine = (accounts.c.event_id == NO_EVENT) & (accounts.c.id == person.id)
            still = accounts.c.password == row.password
            if connection.execute(update(accounts).where(mine, still).values(fresh)).rowcount == 0:
                raise LogInWrong  # somebody else changed it meanwhile
            end_sessions(connection, person.id)
            opened = self._begin(connection, person.id, must_change=False)
            forgive(connection, person.name)
            audit.note(connection, Deed.PASSWORD_CHANGED, INSTALLATION, person.name, now_ms=self._now_ms())
            return opened

        opened = self._database.transact(work)
        self.forget()
        return opened

    # --- steps ----------------------------------------------------------------------------------------------------

    def _account(self, name: str) -> Any:
        with self._database.reading() as connection:
            return connection.execute(select(accounts).where(_account_named(name))).one_or_none()

    def _open(self, connection: Connection, row: Any, record: str) -> NewSession:
        """Begins a session, if the account is still the one whose password was compared."""
        mine = (accounts.c.event_id == NO_EVENT) & (accounts.c.id == row.id)
        still = mine & (accounts.c.password == row.password) & accounts.c.is_active
        if connection.execute(update(accounts).where(still).values(password=record)).rowcount == 0:
            raise LogInWrong
        opened = self._begin(connection, row.id, must_change=row.is_one_time)
        forgive(connection, row.name)
        audit.note(connection, Deed.LOGGED_IN, INSTALLATION, row.name, now_ms=self._now_ms())
        return opened

    def _begin(self, connection: Connection, account: UUID, *, must_change: bool) -> NewSession:
        """A new session; those that are over go, and the oldest of too many."""
        now, token = self._now_ms(), SESSION_PREFIX + new_secret()
        is_over = (sessions.c.ends_at <= now) | (sessions.c.seen_at <= now - IDLE_MS)
        connection.execute(delete(sessions).where(sessions.c.event_id == NO_EVENT, is_over))
        mine = (sessions.c.event_id == NO_EVENT) & (sessions.c.account == account)
        newest = select(sessions.c.token_sha256).where(mine).order_by(sessions.c.made_at.desc())
        too_many = connection.execute(newest.offset(MOST_SESSIONS - 1)).scalars().all()
        connection.execute(
            delete(sessions).where(sessions.c.event_id == NO_EVENT, sessions.c.token_sha256.in_(too_many))
        )
        row = {"event_id": NO_EVENT, "token_sha256": hashed(token), "account": account}
        connection.execute(insert(sessions), row | {"made_at": now, "seen_at": now, "ends_at": now + LONGEST_MS})
        return NewSession(token, now + LONGEST_MS, must_change)

    def _take_try(self, name: str) -> None:
        """Counts a try before it is looked at, so that many at once are not one. Raises TooManyTries."""

        def work(connection: Connection) -> int:
            now = self._now_ms()
            old = (log_in_tries.c.event_id == NO_EVENT) & (log_in_tries.c.since <= now - TRIES_WITHIN_MS)
            connection.execute(delete(log_in_tries).where(old))
            put = self._database.profile.insert(log_in_tries)
            again = {"tries": log_in_tries.c.tries + 1, "last_at": now}
            row = {"event_id": NO_EVENT, "name_sha256": hashed(name), "tries": 1, "since": now, "last_at": now}
            connection.execute(put.on_conflict_do_update(index_elements=["event_id", "name_sha256"], set_=again), row)
            return int(connection.execute(select(log_in_tries.c.tries).where(_tries(name))).scalar_one())

        if self._database.transact(work) > MOST_TRIES:
            raise TooManyTries

    def _refuse(self, name: str, row: Any) -> None:
        """Writes down a wrong try at an account; a name that nobody has costs a write too, so that both take as long.

        Raises LogInWrong.
        """

        def work(connection: Connection) -> None:
            connection.execute(update(log_in_tries).where(_tries(name)).values(last_at=self._now_ms()))
            if row is not None:
                audit.note(connection, Deed.LOG_IN_REFUSED, INSTALLATION, row.name, now_ms=self._now_ms())

        self._database.transact(work)
        raise LogInWrong

    def _see(self, token_sha256: bytes, now: int) -> None:
        with self._database.writing() as connection:
            connection.execute(update(sessions).where(_token(token_sha256)).values(seen_at=now))


def _account_named(name: str) -> Any:
    return (accounts.c.event_id == NO_EVENT) & (accounts.c.name == name)


def _token(token_sha256: bytes) -> Any:
    return (sessions.c.event_id == NO_EVENT) & (sessions.c.token_sha256 == token_sha256)


def _tries(name: str) -> Any:
    return (log_in_tries.c.event_id == NO_EVENT) & (log_in_tries.c.name_sha256 == hashed(name))


def _found(token_sha256: bytes) -> Any:
    of_account = (accounts.c.event_id == sessions.c.event_id) & (accounts.c.id == sessions.c.account)
    columns = (sessions, accounts.c.name, accounts.c.is_active, accounts.c.is_one_time)
    return select(*columns).join(accounts, of_account).where(_token(token_sha256))


def _session(connection: Connection, token_sha256: bytes) -> Any:
    row = connection.execute(_found(token_sha256)).one_or_none()
    if row is None:
        raise CredentialsWrong
    return row


def _is_over(row: Any, now_ms: int) -> bool:
    """Rested too long, lasted too long, or begun by a clock that was ahead of this one by as much."""
    return bool(row.ends_at <= now_ms or now_ms - row.seen_at >= IDLE_MS or row.made_at - now_ms >= LONGEST_MS)

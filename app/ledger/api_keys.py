"""API keys: what a program may do, for which events, until when.

Owns the table `api_keys`. A key is said once and kept as SHA-256 alone. It outlives the account that made it: a shop
goes on selling when its organizer's account ends; who ends an account is told which keys it leaves.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.credentials import TRUST_MS, CredentialsWrong
from app.ledger.engine import Database
from app.ledger.new_devices import hashed, new_id, new_secret
from app.ledger.schema import NO_EVENT, api_keys, events
from app.ledger.sessions import CredentialsOver
from core.journal.audit import ActorKind, Deed
from core.model.ids import EventId
from core.model.roles import INSTALLATION, RIGHTS, Right, Role, Scope
from core.ticket.seal import are_equal

KEY_PREFIX = "dlk_"
"""What an API key begins with, so that it is known where it turns up."""
USED_EVERY_MS = 60_000
"""How often a key's last use is written down."""
MOST_NAME = 64
FOR_KEYS = RIGHTS[Role.OWNER]
"""What a key can be for: no key makes history, as only a device does."""


class ApiKeyUnknown(AppError):
    """There is no such API key."""

    def __init__(self, id_: str) -> None:
        super().__init__("api_key_unknown", id=id_[:64])


class ApiKeyWrong(AppError):
    """An API key that could do nothing, or that can't be: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("api_key_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A new key; `text` is said once."""

    id: UUID
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as the organizer sees it. `ends_at_ms` is None for one without an end."""

    id: UUID
    name: str
    scope: Scope
    made_by: str
    made_at_ms: int
    ends_at_ms: int | None
    revoked_at_ms: int | None
    used_at_ms: int | None

    def is_good_at(self, now_ms: int) -> bool:
        """Whether it opens anything."""
        return self.revoked_at_ms is None and (self.ends_at_ms is None or now_ms < self.ends_at_ms)


@dataclass(frozen=True, slots=True)
class _Proven:
    secret_sha256: bytes = field(repr=False)
    key: ApiKey
    at_ms: int

    def holds_at(self, now_ms: int) -> bool:
        return 0 <= now_ms - self.at_ms < TRUST_MS


class ApiKeys:
    """The API keys of one database. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._proven: dict[UUID, _Proven] = {}

    def make(self, name: str, scope: Scope, ends_at_ms: int | None = None) -> NewApiKey:
        """A new key. Whether its maker may make it is decided before. Raises ApiKeyWrong."""
        name = name.strip()
        if not (1 <= len(name) <= MOST_NAME and name.isprintable()):
            raise ApiKeyWrong(f"its name has 1 to {MOST_NAME} characters")
        if not scope.rights or not scope.events:
            raise ApiKeyWrong("it could do nothing: say what it is for, and for which event")
        if not scope.rights <= FOR_KEYS:
            raise ApiKeyWrong("only a device may do that: " + ", ".join(sorted(scope.rights - FOR_KEYS)))
        if ends_at_ms is not None and ends_at_ms <= self._now_ms():
            raise ApiKeyWrong("it would be over already")
        id_, secret = new_id(), new_secret()
        self._database.transact(lambda connection: self._insert(connection, id_, secret, name, scope, ends_at_ms))
        return NewApiKey(id_, f"{KEY_PREFIX}{id_.hex}.{secret}")

    def list(self) -> Sequence[ApiKey]:
        """All keys, the oldest first, those too that are over."""
        with self._database.reading() as connection:
            mine = select(api_keys).where(api_keys.c.event_id == NO_EVENT)
            return [_key(row) for row in connection.execute(mine.order_by(api_keys.c.made_at, api_keys.c.id))]

    def show(self, id_: UUID) -> ApiKey:
        """One key. Raises ApiKeyUnknown."""
        with self._database.reading() as connection:
            row = connection.execute(select(api_keys).where(_is(id_))).one_or_none()
        if row is None:
            raise ApiKeyUnknown(id_.hex)
        return _key(row)

    def revoke(self, id_: UUID) -> None:
        """Ends a key; nothing where it was revoked before. A running server follows within a second.

        Raises ApiKeyUnknown.
        """
        key = self.show(id_)

        def work(connection: Connection) -> None:
            now = self._now_ms()
            alive = _is(id_) & api_keys.c.revoked_at.is_(None)
            if connection.execute(update(api_keys).where(alive).values(revoked_at=now)).rowcount:
                audit.note(connection, Deed.API_KEY_REVOKED, INSTALLATION, id_.hex, now_ms=now, name=key.name)

        self._database.transact(work)
        with self._lock:
            self._proven.pop(id_, None)

    def proven(self, text: str) -> ApiKey | None:
        """The key that passed within the last second, or None; asks no database."""
        id_, secret = _parts(text)
        known = None if id_ is None else self._proven.get(id_)
        if known is None or not known.holds_at(self._now_ms()):
            return None
        return known.key if are_equal(known.secret_sha256, hashed(secret)) else None

    def prove(self, text: str) -> ApiKey:
        """The key of its text. Raises CredentialsWrong, CredentialsOver."""
        known = self.proven(text)
        if known is not None:
            return known
        id_, secret = _parts(text)
        if id_ is None:
            raise CredentialsWrong
        now = self._now_ms()
        with self._database.reading() as connection:
            row = connection.execute(select(api_keys).where(_is(id_))).one_or_none()
        if row is None or not are_equal(row.secret_sha256, hashed(secret)):
            raise CredentialsWrong
        key = _key(row)
        if not key.is_good_at(now):
            raise CredentialsOver
        if row.used_at is None or now - row.used_at >= USED_EVERY_MS:
            with self._database.writing() as connection:
                connection.execute(update(api_keys).where(_is(id_)).values(used_at=now))
        with self._lock:
            self._proven = {each: value for each, value in self._proven.items() if value.holds_at(now)}
            self._proven[id_] = _Proven(hashed(secret), key, now)
        return key

    def _insert(
        self, connection: Connection, id_: UUID, secret: str, name: str, scope: Scope, ends_at_ms: int | None
    ) -> None:
        for event in scope.events - {INSTALLATION}:
            if connection.execute(select(events.c.event_id).where(events.c.event_id == event)).first() is None:
                raise ApiKeyWrong(f"there is no event {event.hex}")
        now, maker = self._now_ms(), audit.acting()
        rights = sorted(right.value for right in scope.rights)
        row = {
            "event_id": NO_EVENT,
            "id": id_,
            "name": name,
            "secret_sha256": hashed(secret),
            "rights": json.dumps(rights),
            "of_events": json.dumps(sorted(event.hex for event in scope.events)),
            "made_by": maker.name if maker.kind is ActorKind.ACCOUNT else maker.kind.value,
            "made_at": now,
            "ends_at": ends_at_ms,
        }
        connection.execute(insert(api_keys), row)
        audit.note(
            connection,
            Deed.API_KEY_MADE,
            INSTALLATION,
            id_.hex,
            now_ms=now,
            name=name,
            rights=" ".join(rights),
            events=len(scope.events - {INSTALLATION}) or "all",
            ends_at_ms=ends_at_ms,
        )


def _is(id_: UUID) -> Any:
    return (api_keys.c.event_id == NO_EVENT) & (api_keys.c.id == id_)


def _parts(text: str) -> tuple[UUID | None, str]:
    id_, _, secret = text.removeprefix(KEY_PREFIX).partition(".")
    try:
        return UUID(id_), secret
    except ValueError:
        return None, secret


def _key(row: Any) -> ApiKey:
    rights = frozenset(Right(value) for value in json.loads(row.rights) if value in set(Right))
    places = frozenset(EventId(UUID(value)) for value in json.loads(row.of_events))
    return ApiKey(
        id=row.id,
        name=row.name,
        scope=Scope(rights, places),
        made_by=row.made_by,
        made_at_ms=row.made_at,
        ends_at_ms=row.ends_at,
        revoked_at_ms=row.revoked_at,
        used_at_ms=row.used_at,
    )

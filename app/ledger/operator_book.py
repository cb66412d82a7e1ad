"""Door staff: who they are, their PINs at rest, how often a supervisor may overrule a door in one shift.

Owns the rows. A PIN is never kept: its Argon2id record is, here and in the secrets that are sealed to each kiosk.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.manifest_room import check_room
from app.ledger.schema import operators
from core.gate.badge import Badge, hash_of, secret_of
from core.gate.operators import MOST_BUDGET, MOST_OPERATORS, DoorRole, Operator, flaw_of_pin
from core.journal.audit import Deed
from core.model.ids import EventId
from core.sync.messages import MAX_NAME, OperatorReply
from core.ticket import seal

DEFAULT_BUDGET = 20


class OperatorUnknown(AppError):
    """The event has nobody of that name or id among its door staff."""

    def __init__(self) -> None:
        super().__init__("operator_unknown")


class OperatorWrong(AppError):
    """Somebody who can't be door staff like that: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("operator_wrong", cause=cause)


class OperatorBook:
    """The door staff of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    def add(
        self, event: EventId, name: str, pin: str, role: DoorRole = DoorRole.OPERATOR, budget: int = DEFAULT_BUDGET
    ) -> OperatorReply:
        """Somebody new. Raises EventUnknown, OperatorWrong, ManifestFull."""
        _check(name, budget)
        id_ = UUID(bytes=secrets.token_bytes(16), version=4)
        row = {"event_id": event, "id": id_, "name": name, "role": role.value, "verifier": _record(pin)}
        row |= {"budget": budget, "is_active": True, "made_at": self._now_ms()}

        def work(connection: Connection) -> None:
            self._tell(connection, event, id_, "added", role=role.value)
            count = select(func.count()).select_from(operators).where(operators.c.event_id == event)
            if connection.execute(count.where(operators.c.is_active)).scalar_one() >= MOST_OPERATORS:
                raise OperatorWrong(f"an event has {MOST_OPERATORS} of them at most: end those who do not work")
            connection.execute(insert(operators), row)
            check_room(connection, event)

        self._write(work)
        return self.show(event, id_)

    def change(
        self,
        event: EventId,
        id_: UUID,
        *,
        name: str | None = None,
        pin: str | None = None,
        role: DoorRole | None = None,
        budget: int | None = None,
        is_active: bool | None = None,
    ) -> OperatorReply:
        """Sets what is named. Raises OperatorUnknown, OperatorWrong."""
        _check("x" if name is None else name, 0 if budget is None else budget)
        wanted: dict[str, Any] = {"name": name, "budget": budget, "is_active": is_active}
        wanted |= {"role": role.value if role else None, "verifier": None if pin is None else _record(pin)}
        values = {field: value for field, value in wanted.items() if value is not None}

        def work(connection: Connection) -> None:
            mine = (operators.c.event_id == event) & (operators.c.id == id_)
            if connection.execute(select(operators.c.id).where(mine)).first() is None:
                raise OperatorUnknown
            if values:
                self._tell(connection, event, id_, ",".join(sorted(values)).replace("verifier", "pin"))
                connection.execute(update(operators).where(mine).values(values))

        self._write(work)
        return self.show(event, id_)

    def show(self, event: EventId, id_: UUID) -> OperatorReply:
        """One of them. Raises OperatorUnknown."""
        for each in self.list(event):
            if each.id == id_.hex:
                return each
        raise OperatorUnknown

    def named(self, event: EventId, text: str) -> UUID:
        """The id of a name or an id. Raises OperatorUnknown."""
        for each in self.list(event):
            if text in {each.name, each.id}:
                return UUID(hex=each.id)
        raise OperatorUnknown

    def badge(self, event: EventId, id_: UUID) -> Badge:
        """The badge of somebody who works: the same until their PIN is another.

        It is as good as a key, so that the log says who had it. Raises EventUnknown, OperatorUnknown.
        """
        mine = (operators.c.event_id == event) & (operators.c.id == id_) & operators.c.is_active

        def work(connection: Connection) -> str:
            self._book.event(connection, event)
            verifier = connection.execute(select(operators.c.verifier).where(mine)).scalar()
            if verifier is None:
                raise OperatorUnknown
            about = {"what": "badge handed out"}
            audit.note(connection, Deed.OPERATOR_CHANGED, event, id_.hex, now_ms=self._now_ms(), **about)
            return str(verifier)

        verifier = self._database.transact(work)
        return Badge(id_.hex, secret_of(self._book.keys.badge_key(event), id_.hex, verifier))

    def list(self, event: EventId) -> "list[OperatorReply]":
        """All of them by their names, those who work no more too."""
        mine = select(operators).where(operators.c.event_id == event).order_by(operators.c.name)
        with self._database.reading() as connection:
            rows = connection.execute(mine).all()
        return [
            OperatorReply(row.id.hex, row.name, DoorRole(row.role), row.budget, row.is_active, row.made_at)
            for row in rows
        ]

    def _tell(self, connection: Connection, event: EventId, id_: UUID, what: str, **details: str) -> None:
        """Kiosks learn it; the log never says a PIN. The event's row is locked first, as everywhere."""
        self._book.event(connection, event)
        self._book.raise_version(connection, event)
        audit.note(connection, Deed.OPERATOR_CHANGED, event, id_.hex, now_ms=self._now_ms(), what=what, **details)

    def _write(self, work: Callable[[Connection], None]) -> None:
        try:
            self._database.transact(work)
        except IntegrityError as err:
            raise OperatorWrong("somebody has that name already") from err


def operators_of(connection: Connection, event: EventId, badge_key: bytes) -> Sequence[Operator]:
    """Those who work, as kiosks know them."""
    mine = (operators.c.event_id == event) & operators.c.is_active
    rows = connection.execute(select(operators).where(mine).order_by(operators.c.name))
    return [_operator_of(row, badge_key) for row in rows]


def _operator_of(row: Any, badge_key: bytes) -> Operator:
    badge = hash_of(secret_of(badge_key, row.id.hex, row.verifier))
    return Operator(row.id.hex, row.name, DoorRole(row.role), row.budget, row.verifier, badge)


def _check(name: str, budget: int) -> None:
    if not (1 <= len(name) <= MAX_NAME and name.isprintable() and name.strip() == name):
        raise OperatorWrong(f"a name has 1 to {MAX_NAME} characters that a screen can show")
    if not 0 <= budget <= MOST_BUDGET:
        raise OperatorWrong(f"a budget is 0 to {MOST_BUDGET} overrides in a shift")


def _record(pin: str) -> str:
    flaw = flaw_of_pin(pin)
    if flaw is not None:
        raise OperatorWrong(flaw)
    return seal.password_record(pin, secrets.token_bytes(seal.SALT_BYTES))

"""Who wants an event's daily report, and at which time of its own day.

Owns the table `report_wishes`. Whether a report is due is decided by the job; who of these still may read the event's
figures, and has an address, is looked at when it is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select

from app.errors import AppError
from app.ledger.accounts import AccountUnknown
from app.ledger.audit import note
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.schema import NO_EVENT, accounts, report_wishes
from core.journal.audit import Deed
from core.model.accounts import account_name
from core.model.ids import EventId

DAY_MIN = 24 * 60


class ReportTimeWrong(AppError):
    """A time of day that is none."""

    def __init__(self) -> None:
        super().__init__("report_time_wrong")


@dataclass(frozen=True, slots=True)
class Wish:
    """An account that wants the report, and when: minutes after midnight by the event's wall."""

    account: str
    at_min: int

    @property
    def at(self) -> str:
        """The time as a clock shows it."""
        return f"{self.at_min // 60:02}:{self.at_min % 60:02}"


def minute_of(text: str) -> int:
    """The minute of the day of `08:00`. Raises ReportTimeWrong."""
    hours, colon, minutes = text.partition(":")
    is_time = colon and all(len(part) == 2 and part.isascii() and part.isdigit() for part in (hours, minutes))
    found = int(hours) * 60 + int(minutes) if is_time and int(minutes) < 60 else DAY_MIN
    if found >= DAY_MIN:
        raise ReportTimeWrong
    return found


class ReportWishes:
    """The wishes of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    def put(self, event: EventId, name: str, at_min: int | None) -> None:
        """Has an account told at that minute of each day, in the place of another time; None: no more.

        Raises EventUnknown, AccountUnknown.
        """

        def work(connection: Connection) -> None:
            self._book.event(connection, event)
            account = _account(connection, name)
            mine = (report_wishes.c.event_id == event) & (report_wishes.c.account == account)
            if at_min is None and connection.execute(delete(report_wishes).where(mine)).rowcount == 0:
                return
            if at_min is not None:
                row = {"event_id": event, "account": account, "at_min": at_min, "since": self._now_ms()}
                put = self._database.profile.insert(report_wishes)
                key = ["event_id", "account"]
                fresh = {"at_min": at_min, "since": row["since"]}
                connection.execute(put.on_conflict_do_update(index_elements=key, set_=fresh), row)
            told = None if at_min is None else Wish(name, at_min).at
            note(connection, Deed.REPORT_WISHED, event, name, now_ms=self._now_ms(), at=told)

        self._database.transact(work)

    def of_event(self, event: EventId) -> list[Wish]:
        """Who wants the event's report, by name. Raises EventUnknown."""
        with self._database.reading() as connection:
            self._book.event(connection, event)
            rows = connection.execute(_named(event).order_by(accounts.c.name)).all()
        return [Wish(row.name, row.at_min) for row in rows]

    def of_account(self, name: str) -> list[tuple[EventId, Wish]]:
        """The events whose report an account wants."""
        wanted = select(report_wishes.c.event_id, report_wishes.c.at_min).order_by(report_wishes.c.event_id)
        with self._database.reading() as connection:
            asked = wanted.where(report_wishes.c.account == _account(connection, name))
            rows = connection.execute(asked.execution_options(spans_events="an account's own wishes")).all()
        return [(EventId(row.event_id), Wish(name, row.at_min)) for row in rows]

    def times(self) -> list[tuple[EventId, int, int]]:
        """The events of which somebody wants a report, with each time at which somebody does, and since when (ms)."""
        at = (report_wishes.c.event_id, report_wishes.c.at_min)
        there = select(*at, func.min(report_wishes.c.since).label("since")).group_by(*at)
        wanted = there.execution_options(spans_events="a worker looks after every event")
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(report_wishes.c.event_id, report_wishes.c.at_min)).all()
        return [(EventId(row.event_id), row.at_min, row.since) for row in rows]


def _named(event: EventId) -> Any:
    of_account = (accounts.c.event_id == NO_EVENT) & (accounts.c.id == report_wishes.c.account)
    wanted = select(accounts.c.name, report_wishes.c.at_min).join_from(report_wishes, accounts, of_account)
    return wanted.where(report_wishes.c.event_id == event)


def _account(connection: Connection, name: str) -> UUID:
    named = (accounts.c.event_id == NO_EVENT) & (accounts.c.name == (account_name(name) or ""))
    found = connection.execute(select(accounts.c.id).where(named)).scalar()
    if found is None:
        raise AccountUnknown(name)
    return UUID(bytes=found.bytes)

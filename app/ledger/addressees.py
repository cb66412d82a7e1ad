"""Whom a notice reaches by mail: accounts with an address, so far as they may know what it says.

Owns that look, which is taken when a worker turns a notice into messages: whoever lost the right meanwhile is told
nothing.
"""

from uuid import UUID

from sqlalchemy import Connection, select

from app.ledger.accounts import roles_of
from app.ledger.schema import NO_EVENT, accounts, report_wishes
from core.delivery.notice import RULES, Notice, NoticeKind, report_minute
from core.model.ids import EventId
from core.model.roles import Right, may


def addressed(connection: Connection, notice: Notice, most: int) -> list[str]:
    """The mail addresses of those whom a notice is for, in a transaction that somebody else began.

    Who has the right that its kind asks for; of a daily report, who wants it at that time and may read its figures.
    """
    needed = RULES[notice.kind].right or Right.READ_STATUS
    there = (accounts.c.event_id == NO_EVENT) & accounts.c.is_active & accounts.c.email.is_not(None)
    rows = connection.execute(select(accounts.c.id, accounts.c.email).where(there).order_by(accounts.c.name)).all()
    held = roles_of(connection, [row.id for row in rows])
    wishing = _wishing(connection, notice) if notice.kind is NoticeKind.DAILY_REPORT else held.keys()
    found = [row.email for row in rows if row.id in wishing and may(held[row.id], needed, EventId(notice.event))]
    return list(dict.fromkeys(found))[:most]


def _wishing(connection: Connection, notice: Notice) -> frozenset[UUID]:
    mine = (report_wishes.c.event_id == notice.event) & (report_wishes.c.at_min == report_minute(notice.about))
    return frozenset(connection.execute(select(report_wishes.c.account).where(mine)).scalars())

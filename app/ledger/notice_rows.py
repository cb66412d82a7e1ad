"""Notices in the transaction that gives cause for them: one row for each way that the event has, whoever is to be told.

Owns these rows' form and their writing. A night's redemptions pay for no look at accounts and telephones, and a notice
is there exactly when its cause is. Who is told, a worker finds (`app.ledger.notice_book`).
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from app.ledger.engine import Profile
from app.ledger.schema import endpoints, outbox
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.notice import RULES, WAYS, Notice, NoticeKind
from core.model.ids import EventId
from core.model.moments import Millis

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def put_notices(
    connection: Connection,
    profile: Profile,
    event: EventId,
    notices: Sequence[Notice],
    ways: Collection[Channel],
    now_ms: int,
) -> None:
    """Puts an event's notices down in an open transaction, for those of the ways that the event has; once for each."""
    rows = [
        _row(notice, way, now_ms)
        for notice in notices
        for way in sorted(RULES[notice.kind].channels & frozenset(ways))
        if notice.event == event
    ]
    if rows:
        put_new = profile.insert(outbox).on_conflict_do_nothing(index_elements=[outbox.c.event_id, outbox.c.dedupe_key])
        connection.execute(put_new, rows)


def ways_of(connection: Connection, event: EventId, *, are_taken: bool = False) -> frozenset[Channel]:
    """The ways that an event has now; where `are_taken`, without those whose account is refused itself."""
    active = (endpoints.c.event_id == event) & (endpoints.c.state == EndpointState.ACTIVE.value)
    asked = select(endpoints.c.channel).where(active).distinct()
    found = connection.execute(asked.where(endpoints.c.trouble.is_(None)) if are_taken else asked)
    return frozenset(map(Channel, found.scalars())) & WAYS


def _row(notice: Notice, way: Channel, now_ms: int) -> dict[str, Any]:
    key = notice_key(way, notice.kind, notice.about)
    told = {"about": notice.about, "at_ms": notice.at_ms, "told": dict(notice.told)}
    return {
        "event_id": notice.event,
        "id": message_id(notice.event, key),
        "channel": way.value,
        "kind": notice.kind.value,
        "endpoint": None,
        "dedupe_key": key,
        "body": _ENCODE(told),
        "state": MessageState.READY.value,
        "run_at": now_ms,
        "attempts": 0,
        "max_attempts": 1,
        "made_at": now_ms,
    }


def notice_key(way: Channel, kind: NoticeKind, about: str) -> str:
    """What a notice is told of once by, for each way."""
    return f"{way.value}:{kind.value}:{about}"


def notice_from(event: EventId, row: Any) -> Notice:
    """The notice of a row. What is stored was written here."""
    told = json.loads(row.body)
    return Notice(NoticeKind(row.kind), event, told["about"], Millis(told["at_ms"]), told["told"])

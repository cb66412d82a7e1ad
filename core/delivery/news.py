"""What others are told when the facts of a ticket come to mean something new.

Owns the four kinds of news about a ticket and their bodies (the `type`, `timestamp` and `data` of Standard Webhooks).
A body names the ticket as its shop does, never a person. Each piece of news has a key: told once, it is not told again.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from core.model.ids import ClassId, DeviceId, EventId, FactId, TicketHandle
from core.redeem.fold import Incident, Passage
from core.ticket.seal import sha256

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewsKind(StrEnum):
    """What a subscriber may want to hear of."""

    REDEEMED = "ticket.redeemed"
    CORRECTED = "ticket.redemption_corrected"
    EXIT = "ticket.exit"
    INCIDENT = "incident.opened"


@dataclass(frozen=True, slots=True)
class Subject:
    """The ticket that the news is about, with its shop's own reference where it has one."""

    event: EventId
    tid: TicketHandle
    cls: ClassId
    source: str
    external_ref: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry of the ticket as the ledger has it: the scan that took it, by whom, when (unix ms) and where."""

    scan: FactId
    device: DeviceId
    at_ms: int
    gate: str


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry of the ticket before and after the arrival; None where nobody has it."""

    number: int
    before: Taken | None
    after: Taken | None


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. `about` is the scan that it is about; `otherwise` is told where this was told before.

    `tid` is the ticket's, where it is about one. What is told otherwise is put into words where it comes to that, and
    no guest waits for it.
    """

    kind: NewsKind
    key: str
    body: str
    about: FactId | None
    tid: TicketHandle | None
    otherwise: "Callable[[], News] | None" = None


def news_of(
    subject: Subject,
    entries: Iterable[EntryChange],
    exits: Iterable[Passage],
    opened: Iterable[Incident],
    *,
    arrived: Collection[FactId],
    now_ms: int,
) -> list[News]:
    """All that is new about a ticket.

    `arrived` tells this arrival from any other: the same entry may be corrected more than once. An entry that is taken
    for the first time is redeemed; taken again after it was given back, it is corrected. `now_ms` is the time of news
    that no scan has one for.
    """
    told = [_of_entry(subject, change, arrived, now_ms) for change in entries]
    told += [_of_exit(subject, passage) for passage in exits if passage.is_exit]
    return told + [_of_incident(subject, incident, now_ms) for incident in opened]


def _cause_of(arrived: Iterable[FactId], now_ms: int) -> str:
    """What tells an arrival from others: its facts; the time, where something else than facts changed the ticket."""
    ids = sorted(id_.bytes for id_ in arrived)
    return sha256(b"".join(ids))[:16].hex() if ids else str(now_ms)


def incident_news(event: EventId, incident: Incident, now_ms: int) -> News:
    """The news of an incident that is about a record and no ticket."""
    return _incident(event, None, incident, now_ms)


def _of_entry(subject: Subject, change: EntryChange, arrived: Collection[FactId], now_ms: int) -> News:
    corrected = partial(_correction, subject, change, arrived, now_ms)
    if change.before is not None or change.after is None:
        return corrected()
    at = _iso(change.after.at_ms)
    data = _about(subject) | {"entry": {"number": change.number, **_place(change.after, at)}}
    key = f"redeemed:{subject.tid.hex()}:{change.number}"
    body = _ENCODE({"type": NewsKind.REDEEMED.value, "timestamp": at, "data": data})
    return News(NewsKind.REDEEMED, key, body, change.after.scan, subject.tid, corrected)


def _correction(subject: Subject, change: EntryChange, arrived: Collection[FactId], now_ms: int) -> News:
    data = _about(subject) | {
        "entry_number": change.number,
        "entry": _entry(change.number, change.after),
        "previous": _entry(change.number, change.before),
    }
    key = f"corrected:{subject.tid.hex()}:{change.number}:{_cause_of(arrived, now_ms)}"
    about = change.after.scan if change.after else None
    return News(NewsKind.CORRECTED, key, _body(NewsKind.CORRECTED, now_ms, data), about, subject.tid)


def _of_exit(subject: Subject, passage: Passage) -> News:
    scan = passage.scan
    at = Taken(scan.stamp.id, scan.stamp.device, scan.stamp.moment.at_ms, scan.gate)
    data = _about(subject) | {"exit": _place(at) | {"outcome": passage.judged.value}}
    body = _body(NewsKind.EXIT, at.at_ms, data)
    return News(NewsKind.EXIT, f"exit:{scan.stamp.id.hex}", body, scan.stamp.id, subject.tid)


def _of_incident(subject: Subject, incident: Incident, now_ms: int) -> News:
    return _incident(subject.event, subject, incident, now_ms)


def _incident(event: EventId, subject: Subject | None, incident: Incident, now_ms: int) -> News:
    about: dict[str, object] = {"event": event.hex, "ticket": None} if subject is None else _about(subject)
    data = about | {
        "incident": {
            "kind": incident.kind.value,
            "severity": incident.severity.value,
            "scan": incident.scan.hex,
            "against": incident.against.hex if incident.against else None,
            "order_provable": incident.is_order_provable,
        }
    }
    key = f"incident:{incident.kind.value}:{incident.scan.hex}"
    body = _body(NewsKind.INCIDENT, now_ms, data)
    return News(NewsKind.INCIDENT, key, body, incident.scan, subject.tid if subject else None)


def _about(subject: Subject) -> dict[str, object]:
    ticket = {
        "id": subject.tid.hex(),
        "class": int(subject.cls),
        "source": subject.source,
        "external_ref": subject.external_ref,
    }
    return {"event": subject.event.hex, "ticket": ticket}


def _entry(number: int, taken: Taken | None) -> dict[str, object] | None:
    return None if taken is None else {"number": number, **_place(taken)}


def _place(taken: Taken, at: str | None = None) -> dict[str, object]:
    return {
        "scan": taken.scan.hex,
        "at": at or _iso(taken.at_ms),
        "gate": taken.gate,
        "device": taken.device.hex,
    }


def _body(kind: NewsKind, at_ms: int, data: dict[str, object]) -> str:
    told = {"type": kind.value, "timestamp": _iso(at_ms), "data": data}
    return _ENCODE(told)


def _iso(at_ms: int) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told_before(news: Iterable[News], *, resent: Collection[FactId], fresh: Collection[TicketHandle]) -> frozenset[str]:
    """The keys of the news that a ledger told before it was restored from a backup.

    `resent` names the arriving facts that it had acknowledged then, `fresh` the tickets that have others besides.

    1. all news of a ticket whose every fact was acknowledged, and of the records among those
    2. else what came of a resent scan alone: its redemption, its exit. A correction or an incident may come of what is
       new, and is told, if need be a second time under the same id
    """
    told: set[str] = set()
    for each in news:
        if each.tid is None or each.tid in fresh:
            if each.about in resent and (each.tid is None or each.kind in _OF_ONE_SCAN):  # (1) (2)
                told.add(each.key)
        else:  # (1)
            told |= {each.key} | ({each.otherwise().key} if each.otherwise else set())
    return frozenset(told)


_OF_ONE_SCAN = (NewsKind.REDEEMED, NewsKind.EXIT)


def wanted(news: Sequence[News], kinds: frozenset[NewsKind]) -> list[News]:
    """The news that a subscriber of these kinds hears; of all kinds where none is named.

    Corrections come with redemptions: who was told of one and not of the other would be left with what is wrong.
    """
    return [each for each in news if not kinds or _SUBSCRIBED_AS.get(each.kind, each.kind) in kinds]


_SUBSCRIBED_AS = {NewsKind.CORRECTED: NewsKind.REDEEMED}

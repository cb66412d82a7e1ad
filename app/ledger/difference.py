"""What a fold changes in the ledger's tables: the difference alone.

Owns the writing of redemptions, incidents, answers and who is inside, in a transaction that somebody else began.
Decides nothing: what there should be comes out of `core.redeem`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert

from app.ledger import statements as sql
from app.ledger.counters import Counted, Counters, standing_of
from app.ledger.engine import Profile
from app.ledger.notice_rows import put_notices
from app.ledger.outbox import Outbox
from app.ledger.rows import Entry, Resent, Ticket
from app.ledger.schema import incidents, redemptions
from app.ledger.tidings import TicketChange, changes_between, news_of_tickets
from core.delivery.incident_notice import notice_of
from core.delivery.news import News, incident_news, told_before
from core.journal.scan import Fact, Finding
from core.model.ids import ClassId, EventId, FactId, TicketHandle
from core.redeem.answer import Answer
from core.redeem.fold import Folded, Incident, IncidentKind
from core.redeem.settle import Settled

_ANSWER = TypeAdapter(Answer)
OF_THE_FOLD = (
    IncidentKind.DOUBLE_ADMISSION,
    IncidentKind.LATE_CANCEL,
    IncidentKind.AGAINST_RULES,
    IncidentKind.OVERRIDE_USED,
)
"""The kinds that a fold gives and may take back; the others are about records and stay."""


class Difference:
    """The tables of one event inside one open transaction."""

    def __init__(
        self,
        connection: Connection,
        profile: Profile,
        event: EventId,
        now_ms: int,
        outbox: Outbox | None,
        counters: Counters,
    ) -> None:
        self._connection = connection
        self._profile = profile
        self._event = event
        self._now_ms = now_ms
        self._outbox = outbox
        self._counters = counters

    def write(
        self,
        held: Mapping[TicketHandle, Ticket],
        settled: Mapping[TicketHandle, Settled],
        with_history: Sequence[TicketHandle],
        arriving: Mapping[TicketHandle, Sequence[Fact]],
        resent: Resent | None = None,
    ) -> None:
        """Only what changed, and the news of it. A ticket without earlier facts has neither entries nor incidents."""
        changes = self._write_redemptions(held, settled, with_history)
        opened = self._write_incidents(settled, with_history)
        if self._outbox is not None and self._outbox.is_heard:
            news = news_of_tickets(self._event, held, settled, arriving, changes, opened, self._now_ms)
            told = self._told_before(news, resent)
            unheard = held.keys() - set(with_history)
            self._outbox.add(news, lambda each: each.key in told, unheard=unheard)
        if self._outbox is not None and self._outbox.ways and opened:
            gates = {each.scan.stamp.id: each.scan.gate for tid, _ in opened for each in settled[tid].folded.passages}
            fresh = self._fresh([tid for tid, _ in opened], resent)
            self._notice(opened, gates, lambda tid, _: resent is not None and tid not in fresh)
        moved = [(tid, item.folded.is_inside) for tid, item in settled.items()]
        moved = [(tid, is_inside) for tid, is_inside in moved if is_inside != held[tid].is_inside]
        self.update(sql.SET_INSIDE, [{"b_tid": tid, "b_inside": is_inside} for tid, is_inside in moved])
        for tid, is_inside in moved:
            self._counters.add(Counted.INSIDE, 1 if is_inside else -1, cls=held[tid].cls)
        self._counters.flush()

    def write_answers(self, entries: Mapping[FactId, Entry], waiting: Collection[FactId]) -> None:
        """Keeps what facts were answered; `waiting` names those whose guests wait for it."""
        self.update(
            sql.SET_ANSWER,
            [
                {
                    "b_id": id_,
                    "b_answer": _ANSWER.dump_json(entry.answer).decode(),
                    "b_outcome": entry.answer.outcome.value,
                    "b_promise": id_ in waiting,
                }
                for id_, entry in entries.items()
                if entry.answer is not None
            ],
        )

    def note(self, opened: Sequence[Incident], evidence: Sequence[str | None], resent: Collection[FactId] = ()) -> None:
        """Opens incidents about records themselves, once for each fact and kind, each with its evidence."""
        if not opened:
            return
        rows = [
            incident_row(one, None, self._now_ms) | {"event_id": self._event, "evidence": record}
            for one, record in zip(opened, evidence, strict=True)
        ]
        self._connection.execute(self._profile.insert(incidents).on_conflict_do_nothing(), rows)
        if self._outbox is not None:
            news = [incident_news(self._event, one, self._now_ms) for one in opened]
            told = told_before(news, resent=resent, fresh=())
            self._outbox.add(news, lambda each: each.key in told)
            self._notice([(None, one) for one in opened], {}, lambda _, one: one.scan in resent)

    def _notice(
        self,
        opened: Sequence[tuple[TicketHandle | None, Incident]],
        gates: Mapping[FactId, str],
        was_told: Callable[[TicketHandle | None, Incident], bool],
    ) -> None:
        """Has people told of what is serious among these, but for what they were told of before a restore."""
        new = [(tid, one) for tid, one in opened if not was_told(tid, one)]
        found = [notice_of(self._event, tid, one, gates, self._now_ms) for tid, one in new]
        notices = [each for each in found if each is not None]
        if self._outbox is not None and notices:
            put_notices(self._connection, self._profile, self._event, notices, self._outbox.ways, self._now_ms)

    def update(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs one of `app.ledger.statements` for rows of the event."""
        if rows:
            self._connection.execute(statement, [{"b_event": self._event, **row} for row in rows])

    def _told_before(self, news: Sequence[News], resent: Resent | None) -> frozenset[str]:
        """The keys of what an earlier epoch has told already."""
        if resent is None:
            return frozenset()
        fresh = self._fresh({each.tid for each in news if each.tid is not None}, resent)
        return told_before(news, resent=resent.ids, fresh=fresh)

    def _fresh(self, tids: Collection[TicketHandle], resent: Resent | None) -> Collection[TicketHandle]:
        """The tickets among these with facts that no earlier epoch acknowledged."""
        if resent is None:
            return tids
        wanted = {"e": self._event, "tids": list(tids), "since": resent.restored_at}
        return {TicketHandle(tid) for tid in self._connection.execute(sql.NEW_SINCE, wanted).scalars()}

    def _write_redemptions(
        self,
        held: Mapping[TicketHandle, Ticket],
        settled: Mapping[TicketHandle, Settled],
        with_history: Sequence[TicketHandle],
    ) -> list[TicketChange]:
        """Rows that changed hands are cleared first, so that the unique keys hold at every statement."""
        wanted = [
            row for tid, item in settled.items() for row in self._redemption_rows(tid, item.folded, held[tid].cls)
        ]
        if not with_history:
            self._insert(redemptions, wanted)
            new = {(row["tid"], row["entry_number"]): row for row in wanted}
            self._count_entries(held, {}, new)
            return changes_between({}, new)
        rows = self._connection.execute(sql.REDEMPTIONS, {"e": self._event, "tids": with_history}).mappings()
        there = {(row["tid"], row["entry_number"]): dict(row) for row in rows}
        needed = {(row["tid"], row["entry_number"]): row for row in wanted}
        self.update(
            sql.CLEAR_ENTRY,
            [{"b_tid": tid, "b_number": n} for (tid, n), row in there.items() if needed.get((tid, n)) != row],
        )
        self._insert(redemptions, [row for place, row in needed.items() if there.get(place) != row])
        self._count_entries(held, there, needed)
        return changes_between(there, needed)

    def _count_entries(
        self, held: Mapping[TicketHandle, Ticket], there: Mapping[Any, Any], needed: Mapping[Any, Any]
    ) -> None:
        """Counts the entries by gate and class, and the tickets whose guests have come, before and after."""
        for rows, n in ((there, -1), (needed, 1)):
            for row in rows.values():
                self._counters.add_entry(n, gate=row["gate"], cls=row["cls"], at_ms=row["at"])
            for tid in {tid for tid, _ in rows}:
                ticket = held[tid]
                come, expected = (standing_of(ticket.gen, ticket.denial, has_entered=has) for has in (True, False))
                self._counters.add(Counted.TICKETS, n, name=come, cls=ticket.cls)
                self._counters.add(Counted.TICKETS, -n, name=expected, cls=ticket.cls)

    def _redemption_rows(self, tid: TicketHandle, folded: Folded, cls: ClassId) -> list[dict[str, Any]]:
        return [
            {
                "event_id": self._event,
                "tid": tid,
                "entry_number": passage.entry_number,
                "scan_id": passage.scan.stamp.id,
                "device": passage.scan.stamp.device,
                "at": passage.scan.stamp.moment.at_ms,
                "gate": passage.scan.gate,
                "cls": cls,
            }
            for passage in folded.entries
        ]

    def _write_incidents(
        self, settled: Mapping[TicketHandle, Settled], with_history: Sequence[TicketHandle]
    ) -> list[tuple[TicketHandle, Incident]]:
        """The incidents that nobody was told of yet."""
        there: dict[tuple[UUID, str], Any] = {}
        if with_history:
            rows = self._connection.execute(sql.INCIDENTS, {"e": self._event, "tids": with_history})
            there = {(row.scan_id, row.kind): row for row in rows if row.kind in OF_THE_FOLD}
        now = {(one.scan, one.kind.value): (one, tid) for tid, item in settled.items() for one in item.folded.incidents}
        changed = [
            incident_row(_found(one, there.get(place)), tid, self._now_ms) | {"event_id": self._event}
            for place, (one, tid) in now.items()
            if place not in there or _differs(one, there[place])
        ]
        if changed:
            self._connection.execute(self._put_incidents(), changed)
        gone = [place for place, row in there.items() if place not in now and row.state != sql.WITHDRAWN]
        self.update(sql.WITHDRAW, [{"b_scan": scan, "b_kind": kind, "b_at": self._now_ms} for scan, kind in gone])
        return [(tid, one) for place, (one, tid) in now.items() if place not in there]

    def _put_incidents(self) -> Any:
        put = self._profile.insert(incidents)
        fields = ("severity", "against", "is_order_provable", "state", "closed_at", "finding")
        return put.on_conflict_do_update(
            index_elements=[incidents.c.event_id, incidents.c.scan_id, incidents.c.kind],
            set_={name: put.excluded[name] for name in fields},
        )

    def _insert(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)


def incident_row(incident: Incident, tid: TicketHandle | None, now_ms: int) -> dict[str, Any]:
    """An incident's columns but its event's; one that a person has looked at is closed."""
    return {
        "scan_id": incident.scan,
        "kind": incident.kind.value,
        "severity": incident.severity.value,
        "against": incident.against,
        "is_order_provable": incident.is_order_provable,
        "tid": tid,
        "evidence": None,
        "state": sql.OPEN if incident.finding is None else sql.RESOLVED,
        "opened_at": now_ms,
        "closed_at": None if incident.finding is None else now_ms,
        "finding": None if incident.finding is None else incident.finding.value,
    }


def _found(incident: Incident, row: Any) -> Incident:
    """The incident with what a person found out about it from the organizer's side, where no door did."""
    if incident.finding is not None or row is None or row.finding is None:
        return incident
    return replace(incident, finding=Finding(row.finding))


def _differs(incident: Incident, row: Any) -> bool:
    told = (incident.severity.value, incident.against, incident.is_order_provable)
    is_known = incident.finding is None or incident.finding.value == row.finding
    return row.state == sql.WITHDRAWN or not is_known or (row.severity, row.against, row.is_order_provable) != told

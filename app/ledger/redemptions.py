"""Facts, redemptions and incidents of an event, inside one transaction.

Owns the statements of `core`'s redemption: keep the fact, lock the ticket, fold, write the difference. Decides nothing:
answers, entries and incidents come out of `core.redeem`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger import statements as sql
from app.ledger.code_lookup import CodeLookup
from app.ledger.counters import Counted, Counters
from app.ledger.difference import Difference
from app.ledger.engine import Database, Profile, pieces
from app.ledger.outbox import Outbox, endpoints_from
from app.ledger.rows import Arriving, Doubt, Entry, Locked, Resent, Stored, Ticket, of_ticket
from app.ledger.schema import facts
from app.ledger.statistics import Statistics
from core.journal.scan import Fact, Finding, Malformed, Scan, Shown, Undo, from_record
from core.journal.state import Arrival
from core.model.attention import from_bits
from core.model.event import Event
from core.model.ids import ClassId, DeviceId, EventId, FactId, KeyId, TicketHandle
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.redeem.fold import Incident, IncidentKind, Severity
from core.redeem.settle import Settled, settle
from core.sync.manifest import Unusable, event_of
from core.sync.messages import EventRow
from core.ticket.keyring import NO_KID
from core.ticket.lists import Denial, DenialReason
from core.ticket.terms import STEP_OF, Terms
from core.ticket.wire import ROTATING

T = TypeVar("T")
RotatingKey = Callable[[EventId, KeyId], bytes]
"""The 32-byte rotating key of an event's key id."""

_ANSWER = TypeAdapter(Answer)
_EVENT_ROW = TypeAdapter(EventRow)


class EventUnknown(AppError):
    """The ledger has no such event."""

    def __init__(self, event: EventId | str) -> None:
        super().__init__("event_unknown", event=event if isinstance(event, str) else event.hex)


class SeqTaken(Exception):
    """Two facts claim one place in a device's chain; the transaction is over."""


class SqlLedger:
    """The facts of all events in one database. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int], rotating_key: RotatingKey | None = None) -> None:
        self._database = database
        self._now_ms = now_ms
        self._rotating_key = rotating_key
        self._names: dict[EventId, tuple[int, dict[DeviceId, str]]] = {}
        self._statistics = Statistics(database)

    def transact(self, event: EventId, work: Callable[["Page"], T]) -> T:
        """Runs `work` on an event's page in one transaction, again where the database asks for it.

        What `work` returns is durable. Raises EventUnknown, SeqTaken, LedgerBusy, LedgerUnavailable.
        """

        def on_a_page(connection: Connection) -> tuple[T, int]:
            page = self.page(connection, event)
            result = work(page)
            page.counters.flush()
            return result, page.kept

        result, kept = self._database.transact(on_a_page)
        self._statistics.note(event, kept)
        return result

    def adopt_waiting(self, event: EventId, most: int) -> int:
        """Takes the facts of tickets that are here now out of quarantine, `most` tickets a transaction; how many facts.

        Nothing of it depends on who brought the tickets: what a cut-off import left is found by the next.
        """
        with self._database.reading() as connection:
            tids = [TicketHandle(tid) for tid in connection.execute(sql.TICKETS_WAITED_FOR, {"e": event}).scalars()]

        def adopt(piece: Sequence[TicketHandle]) -> int:
            return self.transact(event, lambda page: page.adopt(piece))

        return sum(adopt(piece) for piece in pieces(sorted(tids), most))

    def page(self, connection: Connection, event: EventId) -> "Page":
        """The event's page of a transaction that somebody else began."""
        row = connection.execute(sql.POLICY, {"e": event}).one_or_none()
        if row is None:
            raise EventUnknown(event)
        at, profile, now_ms = event_from(row.policy), self._database.profile, self._now_ms()
        outbox = Outbox(connection, profile, event, endpoints_from(row.ends), now_ms) if row.ends else None
        names = self._names_as_of(event, row.manifest_version)
        return Page(connection, profile, at, names, now_ms, self._rotating_key, outbox)

    def _names_as_of(self, event: EventId, version: int) -> dict[DeviceId, str]:
        """The devices' names that are known already: a rename is news for kiosks, and ends what was known before."""
        known = self._names.get(event)
        if known is None or known[0] != version:
            known = self._names[event] = (version, {})
        return known[1]


class Page:
    """One event inside one open transaction. `kept` counts the facts that are new in it."""

    def __init__(
        self,
        connection: Connection,
        profile: Profile,
        event: Event,
        names: dict[DeviceId, str],
        now_ms: int,
        rotating_key: RotatingKey | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self._connection = connection
        self._profile = profile
        self._outbox = outbox
        self._event = event
        self._names = names
        self._now_ms = now_ms
        self._rotating_key = rotating_key
        self._codes = CodeLookup(connection, event.id)
        self.counters = Counters(connection, profile, event.id)
        self._difference = Difference(connection, profile, event.id, now_ms, outbox, self.counters)
        self._resent: Resent | None = None
        self.kept = 0
        self._shown_here: dict[FactId, tuple[str, DeviceId, int] | None] = {}

    @property
    def has_open_list(self) -> bool:
        """Whether more tickets may be sold, so that an unlisted code may still become somebody's."""
        return not self._event.codes.is_final

    def resolve(self, arrivals: Sequence[Arriving]) -> list[Arriving]:
        """The same facts, those that name no ticket as facts of theirs, where the event knows it."""
        return self._codes.resolve(self._believed(arrivals))

    def _believed(self, arrivals: Sequence[Arriving]) -> Sequence[Arriving]:
        """A ledger that never came back from a backup has acknowledged nothing but what it holds."""
        if not any(item.is_resent for item in arrivals):
            return arrivals
        restored_at = self._connection.execute(sql.RESTORED_AT).scalar()
        if restored_at is None:
            return [replace(item, is_resent=False, told=None) for item in arrivals]
        self._resent = Resent(frozenset(item.id for item in arrivals if item.is_resent), restored_at)
        return arrivals

    def claim_shown(self, scans: Sequence[Arriving]) -> None:
        """What was said about these scans, and came before them or before their tickets, is about their tickets."""
        self._difference.update(
            sql.CLAIM_SHOWN,
            [
                {"b_scan": item.id, "b_tid": item.tid}
                for item in scans
                if item.tid is not None and isinstance(item.fact, Scan) and item.fact.digest is not None
            ],
        )

    def record(self, arrivals: Sequence[Arriving]) -> dict[FactId, Stored]:
        """Keeps the facts whose id is new; what the ledger holds of the others. Ids in `arrivals` are unique.

        Raises SeqTaken when a new id claims a taken place in its device's chain.
        """
        if not arrivals:
            return {}
        rows = [self._row_of(item) for item in sorted(arrivals, key=lambda item: item.id)]
        try:
            kept = set(self._connection.execute(_keep(self._profile), rows).scalars())
        except IntegrityError as err:
            raise SeqTaken from err
        self.kept += len(kept)
        self._count_facts([row for row in rows if row["id"] in kept])
        missing = [item.id for item in arrivals if item.id not in kept]
        if not missing:
            return {}
        found = self._connection.execute(sql.STORED, {"e": self._event.id, "ids": missing})
        return {FactId(row.id): _stored(row) for row in found}

    def forks(self, arrivals: Sequence[Arriving]) -> set[FactId]:
        """The facts whose place in the device's chain belongs to another id, here or earlier in `arrivals`."""
        places = [(item.id, item.place) for item in arrivals]
        devices_here = list({item.device for item in arrivals})
        seqs = list({place[2] for _, place in places if place})
        found = self._connection.execute(sql.PLACES, {"e": self._event.id, "ids": devices_here, "seqs": seqs})
        owner: dict[tuple[UUID, int, int], UUID] = {(row.device, row.incarnation, row.seq): row.id for row in found}
        return {id_ for id_, place in places if place and owner.setdefault(place, id_) != id_}

    def take_back(self, ids: Collection[FactId]) -> None:
        """Forgets facts that this very transaction kept: they leave the group and come again alone."""
        if ids:
            self._connection.execute(sql.TAKE_BACK, {"e": self._event.id, "ids": list(ids)})
            for id_ in ids:
                self._count_fact(self._shown_here.pop(id_, None), -1)

    def take_out(self, ids: Collection[FactId]) -> None:
        """Forgets facts that lie in quarantine, for the same transaction to judge and keep them anew."""
        for row in self._connection.execute(sql.TAKE_OUT, {"e": self._event.id, "ids": list(ids)}):
            self._count_fact((row.outcome, row.device, row.ts) if row.kind == "shown" else None, -1)

    def _count_facts(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            shown = (row["outcome"], row["device"], row["ts"]) if row["kind"] == "shown" else None
            self._shown_here[row["id"]] = shown
            self._count_fact(shown, 1)

    def _count_fact(self, shown: tuple[str, DeviceId, int] | None, n: int) -> None:
        self.counters.add(Counted.FACTS, n)
        if shown is not None:
            outcome, device, at_ms = shown
            self.counters.add_shown(n, outcome=outcome, device=device, at_ms=at_ms)

    def lock(self, tids: Collection[TicketHandle], *, is_patient: bool) -> Locked:
        """Locks the tickets in the order of their handles; the impatient pass over those that others hold."""
        if not tids:
            return Locked({}, frozenset())
        wanted = {"e": self._event.id, "tids": sorted(tids)}
        passes_over = self._profile.is_postgresql and not is_patient
        rows = self._connection.execute(sql.LOCK_THE_FREE if passes_over else sql.LOCK, wanted)
        held = {ticket.tid: ticket for ticket in map(_ticket, rows)}
        missing = [tid for tid in tids if tid not in held]
        if not (passes_over and missing):
            return Locked(held, frozenset())
        known = self._connection.execute(sql.KNOWN_TIDS, {"e": self._event.id, "tids": missing}).scalars()
        return Locked(held, frozenset(TicketHandle(tid) for tid in known))

    def settle(self, held: Mapping[TicketHandle, Ticket], arrivals: Sequence[Arriving] = ()) -> dict[FactId, Entry]:
        """Folds each locked ticket with its arriving facts, writes the difference, and says what they are answered."""
        if not held:
            return {}
        arriving = _by_ticket(arrivals)
        known, promised, passed = self._known(held, {item.id for item in arrivals})
        told = {item.id: item.told for item in arrivals if item.told is not None}
        passed |= {id_ for id_, answer in told.items() if answer.outcome not in STEP_OF}
        names = self._names_of([*_flat(arriving.values()), *_flat(known.values())])
        waiting = {item.id for item in arrivals if item.waits}
        marks = self._marks_of(held)
        settled = {
            tid: settle(
                self._terms(ticket, marks.get(tid, frozenset())),
                self._event,
                known.get(tid, ()),
                arriving.get(tid, ()),
                promised=promised,
                waiting=waiting,
                device_names=names,
                passed=passed,
                as_of_ms=Millis(self._now_ms),
            )
            for tid, ticket in held.items()
        }
        self._difference.write(held, settled, with_history=list(known), arriving=arriving, resent=self._resent)
        entries = _entries(settled, {item.id for item in arrivals})
        entries |= {id_: replace(entries[id_], answer=answer) for id_, answer in told.items()}
        waited = [item.id for item in arrivals if item.is_resent and item.told is None and isinstance(item.fact, Undo)]
        entries |= {id_: replace(entries[id_], answer=None) for id_ in waited}  # an undo that came before its scan
        self._difference.write_answers(entries, waiting)
        return entries

    def settle_anew(self, tids: Collection[TicketHandle]) -> None:
        """Folds the tickets among these that have facts once more: what holds for them has changed. Locks them."""
        if tids:
            found = self._connection.execute(sql.TIDS_WITH_FACTS, {"e": self._event.id, "tids": list(tids)})
            self.settle(self.lock([TicketHandle(tid) for tid in found.scalars()], is_patient=True).tickets)

    def answer_strangers(self, arrivals: Sequence[Arriving]) -> dict[FactId, Entry]:
        """Answers scans of codes that are no ticket's."""
        unknown = Entry(Answer(Outcome.UNKNOWN_CODE), ())
        entries = {item.id: unknown for item in arrivals if isinstance(item.fact, Scan)}
        self._difference.write_answers(entries, ())
        return entries

    def set_aside(self, doubts: Mapping[FactId, Doubt]) -> None:
        """Puts facts that this transaction kept into quarantine."""
        aside = Arrival.QUARANTINED.value
        self._difference.update(
            sql.SET_ASIDE,
            [{"b_id": id_, "b_arrival": aside, "b_reason": why.value} for id_, why in doubts.items()],
        )

    def note(self, kind: IncidentKind, items: Sequence[Arriving], *, with_record: bool) -> None:
        """Opens an incident about a record itself, once for each fact and kind."""
        opened = [Incident(kind, item.id, None, Severity.HIGH, is_order_provable=False) for item in items]
        resent = {item.id for item in items if item.is_resent}
        self._difference.note(opened, [item.record if with_record else None for item in items], resent)

    def resolve_incident(self, scan: FactId, kind: IncidentKind, finding: Finding, by: str, note: str | None) -> bool:
        """Keeps what a person found out about an incident; whether there is one that stands. Locks its ticket."""
        place = {"e": self._event.id, "scan": scan, "kind": kind.value}
        tid = self._connection.execute(sql.TICKET_OF_INCIDENT, place).scalar()
        if tid is not None:
            self.lock([TicketHandle(tid)], is_patient=True)
        found = {"b_finding": finding.value, "b_by": by, "b_note": note, "b_at": self._now_ms}
        row = {"b_event": self._event.id, "b_scan": scan, "b_kind": kind.value, **found}
        return self._connection.execute(sql.RESOLVE, row).rowcount > 0

    def owned(self, scans: Collection[FactId]) -> dict[FactId, tuple[str, ...]]:
        """The kinds of the open incidents that scans own."""
        kinds: dict[FactId, tuple[str, ...]] = {}
        if scans:
            for row in self._connection.execute(sql.OWNED, {"e": self._event.id, "ids": list(scans)}):
                kinds[FactId(row.scan_id)] = (*kinds.get(FactId(row.scan_id), ()), row.kind)
        return kinds

    def adopt(self, tids: Collection[TicketHandle]) -> int:
        """Takes facts out of quarantine whose tickets were unknown and are here now; how many. Locks the tickets."""
        if not tids:
            return 0
        held = self.lock(tids, is_patient=True).tickets
        waiting = self._waiting(list(held))
        doubts = {
            item.id: misfit(item, held[item.tid]) for item in waiting if item.tid is not None and item.tid in held
        }
        fitting = [item for item in waiting if item.id in doubts and doubts[item.id] is None]
        self._difference.update(
            sql.SET_ASIDE, [{"b_id": item.id, "b_arrival": Arrival.APPLIED.value, "b_reason": None} for item in fitting]
        )
        self._difference.update(
            sql.SET_TICKET,
            [{"b_id": item.id, "b_tid": item.tid, "b_gen": item.gen_of_code} for item in fitting if item.is_by_code],
        )
        self.claim_shown(fitting)
        self.set_aside({id_: doubt for id_, doubt in doubts.items() if doubt is not None})
        if fitting:
            self.settle({item.tid: held[item.tid] for item in fitting if item.tid is not None}, fitting)
        return len(fitting)

    def _waiting(self, tids: Sequence[TicketHandle]) -> list[Arriving]:
        """The facts in quarantine that name these tickets, or codes of theirs."""
        if not tids:
            return []
        wanted = {"e": self._event.id, "tids": tids}
        rows: list[Any] = list(self._connection.execute(sql.WAITING, wanted))
        digests = [row.digest for row in self._connection.execute(sql.DIGESTS_OF, wanted)]
        digests += [row.digest for row in self._connection.execute(sql.CODES_OF, wanted)]
        if digests:
            rows += self._connection.execute(sql.WAITING_CODES, {"e": self._event.id, "digests": digests})
        return self.resolve([_arriving(row) for row in rows])

    # --- reading --------------------------------------------------------------------------------------------------

    def _known(
        self, tids: Collection[TicketHandle], but_not: Collection[FactId]
    ) -> tuple[dict[TicketHandle, list[Fact]], dict[FactId, Outcome], set[FactId]]:
        """The tickets' facts, what waiting doors were told, and the scans that the terms let pass at their arrival."""
        known: dict[TicketHandle, list[Fact]] = defaultdict(list)
        promised: dict[FactId, Outcome] = {}
        passed: set[FactId] = set()
        for row in self._connection.execute(sql.FACTS, {"e": self._event.id, "tids": list(tids)}):
            if row.id in but_not:
                continue
            fact = from_record(json.loads(row.record))
            if isinstance(fact, Malformed):
                raise TypeError(f"an applied fact can't be read: {fact.reason}")
            tid = TicketHandle(row.tid)
            known[tid].append(fact if fact.stamp.tid is not None else of_ticket(fact, tid, row.gen, None))
            if row.is_promise:
                promised[FactId(row.id)] = Outcome(row.outcome)
            if row.outcome is not None and Outcome(row.outcome) not in STEP_OF:
                passed.add(FactId(row.id))
        return known, promised, passed

    def _names_of(self, about: Iterable[Fact]) -> Mapping[DeviceId, str]:
        missing = {fact.stamp.device for fact in about} - self._names.keys()
        if missing:
            rows = self._connection.execute(sql.NAMES, {"e": self._event.id, "ids": list(missing)})
            self._names.update({DeviceId(row.id): row.name for row in rows})
        return self._names

    def _marks_of(self, tids: Collection[TicketHandle]) -> Mapping[TicketHandle, frozenset[int]]:
        """What concerns single tickets; an event that names no item is not asked."""
        if not self._event.attention:
            return {}
        rows = self._connection.execute(sql.MARKS, {"e": self._event.id, "tids": list(tids)})
        return {TicketHandle(row.tid): from_bits(row.bits) for row in rows}

    def _terms(self, ticket: Ticket, marks: frozenset[int]) -> Terms:
        kid, key_of = ticket.rotating_kid, self._rotating_key
        rotating = None if kid is None or key_of is None else key_of(self._event.id, kid)
        ticket_class = self._event.classes.get(ticket.cls)
        return Terms(ticket.tid, ticket_class, ticket.nbf, ticket.exp, ticket.denial, rotating, marks)

    # --- writing --------------------------------------------------------------------------------------------------

    def _row_of(self, item: Arriving) -> dict[str, Any]:
        fact, is_placed = item.fact, item.place is not None
        return {
            "event_id": self._event.id,
            "id": item.id,
            "kind": fact.kind if fact else "",
            "device": item.device,
            "incarnation": fact.stamp.incarnation if fact and is_placed else None,
            "seq": fact.stamp.seq if fact and is_placed else None,
            "tid": fact.stamp.tid if fact else None,
            "refers_to": item.refers_to,
            "ts": fact.stamp.moment.at_ms if fact else None,
            "record": item.record,
            "fingerprint": item.fingerprint,
            "arrival": (Arrival.QUARANTINED if item.doubt else Arrival.APPLIED).value,
            "reason": item.doubt,
            "outcome": fact.outcome.value if isinstance(fact, Shown) else None,
            "is_promise": False,
            "received_at": self._now_ms,
            "digest": (item.digest or None) if item.form else None,
            "gen": item.gen_of_code,
            "is_resent": item.is_resent,
        }


@lru_cache
def _keep(profile: Profile) -> Any:
    """Keeps facts whose ids are new, and says which; made once, for it is in every redemption."""
    keep = profile.insert(facts).on_conflict_do_nothing(index_elements=[facts.c.event_id, facts.c.id])
    return keep.returning(facts.c.id)


@lru_cache(maxsize=64)
def event_from(policy: str) -> Event:
    """The event of its stored policy. Raises ValueError for one that nobody could have stored."""
    event = event_of(_EVENT_ROW.validate_json(policy))
    if isinstance(event, Unusable):
        raise ValueError(event.reason)  # noqa: TRY004 — a stored event is usable; this is a bug
    return event


def misfit(item: Arriving, ticket: Ticket) -> Doubt | None:
    """What speaks against a scan of a ticket that is known: an edition never issued, another class."""
    if not isinstance(item.fact, Scan) or item.fact.digest is not None:  # what a list said of a code fits
        return None
    if item.fact.gen is not None and item.fact.gen > ticket.gen:
        return Doubt.GEN_NOT_ISSUED
    return Doubt.CLASS_MISMATCH if item.fact.cls != ticket.cls else None


def _by_ticket(arrivals: Iterable[Arriving]) -> dict[TicketHandle, list[Fact]]:
    grouped: dict[TicketHandle, list[Fact]] = defaultdict(list)
    for item in arrivals:
        if item.fact is not None and item.tid is not None:
            grouped[item.tid].append(item.fact)
    return grouped


def _entries(settled: Mapping[TicketHandle, Settled], arrived: Collection[FactId]) -> dict[FactId, Entry]:
    kinds: dict[FactId, list[str]] = defaultdict(list)
    for item in settled.values():
        for incident in item.folded.incidents:
            kinds[incident.scan].append(incident.kind.value)
    answers = {id_: answer for item in settled.values() for id_, answer in item.answers.items()}
    return {id_: Entry(answers.get(id_), tuple(kinds.get(id_, ()))) for id_ in arrived}


def _ticket(row: Any) -> Ticket:
    denial = Denial(row.denial_min_gen, DenialReason(row.denial), row.denial_since) if row.denial else None
    kid = KeyId(row.kid) if row.flags & ROTATING and row.kid != NO_KID else None
    tid, cls = TicketHandle(row.tid), ClassId(row.cls)
    return Ticket(tid, row.gen, cls, row.nbf, row.exp, denial, row.is_inside, kid, row.source, row.external_ref)


def _stored(row: Any) -> Stored:
    answer = _ANSWER.validate_json(row.answer) if row.answer else None
    return Stored(row.fingerprint, Arrival(row.arrival), row.reason, answer)


def _arriving(row: Any) -> Arriving:
    fact = from_record(json.loads(row.record))
    if isinstance(fact, Malformed):
        raise TypeError(f"a fact of an unknown ticket can't be read: {fact.reason}")
    return Arriving(FactId(row.id), DeviceId(row.device), fact, row.record, row.fingerprint, None, waits=False)


def _flat(lists: Iterable[Iterable[T]]) -> list[T]:
    return [item for items in lists for item in items]

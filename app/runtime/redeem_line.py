"""Facts become redemptions: keep, lock, fold, write the difference, commit, then answer.

Owns the order of these effects and who shares a transaction. A fact is kept before any rule is looked at, so that the
same upload gets the same answer for ever; nothing is acknowledged before COMMIT; one bad fact never fails the others.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, TypeVar
from uuid import UUID

from app.errors import AppError
from app.ledger.engine import LedgerBusy
from app.ledger.redemptions import EventUnknown, SeqTaken, misfit
from app.ledger.rows import Arriving, Doubt, Entry, Locked, Stored, Ticket
from app.log import logger
from core.journal.scan import Fact, Malformed, Scan, canonical, from_record
from core.journal.state import Arrival
from core.model.ids import DeviceId, EventId, FactId, TicketHandle
from core.redeem.answer import Answer
from core.redeem.fold import IncidentKind
from core.sync.messages import FactResult
from core.ticket.seal import sha256

MAX_EVIDENCE = 4 * 1024
"""Characters kept of a record that is no fact."""
_TOO_DEEP = '"nested too deeply"'
_BUSY = "server_busy"

T = TypeVar("T")


class Judge(Protocol):
    """One transaction's judgement of facts of one event."""

    def __call__(self, page: "Page", arrivals: Sequence[Arriving], *, is_patient: bool) -> Sequence[FactResult | None]:
        """One result per fact; None for one that has to come again alone."""


class Page(Protocol):
    """One event of the ledger inside one open transaction."""

    @property
    def has_open_list(self) -> bool:
        """Whether an unlisted code may still become somebody's."""

    def resolve(self, arrivals: Sequence[Arriving]) -> Sequence[Arriving]:
        """The same facts, those that name only a listed digest as facts of its ticket."""

    def claim_shown(self, scans: Sequence[Arriving]) -> None:
        """What was shown after these scans of digests, and came before them, is about their tickets too."""

    def record(self, arrivals: Sequence[Arriving]) -> Mapping[FactId, Stored]:
        """Keeps the facts whose id is new; what the ledger holds of the others. Raises SeqTaken."""

    def forks(self, arrivals: Sequence[Arriving]) -> Collection[FactId]:
        """The facts whose place in the device's chain belongs to another id."""

    def take_back(self, ids: Collection[FactId]) -> None:
        """Forgets facts that this very transaction kept."""

    def take_out(self, ids: Collection[FactId]) -> None:
        """Forgets facts that lie in quarantine, for this very transaction to judge and keep them anew."""

    def lock(self, tids: Collection[TicketHandle], *, is_patient: bool) -> Locked:
        """Locks the tickets; the impatient pass over those that others hold."""

    def settle(self, held: Mapping[TicketHandle, Ticket], arrivals: Sequence[Arriving]) -> Mapping[FactId, Entry]:
        """Folds the tickets with the arriving facts and writes the difference."""

    def answer_strangers(self, arrivals: Sequence[Arriving]) -> Mapping[FactId, Entry]:
        """Answers scans of codes that are no ticket's."""

    def set_aside(self, doubts: Mapping[FactId, Doubt]) -> None:
        """Puts kept facts into quarantine."""

    def note(self, kind: IncidentKind, items: Sequence[Arriving], *, with_record: bool) -> None:
        """Opens an incident about a record itself."""

    def owned(self, scans: Collection[FactId]) -> Mapping[FactId, tuple[str, ...]]:
        """The kinds of the open incidents that scans own."""


P_contra = TypeVar("P_contra", contravariant=True)


class Ledger(Protocol):
    """Transactions on the facts of an event; what `work` returns is durable."""

    def transact(self, event: EventId, work: Callable[[Page], T]) -> T:
        """Runs `work` in one transaction. Raises SeqTaken, LedgerBusy and other AppErrors."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers facts, as authenticated: a device, and the lost ones that it replaces.

    A predecessor's facts are its own, whoever brings them. `doubt` puts all of them into quarantine.
    """

    device: DeviceId
    predecessors: frozenset[DeviceId] = frozenset()
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One fact of an authenticated device, with those that it replaces; for a scan a guest waits."""

    event: EventId
    device: DeviceId
    record: object
    predecessors: frozenset[DeviceId] = frozenset()

    @property
    def sender(self) -> Sender:
        """Who asks."""
        return Sender(self.device, self.predecessors)


class RedeemLine:
    """The server's line for facts of all events. Safe between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def redeem_together(self, questions: Sequence[Question]) -> list[FactResult | None]:
        """Several questions, one transaction per event; None for one that has to be asked alone (`redeem`).

        Raises LedgerUnavailable.
        """
        results: list[FactResult | None] = [None] * len(questions)
        places: dict[EventId, list[int]] = defaultdict(list)
        for place, question in enumerate(questions):
            places[question.event].append(place)
        for event, here in places.items():
            arrivals = [arriving_of(questions[i].record, event, questions[i].sender, waits=True) for i in here]
            for i, result in zip(here, self._group(event, arrivals), strict=True):
                results[i] = result
        return results

    def redeem(self, question: Question) -> FactResult:
        """One question in a transaction of its own. Raises EventUnknown, LedgerBusy, LedgerUnavailable."""
        arriving = arriving_of(question.record, question.event, question.sender, waits=True)
        return self._alone(question.event, [arriving])[0]

    def redeem_batch(
        self,
        event: EventId,
        device: DeviceId,
        records: Sequence[object],
        predecessors: frozenset[DeviceId] = frozenset(),
        doubt: Doubt | None = None,
        *,
        resent: Mapping[str, Answer | None] = MappingProxyType({}),
    ) -> list[FactResult]:
        """An upload: one result per record, in their order. `doubt` puts all of them into quarantine.

        `resent` names those (ids in hex) that an earlier epoch of the ledger had acknowledged, with its answers.
        Raises EventUnknown, LedgerUnavailable.
        """
        sender = Sender(device, predecessors, doubt)
        arrivals = [_again(arriving_of(record, event, sender, waits=False), resent) for record in records]
        return self._upload(event, arrivals)

    def judge_anew(
        self, event: EventId, device: DeviceId, records: Sequence[object], predecessors: frozenset[DeviceId]
    ) -> list[FactResult]:
        """Facts that the ledger kept in quarantine, judged as a late upload would be; one result per record.

        Each is taken out and kept again in the same transaction: nobody ever sees it missing. What is not sound now
        stays in quarantine, with its own reason. Raises EventUnknown, LedgerBusy, LedgerUnavailable.
        """
        sender = Sender(device, predecessors)
        arrivals = [arriving_of(record, event, sender, waits=False) for record in records]
        ids = [item.id for item in arrivals]

        def judge(page: Page, how: Judge) -> Sequence[FactResult | None]:
            page.take_out(ids)
            return how(page, arrivals, is_patient=True)

        try:
            results = self._ledger.transact(event, lambda page: judge(page, _judge))
        except SeqTaken:
            results = self._ledger.transact(event, lambda page: judge(page, _judge_forked))
        return [result for result in results if result is not None]

    def _upload(self, event: EventId, arrivals: Sequence[Arriving]) -> list[FactResult]:
        """The group first; then each ticket that left the group in a transaction of its own."""
        results = dict(enumerate(self._group(event, arrivals)))
        left: dict[TicketHandle | FactId, list[int]] = defaultdict(list)
        for place, result in results.items():
            if result is None:
                left[arrivals[place].tid or arrivals[place].id].append(place)
        for places in left.values():
            results.update(zip(places, self._last_try(event, [arrivals[i] for i in places]), strict=True))
        return [result for result in results.values() if result is not None]

    def _group(self, event: EventId, arrivals: Sequence[Arriving]) -> Sequence[FactResult | None]:
        """Facts that share a transaction and wait for nobody; all of them leave it where it fails."""
        ordered = sorted(range(len(arrivals)), key=lambda i: (arrivals[i].tid or b"", i))
        try:
            results = self._transact(event, [arrivals[i] for i in ordered], is_patient=False)
        except (LedgerBusy, SeqTaken, EventUnknown):
            return [None] * len(arrivals)
        except AppError:
            raise
        except Exception as err:  # noqa: BLE001 — one bad fact never fails the others: each is tried alone
            logger(__name__).error("group_failed", event_id=event.hex, facts=len(arrivals), error=type(err).__name__)
            return [None] * len(arrivals)
        placed = dict(zip(ordered, results, strict=True))
        return [placed[i] for i in range(len(arrivals))]

    def _alone(self, event: EventId, arrivals: Sequence[Arriving]) -> list[FactResult]:
        try:
            results = self._transact(event, arrivals, is_patient=True)
        except SeqTaken as err:
            raise LedgerBusy("two facts claimed one place at the same moment") from err
        return [result for result in results if result is not None]

    def _last_try(self, event: EventId, arrivals: Sequence[Arriving]) -> list[FactResult]:
        """The facts of one ticket alone; later where it is busy, quarantine where they can't be judged at all."""
        try:
            return self._alone(event, arrivals)
        except LedgerBusy:
            return [FactResult(item.id.hex, Arrival.LATER, reason=_BUSY) for item in arrivals]
        except AppError:
            raise
        except Exception as err:  # noqa: BLE001 — a fact that breaks the judgement is kept for a person
            logger(__name__).error("fact_failed", event_id=event.hex, facts=len(arrivals), error=type(err).__name__)
            return self._alone(event, [replace(item, doubt=item.doubt or Doubt.SERVER_ERROR) for item in arrivals])

    def _transact(
        self, event: EventId, arrivals: Sequence[Arriving], *, is_patient: bool
    ) -> Sequence[FactResult | None]:
        try:
            return self._ledger.transact(event, lambda page: _judge(page, arrivals, is_patient=is_patient))
        except SeqTaken:
            return self._ledger.transact(event, lambda page: _judge_forked(page, arrivals, is_patient=is_patient))


def arriving_of(record: object, event: EventId, sender: Sender, *, waits: bool) -> Arriving:
    """A record on its way in, with what speaks against it."""
    read = from_record(record)
    text = _text_of(record)
    if isinstance(read, Malformed):
        return _malformed(record, text, read.reason, _claimed_device(record, sender))
    doubt = _doubt_about(read, event, sender)
    device = read.stamp.device if doubt is None else sender.device
    is_waiting = waits and isinstance(read, Scan) and (read.stamp.tid is not None or read.form is not None)
    return Arriving(read.stamp.id, device, read, text, sha256(text.encode()), doubt, waits=is_waiting)


def _again(item: Arriving, resent: Mapping[str, Answer | None]) -> Arriving:
    """The fact as one that was acknowledged before, where its sender says so."""
    id_ = item.id.hex
    return replace(item, is_resent=True, told=resent[id_]) if id_ in resent else item


def _doubt_about(fact: Fact, event: EventId, sender: Sender) -> Doubt | None:
    if fact.stamp.event != event:
        return Doubt.OTHER_EVENT
    is_own = fact.stamp.device == sender.device or fact.stamp.device in sender.predecessors
    return sender.doubt if is_own else Doubt.OTHER_DEVICE


def _claimed_device(record: object, sender: Sender) -> DeviceId:
    """Whose place a record that is no fact takes, by its own word: its sender's, or one's that its sender replaces."""
    told = record.get("device") if isinstance(record, dict) else None
    return next((each for each in sender.predecessors if each.hex == told), sender.device)


def _malformed(record: object, text: str, reason: str, device: DeviceId) -> Arriving:
    """A record that is no fact, kept by its own id; by one made of its fingerprint where it has none."""
    told = record.get("id") if isinstance(record, dict) else None
    why = f"{Doubt.MALFORMED.value}: {reason}"
    fingerprint = sha256(text.encode())
    is_id = isinstance(told, str) and len(told) == 32 and not set(told) - set("0123456789abcdef")
    id_ = UUID(told) if is_id else UUID(bytes=fingerprint[:16])
    return Arriving(FactId(id_), device, None, text[:MAX_EVIDENCE], fingerprint, why, waits=False)


def _text_of(record: object) -> str:
    """The record's canonical JSON (RFC 8785); plain sorted JSON where it has none (a number beyond 2^53, say)."""
    try:
        return canonical(record).decode() if isinstance(record, dict) else json.dumps(record)
    except ValueError:  # rfc8785.CanonicalizationError
        return json.dumps(record, sort_keys=True)
    except RecursionError:
        return _TOO_DEEP


def _judge_forked(page: Page, arrivals: Sequence[Arriving], *, is_patient: bool) -> Sequence[FactResult | None]:
    forks = page.forks(arrivals)
    marked = [replace(item, doubt=Doubt.JOURNAL_FORK, waits=False) if item.id in forks else item for item in arrivals]
    return _judge(page, marked, is_patient=is_patient)


def _judge(page: Page, arrivals: Sequence[Arriving], *, is_patient: bool) -> Sequence[FactResult | None]:
    """One transaction on facts of one event; None for a fact that has to come again alone.

    1. find the tickets of those that name a digest
    2. keep the facts; those that are known already have their answer
    3. lock the tickets of the new ones
    4. fold, write the difference
    """
    arrivals = page.resolve(arrivals)  # (1)
    first = {item.id: item for item in reversed(arrivals)}
    stored = page.record(list(first.values()))  # (2)
    fresh = [item for id_, item in first.items() if id_ not in stored]
    locked = page.lock({item.tid for item in fresh if item.tid is not None}, is_patient=is_patient)  # (3)
    left = {item.id for item in fresh if item.tid in locked.busy}
    page.take_back(left)
    staying = [item for item in fresh if item.id not in left]
    doubts = _doubts(staying, locked.tickets, has_open_list=page.has_open_list)
    page.set_aside(doubts)
    page.claim_shown(staying)
    entries = _settle(page, staying, locked.tickets, doubts)  # (4)
    page.note(
        IncidentKind.JOURNAL_FORK, [item for item in staying if item.doubt == Doubt.JOURNAL_FORK], with_record=False
    )
    reused = [item for item in arrivals if item.id not in left and _is_reuse(item, first, stored)]
    page.note(IncidentKind.ID_REUSE, reused, with_record=True)
    told = _Told(first, stored, entries, doubts, page.owned(stored), left)
    return [told.result(item) for item in arrivals]


def _doubts(
    fresh: Sequence[Arriving], held: Mapping[TicketHandle, Ticket], *, has_open_list: bool
) -> dict[FactId, Doubt]:
    """What speaks against sound facts once their tickets are known."""
    doubts: dict[FactId, Doubt] = {}
    for item in fresh:
        if item.names_a_code and has_open_list:
            doubts[item.id] = Doubt.UNKNOWN_TICKET
        if item.tid is None:
            continue
        doubt = misfit(item, held[item.tid]) if item.tid in held else Doubt.UNKNOWN_TICKET
        if doubt is not None:
            doubts[item.id] = doubt
    return doubts


def _settle(
    page: Page, fresh: Sequence[Arriving], held: Mapping[TicketHandle, Ticket], doubts: Collection[FactId]
) -> dict[FactId, Entry]:
    sound = [item for item in fresh if item.doubt is None and item.id not in doubts]
    entries = dict(page.settle(held, [item for item in sound if item.tid is not None]))
    return entries | dict(page.answer_strangers([item for item in sound if item.tid is None]))


def _is_reuse(item: Arriving, first: Mapping[FactId, Arriving], stored: Mapping[FactId, Stored]) -> bool:
    known = stored.get(item.id) or first[item.id]
    return known.fingerprint != item.fingerprint


@dataclass(frozen=True, slots=True)
class _Told:
    """What one transaction found about its facts, as results."""

    first: Mapping[FactId, Arriving]
    stored: Mapping[FactId, Stored]
    entries: Mapping[FactId, Entry]
    doubts: Mapping[FactId, Doubt]
    owned: Mapping[FactId, tuple[str, ...]]
    left: Collection[FactId]

    def result(self, item: Arriving) -> FactResult | None:
        """The result of one record; None where it left the group."""
        if item.id in self.left:
            return None
        if _is_reuse(item, self.first, self.stored):
            return _quarantined(item.id, Doubt.ID_REUSE, (IncidentKind.ID_REUSE.value,))
        known = self.stored.get(item.id)
        if known is not None:
            return self._replay(item.id, known.arrival, known.reason, known.answer)
        doubt = self.doubts.get(item.id) or self.first[item.id].doubt
        entry = self.entries.get(item.id, Entry(None, ()))
        if doubt is not None:
            incidents = (IncidentKind.JOURNAL_FORK.value,) if doubt == Doubt.JOURNAL_FORK else ()
            return _quarantined(item.id, doubt, incidents)
        arrival = Arrival.APPLIED if item is self.first[item.id] else Arrival.REPLAYED
        return FactResult(item.id.hex, arrival, entry.answer, list(entry.incidents))

    def _replay(self, id_: FactId, arrival: Arrival, reason: str | None, answer: Answer | None) -> FactResult:
        owned = self.owned.get(id_, ())
        if arrival is Arrival.QUARANTINED:
            return _quarantined(id_, reason, owned)
        return FactResult(id_.hex, Arrival.REPLAYED, answer, list(owned))


def _quarantined(id_: FactId, reason: str | None, incidents: Sequence[str]) -> FactResult:
    return FactResult(id_.hex, Arrival.QUARANTINED, reason=reason, incidents=list(incidents))

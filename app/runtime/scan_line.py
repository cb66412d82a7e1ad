"""A code in front of a lane becomes a verdict: verify, record, ask or decide, record what is shown, say it.

Owns the order of these effects. The scan is committed before the server is asked and what is shown is committed before
it is returned: whoever displays a verdict of this line displays a durable one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard

from app.clock import Clock
from app.runtime.fact_book import FactBook
from app.runtime.in_hand import InHand
from app.runtime.knowledge import Knowledge
from app.runtime.trust_box import InForce
from app.store.database import StorageFailed
from app.store.journal import Presented
from core.gate.admit import Door, decided_offline, is_for_the_server, verdict_of, verdict_of_stranger
from core.gate.flood import Flood
from core.gate.verdict import Evidence, Plain, Verdict
from core.journal.scan import Scan, Shown
from core.model.codes import BY_NAME_FORM
from core.model.event import Direction
from core.model.ids import FactId, GateId, TicketHandle
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome, Source, is_admission, takes_entry
from core.model.questions import IDENTITY
from core.redeem.answer import Answer, Answered, known_elsewhere
from core.ticket.lists import Listed
from core.ticket.terms import Terms
from core.ticket.verify import Barred, Genuine, Lane, Refused, Trust, verify, verify_found, verify_number
from core.ticket.wire import digest_of_stranger


class Oracle(Protocol):
    """The server, as a lane with little time asks it."""

    def ask(self, scan: Scan) -> Answer | None:
        """The server's answer about a committed scan, or None when it did not come within the budget."""


class TrustHolder(Protocol):
    """What this kiosk trusts at the moment; replaced whole when a new manifest arrives."""

    @property
    def in_force(self) -> InForce:
        """Everything of one manifest, at once. Never waits."""


IDENTITY_CHECKED = {IDENTITY: "checked"}
"""What a scan says whose guest staff found by name and compared with an ID."""


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that staff found on the guest list in the place of a code.

    `group` is the scan of the guest whom this one came with; `is_vouched_for`: that guest was let in, which is as good
    as an ID. `is_identity_checked`: staff compared the name with one.
    """

    ticket: Listed
    is_identity_checked: bool = False
    group: FactId | None = None
    is_vouched_for: bool = False
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A presentation of a ticket that is known, as it was verified."""

    presented: Presented
    verified: Genuine | Refused
    terms: Terms


MOST_ASKED = 16
"""Guests of one group, each of whom is asked after the other."""


class ScanLine:
    """One lane. Owned by one thread, with a journal of its own.

    `gate` says where the kiosk stands now, where the organizer may move it; without it, the lane's own gate stays.
    `direction` may be turned at any moment, `operator` says who is on shift: both are asked at each scan. `in_hand` is
    held while a verdict is sought: what is recorded then is not uploaded yet (`app.runtime.sync_line`).
    """

    def __init__(
        self,
        *,
        lane: Lane,
        door: Callable[[Trust], Door],
        journal: FactBook,
        holder: TrustHolder,
        clock: Clock,
        oracle: Oracle,
        gate: Callable[[], GateId] | None = None,
        direction: Callable[[], Direction] | None = None,
        operator: Callable[[], str | None] = lambda: None,
        in_hand: InHand | None = None,
    ) -> None:
        self._lane = lane
        self._door = door
        self._journal = journal
        self._holder = holder
        self._clock = clock
        self._oracle = oracle
        self._gate = gate
        self._direction = direction
        self._operator = operator
        self._in_hand = in_hand or InHand()
        self._asked: dict[FactId, _Seen] = {}
        self._knowledge = Knowledge(journal, door)
        self._flood = Flood()
        self._flood_since_ms = Millis(0)

    def present(self, text: str) -> Verdict:
        """The verdict on a presented text, durable by the time it is returned.

        Without a place to write there is no admission: the outcome is `storage_failed`.
        """
        now = self._clock.now()
        held = self._holder.in_force  # once: a manifest that arrives meanwhile is for the next guest
        try:
            with self._in_hand:
                return self._present(text, held, now)
        except StorageFailed:
            return Verdict(Outcome.STORAGE_FAILED, Plain(), _evidence(Source.OFFLINE, held, now), None, now.at_ms)

    def present_found(self, found: Found) -> Verdict:
        """The verdict on a ticket that was found by name, as durable as that on a code."""
        now = self._clock.now()
        held = self._holder.in_force
        try:
            with self._in_hand:
                return self._present_found(found, held, now)
        except StorageFailed:
            return Verdict(Outcome.STORAGE_FAILED, Plain(), _evidence(Source.OFFLINE, held, now), None, now.at_ms)

    def present_number(self, tid: TicketHandle) -> Verdict:
        """The verdict on a ticket whose number staff have typed, and which the guest list here does not have."""
        now = self._clock.now()
        held = self._holder.in_force
        try:
            verified, lane = verify_number(tid, trust=held.trust, now=now), self._lane_now()
            with self._in_hand:
                scan = self._journal.record_scan(self._by(_presented("", verified, lane, held.version)), now)
                return self._show_stranger("", verified, scan, held)
        except StorageFailed:
            return Verdict(Outcome.STORAGE_FAILED, Plain(), _evidence(Source.OFFLINE, held, now), None, now.at_ms)

    def _present_found(self, found: Found, held: InForce, now: Moment) -> Verdict:
        trust, lane = held.trust, self._lane_now()
        verified = verify_found(found.ticket, trust=trust, lane=lane, now=now)
        presented = self._by(_presented_by_name(found, lane, held.version))
        scan = self._journal.record_scan(presented, now)
        if verified.terms is None or isinstance(trust, Barred):
            return self._show_stranger("", verified, scan, held)
        seen = _Seen(presented, verified, verified.terms)
        if self._wants_identity(found, verified, scan, trust, held):
            return self._show(scan, seen, (Answer(Outcome.CONFIRM_IDENTITY), Source.OFFLINE), trust, held)
        return self._show(scan, seen, self._decide(verified, scan, trust, held), trust, held)

    def answer(self, scan_id: FactId, answers: Mapping[str, str]) -> Verdict | None:
        """The verdict on the guest who was asked, with their answers: a scan of its own, of what was presented then.

        The code is not looked at again: while somebody answers, a live one would have grown old. None where this scan
        asked nothing, or long ago.
        """
        seen, now, held = self._asked.get(scan_id), self._clock.now(), self._holder.in_force
        if seen is None or isinstance(held.trust, Barred):
            return None
        trust = replace(held.trust, steps=self._journal)
        told = {**seen.presented.answers, **answers}
        presented = self._by(replace(seen.presented, answers=told, manifest_version=held.version))
        try:
            with self._in_hand:
                scan = self._journal.record_scan(presented, now)
                return self._show(scan, seen, self._decide(seen.verified, scan, trust, held), trust, held)
        except StorageFailed:
            return Verdict(Outcome.STORAGE_FAILED, Plain(), _evidence(Source.OFFLINE, held, now), None, now.at_ms)

    def _show(self, scan: Scan, seen: _Seen, decided: tuple[Answer, Source], trust: Trust, held: InForce) -> Verdict:
        """Commits what the door is about to see of a ticket whose terms are known."""
        answer, source = decided
        self._journal.record_shown(scan, answer.outcome, source, self._clock.now())
        moment, terms = scan.stamp.moment, seen.terms
        answered: frozenset[str] = frozenset()
        if answer.outcome is Outcome.ANSWERS_REQUIRED:
            self._asked = dict([*self._asked.items(), (scan.stamp.id, seen)][-MOST_ASKED:])
            answered = self._knowledge.answered(terms, trust)
        evidence, id_ = _evidence(source, held, moment), scan.stamp.id
        return verdict_of(answer, terms, self._door(trust), evidence, scan=id_, at_ms=moment.at_ms, answered=answered)

    def _by(self, presented: Presented) -> Presented:
        """The same by whoever is on shift, unless it says already who it was."""
        return presented if presented.operator else replace(presented, operator=self._operator())

    def _wants_identity(
        self, found: Found, verified: Genuine | Refused, scan: Scan, trust: Trust, held: InForce
    ) -> bool:
        """Whether nothing but the guest's ID is missing."""
        is_known = found.is_identity_checked or found.is_vouched_for or not trust.event.checks_identity_by_name
        if is_known or isinstance(verified, Refused) or scan.direction is Direction.EXIT:
            return False
        here = self._knowledge.here(verified.terms, scan, trust, held).outcome
        return is_admission(here) or here is Outcome.ANSWERS_REQUIRED  # who somebody is comes before what they answer

    def _lane_now(self) -> Lane:
        lane = self._lane if self._gate is None else replace(self._lane, gate=self._gate())
        return lane if self._direction is None else replace(lane, direction=self._direction())

    def _present(self, text: str, held: InForce, now: Moment) -> Verdict:
        trust = held.trust if isinstance(held.trust, Barred) else replace(held.trust, steps=self._journal)
        lane = self._lane_now()
        verified = verify(text, trust=trust, lane=lane, now=now)
        self._write_flood(lane.gate, now)
        if _is_stranger(verified) and not self._is_recorded(now):
            evidence = _evidence(Source.OFFLINE, held, now)
            return verdict_of_stranger(verified.outcome, text, evidence, scan=None, at_ms=now.at_ms)
        presented = self._by(_presented(text, verified, lane, held.version))
        scan = self._journal.record_scan(presented, now)
        if verified.terms is None or isinstance(trust, Barred):
            return self._show_stranger(text, verified, scan, held)
        seen = _Seen(presented, verified, verified.terms)
        return self._show(scan, seen, self._decide(verified, scan, trust, held), trust, held)

    def _is_recorded(self, now: Moment) -> bool:
        """Whether one more stranger's code is recorded by itself, or only counted."""
        at_ms, was_counting = self._clock.monotonic_ms(), self._flood.counted > 0
        self._flood, is_recorded = self._flood.stranger(at_ms, has_room=self._journal.has_room_for_strangers())
        if not is_recorded and not was_counting:
            self._flood_since_ms = now.at_ms
        return is_recorded

    def _write_flood(self, gate: GateId, now: Moment) -> None:
        """Records how many strangers' codes were only counted, a minute after the first of them."""
        if self._flood.is_due(self._clock.monotonic_ms()):
            self._journal.record_flood(gate, self._flood.counted, self._flood_since_ms, now)
            self._flood = self._flood.written()

    def _show_stranger(self, text: str, verified: Genuine | Refused, scan: Scan, held: InForce) -> Verdict:
        """Commits what the door is about to see of a code whose ticket is not known here; the server may know it."""
        answer, source = Answer(Outcome.SNAPSHOT_EXPIRED), Source.OFFLINE
        if isinstance(verified, Refused):
            told = self._oracle.ask(scan) if is_for_the_server(verified.outcome) else None
            answer, source = (told, Source.ONLINE) if told is not None else (Answer(verified.outcome), source)
        self._journal.record_shown(scan, answer.outcome, source, self._clock.now())
        evidence, at_ms = _evidence(source, held, scan.stamp.moment), scan.stamp.moment.at_ms
        return verdict_of_stranger(answer.outcome, text, evidence, scan=scan.stamp.id, at_ms=at_ms)

    def _decide(self, verified: Genuine | Refused, scan: Scan, trust: Trust, held: InForce) -> tuple[Answer, Source]:
        if isinstance(verified, Refused):
            here = Answer(verified.outcome)
        else:
            here = self._knowledge.here(verified.terms, scan, trust, held)
        if is_for_the_server(here.outcome):
            told = self._oracle.ask(scan)
            if told is not None and isinstance(verified, Genuine):
                return self._agreed(told, verified, scan, trust)
            if told is not None:
                return told, Source.ONLINE
        return decided_offline(here, trust.event), Source.OFFLINE

    def _agreed(self, told: Answer, verified: Genuine, scan: Scan, trust: Trust) -> tuple[Answer, Source]:
        """The server's answer, unless this kiosk let the ticket in without the server's knowing it.

        It has not heard of it yet, or has forgotten it: it came back from a backup, and counts fewer entries than this
        kiosk took with its word. Then the kiosk's own entries are added to those that the server told of.
        """
        facts = self._journal.facts_of(verified.identity.tid)
        heard = {each.scan.stamp.id for each in self._journal.answered_of(verified.identity.tid)}
        entries = [fact for fact in facts if isinstance(fact, Shown) and takes_entry(fact.outcome)]
        unheard = [each for each in entries if each.source is Source.OFFLINE and each.refers_to not in heard]
        counted = told.entries_used - takes_entry(told.outcome)  # this one is counted in the answer too
        known = min(len(entries) - len(unheard), counted)
        if known == len(entries) or not is_admission(told.outcome):
            return told, Source.ONLINE
        own = [Answered(scan, took_entry=True, answer=told)] * (known + 1)
        here = self._knowledge.answer(verified.terms, scan, trust, known_elsewhere(own))
        return (told, Source.ONLINE) if is_admission(here.outcome) else (here, Source.OFFLINE)


def _presented(text: str, verified: Genuine | Refused, lane: Lane, version: int) -> Presented:
    identity = verified.identity
    refused = verified if isinstance(verified, Refused) else None
    return Presented(
        direction=lane.direction,
        gate=lane.gate,
        manifest_version=version,
        tid=identity.tid if identity else None,
        digest=None if identity else (refused and refused.digest) or digest_of_stranger(text),
        form=identity.form if identity else refused.form if refused else None,
        gen=identity.gen if identity else None,
        cls=identity.cls if identity else None,
        proof_step=verified.proof_step if isinstance(verified, Genuine) else None,
        proof=refused.proof if refused else None,
    )


def _presented_by_name(found: Found, lane: Lane, version: int) -> Presented:
    return Presented(
        direction=lane.direction,
        gate=lane.gate,
        manifest_version=version,
        tid=found.ticket.tid,
        digest=None,
        gen=found.ticket.gen,
        cls=found.ticket.cls,
        form=BY_NAME_FORM,
        operator=found.operator,
        group=found.group,
        answers=IDENTITY_CHECKED if found.is_identity_checked else {},
    )


def _is_stranger(verified: Genuine | Refused) -> TypeGuard[Refused]:
    """Whether a code is nobody's by itself: neither a ticket's, nor one that the server could know."""
    if isinstance(verified, Genuine) or verified.identity is not None:
        return False
    return not is_for_the_server(verified.outcome)


def _evidence(source: Source, held: InForce, now: Moment) -> Evidence:
    return Evidence(source, now.quality, held.age_ms(now))

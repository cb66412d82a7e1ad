"""The state of a ticket is a fold over its facts.

Owns what any set of facts adds up to: which passages were admissions, which entry each took, which incidents they are.
Pure, and the same on kiosk and server, so that the result cannot depend on arrival order, duplication or batching.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from core.journal.scan import About, Fact, Finding, Flood, Override, Recovery, Resolution, Scan, Shown, Undo, sort_key
from core.model.codes import T1_FORM
from core.model.event import Direction, Event
from core.model.ids import DeviceId, FactId
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome, is_admission
from core.redeem.standing import Standing, by_count, by_duty, may_return
from core.redeem.undoing import is_undone_by
from core.ticket.lists import DenialReason
from core.ticket.proof import flaw_of, secret_for, step_at
from core.ticket.terms import Circumstances, Terms, refusal_by_terms

_AboutT = TypeVar("_AboutT", Shown, Undo, Override, Recovery)


class IncidentKind(StrEnum):
    """What a person must look at."""

    DOUBLE_ADMISSION = "double_admission"
    LATE_CANCEL = "late_cancel"
    AGAINST_RULES = "against_rules"
    OVERRIDE_USED = "override_used"
    ID_REUSE = "id_reuse"
    JOURNAL_FORK = "journal_fork"
    JOURNAL_GAP = "journal_gap"
    CLOCK_DRIFT = "clock_drift"


class Severity(StrEnum):
    """How soon a person must look."""

    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Incident:
    """One conflict, owned by the scan that lost it. `against` is the admission that won, where there is one.

    `finding` is what a person found out about it; None while nobody has looked.
    """

    kind: IncidentKind
    scan: FactId
    against: FactId | None
    severity: Severity
    is_order_provable: bool
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One scan as the fold judges it, with what was decided about it at its own door.

    `judged` is what the rules say at its place in the order; `shown` what the door saw, where that is known;
    `promised` what a waiting door was told. `entry_number` counts from 1; None for whatever took no entry.
    """

    scan: Scan
    shown: Shown | None
    promised: Outcome | None
    judged: Outcome
    entry_number: int | None = None
    undo: Undo | None = None
    override: Override | None = None
    recovery: Recovery | None = None

    @property
    def is_admission(self) -> bool:
        """Whether the guest went in and nobody took it back.

        By a supervisor's word, else as the door saw it, else as staff remember it, else as the door was told, else as
        the rules decide.
        """
        if self.undo is not None:
            return False
        if self.override is not None:
            return True
        if self.shown is None and self.recovery is not None:
            return self.recovery.entered
        return is_admission(self._said)

    @property
    def is_exit(self) -> bool:
        """Whether the guest went out. A blocked guest whom the door kept did not."""
        return self.scan.direction is Direction.EXIT and self.undo is None and self._said in _EXITS

    @property
    def _said(self) -> Outcome:
        return self.shown.outcome if self.shown else self.promised or self.judged


_EXITS = frozenset({Outcome.EXIT_RECORDED, Outcome.EXIT_WITHOUT_ENTRY})


@dataclass(frozen=True, slots=True)
class KnownUse:
    """Entries that others recorded and this place has no facts of: how many, and the first of them."""

    entries: int
    first_ms: Millis
    gate: str
    device: str

    @property
    def standing(self) -> Standing:
        """Where it leaves a ticket without any facts here. Only of a single entry is the latest one known."""
        first = Moment(self.first_ms, 0, ClockQuality.SYNCED, self.device)
        last = first if self.entries == 1 else None
        return Standing(self.entries, (first,), is_inside=self.entries > 0, last=last)


@dataclass(frozen=True, slots=True)
class Folded:
    """What the facts of one ticket add up to."""

    terms: Terms
    passages: tuple[Passage, ...]
    incidents: tuple[Incident, ...]
    elsewhere: KnownUse | None
    standing: Standing = field(default_factory=Standing)

    @property
    def is_inside(self) -> bool:
        """Whether the ticket's holder is inside."""
        return self.standing.is_inside

    @property
    def entries(self) -> tuple[Passage, ...]:
        """The passages that took an entry, first to last: the redemptions of the ticket."""
        return tuple(passage for passage in self.passages if passage.entry_number is not None)

    @property
    def entries_used(self) -> int:
        """Entries taken here and elsewhere."""
        return self.standing.used

    def passage(self, scan: FactId) -> Passage:
        """The passage of a scan. Raises KeyError for a scan that was not folded."""
        for passage in self.passages:
            if passage.scan.stamp.id == scan:
                return passage
        raise KeyError(scan)


def fold(
    terms: Terms,
    event: Event,
    facts: Iterable[Fact],
    *,
    promised: Mapping[FactId, Outcome] | None = None,
    passed: Collection[FactId] = frozenset(),
    elsewhere: KnownUse | None = None,
    as_of_ms: Millis | None = None,
) -> Folded:
    """All facts of one ticket, in any order and any number of copies → state, admissions, incidents.

    Scans are taken in the order of `sort_key`, each with what its own device says about it: no other device can say
    what a door saw, take a scan back or let its guest in. `promised` is what waiting doors were told, for a guest whose
    verdict is not known to have been shown may be inside.

    `passed` names the scans that the ticket's terms let pass when they arrived: what is decided about the ticket
    afterwards, such as a refund of a guest who is inside, does not reach back to them. `as_of_ms` is now, for the
    automatic check-out: None asks for the state after the last fact.
    """
    ordered = _in_order({fact.stamp.id: fact for fact in facts}.values())
    tally = _Tally(terms, event, passed, elsewhere, _remarks(ordered))
    for fact in ordered:
        if isinstance(fact, Scan):
            tally.add(fact, (promised or {}).get(fact.stamp.id))
    findings = {(fact.refers_to, fact.incident): fact.finding for fact in ordered if isinstance(fact, Resolution)}
    incidents = (replace(one, finding=findings.get((one.scan, one.kind.value))) for one in tally.incidents)
    return Folded(terms, tuple(tally.passages), tuple(incidents), elsewhere, tally.standing.at(as_of_ms, event))


def decide(scan: Scan, others: Folded, event: Event) -> Outcome:
    """Step 12 for a door that waits: what to say about a scan after all that is known of its ticket, whenever it was.

    `others` is the fold of every other fact. Order by time settles who had the better right afterwards; it must not
    open the door a second time for a kiosk whose clock is behind: neither for a guest who is inside, nor for one whose
    return would lie before the exit that it follows. That guest is let in as soon as the clock has passed the exit.
    """
    refusal = refusal_by_terms(others.terms, event, _circumstances(scan))
    outcome = refusal or _judge_passing(scan, others.terms, _standing_at(scan, others.standing, event), event)
    is_early = outcome is Outcome.ADMITTED_REENTRY and _is_before_exit(scan, others.passages)
    return Outcome.ALREADY_INSIDE if is_early else outcome


def _is_before_exit(scan: Scan, passages: Iterable[Passage]) -> bool:
    """Whether a scan's place is before that of the ticket's last exit. One whose clock is suspect has no place in time.

    It comes after all others: were it to count, the guest could not come back to any door whose clock is right.
    """
    exits = [passage.scan for passage in passages if passage.is_exit]
    return bool(exits) and not exits[-1].stamp.moment.is_suspect and sort_key(scan) < sort_key(exits[-1])


def _judge_passing(scan: Scan, terms: Terms, standing: Standing, event: Event) -> Outcome:
    """The outcome of a scan that the ticket's terms let pass."""
    refusal = _refusal_by_proof(scan, terms, standing.highest_step)
    if refusal is not None:
        return refusal
    return by_duty(by_count(standing, terms, _circumstances(scan), event), scan, standing, terms, event)


def _standing_at(scan: Scan, standing: Standing, event: Event) -> Standing:
    moment = scan.stamp.moment
    return standing if moment.is_suspect else standing.at(moment.at_ms, event)


def _refusal_by_proof(scan: Scan, terms: Terms, highest: int | None) -> Outcome | None:
    """Check 11 where the kiosk could not run it. A kiosk that did says the step, or refused the guest itself."""
    if terms.rotating is None or scan.direction is Direction.EXIT or scan.form != T1_FORM:
        return None
    if scan.proof_step is not None:
        return None
    if scan.proof is None:
        return Outcome.PROOF_MISSING
    return flaw_of(scan.proof, secret_for(terms.rotating, terms.tid, scan.gen or 0), scan.stamp.moment, highest)


def _accepted_step(passage: Passage) -> int | None:
    """The step of a rotating code that an admission accepted."""
    scan = passage.scan
    if not (passage.is_admission or passage.undo):  # taken back or not, the code was seen: a picture of it is old
        return None
    return step_at(scan.proof.at_s) if scan.proof is not None else scan.proof_step


def _in_order(facts: Iterable[Fact]) -> Sequence[Fact]:
    return sorted(facts, key=sort_key)


Remark = tuple[type[About], FactId, DeviceId]
"""What is said about a scan: the kind of fact, the scan, the device that says it."""


def _remarks(ordered: Iterable[Fact]) -> dict[Remark, About]:
    """What is said about each scan, by whom: the last word of each kind, the first of undos."""
    remarks: dict[Remark, About] = {}
    for fact in ordered:
        if isinstance(fact, Scan | Flood):
            continue
        place = (type(fact), fact.refers_to, fact.stamp.device)
        remarks[place] = remarks.get(place, fact) if isinstance(fact, Undo) else fact
    return remarks


class _Tally:
    """The running state while facts are taken in order."""

    def __init__(
        self,
        terms: Terms,
        event: Event,
        passed: Collection[FactId],
        elsewhere: KnownUse | None,
        remarks: Mapping[Remark, About],
    ) -> None:
        self._terms = terms
        self._event = event
        self._passed = passed
        self._remarks = remarks
        self.standing = elsewhere.standing if elsewhere else Standing()
        self._first: Scan | None = None
        self.passages: list[Passage] = []
        self.incidents: list[Incident] = []

    def add(self, scan: Scan, promised: Outcome | None) -> None:
        self.standing = _standing_at(scan, self.standing, self._event)
        passage = self._passage(scan, promised)
        if passage.is_exit:
            self.standing = self.standing.after_exit()
        elif passage.is_admission and scan.direction is Direction.ENTRY:
            passage = self._admit(passage)
        self.standing = self.standing.after_step(_accepted_step(passage)).after_answers(scan, self._terms)
        self.passages.append(passage)

    def _passage(self, scan: Scan, promised: Outcome | None) -> Passage:
        undo = self._remark(Undo, scan)
        return Passage(
            scan,
            self._remark(Shown, scan),
            promised,
            self._judge(scan),
            undo=undo if undo is not None and is_undone_by(scan, undo) else None,
            override=self._remark(Override, scan),
            recovery=self._remark(Recovery, scan),
        )

    def _remark(self, kind: type[_AboutT], scan: Scan) -> _AboutT | None:
        found = self._remarks.get((kind, scan.stamp.id, scan.stamp.device))
        return found if isinstance(found, kind) else None

    def _judge(self, scan: Scan) -> Outcome:
        if scan.stamp.id not in self._passed:
            refusal = refusal_by_terms(self._terms, self._event, _circumstances(scan))
            if refusal is not None:
                return refusal
        return _judge_passing(scan, self._terms, self.standing, self._event)

    def _admit(self, passage: Passage) -> Passage:
        """1. a return takes no entry; 2. a free entry is taken; 3. what is left is one guest too many."""
        at = passage.scan.stamp.moment
        if passage.override is None:
            self._note_rules(passage)
        if may_return(self.standing, self._terms):  # (1)
            self.standing = self.standing.after_return(at)
            return passage
        if self._is_entry_free(passage):  # (2)
            self.standing = self.standing.after_entry(at)
            self._first = self._first or passage.scan
            return replace(passage, entry_number=self.standing.used)
        self.standing = self.standing.after_admission(at)  # (3)
        if passage.override is None:
            self._note(IncidentKind.DOUBLE_ADMISSION, passage, Severity.HIGH)
        else:
            self._note(IncidentKind.OVERRIDE_USED, passage, Severity.NORMAL)
        return passage

    def _is_entry_free(self, passage: Passage) -> bool:
        """A supervisor's word takes none of a ticket that was called off, nor of an unpaid one where it may not."""
        is_called_off = passage.judged in _CALLED_OFF
        is_due = passage.judged is Outcome.UNPAID and not self._event.may_override_unpaid
        is_apart = passage.override is not None and (is_called_off or is_due)
        return self.standing.used < self._terms.entries and not is_apart

    def _note_rules(self, passage: Passage) -> None:
        """Incidents of an admission that the ticket's terms refuse, or the rules although an entry is left."""
        has_room = self.standing.used < self._terms.entries or may_return(self.standing, self._terms)
        if is_admission(passage.judged) or (passage.judged in _BY_COUNT and not has_room):
            return  # where no entry was left, the incident is the guest too many
        if passage.judged is Outcome.ANSWERS_REQUIRED:
            return  # the guest had a right to come in: a question that nobody asked is no conflict
        if passage.judged in _CALLED_OFF:
            self._note(IncidentKind.LATE_CANCEL, passage, self._severity_of_cancel(passage.scan))
        else:
            self._note(IncidentKind.AGAINST_RULES, passage, Severity.NORMAL)

    def _severity_of_cancel(self, scan: Scan) -> Severity:
        denial = self._terms.denial
        knew = denial is not None and scan.manifest_version >= denial.since_version
        return Severity.HIGH if knew else Severity.NORMAL

    def _note(self, kind: IncidentKind, passage: Passage, severity: Severity) -> None:
        scan, first = passage.scan, self._first
        against = first.stamp.id if first else None
        provable = first is None or _is_order_provable(first, scan)
        self.incidents.append(Incident(kind, scan.stamp.id, against, severity, provable))


_BY_COUNT = frozenset({Outcome.ALREADY_USED, Outcome.ALREADY_INSIDE, Outcome.LIMIT_REACHED})
_CALLED_OFF = frozenset(reason.outcome for reason in DenialReason) - {Outcome.UNPAID}


def _circumstances(scan: Scan) -> Circumstances:
    return Circumstances(scan.gen or 0, scan.gate, scan.direction, scan.stamp.moment, scan.form)


def _is_order_provable(first: Scan, second: Scan) -> bool:
    early, late = first.stamp.moment, second.stamp.moment
    if early.is_suspect or late.is_suspect:
        return False
    if first.stamp.device == second.stamp.device and first.stamp.incarnation == second.stamp.incarnation:
        return first.stamp.seq < second.stamp.seq
    return late.at_ms - early.at_ms > early.uncertainty_ms + late.uncertainty_ms

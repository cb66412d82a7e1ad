"""The state of a ticket is a fold over its facts.

Owns what any set of facts adds up to: which passages were admissions, which entry each took, which incidents they are.
Pure, and the same on kiosk and server, so that the result cannot depend on arrival order, duplication or batching.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.journal.scan import Fact, Scan, Shown, sort_key
from core.model.codes import T1_FORM, CodeMode
from core.model.event import Direction, Event
from core.model.ids import FactId
from core.model.moments import Millis
from core.model.outcomes import Outcome, is_admission
from core.ticket.lists import DenialReason
from core.ticket.proof import flaw_of, secret_for, step_at
from core.ticket.terms import Circumstances, Terms, refusal_by_terms


class IncidentKind(StrEnum):
    """What a person must look at."""

    DOUBLE_ADMISSION = "double_admission"
    LATE_CANCEL = "late_cancel"
    AGAINST_RULES = "against_rules"
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
    """One conflict, owned by the scan that lost it. `against` is the admission that won, where there is one."""

    kind: IncidentKind
    scan: FactId
    against: FactId | None
    severity: Severity
    is_order_provable: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """One scan as the fold judges it.

    `judged` is what the rules say at its place in the order; `shown` what the door saw, where that is known;
    `promised` what a waiting door was told. `entry_number` counts from 1; None for whatever took no entry.
    """

    scan: Scan
    shown: Shown | None
    promised: Outcome | None
    judged: Outcome
    entry_number: int | None = None

    @property
    def is_admission(self) -> bool:
        """Whether the guest went in: as the door saw it, else as it was told, else as the rules decide."""
        return self.shown.is_admission if self.shown else is_admission(self.promised or self.judged)


@dataclass(frozen=True, slots=True)
class KnownUse:
    """Entries that others recorded and this place has no facts of: how many, and the first of them."""

    entries: int
    first_ms: Millis
    gate: str
    device: str


@dataclass(frozen=True, slots=True)
class Folded:
    """What the facts of one ticket add up to."""

    terms: Terms
    passages: tuple[Passage, ...]
    incidents: tuple[Incident, ...]
    elsewhere: KnownUse | None
    is_inside: bool

    @property
    def entries(self) -> tuple[Passage, ...]:
        """The passages that took an entry, first to last: the redemptions of the ticket."""
        return tuple(passage for passage in self.passages if passage.entry_number is not None)

    @property
    def entries_used(self) -> int:
        """Entries taken here and elsewhere."""
        return len(self.entries) + (self.elsewhere.entries if self.elsewhere else 0)

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
) -> Folded:
    """All facts of one ticket, in any order and any number of copies → state, admissions, incidents.

    Scans are taken in the order of `sort_key`. A scan whose `shown` is known counts as the door saw it; only the
    device that scanned can say so. One without counts as a waiting door was told (`promised`), for that guest may be
    inside; one that nobody waited for counts as the rules decide at its place.

    `passed` names the scans that the ticket's terms let pass when they arrived: what is decided about the ticket
    afterwards, such as a refund of a guest who is inside, does not reach back to them.
    """
    ordered = _in_order({fact.stamp.id: fact for fact in facts}.values())
    shown = {(fact.refers_to, fact.stamp.device): fact for fact in ordered if isinstance(fact, Shown)}
    tally = _Tally(terms, event, passed, elsewhere)
    for fact in ordered:
        if isinstance(fact, Scan):
            id_ = fact.stamp.id
            tally.add(fact, shown.get((id_, fact.stamp.device)), (promised or {}).get(id_))
    return Folded(terms, tuple(tally.passages), tuple(tally.incidents), elsewhere, tally.is_inside)


def decide(scan: Scan, others: Folded, event: Event) -> Outcome:
    """Step 12 for a door that waits: what to say about a scan after all that is known of its ticket, whenever it was.

    `others` is the fold of every other fact. Order by time settles who had the better right afterwards; it must not
    open the door a second time for a kiosk whose clock is behind.
    """
    refusal = refusal_by_terms(others.terms, event, _circumstances(scan)) or _refusal_by_proof(
        scan, others.terms, max((step for each in others.passages if (step := _accepted_step(each))), default=None)
    )
    if refusal is not None:
        return refusal
    if scan.direction is Direction.EXIT:
        return Outcome.EXIT_RECORDED if others.is_inside else Outcome.EXIT_WITHOUT_ENTRY
    return _by_count(others.entries_used, others.terms.entries, scan, event)


def _refusal_by_proof(scan: Scan, terms: Terms, highest: int | None) -> Outcome | None:
    """Check 11 where the kiosk could not run it. A kiosk that did says the step, or refused the guest itself."""
    if terms.rotating is None or scan.direction is Direction.EXIT or scan.form != T1_FORM:
        return None
    if scan.proof_step is not None:
        return None
    if scan.proof is None:
        return Outcome.PROOF_MISSING
    return flaw_of(scan.proof, secret_for(terms.rotating, terms.tid, scan.gen or 0), scan.stamp.moment, highest)


def _accepted_step(passage: "Passage") -> int | None:
    """The step of a rotating code that an admission accepted."""
    scan = passage.scan
    if not passage.is_admission:
        return None
    return step_at(scan.proof.at_s) if scan.proof is not None else scan.proof_step


def _by_count(used: int, allowed: int, scan: Scan, event: Event) -> Outcome:
    if used < allowed:
        is_old = event.codes.mode is CodeMode.MIGRATING and _circumstances(scan).is_old_code
        return Outcome.LEGACY_ADMITTED if is_old else Outcome.ADMITTED
    return Outcome.ALREADY_USED if allowed == 1 else Outcome.LIMIT_REACHED


def _in_order(facts: Iterable[Fact]) -> Sequence[Fact]:
    return sorted(facts, key=sort_key)


class _Tally:
    """The running state while facts are taken in order."""

    def __init__(self, terms: Terms, event: Event, passed: Collection[FactId], elsewhere: KnownUse | None) -> None:
        self._terms = terms
        self._event = event
        self._passed = passed
        self._used = elsewhere.entries if elsewhere else 0
        self.is_inside = elsewhere is not None and elsewhere.entries > 0
        self._first: Scan | None = None
        self._highest_step: int | None = None
        self.passages: list[Passage] = []
        self.incidents: list[Incident] = []

    def add(self, scan: Scan, shown: Shown | None, promised: Outcome | None) -> None:
        passage = Passage(scan, shown, promised, self._judge(scan))
        if scan.direction is Direction.EXIT:
            self.is_inside = False
        elif passage.is_admission:
            passage = self._admit(passage)
            self._highest_step = max(self._highest_step or 0, _accepted_step(passage) or 0) or None
        self.passages.append(passage)

    def _judge(self, scan: Scan) -> Outcome:
        if scan.stamp.id not in self._passed:
            refusal = refusal_by_terms(self._terms, self._event, _circumstances(scan))
            if refusal is not None:
                return refusal
        unproven = _refusal_by_proof(scan, self._terms, self._highest_step)
        if unproven is not None:
            return unproven
        if scan.direction is Direction.EXIT:
            return Outcome.EXIT_RECORDED if self.is_inside else Outcome.EXIT_WITHOUT_ENTRY
        return _by_count(self._used, self._terms.entries, scan, self._event)

    def _admit(self, passage: Passage) -> Passage:
        self.is_inside = True
        self._note_rules(passage)
        if self._used >= self._terms.entries:
            self._note(IncidentKind.DOUBLE_ADMISSION, passage, Severity.HIGH)
            return passage
        self._used += 1
        self._first = self._first or passage.scan
        return replace(passage, entry_number=self._used)

    def _note_rules(self, passage: Passage) -> None:
        """Incidents of an admission that the ticket's terms refuse, whatever the count says."""
        if is_admission(passage.judged) or passage.judged in {Outcome.ALREADY_USED, Outcome.LIMIT_REACHED}:
            return
        if passage.judged in _DENIALS:
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


_DENIALS = frozenset(reason.outcome for reason in DenialReason)


def _circumstances(scan: Scan) -> Circumstances:
    return Circumstances(scan.gen or 0, scan.gate, scan.direction, scan.stamp.moment, scan.form)


def _is_order_provable(first: Scan, second: Scan) -> bool:
    early, late = first.stamp.moment, second.stamp.moment
    if early.is_suspect or late.is_suspect:
        return False
    if first.stamp.device == second.stamp.device and first.stamp.incarnation == second.stamp.incarnation:
        return first.stamp.seq < second.stamp.seq
    return late.at_ms - early.at_ms > early.uncertainty_ms + late.uncertainty_ms

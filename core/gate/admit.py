"""What a lane decides about one presentation, before and after it asks the server.

Owns step 12 on the kiosk's side: the fold of what this kiosk knows, when the server's word is wanted, and the verdict
that either of them leads to.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from core.gate.verdict import (
    AskDetail,
    ClassDetail,
    Detail,
    Evidence,
    ForeignDetail,
    GateDetail,
    Plain,
    TicketDetail,
    UsedDetail,
    Verdict,
    WindowDetail,
)
from core.model.event import Event, OfflineReentry
from core.model.ids import DeviceId, FactId, GateId
from core.model.moments import Millis
from core.model.outcomes import Outcome, is_admission
from core.model.questions import to_ask
from core.redeem.answer import Answer
from core.ticket.terms import Terms

ASK_THE_SERVER = frozenset(
    {
        Outcome.ADMITTED,
        Outcome.ADMITTED_REENTRY,
        Outcome.ATTENTION,
        Outcome.LEGACY_ADMITTED,
        Outcome.UNLISTED,
        Outcome.UNKNOWN_CODE,
        Outcome.ALREADY_USED,
        Outcome.ALREADY_INSIDE,
        Outcome.LIMIT_REACHED,
        Outcome.UNPAID,
        Outcome.CONFIRM_IDENTITY,
        Outcome.ANSWERS_REQUIRED,
    }
)
"""What others may know better: every admission, the refusals that a list or a count gave, proofs without a key here."""

MAX_FOREIGN = 80


@dataclass(frozen=True, slots=True)
class Door:
    """Who asks: the names that a verdict shows."""

    event: Event
    device: DeviceId
    device_name: str
    gate: GateId


def is_for_the_server(outcome: Outcome) -> bool:
    """Whether the server may know better than this kiosk."""
    return outcome in ASK_THE_SERVER


def decided_offline(answer: Answer, event: Event) -> Answer:
    """This kiosk's own answer, marked as not yet confirmed by the server.

    A guest who went in here may have left by another door: whether to believe it is the event's policy.
    """
    match answer.outcome:
        case Outcome.ADMITTED:
            return replace(answer, outcome=Outcome.ADMITTED_OFFLINE)
        case Outcome.ALREADY_INSIDE if event.offline_reentry is OfflineReentry.TRUST:
            return replace(answer, outcome=Outcome.ADMITTED_REENTRY)
        case Outcome.ALREADY_INSIDE:
            return replace(answer, outcome=Outcome.CONFIRM_IDENTITY)
        case _:
            return answer


def verdict_of(
    answer: Answer,
    terms: Terms,
    door: Door,
    evidence: Evidence,
    *,
    scan: FactId | None,
    at_ms: Millis,
    answered: Collection[str] = frozenset(),
) -> Verdict:
    """The verdict on an authentic ticket. `answered` are the questions (by id) that nobody has to ask once more."""
    return Verdict(answer.outcome, _detail(answer, terms, door, at_ms, answered), evidence, scan, at_ms)


def verdict_of_stranger(
    outcome: Outcome, text: str, evidence: Evidence, *, scan: FactId | None, at_ms: Millis
) -> Verdict:
    """The verdict on a text whose ticket is not known."""
    detail: Detail = ForeignDetail(escape(text)) if outcome is Outcome.NOT_A_TICKET else Plain()
    return Verdict(outcome, detail, evidence, scan, at_ms)


def escape(text: str) -> str:
    """Outside text made harmless: printable ASCII, everything else escaped, at most 80 characters."""
    head = text[:MAX_FOREIGN].encode("unicode_escape").decode("ascii")
    return head if len(head) <= MAX_FOREIGN and len(text) <= MAX_FOREIGN else head[: MAX_FOREIGN - 3] + "..."


def _detail(answer: Answer, terms: Terms, door: Door, at_ms: Millis, answered: Collection[str]) -> Detail:
    name = terms.ticket_class.name if terms.ticket_class else ""
    outcome = answer.outcome
    if outcome in {Outcome.ALREADY_USED, Outcome.ALREADY_INSIDE, Outcome.LIMIT_REACHED} and answer.first:
        return _used(answer, name, door, at_ms)
    if outcome in {Outcome.TOO_EARLY, Outcome.TOO_LATE}:
        return WindowDetail(name, terms.nbf, terms.exp)
    if outcome is Outcome.WRONG_GATE and terms.ticket_class and terms.ticket_class.gates is not None:
        return GateDetail(name, door.event.gate_names(terms.ticket_class.gates))
    if outcome is Outcome.ANSWERS_REQUIRED:
        return AskDetail(name, to_ask(terms.questions, answered))
    if is_admission(outcome):
        items = terms.attention(door.event) if outcome is Outcome.ATTENTION else ()
        return TicketDetail(name, answer.entry_number or answer.entries_used, answer.entries_allowed, items)
    return ClassDetail(name) if name else Plain()


def _used(answer: Answer, name: str, door: Door, at_ms: Millis) -> Detail:
    first = answer.first
    if first is None:
        return ClassDetail(name)
    gate = door.event.gates.get(GateId(first.gate))
    return UsedDetail(
        class_name=name,
        first_ms=Millis(first.at_ms),
        gate=gate.name if gate else first.gate,
        device=first.device,
        here=first.device == door.device_name,
        ago_ms=max(0, at_ms - first.at_ms),
    )


def again(last: Verdict, at_ms: Millis) -> Verdict:
    """The verdict on the same presentation, still there or back: nobody else is let in by it.

    After an admission it says so; any other verdict simply stands.
    """
    if not last.is_admission:
        return replace(last, at_ms=at_ms)
    return Verdict(Outcome.JUST_SCANNED_HERE, _class_of(last.detail), last.evidence, last.scan_id, at_ms)


def _class_of(detail: Detail) -> Detail:
    return ClassDetail(detail.class_name) if isinstance(detail, TicketDetail) and detail.class_name else Plain()

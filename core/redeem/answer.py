"""The answer to one scan, as the server stores it and the kiosk shows it.

Owns the value that a replay returns unchanged for ever. Its fields are JSON values, so that it is its own wire form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.journal.scan import Scan, Undo
from core.model.event import Event
from core.model.ids import DeviceId, FactId
from core.model.moments import Millis
from core.model.outcomes import Outcome, takes_entry
from core.redeem.fold import Folded, KnownUse, decide
from core.ticket.lists import Used


@dataclass(frozen=True, slots=True)
class FirstUse:
    """The admission that took the first entry: unix milliseconds, gate id, device name."""

    at_ms: int
    gate: str
    device: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says of one scan. `entries_used` counts this scan's own entry."""

    outcome: Outcome
    entry_number: int | None = None
    entries_used: int = 0
    entries_allowed: int = 0
    first: FirstUse | None = None


def answer_at_the_door(scan: Scan, others: Folded, event: Event, device_names: Mapping[DeviceId, str]) -> Answer:
    """The answer while a guest waits: `others` is the fold of all facts of the ticket but this scan and its `shown`.

    On a server it is a promise: the fold counts it until the door says what it showed.
    """
    outcome = decide(scan, others, event)
    used = others.entries_used + takes_entry(outcome)
    return Answer(
        outcome=outcome,
        entry_number=used if takes_entry(outcome) else None,
        entries_used=used,
        entries_allowed=others.terms.entries,
        first=_first_use(others, None, device_names),
    )


def answer_in_the_ledger(scan: FactId, folded: Folded, device_names: Mapping[DeviceId, str]) -> Answer:
    """The answer to an upload, when the door has long decided: what the rules say of the scan at its place in time.

    Raises KeyError for a scan that was not folded.
    """
    passage = folded.passage(scan)
    return Answer(
        outcome=passage.judged,
        entry_number=passage.entry_number,
        entries_used=folded.entries_used,
        entries_allowed=folded.terms.entries,
        first=_first_use(folded, scan, device_names),
    )


def answer_to_undo(undo: Undo, folded: Folded) -> Answer | None:
    """Whether a scan is taken back; None while the scan is not here, for the undo waits for it."""
    found = [each.undo for each in folded.passages if each.scan.stamp.id == undo.refers_to]
    return Answer(Outcome.UNDONE if found[0] else Outcome.UNDO_REFUSED) if found else None


def _first_use(folded: Folded, but_not: FactId | None, device_names: Mapping[DeviceId, str]) -> FirstUse | None:
    if folded.elsewhere is not None and folded.elsewhere.entries:
        return FirstUse(folded.elsewhere.first_ms, folded.elsewhere.gate, folded.elsewhere.device)
    for passage in folded.entries:
        if passage.scan.stamp.id != but_not:
            return _use_of(passage.scan, device_names)
    return None


def _use_of(scan: Scan, device_names: Mapping[DeviceId, str]) -> FirstUse:
    device = device_names.get(scan.stamp.device, scan.stamp.device.hex[:8])
    return FirstUse(scan.stamp.moment.at_ms, scan.gate, device)


@dataclass(frozen=True, slots=True)
class Answered:
    """A scan of this kiosk with the server's answer, and whether it took an entry at its door."""

    scan: Scan
    took_entry: bool
    answer: Answer


def known_elsewhere(answered: Iterable[Answered]) -> KnownUse | None:
    """What the server's answers tell of entries that this kiosk has no facts of, or None.

    The answer that counted most entries is the last that the server gave, whichever scan it was about: from those
    entries, all that were this kiosk's own are taken off.
    """
    told = list(answered)
    own = sum(item.took_entry for item in told)
    latest = max(told, key=lambda item: item.answer.entries_used * (item.answer.first is not None), default=None)
    if latest is None or latest.answer.first is None or latest.answer.entries_used <= own:
        return None
    first = latest.answer.first
    return KnownUse(latest.answer.entries_used - own, Millis(first.at_ms), first.gate, first.device)


def used_elsewhere(used: Used | None, own: int, names: Mapping[bytes, str]) -> KnownUse | None:
    """What the list of used tickets tells of entries that this kiosk has no facts of, or None.

    `own` is how many of this kiosk's admissions of the ticket the server has taken already: the list counts them too.
    `names` says the gates' ids and the devices' names by their tags; an unknown one goes by its tag.
    """
    if used is None or used.entries <= own:
        return None
    gate = names.get(used.gate_tag, used.gate_tag.hex())
    device = names.get(used.device_tag, used.device_tag.hex())
    return KnownUse(used.entries - own, used.first_ms, gate, device)


def most_known(*uses: KnownUse | None) -> KnownUse | None:
    """The one that knows of most entries: each source may be older than another."""
    return max((use for use in uses if use is not None), key=lambda use: use.entries, default=None)

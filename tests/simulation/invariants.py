"""The invariants of redemption, looked for in what a night has left on all disks.

Owns I2 to I6 and I9 to I12; each function yields a sentence for whatever does not hold. I1 and I7 are looked at while
the night goes on (`tests.simulation.night`), I8 by the ledger's own authentication and here.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.ledger.credentials import TRUST_MS
from app.ledger.difference import OF_THE_FOLD
from core.journal.scan import Fact, Scan, Shown, Undo
from core.journal.state import Leg
from core.model.ids import DeviceId, FactId, TicketHandle
from core.model.outcomes import ADMISSIONS, Outcome, Source
from core.redeem.fold import fold
from core.sync.tally import Finding
from core.ticket.terms import STEP_OF
from tests.simulation.books import Books, Kept, read_books
from tests.simulation.estate import ENTRIES, GATES, RETURN, ClassId
from tests.simulation.kiosk import Kiosk
from tests.simulation.night import JUST, Night
from tests.simulation.recount import Counted, Ticket, recount
from tests.simulation.second_ledger import fed_anew


@dataclass(frozen=True)
class OnDisk:
    """A row of a kiosk's journal."""

    id: FactId
    device: UUID
    incarnation: int
    seq: int
    record: bytes
    fingerprint: bytes
    leg: str


ABOUT_TICKETS = {kind.value for kind in OF_THE_FOLD}
"""What a fold opens and withdraws; the other incidents are about records and devices."""
SECOND_LEDGER_EVERY = 4
"""A second ledger costs as much as the server of the night: every fourth seed has one."""


def judge(night: Night) -> None:
    """Adds what does not hold to the night's findings."""
    books = read_books(night.house.database, night.of.event)
    journals = {kiosk.enrolled.name: _rows(kiosk) for kiosk in night.kiosks}
    every = [row for rows in journals.values() for row in rows]
    checks = (
        _all_arrived(every, books),
        _nothing_vanished(night, books),
        _within_what_was_bought(night, books),
        _each_told_once(night, books),
        _every_double_is_an_incident(books),
        _no_order_matters(night, books),
        _no_way_matters(night, books) if night.plan.seed % SECOND_LEDGER_EVERY == 0 else iter(()),
        _chains_are_whole(night, journals),
        _within_bounds(night, every),
        _counts_agree(night, books, journals),
        _only_the_trusted(night, books),
        _quarantine_is_just(books),
        _lines_lived(night),
    )
    for found in checks:
        for invariant, what in found:
            night.find(invariant, what)


Found = Iterator[tuple[str, str]]


def _rows(kiosk: Kiosk) -> list[OnDisk]:
    with closing(kiosk.read_journal()) as journal:
        rows = journal._connection.execute("SELECT id, device, incarnation, seq, record, fingerprint, leg FROM facts")
        return [OnDisk(FactId(UUID(bytes=row[0])), UUID(bytes=row[1]), *row[2:]) for row in rows]


def _all_arrived(every: list[OnDisk], books: Books) -> Found:
    """I2: every fact of every journal is in the ledger once, byte for byte, and no other."""
    here = Counter(row.id for row in every)
    if here.keys() != books.facts.keys():
        lost, strange = here.keys() - books.facts.keys(), books.facts.keys() - here.keys()
        yield "I2", f"{len(lost)} facts never arrived, {len(strange)} came from nowhere"
    for row in every:
        kept = books.facts.get(row.id)
        if kept and kept.record.encode() != row.record:
            yield "I2", f"{row.id.hex} arrived as something else"


def _nothing_vanished(night: Night, books: Books) -> Found:
    """I9: whatever the server ever answered for is still there."""
    gone = [id_ for id_ in night.first_results if FactId(UUID(id_)) not in books.facts]
    if gone:
        yield "I9", f"{len(gone)} facts vanished, {gone[0]} among them"


def _counted(books: Books, tid: TicketHandle, kept: list[Kept]) -> Counted:
    row, cls = books.tickets[tid], ClassId(books.tickets[tid].cls)
    ticket = Ticket(ENTRIES[cls], row.is_denied, GATES.get(cls), may_return=cls == RETURN)
    return recount(_facts(kept), ticket, _promised(kept))


def _promised(kept: list[Kept]) -> dict[FactId, Outcome]:
    return {each.id: Outcome(each.outcome) for each in kept if each.is_promise and each.outcome}


def _facts(kept: list[Kept]) -> list[Fact]:
    return [each.fact for each in kept if each.fact is not None]


def _within_what_was_bought(night: Night, books: Books) -> Found:
    """I3: no ticket is redeemed more often than it was bought for, and no door was promised more by the server."""
    for tid, numbers in books.redemptions.items():
        allowed = ENTRIES[ClassId(books.tickets[tid].cls)]
        if sorted(numbers) != list(range(1, len(numbers) + 1)) or len(numbers) > allowed:
            yield "I3", f"ticket {tid.hex()} has the entries {sorted(numbers)} of {allowed}"
    for tid, kept in books.by_ticket().items():
        cls = ClassId(books.tickets[tid].cls)
        if cls == RETURN:
            continue
        shown = _standing_admissions(_facts(kept))
        online = [each for each in shown if each.source is Source.ONLINE]
        if len(online) > ENTRIES[cls] and not night.house.restores:  # a lost ledger's word is its backup's no more
            yield "I3", f"ticket {tid.hex()} was admitted {len(online)} times by the server's word"
        alone = Counter(each.stamp.device for each in shown)
        if max(alone.values(), default=0) > ENTRIES[cls]:
            yield "I3", f"one kiosk alone admitted ticket {tid.hex()} {max(alone.values())} times"


def _standing_admissions(facts: list[Fact]) -> list[Shown]:
    """What doors showed green for scans of their own that nobody took back."""
    scans = {fact.stamp.id: fact.stamp.device for fact in facts if isinstance(fact, Scan)}
    undone = {fact.refers_to for fact in facts if isinstance(fact, Undo)}
    shown = [fact for fact in facts if isinstance(fact, Shown) and fact.is_admission and fact.refers_to not in undone]
    return [each for each in shown if scans.get(each.refers_to) == each.stamp.device]


def _each_told_once(night: Night, books: Books) -> Found:
    """I4: each redemption is told once, and who hears all messages knows who has each entry at the end."""
    moved = night.unheard | {kept.tid for kept in books.facts.values() if kept.is_new}
    moved |= {sold.tid for sold in night.of.strangers}  # their list is imported anew
    for message in books.messages:
        about = _ticket_of(message.dedupe_key, books)
        if message.dedupe_key in night.sent_keys and message.state == "ready" and about not in moved:
            yield "I4", f"{message.dedupe_key} was told before the restore, and is told again"
    keys = Counter(message.dedupe_key for message in books.messages)
    for key, count in keys.items():
        if count > 1:
            yield "I4", f"{key} was told {count} times"
    told: dict[tuple[str, int], list[str]] = defaultdict(list)
    for key in keys:
        parts = key.split(":")
        if parts[1] in {"redeemed", "corrected"}:
            told[parts[2], int(parts[3])].append(parts[1])
    for tid, numbers in books.redemptions.items():
        for number in numbers:
            if told[tid.hex(), number].count("redeemed") != 1:
                yield "I4", f"entry {number} of {tid.hex()} was told {told[tid.hex(), number]}"
    incidents = {key.split(":", 1)[1] for key in keys if ":incident:" in key}
    for scan, kind in books.open_incidents:
        if kind in ABOUT_TICKETS and f"incident:{kind}:{scan.hex}" not in incidents:
            yield "I4", f"nobody was told of {kind} {scan.hex}"


def _ticket_of(key: str, books: Books) -> TicketHandle | None:
    """The ticket that a message is about."""
    _, kind, about, *rest = key.split(":")
    if kind in {"redeemed", "corrected"}:
        return TicketHandle(bytes.fromhex(about))
    scan = books.facts.get(FactId(UUID(rest[0] if kind == "incident" else about)))
    return scan.tid if scan else None


def _every_double_is_an_incident(books: Books) -> Found:
    """I3 and I5, by a plain recount: the same entries, and an incident for each admission beyond them."""
    for tid, kept in books.by_ticket().items():
        counted = _counted(books, tid, kept)
        if counted.is_doubtful:
            continue
        taken = [scan for _, scan in sorted(books.redemptions.get(tid, {}).items())]
        if taken != counted.paid:
            yield "I5", f"ticket {tid.hex()}: entries {_short(taken)}, recounted {_short(counted.paid)}"
        mine = {each.id for each in kept}
        for kind, recounted in (("double_admission", counted.doubles), ("override_used", counted.overruled)):
            opened = {scan for scan, of in books.open_incidents if of == kind and scan in mine}
            if opened != recounted:
                yield "I5", f"ticket {tid.hex()}: {kind} {_short(opened)}, recounted {_short(recounted)}"
        if books.tickets[tid].is_inside != counted.is_inside:
            yield "I5", f"ticket {tid.hex()} is inside: {books.tickets[tid].is_inside}, recounted {counted.is_inside}"
    strangers = books.redemptions.keys() - books.by_ticket().keys()
    if strangers:
        yield "I5", f"{len(strangers)} tickets are redeemed without a fact"


def _short(scans: object) -> list[str]:
    return sorted(scan.hex[-6:] for scan in scans)  # type: ignore[attr-defined]


def _no_order_matters(night: Night, books: Books) -> Found:
    """I6: the facts in another order and some of them twice fold to the same, and to what the tables say."""
    draw = random.Random(night.plan.seed)
    by_ticket = books.by_ticket()
    event, terms = night.house.terms_of(by_ticket)
    for tid, kept in by_ticket.items():
        shuffled = _facts(kept) + draw.sample(_facts(kept), k=len(kept) // 2)
        draw.shuffle(shuffled)
        passed = {each.id for each in kept if each.outcome is not None and Outcome(each.outcome) not in STEP_OF}
        folded = fold(terms[tid], event, shuffled, promised=_promised(kept), passed=passed)
        taken = {p.entry_number: p.scan.stamp.id for p in folded.entries}
        mine = {each.id for each in kept}
        opened = {(one.scan, one.kind.value) for one in folded.incidents}
        there = {key for key in books.open_incidents if key[0] in mine}
        if taken != books.redemptions.get(tid, {}) or opened != there:
            yield "I6", f"ticket {tid.hex()} folds to something else in another order"


def _no_way_matters(night: Night, books: Books) -> Found:
    """I6: a second ledger that gets the facts in another order, in other batches, some of them twice."""
    second = fed_anew(night, books)
    skipped = {tid for tid, kept in books.by_ticket().items() if books.tickets[tid].is_denied or _is_promised(kept)}
    scans = {each.id for tid in skipped for each in books.of_ticket(tid)}
    if _without(second.state(), skipped, scans) != _without(books.state(), skipped, scans):
        yield "I6", "a second ledger that heard it in another order knows something else"


def _is_promised(kept: list[Kept]) -> bool:
    """Whether a door was promised something and never said what it showed: an upload carries no promise."""
    spoken = {each.refers_to for each in _facts(kept) if isinstance(each, Shown)}
    return any(each.is_promise and each.id not in spoken for each in kept)


def _without(state: dict[str, Any], tickets: set[TicketHandle], scans: set[FactId]) -> dict[str, Any]:
    return {
        "redemptions": {tid: rows for tid, rows in state["redemptions"].items() if tid not in tickets},
        "incidents": {
            key: told for key, told in state["incidents"].items() if key[0] not in scans and key[1] in ABOUT_TICKETS
        },
        "inside": state["inside"] - tickets,
        "quarantined": state["quarantined"],
    }


def _chains_are_whole(night: Night, journals: dict[str, list[OnDisk]]) -> Found:
    """I10: each row carries the fingerprint of the one before, and no place is empty or taken twice."""
    for kiosk in night.kiosks:
        with closing(kiosk.read_journal()) as journal:
            broken = journal.first_broken_link()
        if broken is not None:
            yield "I10", f"{kiosk.enrolled.name}: the chain breaks at {broken}"
        chains: dict[tuple[UUID, int], list[int]] = defaultdict(list)
        for row in journals[kiosk.enrolled.name]:
            chains[row.device, row.incarnation].append(row.seq)
        for seqs in chains.values():
            if sorted(seqs) != list(range(1, len(seqs) + 1)):
                yield "I10", f"{kiosk.enrolled.name}: the places are {sorted(seqs)}"


MOST_ROWS_A_SCAN = 2


def _within_bounds(night: Night, every: list[OnDisk]) -> Found:
    """I11: a presentation leaves two rows at most, and the night came to an end."""
    presented = sum(each.visits for each in night.kiosks)
    more = sum(each.strays + each.decisions for each in night.kiosks)
    if len(every) > MOST_ROWS_A_SCAN * presented + more:
        yield "I11", f"{len(every)} rows for {presented} presentations"
    if night.has_run_away:
        yield "I11", f"{night.agenda.steps} steps and no end"


def _counts_agree(night: Night, books: Books, journals: dict[str, list[OnDisk]]) -> Found:
    """I12: kiosk and server agree on count, last place and head of each journal; nothing is queued; figures add up."""
    for kiosk in night.kiosks:
        name = kiosk.enrolled.name
        legs = Counter(row.leg for row in journals[name])
        if legs[Leg.QUEUED.value]:
            yield "I12", f"{name}: {legs[Leg.QUEUED.value]} facts are still queued"
        if kiosk.enrolled.device in night.revoked_ms:
            continue  # nobody compares with a device that has no rights
        if kiosk.reckoning is None or kiosk.reckoning.finding is not Finding.EQUAL:
            yield "I12", f"{name}: both sides compare to {kiosk.reckoning}"
    for subject, kind in books.open_incidents:
        if kind in {"journal_fork", "journal_gap"} and not _is_last_word(night, books, subject, kind):
            yield "I12", f"{kind} of {subject.hex} is open, and both sides are equal"
    shown = Counter(d.verdict.outcome for kiosk in night.kiosks for d in kiosk.displayed)
    recorded = Counter(each.fact.outcome for each in books.facts.values() if isinstance(each.fact, Shown))
    for outcome in ADMISSIONS:
        if shown[outcome] > recorded[outcome]:
            yield "I12", f"doors showed {outcome.value} {shown[outcome]} times, the ledger knows {recorded[outcome]}"
    status = night.house.office.status_of(night.of.event)
    there = {
        "redemptions": sum(len(numbers) for numbers in books.redemptions.values()),
        "double_admissions": sum(kind == "double_admission" for _, kind in books.open_incidents),
        "incidents": len(books.open_incidents),
        "inside": sum(row.is_inside for row in books.tickets.values()),
        "facts": len(books.facts),
        "quarantined": sum(each.arrival != "applied" for each in books.facts.values()),
        "tickets": len(books.tickets),
    }
    for figure, count in there.items():
        if getattr(status, figure) != count:
            yield "I12", f"the status says {getattr(status, figure)} {figure}, there are {count}"


def _is_last_word(night: Night, books: Books, subject: FactId, kind: str) -> bool:
    """Whether an older count came late, and its kiosk was revoked before it could tell a newer one."""
    if kind != "journal_fork" or DeviceId(subject) not in night.revoked_ms:
        return False
    return bool(json.loads(books.evidence[subject, kind])["finding"] == Finding.SERVER_AHEAD)


def _only_the_trusted(night: Night, books: Books) -> Found:
    """I8: a revoked device is believed for a second at most, and what it brings counts by a person's word alone."""
    for device, revoked_ms in night.revoked_ms.items():
        if night.house.trusted_ms.get(device, 0) > revoked_ms + TRUST_MS:
            yield "I8", f"{device.hex} was trusted after it was revoked"
    for kept in books.facts.values():
        if kept.fact is not None and kept.arrival == "applied" and kept.fact.stamp.device != kept.device:
            yield "I8", f"{kept.id.hex} counts for another device than the one that wrote it"


def _quarantine_is_just(books: Books) -> Found:
    """I9: a fact waits in quarantine for a reason that is true."""
    for kept in books.facts.values():
        is_here = kept.fact is not None and kept.fact.stamp.tid in books.tickets
        if kept.reason == "unknown_ticket" and is_here:
            yield "I9", f"{kept.id.hex} waits for a ticket that is here"
        if kept.arrival != "applied" and str(kept.reason).split(":")[0] not in JUST:
            yield "I9", f"{kept.id.hex} is in quarantine: {kept.reason}"


def _lines_lived(night: Night) -> Found:
    """Whatever happens outside, no line of a kiosk ends by an exception."""
    for kiosk in night.kiosks:
        for err in kiosk.failures:
            yield "I11", f"{kiosk.enrolled.name}: a line ended by {type(err).__name__}: {err}"

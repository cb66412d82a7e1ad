"""A night from its plan to its end: everything happens in one thread, in virtual time, the same each time.

Owns what happens when, and the cheap invariants that are looked at while it happens. What the night adds up to is
judged by `tests.simulation.invariants`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from app.ledger.shop_files import RefusedRow, ShopRow
from app.ledger.ticket_book import ReissueRefused
from core.gate.flood import MOST_A_MINUTE, WINDOW_MS
from core.gate.verdict import Verdict
from core.journal.state import Arrival
from core.model.ids import DeviceId, FactId, TicketHandle
from core.model.outcomes import Outcome, takes_entry
from core.sync.messages import FactResult
from core.ticket.lists import DenialReason
from tests.simulation.books import read_books
from tests.simulation.clockwork import Agenda
from tests.simulation.estate import NIGHT_MS, Estate, Sold, chance, estate
from tests.simulation.house import House
from tests.simulation.kiosk import Displayed, Kiosk
from tests.simulation.network import LATEST_MS
from tests.simulation.plan import COUNT_OF_TICKETS, DOORS_MS, Act, Break, Deed, Fault, Plan, Visit
from tests.support.kiosks import device_of, enrolled, keys_of

SLOWEST_DRAIN_MS = 20 * 60_000
"""Longer than the longest back-off and the latest packet: what has not drained by then never will."""
LOOK_EVERY_MS = 500
PATIENCE_MS = 3_000
MOST_TRIES = 6
RECKONING_MS = 8_000
PORTAL_STATUSES = (200, 302, 400, 403, 404, 405, 413, 451, 511)
REVOKED = "device_revoked"
JUST = {"unknown_ticket", REVOKED, "malformed"}
"""Why a fact of these nights may be in quarantine. Nobody forges, forks or reuses ids in them."""
MOST_STEPS = 20_000
"""Of the agenda in one night: a loop without progress ends there."""


@dataclass
class Line:
    """One line of the trace."""

    at_ms: int
    who: str
    what: str

    def __str__(self) -> str:
        return f"{(self.at_ms - NIGHT_MS) / 1000:9.3f}  {self.who:<10} {self.what}"


class Night:
    """One night. `findings` are the invariants that did not hold, as sentences."""

    def __init__(self, plan: Plan, *, is_traced: bool = False) -> None:
        self.plan = plan
        self.of: Estate = estate()
        self.agenda = Agenda()
        self.agenda.now_ms = NIGHT_MS
        self.findings: list[str] = []
        self.trace: list[Line] | None = [] if is_traced else None
        self.counts: Counter[str] = Counter()
        self.first_results: dict[str, FactResult] = {}
        self.house = House(self.of, self.agenda, self._note_answer)
        self.kiosks = [
            Kiosk(
                self.of,
                self.agenda,
                self.house,
                self.of.kiosks[number],
                door,
                seed=plan.seed,
                text_of=self._text_of,
                seen=self._note_displayed,
                unserved=self._go_elsewhere,
            )
            for number, door in enumerate(plan.doors)
        ]
        self._newest: dict[int, str] = {}
        self._tries: Counter[Visit] = Counter()
        self.is_imported = False
        self.sent_keys: set[str] = set()
        self.resendable: set[str] = set()
        self.unheard: set[TicketHandle | None] = set()
        """Tickets of which the lost ledger had taken facts that no kiosk knows to have arrived."""
        self._to_come = 0
        self.revoked_ms: dict[DeviceId, int] = {}
        self._are_revoked_heard = False

    def run(self) -> None:
        """From the first guest until the last queue is empty, or the first invariant is broken."""
        with chance(self.plan.seed):
            self._schedule()
            self.agenda.run(NIGHT_MS + DOORS_MS, lambda: bool(self.findings))
            self._heal()
            drained = self.agenda.run(self.agenda.now_ms + SLOWEST_DRAIN_MS, self._is_over)
            if self.findings:
                return  # what follows is its consequence
            if not drained:
                self.find("I2", f"queues did not drain: {self._waiting()}")
            self._salvage()
            self._compare_all()
            if self._has_doubtful_journal():  # an older count came late: the next comparison tells
                self.agenda.run(self.agenda.now_ms + LATEST_MS)
                self._compare_all()

    def _compare_all(self) -> None:
        for kiosk in self.kiosks:
            kiosk.reckon()
        self.agenda.run(self.agenda.now_ms + RECKONING_MS)

    def _has_doubtful_journal(self) -> bool:
        books = read_books(self.house.database, self.of.event)
        return any(kind == "journal_fork" for _, kind in books.open_incidents)

    def close(self) -> None:
        """Ends what still waits."""
        for kiosk in self.kiosks:
            kiosk.crash()
        self.house.close()

    @property
    def has_run_away(self) -> bool:
        """Whether something goes on and on."""
        return self.agenda.steps > MOST_STEPS

    def find(self, invariant: str, what: str) -> None:
        """Notes what does not hold."""
        self.findings.append(f"{invariant}: {what}")
        self.tell("FINDING", f"{invariant}: {what}")

    def tell(self, who: str, what: str) -> None:
        """A line of the trace, where one is wanted."""
        if self.trace is not None:
            self.trace.append(Line(self.agenda.now_ms, who, what))

    def sold(self, ticket: int) -> Sold:
        """The ticket of a number."""
        is_known = ticket < COUNT_OF_TICKETS
        return self.of.tickets[ticket] if is_known else self.of.strangers[ticket - COUNT_OF_TICKETS]

    # --- what happens ---------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        for kiosk in self.kiosks:
            kiosk.boot()
        for visit in self.plan.visits:
            self.agenda.at(NIGHT_MS + visit.at_ms, self._arrives(visit))
        for fault in self.plan.breaks:
            self.agenda.at(NIGHT_MS + fault.at_ms, self._breaks(fault))
            if fault.fault is Fault.RESTORE:
                self.agenda.at(NIGHT_MS + fault.detail, self.house.back_up)
        for deed in self.plan.deeds:
            self.agenda.at(NIGHT_MS + deed.at_ms, self._does(deed))

    def _arrives(self, visit: Visit) -> Callable[[], None]:
        self._to_come += 1

        def arrive() -> None:
            self._to_come -= 1
            self.kiosks[visit.kiosk].receive(visit)

        return arrive

    def _go_elsewhere(self, kiosk: Kiosk, visit: Visit) -> None:
        """A guest whom nobody served tries the next door a little later, a few times."""
        first = replace(visit, kiosk=0)
        self._tries[first] += 1
        if self._tries[first] <= MOST_TRIES:
            number = (kiosk.enrolled.number + 1) % len(self.kiosks)
            self.agenda.after(PATIENCE_MS, self._arrives(replace(visit, kiosk=number)))

    def _text_of(self, visit: Visit) -> str:
        sold = self.sold(visit.ticket)
        return self._newest.get(visit.ticket, sold.text) if visit.edition else sold.text

    def _breaks(self, fault: Break) -> Callable[[], None]:
        def happen() -> None:
            kiosk = self.kiosks[fault.kiosk]
            self.tell(f"kiosk {fault.kiosk}", f"{fault.fault.value} for {fault.span_ms} ms, {fault.detail}")
            self.counts[fault.fault.value] += 1
            _FAULTS[fault.fault](self, kiosk, fault)

        return happen

    def _does(self, deed: Deed) -> Callable[[], None]:
        def happen() -> None:
            self.tell("organizer", f"{deed.act.value} {deed.about}")
            self.counts[deed.act.value] += 1
            office, event = self.house.office, self.of.event
            sold = self.sold(deed.about)
            match deed.act:
                case Act.CANCEL:
                    office.cancel_ticket(event, sold.tid)
                case Act.BLOCK:
                    office.cancel_ticket(event, sold.tid, DenialReason.BLOCKED)
                case Act.REISSUE:
                    self._reissue(deed.about)
                case Act.ROTATE:
                    office.rotate_key(event)
                case Act.IMPORT:
                    self._import()
                case Act.REPLACE:
                    self._replace(self.kiosks[deed.about])
                case Act.REVOKE:
                    self._revoke(self.kiosks[deed.about])

        return happen

    def _revoke(self, kiosk: Kiosk) -> None:
        device = kiosk.enrolled.device
        self.house.office.revoke_device(self.of.event, device)
        self.revoked_ms[device] = self.agenda.now_ms

    def _salvage(self) -> None:
        """The organizer lets what revoked kiosks brought count, in every other night."""
        if self.plan.seed % 2:
            self._are_revoked_heard = True
            for device in self.revoked_ms:
                self.house.office.salvage.take(self.of.event, device, self.house.line)

    def restore(self, fault: Break) -> None:
        """The ledger goes back to its backup; what the organizer did since is done again.

        What it had told is told: nobody may hear it twice. What it had answered and no kiosk has heard is forgotten.
        """
        if not self.house.has_backup:
            return
        books = read_books(self.house.database, self.of.event)
        self.sent_keys = {message.dedupe_key for message in books.messages}
        self.house.restore(fault.span_ms)
        left = read_books(self.house.database, self.of.event)
        heard = set().union(*(kiosk.settled() for kiosk in self.kiosks))
        lost = books.facts.keys() - left.facts.keys()
        self.resendable = {id_.hex for id_ in lost & heard}
        self.unheard = {books.facts[id_].tid for id_ in lost - heard}
        aside = set().union(*(kiosk.set_aside() for kiosk in self.kiosks))  # an answer that came later was not heard
        forgotten = {id_.hex for id_ in lost - heard | lost & aside}
        self.first_results = {id_: told for id_, told in self.first_results.items() if id_ not in forgotten}
        for deed in self.plan.deeds:
            if fault.detail <= deed.at_ms < self.agenda.now_ms - NIGHT_MS:
                self._does(deed)()

    def damage(self, kiosk: Kiosk) -> None:
        """A piece of a journal goes. What its rebuilding does not bring back of answers is forgotten, where the ledger
        that gave them is lost too: the black box holds what a door did, not what it was told.
        """
        before = kiosk.answered()

        def forget() -> None:
            for id_ in before - kiosk.answered():
                if id_.hex in self.resendable:
                    self.first_results.pop(id_.hex, None)

        kiosk.damage(forget)

    def _reissue(self, ticket: int) -> None:
        try:
            issued = self.house.office.reissue_ticket(self.of.event, self.sold(ticket).tid)
        except ReissueRefused:
            return
        self._newest[ticket] = issued.text

    def _import(self) -> None:
        """The shop's list arrives."""
        for line, sold in enumerate(self.of.strangers, 1):
            row = ShopRow(line=line, external_ref=sold.ref or "", code=sold.text, cls="Standard")
            put = self.house.office.put_ticket(self.of.event, "shop", row)
            assert not isinstance(put, RefusedRow), put
        self.is_imported = True

    def _replace(self, kiosk: Kiosk) -> None:
        """A kiosk's keys are lost: it enrols anew, as another device that takes the old one's place."""
        old = kiosk.enrolled
        name = f"{old.name} again"
        reply = enrolled(self.house.office, self.of.event, old.gate, name, replaces=old.device)
        kiosk.become(replace(old, name=name, device=device_of(reply), secret=reply.secret, keys=keys_of(name)))
        self.agenda.after(1_000, kiosk.boot)

    def _heal(self) -> None:
        """From now on everything works again."""
        self.tell("world", "everything heals")
        self.house.heal()
        for kiosk in self.kiosks:
            kiosk.network.heal()
            kiosk.machine.has_power_again()
            kiosk.machine.is_disk_full = False
            kiosk.boot()
            if self.house.restores:
                kiosk.ask_soon()
        self._looked_ms = 0

    def _is_over(self) -> bool:
        if self.has_run_away or self.findings:
            return True
        if self.agenda.now_ms - self._looked_ms < LOOK_EVERY_MS:
            return False
        self._looked_ms = self.agenda.now_ms
        return not self._to_come and not self._waiting()

    def _waiting(self) -> dict[str, int]:
        epoch = self.house.epoch if self.house.restores else None
        lengths = {k.enrolled.name: k.sync_journal.queue_length() + k.guests if k.is_up else -1 for k in self.kiosks}
        for kiosk in self.kiosks:
            if kiosk.is_up and epoch not in {None, kiosk.sync_journal.epoch()}:
                lengths[kiosk.enrolled.name] += 1
        return {name: length for name, length in lengths.items() if length}

    # --- what is looked at while it happens -----------------------------------------------------------------------

    def _note_displayed(self, kiosk: Kiosk, displayed: Displayed) -> None:
        verdict = displayed.verdict
        self.counts[verdict.outcome.value] += 1
        self.tell(
            kiosk.enrolled.name,
            f"ticket {displayed.visit.ticket} -> {verdict.outcome.value} ({verdict.evidence.source.value}),"
            f" scan {verdict.scan_id.hex[-6:] if verdict.scan_id else None}",
        )
        if verdict.outcome is Outcome.STORAGE_FAILED:
            return
        if verdict.scan_id is None and _is_flooded(kiosk, displayed):
            return
        row = kiosk.committed(verdict.scan_id)
        if row != verdict.outcome.value:
            self.find("I1", f"{kiosk.enrolled.name} displays {verdict.outcome.value}, its disk says {row}")

    def _note_answer(self, result: FactResult) -> None:
        """I7: what was said once is said ever after; a fact of an unknown ticket may be understood later.

        A revoked kiosk's fact that a person lets count may be one of an unknown ticket all the same.
        """
        if result.arrival is Arrival.LATER:
            return
        self.tell("server", f"{result.id[-6:]} {result.arrival.value} {_brief(result)}")
        if result.arrival is Arrival.QUARANTINED and str(result.reason).split(":")[0] not in JUST:
            self.find("I9", f"{result.id} is in quarantine: {result.reason}")
        first = self.first_results.setdefault(result.id, result)
        if first is result:
            return
        if first.arrival is Arrival.QUARANTINED and (
            result.arrival is not Arrival.QUARANTINED or (self._are_revoked_heard and first.reason == REVOKED)
        ):
            self.first_results[result.id] = result
            return
        if result.arrival is Arrival.APPLIED and result.id in self.resendable:
            self.resendable.discard(result.id)
        elif result.arrival is Arrival.APPLIED:
            self.find("I7", f"{result.id} is applied twice")
        if (result.answer, result.reason) != (first.answer, first.reason):
            self.find("I7", f"{result.id} was told {_brief(first)}, then {_brief(result)}")


def _is_flooded(kiosk: Kiosk, displayed: Displayed) -> bool:
    """Whether so many refusals came in a minute that this one may be counted only (`core.gate.flood`).

    One that the disk did not take was counted as if it had.
    """
    since_ms = displayed.at_ms - WINDOW_MS
    recent = [each.verdict for each in kiosk.displayed if each.at_ms > since_ms]
    strangers = [each for each in recent if _was_to_be_recorded(each) and not takes_entry(each.outcome)]
    return not takes_entry(displayed.verdict.outcome) and len(strangers) >= MOST_A_MINUTE


def _was_to_be_recorded(verdict: Verdict) -> bool:
    return verdict.scan_id is not None or verdict.outcome is Outcome.STORAGE_FAILED


def _fill_disk(night: Night, kiosk: Kiosk, fault: Break) -> None:
    def empty() -> None:
        kiosk.machine.is_disk_full = False

    kiosk.machine.is_disk_full = True
    night.agenda.after(fault.span_ms, empty)


def _lie(night: Night, liar: Kiosk, _: Break) -> None:
    """The liar contradicts the last admission, or refusal, of another kiosk's door."""
    others = [each for kiosk in night.kiosks if kiosk is not liar for each in kiosk.displayed]
    if others:
        last = max(others, key=lambda each: each.at_ms)
        claim = Outcome.ALREADY_USED if last.verdict.is_admission else Outcome.ADMITTED_OFFLINE
        scan = last.verdict.scan_id or FactId(UUID(int=0))
        liar.do(lambda: liar.lie(scan, night.sold(last.visit.ticket).tid, claim))


def _crash_server(night: Night, _: Kiosk, fault: Break) -> None:
    night.house.crash_at_next("before commit" if fault.detail % 2 else "after commit", fault.span_ms)


def _put_portal(_: Night, kiosk: Kiosk, fault: Break) -> None:
    kiosk.network.put_portal(PORTAL_STATUSES[fault.detail % len(PORTAL_STATUSES)], fault.span_ms)


_FAULTS: dict[Fault, Callable[[Night, Kiosk, Break], None]] = {
    Fault.CUT: lambda _, kiosk, fault: kiosk.network.cut(fault.span_ms),
    Fault.STORM: lambda _, kiosk, fault: kiosk.network.storm(fault.span_ms),
    Fault.CRASH: lambda _, kiosk, fault: kiosk.machine.crash_after(fault.detail),
    Fault.DISK_FULL: _fill_disk,
    Fault.DAMAGE: lambda night, kiosk, _: night.damage(kiosk),
    Fault.CLOCK: lambda _, kiosk, fault: kiosk.machine.set_clock(fault.detail),
    Fault.SERVER_CRASH: _crash_server,
    Fault.SERVER_DOWN: lambda night, _, fault: night.house.stop(fault.span_ms),
    Fault.SERVER_BUSY: lambda night, _, fault: night.house.be_busy(fault.span_ms),
    Fault.PORTAL: _put_portal,
    Fault.POISON: lambda _, kiosk, __: kiosk.do(kiosk.write_poison),
    Fault.LIE: _lie,
    Fault.RESTORE: lambda night, _, fault: night.restore(fault),
}


def _brief(result: FactResult) -> str:
    answer = result.answer
    return f"{answer.outcome.value} #{answer.entry_number}" if answer else str(result.reason)

"""Defects that somebody could write, each planted in the program for as long as a test runs.

Owns the table: a name, the invariants that it breaks, and the planting. A simulation that lets one of them pass is
worth nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from app.ledger import difference, outbox, tidings
from app.ledger import statements as sql
from app.ledger.credentials import Credentials
from app.ledger.redemptions import Page
from app.ledger.rows import Doubt
from app.runtime import redeem_line, sync_line
from app.runtime.oracle import ServerOracle
from app.runtime.scan_line import ScanLine
from app.runtime.sync_line import SyncLine
from app.store.journal import Journal
from app.store.journal_file import box_of
from app.store.journal_queue import Fate
from core.delivery.news import EntryChange
from core.journal.scan import Scan, Shown
from core.journal.state import Leg
from core.model.ids import FactId
from core.redeem import fold as folding
from core.redeem.fold import Passage
from core.sync.session import Queued
from core.ticket.lists import DenialReason
from tests.simulation.clockwork import PowerCut
from tests.simulation.estate import RETURN, STRANGERS, TICKETS
from tests.simulation.house import FragileLedger
from tests.simulation.kiosk import Kiosk
from tests.simulation.night import PORTAL_STATUSES
from tests.simulation.plan import COUNT_OF_TICKETS, Act, Break, Deed, Fault, Plan, Staff, Visit

Plant = Callable[[pytest.MonkeyPatch], None]
Season = Callable[[Plan], Plan]
NIGHT_LONG_MS = 89_000


@dataclass(frozen=True)
class Defect:
    """One defect. `breaks` names the invariants of which at least one has to be found broken.

    `seasoned` puts into a night what the defect needs to show: somebody who lies, a list of canceled tickets.
    """

    name: str
    breaks: frozenset[str]
    plant: Plant
    seasoned: Season


DEFECTS: list[Defect] = []


# --- what some of them need to show -------------------------------------------------------------------------------


def _everywhere(plan: Plan, fault: Fault, at_ms: int, span_ms: int = 0, detail: int = 0) -> Plan:
    more = [Break(at_ms, fault, kiosk, span_ms, detail) for kiosk in range(len(plan.doors))]
    return replace(plan, breaks=(*plan.breaks, *more))


def _cut_off(plan: Plan) -> Plan:
    return _everywhere(plan, Fault.CUT, 0, NIGHT_LONG_MS)


def _crashing(plan: Plan) -> Plan:
    return _everywhere(_everywhere(plan, Fault.CRASH, 40_000, detail=3), Fault.CRASH, 70_000, detail=5)


def _stormy(plan: Plan) -> Plan:
    return _everywhere(plan, Fault.STORM, 0, NIGHT_LONG_MS)


def _with_server_crashes(plan: Plan) -> Plan:
    crashes = [Break(at_ms, Fault.SERVER_CRASH, span_ms=500, detail=1) for at_ms in range(10_000, 90_000, 10_000)]
    return replace(plan, breaks=(*plan.breaks, *crashes))


def _with_strangers(plan: Plan) -> Plan:
    """Guests whose list is not here yet come among the others, to doors without a link."""
    more = [Visit(10_000 * place, 0, COUNT_OF_TICKETS + place % STRANGERS) for place in range(8)]
    return _cut_off(replace(plan, visits=(*plan.visits, *more)))


def _in_a_portal(plan: Plan) -> Plan:
    return _everywhere(plan, Fault.PORTAL, 20_000, 40_000, detail=PORTAL_STATUSES.index(404))


def _with_liars(plan: Plan) -> Plan:
    return _everywhere(_everywhere(plan, Fault.LIE, 45_000), Fault.LIE, 80_000)


def _revoked(plan: Plan) -> Plan:
    return replace(plan, deeds=(*plan.deeds, Deed(30_000, Act.REVOKE, 0), Deed(35_000, Act.REVOKE, 1)))


def _canceled(plan: Plan) -> Plan:
    """Half of the night's tickets are canceled, and no door hears of it."""
    tickets = sorted({visit.ticket for visit in plan.visits if not visit.is_stranger})
    deeds = [Deed(500, Act.CANCEL, ticket) for ticket in tickets[::2]]
    return _cut_off(replace(plan, deeds=(*plan.deeds, *deeds)))


def _forgotten(plan: Plan) -> Plan:
    """The server goes back to its beginning, and guests show their tickets again where they came in."""
    again = [replace(visit, at_ms=63_000 + place * 400) for place, visit in enumerate(plan.visits[:30])]
    restore = Break(60_000, Fault.RESTORE, span_ms=500, detail=100)
    return replace(plan, visits=(*plan.visits, *again), breaks=(*plan.breaks, restore), deeds=())


def _in_and_out(plan: Plan) -> Plan:
    """Guests with tickets for in and out go in, out and in again."""
    doors = (replace(plan.doors[0], is_exit=False), replace(plan.doors[1], is_exit=True), *plan.doors[2:])
    first = COUNT_OF_TICKETS - TICKETS[RETURN]
    walks = [
        Visit(at_ms + place * 1_500, kiosk, first + place)
        for place in range(6)
        for at_ms, kiosk in ((20_000, 0), (40_000, 1), (60_000, 0))
    ]
    return replace(plan, doors=doors, visits=(*plan.visits, *walks))


def _taken_back(plan: Plan) -> Plan:
    """The second kiosk lets a guest in without a link; the first does with one, hears of it, and takes it back."""
    visits = list(plan.visits)
    for place in range(6):
        at_ms = 12_000 * (place + 1)
        visits += [Visit(at_ms - 5_000, 1, place), Visit(at_ms, 0, place, staff=Staff.UNDO)]
        plan = replace(plan, breaks=(*plan.breaks, Break(at_ms - 6_000, Fault.CUT, 1, 6_500)))
    return replace(plan, visits=tuple(visits))


def _doubtful(plan: Plan) -> Plan:
    """The first kiosk's clock is in doubt; its guests come to the second later; neither has a link."""
    doors = (replace(plan.doors[0], offset_ms=-50 * 365 * 86_400_000, is_synced=False), *plan.doors[1:])
    again = [replace(visit, at_ms=visit.at_ms + 4_000, kiosk=1) for visit in plan.visits if visit.kiosk == 0]
    return _cut_off(replace(plan, doors=doors, visits=(*plan.visits, *again)))


def planted(name: str, *breaks: str, season: Season = lambda plan: plan) -> Callable[[Plant], Plant]:
    """Puts a planting into the table."""

    def add(plant: Plant) -> Plant:
        DEFECTS.append(Defect(name, frozenset(breaks), plant, season))
        return plant

    return add


# --- at the kiosk -------------------------------------------------------------------------------------------------


@planted("green is shown before what is shown is committed", "I1")
def _green_first(patch: pytest.MonkeyPatch) -> None:
    original, late = Journal.record_shown, dict[int, Any]()

    def record(journal: Journal, scan: Scan, *told: Any) -> Shown:
        before = late.pop(id(journal), None)
        if before is not None:
            original(journal, *before)
        late[id(journal)] = (scan, *told)
        return Shown(scan.stamp, scan.stamp.id, told[0], told[1])

    patch.setattr(Journal, "record_shown", record)


@planted("a reply that was lost is asked again under a new id", "I2", "I9", "I10", "I12")
def _new_id(patch: pytest.MonkeyPatch) -> None:
    original, sent, fresh = sync_line.body, set[FactId](), count(1)

    def again(item: Queued) -> Queued:
        if item.id not in sent:
            sent.add(item.id)
            return item
        other = UUID(int=item.id.int ^ next(fresh))
        return Queued(FactId(other), item.record.replace(item.id.hex.encode(), other.hex.encode(), 1))

    patch.setattr(sync_line, "body", lambda batch: original([again(item) for item in batch]))


@planted("a row leaves the queue when it is sent", "I2", "I12", season=_stormy)
def _gone_when_sent(patch: pytest.MonkeyPatch) -> None:
    original = SyncLine._try

    def send(line: SyncLine, batch: Any) -> Any:
        line._journal.settle(Fate(item.id, Leg.CLOSED) for item in batch)
        return original(line, batch)

    patch.setattr(SyncLine, "_try", send)


@planted(
    "the last commits are lost in a crash and their places are taken again", "I2", "I9", "I10", "I12", season=_crashing
)
def _places_again(patch: pytest.MonkeyPatch) -> None:
    original = Kiosk.crash

    def crash(kiosk: Kiosk) -> None:
        if kiosk.is_up:
            last = "(SELECT seq FROM facts ORDER BY seq DESC LIMIT 2)"
            kiosk.lane_journal._connection.execute(f"DELETE FROM facts WHERE seq IN {last}")  # noqa: S608
            box_of(kiosk.journal_path).unlink(missing_ok=True)
        original(kiosk)

    patch.setattr(Kiosk, "crash", crash)


@planted("a kiosk without a link forgets whom it let in itself", "I3")
def _forgetful(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "facts_of", lambda journal, tid: [])
    patch.setattr(Journal, "answered_of", lambda journal, tid: [])


@planted(
    "a guest whom the server let in goes in although the kiosk had let the ticket in before", "I3", season=_forgotten
)
def _agreed(patch: pytest.MonkeyPatch) -> None:
    from core.model.outcomes import Source

    patch.setattr(ScanLine, "_agreed", lambda line, told, verified, scan, trust: (told, Source.ONLINE))


@planted("a captive portal's page sets facts aside", "I2", "I9", "I12", season=_in_a_portal)
def _portal(patch: pytest.MonkeyPatch) -> None:
    from core.sync.answers import Rejected

    patch.setattr(Rejected, "is_our_servers", property(lambda self: True))
    patch.setattr(sync_line, "_ABOUT_THE_FACTS", set(range(400, 600)) - {401, 403})


@planted("a question that timed out counts as let in", "I3", "I5")
def _optimist(patch: pytest.MonkeyPatch) -> None:
    from core.model.outcomes import Outcome
    from core.redeem.answer import Answer

    original = ServerOracle.ask
    patch.setattr(ServerOracle, "ask", lambda oracle, scan: original(oracle, scan) or Answer(Outcome.ADMITTED, 1, 1, 1))


# --- at the server ------------------------------------------------------------------------------------------------


@planted("the server answers before its commit", "I2", "I7", "I9", "I12", season=_with_server_crashes)
def _answered_first(patch: pytest.MonkeyPatch) -> None:
    def transact(ledger: FragileLedger, event: Any, work: Any) -> Any:
        told: list[Any] = []

        def worked(page: Any) -> Any:
            told.append(work(page))
            ledger._cut("before commit")
            return told[-1]

        try:
            return ledger._ledger.transact(event, worked)
        except PowerCut:
            return told[-1]

    patch.setattr(FragileLedger, "transact", transact)


@planted("a ticket's facts are read before its lock is held", "I3", "I5", "I6")
def _no_lock(patch: pytest.MonkeyPatch) -> None:
    """What another transaction wrote in the last quarter of a second is not seen."""
    original = Page._known
    seen: dict[Any, tuple[int, Any]] = {}

    def known(page: Page, tids: Any, but_not: Any) -> Any:
        found = original(page, tids, but_not)
        tid = next(iter(tids)) if len(tids) == 1 else None
        at_ms, before = seen.get(tid, (0, found))
        if tid is None or not 0 <= page._now_ms - at_ms < 250:
            seen[tid] = (page._now_ms, found)
            return found
        return before

    patch.setattr(Page, "_known", known)


@planted("the rules are asked again at a replay", "I7")
def _judged_again(patch: pytest.MonkeyPatch) -> None:
    original = Page.record

    def record(page: Page, arrivals: Any) -> Mapping[FactId, Any]:
        return {id_: stored for id_, stored in original(page, arrivals).items() if stored.reason is not None}

    patch.setattr(Page, "record", record)


@planted("one fact in doubt puts its whole batch into quarantine", "I6", "I9", season=_with_strangers)
def _whole_batch(patch: pytest.MonkeyPatch) -> None:
    original = redeem_line._doubts

    def doubts(fresh: Any, held: Any, **rules: Any) -> dict[FactId, Doubt]:
        found = original(fresh, held, **rules)
        return {item.id: Doubt.UNKNOWN_TICKET for item in fresh if item.doubt is None} if found else found

    patch.setattr(redeem_line, "_doubts", doubts)


@planted("a fact in quarantine is dropped", "I2", "I9", "I12")
def _dropped(patch: pytest.MonkeyPatch) -> None:
    def drop(page: Page, doubts: Mapping[FactId, Doubt]) -> None:
        if doubts:
            page._connection.execute(sql.TAKE_BACK, {"e": page._event.id, "ids": list(doubts)})

    patch.setattr(Page, "set_aside", drop)


@planted("a revoked kiosk's facts count at once", "I8", season=_revoked)
def _still_trusted(patch: pytest.MonkeyPatch) -> None:
    original = Credentials.prove

    def prove(credentials: Credentials, *who: Any, **how: Any) -> Any:
        return replace(original(credentials, *who, **{**how, "salvages": True}), doubt=None)

    patch.setattr(Credentials, "prove", prove)


@planted("an effect is fired at each arrival", "I4")
def _told_again(patch: pytest.MonkeyPatch) -> None:
    number, original = count(1), outbox._key

    def changes(there: Any, needed: Mapping[Any, Any]) -> list[Any]:
        return [(place[0], EntryChange(place[1], None, tidings._taken(row))) for place, row in needed.items()]

    patch.setattr(outbox, "_key", lambda endpoint, news: f"{original(endpoint, news)}:{next(number)}")
    patch.setattr(difference, "changes_between", changes)


@planted("an incident stays open when an undo has settled it", "I5", "I6", season=_taken_back)
def _incident_stays(patch: pytest.MonkeyPatch) -> None:
    original = difference.Difference.update

    def update(self: difference.Difference, statement: Any, rows: Any) -> None:
        if statement is not sql.WITHDRAW:
            original(self, statement, rows)

    patch.setattr(difference.Difference, "update", update)


@planted("a lost race leaves no incident", "I5", "I6")
def _no_incident(patch: pytest.MonkeyPatch) -> None:
    original = folding._Tally._note

    def note(tally: Any, kind: Any, *about: Any) -> None:
        if kind is not folding.IncidentKind.DOUBLE_ADMISSION:
            original(tally, kind, *about)

    patch.setattr(folding._Tally, "_note", note)


# --- in the fold --------------------------------------------------------------------------------------------------


@planted("a clock in doubt is sorted first", "I5", "I6", season=_doubtful)
def _suspects_first(patch: pytest.MonkeyPatch) -> None:
    original = folding.sort_key
    patch.setattr(folding, "sort_key", lambda fact: (not original(fact)[0], *original(fact)[1:]))


@planted("facts fold in the order of their arrival", "I5", "I6")
def _as_they_come(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(folding, "_in_order", list)


@planted("what another device says of a scan is believed", "I5", "I6", season=_with_liars)
def _hearsay(patch: pytest.MonkeyPatch) -> None:
    original = folding._remarks

    def remarks(ordered: Any) -> Any:
        ordered = list(ordered)
        devices = {fact.stamp.id: fact.stamp.device for fact in ordered if isinstance(fact, Scan)}
        said = original(ordered)
        return {(kind, scan, devices.get(scan, device)): fact for (kind, scan, device), fact in said.items()}

    patch.setattr(folding, "_remarks", remarks)


@planted("a late cancellation makes an admission undone", "I5", season=_canceled)
def _erased(patch: pytest.MonkeyPatch) -> None:
    original, denials = Passage.is_admission, {reason.outcome for reason in DenialReason}
    patch.setattr(
        Passage,
        "is_admission",
        property(lambda passage: original.fget(passage) and passage.judged not in denials),
    )


@planted("an undo is ignored", "I5", season=_taken_back)
def _no_undo(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(folding, "is_undone_by", lambda scan, undo: False)


@planted("a guest who comes back takes another entry", "I5", season=_in_and_out)
def _no_return(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(folding, "may_return", lambda standing, terms: False)

"""One event in a real ledger, with three kiosks: what the contract's scenarios are played on."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select

from app.ledger.admin import Office, open_ledger
from app.ledger.counters import Counted, Counters, Presence
from app.ledger.schema import facts, incidents, redemptions, tickets
from app.runtime.redeem_line import Question, RedeemLine
from core.journal.scan import NO_PREDECESSOR, Fact, Scan, Shown, Stamp, to_record
from core.model.codes import T1_FORM
from core.model.event import Direction
from core.model.ids import ClassId, CodeDigest, DeviceId, EventId, FactId, GateId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome, Source
from core.sync.messages import ClassRow, EventRow, FactResult, GateRow
from tests.support.kiosks import enrolled

NOW = 1_795_003_600_000
STANDARD, VIP, PARKING, TOMORROW = ClassId(1), ClassId(2), ClassId(3), ClassId(4)
NORTH, SOUTH = GateId("north"), GateId("south")


def policy(name: str = "Summer Night") -> EventRow:
    """An event that runs now: two gates; a plain class, one for the south gate, parking, and one for another day."""
    return EventRow(
        "",
        name,
        "Europe/Berlin",
        NOW - 3_600_000,
        NOW + 82_800_000,
        gates=[GateRow(NORTH, "North gate"), GateRow(SOUTH, "South gate")],
        classes=[
            ClassRow(STANDARD, "Standard"),
            ClassRow(VIP, "VIP", gates=[SOUTH], entries=2),
            ClassRow(PARKING, "Parking", opens_doors=False),
            ClassRow(TOMORROW, "Tomorrow", dates=["2026-11-30"]),
        ],
    )


@dataclass(frozen=True, slots=True)
class Home:
    """Where a ledger lives: a URL (None: SQLite in the folder), and the folder with its master key."""

    url: str | None
    folder: Path


@dataclass
class House:
    """The event, its office, its line and its kiosks. `now_ms` is the server's clock."""

    office: Office
    event: EventId
    kiosks: list[DeviceId]
    secrets: list[str]
    line: RedeemLine
    seqs: Iterator[int] = field(default_factory=lambda: count(1))
    now_ms: int = NOW

    def tickets(self, number: int = 1, cls: ClassId = STANDARD) -> list[TicketHandle]:
        """New tickets of a class."""
        return [TicketHandle(bytes.fromhex(t.tid)) for t in self.office.issue_tickets(self.event, cls, number)]

    def scan(
        self,
        tid: TicketHandle | None,
        kiosk: int = 0,
        *,
        after_ms: int = 0,
        gate: GateId = NORTH,
        direction: Direction = Direction.ENTRY,
        cls: ClassId = STANDARD,
        gen: int = 0,
        u_ms: int = 0,
        seq: int | None = None,
        id_: FactId | None = None,
    ) -> Scan:
        """A presentation at a kiosk."""
        seq = next(self.seqs) if seq is None else seq
        stamp = self._stamp(kiosk, seq, NOW + after_ms, tid, u_ms, id_)
        if tid is None:
            return Scan(stamp, direction, gate, 1, digest=CodeDigest(bytes(16)))
        return Scan(stamp, direction, gate, 1, form=T1_FORM, gen=gen, cls=cls)

    def shown(self, of: Scan, outcome: Outcome = Outcome.ADMITTED_OFFLINE) -> Shown:
        """What that kiosk showed right after."""
        kiosk, at = self.kiosks.index(of.stamp.device), of.stamp.moment
        stamp = self._stamp(kiosk, next(self.seqs), at.at_ms, of.stamp.tid, at.uncertainty_ms, None)
        return Shown(stamp, of.stamp.id, outcome, Source.OFFLINE)

    def about(self, of: Scan, kiosk: int | None, after_ms: int) -> Stamp:
        """The stamp of a fact about a scan, at its own kiosk (None) or another, some milliseconds later."""
        kiosk = self.kiosks.index(of.stamp.device) if kiosk is None else kiosk
        return self._stamp(kiosk, next(self.seqs), of.stamp.moment.at_ms + after_ms, of.stamp.tid, 0, None)

    def sell(self, tid: TicketHandle, cls: ClassId) -> None:
        """A ticket of that handle comes into the ledger, as an import brings it."""
        row = {"kid": 0, "flags": 0, "gen": 0, "nbf": NOW // 1000 - 3_600, "exp": NOW // 1000 + 82_800, "cls": cls}
        told = {"is_inside": False, "source": "shop", "external_ref": tid.hex(), "issued_at": NOW}
        with self.office._database.writing() as connection:
            connection.execute(insert(tickets), {"event_id": self.event, "tid": tid, **row, **told})
            counters = Counters(connection, self.office._database.profile, self.event)
            counters.add(Counted.TICKETS, 1, name=Presence.EXPECTED, cls=cls)
            counters.flush()

    def change_event(self, change: Callable[[EventRow], EventRow]) -> None:
        """The organizer changes the event."""
        self.office.events.change(self.event, change)

    def _stamp(
        self, kiosk: int, seq: int, at_ms: int, tid: TicketHandle | None, u_ms: int, id_: FactId | None
    ) -> Stamp:
        id_ = id_ or FactId(UUID(int=(kiosk + 1) << 64 | seq))
        moment = Moment(Millis(at_ms), u_ms, ClockQuality.SYNCED, "boot-1")
        return Stamp(id_, self.event, self.kiosks[kiosk], 1, seq, moment, tid, NO_PREDECESSOR)

    def ask(self, fact: Fact) -> FactResult:
        """The question of a door where a guest waits."""
        return self.line.redeem(Question(self.event, fact.stamp.device, to_record(fact)))

    def upload(self, *sent: Fact) -> list[FactResult]:
        """One batch of one kiosk."""
        return self.line.redeem_batch(self.event, sent[0].stamp.device, [to_record(fact) for fact in sent])

    def admit_offline(self, tid: TicketHandle, kiosk: int, *, after_ms: int = 0) -> list[Fact]:
        """The facts of a kiosk without a link that let a guest in."""
        scan = self.scan(tid, kiosk, after_ms=after_ms)
        return [scan, self.shown(scan)]

    # --- what the tables hold -------------------------------------------------------------------------------------

    def entries(self) -> dict[tuple[bytes, int], UUID]:
        """The redemptions: ticket and entry number → the scan that took it."""
        with self.office._database.reading() as connection:
            rows = connection.execute(select(redemptions).where(redemptions.c.event_id == self.event))
            return {(row.tid, row.entry_number): row.scan_id for row in rows}

    def open_incidents(self) -> set[tuple[str, UUID]]:
        """Kind and scan of what a person must look at."""
        with self.office._database.reading() as connection:
            mine = (incidents.c.event_id == self.event) & (incidents.c.state == "open")
            return {(row.kind, row.scan_id) for row in connection.execute(select(incidents).where(mine))}

    def findings(self) -> Mapping[tuple[str, UUID], str]:
        """Kind and scan of the incidents that a person has looked at, with what was found out."""
        with self.office._database.reading() as connection:
            mine = (incidents.c.event_id == self.event) & (incidents.c.state == "resolved")
            return {(row.kind, row.scan_id): row.finding for row in connection.execute(select(incidents).where(mine))}

    def evidence(self, scan: FactId) -> str:
        """The other record of an incident."""
        with self.office._database.reading() as connection:
            mine = (incidents.c.event_id == self.event) & (incidents.c.scan_id == scan)
            return str(connection.execute(select(incidents.c.evidence).where(mine)).scalar_one())

    def stored(self) -> Mapping[UUID, tuple[str, str | None]]:
        """Every fact: its arrival and its reason."""
        with self.office._database.reading() as connection:
            rows = connection.execute(select(facts).where(facts.c.event_id == self.event))
            return {row.id: (row.arrival, row.reason) for row in rows}

    def inside(self) -> Sequence[bytes]:
        """The tickets whose guests are inside."""
        with self.office._database.reading() as connection:
            mine = (tickets.c.event_id == self.event) & tickets.c.is_inside
            return list(connection.execute(select(tickets.c.tid).where(mine)).scalars())


@contextlib.contextmanager
def open_house(home: Home) -> Iterator[House]:
    """A new event with three kiosks."""
    houses: list[House] = []
    with open_ledger(home.url, home.folder, now_ms=lambda: houses[0].now_ms if houses else NOW) as office:
        event = EventId(UUID(office.create_event(policy()).event))
        replies = [enrolled(office, event, NORTH, f"kiosk {number}") for number in range(3)]
        houses.append(
            House(
                office,
                event,
                [DeviceId(UUID(reply.device)) for reply in replies],
                [reply.secret for reply in replies],
                RedeemLine(office.facts),
            )
        )
        yield houses[0]

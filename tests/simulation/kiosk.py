"""One kiosk of a simulated night: the real lines on a real journal, a machine that may stop at any step.

Owns the machine (its clocks, its disk, its power) and the wiring that `app.runtime.station` does over real sockets. A
kiosk that starts again finds what its disk had at the last commit, and nothing else.
"""

import contextlib
import json
import random
import shutil
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from app.clock import Memory, SystemClock
from app.ledger.credentials import ToldClock
from app.net.exchange import Reply, refusal
from app.net.gate_client import FreshManifest, Received, Sink, Unchanged
from app.net.patience import ask_until_answered
from app.runtime.in_hand import InHand
from app.runtime.keeper import ManifestKeeper
from app.runtime.link import LinkMonitor
from app.runtime.oracle import ServerOracle
from app.runtime.reckoning import Reckoner, Reckoning
from app.runtime.rejoining import Rejoiner
from app.runtime.scan_line import ScanLine
from app.runtime.sync_line import SyncLine
from app.runtime.trust_box import TrustBox
from app.store.database import StorageFailed, transaction
from app.store.journal import Journal, Presented
from app.store.journal_file import Writer
from app.store.journal_queue import Fate
from app.store.rescue import rescue
from app.store.trust_store import TrustStore
from core.gate.admit import Door
from core.gate.verdict import Verdict
from core.journal.scan import Override, Record, Scan, Shown, Stamp, Undo, canonical, from_record, to_record
from core.model.event import Direction
from core.model.ids import FactId, TicketHandle, uuid7
from core.model.moments import Moment
from core.model.outcomes import Outcome, Source
from core.model.timekeeping import Reading, Remembered
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import SIGNATURE_HEADER, TIME_HEADER, BatchReply, FactResult, TallyReply, TallyRequest
from core.sync.session import Queued
from core.sync.signing import batch_bytes
from core.ticket import seal
from core.ticket.verify import Lane, Trust
from tests.simulation import plan as plans
from tests.simulation.clockwork import Agenda, Event, Pool, PowerCut, Task
from tests.simulation.estate import Estate, HeldVault
from tests.simulation.estate import Kiosk as Enrolled
from tests.simulation.house import Caller, House
from tests.simulation.network import Network

T = TypeVar("T")

_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)
_TALLY = TypeAdapter(TallyRequest)
_TALLY_REPLY = TypeAdapter(TallyReply)
BETWEEN_GUESTS_MS = 400
REBUILT_MS = 3_000
"""From the damage of a journal to the kiosk's next start, which rebuilds it."""
BATCH_S, MANIFEST_S = 20.0, 60.0


@dataclass(frozen=True)
class Displayed:
    """A verdict that a door has seen."""

    at_ms: int
    visit: plans.Visit
    verdict: Verdict


class HeldMemory(Memory):
    """What a kiosk's clock writes down; it outlives the run, not the night."""

    def __init__(self) -> None:
        self.known = Remembered()

    def load(self) -> Remembered:
        """What was saved last."""
        return self.known

    def save(self, known: Remembered) -> None:
        """Keeps it."""
        self.known = known


class MachineClock(SystemClock):
    """The kiosk's own clock over the machine's simulated ones."""

    def monotonic_ms(self) -> int:
        """The boot clock."""
        return self._read().boot_ms


class Machine:
    """The hardware: a wall clock that is off and can be set, a boot clock that drifts, a disk, a plug."""

    def __init__(self, agenda: Agenda, door: plans.Door, seed: str) -> None:
        self._agenda = agenda
        self._drift_ppm = door.drift_ppm
        self._offset_ms = door.offset_ms
        self._boots = 0
        self._booted_ms = agenda.now_ms
        self._armed: int | None = None
        self.random = random.Random(f"machine {seed}")
        self.is_disk_full = False
        self.memory = HeldMemory()

    def boot(self) -> None:
        """Another boot: its clock begins at nothing."""
        self._boots += 1
        self._booted_ms = self._agenda.now_ms

    def read(self) -> Reading:
        """The clocks now."""
        passed_ms = self._agenda.now_ms - self._booted_ms
        boot_ms = 20_000 + passed_ms + passed_ms * self._drift_ppm // 1_000_000
        return Reading(max(0, self._agenda.now_ms + self._offset_ms), boot_ms, f"boot-{self._boots}")

    def set_clock(self, by_ms: int) -> None:
        """Somebody sets the wall clock."""
        self._offset_ms += by_ms

    def crash_after(self, steps: int) -> None:
        """The power goes at the so-manieth step from now."""
        self._armed = steps

    def step(self) -> None:
        """A step of the program is done. Raises PowerCut where the power goes."""
        if self._armed is not None:
            self._armed -= 1
            if self._armed < 0:
                raise PowerCut

    def has_power_again(self) -> None:
        """Nothing is planned against it any more."""
        self._armed = None


class FragileJournal(Journal):
    """The kiosk's journal on a machine that may stop before each commit, in the middle of it, or right after."""

    def __init__(self, path: Path, writer: Writer, machine: Machine) -> None:
        def new_id(at_ms: int) -> FactId:
            machine.step()  # inside the transaction
            return FactId(uuid7(at_ms, machine.random.randbytes(10)))

        super().__init__(path, writer, new_id)
        self._machine = machine

    def record_scan(self, presented: Presented, moment: Moment) -> Scan:
        """As ever."""
        return self._survived(lambda: super(FragileJournal, self).record_scan(presented, moment), writes=True)

    def record_shown(self, scan: Scan, outcome: Outcome, source: Source, moment: Moment) -> Shown:
        """As ever."""
        return self._survived(
            lambda: super(FragileJournal, self).record_shown(scan, outcome, source, moment), writes=True
        )

    def record_undo(self, scan: Scan, moment: Moment, operator: str | None = None) -> Undo:
        """As ever."""
        return self._survived(lambda: super(FragileJournal, self).record_undo(scan, moment, operator), writes=True)

    def record_override(self, scan: Scan, operator: str, reason: str, moment: Moment) -> Override:
        """As ever."""
        return self._survived(
            lambda: super(FragileJournal, self).record_override(scan, operator, reason, moment), writes=True
        )

    def _put_into_box(self, record: bytes) -> None:
        """The second copy is on the disk, and the first is not committed yet."""
        super()._put_into_box(record)
        self._machine.step()

    def settle(self, fates: Iterable[Fate]) -> None:
        """As ever."""
        self._survived(lambda: super(FragileJournal, self).settle(fates), writes=True)

    def queued(self, limit: int = 400) -> list[Queued]:
        """As ever."""
        return self._survived(lambda: super(FragileJournal, self).queued(limit), writes=False)

    def _survived(self, work: Callable[[], T], *, writes: bool) -> T:
        self._machine.step()
        if writes and self._machine.is_disk_full:
            raise StorageFailed("kiosk.db", "OperationalError: database or disk is full")
        done = work()
        self._machine.step()
        return done


class Uplink:
    """The kiosk's questions as they cross the virtual network: what `GateClient` does over a socket."""

    def __init__(self, caller: Callable[[], Caller], signing: bytes, network: Network, house: House) -> None:
        self._caller = caller
        self._signing = signing
        self._network = network
        self._house = house
        self.learn: Callable[[int, int], None] = lambda server_ms, rtt_ms: None

    def redeem(self, record: Record, timeout_s: float) -> Done[FactResult] | Later | Rejected:
        """Asks about one scan, now."""
        body, caller = b'{"fact":' + canonical(record) + b"}", self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.redeem(caller, body), timeout_s)
        return self._read(_FACT_RESULT, reply, took_ms)

    def send(self, body: bytes) -> Done[BatchReply] | Later | Rejected:
        """Uploads a batch, signed by this device."""
        signature, caller = seal.ed25519_sign(self._signing, batch_bytes(body)).hex(), self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.upload(caller, body, signature), BATCH_S)
        return self._read(_BATCH_REPLY, reply, took_ms)

    def tally(self, told: TallyRequest) -> Done[TallyReply] | Later | Rejected:
        """Compares what both sides hold."""
        body, caller = _TALLY.dump_json(told), self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.tally(caller, body), BATCH_S)
        return self._read(_TALLY_REPLY, reply, took_ms)

    def held(self) -> Done[TallyReply] | Later | Rejected:
        """What the server holds of this kiosk's journals."""
        caller = self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.held(caller), BATCH_S)
        return self._read(_TALLY_REPLY, reply, took_ms)

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest; its reply tells the time."""
        caller = self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.manifest(caller, held), MANIFEST_S)
        if isinstance(reply, Later):
            return reply
        if TIME_HEADER in reply.headers:
            self.learn(int(reply.headers[TIME_HEADER]), took_ms)
        if reply.status == 304:
            return Done(Unchanged(), took_ms)
        if reply.status != 200:
            return refusal(reply)
        return Done(FreshManifest(reply.body, reply.headers.get(SIGNATURE_HEADER, "")), took_ms)

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        """The rest of a file, in one piece."""
        caller = self._caller()
        reply, took_ms = self._network.exchange(lambda: self._house.file(caller, sha256, offset), MANIFEST_S)
        if isinstance(reply, Later):
            return reply
        if reply.status != 200:
            return refusal(reply)
        sink(reply.body[:most])
        return Done(Received(len(reply.body[:most]), is_end=True), took_ms)

    def _read(self, adapter: "TypeAdapter[T]", reply: Reply | Later, took_ms: int) -> "Done[T] | Later | Rejected":
        if isinstance(reply, Later):
            return reply
        if reply.status != 200:
            return refusal(reply)
        try:
            return Done(adapter.validate_json(reply.body), took_ms)
        except ValidationError:
            return Later(Trouble.SERVER_ERROR)


class Kiosk:
    """A kiosk. `seen` hears what its door shows, `unserved` of the guests that it could not serve.

    `text_of` says what a guest holds up: editions change while the night goes on.
    """

    def __init__(
        self,
        of: Estate,
        agenda: Agenda,
        house: House,
        enrolled: Enrolled,
        door: plans.Door,
        *,
        seed: int,
        text_of: Callable[[plans.Visit], str],
        seen: "Callable[[Kiosk, Displayed], None]",
        unserved: "Callable[[Kiosk, plans.Visit], None]",
    ) -> None:
        self._of = of
        self._agenda = agenda
        self._house = house
        self.enrolled = enrolled
        self.door = door
        self.machine = Machine(agenda, door, f"{seed} {enrolled.number}")
        self.network = Network(agenda, f"{seed} {enrolled.number}", lambda: house.restores)
        self.displayed: list[Displayed] = []
        self._text_of = text_of
        self._seen = seen
        self._unserved = unserved
        self.boots = 0
        self.visits = 0
        self.strays = 0
        self.decisions = 0
        self.rescues = 0
        self._rebuilt: Callable[[], None] = _nobody_waits
        self.failures: list[BaseException] = []
        self._tasks: list[Task] = []
        self._queue: deque[plans.Visit] = deque()
        self.is_up = False
        self.journal_path = of.folder / f"kiosk-{enrolled.number}.db"
        self.trust_path = of.folder / f"kiosk-trust-{enrolled.number}.db"
        for left in of.folder.glob(f"{self.journal_path.stem}.*"):
            left.unlink()
        shutil.copyfile(of.folder / "journal.db", self.journal_path)
        _clear(self.trust_path)
        shutil.copyfile(of.trust_file(enrolled.number), self.trust_path)

    # --- its life -------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """The program starts: what it knows is what lies on its disk."""
        if self.is_up:
            return
        self.boots += 1
        self.machine.boot()
        self.is_up = True
        self._tasks = []
        self.clock = MachineClock(self.machine.memory, read=self.machine.read)
        self.link = LinkMonitor(lambda: self.clock.now().at_ms)
        uplink = Uplink(self._caller, self.enrolled.keys.signing_private, self.network, self._house)
        uplink.learn = self.clock.learn
        self._uplink = uplink
        self.box = TrustBox(self._of.event)
        self._keeper = ManifestKeeper(
            event=self._of.event,
            device=self.enrolled.device,
            root=self._of.root,
            box=self.box,
            store=TrustStore(self.trust_path),
            vault=HeldVault(self.enrolled.keys),  # type: ignore[arg-type]
            link=self.link,
            clock=self.clock,
            is_past=self.clock.raise_floor,
        )
        self._keeper.load()
        if self.boots == 1 and self.door.is_synced:
            self.clock.learn(self._agenda.now_ms, 20)
        rests_ms = self.machine.random.randrange(1, self.door.asks_every_ms)
        self._asks_again_ms = self._agenda.now_ms + (rests_ms if self.box.epoch else 0)  # who has none asks at once
        self.rescues += rescue(self.journal_path) is not None
        self._rebuilt, rebuilt = _nobody_waits, self._rebuilt
        rebuilt()
        self.lane_journal, self.sync_journal = self._journal(), self._journal()
        lane = Lane(self.enrolled.gate, Direction.EXIT if self.door.is_exit else Direction.ENTRY)
        in_hand = InHand()
        self.line = ScanLine(
            lane=lane,
            door=self._door,
            journal=self.lane_journal,
            holder=self.box,
            clock=self.clock,
            oracle=ServerOracle(uplink, self.link, self._budget_ms, Pool(self._spawn, self._agenda)),
            in_hand=in_hand,
        )
        self._came = Event(self._agenda)
        self._is_busy = False
        self._rejoiner = Rejoiner(uplink, lambda: self.box.epoch)
        self._reckoner = Reckoner(uplink, lambda: self.clock.now().at_ms)
        self.sync = SyncLine(
            journal=self.sync_journal,
            uplink=uplink,
            link=self.link,
            ask=ask_until_answered,
            refresh=self._refresh,
            compare=self._compare if self.door.is_eager else lambda: None,
            rejoin=lambda: self._rejoiner.look(self.sync_journal),
            is_in_hand=lambda: in_hand.is_anybody,
            new_event=lambda: Event(self._agenda),
        )
        if self.boots > 1 and not self.machine.is_disk_full:
            try:
                self._ask_about_the_unshown()
            except PowerCut:  # once more, before it is at work
                self._fall()
                return
        self._spawn(self._work)
        self._spawn(self.sync.run)

    def crash(self) -> None:
        """The power is gone. Guests who waited look for another door."""
        if not self.is_up:
            return
        self.is_up = False
        for task in self._tasks:
            task.kill()
        self._keeper.close()
        self.lane_journal.close()
        self.sync_journal.close()
        self.machine.has_power_again()
        waiting, self._queue = list(self._queue), deque()
        for visit in waiting:
            self._unserved(self, visit)

    def damage(self, rebuilt: Callable[[], None]) -> None:
        """The power goes, and takes a piece of the journal's file with it. The black box is another file.

        `rebuilt` is called when the next start, whatever brings it, has made the journal whole and sent nothing yet.
        """
        if not self.is_up or self.strays:
            return
        self._rebuilt = rebuilt
        self.crash()
        size = self.journal_path.stat().st_size
        with self.journal_path.open("r+b") as file:
            file.seek(size // 3)
            file.write(bytes(size // 3))
        self._agenda.after(REBUILT_MS, self.boot)

    def become(self, enrolled: Enrolled) -> None:
        """Another device from now on, on the same disk: its keys were lost, its journal was not."""
        self.crash()
        self.enrolled = enrolled
        self.trust_path = self._of.folder / f"kiosk-trust-{enrolled.name}.db"
        _clear(self.trust_path)

    def receive(self, visit: plans.Visit) -> None:
        """Somebody comes to the door."""
        if not self.is_up:
            self._unserved(self, visit)
            return
        self._queue.append(visit)
        self._came.set()

    def _spawn(self, work: Callable[[], None]) -> Task:
        task = Task(self._agenda, lambda: self._guarded(work))
        self._tasks.append(task)
        return task

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except PowerCut:
            self._agenda.after(0, self._fall)
            raise
        except Exception as err:  # noqa: BLE001 — a line that ends is a finding of its own
            self.failures.append(err)

    def _fall(self) -> None:
        """A step found no power."""
        if self.is_up:
            self.crash()
            self._agenda.after(self.machine.random.choice([50, 2_000, 15_000]), self.boot)

    # --- its work -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """The lane: one guest after the other."""
        while True:
            while not self._queue:
                self._came.clear()
                self._came.wait()
            visit = self._queue[0]
            self.visits += 1
            verdict = self.line.present(self._text_of(visit))
            self.machine.step()
            self._queue.popleft()
            self._is_busy = True
            self._show(visit, verdict)
            self._decide(visit, verdict)
            if self.door.is_eager:
                self.sync.wake()
            self._is_busy = False
            self._agenda.sleep(BETWEEN_GUESTS_MS)

    def _show(self, visit: plans.Visit, verdict: Verdict) -> None:
        displayed = Displayed(self._agenda.now_ms, visit, verdict)
        self.displayed.append(displayed)
        self._seen(self, displayed)

    def _decide(self, visit: plans.Visit, verdict: Verdict) -> None:
        """Staff take a scan back, or a supervisor lets a refused guest in."""
        if visit.staff is plans.Staff.NOTHING or verdict.scan_id is None:
            return
        scan = self._read_scan("id = ?", verdict.scan_id.bytes)[0]
        if scan.stamp.tid is None:
            return
        self._agenda.sleep(700)
        now = self.clock.now()
        is_open = verdict.is_admission or verdict.outcome is Outcome.EXIT_RECORDED
        with contextlib.suppress(StorageFailed):
            if visit.staff is plans.Staff.UNDO and is_open:
                self.decisions += 1
                self.lane_journal.record_undo(scan, now)
            elif visit.staff is plans.Staff.OVERRIDE and not is_open and scan.direction is Direction.ENTRY:
                self.decisions += 1
                self.lane_journal.record_override(scan, "supervisor", "knows the guest", now)

    def _ask_about_the_unshown(self) -> None:
        """After a restart staff say of half the scans without a verdict whether the guest went in: hardly ever."""
        for scan in self.lane_journal.open_questions():
            is_own = scan.stamp.device == self.enrolled.device and scan.stamp.tid is not None
            if is_own and self.machine.random.random() < 0.5:
                entered = self.machine.random.random() < 0.2
                self.decisions += 1
                self.lane_journal.record_recovery(scan, self.clock.now(), entered=entered)

    def _read_scan(self, where: str, value: bytes) -> list[Scan]:
        rows = self.lane_journal._connection.execute(f"SELECT record FROM facts WHERE {where}", (value,))  # noqa: S608
        facts = [from_record(json.loads(row[0])) for row in rows.fetchall()]
        return [fact for fact in facts if isinstance(fact, Scan)]

    def _refresh(self) -> None:
        """Asks for a newer manifest; in a night as often as its plan says."""
        if self._agenda.now_ms < self._asks_again_ms:
            return
        self._asks_again_ms = self._agenda.now_ms + self.door.asks_every_ms
        self._keeper.refresh(self._uplink)

    def _compare(self) -> None:
        self._reckoner.reckon(self.sync_journal)

    def ask_soon(self) -> None:
        """Asks for a newer manifest at the next occasion."""
        self._asks_again_ms = 0

    def reckon(self) -> None:
        """Compares both sides now, as a task of its own; `reckoning` says what was found."""
        self.reckoning: Reckoning | None = None

        def work() -> None:
            for _ in range(5):
                self.reckoning = self._reckoner.reckon(self.sync_journal, is_forced=True)
                if self.reckoning is not None:
                    break
                self._agenda.sleep(1_000)

        self._spawn(work)

    def do(self, work: Callable[[], None]) -> None:
        """Something that happens to the program beside its lines; the power may go in the middle of it.

        Without a place to write it does not happen: a journal with losses that nobody has accepted takes no row.
        """
        if not self.is_up:
            return
        try:
            with contextlib.suppress(StorageFailed):
                work()
        except PowerCut:
            self._fall()

    def write_poison(self) -> None:
        """A row of a newer program, say: in its place in the chain, and no fact that anybody here can read."""
        journal = self.lane_journal
        with transaction(journal._connection):
            seq, previous = journal._head()
            now = self.clock.now()
            id_ = FactId(uuid7(now.at_ms, self.machine.random.randbytes(10)))
            writer = self._writer()
            stamp = Stamp(id_, writer.event, writer.device, 1, seq + 1, now, None, previous)
            record = to_record(Shown(stamp, id_, Outcome.TIMEOUT, Source.OFFLINE)) | {"kind": "wish"}
            text = canonical(record)
            row = (id_.bytes, "wish", writer.event.bytes, writer.device.bytes, 1, seq + 1, now.at_ms, text)
            journal._connection.execute(
                "INSERT INTO facts (id, kind, event, device, incarnation, seq, ts, record, fingerprint, leg)"
                " VALUES (?,?,?,?,?,?,?,?,?,'queued')",
                (*row, seal.sha256(text)),
            )
            journal._put_into_box(text)
        self.strays += 1

    def lie(self, scan: FactId, tid: TicketHandle, outcome: Outcome) -> None:
        """Says of another kiosk's scan what the door showed."""
        self.strays += 1  # as `decisions`, before it is written: what the power cuts short may come back from the box
        self.lane_journal._append(lambda stamp: Shown(stamp, scan, outcome, Source.OFFLINE), self.clock.now(), tid)

    def _caller(self) -> Caller:
        now = self.clock.now()
        return Caller(self.enrolled.device, self.enrolled.secret, ToldClock(now.at_ms, now.uncertainty_ms, now.quality))

    def _budget_ms(self) -> int:
        trust = self.box.trust
        return trust.event.online_budget_ms if isinstance(trust, Trust) else 400

    def _door(self, trust: Trust) -> Door:
        return Door(trust.event, self.enrolled.device, self.enrolled.name, self.enrolled.gate)

    @property
    def guests(self) -> int:
        """How many are at the door."""
        return len(self._queue) + self._is_busy

    # --- its disk -------------------------------------------------------------------------------------------------

    def _writer(self) -> Writer:
        return Writer(self._of.event, self.enrolled.device, 1)

    def _journal(self) -> Journal:
        return FragileJournal(self.journal_path, self._writer(), self.machine)

    def committed(self, scan: FactId | None) -> str | None:
        """What another connection finds to have been shown after a scan that it finds too."""
        shown = "SELECT s.outcome FROM facts AS s JOIN facts ON facts.id = s.refers_to WHERE s.refers_to = ?"
        row = self.sync_journal._connection.execute(shown, (scan.bytes if scan else b"",)).fetchone()
        return row[0] if row else None

    def settled(self) -> set[FactId]:
        """The facts whose answer has reached this disk; none while it can't be read."""
        return self._facts_where("leg <> 'queued'")

    def set_aside(self) -> set[FactId]:
        """The facts that this disk knows to lie in quarantine, and nothing later of them."""
        return self._facts_where("leg = 'quarantined'")

    def answered(self) -> set[FactId]:
        """The facts whose answer this disk knows: none that can be read, none that is known."""
        return self._facts_where("answer IS NOT NULL")

    def _facts_where(self, what: str) -> set[FactId]:
        try:
            with closing(self.read_journal()) as journal:
                rows = journal._connection.execute(f"SELECT id FROM facts WHERE {what}").fetchall()  # noqa: S608
        except StorageFailed:
            return set()
        return {FactId(UUID(bytes=row[0])) for row in rows}

    def read_journal(self) -> Journal:
        """A journal of whoever looks at the disk, whether the kiosk runs or not. Close it."""
        return Journal(self.journal_path, self._writer(), lambda at_ms: FactId(uuid7(at_ms, bytes(10))))


def _nobody_waits() -> None:
    """What is called where nobody has asked to be."""


def _clear(path: Path) -> None:
    """No database of that name, nor what SQLite keeps beside one."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

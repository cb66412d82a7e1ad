"""What an endpoint costs a redemption: the same uploads with and without somebody who wants the event's news, or a push
project by which people are told of its conflicts.

In this process, without HTTP, so that the share is the largest it can be. Rounds with and without alternate, and the
processor's time is told beside the clock's: on a machine with other work only the first remains true. Then a backup of
all of it, with its proof.

    python packaging/bench/outbox.py [--rounds N] [--json]
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.clock import wall_ms  # noqa: E402
from app.ledger.admin import Office, open_ledger  # noqa: E402
from app.ledger.backup_file import packed  # noqa: E402
from app.ledger.engine import open_database  # noqa: E402
from app.ledger.outbox import add_endpoint  # noqa: E402
from app.ledger.restore import restore  # noqa: E402
from app.ledger.secret_files import keep_master, read_master  # noqa: E402
from app.runtime.redeem_line import Question, RedeemLine  # noqa: E402
from core.delivery.message import Channel  # noqa: E402
from core.journal.scan import NO_PREDECESSOR, Scan, Shown, Stamp, to_record  # noqa: E402
from core.model.event import Direction  # noqa: E402
from core.model.ids import ClassId, DeviceId, EventId, FactId, GateId, TicketHandle  # noqa: E402
from core.model.moments import ClockQuality, Millis, Moment  # noqa: E402
from core.model.outcomes import Outcome, Source  # noqa: E402
from core.sync.messages import ClassRow, EventRow, GateRow  # noqa: E402

HOUR_MS = 3_600_000
GUESTS = 100
"""In a batch of 200 facts: each with a scan and what was shown."""
DEVICE = DeviceId(UUID(int=7))
_SEQS = count(1)


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds of one redemption, the best of the rounds, without and with an endpoint; the share that it costs.

    The best, because whatever else the machine does only adds.
    """

    what: str
    without_ms: float
    with_ms: float
    without_cpu_ms: float
    with_cpu_ms: float

    @property
    def share(self) -> float:
        """What the endpoint adds, of the processor's time."""
        return self.with_cpu_ms / self.without_cpu_ms - 1


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 when an endpoint costs more than 15 %.

    The last figure is of a night in which every guest is a conflict.
    """
    parser = argparse.ArgumentParser(prog="outbox", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8, help="of each kind (default: 8)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, open_ledger(None, Path(name) / "a") as office:
        plain, heard, rung = _event(office), _event(office, Channel.WEBHOOK), _event(office, Channel.PUSH)
        line = RedeemLine(office.facts)
        figures = [
            _figure("one by one", office, args.rounds, plain, heard, lambda *scans: _ask(line, *scans)),
            _figure("batches", office, args.rounds, plain, heard, lambda *scans: _send(line, *scans)),
            _figure("push, one by one", office, args.rounds, plain, rung, lambda *scans: _ask(line, *scans)),
            _figure("push, conflicts", office, args.rounds, plain, rung, lambda *scans: _conflict(line, *scans)),
        ]
        rows, seconds = _backup(office, Path(name))
    if args.json:
        told = [asdict(figure) | {"share": figure.share} for figure in figures]
        print(json.dumps({"figures": told, "backup": {"rows": rows, "seconds": seconds}}))
    else:
        for each in figures:
            print(
                f"{each.what:16} {each.without_ms:7.3f} ms without, {each.with_ms:7.3f} ms with;"
                f" processor {each.without_cpu_ms:6.3f} and {each.with_cpu_ms:6.3f} ms: {each.share:+.1%}"
            )
        print(f"backup and proof of {rows:,} rows: {seconds:.1f} s")
    return 0 if all(figure.share <= 0.15 for figure in figures) else 1


def _figure(what, office, rounds, plain, heard, work) -> Figure:  # type: ignore[no-untyped-def]
    wall: dict[EventId, list[float]] = {plain: [], heard: []}
    cpu: dict[EventId, list[float]] = {plain: [], heard: []}
    for number in range(rounds + 1):
        for event in (plain, heard) if number % 2 else (heard, plain):
            scans = list(_scans(office, event, GUESTS))
            began, worked = time.perf_counter(), time.process_time()
            work(*scans)
            if number:  # the first round warms up
                wall[event].append((time.perf_counter() - began) * 1000 / GUESTS)
                cpu[event].append((time.process_time() - worked) * 1000 / GUESTS)
    return Figure(what, *(min(times[event]) for times in (wall, cpu) for event in (plain, heard)))


def _ask(line: RedeemLine, *scans: Scan) -> None:
    for scan in scans:
        line.redeem(Question(scan.stamp.event, DEVICE, to_record(scan)))


def _send(line: RedeemLine, *scans: Scan) -> None:
    facts = [fact for scan in scans for fact in (scan, _shown(scan))]
    line.redeem_batch(scans[0].stamp.event, DEVICE, [to_record(fact) for fact in facts])


def _conflict(line: RedeemLine, *scans: Scan) -> None:
    """Each guest was let in at two doors without a link: a hundred double admissions, each with its notice."""
    _send(line, *scans)
    later = [Millis(scan.stamp.moment.at_ms + 60_000) for scan in scans]
    _send(line, *(_again(scan, at) for scan, at in zip(scans, later, strict=True)))


def _again(scan: Scan, at_ms: Millis) -> Scan:
    seq = next(_SEQS)
    moment = replace(scan.stamp.moment, at_ms=at_ms)
    return replace(scan, stamp=replace(scan.stamp, id=FactId(UUID(int=seq)), seq=seq, moment=moment))


def _shown(scan: Scan) -> Shown:
    seq = next(_SEQS)
    stamp = replace(scan.stamp, id=FactId(UUID(int=seq)), seq=seq)
    return Shown(stamp, scan.stamp.id, Outcome.ADMITTED_OFFLINE, Source.OFFLINE)


def _event(office: Office, channel: Channel | None = None) -> EventId:
    now = wall_ms()
    row = EventRow("", f"hears: {channel}", "UTC", now - HOUR_MS, now + HOUR_MS)
    made = office.create_event(
        EventRow(**{**asdict(row), "gates": [GateRow("north", "North")], "classes": [ClassRow(1, "Day")]})
    )
    event = EventId(UUID(made.event))
    if channel is not None:
        office._database.transact(  # noqa: SLF001 — one that nobody sends to: it has no secret
            lambda connection: add_endpoint(connection, event, channel, "https://x", frozenset(), now)
        )
    return event


def _scans(office: Office, event: EventId, size: int) -> Iterator[Scan]:
    for ticket in office.issue_tickets(event, ClassId(1), size):
        seq = next(_SEQS)
        moment = Moment(Millis(wall_ms()), 0, ClockQuality.SYNCED, "bench")
        tid = TicketHandle(bytes.fromhex(ticket.tid))
        stamp = Stamp(FactId(UUID(int=seq)), event, DEVICE, 1, seq, moment, tid, NO_PREDECESSOR)
        yield Scan(stamp, Direction.ENTRY, GateId("north"), 1, gen=0, cls=ClassId(1))


def _backup(office: Office, folder: Path) -> tuple[int, float]:
    began = time.perf_counter()
    path = folder / "backup"
    path.write_bytes(b"".join(packed(office.backup_lines(None), None)))
    beside = folder / "b"
    beside.mkdir(mode=0o700)
    keep_master(beside, read_master(folder / "a"))
    database = open_database(f"sqlite:///{beside / 'ledger.db'}")
    done = restore(database, beside, path, None, wall_ms())
    database.close()
    return done.rows, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())

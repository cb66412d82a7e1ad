"""How long a shop's list takes to be taken over, and how long doors wait meanwhile. Notes every figure.

A CSV file as a shop writes it (code, reference, class, name, order), read, planned and stored in a durable database.
Meanwhile two others write a little, twenty times a second each: a process of its own, as a server beside a command, and
a thread of the importing one, as a server that imports by itself. The ledger's count is compared with the file.

    python packaging/bench/imports.py [--rows N] [--quick] [--again] [--mode foreign|t1] [--json]
                                      [--database sqlite|postgresql] [--profile FILE]
"""

import argparse
import contextlib
import cProfile
import json
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import update  # noqa: E402

from app.ledger.admin import DATABASE_FILE, Office, open_ledger  # noqa: E402
from app.ledger.engine import Database, open_database  # noqa: E402
from app.ledger.schema import events  # noqa: E402
from app.ledger.shop_files import ShopFile, read_file  # noqa: E402
from core.model.ids import EventId  # noqa: E402
from core.sync.messages import AdapterRow, ClassRow, CodesRow, EventRow, GateRow  # noqa: E402
from core.sync.shop_columns import Columns  # noqa: E402

MANY, FEW = 1_000_000, 100_000
PAUSE_S = 0.05
"""Between two writes of each of the others: together forty guests a second."""
MOST_S, MOST_WAIT_MS = 90.0, 50.0
"""Of a million rows on SQLite, and of a writer that waits for the lock, 99 times in 100."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 where an aim is missed or a row is not there."""
    parser = argparse.ArgumentParser(prog="imports", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=MANY)
    parser.add_argument("--quick", action="store_true", help=f"{FEW:,} rows")
    parser.add_argument("--again", action="store_true", help="the same list once more: nothing changes")
    parser.add_argument("--mode", choices=["foreign", "t1"], default="foreign")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="where the interpreter spends its time")
    args = parser.parse_args(argv)
    count = FEW if args.quick else args.rows
    with (
        _database(args.database) as url,
        tempfile.TemporaryDirectory(prefix="doorlight-imports-") as folder,
        open_ledger(url, Path(folder)) as office,
        _profiled(args.profile),
    ):
        figures = _measured(
            office, url or f"sqlite:///{Path(folder) / DATABASE_FILE}", args.mode, count, again=args.again
        )
    if args.json:
        print(json.dumps({"rows": count, "database": args.database, "mode": args.mode, "figures": figures}))
    else:
        print(f"{count:,} rows, {args.mode}, {args.database}")
        for name, figure in figures.items():
            print(f"  {name:<42}{figure:>12,.2f}")
    is_soon = figures["both, s"] <= MOST_S * count / MANY
    is_open = all(figures[f"wait of a {whose}, 99 in 100, ms"] <= MOST_WAIT_MS for whose in ("process", "thread"))
    return 0 if is_soon and is_open and figures["tickets"] == count else 1


@contextlib.contextmanager
def _database(name: str) -> Iterator[str | None]:
    if name == "sqlite":
        yield None
        return
    from tests.support.postgres import fresh_database, own_server, system_programs, wheel_programs

    with own_server((system_programs() + wheel_programs())[0]) as server, fresh_database(server) as url:
        yield url


@contextlib.contextmanager
def _profiled(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)


def _database_of(office: Office) -> Database:
    return office._database  # noqa: SLF001 — a door's own writes go through the line, which would do more than wait


def _measured(office: Office, url: str, mode: str, count: int, *, again: bool) -> dict[str, float]:
    event = _event(office, mode)
    body = _body(mode, count)
    figures: dict[str, float] = {"file, MB": len(body) / 1e6}
    started, worked = time.perf_counter(), time.process_time()
    file = read_file(body, Columns())
    if not isinstance(file, ShopFile):
        raise SystemExit(file.cause)
    figures["reading of it, s"] = time.perf_counter() - started
    with _process_that_writes(url, event) as apart, _thread_that_writes(_database_of(office), event) as within:
        writing = time.perf_counter()
        office.import_file(event, "shop", file)
        figures["storing of it, s"] = time.perf_counter() - writing
        figures["both, s"] = figures["reading of it, s"] + figures["storing of it, s"]
        figures["its own processor time, s"] = time.process_time() - worked
    figures |= _of_waits("process", apart) | _of_waits("thread", within)
    if again:
        started = time.perf_counter()
        report = office.import_file(event, "shop", file)
        figures["the same list again, s"] = time.perf_counter() - started
        figures["unchanged"] = report.done.unchanged
    figures["peak of memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures["tickets"] = office.show_event(event).tickets
    return figures


def _event(office: Office, mode: str) -> EventId:
    now = time.time_ns() // 1_000_000
    row = EventRow("", "Bench", "UTC", now - 3_600_000, now + 86_400_000)
    row.gates.append(GateRow("north", "North"))
    row.classes.extend([ClassRow(1, "Standard"), ClassRow(2, "VIP")])
    if mode == "foreign":
        row = replace(row, codes=CodesRow("foreign", adapters=[AdapterRow("shop", "opaque", prefix="S-")]))
    return EventId(UUID(office.create_event(row).event))


def _body(mode: str, count: int) -> bytes:
    lines = ["code,external_ref,class,name,order\n"]
    for number in range(count):
        code = f"S-{number * 2_654_435_761 % 2**32:010d}" if mode == "foreign" else ""
        cls = "VIP" if number % 10 == 0 else "Standard"
        lines.append(f"{code},{number // 2:07d}-{number % 2},{cls},Guest Number {number},O-{number // 2:07d}\n")
    return "".join(lines).encode()


def _write_until(stop: Callable[[float], bool], database: Database, event: EventId) -> list[float]:
    """Writes a little again and again; how long each waited until the database was its own (s)."""
    waits: list[float] = []
    while not stop(PAUSE_S):
        started = time.perf_counter()
        with database.writing() as connection:
            waits.append(time.perf_counter() - started)
            connection.execute(update(events).where(events.c.event_id == event).values(made_at=0))
    return waits


@contextlib.contextmanager
def _thread_that_writes(database: Database, event: EventId) -> Iterator[list[float]]:
    waits: list[float] = []
    stopper = threading.Event()
    thread = threading.Thread(target=lambda: waits.extend(_write_until(stopper.wait, database, event)))
    thread.start()
    try:
        yield waits
    finally:
        stopper.set()
        thread.join()


@contextlib.contextmanager
def _process_that_writes(url: str, event: EventId) -> Iterator[list[float]]:
    waits: list[float] = []
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_write_apart, args=(there, url, event.hex))
    process.start()
    there.close()  # a process that dies is an end of file here
    here.recv()  # it has written once: the list begins when both are at work
    try:
        yield waits
    finally:
        here.send(None)
        waits.extend(here.recv())
        process.join()


def _write_apart(parent: Connection, url: str, event: str) -> None:
    with contextlib.closing(open_database(url)) as database:
        _write_until(_once(), database, EventId(UUID(event)))
        parent.send(None)
        parent.send(_write_until(parent.poll, database, EventId(UUID(event))))


def _once() -> Callable[[float], bool]:
    answers = iter([False])
    return lambda _: next(answers, True)


def _of_waits(whose: str, waits: Sequence[float]) -> dict[str, float]:
    ordered = sorted(waits) or [0.0]
    return {
        f"longest wait of a {whose}, ms": ordered[-1] * 1000,
        f"wait of a {whose}, 99 in 100, ms": ordered[len(ordered) * 99 // 100] * 1000,
    }


if __name__ == "__main__":
    sys.exit(main())

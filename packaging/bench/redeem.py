"""How many redemptions a second the server makes durable: one by one and in batches, on SQLite and PostgreSQL.

A real server process, loopback HTTP, commits as in production. The clients share the machine with the server: on two
cores they cost it about a third. Every figure is checked against the ledger's own count: each ticket exactly once.

    python packaging/bench/redeem.py [--quick] [--json] [--database sqlite|postgresql] [--scale N]
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.clock import new_fact_id  # noqa: E402
from app.ledger.admin import open_ledger  # noqa: E402
from app.net.gate_client import GateClient  # noqa: E402
from core.journal.scan import NO_PREDECESSOR, Scan, Stamp, canonical, to_record  # noqa: E402
from core.model.event import Direction  # noqa: E402
from core.model.ids import ClassId, DeviceId, EventId, GateId, TicketHandle  # noqa: E402
from core.model.moments import ClockQuality, Millis, Moment  # noqa: E402
from core.sync.answers import Done  # noqa: E402
from core.sync.messages import SIGNATURE_HEADER, ClassRow, EnrolReply, EventRow, GateRow  # noqa: E402
from core.sync.session import Queued, body  # noqa: E402
from core.sync.signing import batch_bytes  # noqa: E402
from core.ticket import seal  # noqa: E402

GATE = GateId("north")
CLS = ClassId(1)
BATCH = 200

SIGNING = b"bench".ljust(seal.KEY_BYTES)
"""The device's private keys of this bench: of no use anywhere else."""

STOP_S = 20.0
REPLY_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """One measurement: so many clients at once, so many facts in a request, so many requests in all."""

    name: str
    clients: int
    facts: int
    requests: int


ONE = Load("one", 1, 1, 1)
"""A question about one ticket."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: redemptions a second, and milliseconds of a request at three percentiles."""

    database: str
    load: str
    redemptions: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    server_ms: float
    """Processor time of the server process per redemption: what remains true on a machine with other work."""
    is_exactly_once: bool


def loads(scale: int) -> list[Load]:
    """The measurements; `scale` 10 takes about half a minute per database."""
    return [
        Load("1 client", 1, 1, 60 * scale),
        Load("4 clients", 4, 1, 150 * scale),
        Load("16 clients", 16, 1, 300 * scale),
        Load("64 clients", 64, 1, 300 * scale),
        Load("batches of 200, 1 client", 1, BATCH, 3 * scale),
        Load("batches of 200, 4 clients", 4, BATCH, 4 * scale),
        Load(f"a kiosk's queue of {500 * scale:,}", 1, BATCH, 500 * scale // BATCH),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 when a count is not exact."""
    args = _parser().parse_args(argv)
    figures: list[Figure] = []
    scale = 5 if args.quick else args.scale
    for name in args.database or ["sqlite", "postgresql"]:
        with database(name) as url:
            figures += asyncio.run(_measure(name, url, loads(scale)))
    if args.json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}))
    else:
        print(_table(figures))
    return 0 if all(figure.is_exactly_once for figure in figures) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redeem", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="at most a minute")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--scale", type=int, default=20, help="how long (default: 20)")
    return parser


def _table(figures: Sequence[Figure]) -> str:
    lines = [
        (
            f"{'database':<11}{'load':<27}{'redemptions/s':>14}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"
            f"{'server ms':>11}  exactly once"
        ),
        *(
            f"{f.database:<11}{f.load:<27}{f.per_second:>14,.0f}{f.p50_ms:>9.1f}{f.p95_ms:>9.1f}{f.p99_ms:>9.1f}"
            f"{f.server_ms:>11.2f}"
            f"  {'yes' if f.is_exactly_once else 'NO'}, {f.redemptions:,}"
            for f in figures
        ),
    ]
    return "\n".join(lines)


# --- the server ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def database(name: str) -> Iterator[str | None]:
    """A URL; None stands for the embedded default."""
    if name == "sqlite":
        yield None
        return
    from tests.support.postgres import fresh_database, own_server, system_programs, wheel_programs

    with own_server((system_programs() + wheel_programs())[0]) as server, fresh_database(server) as url:
        yield url


@contextlib.contextmanager
def server(url: str | None, folder: Path) -> Iterator[tuple[str, int, int]]:
    """A server process; host and port where it listens, and its process id."""
    command = [sys.executable, "-m", "app", "server", "--limits", "off", "--data", str(folder), "--port", "0"]
    command += ["--database", url] if url else []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            yield "127.0.0.1", int(ready["port"]), process.pid
        finally:
            process.terminate()
            process.wait(STOP_S)


async def _measure(name: str, url: str | None, all_loads: Sequence[Load]) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="doorlight-bench-") as text:
        folder = Path(text)
        needed = sum(load.requests * load.facts for load in all_loads) + 50
        event, code, tids = prepared(url, folder, needed)
        with server(url, folder) as (host, port, pid):
            door = Door(host, port, event, enrolled(url, folder, f"http://{host}:{port}", event, code))
            await door.run(Load("warm-up", 1, 1, 50), tids[:50])
            figures, start = [], 50
            for load in all_loads:
                end = start + load.requests * load.facts
                figures.append(await _figure(name, door, load, tids[start:end], pid))
                start = end
            return figures


def prepared(url: str | None, folder: Path, tickets: int) -> tuple[EventId, str, list[TicketHandle]]:
    now = time.time_ns() // 1_000_000
    row = EventRow("", "Bench", "UTC", now - 3_600_000, now + 86_400_000)
    row.gates.append(GateRow(GATE, "North"))
    row.classes.append(ClassRow(CLS, "Standard"))
    with open_ledger(url, folder) as office:
        event = EventId(UUID(office.create_event(row).event))
        issued = office.issue_tickets(event, CLS, tickets)
        code = office.device_code(event, GATE, "bench").code
    return event, code, [TicketHandle(bytes.fromhex(ticket.tid)) for ticket in issued]


def enrolled(url: str | None, folder: Path, server: str, event: EventId, code: str) -> EnrolReply:
    """A confirmed device; SIGNING is the private half of the key that its batches are signed with."""
    with contextlib.closing(GateClient(server, event.hex, None)) as client:
        answer = client.enrol(code, seal.x25519_public(SIGNING), seal.ed25519_public(SIGNING))
    if not isinstance(answer, Done):
        raise TypeError(f"the server did not enrol the bench: {answer}")
    with open_ledger(url, folder) as office:
        (pending,) = office.pending_devices(event)
        office.confirm_device(event, pending.id, pending.digits or "")
    return answer.value


# --- the clients --------------------------------------------------------------------------------------------------


class Door:
    """Clients of one device that keep their connections and have their requests ready before the clock starts."""

    def __init__(self, host: str, port: int, event: EventId, device: EnrolReply) -> None:
        self._address = (host, port)
        self._event = event
        self._device = device
        self._seq = count(1)

    async def run(self, load: Load, tids: Sequence[TicketHandle]) -> tuple[float, list[float], int]:
        """Seconds in all, milliseconds of each request, and how many answers said `admitted`."""
        requests = [self.request(load, tids[i : i + load.facts]) for i in range(0, len(tids), load.facts)]
        shares = [requests[start :: load.clients] for start in range(load.clients)]
        lines = [await asyncio.open_connection(*self._address) for _ in range(load.clients)]
        started = time.perf_counter()
        done = await asyncio.gather(*(_ask(line, share) for line, share in zip(lines, shares, strict=True)))
        took = time.perf_counter() - started
        for _, writer in lines:
            writer.close()
            await writer.wait_closed()
        return took, [ms for times, _ in done for ms in times], sum(admitted for _, admitted in done)

    async def redemptions(self) -> int:
        """The ledger's own count."""
        line = await asyncio.open_connection(*self._address)
        line[1].write(self._head("GET", "status", 0))
        reply = json.loads(await reply_of(line[0]))
        line[1].close()
        await line[1].wait_closed()
        return int(reply["redemptions"])

    def request(self, load: Load, tids: Sequence[TicketHandle]) -> bytes:
        records = [canonical(to_record(self._scan(tid))) for tid in tids]
        if load.facts == 1:
            content, path = b'{"fact":' + records[0] + b"}", "redemptions"
        else:
            content = body([Queued(new_fact_id(0), record) for record in records])
            path = "redemptions/batch"
        signature = seal.ed25519_sign(SIGNING, batch_bytes(content)).hex()
        return self._head("POST", path, len(content), f"{SIGNATURE_HEADER}: {signature}\r\n") + content

    def _scan(self, tid: TicketHandle) -> Scan:
        now = time.time_ns() // 1_000_000
        stamp = Stamp(
            id=new_fact_id(now),
            event=self._event,
            device=DeviceId(UUID(self._device.device)),
            incarnation=self._device.incarnation,
            seq=next(self._seq),
            moment=Moment(Millis(now), 1_000, ClockQuality.SYNCED, "bench"),
            tid=tid,
            previous=NO_PREDECESSOR,
        )
        return Scan(stamp, Direction.ENTRY, GATE, 1, gen=0, cls=CLS)

    def _head(self, method: str, path: str, length: int, more: str = "") -> bytes:
        credential = f"Device {self._device.device}.{self._device.secret}"
        return (
            f"{method} /api/v1/events/{self._event.hex}/{path} HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: {credential}\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\n\r\n"
        ).encode()


async def _ask(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], requests: Sequence[bytes]
) -> tuple[list[float], int]:
    reader, writer = line
    times: list[float] = []
    admitted = 0
    for request in requests:
        started = time.perf_counter()
        writer.write(request)
        reply = await reply_of(reader)
        times.append((time.perf_counter() - started) * 1000)
        admitted += reply.count(b'"outcome":"admitted"')
    return times, admitted


async def reply_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(REPLY_S):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return await reader.readexactly(length)


def _worked_ms(pid: int) -> float:
    """Milliseconds of processor time that a process has used (proc(5)); nothing where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return math.nan
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


async def _figure(name: str, door: Door, load: Load, tids: Sequence[TicketHandle], pid: int) -> Figure:
    before, worked_before = await door.redemptions(), _worked_ms(pid)
    took, times, admitted = await door.run(load, tids)
    is_exact = await door.redemptions() - before == len(tids) == admitted
    worked = round((_worked_ms(pid) - worked_before) / len(tids), 2)
    times.sort()
    p50, p95, p99 = (round(times[min(len(times) - 1, int(len(times) * share))], 2) for share in (0.5, 0.95, 0.99))
    return Figure(name, load.name, len(tids), round(len(tids) / took, 1), p50, p95, p99, worked, is_exact)


if __name__ == "__main__":
    sys.exit(main())

"""How a million old codes travel: pressed by the server, downloaded, loaded and asked by a kiosk. Notes every figure.

A real server process, a kiosk in a process of its own with its real keeper and store, loopback HTTP. A
sample of the codes is looked up on the kiosk afterwards: all of them are found, or the figures count for nothing.

    python packaging/bench/lists.py [--tickets N] [--quick] [--json] [--database sqlite|postgresql]
"""

import argparse
import contextlib
import json
import math
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import delete, insert  # noqa: E402

from app.clock import SystemClock  # noqa: E402
from app.ledger.admin import DATABASE_FILE, Office, open_ledger  # noqa: E402
from app.ledger.engine import Database, open_database, pieces  # noqa: E402
from app.ledger.schema import codes, tickets  # noqa: E402
from app.net.gate_client import Credential, FreshManifest, GateClient, Papers  # noqa: E402
from app.runtime.genuine import SEALING_KEY  # noqa: E402
from app.runtime.keeper import ManifestKeeper  # noqa: E402
from app.runtime.link import LinkMonitor  # noqa: E402
from app.runtime.trust_box import TrustBox  # noqa: E402
from app.store.trust_store import TrustStore  # noqa: E402
from core.model.codes import Adapter, AdapterKind  # noqa: E402
from core.model.event import Direction  # noqa: E402
from core.model.ids import CodeDigest, DeviceId, EventId, GateId  # noqa: E402
from core.model.moments import Millis  # noqa: E402
from core.sync.answers import Done  # noqa: E402
from core.sync.enrolment import enrol_request  # noqa: E402
from core.sync.messages import AdapterRow, ClassRow, CodesRow, EventRow, GateRow  # noqa: E402
from core.sync.protocols import PROTOCOL  # noqa: E402
from core.ticket import seal  # noqa: E402
from core.ticket.legacy import Recognised, digest_of  # noqa: E402
from core.ticket.verify import Genuine, Lane, Trust, verify  # noqa: E402

GATE = GateId("north")
SHOP = Adapter("shop", AdapterKind.OPAQUE, prefix="S-")
MANY, FEW = 1_000_000, 100_000
CHANGED = 1_000
"""Codes that come and go between two versions."""
ROWS_AT_ONCE = 10_000
LOOK_UPS = 200_000
PRESS_S, ASK_AGAIN_S, STOP_S = 600.0, 0.1, 20.0


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure's name, its unit, and the most that it may be (nothing: noted only)."""

    name: str
    unit: str
    most: float = math.inf


AIMS = [
    Aim("first press, as the kiosk waits for it", "s"),
    Aim("memory of the press", "MiB"),
    Aim("longest wait of a writer meanwhile", "ms", 50),
    Aim("press of a change of 1,000 codes", "s"),
    Aim("base", "MB"),
    Aim("difference", "kB"),
    Aim("manifest", "kB"),
    Aim("download and load", "s", 15),
    Aim("on the kiosk's disk", "MB", 40),
    Aim("kiosk's memory growth", "MiB", 100),
    Aim("kiosk's memory growth at its peak", "MiB"),
    Aim("load at a restart", "s"),
    Aim("look-up p50", "µs"),
    Aim("look-up p99", "µs", 50),
    Aim("take a difference", "s"),
    Aim("longest pause of scanning meanwhile", "ms", 50),
]


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 where an aim is missed or a code is not found."""
    parser = argparse.ArgumentParser(prog="lists", description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, default=MANY)
    parser.add_argument("--quick", action="store_true", help=f"{FEW:,} tickets")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kiosk", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.kiosk:
        return _kiosk(json.loads(sys.stdin.readline()))
    count = FEW if args.quick else args.tickets
    with _database(args.database) as url, tempfile.TemporaryDirectory(prefix="doorlight-lists-") as folder:
        figures = _measured(url, Path(folder), count)
    if args.json:
        print(json.dumps({"tickets": count, "database": args.database, "figures": figures}))
    else:
        print(f"{count:,} tickets on {args.database}")
        print("\n".join(_line(aim, figures[aim.name]) for aim in AIMS))
    is_found = figures["found"] == figures["asked"]
    return 0 if is_found and all(figures[aim.name] <= aim.most for aim in AIMS) else 1


def _line(aim: Aim, figure: float) -> str:
    verdict = "" if aim.most == math.inf else f"  (at most {aim.most:g}{'' if figure <= aim.most else ': MISSED'})"
    return f"{aim.name:<42}{figure:>10,.2f} {aim.unit:<4}{verdict}"


@contextlib.contextmanager
def _database(name: str) -> Iterator[str | None]:
    """A URL; None stands for the embedded default."""
    if name == "sqlite":
        yield None
        return
    from tests.support.postgres import fresh_database, own_server, system_programs, wheel_programs

    with own_server((system_programs() + wheel_programs())[0]) as server, fresh_database(server) as url:
        yield url


def _measured(url: str | None, folder: Path, count: int) -> dict[str, float]:
    database_url = url or f"sqlite:///{folder / 'server' / DATABASE_FILE}"
    with open_ledger(url, folder / "server") as office, contextlib.closing(open_database(database_url)) as database:
        event = _event(office)
        texts = _sell(office, database, event, count)
        papers = _enrolled(office, event)
        with _server(url, folder / "server") as (address, pid), _kiosk_process() as kiosk:
            told = papers | {"url": address, "folder": str(folder / "kiosk"), "texts": texts[-LOOK_UPS:]}
            before = _memory(pid, "VmRSS")
            with _waiting_writer(database, event) as waits:
                first = _ask(kiosk, told)
            press_memory = _memory(pid, "VmHWM") - before
            _change(office, database, event, texts)
            second = _ask(kiosk, {"go": True})
        return {
            "longest wait of a writer meanwhile": max(waits, default=0.0) * 1000,
            "memory of the press": press_memory,
            **first,
            **second,
        }


# --- the server ---------------------------------------------------------------------------------------------------


def _event(office: Office) -> EventId:
    now = time.time_ns() // 1_000_000
    row = EventRow("", "Bench", "UTC", now - 3_600_000, now + 86_400_000)
    row.gates.append(GateRow(GATE, "North"))
    row.classes.append(ClassRow(1, "Standard"))
    shop = AdapterRow(SHOP.name, SHOP.kind.value, prefix=SHOP.prefix)
    return EventId(UUID(office.create_event(replace(row, codes=CodesRow("foreign", adapters=[shop]))).event))


def _sell(office: Office, database: Database, event: EventId, count: int) -> list[str]:
    """Tickets and codes, straight into the tables, each in the order of its key: that is no part of the measurement."""
    numbers = random.Random(7)  # noqa: S311 — the same codes each time
    tids = sorted(number.to_bytes(8) for number in numbers.sample(range(1 << 40), count))
    _put(office, database, event, [(f"S-{tid.hex()}", tid) for tid in tids])
    texts = [f"S-{tid.hex()}" for tid in tids]
    numbers.shuffle(texts)
    return texts


def _put(office: Office, database: Database, event: EventId, sold: Sequence[tuple[str, bytes]]) -> None:
    now = time.time_ns() // 1_000_000_000
    plain = {"event_id": event, "kid": 0, "flags": 0, "gen": 0, "cls": 1, "nbf": now - 3600, "exp": now + 86_400}
    more = {"is_inside": False, "source": "bench", "issued_at": now * 1000}
    key = office.events.keys.legacy_key(event)
    for some in pieces(sold, ROWS_AT_ONCE):
        rows = [plain | more | {"tid": tid, "external_ref": text} for text, tid in some]
        with database.writing() as connection:
            connection.execute(insert(tickets), rows)
    listed = sorted((digest_of(key, Recognised(SHOP.name, text)), tid) for text, tid in sold)
    for piece in pieces(listed, ROWS_AT_ONCE):
        found = [{"event_id": event, "digest": digest, "tid": tid, "form": "shop", "gen": 0} for digest, tid in piece]
        with database.writing() as connection:
            connection.execute(insert(codes), found)
    with database.writing() as connection:
        office.events.raise_version(connection, event, "legacy")


def _change(office: Office, database: Database, event: EventId, texts: Sequence[str]) -> None:
    """Some codes end, and as many tickets are sold."""
    key = office.events.keys.legacy_key(event)
    gone = [digest_of(key, Recognised(SHOP.name, text)) for text in texts[: CHANGED // 2]]
    with database.writing() as connection:
        connection.execute(delete(codes).where(codes.c.event_id == event, codes.c.digest.in_(gone)))
    _put(office, database, event, [(f"S-new-{number}", secrets.token_bytes(8)) for number in range(CHANGED // 2)])


def _enrolled(office: Office, event: EventId) -> dict[str, Any]:
    private, signing = secrets.token_bytes(32), secrets.token_bytes(32)
    code = office.device_code(event, GATE, "bench").code
    keys = seal.x25519_public(private), seal.ed25519_public(signing)
    reply = office.devices.enrol(enrol_request(code, PROTOCOL, *keys))
    device = DeviceId(UUID(reply.device))
    office.confirm_device(event, device, office.devices.show(event, device).digits or "")
    return asdict(reply) | {"private": private.hex(), "root": office.roots.root_public.hex()}


@contextlib.contextmanager
def _server(url: str | None, folder: Path) -> Iterator[tuple[str, int]]:
    """A server process: its address and process id."""
    command = [sys.executable, "-m", "app", "server", "--limits", "off", "--data", str(folder), "--port", "0"]
    command += ["--database", url] if url else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            yield ready["url"], process.pid
        finally:
            process.terminate()
            process.wait(STOP_S)


@contextlib.contextmanager
def _waiting_writer(database: Database, event: EventId) -> Iterator[list[float]]:
    """Somebody who writes a little in the same database all the time; how long each write took (s)."""
    waits: list[float] = []
    stopper = threading.Event()

    def write() -> None:
        while not stopper.wait(0.01):
            started = time.perf_counter()
            with database.writing() as connection:
                connection.execute(delete(codes).where(codes.c.event_id == event, codes.c.digest == b"nobody's"))
            waits.append(time.perf_counter() - started)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        stopper.set()
        thread.join()


def _memory(pid: int, what: str) -> float:
    """MiB that a process holds (VmRSS) or held at its peak (VmHWM); proc(5)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return math.nan
    found = next(line for line in status.read_text().splitlines() if line.startswith(what))
    return int(found.split()[1]) / 1024


# --- the kiosk, a process of its own ------------------------------------------------------------------------------


@contextlib.contextmanager
def _kiosk_process() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, __file__, "--kiosk"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _ask(kiosk: "subprocess.Popen[str]", told: dict[str, Any]) -> dict[str, float]:
    if kiosk.stdin is None or kiosk.stdout is None:
        raise TypeError("the kiosk's process has no pipes")
    kiosk.stdin.write(json.dumps(told) + "\n")
    kiosk.stdin.flush()
    answer = kiosk.stdout.readline()
    if not answer:
        raise SystemExit("the kiosk's process ended early")
    found: dict[str, float] = json.loads(answer)
    return found


class _Pocket:
    """A vault for one secret."""

    def __init__(self, private: bytes) -> None:
        self._private = private

    def get(self, name: str) -> bytes | None:
        """The sealing key."""
        return self._private if name == SEALING_KEY else None

    def put(self, name: str, secret: bytes) -> None:
        """Nothing is put here."""

    def forget(self, name: str) -> None:
        """Nothing is forgotten here."""


def _kiosk(told: dict[str, Any]) -> int:
    """Takes the first manifest, loads it as after a restart, asks it, then takes the second while it scans."""
    texts, folder = told.pop("texts"), Path(told["folder"])
    clock = SystemClock()
    event, device = EventId(UUID(told["event"])), DeviceId(UUID(told["device"]))
    box = TrustBox(event)
    papers = Papers(bytes.fromhex(told["root"]), None, clock.now)
    client = GateClient(told["url"], event.hex, Credential(told["device"], told["secret"]), clock.learn, papers)
    folder.mkdir()
    parts: dict[str, Any] = {
        "event": event,
        "device": device,
        "root": papers.root_key,
        "vault": _Pocket(bytes.fromhex(told["private"])),
        "link": LinkMonitor(lambda: Millis(clock.monotonic_ms())),
        "clock": clock,
    }
    keeper = ManifestKeeper(box=box, store=TrustStore(folder / "trust.db"), **parts)
    figures = _first(keeper, client, box, folder)
    figures |= _restarted(TrustStore(folder / "trust.db"), TrustBox(event), parts)
    figures |= _looked_up(box, texts)
    _say(figures)
    sys.stdin.readline()
    keeper.close()
    _say(_swapped(folder, parts, client, box, clock, texts))
    client.close()
    return 0


def _say(figures: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def _pressed(client: GateClient, held: int | None) -> tuple[float, int]:
    """Asks until there is a newer manifest than the one held: seconds, and its bytes."""
    started = time.perf_counter()
    while time.perf_counter() - started < PRESS_S:
        match client.manifest(held):
            case Done(value=FreshManifest(body=body)):
                return time.perf_counter() - started, len(body)
            case _:
                time.sleep(ASK_AGAIN_S)
    raise SystemExit("the server has no newer manifest")


def _first(keeper: ManifestKeeper, client: GateClient, box: TrustBox, folder: Path) -> dict[str, float]:
    waited_s, size = _pressed(client, None)
    before = _memory(os.getpid(), "VmRSS")
    started = time.perf_counter()
    while box.taken is None:
        objection = keeper.refresh(client)
        if objection is not None:
            raise SystemExit(f"the kiosk refuses the manifest: {objection}")
    loaded = time.perf_counter()
    sizes = [file.stat().st_size for file in folder.iterdir()]
    manifest = box.taken.manifest
    base = next(row.base.bytes for row in manifest.segments if row.kind == "legacy")
    return {
        "first press, as the kiosk waits for it": waited_s,
        "manifest": size / 1e3,
        "download and load": loaded - started,
        "on the kiosk's disk": sum(sizes) / 1e6,
        "kiosk's memory growth": _memory(os.getpid(), "VmRSS") - before,
        "kiosk's memory growth at its peak": _memory(os.getpid(), "VmHWM") - before,
        "base": base / 1e6,
    }


def _restarted(store: TrustStore, box: TrustBox, parts: dict[str, Any]) -> dict[str, float]:
    keeper = ManifestKeeper(box=box, store=store, **parts)
    started = time.perf_counter()
    keeper.load()
    took = time.perf_counter() - started
    if box.taken is None:
        raise SystemExit("the stored manifest does not load")
    keeper.close()
    return {"load at a restart": took}


def _looked_up(box: TrustBox, texts: Sequence[str]) -> dict[str, float]:
    trust = box.trust
    if not isinstance(trust, Trust):
        raise SystemExit("the kiosk has no manifest")
    key = trust.legacy_key or b""
    digests: list[CodeDigest] = [digest_of(key, Recognised(SHOP.name, text)) for text in texts]
    random.Random(3).shuffle(digests)  # noqa: S311
    find, times, found = trust.lists.listed, [], 0
    for digest in digests:
        started = time.perf_counter_ns()
        listed = find(digest)
        times.append(time.perf_counter_ns() - started)
        found += listed is not None
    times.sort()
    return {
        "look-up p50": times[len(times) // 2] / 1000,
        "look-up p99": times[len(times) * 99 // 100] / 1000,
        "found": found,
        "asked": len(texts),
    }


def _swapped(
    folder: Path, parts: dict[str, Any], client: GateClient, box: TrustBox, clock: SystemClock, texts: Sequence[str]
) -> dict[str, float]:
    """A newer manifest is taken by another thread while this one scans without a pause of its own."""
    before = box.version
    waited_s, _ = _pressed(client, before)
    took: list[float] = []

    def refresh() -> None:
        keeper = ManifestKeeper(box=box, store=TrustStore(folder / "trust.db"), **parts)
        started = time.perf_counter()
        keeper.refresh(client)
        took.append(time.perf_counter() - started)
        keeper.close()

    thread = threading.Thread(target=refresh)
    gaps, last = [0.0], time.perf_counter()
    thread.start()
    scanned = 0
    while thread.is_alive():
        text = texts[scanned % len(texts)]
        genuine = verify(text, trust=box.trust, lane=Lane(GATE, Direction.ENTRY), now=clock.now())
        if not isinstance(genuine, Genuine) and scanned < len(texts) - CHANGED:
            raise SystemExit(f"a genuine code is refused: {genuine.outcome}")
        scanned += 1
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    thread.join()
    if box.version == before:
        raise SystemExit("the newer manifest was not taken")
    rows = box.taken.manifest.segments if box.taken else []
    return {
        "press of a change of 1,000 codes": waited_s,
        "take a difference": took[0],
        "difference": sum(file.bytes for row in rows for file in row.deltas) / 1e3,
        "longest pause of scanning meanwhile": max(gaps) * 1000,
    }


if __name__ == "__main__":
    sys.exit(main())

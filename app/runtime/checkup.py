"""What a technician is told at 19:55: one finding per part, green, amber or red, and the cure of what is not green.

Owns the findings and what is looked at on every machine: program, disk, network, clock, logs. A check that fails is a
finding itself: nothing that is broken keeps the rest from being looked at.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, unique
from itertools import pairwise
from pathlib import Path

from app.clock import BUILT_MS
from app.errors import AppError
from app.log import LOG_FOLDER
from app.settings import VERSION
from app.speech import sentence_for

FULL_BYTES = 200 * 1024 * 1024
"""Below this a night's scans, lists and logs may not fit: red."""
TIGHT_BYTES = 1024 * 1024 * 1024
SLOW_WRITE_MS = 250
"""A guest waits for two such writes."""
PROBE_BYTES = 64 * 1024
ASK_S = 3.0
"""How long another program of this machine may take to say something."""
OLDEST_PYTHON = (3, 11)


@unique
class Mark(Enum):
    """How a part is: amber works, and wants to be looked at; red does not work."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a machine: how it is, and what to do in one sentence where it is not green.

    `told` names no guest, no secret and nothing that was scanned: it goes into support bundles.
    """

    part: str
    mark: Mark
    told: str
    cure: str = ""


def green(part: str, told: str) -> Finding:
    """Nothing to do."""
    return Finding(part, Mark.GREEN, told)


Check = Callable[[], Finding | Iterable[Finding]]


def findings_of(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Every finding of every check; one that fails is a red finding under its name."""
    for part, check in checks:
        try:
            found = check()
            yield from [found] if isinstance(found, Finding) else list(found)
        except AppError as err:
            yield Finding(part, Mark.RED, err.key, sentence_for(err))
        except Exception as err:  # noqa: BLE001 — a broken part must not keep the others from being looked at
            told = f"this check failed: {type(err).__name__}"
            yield Finding(part, Mark.RED, told, "send the support bundle to whoever looks after the program")


def program() -> Iterator[Finding]:
    """This program and its Python."""
    yield green("version", VERSION)
    told = f"{platform.python_implementation()} {platform.python_version()} on {platform.platform()}"
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("python", Mark.RED, told, "install Python 3.11 or newer, then install Doorlight again")
    else:
        yield green("python", told)


def disk(folder: Path) -> Iterator[Finding]:
    """Room in a folder, and whether it really takes a write to the disk."""
    if not folder.is_dir():
        yield Finding("disk", Mark.RED, f"there is no folder {folder}", "start the program once, or name its folder")
        return
    free = shutil.disk_usage(folder).free
    told = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < FULL_BYTES:
        yield Finding("disk", Mark.RED, told, "delete what this machine does not need tonight: the disk is almost full")
    elif free < TIGHT_BYTES:
        yield Finding("disk", Mark.AMBER, told, "make room on this disk before the next event")
    else:
        yield green("disk", told)
    yield _write(folder)


def _write(folder: Path) -> Finding:
    probe = folder / f".probe.{os.getpid()}"
    cure = "free or replace the disk, or give this account the right to write there: nothing can be saved now"
    began = time.monotonic()
    try:
        with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as err:
        return Finding("write", Mark.RED, f"{folder} takes no write: {err.strerror or type(err).__name__}", cure)
    finally:
        probe.unlink(missing_ok=True)
    took_ms = (time.monotonic() - began) * 1000
    told = f"64 KiB written and synced in {took_ms:.0f} ms"
    if took_ms > SLOW_WRITE_MS:
        return Finding("write", Mark.AMBER, told, "end what else works on this disk, or use a faster one: guests wait")
    return green("write", told)


def addresses() -> Finding:
    """Where others of the network reach this machine."""
    found = sorted(own_addresses())
    if not found:
        return Finding("network", Mark.AMBER, "no address but this machine's own", "connect it to the door's network")
    return green("network", ", ".join(found))


def own_addresses() -> set[str]:
    """The addresses of this machine that others may reach; asks no network."""
    try:
        told = Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines()
    except OSError:
        try:
            rows = socket.getaddrinfo(socket.gethostname(), None)
        except OSError:
            return set()
        return {str(row[4][0]) for row in rows if not str(row[4][0]).startswith(("127.", "::1", "fe80"))}
    pairs = pairwise(told)
    mine = {line.split()[-1] for line, after in pairs if "/32 host LOCAL" in after}
    return {address for address in mine if not address.startswith("127.")}


def wall_clock(now_s: Callable[[], float] = time.time) -> Finding:
    """The machine's own clock: later than the program's making, and kept by a time service."""
    now = now_s()
    told = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if now * 1000 < BUILT_MS:
        cure = "set this machine's date and time: it is earlier than this program was made"
        return Finding("machine's clock", Mark.RED, told, cure)
    synced = _is_time_synced()
    if synced is None:
        return green("machine's clock", f"{told}, of a time service nothing is known")
    if not synced:
        cure = "turn the time service on (timedatectl set-ntp true), or compare this clock with another one"
        return Finding("machine's clock", Mark.AMBER, f"{told}, not kept by a time service", cure)
    return green("machine's clock", f"{told}, kept by a time service")


def _is_time_synced() -> bool | None:
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def logs(folder: Path) -> Finding:
    """Where a program's log lies."""
    found = sorted((folder / LOG_FOLDER).glob("*.log*"))
    if not found:
        return green("logs", f"none yet; they will be in {folder / LOG_FOLDER}")
    size = sum(file.stat().st_size for file in found)
    return green("logs", f"{len(found)} files, {size // 1024} KiB, in {folder / LOG_FOLDER}")


def age(seconds: float) -> str:
    """How long ago, in the unit that a person would use."""
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"

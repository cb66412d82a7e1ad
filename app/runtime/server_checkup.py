"""A server's folder and database as a technician looks at them: what is there, what is missing, and the cure.

Owns the checks of the server. None of them changes anything, and none needs the server to run.
"""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.errors import AppError
from app.ledger.admin import DATABASE_FILE
from app.ledger.examination import ExaminedLedger, examine
from app.ledger.job_book import RunState
from app.ledger.migrations import HEAD
from app.ledger.secret_files import read_master
from app.runtime.checkup import (
    ASK_S,
    Check,
    Finding,
    Mark,
    addresses,
    age,
    disk,
    findings_of,
    green,
    logs,
    program,
    wall_clock,
)
from app.runtime.rounds import HEARTBEAT_FILE
from core.ticket.keyring import check_value
from core.ticket.seal import are_equal

GONE_S = 60.0
"""A worker's sign of life that is older was left by one that died."""


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """Where a server lives: its folder, its database (None: a file in the folder), its port on this machine."""

    folder: Path
    database: str | None = field(repr=False)
    port: int


def server_findings(place: ServerPlace) -> Iterator[Finding]:
    """All of a server."""
    checks: list[tuple[str, Check]] = [
        ("program", program),
        ("disk", partial(disk, place.folder)),
        ("network", addresses),
        ("port", partial(_port, place.port)),
        ("clock", wall_clock),
        ("database", partial(_database, place)),
        ("worker", partial(_worker, place)),
        ("logs", partial(logs, place.folder)),
    ]
    yield from findings_of(checks)


def _port(port: int) -> Finding:
    try:
        with socket.create_connection(("127.0.0.1", port), ASK_S):
            return green("port", f"something listens on port {port} of this machine")
    except OSError:
        cure = f"start the server: doorlight server --host 0.0.0.0 --port {port}"
        return Finding("port", Mark.AMBER, f"nothing listens on port {port} of this machine", cure)


def _database(place: ServerPlace) -> Iterator[Finding]:
    found = examine(place.database, place.folder / DATABASE_FILE)
    yield from _shape(found)
    yield _master(place.folder, found)
    for row in found.lists:
        yield _lists(row.event, row.version, row.made_ms, row.stale, row.devices)
    if found.quarantined:
        cure = "look at them with doorlight event show, and import the list of tickets that is missing"
        yield Finding("quarantine", Mark.AMBER, f"{found.quarantined} facts wait in quarantine", cure)
    for run in found.jobs:
        yield _job(run.job, run.state, run.started_at, run.error)


def _shape(found: ExaminedLedger) -> Iterator[Finding]:
    told = f"{found.engine}, its schema is {found.version}, this program's is {HEAD}"
    if found.version is None:
        yield Finding("database", Mark.AMBER, f"{found.engine}, empty", "start the server once: it makes the tables")
    elif found.version > HEAD:
        yield Finding("database", Mark.RED, told, "update this program: a newer one has used this database")
    elif found.version < HEAD:
        yield Finding("database", Mark.AMBER, told, "start the server: it brings the database up to date by itself")
    else:
        yield green("database", told)
    if found.check is not None and found.check != "ok":
        cure = "stop the server, keep a copy of its folder, and restore the newest backup"
        yield Finding("integrity", Mark.RED, "the database's quick check found damage", cure)
    elif found.check is not None:
        yield green("integrity", f"quick check ok, journal mode {found.journal_mode}")


def _master(folder: Path, found: ExaminedLedger) -> Finding:
    master = read_master(folder)
    if found.told is None:
        return green("master key", "there" if master else "made at the first start")
    if master is None or not are_equal(found.told, check_value(master)):
        cure = "put the master.key of this database back from its safe copy: without it no ticket can be verified"
        return Finding("master key", Mark.RED, "missing" if master is None else "another database's", cure)
    return green("master key", "there, and the database's own")


def _lists(event: str, version: int, made_ms: int, stale: int, devices: int) -> Finding:
    ago = age(time.time() - made_ms / 1000)
    waiting = f", {stale} lists to be made anew" if stale else ""
    told = f"event {event[:8]}: manifest {version}, changed {ago} ago, {devices} kiosks{waiting}"
    if not devices:
        return Finding("lists", Mark.AMBER, told, "let a kiosk in: doorlight device code")
    return green("lists", told)


def _job(job: str, state: RunState, started_ms: int, error: str | None) -> Finding:
    told = f"{job}: {state.value} {age(time.time() - started_ms / 1000)} ago"
    if state in (RunState.FAILED, RunState.LOST):
        why = f" ({error})" if error else ""
        name = job.partition(" ")[0]  # a part of a job, for one event, has the event behind its name
        return Finding("job", Mark.AMBER, told + why, f"run it by hand and read what it says: doorlight job run {name}")
    return green("job", told)


def _worker(place: ServerPlace) -> Finding:
    cure = "start the server, or doorlight worker where the database is PostgreSQL"
    try:
        told = json.loads((place.folder / HEARTBEAT_FILE).read_text(encoding="utf-8"))
        seconds = time.time() - float(told["at"])
        failing = [str(name) for name, duty in told["duties"].items() if duty["is_failing"] or duty["is_stuck"]]
    except FileNotFoundError:
        return Finding("worker", Mark.AMBER, "no worker runs in this folder", cure)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Finding("worker", Mark.AMBER, "the worker's sign of life can't be read", cure)
    if seconds > GONE_S:
        return Finding("worker", Mark.RED, f"the worker's last sign of life is {age(seconds)} old", cure)
    if failing:
        return Finding(
            "worker", Mark.AMBER, f"failing or stuck: {', '.join(failing)}", "read the log: its lines say why"
        )
    return green("worker", f"its last sign of life is {age(seconds)} old")


def shape_of_server(place: ServerPlace) -> dict[str, object]:
    """Tables and counts of a server's database."""
    try:
        found = examine(place.database, place.folder / DATABASE_FILE)
    except AppError as err:
        return {"failed": err.key}
    told = {"engine": found.engine, "version": found.version, "check": found.check, "journal_mode": found.journal_mode}
    return {**told, "tables": found.tables, "counts": found.counts, "quarantined": found.quarantined}

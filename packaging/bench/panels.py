"""How long each thing that the organizer's window asks takes at a million tickets and a million scans, and why.

A real server process answers over loopback, on SQLite and PostgreSQL; the slowest of every question counts. Then the
same questions are asked of the same database in this process, each statement that they lead to is written down, and the
database says how it looks the rows up: `--plans FILE` writes that down for people (docs/query-plans.md).

    python packaging/bench/panels.py [--tickets N] [--quick] [--json] [--database sqlite|postgresql] [--plans FILE]
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import httpx  # noqa: E402
from sqlalchemy import Engine, event  # noqa: E402

from app.ledger.admin import DATABASE_FILE, open_ledger  # noqa: E402
from app.ledger.engine import Database, open_database  # noqa: E402
from app.ledger.secret_files import ADMIN_FILE  # noqa: E402
from app.server.program import build_app  # noqa: E402
from bench import redeem  # noqa: E402
from bench.full_night import INCIDENTS, KIOSKS, NIGHT_MS, fill, new_event  # noqa: E402
from core.model.ids import EventId  # noqa: E402
from tests.server.serving import served  # noqa: E402

MANY, QUICK = 1_000_000, 50_000
ASKED = 20
MOST_MS = 100.0
TOKEN = "of-this-bench-alone"  # noqa: S105 — opens a database that is thrown away


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the window."""

    name: str
    path: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How long its answer took: milliseconds of a whole exchange, and the octets of it."""

    database: str
    question: str
    p50_ms: float
    most_ms: float
    octets: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement of a question and how a database looks its rows up."""

    question: str
    statement: str
    steps: tuple[str, ...]


def questions(of: EventId, tid: str, now_ms: int) -> list[Asked]:
    """What the pages ask, each with the most that a page asks for."""
    at = f"/api/v1/events/{of.hex}"
    night = f"since_ms={now_ms - NIGHT_MS}&until_ms={now_ms}&step_min=1"
    return [
        Asked("status", f"{at}/status"),
        Asked("arrivals, five hours by the minute", f"{at}/arrivals?{night}"),
        Asked("lanes", f"{at}/lanes"),
        Asked("devices", f"{at}/devices"),
        Asked("incidents, open", f"{at}/incidents?state=open"),
        Asked("incidents of a kind", f"{at}/incidents?state=open&kind=double_admission"),
        Asked("event", at),
        Asked("operators", f"{at}/operators"),
        Asked("ticket and its history", f"{at}/tickets/{tid}"),
        Asked("search by number", f"{at}/tickets/search", {"text": tid[:8]}),
        Asked("search by order", f"{at}/tickets/search", {"text": "ORD-000777"}),
        Asked("search by name", f"{at}/tickets/search", {"text": "lovelace 0777"}),
        Asked("search by a name that nobody has", f"{at}/tickets/search", {"text": "zzyzx"}),
        Asked("order", f"{at}/orders?order=ORD-000777"),
        Asked("imports", f"{at}/imports"),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints a table, or one JSON object; status 1 where an answer took too long."""
    parser = argparse.ArgumentParser(prog="panels", description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, metavar="N", help=f"and as many scans (default: {MANY:,})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} of each")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--plans", type=Path, metavar="FILE", help="writes down how each statement is looked up")
    args = parser.parse_args(argv)
    count = args.tickets or (QUICK if args.quick else MANY)
    figures: list[Figure] = []
    plans: dict[str, list[Plan]] = {}
    for name in args.database or ["sqlite", "postgresql"]:
        with redeem.database(name) as url, tempfile.TemporaryDirectory(prefix="doorlight-panels-") as folder:
            found, plans[name] = _measure(name, url, Path(folder), count)
            figures += found
    if args.plans:
        args.plans.write_text(page(figures, plans, count), "utf-8")
    print(
        json.dumps({"tickets": count, "figures": list(map(asdict, figures))}) if args.json else _table(figures, count)
    )
    return 0 if max(figure.most_ms for figure in figures) <= MOST_MS else 1


def _measure(name: str, url: str | None, folder: Path, count: int) -> tuple[list[Figure], list[Plan]]:
    of = new_event(url, folder)
    now_ms = time.time_ns() // 1_000_000
    tid = fill(url or f"sqlite:///{folder / DATABASE_FILE}", of, count, now_ms)
    asked = questions(of, tid, now_ms)
    with redeem.server(url, folder) as (host, port, _):
        token = (folder / ADMIN_FILE).read_text("utf-8").strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, timeout=60) as http:
            figures = [_timed(name, http, each) for each in asked]
    return figures, list(_plans(url, folder, asked))


def _timed(database: str, http: httpx.Client, asked: Asked) -> Figure:
    octets = len(_ask(http, asked))
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        _ask(http, asked)
        took.append((time.perf_counter() - began) * 1000)
    return Figure(database, asked.name, round(sorted(took)[ASKED // 2], 1), round(max(took), 1), octets)


def _ask(http: httpx.Client, asked: Asked) -> bytes:
    reply = http.get(asked.path) if asked.body is None else http.post(asked.path, json=asked.body)
    reply.raise_for_status()
    return reply.content


# --- how it is looked up ------------------------------------------------------------------------------------------


def _plans(url: str | None, folder: Path, asked: Sequence[Asked]) -> Iterator[Plan]:
    """Each statement of each question, once, with the database's own words about it."""
    with (
        closing(open_database(url or f"sqlite:///{folder / DATABASE_FILE}")) as database,
        open_ledger(url, folder) as office,
        served(build_app(office, TOKEN)) as address,
        httpx.Client(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http,
    ):
        for each in asked:
            _ask(http, each)  # what is read once and kept is no part of the question
            with _written_down() as statements:
                _ask(http, each)
            for statement, given in statements.items():
                yield Plan(each.name, " ".join(statement.split()), _steps(database, statement, given))


@contextmanager
def _written_down() -> Iterator[dict[str, Any]]:
    """Every SELECT of any engine from now on: its text, and the last values in it."""
    found: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found[statement] = given

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _steps(database: Database, statement: str, given: Any) -> tuple[str, ...]:
    is_server = database.profile.is_postgresql
    asked = "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF) " if is_server else "EXPLAIN QUERY PLAN "
    with database.reading() as connection:
        rows = connection.exec_driver_sql(asked + statement, given).all()
    return tuple(str(row[0] if is_server else row[-1]) for row in rows)


def page(figures: Sequence[Figure], plans: dict[str, list[Plan]], count: int) -> str:
    """The document: figures, then every statement with its plans."""
    lines = [
        "# What the organizer's window asks, and how it is looked up",
        "",
        f"Written by `python3 packaging/dev.py bench panels --plans docs/query-plans.md`: {count:,} tickets with names",
        f"and orders, {count:,} scans and what was shown after each, {INCIDENTS:,} open incidents, {KIOSKS} kiosks.",
        f"A real server on loopback, each question asked {ASKED} times; milliseconds of the whole exchange.",
        "",
    ]
    names = list(dict.fromkeys(figure.question for figure in figures))
    databases = list(plans)
    lines += [
        "| question | " + " | ".join(f"{name}: half, most" for name in databases) + " | octets |",
        "|---|" + "---|" * len(databases) + "---|",
    ]
    told = {(figure.database, figure.question): figure for figure in figures}
    for name in names:
        cells = [f"{told[each, name].p50_ms}, {told[each, name].most_ms}" for each in databases]
        lines.append(f"| {name} | {' | '.join(cells)} | {told[databases[0], name].octets:,} |")
    for database in databases:
        lines += ["", f"## {database}"]
        seen: set[str] = set()
        for plan in plans[database]:
            if plan.statement in seen:
                continue
            seen.add(plan.statement)
            lines += ["", f"**{plan.question}**", "", f"    {plan.statement}", ""]
            lines += [f"    → {step}" for step in plan.steps]
    return "\n".join(lines) + "\n"


def _table(figures: Sequence[Figure], count: int) -> str:
    head = (
        f"{count:,} tickets, {count:,} scans\n{'database':<12}{'question':<38}{'p50 ms':>9}{'most ms':>9}{'octets':>10}"
    )
    rows = [
        f"{each.database:<12}{each.question:<38}{each.p50_ms:>9.1f}{each.most_ms:>9.1f}{each.octets:>10,}"
        for each in figures
    ]
    return "\n".join([f"{count:,} tickets, {count:,} scans", head, *rows])


if __name__ == "__main__":
    sys.exit(main())

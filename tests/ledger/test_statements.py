"""Every statement, key and index of the ledger begins with the event: what a cluster that keeps events apart needs.

The guard of `tests/support/statements.py` reads each statement that any test makes the program run. Here are its
negative controls, the statements that are made once, and the keys.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Delete, Select, Update, create_engine, delete, exists, func, insert, select, text, update
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.selectable import CompoundSelect

from app.ledger import statements as sql
from app.ledger.distribution import distribution_sql
from app.ledger.engine import open_database
from app.ledger.schema import codes, facts, metadata, redemptions, tickets
from app.ledger.upgrade import upgrade
from tests.architecture.sources import ROOT, Source, sources
from tests.support import statements as guard
from tests.support.statements import SPANS, wrong_with

E = uuid4()


def ledger_sources() -> list[Source]:
    """The modules that may hold statements."""
    return [source for source in sources("app") if source.module.startswith("app.ledger")]


def constants() -> Iterator[tuple[str, Any]]:
    """The statements that a module makes once."""
    for source in ledger_sources():
        if ".migrations" in source.module:
            continue
        for name, value in vars(import_module(source.module)).items():
            if isinstance(value, Select | CompoundSelect | Update | Delete):
                yield f"{source.module}.{name}", value


def test_statements_that_are_made_once_name_their_event() -> None:
    found = dict(constants())
    assert len(found) > 25
    assert {name: wrong for name, statement in found.items() if (wrong := wrong_with(statement))} == {}


_SUB = select(codes.c.tid).where(codes.c.form == "x").subquery()


@pytest.mark.parametrize(
    ("statement", "about"),
    [
        (select(tickets), "tickets"),
        (select(tickets).where(tickets.c.tid == b"x"), "tickets"),
        (select(tickets).where((tickets.c.event_id == E) | (tickets.c.tid == b"x")), "tickets"),
        (select(tickets).where(tickets.c.event_id != E), "tickets"),
        (
            select(codes, tickets.c.cls).join(tickets, tickets.c.tid == codes.c.tid).where(codes.c.event_id == E),
            "tickets",
        ),
        (select(tickets.c.tid).where(tickets.c.event_id == E, facts.c.tid == tickets.c.tid), "facts"),
        (select(tickets).where(tickets.c.event_id == E, exists().where(codes.c.tid == tickets.c.tid)), "codes"),
        (select(tickets.c.tid, _SUB.c.tid).where(tickets.c.event_id == E), "codes"),
        (select(func.count()).select_from(redemptions), "redemptions"),
        (update(facts).where(facts.c.id == E).values(tid=b""), "facts"),
        (delete(redemptions).where(redemptions.c.tid == b"x"), "redemptions"),
        (sql.REDEMPTIONS.union(select(redemptions)), "redemptions"),
    ],
)
def test_a_statement_without_its_event_is_found(statement: Any, about: str) -> None:  # negative control
    assert about in str(wrong_with(statement))


@pytest.mark.parametrize(
    "statement",
    [
        select(tickets).where(tickets.c.event_id == E, tickets.c.tid == b"x"),
        select(codes, tickets.c.cls)
        .join(tickets, (tickets.c.event_id == codes.c.event_id) & (tickets.c.tid == codes.c.tid))
        .where(codes.c.event_id == E),
        select(tickets).where(
            tickets.c.event_id == E,
            exists().where(codes.c.event_id == tickets.c.event_id, codes.c.tid == tickets.c.tid),
        ),
        select(tickets).execution_options(spans_events="said so"),
        insert(tickets),
    ],
)
def test_a_sound_statement_passes(statement: Any) -> None:
    assert wrong_with(statement) is None


@pytest.mark.parametrize(
    ("written", "is_sound"),
    [
        ("SELECT * FROM tickets", False),
        ("SELECT pg_advisory_xact_lock(1)", False),
        ("LISTEN doorlight", False),
        ("SET lock_timeout = 1", False),
        ("SET LOCAL lock_timeout = 1", True),
        ("ANALYZE tickets", True),
        ("BEGIN IMMEDIATE", True),
        ("INSERT INTO tickets (event_id, tid) VALUES (?, ?)", True),
        ("INSERT INTO tickets (tid, event_id) VALUES (?, ?)", False),
        ("INSERT INTO tickets (event_id, tid) SELECT event_id, tid FROM codes", False),
    ],
)
def test_text_is_sound_where_it_touches_no_row_and_no_session(written: str, is_sound: bool) -> None:
    assert (wrong_with(written) is None) == is_sound


def run_as(path: str, statement: Any) -> list[str]:
    """What the guard says when a file of that path runs a statement."""
    engine = create_engine("sqlite://")
    code = compile("connection.execute(statement).all()", path, "exec")
    with engine.connect() as connection:
        connection.execute(CreateTable(tickets))
        exec(code, {"connection": connection, "statement": statement})  # noqa: S102 — a planted file of the program
    engine.dispose()
    found = list(guard._wrong)
    guard._wrong.clear()
    return found


def test_the_guard_sees_what_the_program_runs_and_leaves_tests_alone() -> None:  # negative control
    planted = select(tickets.c.tid).where(tickets.c.kid == 1)
    assert (
        "ledger/planted.py:1 does not name the event of tickets" in run_as(f"{ROOT}/app/ledger/planted.py", planted)[0]
    )
    assert run_as(f"{ROOT}/app/ledger/planted.py", planted.where(tickets.c.event_id == E)) == []
    assert run_as(f"{ROOT}/app/ledger/planted.py", planted.execution_options(**{SPANS: "why"})) == []
    assert "is text" in run_as(f"{ROOT}/app/ledger/planted.py", text("SELECT tid FROM tickets"))[0]
    assert run_as(f"{ROOT}/tests/ledger/planted.py", planted) == []


def test_no_unique_key_could_be_kept_on_one_machine_without_its_event() -> None:
    """Beside the order of columns that the schema's test looks at: a unique index counts as a key."""
    for table in metadata.tables.values():
        for index in table.indexes:
            assert next(iter(index.columns)).name == "event_id", index.name
        assert not table.foreign_keys, "a foreign key across places is one that a cluster can't keep"
        assert not table.c.event_id.nullable


_STAND_IN = """
CREATE TABLE pg_dist_partition (logicalrelid regclass, beside text);
CREATE FUNCTION create_distributed_table(name regclass, by text, colocate_with text) RETURNS void LANGUAGE sql AS
$$ INSERT INTO pg_dist_partition SELECT name, colocate_with
   WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = name AND attname = by) $$;
"""
"""What Citus brings, as far as the script calls it: it notes the tables that are spread."""


@pytest.mark.postgres
def test_the_script_for_a_cluster_spreads_every_table_once_beside_the_events(postgres_url: str) -> None:
    database = open_database(postgres_url)
    upgrade(database)
    database.close()
    script = distribution_sql().replace("CREATE EXTENSION IF NOT EXISTS citus;", "")
    assert script != distribution_sql()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(_STAND_IN)
        for _ in range(2):
            connection.execute(script)
        spread = connection.execute("SELECT logicalrelid::text, beside FROM pg_dist_partition").fetchall()
    assert sorted(spread) == sorted((name, "none" if name == "events" else "events") for name in metadata.tables)

"""Upgrades: what a release wrote opens, migrates and keeps every row; its scans arrive; its kiosks are spoken to.

The files were written by each release's own program (tests/fixtures/releases/make.py).
"""

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData, Table, insert, inspect, select

from app.__main__ import main
from app.ledger.admin import Office, open_ledger
from app.ledger.engine import Database, open_database
from app.ledger.migrations import HEAD
from app.ledger.schema import facts, metadata, redemptions
from app.ledger.upgrade import upgrade_within, version_of
from app.runtime.station import Station
from app.server.program import build_app
from app.settings import load_profile
from app.store.clock_memory import clock_of
from app.store.journal import Journal
from tests.server.serving import served
from tests.support.releases import NAMES, RELEASES, session, unpack

TOKEN = "organizers-token-of-the-test"
OLD_STEP = {"0.1": "0002"}
"""The newest numbered step that a release had."""


@dataclass(frozen=True)
class Old:
    """The ledger of a release before its upgrade, its URL, and the folder with its master key."""

    database: Database
    url: str
    folder: Path


Rows = Mapping[str, list[dict[str, Any]]]

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("release", NAMES)]


@pytest.fixture(autouse=True)
def _keys_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, release: str, tmp_path: Path) -> Iterator[Old]:
    """The ledger of a release before its upgrade, and the folder with its master key."""
    folder = unpack(release, "server", tmp_path / "server")
    url = f"sqlite:///{folder / 'ledger.db'}"
    database = open_database(url)
    if request.param == "postgresql":
        rows, url = rows_of(database), request.getfixturevalue("postgres_url")
        database.close()
        elsewhere = open_database(url)
        (folder / "ledger.db").unlink()
        elsewhere.transact(lambda connection: upgrade_within(elsewhere, connection, to=OLD_STEP[release]))
        with elsewhere.writing() as connection:
            for name, there in rows.items():
                connection.execute(insert(old_table(connection, name)), there) if there else None
        database = elsewhere
    yield Old(database, url, folder)
    database.close()


def old_table(connection: Any, name: str) -> Table:
    """A table of today with the columns that the database has: types as today, so that both engines read alike."""
    there = {column["name"] for column in inspect(connection).get_columns(name)}
    today = metadata.tables[name]
    return Table(name, MetaData(), *(column._copy() for column in today.columns if column.name in there))


def rows_of(database: Database, of: Rows | None = None) -> Rows:
    """Every row of every table, by its columns; only those of `of` where an earlier reading is given."""
    with database.reading() as connection:
        connection.execution_options(spans_events="a test reads every row")
        present = [name for name in metadata.tables if inspect(connection).has_table(name)]
        found = {}
        for name in present if of is None else of:
            table = old_table(connection, name)
            kept = [c for c in table.columns if of is None or not of[name] or c.name in of[name][0]]
            rows = connection.execute(select(*kept)).mappings()
            found[name] = sorted((dict(row) for row in rows), key=repr)
        return found


def lost(before: Rows, after: Rows) -> list[str]:
    """The tables that do not hold each row that they held."""
    return [name for name, rows in before.items() if any(row not in after[name] for row in rows)]


def opened(old: Old) -> Office:
    """The ledger as today's program opens it."""
    return open_ledger(old.url, old.folder)


# --- the ledger ---------------------------------------------------------------------------------------------------


def test_the_ledger_migrates_and_keeps_every_row(old: Old) -> None:  # G28
    before = rows_of(old.database)
    assert {name for name, rows in before.items() if rows} >= {
        "installation", "events", "tickets", "codes", "attendees", "facts", "redemptions", "incidents", "devices"
    }  # fmt: skip
    with opened(old) as office, office._database.reading() as connection:
        assert version_of(connection) == HEAD
    after = rows_of(old.database, before)
    assert lost(before, after) == []
    short = {**after, "facts": after["facts"][1:]}
    assert lost(before, short) == ["facts"]  # the control: a row that is gone would have been seen


def test_the_figures_are_those_of_the_night(old: Old) -> None:  # G28
    before = rows_of(old.database)
    with opened(old) as office:
        (event,) = office.list_events()
        status = office.status_of(office.event_named(event.policy.name))
    assert status.redemptions == len(before["redemptions"]) > 3
    assert status.tickets == len(before["tickets"])
    assert status.double_admissions == sum(row["kind"] == "double_admission" for row in before["incidents"]) > 0
    assert status.quarantined == sum(row["arrival"] == "quarantined" for row in before["facts"]) > 0
    assert status.facts == len(before["facts"])


def test_an_older_program_refuses_a_newer_ledger_and_changes_nothing(
    release: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:  # G28
    folder = unpack(release, "server", tmp_path / "server")
    open_ledger(None, folder).close()
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = dump_of(folder / "ledger.db")
    assert main(["event", "list", "--data", str(folder)]) == 1
    said = capfd.readouterr().err
    assert "made by a newer Doorlight" in said
    assert "update this program" in said
    assert len(said.splitlines()) == 1
    assert dump_of(folder / "ledger.db") == before


# --- the kiosk ----------------------------------------------------------------------------------------------------


def test_unsent_scans_arrive(old: Old, release: str, tmp_path: Path) -> None:  # G28
    kiosk = unpack(release, "kiosk", tmp_path / "kiosk")
    recorded = dict(records_of(kiosk))
    before = {row["scan_id"].bytes for row in rows_of(old.database)["redemptions"]}
    with opened(old) as office, served(build_app(office, TOKEN)) as url:
        profile = replace(load_profile(kiosk), server=url)
        with closing(Station(kiosk, profile, clock_of(kiosk))) as station, closing(station.open_journal()) as journal:
            waiting = journal.queue_length()
            assert waiting >= 6
            station.load_manifest()
            assert drained(station, journal) == 0
        with office._database.reading() as connection:
            connection.execution_options(spans_events="a test reads every row")
            mine = (facts.c.event_id == profile.event) & (facts.c.device == profile.device)
            arrived = {row.id.bytes: row.fingerprint for row in connection.execute(select(facts).where(mine))}
            taken = {row.scan_id.bytes for row in connection.execute(select(redemptions))}
    assert arrived.keys() >= recorded.keys()
    assert {name: arrived[name] for name in recorded} == recorded
    assert len(taken & recorded.keys() - before) == 1  # the guest whom this door let in alone


@pytest.mark.parametrize("what", ["kiosk", "drained_kiosk"])
def test_the_journal_keeps_every_record(release: str, what: str, tmp_path: Path) -> None:  # G28
    kiosk = unpack(release, what, tmp_path / "kiosk")
    before = records_of(kiosk)
    with closing(Station(kiosk, load_profile(kiosk), clock_of(kiosk))) as station:
        assert station.rescue is None
        station.load_manifest()
        assert station.box.taken is not None
        assert station.summary().scans > 0
    assert records_of(kiosk) == before


@pytest.mark.parametrize("file", ["kiosk.db", "trust.db"])
def test_an_older_program_refuses_a_newer_kiosk_and_changes_nothing(
    release: str, file: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:  # G28
    kiosk = unpack(release, "kiosk", tmp_path / "kiosk")
    with closing(Station(kiosk, load_profile(kiosk), clock_of(kiosk))) as station:
        station.load_manifest()
        station.open_journal().close()
    with closing(sqlite3.connect(kiosk / file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = dump_of(kiosk / file)
    assert main(["scan", "--profile", str(kiosk), "--server", "http://127.0.0.1:9", "anything"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert f"{file} was made by a newer Doorlight" in said.err
    assert len(said.err.splitlines()) == 1
    assert dump_of(kiosk / file) == before


def drained(station: Station, journal: Journal) -> int:
    """How many facts wait after the kiosk has sent what it could."""
    line = station.sync_line(journal, refresh=lambda: None, ask=lambda question, *_: question())
    line.drain()
    return journal.queue_length()


def records_of(kiosk: Path) -> list[tuple[bytes, bytes]]:
    """Id and fingerprint of every fact."""
    with closing(sqlite3.connect(kiosk / "kiosk.db")) as connection:
        return list(connection.execute("SELECT id, fingerprint FROM facts ORDER BY id"))


def dump_of(path: Path) -> str:
    """A hash over all that a database says."""
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()
        return hashlib.sha256("\n".join([str(version), *connection.iterdump()]).encode()).hexdigest()


# --- the protocol -------------------------------------------------------------------------------------------------


class Player:
    """A recorded kiosk before today's server: the same bytes, but for the secret that this server gives out itself."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._secrets: dict[str, str] = {}

    def play(self, exchange: Mapping[str, Any]) -> tuple[httpx.Response, Any, Any]:
        """One request again: the reply, what was answered then, and what is answered now."""
        headers, path = dict(exchange["headers"]), exchange["path"]
        for then, now in self._secrets.items():
            headers["Authorization"] = headers.get("Authorization", "").replace(then, now)
            path = path.replace(then, now)
        reply = self._http.request(
            exchange["method"], path, content=base64.b64decode(exchange["asked"]), headers=headers
        )
        then, now = read(base64.b64decode(exchange["answered"])), read(reply.content)
        if isinstance(then, dict) and "secret" in then and isinstance(now, dict):
            self._secrets |= {then[name]: now[name] for name in ("secret", "device") if name in then}
        return reply, then, now


def read(body: bytes) -> Any:
    """JSON, or the bytes."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def missing(then: Any, now: Any, at: str = "") -> list[str]:
    """Where a reply lacks what an old kiosk reads in it: a field, or the kind of its value."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [
            found
            for name, value in then.items()
            for found in (missing(value, now[name], f"{at}.{name}") if name in now else [f"{at}.{name}"])
        ]
    if isinstance(then, list) and isinstance(now, list):
        rows = zip(then, now, strict=False)
        short = [f"{at}[{len(now)}]"] if len(now) < len(then) else []
        return short + [found for number, (a, b) in enumerate(rows) for found in missing(a, b, f"{at}[{number}]")]
    return [] if type(then) is type(now) else [at]


@pytest.fixture
def played(old: Old, release: str) -> list[tuple[Mapping[str, Any], httpx.Response, Any, Any]]:
    """The recorded session of a release, played against today's server on the migrated ledger."""
    with opened(old) as office, served(build_app(office, TOKEN)) as url, httpx.Client(base_url=url, timeout=20) as http:
        player = Player(http)
        return [(exchange, *player.play(exchange)) for exchange in session(release)["exchanges"]]


def test_a_kiosk_one_version_back_is_spoken_to(played: Sequence[tuple[Any, httpx.Response, Any, Any]]) -> None:  # G28
    kinds = {re.sub(r"/[0-9a-f]{32,64}\b", "", exchange["path"]) for exchange, *_ in played}
    assert {path.rsplit("/", 1)[-1] for path in kinds} >= {"enrol", "manifest", "files", "redemptions", "batch"}
    for exchange, reply, then, now in played:
        assert reply.status_code in told_then(exchange), (exchange["path"], reply.status_code, reply.text[:300])
        if reply.status_code == exchange["status"]:
            assert missing(then, now) == [], exchange["path"]


def told_then(exchange: Mapping[str, Any]) -> set[int]:
    """The statuses that are as good: a manifest is newer here, and its files are others."""
    path, status = exchange["path"], exchange["status"]
    if path.endswith("/manifest"):
        return {200, status}
    return {status, 404} if "/files/" in path else {status}


def test_its_scans_are_answered_as_then(played: Sequence[tuple[Any, httpx.Response, Any, Any]]) -> None:  # G28
    compared = 0
    for exchange, _, then, now in played:
        if "redemptions" in exchange["path"]:
            for a, b in zip(then.get("results", [then]), now.get("results", [now]), strict=True):
                assert {name: b[name] for name in a} == a
                compared += 1
    assert compared >= 8


def test_a_reply_without_a_field_would_be_seen(release: str) -> None:
    then = {"answer": {"outcome": "admitted"}, "incidents": []}
    assert missing(then, {"answer": {}, "incidents": []}) == [".answer.outcome"]
    assert missing(then, {"answer": {"outcome": 3}, "incidents": {}}) == [".answer.outcome", ".incidents"]


def test_every_release_has_its_files(release: str) -> None:
    assert {file.name.split(".")[0] for file in (RELEASES / release).iterdir()} >= {"server", "kiosk", "session"}
    assert release in OLD_STEP

"""PostgreSQL is killed and comes back while kiosks ask: they hear 503 and when to ask again, and nothing is lost or
doubled once they have.

With the negative control: a database that acknowledges before it has written loses what was acknowledged.
"""

import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.ledger.redemptions import Page
from app.server.program import build_app
from core.journal.scan import Scan
from core.journal.state import Arrival
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, program, served
from tests.support.postgres import OwnServer, fresh_database, system_programs, wheel_programs

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

CLIENTS = 6
SCANS_OF_EACH = 40
CRASHES = 2
PATIENCE_S = 120.0


@contextmanager
def own_house() -> Iterator[tuple[OwnServer, House, Path]]:
    """An event on a PostgreSQL server that this test alone may kill, and the folder of its key."""
    programs = system_programs() + wheel_programs()
    if not programs:
        pytest.skip("no PostgreSQL of our own to kill")
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"doorlight-{name}-")))
            for name in ("crash", "server")
        ]
        server = OwnServer(programs[0], folders[0])
        url = server.start()
        stack.callback(server.stop)
        yield server, stack.enter_context(open_house(Home(url, folders[1]))), folders[1]


@contextmanager
def serving(house: House, folder: Path) -> Iterator[httpx.Client]:
    """A server program on the house's database."""
    with (
        program(folder, "--database", address_of(house), log=subprocess.DEVNULL) as (_, address),
        httpx.Client(base_url=address, timeout=20) as http,
    ):
        yield http


@dataclass
class Told:
    """What kiosks heard: the answer to each scan, and every refusal."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[httpx.Response] = field(default_factory=list)
    errors: list[httpx.Response] = field(default_factory=list)


def ask_all(caller: Caller, scans: Sequence[Scan], told: Told) -> None:
    """One kiosk's scans, each asked until it is answered."""
    give_up_at = time.monotonic() + PATIENCE_S
    for scan in scans:
        while (reply := caller.ask(scan)).status_code != 200:
            (told.refusals if reply.status_code == 503 else told.errors).append(reply)
            assert time.monotonic() < give_up_at
            threading.Event().wait(0.05)  # a kiosk would wait as long as it was told
        told.answers[scan.stamp.id.hex] = reply.json()


def check_nothing_lost_or_doubled(house: House, told: Told, scans: Sequence[Scan]) -> None:
    """Every scan was answered, is stored, and took its ticket's one entry."""
    assert told.errors == []
    assert all(int(reply.headers["Retry-After"]) >= 1 for reply in told.refusals)
    ids = {scan.stamp.id for scan in scans}
    assert {each["answer"]["outcome"] for each in told.answers.values()} == {"admitted"}
    assert set(told.answers) == {id_.hex for id_ in ids}
    assert ids - house.stored().keys() == set()
    assert sorted(house.entries().values()) == sorted(ids)


def test_a_killed_database_costs_kiosks_a_503_and_nothing_else() -> None:
    with own_house() as (server, house, folder):
        shares = [[house.scan(tid) for tid in house.tickets(SCANS_OF_EACH)] for _ in range(CLIENTS)]
        told = Told()
        with serving(house, folder) as http, ThreadPoolExecutor(CLIENTS) as pool:
            asking = [pool.submit(ask_all, Caller(http, house), share, told) for share in shares]
            for crash in range(CRASHES):
                wait_for_answers(told, (crash + 1) * CLIENTS * SCANS_OF_EACH // (CRASHES + 2))
                before = len(told.refusals)
                server.crash()
                wait_for_a_refusal(told, before)
                server.start_again()
            for each in asking:
                each.result()
            assert http.get("/health").status_code == 200
        forget_connections(house)
        check_nothing_lost_or_doubled(house, told, [scan for share in shares for scan in share])
        assert len(told.refusals) >= CRASHES


def test_a_database_that_acknowledges_before_it_writes_loses_scans() -> None:  # negative control
    with own_house() as (server, house, _):
        with psycopg.connect(address_of(house), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            connection.execute("SELECT pg_reload_conf()")
        forget_connections(house)
        scans = [house.scan(tid) for tid in house.tickets(SCANS_OF_EACH)]
        told = Told()
        for scan in scans:
            answer = house.ask(scan).answer
            told.answers[scan.stamp.id.hex] = {"answer": {"outcome": answer and answer.outcome.value}}
        server.crash()
        server.start_again()
        forget_connections(house)
        with pytest.raises(AssertionError):
            check_nothing_lost_or_doubled(house, told, scans)


def wait_for_answers(told: Told, count: int) -> None:
    """Returns when so many scans have been answered."""
    give_up_at = time.monotonic() + PATIENCE_S
    while len(told.answers) < count:
        assert time.monotonic() < give_up_at
        threading.Event().wait(0.01)


def wait_for_a_refusal(told: Told, before: int) -> None:
    """Returns when a kiosk has noticed."""
    give_up_at = time.monotonic() + PATIENCE_S
    while len(told.refusals) + len(told.errors) <= before:
        assert time.monotonic() < give_up_at
        threading.Event().wait(0.01)


def forget_connections(house: House) -> None:
    """This process's own connections died with the server; a program would meet that as one 503."""
    house.office._database._engine.dispose()


# --- one connection, one lock -------------------------------------------------------------------------------------


@pytest.fixture
def house(postgres_server: str, tmp_path: Path) -> Iterator[House]:
    """An event in a database of its own."""
    with fresh_database(postgres_server) as url, open_house(Home(url, tmp_path)) as opened:
        yield opened


def test_a_connection_killed_in_mid_transaction_is_a_503_and_nothing_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fact is kept, the ticket is locked; then the session is gone. Asked again, the guest is let in once."""
    scan, real = house.scan(house.tickets()[0]), Page.settle
    kills = iter([True])

    def killed(page: Page, *args: Any, **kwargs: Any) -> Any:
        if next(kills, False):
            driver: Any = page._connection.connection.driver_connection
            with psycopg.connect(address_of(house), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [driver.info.backend_pid])
        return real(page, *args, **kwargs)

    monkeypatch.setattr(Page, "settle", killed)
    with served(build_app(house.office, "t" * 32)) as url, httpx.Client(base_url=url, timeout=20) as http:
        refused = Caller(http, house).ask(scan)
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        assert int(refused.headers["Retry-After"]) >= 1
        assert house.stored() == {}
        again = Caller(http, house).ask(scan)
        assert (again.status_code, again.json()["arrival"]) == (200, Arrival.APPLIED.value)
    assert list(house.entries().values()) == [scan.stamp.id]


def test_a_ticket_that_somebody_holds_for_too_long_is_a_503_with_a_time_to_ask_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ledger.engine.MOST_RETRIES", 0)
    scan = house.scan(house.tickets()[0])
    with served(build_app(house.office, "t" * 32)) as url, httpx.Client(base_url=url, timeout=20) as http:
        with psycopg.connect(address_of(house)) as other:
            other.execute("SELECT 1 FROM tickets FOR UPDATE")
            refused = Caller(http, house).ask(scan)
        assert (refused.status_code, refused.json()["code"]) == (503, "server_busy")
        assert int(refused.headers["Retry-After"]) >= 1
        assert house.stored() == {}
        assert Caller(http, house).ask(scan).json()["answer"]["outcome"] == "admitted"


def test_a_lock_that_is_free_in_time_costs_a_wait_and_no_error(house: House) -> None:
    scan = house.scan(house.tickets()[0])
    with psycopg.connect(address_of(house)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT 1 FROM tickets FOR UPDATE")
        asked = pool.submit(house.ask, scan)
        wait_until_somebody_waits(house)
        other.rollback()
        assert asked.result(timeout=20).arrival is Arrival.APPLIED


def wait_until_somebody_waits(house: House) -> None:
    """Returns when a session of the database waits for a lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(address_of(house), autocommit=True) as connection:
        for _ in range(2_000):
            row = connection.execute(waits).fetchone()
            if row and row[0]:
                return
            threading.Event().wait(0.001)
    pytest.fail("nobody waits")


def address_of(house: House) -> str:
    """The database's URL, for a connection of the test's own."""
    url = house.office._database._engine.url
    return url.set(drivername="postgresql").render_as_string(hide_password=False)

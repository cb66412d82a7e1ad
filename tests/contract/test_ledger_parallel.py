"""Many doors, one ticket, the same moment: exactly one admission, and nobody is turned away with an error.

With the negative control: a ledger that reads before it locks, and has no unique key, makes the same check red.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select, text

from app.ledger import engine
from app.ledger.engine import LedgerBusy, LedgerUnavailable
from app.ledger.redemptions import Page, SqlLedger
from app.ledger.schema import redemptions, tickets
from app.runtime.redeem_line import Question, RedeemLine
from core.journal.scan import Scan, to_record
from core.journal.state import Arrival
from core.model.ids import EventId, TicketHandle
from core.model.outcomes import Outcome
from core.sync.messages import FactResult
from tests.contract.ledger_rig import House

T = TypeVar("T")
AMPLE_MS = 60_000


@pytest.fixture
def ample_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough for every door's turn on any machine: the bounds on waiting are another matter (`held` below)."""
    bounds = engine._BOUNDS | {"lock_timeout": AMPLE_MS, "statement_timeout": AMPLE_MS}
    monkeypatch.setattr(engine, "_BOUNDS", bounds)
    monkeypatch.setattr(
        engine, "_BOUND_HERE", "; ".join(f"SET LOCAL {name} = {value}" for name, value in bounds.items())
    )
    monkeypatch.setattr(engine, "LOCK_WAIT_MS", AMPLE_MS)
    monkeypatch.setattr(engine, "POOL_WAIT_S", AMPLE_MS / 1000)


def at_once(asks: list[Callable[[], FactResult]]) -> list[FactResult | Exception]:
    """All calls from threads of their own, let go together."""
    gate = threading.Barrier(len(asks))

    def ask(call: Callable[[], FactResult]) -> FactResult | Exception:
        gate.wait()
        try:
            return call()
        except Exception as err:  # noqa: BLE001 — the check wants to see every one
            return err

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(ask, asks))


def check_one_admission(house: House, tid: TicketHandle, results: list[FactResult | Exception]) -> None:
    """The one check that both the real ledger and the planted one have to face."""
    errors = [result for result in results if isinstance(result, Exception)]
    assert errors == []
    told = [result.answer.outcome for result in results if isinstance(result, FactResult) and result.answer]
    assert told.count(Outcome.ADMITTED) == 1
    assert told.count(Outcome.ALREADY_USED) == len(results) - 1
    with house.office._database.reading() as connection:
        rows = connection.execute(select(redemptions.c.scan_id).where(redemptions.c.event_id == house.event)).all()
    assert len(rows) == 1
    assert house.office.status_of(house.event).double_admissions == 0


def questions(house: House, line: RedeemLine, tid: TicketHandle, doors: int) -> list[Callable[[], FactResult]]:
    """One question per door."""

    def question(scan: Scan) -> Callable[[], FactResult]:
        return lambda: line.redeem(Question(house.event, scan.stamp.device, to_record(scan)))

    return [question(house.scan(tid, number % 3)) for number in range(doors)]


@pytest.mark.usefixtures("ample_time")
@pytest.mark.parametrize("doors", [2, 8, 64])
def test_parallel_redemptions_admit_exactly_once(house: House, doors: int) -> None:  # G2
    tid = house.tickets()[0]
    results = at_once(questions(house, house.line, tid, doors))
    check_one_admission(house, tid, results)


class Unlocked(SqlLedger):
    """The planted defect: what is known of the ticket is read before its turn, by all doors alike."""

    gate: threading.Barrier

    def transact(self, event: EventId, work: Callable[[Page], T]) -> T:
        with self._database.reading() as connection:
            tids = [
                TicketHandle(tid)
                for tid in connection.execute(select(tickets.c.tid).where(tickets.c.event_id == event)).scalars()
            ]
            stale = self.page(connection, event)._known(tids, ())
        self.gate.wait(timeout=20)

        def careless(connection: Connection) -> T:
            page = self.page(connection, event)
            page._known = lambda *_: stale  # type: ignore[method-assign]
            return work(page)

        return self._database.transact(careless)


def test_a_ledger_without_lock_and_unique_key_is_caught(own_house: House) -> None:  # G2, negative control
    tid = own_house.tickets()[0]
    with own_house.office._database.writing() as connection:
        connection.execute(text("CREATE TABLE loose AS SELECT * FROM redemptions"))
        connection.execute(text("DROP TABLE redemptions"))
        connection.execute(text("ALTER TABLE loose RENAME TO redemptions"))
    planted = Unlocked(own_house.office._database, own_house.office.now_ms)
    planted.gate = threading.Barrier(8)
    results = at_once(questions(own_house, RedeemLine(planted), tid, 8))
    with pytest.raises(AssertionError):
        check_one_admission(own_house, tid, results)


def test_the_unique_key_alone_stops_a_second_row(house: House) -> None:
    """Were the lock ever lost, the key would turn a second admission into an error, not into a second entry."""
    tid = house.tickets()[0]
    planted = Unlocked(house.office._database, house.office.now_ms)
    planted.gate = threading.Barrier(2)
    results = at_once(questions(house, RedeemLine(planted), tid, 2))
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert len(house.entries()) == 1


@pytest.mark.usefixtures("ample_time")
def test_parallel_uploads_of_one_batch_store_each_fact_once(house: House) -> None:
    scans = [house.scan(tid) for tid in house.tickets(40)]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: house.upload(*scans), range(4)))
    settled = [[r.arrival for r in reply].count(Arrival.APPLIED) for reply in replies]
    later = sum(r.arrival is Arrival.LATER for reply in replies for r in reply)
    assert (sum(settled), later) == (40, 0)
    assert len(house.entries()) == 40


@contextmanager
def held(house: House, tid: TicketHandle) -> Iterator[None]:
    """Another process's transaction that holds one ticket (PostgreSQL)."""
    with house.office._database.writing() as connection:
        mine = (tickets.c.event_id == house.event) & (tickets.c.tid == tid)
        connection.execute(select(tickets.c.tid).where(mine).with_for_update()).all()
        yield


@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_fact_whose_ticket_is_held_leaves_the_group_and_comes_later(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.ledger.engine.MOST_RETRIES", 0)
    busy, free = house.tickets(2)
    scans = [house.scan(busy), house.scan(free)]
    with held(house, busy):
        results = house.upload(*scans)
        assert [result.arrival for result in results] == [Arrival.LATER, Arrival.APPLIED]
        assert results[0].reason == "server_busy"
        with pytest.raises(LedgerBusy):
            house.ask(scans[0])
    assert len(house.stored()) == 1
    assert [result.arrival for result in house.upload(*scans)] == [Arrival.APPLIED, Arrival.REPLAYED]


@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_connection_that_the_database_cut_costs_one_try_and_no_answer(house: House) -> None:
    scan, before = house.scan(house.tickets()[0]), house.ask(house.scan(house.tickets()[0]))
    assert before.arrival is Arrival.APPLIED
    with house.office._database.writing() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(cut + " AND pid <> pg_backend_pid()"))
    results = []
    for _ in range(3):
        try:
            results.append(house.ask(scan).arrival)
        except LedgerUnavailable:
            results.append(None)
    assert [arrival for arrival in results if arrival][:2] == [Arrival.APPLIED, Arrival.REPLAYED]


@pytest.mark.parametrize("own_home", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_the_planner_learns_of_a_growing_event(own_house: House) -> None:
    """Without fresh statistics it reads the whole event for each batch."""
    known = text("SELECT reltuples FROM pg_class WHERE relname = 'facts'")
    with own_house.office._database.writing() as connection:  # or the server's own rounds may come first
        connection.execute(text("ALTER TABLE facts SET (autovacuum_enabled = false)"))
    told = []
    for _ in range(3):
        own_house.upload(*[own_house.scan(tid) for tid in own_house.tickets(200)])
        with own_house.office._database.reading() as connection:
            told.append(connection.execute(known).scalar_one())
    assert told == [-1, -1, 600]

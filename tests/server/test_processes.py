"""Several server processes on one PostgreSQL, each behind the other's back: what one remembers must not be wrong.

Real programs on real ports. Beside each thing that a process keeps in memory stands a test that changes it elsewhere.
"""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest

from app.ledger.credentials import TRUST_MS
from core.journal.scan import Fact, to_record
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, program
from tests.support.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

PROCESSES = 2
CLOCKS_APART_S = 0.05
"""Our clock counts steadily, the servers by the wall's milliseconds."""


@dataclass
class Estate:
    """A house, and the servers that share its database."""

    home: Home
    house: House
    servers: list[httpx.Client]

    def at(self, server: int, kiosk: int = 0) -> Caller:
        """A kiosk at one of the servers."""
        return Caller(self.servers[server], self.house, kiosk)

    def everywhere(self, fact: Fact, kiosk: int = 0) -> list[httpx.Response]:
        """The same fact asked at each server, one after the other."""
        return [self.at(server, kiosk).ask(fact) for server in range(len(self.servers))]


@pytest.fixture(scope="module")
def estate(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """The servers for all tests of this file; each test has tickets and facts of its own."""
    folder = tmp_path_factory.mktemp("estate")
    with fresh_database(postgres_server) as url, open_house(Home(url, folder)) as house, ExitStack() as stack:
        addresses = [
            stack.enter_context(program(folder, "--database", url, log=subprocess.DEVNULL))[1] for _ in range(PROCESSES)
        ]
        clients = [stack.enter_context(httpx.Client(base_url=address, timeout=20)) for address in addresses]
        yield Estate(Home(url, folder), house, clients)


def told(reply: httpx.Response) -> tuple[str, str]:
    """How a fact arrived, and what the door was told."""
    body = reply.json()
    return body["arrival"], body["answer"]["outcome"]


def test_the_same_fact_gets_the_same_answer_from_every_process(estate: Estate) -> None:
    first, *others = estate.everywhere(estate.house.scan(estate.house.tickets()[0]))
    assert told(first) == ("applied", "admitted")
    for reply in others:
        assert told(reply) == ("replayed", "admitted")
        assert reply.json()["answer"] == first.json()["answer"]


@pytest.mark.parametrize("doors", [2, 8, 64])
def test_one_ticket_at_many_doors_of_many_processes_is_admitted_once(estate: Estate, doors: int) -> None:  # G2
    house, tid = estate.house, estate.house.tickets()[0]
    scans = [house.scan(tid, number % 3) for number in range(doors)]

    def ask(number: int) -> httpx.Response:
        return estate.at(number % PROCESSES, number % 3).ask(scans[number])

    with ThreadPoolExecutor(doors) as pool:
        replies = list(pool.map(ask, range(doors)))
    assert {reply.status_code for reply in replies} == {200}
    assert Counter(told(reply)[1] for reply in replies) == Counter(admitted=1, already_used=doors - 1)


def test_questions_and_batches_that_cross_on_the_same_tickets_settle_each_once(estate: Estate) -> None:
    """Each process gathers questions about the same tickets while they come in batches too."""
    house, tids = estate.house, estate.house.tickets(20)
    asked = [[house.scan(tid, kiosk) for tid in tids] for kiosk in (0, 1)]
    batch = [to_record(house.scan(tid, 2, after_ms=5)) for tid in tids]

    def questions(kiosk: int) -> list[httpx.Response]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(estate.at(kiosk, kiosk).ask, asked[kiosk]))

    def batches() -> list[httpx.Response]:
        return [estate.at(0, 2).send(batch) for _ in range(2)]

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(questions, 0), pool.submit(questions, 1), pool.submit(batches)]
        replies = [reply for each in waiting for reply in each.result()]
    assert {reply.status_code for reply in replies} == {200}
    entries = [place for place in house.entries() if place[0] in set(tids)]
    assert sorted(entries) == sorted((tid, 1) for tid in tids)


def test_a_device_that_was_revoked_elsewhere_is_refused_within_a_second(estate: Estate) -> None:  # A2
    with open_house(estate.home) as other:
        scan = other.scan(other.tickets()[0])
        asking = [Caller(client, other) for client in estate.servers]
        assert {each.ask(scan).status_code for each in asking} == {200}
        other.office.revoke_device(other.event, other.kiosks[0])
        over_at = time.monotonic() + TRUST_MS / 1000 + CLOCKS_APART_S
        for each in asking:
            began = time.monotonic()  # a question may take a while: when it was asked is what counts
            while (reply := each.ask(scan)).status_code == 200:
                assert began < over_at
                began = time.monotonic()
            assert reply.json()["code"] == "device_revoked"


def test_a_ticket_that_was_canceled_elsewhere_is_refused_at_once(estate: Estate) -> None:
    house, (tid,) = estate.house, estate.house.tickets(1)
    assert {reply.status_code for reply in estate.everywhere(house.scan(house.tickets()[0]))} == {200}
    house.office.cancel_ticket(house.event, tid)
    for server in range(PROCESSES):
        assert told(estate.at(server).ask(house.scan(tid)))[1] == "canceled"


def test_two_processes_never_hand_out_two_contents_of_one_version(estate: Estate) -> None:
    """Each change is asked of all processes at the same moment; each presses it, one of them puts it in print."""
    seen: dict[int, set[str]] = {}
    for _ in range(4):
        estate.house.office.cancel_ticket(estate.house.event, estate.house.tickets()[0])
        with ThreadPoolExecutor(2 * PROCESSES) as pool:
            replies = list(pool.map(lambda n: estate.at(n % PROCESSES).get("manifest"), range(2 * PROCESSES)))
        assert {reply.status_code for reply in replies} == {200}
        for reply in replies:
            seen.setdefault(reply.json()["version"], set()).add(reply.text)
    assert len(seen) >= 4
    assert [version for version, texts in seen.items() if len(texts) > 1] == []


def test_servers_on_postgresql_leave_what_is_due_to_a_worker(estate: Estate) -> None:
    """The control to the embedded database, whose server is the worker too (tests/worker)."""
    assert not (estate.home.folder / "worker.json").exists()

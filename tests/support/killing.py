"""kill -9 between every two steps: the loops over a kiosk's lane and over a server, and what must hold after them."""

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from app.store.journal import Journal
from app.store.rescue import rescue
from core.journal.scan import Scan, Shown, to_record
from tests.contract.ledger_rig import Home, open_house
from tests.support.door import new_id, tid, writer
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
BATCH = 3
ENDLESS = 10_000
"""No presentation and no batch has so many statements: it survives."""

Ask = Callable[..., dict[str, Any]]
Next = Callable[[int, bool], int]
"""From the step at which the last one died, and whether it did, to the next one's."""


def every_step(last: int, was_killed: bool) -> int:
    """One step after the other, until one survives them all."""
    return last + 1 if was_killed else 1


def any_step(seed: int, most: int) -> Next:
    """Steps by a seed."""
    dice = random.Random(seed)
    return lambda last, was_killed: dice.randint(1, most)


@dataclass
class Killed:
    """What a loop did: what was told, before which steps something died, how many survived."""

    told: dict[int, dict[str, Any]] = field(default_factory=dict)
    steps: set[int] = field(default_factory=set)
    survivors: int = 0


@contextmanager
def program(module: str, *arguments: object) -> Iterator[Ask]:
    """A program that forks, and dies, for each line that it is asked."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with running(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(*numbers: int) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(" ".join(map(str, numbers)) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield ask
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


# --- a kiosk's lane -----------------------------------------------------------------------------------------------


def kill_lanes(database: Path, cycles: int, step: Next = every_step, *, planted: bool = False) -> Killed:
    """A guest per cycle, at a lane that dies at a step of its own; what the guests saw, by their number."""
    done, at = Killed(), 1
    with program("tests.support.crashing_lane", database, int(planted)) as present:
        for number in range(1, cycles + 1):
            result = present(at, number)
            if result["displayed"] is not None:
                done.told[number] = result["displayed"]
            at = _noted(done, at, result, step)
    return done


def undurable_greens(database: Path, displayed: dict[int, dict[str, Any]]) -> list[int]:
    """The guests who saw green and whose scan and `shown` are not both in the journal, as a kiosk opens it again."""
    missing = []
    found = rescue(database)
    assert found is None or not found.must_decide
    with closing(Journal(database, writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        for number, seen in displayed.items():
            facts = journal.facts_of(tid(number))
            scans = {fact.stamp.id.hex for fact in facts if isinstance(fact, Scan)}
            shown = {fact.refers_to.hex for fact in facts if isinstance(fact, Shown) and fact.is_admission}
            if seen["green"] and seen["scan"] not in scans & shown:
                missing.append(number)
    return missing


# --- a server -----------------------------------------------------------------------------------------------------


def prepare_server(folder: Path, guests: int) -> None:
    """A ledger with an event, and a kiosk's facts about its guests in `facts.json`."""
    with open_house(Home(None, folder)) as house:
        facts = [fact for ticket in house.tickets(guests) for fact in house.admit_offline(ticket, 0)]
        night = {"event": house.event.hex, "device": house.kiosks[0].hex, "records": [to_record(f) for f in facts]}
    (folder / "facts.json").write_text(json.dumps(night))


def kill_servers(folder: Path, cycles: int, step: Next = every_step, *, planted: bool = False) -> Killed:
    """Batches of a kiosk that goes on sending what nobody acknowledged; what was told of each batch."""
    done, at, first = Killed(), 1, 0
    last = len(json.loads((folder / "facts.json").read_bytes())["records"]) - BATCH
    with program("tests.support.crashing_server", folder, int(planted)) as send:
        for _ in range(cycles):
            result = send(at, first, BATCH)
            if result["told"] is not None:
                done.told[first] = result["told"]
                first = min(first + BATCH, last)
            at = _noted(done, at, result, step)
        while first < last or last not in done.told:
            done.told[first] = send(ENDLESS, first, BATCH)["told"]
            first = min(first + BATCH, last)
    return done


def wrongs_of_ledger(folder: Path, told: dict[int, dict[str, str]]) -> list[str]:
    """What is wrong after such a night: facts that were acknowledged and are not there, entries without their scan."""
    guests = len(json.loads((folder / "facts.json").read_bytes())["records"]) // 2
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
        held = {UUID(row[0]).hex for row in connection.execute("SELECT id FROM facts")}
        entries = connection.execute("SELECT COUNT(*), COUNT(DISTINCT tid) FROM redemptions").fetchone()
    wrongs = [] if check == "ok" else [f"the database: {check}"]
    acknowledged = {id_ for batch in told.values() for id_ in batch}
    wrongs += [f"{id_} was acknowledged and is not there" for id_ in sorted(acknowledged - held)]
    wrongs += [f"{id_} is there and was never sent" for id_ in sorted(held - acknowledged)]
    if entries != (guests, guests):
        wrongs.append(f"{guests} guests have {entries[0]} entries of {entries[1]} tickets")
    return wrongs


def _noted(done: Killed, at: int, result: dict[str, Any], step: Next) -> int:
    if result["killed"]:
        done.steps.add(at)
    else:
        done.survivors += 1
    return step(at, result["killed"])

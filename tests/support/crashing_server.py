"""A server that is killed with SIGKILL before its n-th SQL statement; run as a program by the power tests.

`python -m tests.support.crashing_server FOLDER PLANTED` reads one line per cycle, `<statement> <first> <count>`, forks
a server for it that takes those records of FOLDER/facts.json as one batch, and answers with a line of JSON: what it
acknowledged (null when it died before) and whether it was killed. PLANTED=1 plants the defect that the tests must find:
the acknowledgement before the COMMIT.
"""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event as hooks

from app.ledger.admin import Office, open_ledger
from app.runtime.redeem_line import RedeemLine
from core.model.ids import DeviceId, EventId
from core.sync.messages import FactResult


@dataclass(frozen=True)
class Batch:
    """What one server is to take, from whom."""

    event: EventId
    device: DeviceId
    records: list[Any]


class EarlyLedger:
    """The planted defect: it tells what a transaction found before that transaction is committed."""

    def __init__(self, real: Any, tell: Callable[[Any], None]) -> None:
        self._real = real
        self._tell = tell

    def transact(self, event: EventId, work: Callable[[Any], Any]) -> Any:
        """Tells too early."""

        def early(page: Any) -> Any:
            found = work(page)
            self._tell(found)
            return found

        return self._real.transact(event, early)


def _serve(folder: Path, statement: int, batch: Batch, fd: int, *, planted: bool) -> None:
    """One batch; the process dies before SQL statement `statement` of it."""

    def tell(results: list[FactResult]) -> None:
        told = {result.id: result.answer.outcome.value if result.answer else result.arrival.value for result in results}
        os.write(fd, json.dumps(told).encode())

    with open_ledger(None, folder) as office:
        _strike_at(office, statement)
        ledger = EarlyLedger(office.facts, tell) if planted else office.facts
        results = RedeemLine(ledger).redeem_batch(batch.event, batch.device, batch.records)  # type: ignore[arg-type]
        if not planted:
            tell(results)


def _strike_at(office: Office, statement: int) -> None:
    left = [statement]

    def strike(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = office._database._engine
    engine.dispose()

    @hooks.listens_for(engine, "checkout")
    def listen(raw: sqlite3.Connection, *_: object) -> None:
        raw.set_trace_callback(strike)


def cycle(folder: Path, statement: int, batch: Batch, *, planted: bool) -> dict[str, Any]:
    """Forks a server, lets it live as long as it may, and says what it acknowledged."""
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        _serve(folder, statement, batch, write_fd, planted=planted)
        os._exit(0)
    os.close(write_fd)
    with os.fdopen(read_fd, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": status, "told": json.loads(told) if told else None}


def main() -> None:
    """Cycles until standard input ends."""
    folder, planted = Path(sys.argv[1]), sys.argv[2] == "1"
    night = json.loads((folder / "facts.json").read_bytes())
    event, device = EventId(UUID(night["event"])), DeviceId(UUID(night["device"]))
    for line in sys.stdin:
        statement, first, count = map(int, line.split())
        batch = Batch(event, device, night["records"][first : first + count])
        print(json.dumps(cycle(folder, statement, batch, planted=planted)), flush=True)


if __name__ == "__main__":
    main()

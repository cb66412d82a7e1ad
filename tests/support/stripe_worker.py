"""Real workers that refund, and die: the program as a process of its own, killed with SIGKILL.

Owns their start and the hour that tests skip after a kill.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, update

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import endpoints, outbox
from core.delivery.message import MessageState
from core.model.ids import EventId, TicketHandle
from core.sync.ticket_messages import Why
from core.ticket.lists import DenialReason
from tests.support import nursery

PATIENCE_S = 60.0


@contextmanager
def worker(folder: Path, *more: str) -> Iterator[nursery.Child]:
    """A worker over a folder's ledger; it is killed at the end where it still runs."""
    log = folder / "worker-log"
    words = ["worker", "--data", folder, "--webhooks-to-loopback", *more]
    with log.open("ab") as file, nursery.start(words, stdout=file.fileno(), stderr=file.fileno()) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def work_once(folder: Path) -> None:
    """A worker that does all that is due, and ends."""
    with worker(folder, "--once") as process:
        if process.wait(PATIENCE_S) != 0:
            raise AssertionError((folder / "worker-log").read_text("utf-8")[-2_000:])


def skip_an_hour(office: Office, event: EventId) -> None:
    """Ends leases, waits and rests: what a dead worker held is free, and due."""
    mine = outbox.c.event_id == event
    leased = mine & (outbox.c.state == MessageState.LEASED.value)
    ready = mine & (outbox.c.state == MessageState.READY.value)

    def work(connection: Connection) -> None:
        connection.execute(update(outbox).where(leased).values(lease_until=0))
        connection.execute(update(outbox).where(ready).values(run_at=0))
        connection.execute(update(endpoints).where(endpoints.c.event_id == event).values(open_until=None))

    office._database.transact(work)


def main(folder: str, event: str, tid: str) -> None:
    """Cancels a ticket with its refund, and is dead right after the commit: run as a program."""
    ticket = TicketHandle(bytes.fromhex(tid))
    with open_ledger(None, Path(folder)) as office:
        office.orders.deny(office.event_named(event), ticket, DenialReason.CANCELED, Why.REFUND)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])

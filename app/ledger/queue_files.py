"""A kiosk's queue that came on a stick: opened with the server's key, fed to the line that facts over the network take.

Owns who may bring what by file. A device that was let in, or that another one replaced, brings facts that count; what a
revoked device brings is kept in quarantine, so that nothing is lost and nothing counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import Connection, select

from app.errors import AppError
from app.ledger import audit
from app.ledger.device_rows import DeviceState, DeviceUnknown, is_replaced, predecessors
from app.ledger.engine import Database
from app.ledger.redemptions import EventUnknown
from app.ledger.rows import Doubt
from app.ledger.schema import devices, events
from core.journal.audit import Deed
from core.journal.state import Arrival
from core.model.ids import DeviceId, EventId
from core.sync.export import Flaw, OpenedQueue, QueueHeader, open_queue, queue_header
from core.sync.kiosk_replies import QueueReport
from core.sync.messages import MAX_BATCH_FACTS, FactResult


class QueueFileUnusable(AppError):
    """A file that is no queue, or not one for this server: the flaw is part of the key."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"queue_file_{flaw.value}")


class Line(Protocol):
    """Where facts go: `app.runtime.redeem_line.RedeemLine`."""

    def redeem_batch(
        self,
        event: EventId,
        device: DeviceId,
        records: Sequence[object],
        predecessors: frozenset[DeviceId] = ...,
        doubt: Doubt | None = ...,
    ) -> list[FactResult]:
        """One result per record, in their order."""


class QueueFiles:
    """The way in for exported queues. Safe between threads."""

    def __init__(self, database: Database, server_private: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._server_private = server_private

    def take(self, data: bytes, line: Line, event: EventId | None = None) -> QueueReport:
        """Imports a queue; the same file again changes nothing. With an `event` a kiosk of that one alone.

        1. whose it is, as it says · 2. that device, its state, and those that it replaces
        3. the signature, the seal, the content: all of it before the first fact is taken
        4. the facts, in the pieces of the network's batches, each piece committed

        Raises QueueFileUnusable, EventUnknown, DeviceUnknown, LedgerBusy, LedgerUnavailable.
        """
        header = queue_header(data)  # (1)
        if isinstance(header, Flaw):
            raise QueueFileUnusable(header)
        if event is not None and header.event != event:
            raise DeviceUnknown(header.device.hex)
        row, before, doubt = self._sender(header)  # (2)
        queue = open_queue(data, server_private=self._server_private, signing_key=row.signing_key or b"")  # (3)
        if isinstance(queue, Flaw):
            raise QueueFileUnusable(queue)
        self._database.transact(lambda connection: self._note(connection, header))
        arrivals: Counter[Arrival] = Counter()
        incidents = 0
        for piece in _pieces(queue):  # (4)
            results = line.redeem_batch(header.event, header.device, piece, before, doubt)
            arrivals.update(result.arrival for result in results)
            incidents += sum(bool(result.incidents) for result in results)
        return QueueReport(
            device=row.name,
            facts=header.facts,
            applied=arrivals[Arrival.APPLIED],
            replayed=arrivals[Arrival.REPLAYED],
            quarantined=arrivals[Arrival.QUARANTINED],
            later=arrivals[Arrival.LATER],
            incidents=incidents,
            is_revoked=doubt is not None,
        )

    def _note(self, connection: Connection, header: QueueHeader) -> None:
        device, now_ms = header.device.hex, self._now_ms()
        audit.note(connection, Deed.QUEUE_IMPORTED, header.event, device, now_ms=now_ms, facts=header.facts)

    def _sender(self, header: QueueHeader) -> tuple[Any, frozenset[DeviceId], Doubt | None]:
        mine = (devices.c.event_id == header.event) & (devices.c.id == header.device)
        with self._database.reading() as connection:
            if connection.execute(select(events.c.event_id).where(events.c.event_id == header.event)).first() is None:
                raise EventUnknown(header.event)
            row = connection.execute(select(devices).where(mine)).one_or_none()
            if row is None or row.state == DeviceState.PENDING.value:
                raise DeviceUnknown(header.device.hex)
            is_trusted = row.state == DeviceState.ACTIVE.value or is_replaced(connection, header.event, header.device)
            before = None if row.replaces is None else DeviceId(row.replaces)
            voices = predecessors(connection, header.event, before)
        return row, voices, None if is_trusted else Doubt.DEVICE_REVOKED


def _pieces(queue: OpenedQueue) -> Iterator[list[dict[str, Any]]]:
    records = queue.records()
    while piece := list(islice(records, MAX_BATCH_FACTS)):
        yield piece

"""The server of a simulated night: the real office, ledger and redeem line over SQLite, and what may happen to them.

Owns the process's life (it stops, also in the middle of a transaction, and starts anew over the same database) and the
way in: who calls is authenticated, bodies are read, errors become statuses as the routes do it.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.credentials import Calling, ToldClock
from app.ledger.redemptions import Page, SqlLedger
from app.ledger.restore import _begin_epoch
from app.ledger.rows import Doubt
from app.net.exchange import Reply
from app.runtime.redeem_line import Question, RedeemLine
from app.server.bodies import read_body
from app.server.problems import TABLE, BatchUnsigned, IdReuse
from core.model.event import Event
from core.model.ids import DeviceId, EventId, TicketHandle
from core.sync.messages import (
    SIGNATURE_HEADER,
    TIME_HEADER,
    BatchReply,
    BatchRequest,
    FactResult,
    RedeemRequest,
    TallyReply,
    TallyRequest,
)
from core.sync.signing import batch_bytes, is_signed
from core.ticket.terms import Terms
from tests.simulation.clockwork import Agenda, PowerCut
from tests.simulation.estate import Estate, database

T = TypeVar("T")

_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)
_REDEEM = TypeAdapter(RedeemRequest)
_BATCH = TypeAdapter(BatchRequest)
_TALLY = TypeAdapter(TallyRequest)
_TALLY_REPLY = TypeAdapter(TallyReply)
LEDGER_FILE, BACKUP_FILE = "night.db", "backup.db"


@dataclass(frozen=True)
class Caller:
    """What a kiosk proves itself by, and its clock as it tells it."""

    device: DeviceId
    secret: str = field(repr=False)
    clock: ToldClock | None = None


class FragileLedger:
    """The ledger, whose power may go right before a COMMIT or right after it."""

    def __init__(self, ledger: SqlLedger, cut: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._cut = cut

    def transact(self, event: EventId, work: Callable[[Page], T]) -> T:
        def worked(page: Page) -> T:
            result = work(page)
            self._cut("before commit")
            return result

        result = self._ledger.transact(event, worked)
        self._cut("after commit")
        return result


class House:
    """The server. `answered` hears every result that leaves it, before the network may lose it."""

    def __init__(self, of: Estate, agenda: Agenda, answered: Callable[[FactResult], None]) -> None:
        self._of = of
        self._agenda = agenda
        self._answered = answered
        self._armed: str | None = None
        self._down_ms = 0
        self._busy = 0
        self._downs = 0
        self.crashes = self.restores = 0
        self.has_backup = False
        self.trusted_ms: dict[DeviceId, int] = {}
        """When each device was last taken for one that has its rights."""
        self.database = database(LEDGER_FILE)
        self._put_in_place()
        self._open()

    def _put_in_place(self, source: str = "ledger.db") -> None:
        self.database.close()
        path = self._of.folder / LEDGER_FILE
        for left in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            left.unlink(missing_ok=True)
        shutil.copyfile(self._of.folder / source, path)

    def _open(self) -> None:
        self.office = Office(self.database, self._of.master, lambda: self._agenda.now_ms)
        self.line = RedeemLine(FragileLedger(self.office.facts, self._cut))

    def close(self) -> None:
        """Closes the connections."""
        self.database.close()

    def terms_of(self, tids: Collection[TicketHandle]) -> tuple[Event, dict[TicketHandle, Terms]]:
        """What the ledger says of tickets, for whoever folds their facts again."""
        with self.database.writing() as connection:
            page = self.office.facts.page(connection, self._of.event)
            held = page.lock(tids, is_patient=True).tickets
            marks = page._marks_of(tids)
            return page._event, {tid: page._terms(held[tid], marks.get(tid, frozenset())) for tid in held}

    # --- what may happen to it ------------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        """Whether a process listens."""
        return self._downs == 0

    def crash_at_next(self, where: str, down_ms: int) -> None:
        """The next transaction ends with the process: `before commit` or `after commit`."""
        self._armed, self._down_ms = where, down_ms

    def stop(self, span_ms: int) -> None:
        """The process ends now, and another starts after a while."""
        self._downs += 1
        self.database.close()
        self._agenda.after(span_ms, self._start)

    def back_up(self) -> None:
        """Keeps the ledger as it is now."""
        path = self._of.folder / BACKUP_FILE
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(self._of.folder / LEDGER_FILE)) as connection:
            connection.execute("VACUUM INTO ?", (str(path),))
        self.has_backup = True

    def restore(self, span_ms: int) -> None:
        """The ledger is lost, and comes back as it was, in a new epoch."""
        self.stop(span_ms)
        self._put_in_place(BACKUP_FILE)
        with self.database.writing() as connection:
            connection.execution_options(spans_events="a restore is about the whole ledger")
            _begin_epoch(connection, self._agenda.now_ms)
        self.database.close()
        self.restores += 1

    def be_busy(self, span_ms: int) -> None:
        """Answers 503 for a while."""
        self._busy += 1
        self._agenda.after(span_ms, self._be_idle)

    def heal(self) -> None:
        """Nothing more is planned against it; whatever is down comes up."""
        self._armed, self._busy = None, 0
        if self._downs:
            self._downs = 1
            self._start()

    @property
    def epoch(self) -> str:
        """The ledger's own, as its manifests name it."""
        return self.office.press.published(self._of.event).manifest.epoch

    def _start(self) -> None:
        if self._downs:
            self._downs -= 1
            if self._downs == 0:
                self._open()

    def _be_idle(self) -> None:
        self._busy = max(0, self._busy - 1)

    def _cut(self, where: str) -> None:
        if self._armed == where:
            self._armed = None
            self.crashes += 1
            raise PowerCut

    # --- what it is asked -----------------------------------------------------------------------------------------

    def redeem(self, caller: Caller, body: bytes) -> Reply | None:
        """One fact; a guest waits."""

        def work(who: Calling) -> bytes:
            fact = read_body(_REDEEM, body).fact
            question = Question(who.event, who.device, fact, who.predecessors)
            result = self.line.redeem_together([question])[0] or self.line.redeem(question)
            self._answered(result)
            if result.reason == Doubt.ID_REUSE:
                raise IdReuse(result.id)
            return _FACT_RESULT.dump_json(result)

        return self._reply(caller, work)

    def upload(self, caller: Caller, body: bytes, signature: str) -> Reply | None:
        """A batch."""

        def work(who: Calling) -> bytes:
            if who.signing_key is not None and not is_signed(who.signing_key, batch_bytes(body), signature):
                raise BatchUnsigned
            batch = read_body(_BATCH, body)
            results = self.line.redeem_batch(
                who.event, who.device, batch.facts, who.predecessors, who.doubt, resent=batch.resent
            )
            for result in results:
                self._answered(result)
            return _BATCH_REPLY.dump_json(BatchReply(results))

        return self._reply(caller, work, salvages=True)

    def tally(self, caller: Caller, body: bytes) -> Reply | None:
        """What both sides hold, compared."""

        def work(who: Calling) -> bytes:
            told, own = read_body(_TALLY, body).tallies, who.predecessors | {who.device}
            return _TALLY_REPLY.dump_json(TallyReply(self.office.tallies.compare(who.event, told, own)))

        return self._reply(caller, work)

    def held(self, caller: Caller) -> Reply | None:
        """What the ledger holds of a kiosk's journals."""

        def work(who: Calling) -> bytes:
            return _TALLY_REPLY.dump_json(
                TallyReply(self.office.tallies.held(who.event, who.predecessors | {who.device}))
            )

        return self._reply(caller, work)

    def manifest(self, caller: Caller, held: int | None) -> Reply | None:
        """The newest manifest, or 304."""
        signature = ""

        def work(who: Calling) -> bytes | int:
            nonlocal signature
            if self.office.press.version(who.event) == held:
                return 304
            published = self.office.press.published(who.event)
            signature = published.signature.hex()
            return published.body

        reply = self._reply(caller, work)
        return reply and Reply(reply.status, reply.body, {**reply.headers, SIGNATURE_HEADER: signature}, 0)

    def file(self, caller: Caller, sha256: str, offset: int) -> Reply | None:
        """The rest of a file of a list."""

        def work(who: Calling) -> bytes:
            stored = self.office.press.find_file(who.event, bytes.fromhex(sha256))
            if stored is None:
                raise AppError("file_unknown")
            return b"".join(self.office.press.file(who.event, stored, offset))

        return self._reply(caller, work)

    def _reply(self, caller: Caller, work: Callable[[Calling], bytes | int], *, salvages: bool = False) -> Reply | None:
        if not self.is_up:
            return None
        if self._busy:
            return self._problem("server_busy")
        try:
            who = self.office.devices.authenticate(
                self._of.event, caller.device, caller.secret, caller.clock, salvages=salvages
            )
            if who.doubt is None:
                self.trusted_ms[caller.device] = self._agenda.now_ms
            done = work(who)
        except AppError as err:
            return self._problem(err.key)
        except PowerCut:
            self.stop(self._down_ms)
            return None
        told = {TIME_HEADER: str(self._agenda.now_ms)}
        return Reply(done, b"", told, 0) if isinstance(done, int) else Reply(200, done, told, 0)

    def _problem(self, code: str) -> Reply:
        row = TABLE[code]
        headers = {} if row.retry_after_s is None else {"Retry-After": str(row.retry_after_s)}
        return Reply(row.status, json.dumps({"code": code}).encode(), headers, 0)

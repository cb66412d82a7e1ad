"""kill -9 at a worker that delivers, again and again: nothing is lost, and nothing comes twice under two ids.

Owns the estate (an event with receivers, on SQLite or PostgreSQL), the kills, and what must hold after them. The
receivers are one real HTTP server on loopback: each endpoint is a path of it, and one of them answers 410 until it is
mended. What a killed worker held is free a minute later; here that minute is skipped, by ending the dead one's leases:
those of workers that live go on.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select, update

from app.ledger.dead_letters import Choice
from app.ledger.outbox import ENDPOINTS, Outbox, endpoints_from
from app.ledger.schema import outbox
from core.delivery.message import Channel, MessageState
from core.delivery.news import News, NewsKind
from tests.contract.ledger_rig import Home, House, open_house
from tests.support import nursery
from tests.support.scripted_server import Question, Reply, ScriptedServer

PATIENCE_S = 120.0
SLOWEST_PER_S = 10
"""Messages that one worker delivers on a machine with far more to do than it can: it did forty on such a one."""
BROKEN = "/broken"


class Receivers:
    """What came, by message, and whether it was taken."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.is_mended = False
        self._changed = threading.Condition()
        self._came = 0

    def answer(self, question: Question) -> Reply:
        """The script of the server."""
        with self._changed:
            self._came += 1
            is_taken = self.is_mended or question.path != BROKEN
            if is_taken:
                self.taken[question.headers["webhook-id"]] += 1
            self._changed.notify_all()
        return Reply(204 if is_taken else 410, b"")

    def wait_for_more(self, count: int) -> bool:
        """Whether so many more came in time."""
        with self._changed:
            until = self._came + count
            return self._changed.wait_for(lambda: self._came >= until, PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the outbox holds at the end, and what the receivers took."""

    messages: dict[str, str]
    """The state of each message, by the id that its receiver sees."""
    taken: Counter[str]

    def wrongs(self) -> list[str]:
        """What must not be, a line each."""
        strange = self.taken.keys() - self.messages.keys()
        lost = self.messages.keys() - self.taken.keys()
        unsent = [id_ for id_, state in self.messages.items() if state != MessageState.SENT]
        found = [f"{len(strange)} came under ids that no message has"] if strange else []
        found += [f"{len(lost)} never came"] if lost else []
        return found + ([f"{len(unsent)} are not sent by the ledger's own word"] if unsent else [])

    @property
    def repeated(self) -> int:
        """How many came more than once, under one id."""
        return sum(times > 1 for times in self.taken.values())


def kill_workers(
    folder: Path, *, news: int, endpoints: int, kills: int, seed: int, url: str | None = None, workers: int = 1
) -> Outcome:
    """Delivers `news` to each of so many endpoints while workers are killed, and replays what died.

    `url` is a database's, SQLite in the folder without one. So many `workers` go on at a time: each kill is of one of
    them, in whose place another starts.
    """
    dice, receivers, home = random.Random(seed), Receivers(), Home(url, folder)
    with ScriptedServer(receivers.answer) as server, open_house(home) as house, ExitStack() as crew:
        paths = [BROKEN, *(f"/{number}" for number in range(endpoints - 1))]
        ids = [_endpoint(house, server.url + path) for path in paths]
        _put(house, news)
        alive = [crew.enter_context(_worker(home)) for _ in range(workers)]
        for number in range(kills):
            receivers.wait_for_more(dice.randint(1, max(1, news * endpoints // (kills + 1))))
            killed = alive.pop(dice.randrange(workers))
            killed.kill()
            killed.wait()
            _skip_a_minute(house, killed)
            if number < kills - 1:
                alive.append(crew.enter_context(_worker(home)))
        for worker in alive:
            worker.terminate()
            worker.wait(PATIENCE_S)
        _deliver(house, home)
        receivers.is_mended = True
        house.office.endpoints.change(house.event, ids[0], is_active=True)
        house.office.letters.replay(house.event, Choice(channel=Channel.WEBHOOK))
        _deliver(house, home)
        return Outcome(_messages(house), receivers.taken)


def _endpoint(house: House, target: str) -> UUID:
    return house.office.endpoints.add(house.event, Channel.WEBHOOK, target, frozenset()).endpoint


def _put(house: House, count: int) -> None:
    news = [News(NewsKind.EXIT, str(number), '{"type":"ticket.exit"}', None, None) for number in range(count)]
    database, event = house.office._database, house.event

    def work(connection: Connection) -> None:
        ends = endpoints_from(connection.execute(select(ENDPOINTS), {"e": event}).scalar_one())
        Outbox(connection, database.profile, event, ends, house.office.now_ms()).add(news)

    database.transact(work)


@contextmanager
def _worker(home: Home, *more: str) -> Iterator[nursery.Child]:
    database = ["--database", home.url] if home.url else []
    words = ["worker", "--data", home.folder, *database, "--webhooks-to-loopback", *more]
    with (
        (home.folder / "worker-log").open("ab") as log,
        nursery.start(words, stdout=log.fileno(), stderr=log.fileno()) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _deliver(house: House, home: Home) -> None:
    """One worker that does all that is due, and ends."""
    _skip_a_minute(house)
    with _worker(home, "--once") as worker:
        if worker.wait(PATIENCE_S + len(_messages(house)) / SLOWEST_PER_S) != 0:
            raise AssertionError((home.folder / "worker-log").read_text("utf-8")[-2_000:])


def _skip_a_minute(house: House, killed: nursery.Child | None = None) -> None:
    """Ends the leases of the worker that is gone (None: of every one), and the rests that came of nothing but kills."""
    leased = (outbox.c.event_id == house.event) & (outbox.c.state == MessageState.LEASED.value)
    if killed is not None:
        leased &= outbox.c.owner.like(f"%:{killed.pid}:%")
    ended = update(outbox).where(leased).values(lease_until=0)
    waits = (outbox.c.event_id == house.event) & (outbox.c.state == MessageState.READY.value)

    def work(connection: Connection) -> None:
        connection.execute(ended)
        connection.execute(update(outbox).where(waits).values(run_at=0))

    house.office._database.transact(work)


def _messages(house: House) -> dict[str, str]:
    wanted = select(outbox.c.id, outbox.c.state).where(outbox.c.event_id == house.event)
    with house.office._database.reading() as connection:
        return {f"msg_{row.id.hex}": row.state for row in connection.execute(wanted)}

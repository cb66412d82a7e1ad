"""How long the page of deliveries waits for its answers at a hundred thousand dead messages and as many that wait.

In this process, without HTTP, on SQLite and PostgreSQL. The best of several answers counts, because whatever else the
machine does only adds. Then a third of the dead is sent again and the rest given up, as by one press of a person.

    python packaging/bench/letters.py [--messages N] [--database sqlite|postgresql] [--json]
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402
from sqlalchemy import Connection, insert  # noqa: E402

from app.ledger.dead_letters import Choice, DeadLetters, Order, Place  # noqa: E402
from app.ledger.schema import outbox  # noqa: E402
from core.delivery.message import Channel, MessageState, message_id  # noqa: E402
from tests.contract.ledger_rig import Home, House, open_house  # noqa: E402
from tests.support.postgres import fresh_database, own_server, system_programs, wheel_programs  # noqa: E402

MANY, AT_ONCE, ASKED = 100_000, 10_000, 7
MOST_MS = 100.0
RECEIVERS, ON_A_PAGE = 8, 50
NOW = 1_795_000_000_000
REASONS = ("attempts_spent", "endpoint_gone", "refused")


@dataclass(frozen=True, slots=True)
class Figure:
    """One question, or one deed: milliseconds, the least and the middle."""

    database: str
    what: str
    least_ms: float
    p50_ms: float
    is_deed: bool = False


def rows(house: House, ends: Sequence[Any], state: MessageState, first: int, count: int) -> list[dict[str, Any]]:
    """Messages of a state, over all receivers; one in a thousand is a mail."""
    chance, is_dead = random.Random(first), state is MessageState.DEAD  # noqa: S311 — which receiver is no secret
    return [
        {
            "event_id": house.event,
            "id": message_id(house.event, f"{state.value}{number}"),
            "channel": Channel.EMAIL.value if number % 1_000 == 0 else Channel.WEBHOOK.value,
            "kind": "ticket.redeemed",
            "endpoint": chance.choice(ends),
            "dedupe_key": f"{state.value}{number}",
            "body": "x" * 400,
            "state": state.value,
            "reason": chance.choice(REASONS) if is_dead else None,
            "run_at": NOW + number,
            "attempts": 3,
            "max_attempts": 10,
            "made_at": NOW + number * 7 % MANY,
            "closed_at": NOW + number if is_dead else None,
        }
        for number in range(first, first + count)
    ]


def put(some: Sequence[dict[str, Any]], connection: Connection) -> None:
    """Puts messages in."""
    connection.execute(insert(outbox), some)


@contextmanager
def filled(url: str | None, messages: int) -> Iterator[House]:
    """A ledger with so many dead messages, and as many that wait."""
    with tempfile.TemporaryDirectory() as folder, open_house(Home(url, Path(folder))) as house:
        office, event = house.office, house.event
        ends = [
            office.endpoints.add(event, Channel.WEBHOOK, f"https://shop{number}.example/", frozenset()).endpoint
            for number in range(RECEIVERS)
        ]
        database = office.endpoints._database  # noqa: SLF001 — the ledger's own, which has no way to put in so many
        for state in (MessageState.DEAD, MessageState.READY):
            for first in range(0, messages, AT_ONCE):
                some = rows(house, ends, state, first, min(AT_ONCE, messages - first))
                database.transact(partial(put, some))
        if url is not None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE outbox")
        yield house


def questions(house: House) -> dict[str, Callable[[], object]]:
    """What the page asks."""
    office, event = house.office, house.event
    letters: DeadLetters = office.letters
    end = office.endpoints.list(event)[0].id
    (middle,) = letters.list(event, Choice(), most=1, order=Order.DIED, after=Place(NOW + MANY // 2, end))
    place, by_made = Place(middle.closed_at or 0, middle.id), Place(middle.made_at, middle.id)

    def page(choice: Choice = Choice(), **more: Any) -> Callable[[], object]:  # noqa: B008 — a frozen value
        return lambda: letters.list(event, choice, most=ON_A_PAGE, **more)

    return {
        "summary": lambda: letters.summary(event),
        "dead, by reason and receiver": lambda: letters.heaps(event, (MessageState.DEAD,)),
        "receivers": lambda: office.endpoints.list(event),
        "first page": page(order=Order.DIED),
        "a page in the middle": page(order=Order.DIED, after=place),
        "mails alone": page(Choice(channel=Channel.EMAIL), order=Order.DIED),
        "a channel without any": page(Choice(channel=Channel.PUSH), order=Order.DIED),
        "a reason at a receiver": page(Choice(reason=REASONS[0], endpoint=end), order=Order.DIED),
        "first page, the oldest first": page(order=Order.MADE),
        "a page in the middle, the oldest first": page(order=Order.MADE, after=by_made),
        "mails alone, the oldest first": page(Choice(channel=Channel.EMAIL), order=Order.MADE),
        "a reason at a receiver, the oldest first": page(Choice(reason=REASONS[0], endpoint=end), order=Order.MADE),
        "a reason, the oldest first": page(Choice(reason=REASONS[0]), order=Order.MADE),
        "what waits, the next first": page(state=MessageState.READY, order=Order.DUE),
        "how many would be sent again": lambda: letters.count(event, Choice(before_ms=2 * NOW), is_replay=True),
        "one message": lambda: letters.show(event, middle.id),
    }


def measure(database: str, url: str | None, messages: int) -> Iterator[Figure]:
    """All of it on one database."""
    with filled(url, messages) as house:
        for what, ask in questions(house).items():
            took = sorted(_ms(ask) for _ in range(ASKED))
            yield Figure(database, what, round(took[0], 1), round(took[ASKED // 2], 1))
        letters, event = house.office.letters, house.event
        again = _ms(lambda: letters.replay(event, Choice(reason=REASONS[0])))
        given_up = _ms(lambda: letters.discard(event, Choice(before_ms=2 * NOW), "measured"))
        yield Figure(database, "a third is sent again", round(again), round(again), is_deed=True)
        yield Figure(database, "the rest is given up", round(given_up), round(given_up), is_deed=True)


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1_000


def measured(chosen: str | None, messages: int) -> Iterator[Figure]:
    """On each database that was chosen."""
    if chosen in {None, "sqlite"}:
        yield from measure("sqlite", None, messages)
    programs = system_programs() + wheel_programs()
    if chosen in {None, "postgresql"} and programs:
        with own_server(programs[0]) as server, fresh_database(server) as url:
            yield from measure("postgresql", url, messages)


def main() -> int:
    """Says the figures; status 1 where an answer takes more than 100 ms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MANY)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    is_slow = False
    for each in measured(args.database, args.messages):
        is_slow |= not each.is_deed and each.least_ms > MOST_MS
        line = f"{each.database:11} {each.what:32} least {each.least_ms:9,.1f} ms   p50 {each.p50_ms:9,.1f} ms"
        sys.stdout.write((json.dumps(asdict(each)) if args.json else line) + "\n")
        sys.stdout.flush()
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())

"""A message is in one worker's hands at a time, ends once, and never vanishes, whoever dies."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from app.ledger.deliveries import LEASE_MS, SPENT, Claimed, Deliveries
from app.ledger.outbox import ENDPOINTS, Outbox, add_endpoint, endpoints_from
from app.ledger.schema import delivery_attempts, outbox
from core.delivery.message import Channel, MessageState, most_attempts
from core.delivery.news import News, NewsKind
from tests.contract.ledger_rig import NOW, House


class Desk:
    """An event's outbox with messages that wait, under a clock of the test's own."""

    def __init__(self, house: House) -> None:
        self.event, self._database = house.event, house.office._database
        self.now = NOW
        self.deliveries = Deliveries(self._database, lambda: self.now)
        self.endpoints = [self._endpoint(f"https://{name}.example") for name in ("a", "b")]

    def _endpoint(self, target: str) -> UUID:
        return self._database.transact(
            lambda connection: add_endpoint(connection, self.event, Channel.WEBHOOK, target, frozenset(), NOW)
        )

    def put(self, *keys: str) -> None:
        """One message to each endpoint."""
        news = [News(NewsKind.EXIT, key, "{}", None, None) for key in keys]

        def work(connection: Connection) -> None:
            ends = connection.execute(select(ENDPOINTS), {"e": self.event}).scalar_one()
            Outbox(connection, self._database.profile, self.event, endpoints_from(ends), self.now).add(news)

        self._database.transact(work)

    def claim(self, owner: str = "a", most: int = 10) -> list[Claimed]:
        """Of one endpoint after the other, at most so many of each."""
        taken = (self.deliveries.claim(self.event, endpoint, owner, most) for endpoint in self.endpoints)
        return [each for hand in taken for each in hand]

    def states(self) -> dict[UUID, tuple[str, int, str | None]]:
        with self._database.reading() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.event_id == self.event))
            return {row.id: (row.state, row.attempts, row.reason) for row in rows}

    def attempts(self) -> list[tuple[int, str, str | None]]:
        with self._database.reading() as connection:
            mine = select(delivery_attempts).where(delivery_attempts.c.event_id == self.event)
            rows = connection.execute(mine.order_by(delivery_attempts.c.attempt))
            return [(row.attempt, row.owner, row.status) for row in rows]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_of_many_workers_each_message_goes_to_one(desk: Desk) -> None:
    desk.put(*map(str, range(20)))
    with ThreadPoolExecutor(4) as pool:
        hands = list(pool.map(lambda number: desk.claim(f"worker {number % 4}", 5), range(16)))
    taken = [each.id for hand in hands for each in hand]
    assert len(taken) == len(set(taken)) == 40
    assert desk.claim() == []


def test_no_more_is_claimed_than_asked_for_and_the_oldest_comes_first(desk: Desk) -> None:
    desk.put("old")
    desk.now += 1_000
    desk.put("new")
    first = desk.claim(most=1)
    assert len(first) == 2
    assert {each.id for each in first} == {id_ for id_, (state, *_) in desk.states().items() if state == "leased"}
    assert len(desk.claim()) == 2


def test_what_is_claimed_is_one_endpoints(desk: Desk) -> None:
    desk.put("one")
    (claimed,) = desk.deliveries.claim(desk.event, desk.endpoints[1], "a", 10)
    assert claimed.endpoint == desk.endpoints[1]


def test_what_was_sent_stays_sent_with_its_attempt(desk: Desk) -> None:
    desk.put("one")
    first, second = desk.claim("a")
    assert desk.deliveries.sent(first, "200")
    assert desk.deliveries.dead(second, "410", "gone for good", "endpoint_gone")
    assert sorted(desk.states().values()) == [("dead", 1, "endpoint_gone"), ("sent", 1, None)]
    assert sorted(desk.attempts(), key=str) == [(1, "a", "200"), (1, "a", "410")]
    assert not desk.deliveries.sent(first, "200"), "nothing is finished twice"


def test_later_is_at_its_time_and_dead_after_the_last_attempt(desk: Desk) -> None:
    desk.put("one")
    for number in range(most_attempts(Channel.WEBHOOK)):
        for claimed in desk.claim(f"worker {number}"):
            assert desk.deliveries.later(claimed, "503", "busy", desk.now + 60_000)
        assert desk.claim() == []
        desk.now += 60_000
    assert set(desk.states().values()) == {("dead", most_attempts(Channel.WEBHOOK), SPENT)}
    assert desk.claim() == []


def test_a_worker_that_slept_through_its_lease_changes_nothing(desk: Desk) -> None:
    desk.put("one")
    sleeper = desk.claim("sleeper")[0]
    desk.now += LEASE_MS + 1
    assert desk.deliveries.sweep(desk.event, 10) == 2
    other = next(each for each in desk.claim("other") if each.id == sleeper.id)
    assert not desk.deliveries.sent(sleeper, "200")
    assert not desk.deliveries.extend(sleeper)
    assert desk.states()[sleeper.id] == (MessageState.LEASED.value, 2, None)
    assert desk.deliveries.sent(other, "200")


def test_even_the_same_worker_can_not_finish_an_attempt_that_was_taken_from_it(desk: Desk) -> None:
    """The owner alone would not do: a worker that comes back has the same name."""
    desk.put("one")
    before = desk.claim("a")[0]
    desk.now += LEASE_MS + 1
    desk.deliveries.sweep(desk.event, 10)
    desk.claim("a")
    assert not desk.deliveries.sent(before, "200")


def test_a_beat_keeps_a_message(desk: Desk) -> None:
    desk.put("one")
    claimed = desk.claim()[0]
    desk.now += LEASE_MS - 1
    assert desk.deliveries.extend(claimed)
    desk.now += LEASE_MS - 1
    assert desk.deliveries.sweep(desk.event, 10) == 1, "the other one's lease is over"
    assert desk.deliveries.sent(claimed, "200")


def test_a_message_that_brings_down_every_worker_ends_among_the_dead(desk: Desk) -> None:
    desk.put("one")
    for _ in range(most_attempts(Channel.WEBHOOK) + 2):
        desk.claim()
        desk.now += LEASE_MS + 1
        desk.deliveries.sweep(desk.event, 10)
    assert set(desk.states().values()) == {("dead", most_attempts(Channel.WEBHOOK), SPENT)}


def test_a_dead_message_is_replayed_once_by_a_person(desk: Desk) -> None:
    desk.put("one")
    for each in desk.claim():
        desk.deliveries.dead(each, "400", "no", "refused")
    first = next(iter(desk.states()))
    assert desk.deliveries.replay(desk.event, [first]) == 1
    assert desk.deliveries.replay(desk.event, [first]) == 0
    (claimed,) = desk.claim()
    assert (claimed.id, claimed.attempt) == (first, 2)
    desk.deliveries.later(claimed, "503", "busy", desk.now)
    assert desk.states()[first] == ("dead", 2, SPENT)

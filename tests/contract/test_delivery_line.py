"""Each message arrives, under one id, whatever receivers and workers do; nobody waits for the slow."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as events
from sqlalchemy import select

from app.ledger.deliveries import ENDPOINT_DISABLED, LEASE_MS, SPENT
from app.ledger.endpoint_book import Circuit
from app.ledger.outbox import Outbox
from app.ledger.schema import delivery_attempts, outbox
from app.net import webhook_sender
from app.net.webhook_sender import WebhookSender
from app.net.webhook_target import TargetRules
from app.runtime import delivery_line
from app.runtime.delivery_line import UNUSED_REST_S, DeliveryLine
from app.runtime.pace import Rate
from app.runtime.rounds import Rounds
from core.delivery.circuit import OPENS_AFTER, EndpointState
from core.delivery.meaning import Fate, Heard, Meaning
from core.delivery.message import WAITS_S, Channel, most_attempts
from core.delivery.news import NewsKind
from core.delivery.parcel import Handed, Parcel
from tests.contract.ledger_rig import NOW, Home, House, open_house
from tests.contract.test_endpoints import Hooks
from tests.support.planted import without_fence
from tests.support.scripted_server import Reply, ScriptedServer

PATIENCE_S = 20.0


class Shops:
    """Receivers that need no network: each target answers as it was told to, and remembers what came."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[Parcel], Heard]] = {}
        self.came: list[tuple[str, UUID]] = []
        self.changed = threading.Condition()

    def send(self, parcel: Parcel) -> Handed:
        with self.changed:
            self.came.append((parcel.target, parcel.id))
            self.changed.notify_all()
        answer = self.answers.get(parcel.target)
        return Handed(answer(parcel) if answer else Heard(200), '{"url":"x"}')

    def wait_for(self, target: str, count: int, patience_s: float = PATIENCE_S) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.count(target) >= count, patience_s)

    def count(self, target: str) -> int:
        return sum(where == target for where, _ in self.came)


class Works(Hooks):
    """An event's endpoints, with lines that send what waits for them, under a clock of the test's own."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.house = house
        self.office = house.office
        self.office.deliveries = self.deliveries
        self.office.endpoints = self.book
        self.office.now_ms = lambda: self.now
        self.shops = Shops()

    def line(self, owner: str = "a", **more: Any) -> DeliveryLine:
        settings = {"chance": lambda: 0.5, "pace": Rate(10**6), "drain_s": 0.2, "watch_s": 0.05, **more}
        sender = settings.pop("sender", self.shops)
        return DeliveryLine(self.office, Channel.WEBHOOK, lambda: sender, owner=owner, **settings)

    def work(self, line: DeliveryLine | None = None) -> None:
        """All that is due now."""
        line = line or self.line()
        while line.turn():
            pass

    def all_states(self) -> Counter[str]:
        return Counter(state for endpoint in self.endpoints() for state, _ in self.states(endpoint))

    def endpoints(self) -> list[UUID]:
        return [each.id for each in self.book.list(self.event)]

    def attempts(self) -> list[tuple[int, str | None, str | None]]:
        wanted = select(delivery_attempts).where(delivery_attempts.c.event_id == self.event)
        with self._database.reading() as connection:
            return [(row.attempt, row.owner, row.status) for row in connection.execute(wanted)]


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    """On SQLite: what a line does with its threads is the same on each database."""
    with open_house(Home(None, tmp_path)) as house:
        yield Works(house)


@pytest.fixture
def anywhere(own_house: House) -> Works:
    """On each database: what locks, fences and statements decide."""
    return Works(own_house)


@contextmanager
def counted(works: Works) -> Iterator[list[str]]:
    """The statements that are run meanwhile, without those that begin and end transactions."""
    found: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
            found.append(statement)

    engine = works._database._engine
    events.listen(engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        events.remove(engine, "before_cursor_execute", hear)


def test_a_redemption_reaches_the_shop_signed_and_once(works: Works) -> None:
    """From a guest at a door to a real receiver on this computer."""
    house = works.house
    with ScriptedServer(lambda _: Reply(204, b"")) as shop:
        works.add(f"{shop.url}/hook", NewsKind.REDEEMED)
        (tid,) = house.tickets()
        scan = house.scan(tid)
        house.ask(scan)
        house.ask(scan)
        line = DeliveryLine(works.office, Channel.WEBHOOK, lambda: WebhookSender(TargetRules(is_loopback_allowed=True)))
        works.work(line)
        works.work(line)
        (question,) = shop.asked
    assert b'"ticket.redeemed"' in question.body
    assert works.all_states() == {"sent": 1}
    assert works.show(works.endpoints()[0]).health.last_sent_at == NOW


def test_what_is_due_is_sent_once_whichever_worker_comes(anywhere: Works) -> None:
    endpoints = [anywhere.add(f"https://{name}") for name in "abc"]
    anywhere.put(*map(str, range(20)))
    lines = [anywhere.line(f"worker {number}") for number in range(3)]
    threads = [threading.Thread(target=anywhere.work, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = Counter(id_ for _, id_ in anywhere.shops.came)
    assert (len(ids), set(ids.values())) == (60, {1})
    assert anywhere.all_states() == {"sent": 60}
    assert {anywhere.show(each).circuit for each in endpoints} == {Circuit.CLOSED}


@contextmanager
def slow_shop(works: Works, target: str) -> Iterator[threading.Event]:
    """A receiver that answers when it is let go."""
    let_go = threading.Event()
    works.shops.answers[target] = lambda _: Heard(200) if let_go.wait(PATIENCE_S) else Heard(None)
    try:
        yield let_go
    finally:
        let_go.set()


def all_but_the_slow_arrive(works: Works, patience_s: float = PATIENCE_S, **more: Any) -> bool:
    slow, quick = "https://slow", "https://quick"
    works.add(slow)
    works.put(*map(str, range(12)))
    line = works.line(at_once=8, **more)
    with slow_shop(works, slow):
        for _ in range(3):
            line.turn()
        works.add(quick)
        works.put("news")
        for _ in range(3):
            line.turn()
        is_there = works.shops.wait_for(quick, 1, patience_s)
    works.work(line)
    return is_there


def test_a_slow_receiver_holds_up_nobody_else(works: Works) -> None:
    assert all_but_the_slow_arrive(works)


def test_without_its_own_few_places_a_slow_receiver_would_hold_up_everybody(works: Works) -> None:
    """The negative control."""
    assert not all_but_the_slow_arrive(works, 0.2, per_endpoint=8)


def test_a_receiver_that_is_down_is_left_alone_and_tried_by_one_message_at_a_time(works: Works) -> None:
    down = "https://down"
    endpoint = works.add(down)
    is_down = True
    works.shops.answers[down] = lambda _: Heard(503 if is_down else 200)
    works.put(*map(str, range(50)))
    line = works.line()
    works.work(line)
    assert OPENS_AFTER <= works.shops.count(down) < OPENS_AFTER + 4, "those that were on their way come to their end"
    assert works.show(endpoint).circuit is Circuit.OPEN
    before = works.shops.count(down)
    works.now = works.show(endpoint).health.open_until or 0
    works.work(line)
    assert works.shops.count(down) == before + 1
    is_down = False
    works.now = works.show(endpoint).health.open_until or 0
    works.work(line)
    assert works.show(endpoint).circuit is Circuit.CLOSED
    works.now += 2_000_000
    works.work(line)
    assert works.all_states() == {"sent": 50}


def test_a_receiver_that_asks_for_patience_is_given_it(works: Works) -> None:
    busy = "https://busy"
    works.add(busy)
    works.shops.answers[busy] = lambda _: Heard(429, asked_s=600.0)
    works.put("one", "two", "three")
    line = works.line(per_endpoint=1)
    works.work(line)
    assert works.shops.count(busy) == 1
    works.now += 599_000
    works.work(line)
    assert works.shops.count(busy) == 1
    works.now += 1_000
    works.work(line)
    assert works.shops.count(busy) == 2


def test_a_receiver_that_is_gone_is_disabled_and_what_waited_is_kept_for_a_person(anywhere: Works) -> None:
    gone = "https://gone"
    endpoint = anywhere.add(gone)
    anywhere.shops.answers[gone] = lambda _: Heard(410)
    anywhere.put(*map(str, range(20)))
    anywhere.work(anywhere.line(per_endpoint=1))
    assert anywhere.shops.count(gone) == 1
    assert anywhere.show(endpoint).state is EndpointState.GONE
    assert Counter(anywhere.states(endpoint)) == {("dead", "endpoint_gone"): 1, ("dead", ENDPOINT_DISABLED): 19}


def test_a_400_is_about_one_message_and_closes_no_endpoint(works: Works) -> None:
    endpoint = works.add("https://shop")
    works.shops.answers["https://shop"] = lambda _: Heard(400)
    works.put("one")
    works.work()
    assert works.show(endpoint).state is EndpointState.ACTIVE
    assert works.states(endpoint) == [("ready", None)]


def test_planted_an_endpoint_that_a_400_closes_is_seen(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(delivery_line, "meaning_of", lambda *_: Meaning(Fate.CLOSED, "endpoint_gone"))
    with pytest.raises(AssertionError):
        test_a_400_is_about_one_message_and_closes_no_endpoint(works)


def test_an_attempt_that_fails_comes_again_under_its_id_until_the_schedule_ends(works: Works) -> None:
    bad = "https://bad"
    endpoint = works.add(bad)
    works.shops.answers[bad] = lambda _: Heard(500, said="oops")
    works.put("one")
    line = works.line()
    for wait_s in WAITS_S[Channel.WEBHOOK]:
        works.now += int(1_100 * wait_s) + 1_000_000  # the circuit rests for a quarter of an hour at most
        works.work(line)
    assert works.states(endpoint) == [("dead", SPENT)]
    assert len({id_ for _, id_ in works.shops.came}) == 1
    assert len(works.shops.came) == most_attempts(Channel.WEBHOOK)


def test_a_sender_that_breaks_is_a_failed_attempt_and_no_lost_message(works: Works) -> None:
    broken = "https://broken"
    works.add(broken)
    works.add("https://fine")

    def fail(_: Parcel) -> Heard:
        raise ValueError("planted")

    works.shops.answers[broken] = fail
    works.put("one")
    works.work()
    assert works.all_states() == {"ready": 1, "sent": 1}
    assert {status for _, _, status in works.attempts()} == {"200", "sender_broke"}


def ids_of_three_attempts(works: Works) -> set[str]:
    """The ids under which a real receiver, down at first, was told one piece of news."""
    statuses = iter([503, 500, 204])
    with ScriptedServer(lambda _: Reply(next(statuses), b"")) as shop:
        works.add(f"{shop.url}/hook")
        works.put("one")
        line = works.line(sender=WebhookSender(TargetRules(is_loopback_allowed=True)))
        for _ in range(3):
            works.work(line)
            works.now += 400_000
        assert len(shop.asked) == 3
        return {question.headers["webhook-id"] for question in shop.asked}


def test_a_repeated_attempt_has_the_id_of_the_first(works: Works) -> None:
    assert len(ids_of_three_attempts(works)) == 1


def test_a_new_id_for_each_attempt_would_be_seen(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(webhook_sender, "webhook_id", lambda _: f"msg_{uuid4().hex}")
    assert len(ids_of_three_attempts(works)) == 3


def test_a_message_lost_when_it_is_put_in_apart_from_its_redemption_would_be_seen(works: Works) -> None:
    """Planted: the message comes in a transaction of its own, and the program ends before it. Then nobody hears."""
    house = works.house
    works.add("https://shop")
    (tid, other) = house.tickets(2)
    house.ask(house.scan(tid))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Outbox, "add", lambda *_, **__: None)
        house.ask(house.scan(other))
    works.work()
    assert (len(house.entries()), works.shops.count("https://shop")) == (2, 1)


def test_a_zombie_that_finishes_late_changes_nothing(anywhere: Works) -> None:
    target = "https://shop"
    endpoint = anywhere.add(target)
    anywhere.put("one")
    sleeper, other = anywhere.line("sleeper"), anywhere.line("other")
    with slow_shop(anywhere, target) as let_go:
        assert sleeper.turn()
        assert anywhere.shops.wait_for(target, 1)
        anywhere.now += LEASE_MS + 1
        anywhere.shops.answers[target] = lambda _: Heard(503)
        anywhere.work(other)  # sweeps, and fails
        assert anywhere.shops.count(target) == 2
        let_go.set()
        anywhere.work(sleeper)
    (state,) = anywhere.states(endpoint)
    assert state == ("ready", None), "what the sleeper heard came to nothing, and the message is tried again"
    assert anywhere.show(endpoint).health.failures == 1


def test_without_the_fence_a_zombie_would_finish_anothers_attempt(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    without_fence(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_zombie_that_finishes_late_changes_nothing(works)


def test_a_long_attempt_keeps_its_message(works: Works) -> None:
    target = "https://slow"
    works.add(target)
    works.put("one")
    at_s = 0.0
    line = works.line(monotonic=lambda: at_s)
    with slow_shop(works, target):
        assert line.turn()
        for _ in range(5):
            at_s += LEASE_MS / 2_000 + 1
            works.now += LEASE_MS // 2 + 1_000
            line.turn()
            assert works.deliveries.sweep_all(10) == 0
    works.work(line)
    assert works.all_states() == {"sent": 1}


def test_what_no_thread_is_to_be_had_for_is_sent_later_and_has_lost_no_attempt(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.add("https://shop")
    for each in ("one", "two", "three"):
        works.put(each)
    line, started = works.line(), threading.Thread.start
    left = [1]

    def start(thread: threading.Thread) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        started(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            line.turn()
    assert works.shops.wait_for("https://shop", 1)
    works.work(line)
    assert (works.all_states(), works.shops.count("https://shop")) == ({"sent": 3}, 3)
    with works._database.reading() as connection:
        left = select(outbox.c.max_attempts - outbox.c.attempts)
        assert set(connection.execute(left).scalars()) == {most_attempts(Channel.WEBHOOK) - 1}


def test_at_the_end_what_has_begun_is_finished(works: Works) -> None:
    target = "https://slow"
    works.add(target)
    works.put("one")
    line = works.line(drain_s=PATIENCE_S)
    rounds = Rounds([line.duty])
    with slow_shop(works, target) as let_go:
        rounds.start()
        assert works.shops.wait_for(target, 1)
        rounds.end()
        let_go.set()
    assert rounds.stop(PATIENCE_S)
    assert works.all_states() == {"sent": 1}


def test_at_the_end_what_does_not_finish_is_given_back_at_once(works: Works) -> None:
    target = "https://hangs"
    works.add(target)
    works.put("one")
    line = works.line(drain_s=0.05)
    rounds = Rounds([line.duty])
    with slow_shop(works, target):
        rounds.start()
        assert works.shops.wait_for(target, 1)
        assert rounds.stop(PATIENCE_S)
        assert works.all_states() == {"ready": 1}
    works.shops.answers.clear()
    works.work(works.line("next"))
    assert works.all_states() == {"sent": 1}
    for thread in threading.enumerate():
        if thread.name.startswith("delivery by"):
            thread.join()


def minute_of(works: Works) -> int:
    """Statements of a minute in which nothing is due, turn by turn as the rounds make them."""
    at_s = 0.0
    line = works.line(monotonic=lambda: at_s)
    for _ in range(20):
        line.turn()
        at_s += line.rest_s()
    began_s = at_s
    with counted(works) as statements:
        while at_s < began_s + 60:
            line.turn()
            at_s += line.rest_s()
    return len(statements)


def test_a_channel_that_nobody_uses_costs_six_small_reads_a_minute(works: Works) -> None:
    assert minute_of(works) <= 6
    assert UNUSED_REST_S >= 10


def test_an_idle_channel_costs_a_read_every_two_seconds(works: Works) -> None:
    works.add()
    assert 20 <= minute_of(works) <= 36


def test_what_is_due_in_many_places_is_found_by_one_statement(works: Works) -> None:
    for number in range(10):
        works.add(f"https://{number}")
    works.put("one")
    with counted(works) as statements:
        assert len(works.deliveries.waiting(Channel.WEBHOOK)) == 10
    assert len(statements) == 1


def test_after_something_was_due_the_line_looks_again_soon(works: Works) -> None:
    works.add()
    line = works.line()
    works.put("one")
    works.work(line)
    soon = line.rest_s()
    for _ in range(10):
        line.turn()
    assert (soon, line.rest_s()) == (0.5, 2.0)


def test_workers_on_a_database_server_keep_one_pace_together(anywhere: Works) -> None:
    anywhere.add("https://a")
    anywhere.put(*map(str, range(20)))
    for _ in range(3):
        anywhere.work(anywhere.line(pace=Rate(4, 3_600)))
    assert anywhere.shops.count("https://a") == (12 if anywhere.office.is_embedded else 4)


def test_nobody_is_sent_more_than_the_pace_allows(works: Works) -> None:
    works.add("https://a")
    works.add("https://b")
    works.put(*map(str, range(10)))
    works.work(works.line(pace=Rate(4, 3_600)))
    assert (works.shops.count("https://a"), works.shops.count("https://b")) == (4, 4)

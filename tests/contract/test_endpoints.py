"""Endpoints come, change and go under a person's hand; a secret is told once; their health decides who is sent to."""

import json
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select
from sqlalchemy import event as events

from app.ledger.deliveries import ENDPOINT_DISABLED, ENDPOINT_REMOVED, LEASE_MS, Claimed, Course, Deliveries, storable
from app.ledger.endpoint_book import (
    MOST_ENDPOINTS,
    OVERLAP_MS,
    TEST_KIND,
    Circuit,
    EndpointBook,
    EndpointSummary,
    EndpointUnknown,
    EndpointWrong,
)
from app.ledger.outbox import ENDPOINTS, Outbox, endpoints_from
from app.ledger.schema import endpoints, outbox
from core.delivery.circuit import (
    GIVEN_UP_AFTER_MS,
    LEAST_FAILURES,
    OPENS_AFTER,
    EndpointState,
    Health,
    after_failure,
    after_success,
)
from core.delivery.message import Channel
from core.delivery.news import News, NewsKind
from tests.contract.ledger_rig import NOW, House

HOOK = "https://shop.example/hook?token=t0p"


class Hooks:
    """An event's endpoints and what waits for them, under a clock of the test's own."""

    def __init__(self, house: House) -> None:
        self.event, self._database = house.event, house.office._database
        self.audit = house.office.audit
        self.now = NOW
        self.book = EndpointBook(self._database, b"m" * 32, house.office.events, lambda: self.now)
        self.deliveries = Deliveries(self._database, lambda: self.now)

    def add(self, target: str = HOOK, *kinds: NewsKind) -> UUID:
        return self.book.add(self.event, Channel.WEBHOOK, target, frozenset(kinds)).endpoint

    def put(self, *keys: str, kind: NewsKind = NewsKind.EXIT) -> None:
        news = [News(kind, key, "{}", None, None) for key in keys]

        def work(connection: Connection) -> None:
            ends = connection.execute(select(ENDPOINTS), {"e": self.event}).scalar_one()
            if ends:
                Outbox(connection, self._database.profile, self.event, endpoints_from(ends), self.now).add(news)

        self._database.transact(work)

    def waiting(self) -> list[UUID]:
        return [each.endpoint for each in self.deliveries.waiting(Channel.WEBHOOK) if each.event == self.event]

    def claim(self, endpoint: UUID, owner: str = "a", probing: Health | None = None) -> list[Claimed]:
        return self.deliveries.claim(self.event, endpoint, owner, 10, probing)

    def show(self, endpoint: UUID) -> EndpointSummary:
        return self.book.show(self.event, endpoint)

    def fail(self, endpoint: UUID, times: int) -> None:
        course = Course(fares=partial(after_failure, now_ms=self.now, asked_s=None, chance=0.0))
        for number in range(times):
            self.put(f"failing {self.now} {number}")
            for claimed in self.claim(endpoint):
                self.deliveries.later(claimed, "503", "", self.now, course)

    def states(self, endpoint: UUID) -> list[tuple[str, str | None]]:
        wanted = select(outbox.c.state, outbox.c.reason).where(outbox.c.event_id == self.event)
        with self._database.reading() as connection:
            return sorted(tuple(row) for row in connection.execute(wanted.where(outbox.c.endpoint == endpoint)))

    def deeds(self) -> list[tuple[str, dict[str, object]]]:
        records = [json.loads(row.text) for row in self.audit.page(self.event).records]
        return [(each["deed"], each["details"]) for each in reversed(records) if each["deed"].startswith("endpoint.")]


@pytest.fixture
def hooks(house: House) -> Hooks:
    return Hooks(house)


def test_an_endpoint_is_told_its_secret_once_and_the_database_holds_it_sealed(hooks: Hooks) -> None:
    made = hooks.book.add(hooks.event, Channel.WEBHOOK, HOOK, frozenset())
    secret = b64decode(made.text.removeprefix("whsec_"), validate=True)
    assert len(secret) == 32
    address = hooks.book.address_of(hooks.event, made.endpoint)
    assert address is not None
    assert (address.target, address.secrets) == (HOOK, (secret,))
    with hooks._database.reading() as connection:
        row = connection.execute(
            select(endpoints).where(endpoints.c.event_id == hooks.event, endpoints.c.id == made.endpoint)
        ).one()
    assert secret not in row.secret
    assert made.text not in repr(made)
    ((deed, details),) = hooks.deeds()
    assert (deed, details["target"]) == ("endpoint.added", "https://shop.example/hook"), "a query may hold a token"


def test_a_new_secret_counts_beside_the_old_one_for_a_day(hooks: Hooks) -> None:
    endpoint = hooks.add()
    before = hooks.book.address_of(hooks.event, endpoint)
    fresh = hooks.book.rotate(hooks.event, endpoint)
    both = hooks.book.address_of(hooks.event, endpoint)
    assert before is not None
    assert both is not None
    assert both.secrets == (b64decode(fresh.text.removeprefix("whsec_")), *before.secrets)
    assert fresh.old_until == hooks.show(endpoint).old_secret_until == NOW + OVERLAP_MS
    hooks.now += OVERLAP_MS
    after = hooks.book.address_of(hooks.event, endpoint)
    assert after is not None
    assert after.secrets == both.secrets[:1]
    assert hooks.show(endpoint).old_secret_until is None


def test_another_target_other_kinds_and_an_end_are_each_audited(hooks: Hooks) -> None:
    endpoint = hooks.add()
    changed = hooks.book.change(hooks.event, endpoint, target="https://b.example/", kinds=frozenset({NewsKind.EXIT}))
    assert (changed.target, changed.kinds) == ("https://b.example/", frozenset({NewsKind.EXIT}))
    assert hooks.book.change(hooks.event, endpoint, is_active=False).state is EndpointState.DISABLED
    assert hooks.book.change(hooks.event, endpoint, is_active=True).state is EndpointState.ACTIVE
    hooks.book.test(hooks.event, endpoint)
    hooks.book.rotate(hooks.event, endpoint)
    hooks.book.remove(hooks.event, endpoint)
    assert hooks.book.list(hooks.event) == []
    assert hooks.book.address_of(hooks.event, endpoint) is None
    assert [deed for deed, _ in hooks.deeds()] == [
        "endpoint.added",
        *["endpoint.changed"] * 3,
        "endpoint.tested",
        "endpoint.secret-rotated",
        "endpoint.removed",
    ]


@pytest.mark.parametrize("deed", ["change", "rotate", "remove", "test"])
def test_what_is_not_there_can_not_be_changed(hooks: Hooks, deed: str) -> None:
    gone = hooks.add()
    hooks.book.remove(hooks.event, gone)
    for unknown in (gone, uuid4()):
        with pytest.raises(EndpointUnknown):
            getattr(hooks.book, deed)(hooks.event, unknown)


def test_an_event_has_so_many_endpoints_and_no_more_whoever_adds_them_at_once(hooks: Hooks) -> None:
    def add(number: int) -> bool:
        try:
            hooks.add(f"https://{number}.example")
        except EndpointWrong:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(add, range(MOST_ENDPOINTS + 4)))
    assert sum(added) == MOST_ENDPOINTS


@pytest.mark.parametrize("target", ["", "https://x.example/" + "x" * 2_048])
def test_a_target_without_end_is_refused(hooks: Hooks, target: str) -> None:
    with pytest.raises(EndpointWrong):
        hooks.add(target)


def test_only_endpoints_with_something_due_are_looked_at(hooks: Hooks) -> None:
    first, second = hooks.add(), hooks.add("https://b.example", NewsKind.REDEEMED)
    assert hooks.waiting() == []
    hooks.put("one")
    assert hooks.waiting() == [first]
    hooks.claim(first)
    assert hooks.waiting() == []
    hooks.put("two", kind=NewsKind.REDEEMED)
    assert sorted(hooks.waiting()) == sorted([first, second])


def test_failures_open_the_circuit_and_of_many_workers_one_tries_it(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.fail(endpoint, OPENS_AFTER)
    resting = hooks.show(endpoint)
    assert (resting.circuit, resting.health.failing_since) == (Circuit.OPEN, NOW)
    assert resting.health.open_until is not None
    hooks.now = resting.health.open_until
    assert hooks.show(endpoint).circuit is Circuit.HALF_OPEN
    with ThreadPoolExecutor(4) as pool:
        hands = list(pool.map(lambda who: hooks.claim(endpoint, f"worker {who}", resting.health), range(4)))
    (probe,) = [each for hand in hands for each in hand]
    assert hooks.show(endpoint).circuit is Circuit.OPEN
    hooks.deliveries.sent(probe, "200", Course(fares=partial(after_success, now_ms=hooks.now)))
    assert (hooks.show(endpoint).circuit, hooks.show(endpoint).health.last_sent_at) == (Circuit.CLOSED, hooks.now)


def test_after_five_days_of_failure_an_endpoint_is_given_up_and_what_waits_is_dead_not_lost(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.fail(endpoint, LEAST_FAILURES)
    hooks.now += GIVEN_UP_AFTER_MS
    hooks.fail(endpoint, 1)
    assert hooks.show(endpoint).state is EndpointState.FAILING
    assert hooks.deeds()[-1] == ("endpoint.changed", {"state": "failing"})
    hooks.put("nobody hears this")
    assert hooks.deliveries.bury(hooks.event, endpoint, 3) == 3
    while hooks.deliveries.bury(hooks.event, endpoint, 100):
        pass
    assert {state for state, _ in hooks.states(endpoint)} == {"dead"}
    assert ("dead", ENDPOINT_DISABLED) in hooks.states(endpoint)
    assert hooks.waiting() == []


def test_an_endpoint_that_says_it_is_gone_is_gone(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.put("one")
    course = Course(fares=partial(after_failure, now_ms=NOW, asked_s=None, chance=0.0), becomes=EndpointState.GONE)
    hooks.deliveries.dead(hooks.claim(endpoint)[0], "410", "", "endpoint_gone", course)
    assert (hooks.show(endpoint).state, hooks.show(endpoint).dead) == (EndpointState.GONE, 1)
    assert hooks.book.change(hooks.event, endpoint, is_active=True).health == Health()


def test_a_zombie_says_nothing_about_its_endpoint(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.put("one")
    (sleeper,) = hooks.claim(endpoint)
    hooks.now += LEASE_MS + 1
    hooks.deliveries.sweep_all(10)
    course = Course(fares=partial(after_failure, now_ms=hooks.now, asked_s=60.0, chance=0.0))
    assert not hooks.deliveries.later(sleeper, "503", "", hooks.now, course)
    assert hooks.show(endpoint).health == Health()


def test_what_waits_for_a_removed_endpoint_is_canceled(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.put("one", "two")
    hooks.book.remove(hooks.event, endpoint)
    assert hooks.waiting() == [endpoint]
    assert hooks.deliveries.bury(hooks.event, endpoint, 10) == 2
    assert hooks.states(endpoint) == [("canceled", ENDPOINT_REMOVED)] * 2


def test_nothing_of_an_active_endpoint_is_buried(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.put("one")
    assert hooks.deliveries.bury(hooks.event, endpoint, 10) == 0


def test_a_test_message_goes_first_once_and_even_where_the_endpoint_rests(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.fail(endpoint, OPENS_AFTER)
    message = hooks.book.test(hooks.event, endpoint)
    assert hooks.show(endpoint).circuit is Circuit.HALF_OPEN
    (claimed,) = hooks.claim(endpoint, probing=hooks.show(endpoint).health)
    assert (claimed.id, claimed.kind, claimed.max_attempts) == (message, TEST_KIND, 1)
    assert json.loads(claimed.body)["data"]["endpoint"] == endpoint.hex
    hooks.book.change(hooks.event, endpoint, is_active=False)
    with pytest.raises(EndpointWrong):
        hooks.book.test(hooks.event, endpoint)


def test_given_back_is_ready_at_once_and_the_one_who_gave_it_can_not_finish_it(hooks: Hooks) -> None:
    endpoint = hooks.add()
    hooks.put("one")
    (claimed,) = hooks.claim(endpoint)
    assert hooks.deliveries.give_back(claimed)
    assert not hooks.deliveries.sent(claimed, "200")
    assert [each.attempt for each in hooks.claim(endpoint)] == [2]


def test_another_ones_text_is_kept_as_every_database_can(hooks: Hooks) -> None:
    """A NUL ends a transaction of PostgreSQL's; an escape sequence would paint on a terminal."""
    endpoint = hooks.add()
    hooks.put("one")
    (claimed,) = hooks.claim(endpoint)
    assert hooks.deliveries.later(claimed, "5\x0003", "a\x00b\x1b[2J\ud800\n" + "x" * 5_000, NOW)
    assert storable("a\x00b\x1b[2J\n") == "a\ufffdb\ufffd[2J\n"
    assert len(storable("x" * 5_000)) == 1_024


def plan(hooks: Hooks, run: Callable[[], object]) -> str:
    """How the database looks up what `run` asks."""
    asked: list[tuple[str, Any]] = []

    def hear(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    engine = hooks._database._engine
    events.listen(engine, "before_cursor_execute", hear)
    try:
        run()
    finally:
        events.remove(engine, "before_cursor_execute", hear)
    statement, parameters = next(each for each in asked if "SELECT" in each[0])
    word = "EXPLAIN" if hooks._database.profile.is_postgresql else "EXPLAIN QUERY PLAN"
    with hooks._database.reading() as connection:
        if hooks._database.profile.is_postgresql:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"{word} {statement}", parameters)
        return "\n".join(str(row) for row in rows)


def test_what_is_due_and_what_was_left_is_found_by_indexes(hooks: Hooks) -> None:
    endpoint = hooks.add()
    assert "outbox_due" in plan(hooks, lambda: hooks.deliveries.waiting(Channel.WEBHOOK))
    assert "outbox_leased" in plan(hooks, lambda: hooks.deliveries.sweep_all(10))
    assert "outbox_due" in plan(hooks, lambda: hooks.claim(endpoint))

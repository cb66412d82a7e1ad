"""A person sees what is dead and why, sends it again or gives it up, and every such deed says how many it touched."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listen

from app.ledger.dead_letters import AT_ONCE, Choice, DeadLetters, MessageUnknown, NothingChosen, Order, Place, Summary
from app.ledger.deliveries import Course
from app.ledger.marks import Marks, marks_of
from core.delivery.message import Channel, MessageState
from core.model.ids import EventId
from tests.contract.ledger_rig import NOW, House, policy
from tests.contract.test_endpoints import Hooks


class Pile(Hooks):
    """Dead messages of two endpoints."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.letters = DeadLetters(self._database, house.office.events, lambda: self.now)
        self.first, self.second = self.add(), self.add("https://b.example")

    def kill(self, *keys: str, reason: str = "refused") -> None:
        """Each to both endpoints."""
        self.put(*keys)
        for endpoint in (self.first, self.second):
            for claimed in self.claim(endpoint):
                self.deliveries.dead(claimed, "400", "no such order", reason, Course('{"url":"https://shop.example"}'))

    def dead(self, choice: Choice = Choice()) -> list[UUID]:  # noqa: B008 — a frozen value
        return [each.id for each in self.letters.list(self.event, choice)]

    def marks(self) -> Marks:
        with self._database.reading() as connection:
            found = marks_of(connection, self.event)
        assert found is not None
        return found

    def told(self) -> list[tuple[str, dict[str, object]]]:
        records = [json.loads(row.text) for row in self.audit.page(self.event).records]
        return [(each["deed"], each["details"]) for each in reversed(records) if each["deed"].startswith("deliveries.")]


@pytest.fixture
def pile(house: House) -> Pile:
    return Pile(house)


def test_what_is_dead_and_what_waits_is_counted_by_endpoint_and_reason_with_its_age(pile: Pile) -> None:
    pile.kill("a", "b")
    pile.now += 1_000
    pile.kill("c", reason="endpoint_gone")
    pile.put("d")
    told = {
        (each.endpoint, each.state, each.reason): (each.count, each.oldest_at)
        for each in pile.letters.heaps(pile.event)
    }
    for endpoint in (pile.first, pile.second):
        assert told[endpoint, MessageState.DEAD, "refused"] == (2, NOW)
        assert told[endpoint, MessageState.DEAD, "endpoint_gone"] == (1, NOW + 1_000)
        assert told[endpoint, MessageState.READY, None] == (1, NOW + 1_000)
    assert len(told) == 6


def test_one_glance_says_which_channels_are_used_how_much_waits_and_what_died_last(pile: Pile, house: House) -> None:
    nothing = EventId(UUID(house.office.create_event(policy("Winter Night")).event))
    assert pile.letters.summary(nothing) == Summary(frozenset(), 0, 0, None)
    pile.kill("a", "b")
    pile.now += 1_000
    pile.kill("c", reason="endpoint_gone")
    pile.put("d")
    webhook = frozenset({Channel.WEBHOOK})
    assert pile.letters.summary(pile.event) == Summary(webhook, 2, 6, NOW + 1_000)
    for endpoint in (pile.first, pile.second):
        pile.book.remove(pile.event, endpoint)
    assert pile.letters.summary(pile.event).channels == webhook, "nobody hears of it, but something is dead"
    pile.letters.discard(pile.event, Choice(channel=Channel.WEBHOOK), "the shop is closed")
    assert pile.letters.summary(pile.event).channels == frozenset()


def test_the_stream_of_an_event_tells_of_what_died_and_of_nothing_that_was_delivered(pile: Pile) -> None:
    before = pile.marks()
    pile.put("a")
    assert pile.marks() == before
    pile.kill("b")
    assert pile.marks() == replace(before, died_at=NOW)
    pile.now += 1_000
    pile.kill("c")
    assert pile.marks().died_at == NOW + 1_000


def test_a_long_list_is_turned_over_page_by_page_without_one_twice_or_left_out(pile: Pile) -> None:
    for key in "abcde":
        pile.kill(key)
        pile.now += 1_000 if key in "bd" else 0  # some died in the same millisecond
    everything = pile.letters.list(pile.event, Choice(), order=Order.DIED)
    assert [each.closed_at for each in everything] == sorted((each.closed_at for each in everything), reverse=True)
    turned, after = [], None
    while page := pile.letters.list(pile.event, Choice(), most=3, order=Order.DIED, after=after):
        turned += page
        assert page[-1].closed_at is not None
        after = Place(page[-1].closed_at, page[-1].id)
    assert turned == everything
    assert len({each.id for each in turned}) == 10


def test_what_waits_is_listed_by_when_it_is_sent_whatever_its_endpoint(pile: Pile) -> None:
    for key in "abc":
        pile.put(key)
        pile.now += 1_000
    waiting = pile.letters.list(pile.event, Choice(), MessageState.READY, order=Order.DUE)
    assert [each.run_at - NOW for each in waiting] == [0, 0, 1_000, 1_000, 2_000, 2_000]
    third = Place(waiting[2].run_at, waiting[2].id)
    rest = pile.letters.list(pile.event, Choice(), MessageState.READY, 2, order=Order.DUE, after=third)
    assert rest == waiting[3:5]
    of_one = pile.letters.list(pile.event, Choice(endpoint=pile.first), MessageState.READY, order=Order.DUE)
    assert {each.endpoint for each in of_one} == {pile.first}
    assert pile.letters.list(pile.event, Choice(channel=Channel.EMAIL), MessageState.READY, order=Order.DUE) == []


def test_messages_are_chosen_by_what_they_have_in_common(pile: Pile) -> None:
    pile.kill("a")
    pile.now += 1_000
    pile.kill("b", reason="endpoint_gone")
    everything = pile.dead()
    assert len(everything) == 4
    assert len(pile.dead(Choice(endpoint=pile.first))) == 2
    assert len(pile.dead(Choice(endpoint=pile.first, reason="refused"))) == 1
    assert len(pile.dead(Choice(channel=Channel.EMAIL))) == 0
    assert pile.dead(Choice(before_ms=NOW + 1)) == pile.dead(Choice(reason="refused"))
    assert pile.dead(Choice(messages=(everything[0],))) == everything[:1]


def test_one_message_is_shown_with_what_was_asked_and_what_came_back(pile: Pile) -> None:
    pile.kill("a")
    shown = pile.letters.show(pile.event, pile.dead()[0])
    (attempt,) = shown.attempts
    assert (attempt.status, attempt.error, attempt.request) == (
        "400",
        "no such order",
        '{"url":"https://shop.example"}',
    )
    assert (shown.letter.state, shown.letter.reason, shown.body) == (MessageState.DEAD, "refused", "{}")
    with pytest.raises(MessageUnknown):
        pile.letters.show(pile.event, uuid4())


def test_all_of_an_endpoint_are_sent_again_and_the_log_says_how_many(pile: Pile) -> None:
    pile.kill("a", "b", "c")
    choice = Choice(endpoint=pile.first)
    assert pile.letters.count(pile.event, choice, is_replay=True) == 3
    assert pile.letters.replay(pile.event, choice) == 3
    assert pile.letters.replay(pile.event, choice) == 0
    assert len(pile.claim(pile.first)) == 3
    assert pile.told() == [("deliveries.replayed", {"endpoint": pile.first.hex, "touched": 3})]


def test_what_would_only_die_again_stays_where_it_is(pile: Pile) -> None:
    pile.kill("a")
    pile.book.change(pile.event, pile.first, is_active=False)
    choice = Choice(reason="refused")
    assert pile.letters.count(pile.event, choice, is_replay=True) == 1
    assert pile.letters.replay(pile.event, choice) == 1
    assert len(pile.dead()) == 1
    pile.book.change(pile.event, pile.first, is_active=True)
    assert pile.letters.replay(pile.event, choice) == 1


def test_what_is_given_up_is_kept_with_the_reason_and_never_comes_back(pile: Pile) -> None:
    pile.kill("a")
    (given_up, _) = pile.dead()
    assert pile.letters.discard(pile.event, Choice(messages=(given_up,)), "the shop\n was rebuilt") == 1
    letter = pile.letters.show(pile.event, given_up).letter
    assert (letter.state, letter.reason) == (MessageState.CANCELED, "discarded: the shop was rebuilt")
    assert pile.letters.replay(pile.event, Choice(messages=(given_up,))) == 0
    ((deed, details),) = pile.told()
    assert (deed, details["touched"], details["named"]) == ("deliveries.discarded", 1, 1)


def test_more_than_a_transaction_takes_are_taken_in_pieces_that_each_say_how_many(pile: Pile) -> None:
    pile.put(*map(str, range(AT_ONCE + 1)))
    pile.book.change(pile.event, pile.first, is_active=False)
    assert pile.deliveries.bury(pile.event, pile.first, 10_000) == AT_ONCE + 1
    assert pile.letters.discard(pile.event, Choice(endpoint=pile.first), "test") == AT_ONCE + 1
    assert [details["touched"] for _, details in pile.told()] == [AT_ONCE, 1]


def test_a_deed_on_nothing_in_particular_is_refused(pile: Pile) -> None:
    with pytest.raises(NothingChosen):
        pile.letters.replay(pile.event, Choice())
    with pytest.raises(NothingChosen):
        pile.letters.discard(pile.event, Choice(), "no reason")


def test_another_events_messages_are_not_touched(pile: Pile, house: House) -> None:
    pile.kill("a")
    other = EventId(UUID(house.office.create_event(policy("Winter Night")).event))
    assert pile.letters.replay(other, Choice(reason="refused")) == 0
    assert len(pile.dead()) == 2


def test_a_window_asks_indexes_and_never_reads_a_full_outbox(pile: Pile, house: House) -> None:
    """A hundred thousand dead messages: `bench letters` measures, here is why. SQLite says how it looks rows up."""
    if house.office.database_name != "sqlite":
        pytest.skip("PostgreSQL goes by sizes: of ten rows it reads all")
    pile.kill("a")
    (first, *_) = pile.letters.list(pile.event, Choice(), order=Order.DIED)
    asked: list[tuple[str, Any]] = []
    engine = pile._database._engine
    listen(engine, "before_cursor_execute", lambda _c, _k, text, values, *_: asked.append((text, values)))
    place, reason = Place(first.closed_at or 0, first.id), Choice(reason="refused")
    pile.letters.summary(pile.event)
    pile.letters.heaps(pile.event, (MessageState.DEAD,))
    pile.book.list(pile.event)
    pile.letters.list(pile.event, Choice(), order=Order.DIED, after=place)
    pile.letters.list(pile.event, Choice(channel=Channel.EMAIL), order=Order.DIED)
    pile.letters.list(pile.event, Choice(), MessageState.READY, order=Order.DUE)
    for choice in (Choice(), Choice(channel=Channel.EMAIL), reason):
        pile.letters.list(pile.event, choice, after=Place(first.made_at, first.id))
    old = Choice(before_ms=first.made_at)
    pile.letters.list(pile.event, old, order=Order.DIED)
    pile.letters.count(pile.event, reason, is_replay=True)
    pile.marks()
    pile.letters.replay(pile.event, reason)
    pile.kill("b")
    pile.letters.discard(pile.event, Choice(before_ms=2 * first.made_at), "measured")
    plans = {text: plan_of(engine, text, values) for text, values in asked if "FROM outbox" in text}
    assert len(plans) > 8
    of_many = {text: plan for text, plan in plans.items() if "'leased'" not in text}  # few are on their way
    sorted_whole = ("SCAN outbox", "TEMP B-TREE FOR ORDER BY", "TEMP B-TREE FOR GROUP BY")
    assert {text: plan for text, plan in of_many.items() if any(each in plan for each in sorted_whole)} == {}


def plan_of(engine: Engine, text: str, values: Any) -> str:
    """How SQLite looks the rows of a statement up."""
    raw = engine.raw_connection()
    try:
        return str(raw.cursor().execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall())
    finally:
        raw.close()

"""How a queue drains: what fits a batch, and how a poison fact is found without losing another."""

import json
from math import ceil, log2
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.journal.scan import canonical, to_record
from core.model.ids import FactId
from core.sync.messages import MAX_BATCH_BYTES, MAX_BATCH_FACTS
from core.sync.session import ENVELOPE_BYTES, Queued, Window, body
from tests.support import facts


def _queue(sizes: list[int]) -> list[Queued]:
    return [Queued(FactId(UUID(int=place)), b'"' + b"x" * (size - 2) + b'"') for place, size in enumerate(sizes)]


# --- batches ------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(2, 60_000), max_size=30), st.integers(1, MAX_BATCH_FACTS))
def test_a_batch_is_the_longest_head_of_the_queue_that_fits(sizes: list[int], window: int) -> None:
    waiting = _queue(sizes)
    batch = Window(window).batch(waiting)
    assert list(batch) == waiting[: len(batch)]
    assert len(batch) <= window
    if len(batch) > 1:
        assert len(body(batch)) <= MAX_BATCH_BYTES
    if waiting:
        assert batch
    if len(batch) < min(len(waiting), window):
        assert len(body(waiting[: len(batch) + 1])) > MAX_BATCH_BYTES - 64


def test_a_batch_has_two_hundred_facts_at_most() -> None:
    assert len(Window().batch(_queue([10] * 500))) == MAX_BATCH_FACTS == 200


def test_a_fact_that_is_too_big_for_any_batch_goes_alone() -> None:
    waiting = _queue([MAX_BATCH_BYTES + 1, 10, 10])
    assert list(Window().batch(waiting)) == waiting[:1]
    assert list(Window().batch(waiting[1:] + waiting[:1])) == waiting[1:]


@pytest.mark.parametrize(("more", "fitting"), [(0, 2), (1, 1)])
def test_a_batch_is_full_at_its_last_byte(more: int, fitting: int) -> None:
    room = MAX_BATCH_BYTES - ENVELOPE_BYTES - 1000 - 2  # a comma is counted for each
    waiting = _queue([1000, room + more])
    assert len(Window().batch(waiting)) == fitting
    assert len(body([])) <= ENVELOPE_BYTES


def test_real_facts_make_a_json_body() -> None:
    records = [to_record(facts.scan(n)) for n in range(1, 4)]
    sent = body([Queued(FactId(UUID(record["id"])), canonical(record)) for record in records])
    assert json.loads(sent) == {"facts": records}
    assert json.loads(body([])) == {"facts": []}


# --- isolation ----------------------------------------------------------------------------------------------------


def _halvings(window: Window) -> int:
    return 0 if window.facts == 1 else 1 + _halvings(window.after_refusal(window.facts))


def test_halving_reaches_a_single_fact_within_the_logarithm() -> None:
    for start in range(1, MAX_BATCH_FACTS + 1):
        assert _halvings(Window(start)) <= ceil(log2(start))
    assert Window(1).after_refusal(1) == Window(1)


def test_a_window_grows_back_to_the_limit() -> None:
    window = Window(1)
    for _ in range(10):
        window = window.after_answer()
    assert window == Window(MAX_BATCH_FACTS)


def _drain(count: int, poison: set[int]) -> tuple[list[int], list[int], int]:
    """Delivered places, places set aside and whole refusals, against a server that refuses what holds a poison."""
    waiting = _queue([10] * count)
    window = Window()
    delivered: list[int] = []
    aside: list[int] = []
    refusals = 0
    while waiting:
        batch = window.batch(waiting)
        places = [item.id.int for item in batch]
        if poison.isdisjoint(places):
            delivered += places
            waiting = waiting[len(batch) :]
            window = window.after_answer()
        elif len(batch) == 1:
            aside += places
            waiting = waiting[1:]
        else:
            refusals += 1
            window = window.after_refusal(len(batch))
    return delivered, aside, refusals


@pytest.mark.parametrize("place", [0, 1, 2, 99, 100, 101, 127, 128, 198, 199])
def test_one_poison_fact_anywhere_is_found_in_logarithmic_time(place: int) -> None:  # G12
    """A window that has been answered doubles, so that each halving may be needed once more: 2 · log2 + 1 in all."""
    delivered, aside, refusals = _drain(MAX_BATCH_FACTS, {place})
    assert aside == [place]
    assert delivered == [other for other in range(MAX_BATCH_FACTS) if other != place]
    assert refusals <= 2 * ceil(log2(MAX_BATCH_FACTS)) + 1


@settings(max_examples=60)
@given(st.integers(1, 450).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), max_size=6))))
def test_poison_is_set_aside_and_everything_else_is_delivered_in_order(case: tuple[int, set[int]]) -> None:  # G12, I2
    count, poison = case
    delivered, aside, _ = _drain(count, poison)
    assert aside == sorted(poison)
    assert delivered == sorted(set(range(count)) - poison)


def test_the_search_stays_logarithmic_at_every_place() -> None:
    assert max(_drain(MAX_BATCH_FACTS, {place})[2] for place in range(MAX_BATCH_FACTS)) <= 17

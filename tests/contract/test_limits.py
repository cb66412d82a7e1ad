"""The limits library's storages, its own in memory and ours on both databases: one suite, its own strategies on top."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from app.ledger.engine import open_database
from app.ledger.rate_counts import SWEEP_EVERY_S, RateCounts
from app.ledger.upgrade import upgrade
from app.runtime.pace import Pace, Rate
from app.runtime.shared_counts import SharedCounts

START_S = 1_795_003_621.0  # the second second of a minute


class Hands:
    """A clock that the test moves; the library reads `time.time`, ours is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = START_S
        monkeypatch.setattr("limits.storage.memory.time.time", self.read)

    def read(self) -> float:
        """The time."""
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock of a test."""
    return Hands(monkeypatch)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("sqlite", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow]),
    ]
)
def storage(request: pytest.FixtureRequest, tmp_path: Path, clock: Hands) -> Iterator[Storage]:
    """A storage of one kind, empty."""
    if request.param == "memory":
        yield MemoryStorage()
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/db"
    database = open_database(url)
    try:
        upgrade(database)
        yield SharedCounts(RateCounts(database, clock.read))
    finally:
        database.close()


@pytest.fixture(params=[FixedWindowRateLimiter, SlidingWindowCounterRateLimiter])
def limiter(request: pytest.FixtureRequest, storage: Storage) -> Any:
    """Each strategy on each storage."""
    return request.param(storage)


FIVE_A_MINUTE = RateLimitItemPerSecond(5, 60)


def test_five_pass_and_the_sixth_waits(limiter: Any, clock: Hands) -> None:
    assert [limiter.hit(FIVE_A_MINUTE, "door", "1") for _ in range(7)] == [True] * 5 + [False] * 2
    assert not limiter.test(FIVE_A_MINUTE, "door", "1")
    told = limiter.get_window_stats(FIVE_A_MINUTE, "door", "1")
    assert told.remaining == 0
    assert clock.now_s < told.reset_time <= clock.now_s + 120


def test_who_else_calls_is_counted_apart(limiter: Any) -> None:
    for _ in range(6):
        limiter.hit(FIVE_A_MINUTE, "door", "1")
    assert limiter.hit(FIVE_A_MINUTE, "door", "2")
    assert limiter.hit(FIVE_A_MINUTE, "batch", "1")


def test_a_look_counts_nothing(limiter: Any) -> None:
    assert all(limiter.test(FIVE_A_MINUTE, "x") for _ in range(9))
    assert limiter.get_window_stats(FIVE_A_MINUTE, "x").remaining == 5


def test_time_gives_all_of_it_back(limiter: Any, clock: Hands) -> None:
    for _ in range(6):
        limiter.hit(FIVE_A_MINUTE, "x")
    clock.now_s += 121
    assert [limiter.hit(FIVE_A_MINUTE, "x") for _ in range(6)] == [True] * 5 + [False]


def test_a_sliding_window_gives_a_part_of_it_back(storage: Storage, clock: Hands) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    for _ in range(5):
        limiter.hit(FIVE_A_MINUTE, "x")
    clock.now_s += 60 + 29  # half of the window before still counts: two and a half of five
    assert [limiter.hit(FIVE_A_MINUTE, "x") for _ in range(4)] == [True] * 3 + [False]


def test_what_is_cleared_is_forgotten(limiter: Any) -> None:
    for _ in range(6):
        limiter.hit(FIVE_A_MINUTE, "x")
    limiter.clear(FIVE_A_MINUTE, "x")
    assert limiter.hit(FIVE_A_MINUTE, "x")


def test_storages_count_alike(storage: Storage, clock: Hands) -> None:
    assert [storage.incr("k", 10), storage.incr("k", 10, amount=3), storage.get("k")] == [1, 4, 4]
    assert storage.get_expiry("k") == pytest.approx(START_S + 10, abs=0.01)
    clock.now_s += 11
    assert storage.get("k") == 0
    assert storage.incr("k", 10) == 1
    assert storage.check()
    storage.reset()
    assert storage.get("k") == 0
    assert storage.get_expiry("none") == pytest.approx(clock.now_s, abs=0.01)


def test_of_many_at_once_exactly_as_many_pass_as_may(storage: Storage) -> None:
    if isinstance(storage, MemoryStorage):
        pytest.skip("the library adds under a lock and reads without one")
    limiter = SlidingWindowCounterRateLimiter(storage)
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: limiter.hit(FIVE_A_MINUTE, "race"), range(24)))
    assert passed.count(True) == 5


def test_counts_that_are_over_are_swept(storage: Storage, clock: Hands) -> None:
    if isinstance(storage, MemoryStorage):
        pytest.skip("the library sweeps by a timer")
    assert isinstance(storage, SharedCounts)
    for number in range(20):
        storage.incr(f"k{number}", 10)
    clock.now_s += SWEEP_EVERY_S + 1
    storage.incr("fresh", 10)
    assert storage.reset() == 1


def test_workers_that_share_a_pace_do_no_more_together_than_it_allows(storage: Storage) -> None:
    paces = [Pace(Rate(100), storage, share=10) for _ in range(3)]
    done = [sum(pace.take("shop", 4) for pace in paces) for _ in range(20)]
    assert sum(done) <= 100
    assert sum(done) >= 80, "what each took in advance and did not use is all that is lost"
    assert [pace.take("another shop", 4) for pace in paces] == [4, 4, 4]


def test_of_a_slow_pace_nobody_takes_more_in_advance_than_a_tenth(storage: Storage) -> None:
    paces = [Pace(Rate(30), storage) for _ in range(3)]
    assert [pace.take("mail", 1) for pace in paces] == [1, 1, 1]
    assert 21 <= sum(Pace(Rate(30), storage).take("mail", 30) for _ in range(2)) < 27


@pytest.mark.usefixtures("clock")
def test_without_sharing_each_worker_would_have_the_whole_pace() -> None:
    """The negative control."""
    paces = [Pace(Rate(100)) for _ in range(3)]
    assert sum(pace.take("shop", 4) for _ in range(40) for pace in paces) == 300


def test_places_that_were_taken_in_advance_cost_nothing_more_and_end_with_their_window(storage: Storage) -> None:
    now_s = 1_000.0
    pace = Pace(Rate(100), storage, share=10, monotonic=lambda: now_s)
    assert pace.take("shop", 4) == 4
    asked = sum(Pace(Rate(100), storage, share=10).take("shop", 100) for _ in range(3))
    assert asked == 90, "the first has ten of the hundred"
    assert [pace.take("shop", 4) for _ in range(3)] == [4, 2, 0]
    other = Pace(Rate(100), storage, share=10, monotonic=lambda: now_s)
    assert other.take("third shop", 1) == 1
    now_s += 61
    assert other._in_advance("third shop") == 0

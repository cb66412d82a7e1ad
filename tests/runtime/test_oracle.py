"""Asking while a guest waits: the budget holds whatever the server does."""

import threading
from contextlib import closing

import pytest

from app.runtime.link import LinkMonitor
from app.runtime.oracle import QUESTIONS_AT_ONCE, ServerOracle
from core.journal.scan import Record, Scan, Stamp
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Link, Trouble
from core.sync.messages import FactResult
from tests.support.door import DAY, DEVICE, EVENT, NORTH, HandClock, new_id, tid

ADMIT = Answer(Outcome.ADMITTED, 1, 1, 1)
BUDGET_MS = 50
AMPLE_MS = 20_000
"""No answer that comes at once takes so long on any machine."""
PATIENCE_S = 20.0


def scan() -> Scan:
    moment = HandClock().now()
    stamp = Stamp(new_id(moment.at_ms), EVENT, DEVICE, 1, 1, moment, tid(1), bytes(32))
    return Scan(stamp, Direction.ENTRY, NORTH, 1, gen=0, cls=DAY)


class Redeemer:
    """Answers as told; can be held until it is let go."""

    def __init__(self, answer: Done[FactResult] | Later | Rejected) -> None:
        self.answer = answer
        self.asked = 0
        self.let_go = threading.Event()
        self.let_go.set()
        self._changed = threading.Condition()

    def redeem(self, record: Record, timeout_s: float) -> Done[FactResult] | Later | Rejected:
        with self._changed:
            self.asked += 1
            self._changed.notify_all()
        self.let_go.wait(PATIENCE_S)
        return self.answer

    def wait_until_asked(self, count: int) -> bool:
        """Whether it is asked so often before long: a question begins in a thread of its own."""
        with self._changed:
            return self._changed.wait_for(lambda: self.asked >= count, PATIENCE_S)


def online() -> LinkMonitor:
    link = LinkMonitor(lambda: Millis(0))
    link.note(Done(None, 1), slow_from_ms=100)
    return link


def applied(arrival: Arrival = Arrival.APPLIED, took_ms: int = 5) -> Done[FactResult]:
    return Done(FactResult("00", arrival, ADMIT), took_ms)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (applied(), ADMIT),
        (applied(Arrival.REPLAYED), ADMIT),
        (applied(Arrival.QUARANTINED), None),
        (Later(Trouble.BUSY), None),
        (Rejected(422, "id_reuse"), None),
    ],
)
def test_only_an_applied_fact_has_an_answer_for_the_door(
    answer: Done[FactResult] | Later | Rejected, told: Answer | None
) -> None:
    with closing(ServerOracle(Redeemer(answer), online(), lambda: AMPLE_MS)) as oracle:
        assert oracle.ask(scan()) == told


def test_a_question_over_budget_is_given_up_and_degrades_the_link() -> None:
    link, redeemer = online(), Redeemer(applied())
    redeemer.let_go.clear()
    with closing(ServerOracle(redeemer, link, lambda: BUDGET_MS)) as oracle:
        assert oracle.ask(scan()) is None
        assert (link.health.link, link.health.trouble) == (Link.DEGRADED, Trouble.SLOW)
        redeemer.let_go.set()


def test_hanging_questions_never_hold_up_the_lane() -> None:
    redeemer = Redeemer(applied())
    redeemer.let_go.clear()
    with closing(ServerOracle(redeemer, online(), lambda: BUDGET_MS)) as oracle:
        assert [oracle.ask(scan()) for _ in range(10)] == [None] * 10
        assert redeemer.wait_until_asked(QUESTIONS_AT_ONCE)
        assert redeemer.asked == QUESTIONS_AT_ONCE
        redeemer.let_go.set()


def test_an_offline_link_is_not_asked() -> None:
    redeemer = Redeemer(applied())
    with closing(ServerOracle(redeemer, LinkMonitor(lambda: Millis(0)), lambda: BUDGET_MS)) as oracle:
        assert oracle.ask(scan()) is None
    assert redeemer.asked == 0


def test_a_server_that_asks_for_patience_is_not_asked_before() -> None:  # G11
    now, told = [Millis(0)], Later(Trouble.BUSY, retry_after_s=30)
    link, redeemer = LinkMonitor(lambda: now[0]), Redeemer(told)
    link.note(Done(None, 1), slow_from_ms=100)
    with closing(ServerOracle(redeemer, link, lambda: AMPLE_MS)) as oracle:
        for at_ms, asked in [(0, 1), (1, 1), (29_999, 1), (30_000, 2)]:
            now[0] = Millis(at_ms)
            assert oracle.ask(scan()) is None
            assert redeemer.asked == asked


def test_a_clock_that_was_set_back_ends_the_patience() -> None:
    now = [Millis(10_000_000)]
    link = LinkMonitor(lambda: now[0])
    link.note(Later(Trouble.BUSY, retry_after_s=30), slow_from_ms=100)
    assert not link.is_welcome
    now[0] = Millis(0)
    assert link.is_welcome


def test_the_health_is_what_the_last_answers_say_together() -> None:
    link = LinkMonitor(lambda: Millis(0))
    answers: list[tuple[Done[None] | Later | Rejected, tuple[Link, Trouble | None]]] = [
        (Done(None, 1), (Link.ONLINE, None)),
        (Later(Trouble.UNREACHABLE), (Link.DEGRADED, Trouble.UNREACHABLE)),
        (Later(Trouble.UNREACHABLE), (Link.OFFLINE, Trouble.UNREACHABLE)),
        (Rejected(401, "device_revoked"), (Link.OFFLINE, Trouble.DEVICE_REVOKED)),
        (Done(None, 1), (Link.OFFLINE, Trouble.DEVICE_REVOKED)),
        (Done(None, 1), (Link.ONLINE, None)),
    ]
    for answer, stands in answers:
        link.note(answer, slow_from_ms=100)
        assert (link.health.link, link.health.trouble) == stands

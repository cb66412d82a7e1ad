"""One question that the organizer's window watches: what is known of it, who hears it, and when it is asked again.

Owns the pace of one question; the line that asks (`app.runtime.watch_line`) owns the threads and the lock under which
all of this is used.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.faults import log_fault
from app.net.patience import BackOff
from app.store.panel_cache import PanelCache, Shelf
from core.insight.known import Known
from core.insight.question import EVENT_PLACE, Question, Told, Topic
from core.insight.reading import Reading
from core.insight.standing import Now
from core.sync.answers import Later, Rejected

GATHER_MS = 1_000
"""Between the beginnings of two questions that changes alone call for: a busy door changes something each second."""
POLL_MS = 10_000
"""Without a stream, what changes with the night is asked for as often as this."""
LONGEST_RETRY_S = 30.0
"""Of one question that fails while the server is there."""
REFUSED_AGAIN_MS = 60_000
"""A right may be given back, a thing be made."""
KEEP_EVERY_MS = 15_000
"""How often an answer that says the same is written down again."""
Take: TypeAlias = Callable[[Any], None]


class Watcher:
    """One who watches a question. Its methods are for the window's thread."""

    def __init__(self, question: Question[Any], take: Take, again: Take, leave: Callable[["Watcher"], None]) -> None:
        self.question = question
        self._take = take
        self._again = again
        self._leave = leave
        self._is_over = False

    def hear(self, reading: Reading[Any]) -> None:
        """Passes a reading on, unless it was stopped meanwhile."""
        if not self._is_over:
            self._take(reading)

    def ask_again(self) -> None:
        """Asks now: somebody pressed `Retry`."""
        if not self._is_over:
            self._again(self.question)

    def stop(self) -> None:
        """Hears no more."""
        if not self._is_over:
            self._is_over = True
            self._leave(self)


@dataclass(slots=True)
class Panel:
    """One question at one event, for one account. Times end in `_ms` and are ticks of `core.insight.standing.Now`."""

    question: Question[Any]
    shelf: Shelf
    known: Known[Any]
    due_ms: float = 0.0
    takes: list[Watcher] = field(default_factory=list)
    told: Reading[Any] | None = None
    """What those who watch were told last."""
    is_asked: bool = False
    answered_ms: int = -1
    _began_ms: float = float("-inf")
    _took_ms: int = 0
    _is_dirty: bool = False
    """Whether something has changed since it was asked last."""
    _has_looked: bool = False
    """Whether the cache was looked into."""
    _kept_ms: float = float("-inf")
    _kept: object = None
    _back_off: BackOff = field(default_factory=lambda: BackOff(LONGEST_RETRY_S))

    @property
    def name(self) -> str:
        """The question's."""
        return self.question.name

    @property
    def needs_event(self) -> bool:
        """Whether it can be asked about an event alone."""
        return EVENT_PLACE in self.question.path

    @property
    def every_ms(self) -> int:
        """How long an answer is new."""
        return int(self.question.every_s * 1000)

    def round_ms(self, *, has_stream: bool) -> int:
        """How long until it is asked again: sooner where nobody tells of changes."""
        is_blind = bool(self.question.topics) and not has_stream
        return min(self.every_ms, POLL_MS) if is_blind else self.every_ms

    def is_about(self, other: Question[Any]) -> bool:
        """Whether another question is the same one."""
        mine = self.question
        return (mine.path, mine.params, mine.body) == (other.path, other.params, other.body)

    def look_up(self, cache: PanelCache) -> None:
        """Takes what the cache has, once; what does not fit this program any more is nothing."""
        if self._has_looked:
            return
        self._has_looked = True
        if self.known.as_of_ms is not None or not self.is_kept:
            return
        kept = cache.get(self.shelf, self.name)
        if kept is None:
            return
        try:
            self.known = self.known.cached(self.question.read(kept.told), kept.as_of_ms)
        except ValueError:
            return  # an older program's answer
        except Exception as err:  # noqa: BLE001 — a reader's own bug is that panel's affair (G22)
            log_fault(f"question {self.name}", err)

    @property
    def is_kept(self) -> bool:
        """Whether the cache may have it: not what names guests, nor what nobody in particular was told."""
        return self.question.is_kept and bool(self.shelf.account)

    def begin(self, now: Now) -> None:
        """It is being asked."""
        self.is_asked, self._is_dirty, self._began_ms = True, False, now.tick_ms

    def take(self, told: Told[Any], took_ms: int, now: Now, *, every_ms: float) -> bool:
        """A good answer; it is asked again after `every_ms`, or sooner for a change. Says whether to keep it."""
        self.known = self.known.answered(told.value, now.at_ms if told.at_ms is None else told.at_ms)
        self.answered_ms, self._took_ms = now.tick_ms, took_ms
        self._back_off.reset()
        self.due_ms = now.tick_ms + every_ms
        if self._is_dirty:
            self.due_ms = min(self.due_ms, self._soonest_ms)
        is_same = self._kept == told.json and now.tick_ms - self._kept_ms < KEEP_EVERY_MS
        if is_same or not self.is_kept:
            return False
        self._kept, self._kept_ms = told.json, now.tick_ms
        return True

    def refuse(self, refusal: Rejected, now: Now) -> None:
        """The server said no."""
        self.known, self.answered_ms = self.known.failed(refusal, now.at_ms), now.tick_ms
        self.due_ms = now.tick_ms + REFUSED_AGAIN_MS

    def fail(self, later: Later, now: Now) -> None:
        """There was no answer: it is asked again with growing patience."""
        self.known = self.known.failed(later, now.at_ms)
        self.due_ms = now.tick_ms + self._back_off.next_wait_s(later.retry_after_s) * 1000

    def hurry(self, topics: frozenset[Topic]) -> None:
        """Something has changed: it is asked again soon, if it depends on that. What fails keeps its patience."""
        if not topics & self.question.topics:
            return
        self._is_dirty = True
        if self.known.failures == 0:
            self.due_ms = min(self.due_ms, self._soonest_ms)

    def want(self, now: Now) -> None:
        """Somebody wants it now."""
        self.known, self.due_ms = self.known.wanted(now.at_ms), 0.0

    def come_back(self, due_ms: float) -> None:
        """The server was away: nothing is new before it was asked again."""
        self._back_off.reset()
        self.known, self.due_ms = self.known.doubted(), due_ms

    @property
    def _soonest_ms(self) -> float:
        """When it may be asked again for a change alone: a slow server has time for others in between."""
        return self._began_ms + max(GATHER_MS, 4 * self._took_ms)

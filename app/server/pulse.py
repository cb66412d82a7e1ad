"""Who watches an event, and what they are told: one look a second for all of them, whatever process wrote.

Owns the looking: one task per watched event, for as long as somebody watches. There is no word from the database itself
(no LISTEN): a look costs three small reads.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.errors import AppError
from app.ledger.marks import Marks
from app.log import logger
from core.model.ids import EventId

LOOK_EVERY_S = 1.0
MOST_WATCHERS = 128
"""Streams of windows and programs, in one process."""
MOST_DOORS = 384
"""Streams of kiosks: a kiosk that finds no room asks every few seconds, as it did before there were streams. Both
together leave the process half of its lines for questions."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The ledger does not answer: what was told last may be old."""

    code: str


News = Marks | Silence


class Full(AppError):
    """Too many streams are open."""

    def __init__(self) -> None:
        super().__init__("server_busy", cause="streams")


class Watcher:
    """One who watches: hears the newest news, and misses whatever came before that was not heard."""

    def __init__(self, *, is_door: bool = False) -> None:
        self.is_door = is_door
        self._newest: asyncio.Queue[News | None] = asyncio.Queue(maxsize=1)

    def tell(self, news: News | None) -> None:
        """Leaves the newest news; None at the end of all."""
        if self._newest.full():
            self._newest.get_nowait()
        self._newest.put_nowait(news)

    async def hear(self, most_s: float) -> News | None:
        """The next news; None when nothing more will come. Raises TimeoutError after `most_s` seconds."""
        return await asyncio.wait_for(self._newest.get(), most_s)


@dataclass(slots=True)
class _Watched:
    """One event that is watched."""

    task: "asyncio.Task[None]"
    watchers: list[Watcher] = field(default_factory=list)
    latest: News | None = None


class Pulse:
    """All watched events of one process. Lives in the event loop's thread."""

    def __init__(self, look: Callable[[EventId], Marks | None]) -> None:
        self._look = look
        self._watched: dict[EventId, _Watched] = {}
        self._is_over = False

    def count_watchers(self) -> int:
        """How many streams are open. From any thread: of what there is at this moment."""
        return sum(len(each.watchers) for each in tuple(self._watched.values()))

    def check_room(self, *, is_door: bool = False) -> None:
        """Whether there is room for one more: doors and windows never take each other's. Raises Full."""
        alike = sum(each.is_door == is_door for watched in self._watched.values() for each in watched.watchers)
        if alike >= (MOST_DOORS if is_door else MOST_WATCHERS):
            raise Full

    @asynccontextmanager
    async def watching(self, event: EventId, *, is_door: bool = False) -> AsyncIterator[Watcher]:
        """Watches an event, from what is there now."""
        watched = self._watched.get(event)
        if watched is None:
            watched = self._watched[event] = _Watched(asyncio.create_task(self._go_on(event)))
        watcher = Watcher(is_door=is_door)
        watched.watchers.append(watcher)
        if watched.latest is not None:
            watcher.tell(watched.latest)
        if self._is_over:
            watcher.tell(None)
        try:
            yield watcher
        finally:
            watched.watchers.remove(watcher)
            if not watched.watchers:
                watched.task.cancel()
                self._watched.pop(event, None)

    def end(self) -> None:
        """Ends all streams, and each that comes: the process is about to end."""
        self._is_over = True
        for watched in self._watched.values():
            for watcher in watched.watchers:
                watcher.tell(None)

    async def _go_on(self, event: EventId) -> None:
        while True:
            news = await asyncio.to_thread(self._look_once, event)
            watched = self._watched[event]
            if news != watched.latest and not self._is_over:
                watched.latest = news
                for watcher in watched.watchers:
                    watcher.tell(news)
            await asyncio.sleep(LOOK_EVERY_S)

    def _look_once(self, event: EventId) -> News:
        try:
            marks = self._look(event)
        except AppError as err:
            return Silence(err.key)
        except Exception as err:  # noqa: BLE001 — whoever watches is told, and the next look may find more
            logger(__name__).error("look_failed", event_id=event.hex, error=type(err).__name__)
            return Silence("server_error")
        return Silence("event_unknown") if marks is None else marks

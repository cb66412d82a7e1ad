"""What a kiosk hears of its event while it happens: another list, a moved gate, an incident, in place of asking for it.

Owns the meaning of the event's stream to one door, and how long its sync line may rest. A stream is a hint: what has
changed is asked for by the sync line, with the same checks as ever. Without a stream the line asks every few seconds.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

from app.runtime.stream_line import Stream, StreamLine
from app.runtime.sync_line import IDLE_S
from core.insight.marks import Marks, News
from core.insight.question import Topic
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected

HEARING_IDLE_S = 15.0
"""How long an idle sync line waits while a stream would tell it: still eight signs of life in the two minutes after
which an organizer's window calls a kiosk silent."""
FIGURES_EVERY_S = 10.0
"""How often what other doors recorded is worth a question of this one's: the figure of who is inside is of ten seconds
ago, as without a stream."""
SPREAD_S = 0.8
"""Over how long the kiosks of an event come for a new list that all of them hear of at one moment."""
LAST_S = 2.0
_OWN = frozenset({Topic.MANIFEST, Topic.INCIDENTS})


class Teller(Protocol):
    """Who has the event's stream (`app.net.gate_client.GateClient`)."""

    def stream(self, event: EventId) -> Stream:
        """The stream of an event."""


class DoorStream:
    """The stream of one kiosk. `start` it, `stop` it once; `wake` has the sync line ask now, from this one's thread."""

    def __init__(
        self, teller: Teller, event: EventId, wake: Callable[[], None], draw: Callable[[], float] = random.random
    ) -> None:
        self._event = event
        self._wake = wake
        self._draw = draw
        self._marks: Marks | None = None
        self._is_open = False
        self._has_news = False
        self._figures_at_s = -FIGURES_EVERY_S
        self._is_over = threading.Event()
        self._line = StreamLine(teller.stream, self._opened, self._heard, self._ended)

    def start(self) -> None:
        """Begins to listen."""
        self._line.start()
        self._line.follow(self._event)

    def stop(self) -> bool:
        """Ends at once what is under way; False where its thread goes on nevertheless."""
        self._is_over.set()
        return self._line.stop(LAST_S)

    def idle_s(self) -> float:
        """How long the sync line may rest without a word."""
        return HEARING_IDLE_S if self._is_open else IDLE_S

    def take_news(self) -> bool:
        """Whether an incident was opened or closed since this was asked last: the door's own are to be asked for.

        Forgotten before whoever asks goes and looks: what the stream's thread tells meanwhile is another one, or seen.
        """
        if not self._has_news:
            return False
        self._has_news = False
        return True

    def _opened(self) -> None:
        self._is_open = True

    def _heard(self, news: News) -> None:
        """A line that is woken at every scan of every door would never rest; one that hears nothing asks by itself."""
        if not isinstance(news, Marks):
            return
        topics, self._marks = news.topics_since(self._marks), news
        now_s = time.monotonic()
        if topics & _OWN:
            self._has_news |= Topic.INCIDENTS in topics
            self._is_over.wait(SPREAD_S * self._draw())
        elif now_s - self._figures_at_s < FIGURES_EVERY_S:
            return
        self._figures_at_s = now_s
        self._wake()

    def _ended(self, answer: Done[None] | Later | Rejected) -> None:
        """In order it comes again at once; else the line goes on as if there had never been one."""
        if not isinstance(answer, Done) and self._is_open:
            self._is_open = False
            self._wake()

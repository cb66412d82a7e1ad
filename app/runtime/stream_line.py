"""Hears an event's stream for as long as somebody wants it: one connection, taken up again when it breaks.

Owns the thread and the waits between two tries. What is heard, and that a stream is open or not, goes out by the three
callbacks, from this thread.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from app.faults import log_fault
from app.net.deadline import Deadline
from app.net.patience import BackOff
from core.insight.marks import DEAD_S, News
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

LONGEST_WAIT_S = 30.0
"""Meanwhile panels ask every few seconds: nothing is lost by a stream that comes half a minute later."""

SHORT_S = 5.0
"""A stream that was over sooner never was one: it is tried again with growing patience."""


class Stream(Protocol):
    """One event's stream (`app.net.event_stream.EventStream`)."""

    def listen(
        self, deadline: Deadline, opened: Callable[[], None], hear: Callable[[News], None]
    ) -> Done[None] | Later | Rejected:
        """Hears it to its end."""


class StreamLine:
    """The one stream of a window or a kiosk.

    `ended` hears why one is over: Done where it ended in order, and comes again.
    """

    def __init__(
        self,
        make: Callable[[EventId], Stream],
        opened: Callable[[], None],
        heard: Callable[[News], None],
        ended: Callable[[Done[None] | Later | Rejected], None],
    ) -> None:
        self._make = make
        self._opened = opened
        self._heard = heard
        self._ended = ended
        self._changed = threading.Condition()
        self._wanted: EventId | None = None
        self._listening: Deadline | None = None
        self._turn = 0
        self._try_at_s = 0.0
        self._back_off = BackOff(LONGEST_WAIT_S)
        self._is_over = False
        self._thread = threading.Thread(target=self._go_on, name="event stream", daemon=True)

    def start(self) -> None:
        """Begins; nothing is heard before `follow`."""
        self._thread.start()

    def follow(self, event: EventId | None, *, anew: bool = False) -> None:
        """Hears this event's stream from now on, or none. The same event again changes nothing, unless `anew`."""
        with self._changed:
            if event == self._wanted and not anew:
                return
            self._wanted, self._try_at_s = event, 0.0
            self._turn += 1
            self._back_off.reset()
            if self._listening is not None:
                self._listening.cut()
            self._changed.notify_all()

    def stop(self, patience_s: float) -> bool:
        """Ends soon; False where it is still busy after `patience_s`."""
        with self._changed:
            self._is_over = True
            if self._listening is not None:
                self._listening.cut()
            self._changed.notify_all()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _go_on(self) -> None:
        stream: Stream | None = None
        turn = -1
        while True:
            with self._changed:
                while not self._is_over and (self._wanted is None or self._wait_s() > 0):
                    self._changed.wait(None if self._wanted is None else self._wait_s())
                if self._is_over or self._wanted is None:
                    return
                if turn != self._turn:
                    turn, stream = self._turn, None
                event, deadline = self._wanted, Deadline(DEAD_S)
                self._listening = deadline
            stream = stream or self._make(event)
            began_s = time.monotonic()
            answer = self._listen(stream, deadline, turn)
            with self._changed:
                self._listening = None
                is_wanted = turn == self._turn and not self._is_over
                if is_wanted:
                    self._note(answer, time.monotonic() - began_s)
            if is_wanted:
                self._ended(answer)

    def _listen(self, stream: Stream, deadline: Deadline, turn: int) -> Done[None] | Later | Rejected:
        """What is said after another stream was wanted is not told any more."""
        try:
            return stream.listen(
                deadline,
                lambda: self._opened() if turn == self._turn else None,
                lambda news: self._heard(news) if turn == self._turn else None,
            )
        except Exception as err:  # noqa: BLE001 — the top of this thread
            log_fault("event stream", err)
            return Later(Trouble.SERVER_ERROR)

    def _note(self, answer: Done[None] | Later | Rejected, lasted_s: float) -> None:
        """When it is tried again. One that lasted is tried soon, though not by all windows at one moment."""
        if lasted_s >= SHORT_S:
            self._back_off.reset()
        asked_s = answer.retry_after_s if isinstance(answer, Later) else None
        self._try_at_s = time.monotonic() + self._back_off.next_wait_s(asked_s)

    def _wait_s(self) -> float:
        return self._try_at_s - time.monotonic()

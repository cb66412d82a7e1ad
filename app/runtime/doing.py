"""What a window does once, beside its questions: deeds, files, and work that asks the server by itself.

Owns that each is told how it went, once, in the window's thread, and that nothing is done again by itself.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from app.errors import AppError
from app.faults import log_fault
from app.runtime.crew import Crew
from app.runtime.speaking import Listener, Speaker
from core.insight.question import Deed, Topic
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

DOERS = 2
"""Deeds and files at once, beside the questions: a key that was pressed waits for no panel."""
NO_EVENT = Rejected(404, "event_unknown")
UNWRITABLE = "file_unwritable"
"""The code of a file that this computer could not write; its status is 0, for no server said it."""
T = TypeVar("T")


class Doing:
    """A few threads for it. `note` hears what each answer says of the server, `changed` which topics a deed touched."""

    def __init__(
        self,
        speaker: Speaker,
        listener: Listener,
        note: Callable[[Done[Any] | Later | Rejected], None],
        changed: Callable[[frozenset[Topic]], None],
    ) -> None:
        self._speaker = speaker
        self._listener = listener
        self._note = note
        self._changed = changed
        self._crew = Crew("doer", DOERS)

    def stop(self, patience_s: float) -> bool:
        """Ends soon; False where somebody is still busy after that."""
        return self._crew.stop(patience_s)

    def do(self, deed: Deed[T], event: EventId | None, take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Does it once, and tells how it went."""

        def work() -> None:
            answer: Done[T] | Later | Rejected
            try:
                answer = self._speaker.do(deed, event)
            except ValueError:
                answer = NO_EVENT
            except Exception as err:  # noqa: BLE001 — a deed's own reader may have a bug: whoever pressed a key is told
                log_fault(f"deed {deed.path}", err)
                answer = Later(Trouble.SERVER_ERROR)
            self._note(answer)
            if isinstance(answer, Done):
                self._changed(deed.topics)
            self._listener.post(lambda: take(answer))

        self._crew.hand(work)

    def fetch(
        self, path: str, event: EventId | None, into: Path, take: Callable[[Done[int] | Later | Rejected], None]
    ) -> None:
        """Writes a file, and tells how it went."""

        def work() -> None:
            answer: Done[int] | Later | Rejected
            try:
                answer = self._speaker.fetch(path, event, into)
            except ValueError:
                answer = NO_EVENT
            except AppError as err:
                answer = Rejected(0, UNWRITABLE, str(err.details.get("cause", "")))
            self._note(answer)
            self._listener.post(lambda: take(answer))

        self._crew.hand(work)

    def aside(self, work: Callable[[], T], take: Callable[[T], None]) -> None:
        """Has something done beside the window's thread that asks the server by itself, such as a log-in.

        What it raises is raised in the window's thread: a fault of the part that asked.
        """

        def run() -> None:
            try:
                done = work()
            except Exception as err:  # noqa: BLE001 — it is raised where it can be shown
                self._listener.post(partial(_raise, err))
                return
            self._listener.post(lambda: take(done))

        self._crew.hand(run)


def _raise(err: Exception) -> None:
    raise err

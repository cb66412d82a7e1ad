"""What a page may ask of the window's connection: to watch something, to do something, what it is allowed.

Owns the contract alone. Who keeps it: the desk over the network, and the still desk of tests and screenshots, which
pass the same suite (`tests/organizer/desk_contract.py`). Every `take` is called in the window's thread, never from
within `watch` or `do` themselves.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from core.insight.question import Deed, Question
from core.insight.reading import Reading
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected

T = TypeVar("T")


class Watching(Protocol):
    """A question that is being watched."""

    def ask_again(self) -> None:
        """Asks now: somebody pressed `Retry`."""

    def stop(self) -> None:
        """Hears no more; repeating it costs nothing."""


class Desk(Protocol):
    """The connection as a page knows it; `event` is the event that is shown, None where there is none yet."""

    @property
    def event(self) -> EventId | None:
        """The event that is shown."""

    @property
    def server(self) -> str:
        """The server's address (`https://…`, without a slash at its end), as this computer reaches it."""

    def may(self, right: Right) -> bool:
        """Whether whoever is logged in has `right` at this event; the server decides again."""

    def now_ms(self) -> Millis:
        """The server's time as far as it is known, else this computer's (unix ms)."""

    def watch(self, question: Question[T], take: Callable[[Reading[T]], None]) -> Watching:
        """Tells what is known at once (cache), and again whenever that changes, until it is stopped."""

    def do(self, deed: Deed[T], take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Does it once and tells how it went. Later: nothing is known to have changed; nothing is sent by itself."""

    def fetch(self, path: str, right: Right, into: Path, take: Callable[[Done[int] | Later | Rejected], None]) -> None:
        """Writes what the server sends into a file, whole or not at all; Done tells its octets."""

"""Whom the organizer's line speaks through, and who hears of it: the two sides of `app.runtime.watch_line`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from app.runtime.stream_line import Stream
from core.insight.marks import Marks
from core.insight.question import Deed, Question, Told
from core.insight.standing import Standing
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import HealthReply

T = TypeVar("T")


class Speaker(Protocol):
    """Who speaks to the server (`app.net.organizer_client.OrganizerClient`)."""

    server: str

    def ask(self, question: Question[T], event: EventId | None) -> Done[Told[T]] | Later | Rejected:
        """Asks once."""

    def do(self, deed: Deed[T], event: EventId | None) -> Done[T] | Later | Rejected:
        """Does it once."""

    def fetch(self, path: str, event: EventId | None, into: Path) -> Done[int] | Later | Rejected:
        """Writes a file. Raises AppError where this computer can't."""

    def health(self) -> Done[HealthReply] | Later | Rejected:
        """Whether the server is there."""

    def stream(self, event: EventId) -> Stream:
        """The stream of an event."""

    def cut(self) -> None:
        """Ends what is under way."""

    def close(self) -> None:
        """Closes the connections."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of the connection itself. Called in the line's threads, one at a time."""

    post: Callable[[Callable[[], None]], None]
    standing_changed: Callable[[Standing], None]
    marks_changed: Callable[[Marks], None]
    session_ended: Callable[[str], None]
    """The code of the refusal: `credentials_over`, `credentials_wrong`, `password_change_needed`."""

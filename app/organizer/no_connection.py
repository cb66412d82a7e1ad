"""The connection of a window that knows no server yet: nothing is asked, nothing is known, nothing may be done."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.clock import wall_ms
from core.insight.question import Deed, Question
from core.insight.reading import Reading
from core.insight.standing import Standing
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import Me

T = TypeVar("T")


class _Nothing:
    """Nothing is watched."""

    def ask_again(self) -> None:
        """Nobody to ask."""

    def stop(self) -> None:
        """Nothing to stop."""


class NoConnection:
    """Until somebody has said which server it is."""

    event: EventId | None = None
    server = ""
    standing = Standing()

    def may(self, right: Right) -> bool:  # noqa: ARG002
        """Nobody may anything."""
        return False

    def now_ms(self) -> Millis:
        """This computer's time."""
        return Millis(wall_ms())

    def watch(self, question: Question[T], take: Callable[[Reading[T]], None]) -> _Nothing:  # noqa: ARG002
        """Nothing is ever told."""
        return _Nothing()

    def do(self, deed: Deed[T], take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Nothing can be done: no page is there that could ask for it."""

    def fetch(self, path: str, right: Right, into: Path, take: Callable[[Done[int] | Later | Rejected], None]) -> None:
        """Nothing can be fetched."""

    def hear_standing(self, take: Callable[[Standing], None]) -> None:
        """It never changes."""

    def hear_log_out(self, take: Callable[[], None]) -> None:
        """Nobody is logged in."""

    def use(self, token: str | None, me: Me | None) -> None:
        """There is no server whose session it could be."""

    def show_event(self, event: EventId | None) -> None:
        """There is none."""

    def retry_now(self) -> None:
        """Nobody to ask."""

    def close(self) -> None:
        """Nothing runs."""

"""What the window itself asks of its connection, beyond what pages may: how it stands, which event, whose session.

Owns the contract alone. Every `take` is called in the window's thread. One connection is to one server; another server
is another connection.
"""

from collections.abc import Callable
from typing import Protocol

from app.organizer.desk import Desk
from core.insight.standing import Standing
from core.model.ids import EventId
from core.sync.messages import Me


class Connection(Desk, Protocol):
    """The desk of one server, as the window sees it."""

    @property
    def standing(self) -> Standing:
        """How it stands with the server now."""

    def hear_standing(self, take: Callable[[Standing], None]) -> None:
        """Calls `take` whenever that changes."""

    def hear_log_out(self, take: Callable[[], None]) -> None:
        """Calls `take` when the server says that the session is over; nothing more is asked until there is another."""

    def use(self, token: str | None, me: Me | None) -> None:
        """Asks with this session from now on, as this account; None: shows what the cache has, and asks nothing."""

    def show_event(self, event: EventId | None) -> None:
        """Shows another event from now on: all that is watched is asked anew."""

    def retry_now(self) -> None:
        """Somebody pressed `Retry now`: tries at once, whatever the back-off says."""

    def close(self) -> None:
        """Ends everything that runs. What is asked later is not answered."""

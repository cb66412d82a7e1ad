"""A connection that stands still: how it stands, whose session, which event are what a test says they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.insight.standing import Standing, State
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Role
from core.sync.health import Trouble
from core.sync.messages import EventReply, EventRow, GateRow, Me, Reach, RoleRow
from tests.organizer.still_desk import EVENT, MINUTE_MS, NOW_MS, StillDesk

SINCE_MS = Millis(NOW_MS - 2 * MINUTE_MS)
LIVE = Standing(State.LIVE, Millis(NOW_MS - 60 * MINUTE_MS), None, has_stream=True)
DEGRADED = Standing(State.DEGRADED, SINCE_MS, Trouble.SLOW, retry_at_ms=Millis(NOW_MS + 6_000))
OFFLINE = Standing(State.OFFLINE, SINCE_MS, Trouble.UNREACHABLE, retry_at_ms=Millis(NOW_MS + 14_000))
RECOVERING = Standing(State.RECOVERING, SINCE_MS, Trouble.UNREACHABLE)
CONNECTING = Standing()
NO_INTERNET = replace(LIVE, reach=Reach(is_there=False, since_ms=NOW_MS - 54 * MINUTE_MS, looked_ms=NOW_MS))
ANNA = Me("anna", [RoleRow(None, Role.ADMIN)], must_change=False)


def event(name: str = "Summer Night", id_: str = EVENT.hex, starts_ms: int = NOW_MS) -> EventReply:
    """An event, as the server lists it."""
    row = EventRow(
        id_, name, "Europe/Berlin", starts_ms, starts_ms + 6 * 60 * MINUTE_MS, gates=[GateRow("north", "North gate")]
    )
    return EventReply(row, 7, 5_000)


EVENTS = [event(), event("Winter Night", "5b" * 16, NOW_MS + 40 * 24 * 60 * MINUTE_MS)]


class StillConnection(StillDesk):
    """A `Connection`; `stand` tells another standing, `end_session` that the session is over."""

    def __init__(self, told: dict[str, Any] | None = None, standing: Standing = LIVE, **kept: Any) -> None:
        super().__init__(told, **kept)
        self.standing = standing
        self.used: list[tuple[str | None, Me | None]] = []
        self.retried = 0
        self.is_closed = False
        self._hear_standing: list[Callable[[Standing], None]] = []
        self._hear_log_out: list[Callable[[], None]] = []

    def hear_standing(self, take: Callable[[Standing], None]) -> None:
        """Calls `take` whenever that changes."""
        self._hear_standing.append(take)

    def hear_log_out(self, take: Callable[[], None]) -> None:
        """Calls `take` when the session is over."""
        self._hear_log_out.append(take)

    def use(self, token: str | None, me: Me | None) -> None:
        """Remembers it."""
        self.used.append((token, me))

    def show_event(self, event: EventId | None) -> None:
        """Shows it."""
        self._event = event

    def retry_now(self) -> None:
        """Counts."""
        self.retried += 1

    def close(self) -> None:
        """Remembers it."""
        self.is_closed = True

    def stand(self, standing: Standing) -> None:
        """Stands so from now on."""
        self.standing = standing
        for take in self._hear_standing:
            take(standing)

    def end_session(self) -> None:
        """The server says that the session is over."""
        for take in self._hear_log_out:
            take()

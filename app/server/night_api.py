"""The routes about the night: how many came, when, and what each kiosk showed.

Owns their shapes on HTTP, and how much of a night one answer may hold.
"""

from typing import Annotated, Any

from fastapi import FastAPI, Query

from app.clock import wall_ms
from app.ledger.admin import Office
from app.ledger.counters import MINUTE_MS
from app.ledger.curves import MOST_STEPS, span_of
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from core.model.moments import LATEST_MS
from core.model.roles import Right
from core.sync.messages import ArrivalsReply, LaneReply, StatusReply

USUAL_MS = 4 * 3_600_000
"""How far an answer goes back that was asked for no beginning: an evening's arrivals."""

Instant = Annotated[int | None, Query(ge=0, le=LATEST_MS, description="unix milliseconds")]
LastMin = Annotated[int | None, Query(ge=1, le=MOST_STEPS, description="minutes back from now, in place of since_ms")]
StepMin = Annotated[int, Query(ge=1, le=MOST_STEPS, description="minutes in a step")]


class NightApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        event, get, add = "/api/v1/events/{event}", ["GET"], app.add_api_route
        status, kiosks = self._callers.allow(Right.READ_STATUS), self._callers.allow(Right.READ_DEVICES)
        add(f"{event}/status", self.status, methods=get, dependencies=status, summary="The night so far")
        when = "When guests came, by gate, and what doors showed"
        add(
            f"{event}/arrivals",
            self.arrivals,
            methods=get,
            dependencies=status,
            summary=when,
            response_model=ArrivalsReply,
        )
        add(f"{event}/lanes", self.lanes, methods=get, dependencies=kiosks, summary="What each kiosk showed, in all")

    def status(self, caller: AtEvent) -> StatusReply:
        """The night so far."""
        return self._office.status_of(caller.at)

    def arrivals(
        self,
        caller: AtEvent,
        since_ms: Instant = None,
        until_ms: Instant = None,
        step_min: StepMin = 1,
        last_min: LastMin = None,
    ) -> Any:
        """At most 1,440 steps: 422 `span_wrong` for more, or for an end before the beginning.

        Without `until_ms` until now, without `since_ms` four hours up to there. With `last_min` the minute that is
        running and those before it, as many as that: the same question again and again has the same words.
        """
        until = wall_ms() if until_ms is None else until_ms
        usual_ms = USUAL_MS if last_min is None else (last_min - 1) * MINUTE_MS
        since = max(0, until - usual_ms) if since_ms is None or last_min is not None else since_ms
        span = span_of(since, until, step_min)
        return problem("span_wrong") if span is None else self._office.arrivals_of(caller.at, span)

    def lanes(self, caller: AtEvent) -> list[LaneReply]:
        """Each by the gate where it is now, whatever gate it was at."""
        return self._office.lanes_of(caller.at)

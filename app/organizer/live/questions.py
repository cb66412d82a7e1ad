"""What the Live page asks of the server, each by itself: a question that fails takes nothing else with it."""

from app.organizer.live.ranges import Range, compared_with, parameters_of
from app.organizer.shapes import reader_of
from app.organizer.surroundings import Surroundings
from core.insight.question import Question, Topic
from core.model.roles import Right
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import ArrivalsReply, EventRow, LaneReply, StatusReply

PACE_MIN = 60
"""Minutes that the rate and the forecast look back: four times their window."""
_status = reader_of(StatusReply)
_arrivals = reader_of(ArrivalsReply)
_lanes = reader_of(list[LaneReply])
_kiosks = reader_of(list[KioskReply])
_EVENT = "/api/v1/events/{event}"


STATUS: Question[StatusReply] = Question(
    "live.status",
    f"{_EVENT}/status",
    _status,
    Right.READ_STATUS,
    frozenset({Topic.FACTS, Topic.INCIDENTS, Topic.MANIFEST}),
)
PACE: Question[ArrivalsReply] = Question(
    "live.pace",
    f"{_EVENT}/arrivals",
    _arrivals,
    Right.READ_STATUS,
    frozenset({Topic.FACTS}),
    params={"last_min": str(PACE_MIN), "step_min": "1"},
)
LANES: Question[list[LaneReply]] = Question(
    "live.lanes",
    f"{_EVENT}/lanes",
    _lanes,
    Right.READ_DEVICES,
    frozenset({Topic.FACTS, Topic.MANIFEST}),
)
DEVICES: Question[list[KioskReply]] = Question(
    "live.devices",
    f"{_EVENT}/devices",
    _kiosks,
    Right.READ_DEVICES,
    frozenset({Topic.MANIFEST}),
    every_s=10.0,  # a kiosk that falls silent changes nothing that a stream would tell
)


def arrivals(chosen: Range, event: EventRow | None, at: Surroundings) -> Question[ArrivalsReply]:
    """Guests over a range of time, and what doors showed in it."""
    params = parameters_of(chosen, event, at.desk.now_ms(), at.zone)
    return Question(
        ".".join(["live.arrivals", chosen.value, *params.values()]),
        f"{_EVENT}/arrivals",
        _arrivals,
        Right.READ_STATUS,
        frozenset({Topic.FACTS}),
        params=params,
    )


def compared(event: EventRow) -> Question[ArrivalsReply]:
    """All of another event's arrivals."""
    params = compared_with(event)
    return Question(
        ".".join(["live.compared", event.event, *params.values()]),
        f"/api/v1/events/{event.event}/arrivals",
        _arrivals,
        Right.READ_STATUS,
        params=params,
        every_s=300.0,
    )

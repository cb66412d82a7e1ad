"""What the window itself asks, whichever page is shown: which events there are."""

from pydantic import TypeAdapter

from core.insight.question import Question, Topic
from core.model.roles import Right
from core.sync.messages import EventReply

_EVENTS = TypeAdapter(list[EventReply])

EVENTS: Question[list[EventReply]] = Question(
    "events",
    "/api/v1/events",
    _EVENTS.validate_python,
    Right.READ_EVENT,
    topics=frozenset({Topic.MANIFEST}),
    every_s=60.0,
)
"""The events that the account may see, those that start first in front."""

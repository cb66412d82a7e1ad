"""What the window itself asks, whichever page is shown: which events there are."""

from app.organizer.shapes import reader_of
from core.insight.question import Question, Topic
from core.model.roles import Right
from core.sync.messages import EventReply

EVENTS: Question[list[EventReply]] = Question(
    "events",
    "/api/v1/events",
    reader_of(list[EventReply]),
    Right.READ_EVENT,
    topics=frozenset({Topic.MANIFEST}),
    every_s=60.0,
)
"""The events that the account may see, those that start first in front."""

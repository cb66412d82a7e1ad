"""What the organizer's window asks of a server and does there, as values.

Owns the shape of a question (asked again and again, answered from a cache while the server is away) and of a deed (done
once, when somebody presses a key; never repeated by itself). Who asks, when, and what becomes of faults is not here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from core.model.moments import Millis
from core.model.roles import Right

T = TypeVar("T")

Json = Any
"""A value as `json.loads` gives it."""
EVENT_PLACE = "{event}"
"""What stands in a path for the event that the window shows."""


class Topic(StrEnum):
    """What the event's stream says has changed; a question names those that its answer depends on."""

    MANIFEST = "manifest"  # the event itself, its lists and operators
    FACTS = "facts"  # what doors recorded
    INCIDENTS = "incidents"
    DELIVERIES = "deliveries"  # what was sent, and jobs; the stream tells of what died, deeds of the rest


class Method(StrEnum):
    """How it is asked (RFC 9110, section 9)."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """An answer: what the question makes of it, as it came, and when it was true (the server's unix ms, if it said)."""

    value: T
    json: Json = field(repr=False)
    at_ms: Millis | None


def whole(told: Json) -> Json:
    """Keeps all of an answer."""
    return told


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """Something to be known, and known again.

    `path` begins with `/api/v1/`; `{event}` in it stands for the event that the window shows (32 hex digits). `read`
    makes a value of the decoded JSON and raises ValueError where it does not fit. `name` is what the cache knows it by
    within an event; two questions that differ in path, parameters or body have two names.
    """

    name: str
    path: str
    read: Callable[[Json], T]
    right: Right
    topics: frozenset[Topic] = frozenset()
    params: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    """With a body it is asked by POST."""
    every_s: float = 30.0
    """How long an answer is new while no stream tells of changes; with a stream, the longest between two rounds."""
    is_kept: bool = True
    """Whether the cache keeps the answer: not for what names guests."""
    keep: Callable[[Json], Json] = whole
    """What of an answer that `read` took the cache keeps: without those parts of it that name guests."""


@dataclass(frozen=True, slots=True)
class Deed(Generic[T]):
    """Something to be done once. `body` is sent as JSON, or as it is where it is bytes."""

    method: Method
    path: str
    read: Callable[[Json], T]
    right: Right
    body: Json | bytes = None
    topics: frozenset[Topic] = frozenset()
    """What it changes: questions about that are asked again at once."""
    timeout_s: float = 20.0


def nothing(_: Json) -> None:
    """Reads an answer that says nothing."""

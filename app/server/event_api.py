"""The routes of organizers about events: made, listed, changed, copied.

Owns their shapes on HTTP. A change names the fields that it sets, as in the event's own JSON; the others stay.
"""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Body, FastAPI, Response
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.code_book import AdapterInUse, AdapterKeyMissing
from app.ledger.event_book import EventChanged, EventSummary, EventWrong
from app.server.callers import AtEvent, ByCaller, Callers, event_of
from app.server.problems import problem
from core.model.ids import EventId
from core.model.roles import Right
from core.sync.event_copy import CopyReply, dates_moved
from core.sync.messages import CodesRow, EventReply, Name, Whole

Fields = Annotated[dict[str, Any], Body(max_length=32)]
SEEN = "seen"
"""The one member of a change that is no field: how some fields were."""


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """Which event, when the copy starts (unix milliseconds), and what it is called."""

    event: Annotated[str, Field(max_length=64)]
    starts_ms: Whole
    name: Annotated[str, Field(min_length=1, max_length=64)]


Secret = Annotated[str, Field(max_length=5_464, pattern="^[A-Za-z0-9+/]+={0,2}$")]
"""Base64 of at most 4,096 bytes, as at the command line."""


@dataclass(frozen=True, slots=True)
class CodesRequest:
    """Whose codes open the doors; the secrets of `hmac` adapters by name (base64); the rules that the caller saw."""

    codes: CodesRow
    secrets: Annotated[dict[Name, Secret], Field(max_length=16)] = field(default_factory=dict, repr=False)
    seen: CodesRow | None = None


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """Until when kiosks may go on without news (unix milliseconds)."""

    until_ms: Whole


class EventApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, allow, whole = app.add_api_route, self._callers.allow, "/api/v1/events"
        reading, making, changing = allow(Right.READ_EVENT), allow(Right.CREATE_EVENT), allow(Right.CHANGE_EVENT)
        anywhere = allow(Right.READ_EVENT, anywhere=True)
        get, post, patch, one = ["GET"], ["POST"], ["PATCH"], f"{whole}/{{event}}"
        new: dict[str, Any] = {"methods": post, "status_code": 201}
        add(whole, self.list, methods=get, dependencies=anywhere, summary="The events that the caller may see")
        add(whole, self.create, **new, dependencies=making, summary="A new event", response_model=EventReply)
        copy = "An event once more at another time"
        add("/api/v1/event-copies", self.copy, **new, dependencies=making, summary=copy, response_model=CopyReply)
        add(one, self.show, methods=get, dependencies=reading, summary="One event")
        said = "Changes some fields of an event"
        add(one, self.change, methods=patch, dependencies=changing, summary=said, response_model=EventReply)
        codes = "Whose codes open the doors"
        put: dict[str, Any] = {"methods": ["PUT"], "dependencies": changing, "response_model": EventReply}
        add(f"{one}/codes", self.set_codes, **put, summary=codes)
        until = "How long kiosks may go on without news"
        add(f"{one}/lease", self.extend_lease, **put, summary=until)

    def list(self, caller: ByCaller) -> Sequence[EventReply]:
        """Those that start first in front; nothing of the others."""
        summaries = self._office.list_events()
        return [_reply(each) for each in summaries if caller.may(Right.READ_EVENT, event_of(each.policy.event))]

    def create(self, fields: Fields) -> Any:
        """`name`, `time_zone`, `starts_ms`, `ends_ms`, `gates` and `classes`, with whatever else an event has.

        `algorithm` is what seals its tickets: `hmac` or `ed25519`.
        """
        try:
            made = self._office.edits.create(fields)
        except EventWrong as err:
            return _refused(err)
        return self._shown(event_of(made.event))

    def show(self, caller: AtEvent) -> EventReply:
        """The event as it is now."""
        return self._shown(caller.at)

    def change(self, caller: AtEvent, fields: Fields) -> Any:
        """What is named is set as a whole: `classes` are all classes. Kiosks learn it with their next manifest.

        `seen` holds fields as the caller saw them: where one is another by now, nothing is changed.
        """
        changes = {name: told for name, told in fields.items() if name != SEEN}
        seen = fields.get(SEEN) or {}
        if not isinstance(seen, dict):
            return problem("event_wrong", f"{SEEN} is an object of fields")
        try:
            self._office.edits.update(caller.at, changes, seen)
        except EventWrong as err:
            return _refused(err)
        except EventChanged as err:
            return problem(err.key, str(err.details["fields"]))
        return self._shown(caller.at)

    def set_codes(self, caller: AtEvent, wanted: CodesRequest) -> Any:
        """All of the rules, as a whole; a secret that was stored before stays where none is named."""
        try:
            secrets = {name: b64decode(text, validate=True) for name, text in wanted.secrets.items()}
            self._office.set_codes(caller.at, wanted.codes, secrets, wanted.seen)
        except binascii.Error:
            return problem("event_wrong", "a secret is not base64")
        except EventWrong as err:
            return _refused(err)
        except EventChanged as err:
            return problem(err.key, str(err.details["fields"]))
        except (AdapterInUse, AdapterKeyMissing) as err:
            return problem(err.key, str(err.details["name"]))
        return self._shown(caller.at)

    def copy(self, caller: ByCaller, wanted: CopyRequest) -> Any:
        """A new event with the rules of another one and keys of its own; no ticket and no kiosk comes with it."""
        event = event_of(wanted.event)
        caller.need(Right.READ_EVENT, event)
        try:
            before, made = self._office.edits.copy(event, wanted.starts_ms, wanted.name)
        except EventWrong as err:
            return _refused(err)
        return CopyReply(self._shown(event_of(made.event)), dates_moved(before, made))

    def extend_lease(self, caller: AtEvent, wanted: LeaseRequest) -> Any:
        """At least until the event's end."""
        try:
            self._office.extend_lease(caller.at, wanted.until_ms)
        except EventWrong as err:
            return _refused(err)
        return self._shown(caller.at)

    def _shown(self, event: EventId) -> EventReply:
        return _reply(self._office.show_event(event))


def _reply(summary: EventSummary) -> EventReply:
    return EventReply(summary.policy, summary.manifest_version, summary.tickets)


def _refused(err: EventWrong) -> Response:
    """What is wrong names the organizer's own gates, classes and kiosks."""
    return problem(err.key, str(err.details["cause"]))

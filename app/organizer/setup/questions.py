"""What the Set-up page asks of a server and does there: its questions and deeds, read into values."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from core.insight.question import Deed, Json, Method, Question, Topic
from core.model.roles import Right
from core.sync.event_copy import CopyReply
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import EventReply, OperatorReply

T = TypeVar("T")

EVENT_PATH = "/api/v1/events/{event}"
EVENTS_PATH = "/api/v1/events"
COPIES_PATH = "/api/v1/event-copies"
CODES_PATH = f"{EVENT_PATH}/codes"
LEASE_PATH = f"{EVENT_PATH}/lease"
STAFF_PATH = f"{EVENT_PATH}/operators"
_CHANGES = frozenset({Topic.MANIFEST})


def _reader(kind: Any) -> Callable[[Json], Any]:
    """Reads JSON as `kind`; ValueError where it does not fit (pydantic's own is one)."""
    adapter = TypeAdapter(kind)
    return lambda told: adapter.validate_python(told)


_read_event: Callable[[Json], EventReply] = _reader(EventReply)
_read_copy: Callable[[Json], CopyReply] = _reader(CopyReply)
_read_person: Callable[[Json], OperatorReply] = _reader(OperatorReply)
_read_staff: Callable[[Json], list[OperatorReply]] = _reader(list[OperatorReply])
_read_kiosks: Callable[[Json], list[KioskReply]] = _reader(list[KioskReply])

EVENT = Question("set_up.event", EVENT_PATH, _read_event, Right.READ_EVENT, _CHANGES)
STAFF = Question("set_up.staff", STAFF_PATH, _read_staff, Right.CHANGE_OPERATORS, _CHANGES, is_kept=False)
KIOSKS = Question("set_up.kiosks", f"{EVENT_PATH}/devices", _read_kiosks, Right.READ_DEVICES, _CHANGES)


def change(changes: Mapping[str, Any], seen: Mapping[str, Any]) -> Deed[EventReply]:
    """Sets fields of the event, unless one of `seen` is another by now."""
    body = {**changes, "seen": dict(seen)}
    return Deed(Method.PATCH, EVENT_PATH, _read_event, Right.CHANGE_EVENT, body, _CHANGES)


def set_codes(codes: Mapping[str, Any], secrets: Mapping[str, str], seen: Mapping[str, Any]) -> Deed[EventReply]:
    """Sets whose codes open the doors; `secrets` in base64."""
    body = {"codes": dict(codes), "secrets": dict(secrets), "seen": dict(seen)}
    return Deed(Method.PUT, CODES_PATH, _read_event, Right.CHANGE_EVENT, body, _CHANGES)


def set_lease(until_ms: int) -> Deed[EventReply]:
    """How long kiosks may go on without news."""
    return Deed(Method.PUT, LEASE_PATH, _read_event, Right.CHANGE_EVENT, {"until_ms": until_ms}, _CHANGES)


def create(fields: Mapping[str, Any]) -> Deed[EventReply]:
    """A new event."""
    return Deed(Method.POST, EVENTS_PATH, _read_event, Right.CREATE_EVENT, dict(fields), _CHANGES)


def copy(event: str, starts_ms: int, name: str) -> Deed[CopyReply]:
    """An event once more."""
    body = {"event": event, "starts_ms": starts_ms, "name": name}
    return Deed(Method.POST, COPIES_PATH, _read_copy, Right.CREATE_EVENT, body, _CHANGES)


def add_person(fields: Mapping[str, Any]) -> Deed[OperatorReply]:
    """Somebody new at the doors."""
    return Deed(Method.POST, STAFF_PATH, _read_person, Right.CHANGE_OPERATORS, dict(fields), _CHANGES)


def change_person(id_: str, fields: Mapping[str, Any]) -> Deed[OperatorReply]:
    """Another name, PIN, role or budget; or the end of it, or back again."""
    path = f"{STAFF_PATH}/{id_}"
    return Deed(Method.PATCH, path, _read_person, Right.CHANGE_OPERATORS, dict(fields), _CHANGES)


def badge_path(id_: str, form: str) -> str:
    """Where somebody's badge is: `form` is pdf or png."""
    return f"{STAFF_PATH}/{id_}/badge?format={form}"

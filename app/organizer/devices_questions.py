"""What the page of devices asks of a server, and does there.

Owns the paths and how answers are read. No guest is named by any of them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.organizer.shapes import reader_of
from core.insight.question import Deed, Json, Method, Question, Topic, nothing
from core.model.roles import Right
from core.sync.kiosk_replies import CodeReply, KioskReply, QueueReport, SalvageReport
from core.sync.messages import EventReply, StatusReply
from core.ticket.keyring import VerifyProfile

_DEVICES = "/api/v1/events/{event}/devices"
_list = reader_of(tuple[KioskReply, ...])
_one, _code = reader_of(KioskReply), reader_of(CodeReply)
_salvage, _queue, _event = reader_of(SalvageReport), reader_of(QueueReport), reader_of(EventReply)
_status = reader_of(StatusReply)
EVERY_S = 10.0
"""A kiosk's sign of life is no news to the stream: the list is asked for it. `SILENT_MS` counts on this."""
MOST_QUEUE_BYTES = 1024 * 1024
"""What the server takes of a kiosk's file in one piece."""
QUEUE_TIMEOUT_S = 60.0
"""As long as the server works at a file of that size."""
_CHANGED = frozenset({Topic.MANIFEST, Topic.INCIDENTS, Topic.FACTS})

DEVICES: Question[tuple[KioskReply, ...]] = Question(
    "devices", _DEVICES, _list, Right.READ_DEVICES, frozenset({Topic.MANIFEST}), every_s=EVERY_S
)
WAITING: Question[tuple[KioskReply, ...]] = replace(DEVICES, name="devices.waiting", every_s=2.0, is_kept=False)
"""The same while somebody stands at a kiosk that is to come: that it asks is no news to the stream either."""
EVENT: Question[EventReply] = Question(
    "devices.event", "/api/v1/events/{event}", _event, Right.READ_EVENT, frozenset({Topic.MANIFEST})
)


def _program(told: Json) -> str:
    return _status(told).server_version


PROGRAM: Question[str] = Question(
    "devices.program", "/api/v1/events/{event}/status", _program, Right.READ_STATUS, every_s=300.0
)
"""The version of the server's program."""


def making_code(gate: str, name: str, profile: VerifyProfile, replaces: str | None) -> Deed[CodeReply]:
    """A one-time code for a kiosk to come."""
    body: dict[str, Any] = {"gate": gate, "name": name, "profile": profile.value, "replaces": replaces}
    return Deed(Method.POST, f"{_DEVICES}/codes", _code, Right.ENROL_DEVICES, body)


def withdrawing(code: str) -> Deed[None]:
    """Ends a code that nobody used; the server needs no more of it than its first group."""
    return Deed(Method.POST, f"{_DEVICES}/codes/withdraw", nothing, Right.ENROL_DEVICES, {"code": code[:4]})


def confirming(kiosk: KioskReply) -> Deed[KioskReply]:
    """Lets a kiosk in whose digits were compared."""
    return _deed(f"{kiosk.id}/confirm", {"digits": kiosk.digits})


def revoking(kiosk: str) -> Deed[KioskReply]:
    """Takes a kiosk's rights away."""
    return _deed(f"{kiosk}/revoke", None)


def changing(kiosk: str, fields: Mapping[str, str]) -> Deed[KioskReply]:
    """Another `name`, another `gate`."""
    path = f"{_DEVICES}/{kiosk}"
    return Deed(Method.PATCH, path, _one, Right.RUN_DEVICES, dict(fields), topics=_CHANGED)


def salvaging(kiosk: str) -> Deed[SalvageReport]:
    """Lets count what a revoked kiosk brought."""
    path = f"{_DEVICES}/{kiosk}/salvage"
    return Deed(Method.POST, path, _salvage, Right.RUN_DEVICES, None, topics=_CHANGED)


def importing(queue: bytes) -> Deed[QueueReport]:
    """What a kiosk wrote on a stick."""
    path = f"{_DEVICES}/queue-files"
    read = _queue
    return Deed(Method.POST, path, read, Right.RUN_DEVICES, queue, topics=_CHANGED, timeout_s=QUEUE_TIMEOUT_S)


def _deed(path: str, body: Json) -> Deed[KioskReply]:
    return Deed(Method.POST, f"{_DEVICES}/{path}", _one, Right.RUN_DEVICES, body, topics=frozenset(_CHANGED))

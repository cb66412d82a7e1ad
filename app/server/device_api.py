"""The routes of kiosks about themselves: how one comes, whether it is let in, its next secret.

Owns their shapes on HTTP. Decides nothing else.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter

from app.ledger.admin import Office
from app.ledger.enrolments import check_protocol
from app.server.bodies import documented, read_body
from app.server.callers import AtEvent, Callers
from core.model.roles import Right
from core.sync.messages import (
    DoorReply,
    EnrolReply,
    EnrolRequest,
    Reach,
    TallyReply,
    TallyRequest,
    Vitals,
    VitalsReply,
)

_ENROL = TypeAdapter(EnrolRequest)
_ENROL_REPLY = TypeAdapter(EnrolReply)


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """What a kiosk learns of itself: `pending` until the organizer has compared its six digits, then `active`."""

    state: str
    name: str
    gate: str
    profile: str


@dataclass(frozen=True, slots=True)
class NextCredential:
    """A device's next secret, said once; the old one opens until this one is used."""

    secret: str = field(repr=False)


class DeviceApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers, reach: Callable[[], Reach | None] = lambda: None) -> None:
        self._reach = reach
        self._incidents = office.incidents
        self._devices = office.devices
        self._tallies = office.tallies
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        me, post, get = "/api/v1/events/{event}/devices/me", ["POST"], ["GET"]
        add = app.add_api_route
        new = documented(_ENROL, EnrolReply, is_open=True)
        add("/api/v1/devices/enrol", self.enrol, methods=post, summary="Make a computer a kiosk", **new)
        waiting = self._callers.allow(Right.OWN_DEVICE, pending=True)
        own = self._callers.allow(Right.OWN_DEVICE)
        held = "What the server holds of the calling kiosk's journal"
        both = "The same, compared with what the kiosk holds"
        add(me, self.own, methods=get, dependencies=waiting, summary="Whether the calling kiosk is let in")
        add(f"{me}/tally", self.tally, methods=get, dependencies=own, summary=held)
        add(f"{me}/tally", self.compare, methods=post, dependencies=own, summary=both)
        door = "How many are inside, and the open incidents that concern the calling kiosk"
        add(f"{me}/door", self.door, methods=get, dependencies=own, summary=door)
        add(f"{me}/vitals", self.take_vitals, methods=["PUT"], dependencies=own, summary="How the calling kiosk is")
        renewed = "A new secret for the calling kiosk"
        add(f"{me}/credential", self.next_credential, methods=post, dependencies=own, summary=renewed)

    async def enrol(self, request: Request) -> Response:
        """Trades a one-time code for a pending device's credential; the secret is said once.

        The protocol is read before the rest: another one may have another body.
        """
        body = await request.body()
        spoken = _protocol(body)
        if spoken is not None:
            check_protocol(spoken)
        reply = await asyncio.to_thread(self._devices.enrol, read_body(_ENROL, body))
        return Response(_ENROL_REPLY.dump_json(reply), media_type="application/json")

    def own(self, caller: AtEvent) -> OwnDevice:
        """The one call of a device that waits for its confirmation."""
        device = self._devices.show(caller.at, caller.calling.device)
        return OwnDevice(device.state.value, device.name, device.gate, device.profile.value)

    def tally(self, caller: AtEvent) -> TallyReply:
        """Places, last place and head for each incarnation of the calling device and of those that it replaced."""
        who = caller.calling
        return TallyReply(self._tallies.held(who.event, who.predecessors | {who.device}))

    def compare(self, caller: AtEvent, told: TallyRequest) -> TallyReply:
        """What a kiosk holds after a drained round against what the ledger does; a difference is an incident."""
        who = caller.calling
        return TallyReply(self._tallies.compare(who.event, told.tallies, who.predecessors | {who.device}))

    def door(self, caller: AtEvent) -> DoorReply:
        """What door staff should know while they work: who is inside, and what a person must look at here."""
        who, reach = caller.calling, self._reach()
        told = self._incidents.of_door(who.event, who.predecessors | {who.device})
        return replace(told, no_internet_since_ms=None if reach is None else reach.missed_since_ms)

    def take_vitals(self, caller: AtEvent, told: Vitals) -> VitalsReply:
        """The last word counts; it changes no manifest and no count."""
        return VitalsReply(self._devices.keep_vitals(caller.at, caller.calling.device, told))

    def next_credential(self, caller: AtEvent) -> NextCredential:
        """A new secret; asking again replaces one that was never used, because its reply may have been lost."""
        return NextCredential(self._devices.next_secret(caller.at, caller.calling.device))


def _protocol(body: bytes) -> str | None:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    spoken = told.get("protocol") if isinstance(told, dict) else None
    return spoken if isinstance(spoken, str) else None

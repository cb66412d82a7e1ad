"""The routes of organizers about kiosks: how one comes, is let in, is called, where it stands, how it goes.

Owns their shapes on HTTP. The routes of kiosks about themselves are `device_api`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Path, Request
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.device_rows import DeviceUnknown
from app.ledger.kiosk_telling import kiosk_told, kiosks_told
from app.runtime.redeem_line import RedeemLine
from app.server.callers import AtEvent, Callers, uuid_or_none
from core.model.ids import DeviceId, GateId
from core.model.roles import Right
from core.sync.enrolment import fingerprint_of
from core.sync.kiosk_replies import CodeReply, KioskReply, QueueReport, SalvageReport
from core.sync.messages import Name
from core.ticket.keyring import VerifyProfile

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Digits = Annotated[str, Field(pattern="^[0-9]{3} ?[0-9]{3}$")]


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A kiosk to come. `name`: that of the kiosk which it replaces, or `Kiosk` and its gate."""

    gate: Name | None = None
    name: Name | None = None
    profile: VerifyProfile = VerifyProfile.MAC
    replaces: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """A code that nobody used yet; its first four letters are enough."""

    code: Annotated[str, Field(min_length=4, max_length=32)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigitsRequest:
    """The six digits on the kiosk's screen."""

    digits: Digits


@dataclass(frozen=True, slots=True)
class PlaceRequest:
    """What the kiosk is called and where it stands; null stays as it is."""

    name: Name | None = None
    gate: Name | None = None


class KioskApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        kiosks, get, post, add = "/api/v1/events/{event}/devices", ["GET"], ["POST"], app.add_api_route
        allow = self._callers.allow
        reading, enrolling, running = allow(Right.READ_DEVICES), allow(Right.ENROL_DEVICES), allow(Right.RUN_DEVICES)
        one, codes = f"{kiosks}/{{device}}", f"{kiosks}/codes"
        add(kiosks, self.list, methods=get, dependencies=reading, summary="All kiosks")
        code = "A one-time code for a kiosk to come"
        add(codes, self.code, methods=post, dependencies=enrolling, summary=code, status_code=201)
        back = "End a code that nobody used"
        add(f"{codes}/withdraw", self.withdraw, methods=post, dependencies=enrolling, summary=back, status_code=204)
        add(one, self.show, methods=get, dependencies=reading, summary="One kiosk")
        add(one, self.change, methods=["PATCH"], dependencies=running, summary="Rename a kiosk, or move it")
        let_in = "Let a kiosk in whose six digits were compared"
        add(f"{one}/confirm", self.confirm, methods=post, dependencies=running, summary=let_in)
        add(f"{one}/revoke", self.revoke, methods=post, dependencies=running, summary="Take a kiosk's rights away")
        late = "Let the facts count that a revoked kiosk brought"
        add(f"{one}/salvage", self.salvage, methods=post, dependencies=running, summary=late)
        octets = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        add(
            f"{kiosks}/queue-files",
            self.take_queue,
            methods=post,
            dependencies=running,
            summary="What a kiosk wrote on a stick",
            openapi_extra={"requestBody": {"required": True, "content": octets}},
            response_model=QueueReport,
        )

    def list(self, caller: AtEvent) -> Sequence[KioskReply]:
        """In the order in which they came."""
        return kiosks_told(self._office, caller.at)

    def show(self, caller: AtEvent, device: Id) -> KioskReply:
        """As the organizer sees it."""
        return kiosk_told(self._office, caller.at, _id(device))

    def code(self, caller: AtEvent, wanted: CodeRequest) -> CodeReply:
        """Good once, for 15 minutes and five tries."""
        replaced = None if wanted.replaces is None else self._office.devices.show(caller.at, _id(wanted.replaces))
        first = self._office.show_event(caller.at).policy.gates[0].id
        gate = GateId(wanted.gate or (replaced.gate if replaced else first))
        name = wanted.name or (replaced.name if replaced else f"Kiosk {gate}"[:64])
        made = self._office.device_code(caller.at, gate, name, wanted.profile, replaced.id if replaced else None)
        root, ca = fingerprint_of(self._office.roots.root_public), self._office.authorities.fingerprint()
        return CodeReply(made.code, made.expires_at_ms, gate, name, root.hex(), ca.hex() if ca is not None else None)

    def withdraw(self, caller: AtEvent, wanted: WithdrawRequest) -> None:
        """A code that has made its kiosk is `enrol_code_used`."""
        self._office.devices.withdraw(caller.at, wanted.code)

    def change(self, caller: AtEvent, device: Id, wanted: PlaceRequest) -> KioskReply:
        """The kiosk learns it with its next manifest, without enrolling anew."""
        gate = None if wanted.gate is None else GateId(wanted.gate)
        self._office.devices.change(caller.at, _id(device), wanted.name, gate)
        return self.show(caller, device)

    def confirm(self, caller: AtEvent, device: Id, told: DigitsRequest) -> KioskReply:
        """Three wrong tries revoke it; the kiosk that it replaces goes."""
        return kiosk_told(self._office, caller.at, self._office.confirm_device(caller.at, _id(device), told.digits).id)

    def revoke(self, caller: AtEvent, device: Id) -> KioskReply:
        """Within a second; other kiosks learn it with their next manifest."""
        self._office.revoke_device(caller.at, _id(device))
        return self.show(caller, device)

    def salvage(self, caller: AtEvent, device: Id) -> SalvageReport:
        """As if they had been uploaded late; what is not sound stays in quarantine. Again changes nothing."""
        return self._office.salvage.take(caller.at, _id(device), RedeemLine(self._office.facts))

    async def take_queue(self, caller: AtEvent, request: Request) -> QueueReport:
        """At most 1 MiB: `doorlight queue import` on the server takes larger ones. Again changes nothing."""
        body, line = await request.body(), RedeemLine(self._office.facts)
        return await asyncio.to_thread(self._office.import_queue, body, line, caller.at)


def _id(text: str) -> DeviceId:
    found: UUID | None = uuid_or_none(text)
    if found is None:
        raise DeviceUnknown(text)
    return DeviceId(found)

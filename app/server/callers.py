"""Who calls: devices by their credential, the organizer by the token.

Owns the reading of `Authorization`, and of the clock that a device tells with it. Every route names one of these, or is
open to all on purpose.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from app.ledger.admin import Office
from app.ledger.credentials import Calling, CredentialsWrong, ToldClock
from app.ledger.device_rows import DeviceSummary
from app.ledger.redemptions import EventUnknown
from core.model.ids import DeviceId, EventId
from core.model.moments import ClockQuality
from core.sync.messages import CLOCK_HEADER
from core.ticket.seal import are_equal

_DEVICE = APIKeyHeader(name="Authorization", scheme_name="device", description="Device <id>.<secret>", auto_error=False)
_ADMIN = APIKeyHeader(name="Authorization", scheme_name="admin", description="Bearer <token>", auto_error=False)
_CLOCK = re.compile(r"([0-9]{1,15});([0-9]{1,15});([a-z]{1,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a device shows of itself: its credential, and its clock as `CLOCK_HEADER` has it."""

    authorization: str | None = field(repr=False)
    clock: str | None


async def _presented(request: Request, authorization: Annotated[str | None, Depends(_DEVICE)]) -> Presented:
    return Presented(authorization, request.headers.get(CLOCK_HEADER))


ByDevice = Annotated[Presented, Depends(_presented)]
ByAdmin = Annotated[str | None, Depends(_ADMIN)]


class Callers:
    """Proves who calls.

    Raises CredentialsWrong, DeviceRevoked, NotConfirmed, ConfirmationExpired, NotAuthorised, EventUnknown.
    """

    def __init__(self, office: Office, admin_token: str) -> None:
        self._devices = office.devices
        self._admin_token = admin_token

    async def device_of(self, event: str, request: Request) -> Calling:
        """The calling device of an event, on the event loop: a credential just proven costs no thread."""
        at, device, secret = _credential(event, request.headers.get("authorization"))
        proven = self._devices.proven(at, device, secret)
        if proven is not None:
            return proven
        clock = told_clock(request.headers.get(CLOCK_HEADER))
        return await asyncio.to_thread(self._devices.authenticate, at, device, secret, clock)

    def device(self, event: str, caller: Presented) -> tuple[EventId, DeviceId]:
        """The calling device of an event, in a thread."""
        at, device, secret = _credential(event, caller.authorization)
        self._devices.authenticate(at, device, secret, told_clock(caller.clock))
        return at, device

    def own(self, event: str, caller: Presented) -> DeviceSummary:
        """What the calling device may know of itself: the one call of a device that waits for its confirmation."""
        return self._devices.own(*_credential(event, caller.authorization))

    def admin(self, caller: str | None) -> None:
        """Passes the organizer."""
        scheme, _, token = (caller or "").partition(" ")
        if scheme.lower() != "bearer" or not are_equal(token.encode(), self._admin_token.encode()):
            raise CredentialsWrong


def told_clock(text: str | None) -> ToldClock | None:
    """A device's clock in a request's header, or None for what can't be read: a call never fails by it."""
    found = _CLOCK.fullmatch(text or "")
    if found is None or found[3] not in set(ClockQuality):
        return None
    return ToldClock(int(found[1]), int(found[2]), ClockQuality(found[3]))


def event_of(text: str) -> EventId:
    """The event of a path. Raises EventUnknown for what is no id."""
    event = uuid_or_none(text)
    if event is None:
        raise EventUnknown(text[:64])
    return EventId(event)


def uuid_or_none(text: str) -> UUID | None:
    """The UUID of a text from outside, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _credential(event: str, caller: str | None) -> tuple[EventId, DeviceId, str]:
    scheme, _, credential = (caller or "").partition(" ")
    id_, _, secret = credential.partition(".")
    device = uuid_or_none(id_)
    if scheme.lower() != "device" or device is None:
        raise CredentialsWrong
    return event_of(event), DeviceId(device), secret

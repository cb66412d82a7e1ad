"""Who calls: devices by their credential, the organizer by the token.

Owns the reading of `Authorization`. Every route names one of these, or is open to all on purpose.
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from app.ledger.admin import Office
from app.ledger.devices import CredentialsWrong
from app.ledger.redemptions import EventUnknown
from core.model.ids import DeviceId, EventId
from core.ticket.seal import are_equal

_DEVICE = APIKeyHeader(name="Authorization", scheme_name="device", description="Device <id>.<secret>", auto_error=False)
_ADMIN = APIKeyHeader(name="Authorization", scheme_name="admin", description="Bearer <token>", auto_error=False)
ByDevice = Annotated[str | None, Depends(_DEVICE)]
ByAdmin = Annotated[str | None, Depends(_ADMIN)]


class Callers:
    """Proves who calls. Raises CredentialsWrong, DeviceRevoked, NotAuthorised, EventUnknown."""

    def __init__(self, office: Office, admin_token: str) -> None:
        self._devices = office.devices
        self._admin_token = admin_token

    async def device_of(self, event: str, request: Request) -> tuple[EventId, DeviceId]:
        """The calling device of an event, on the event loop: a credential just proven costs no thread."""
        at, device, secret = _credential(event, request.headers.get("authorization"))
        if not self._devices.is_proven(at, device, secret):
            await asyncio.to_thread(self._devices.authenticate, at, device, secret)
        return at, device

    def device(self, event: str, caller: str | None) -> tuple[EventId, DeviceId]:
        """The calling device of an event, in a thread."""
        at, device, secret = _credential(event, caller)
        self._devices.authenticate(at, device, secret)
        return at, device

    def admin(self, caller: str | None) -> None:
        """Passes the organizer."""
        scheme, _, token = (caller or "").partition(" ")
        if scheme.lower() != "bearer" or not are_equal(token.encode(), self._admin_token.encode()):
            raise CredentialsWrong


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

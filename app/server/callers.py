"""Who calls, and whether they may: devices by their credential, people and programs by a bearer token.

Owns the reading of `Authorization`, and of the clock that a device tells with it. A route names the right that it needs
as it is put in place (`dependencies=callers.allow(Right.READ_TICKETS)`); nothing of it runs before the caller has that
right. A test fails for a route that names none and is not on the list of those that are open on purpose.
"""

import asyncio
import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyHeader

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.api_keys import KEY_PREFIX
from app.ledger.audit import act_as
from app.ledger.credentials import Calling, CredentialsWrong, NotAuthorised, ToldClock
from app.ledger.redemptions import EventUnknown
from app.ledger.sessions import SESSION_PREFIX, Person
from app.server.addresses import CALLER
from core.journal.audit import Actor, ActorKind
from core.model.ids import DeviceId, EventId
from core.model.moments import ClockQuality
from core.model.roles import INSTALLATION, OWNER_OF_ALL, RIGHTS, Right, Role, Roles, Standing, may, may_somewhere
from core.sync.messages import CLOCK_HEADER
from core.ticket.seal import are_equal

_DEVICE = APIKeyHeader(name="Authorization", scheme_name="device", description="Device <id>.<secret>", auto_error=False)
_BEARER = APIKeyHeader(name="Authorization", scheme_name="bearer", description="Bearer <token>", auto_error=False)
_CLOCK = re.compile(r"([0-9]{1,15});([0-9]{1,15});([a-z]{1,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, proven. `at` is the event of the path, or the installation where it names none."""

    actor: Actor
    standing: Standing
    at: EventId
    device: Calling | None = None
    account: Person | None = None

    def may(self, right: Right, event: EventId) -> bool:
        """Whether they may do this too."""
        return may(self.standing, right, event)

    def need(self, right: Right, event: EventId) -> None:
        """Passes who may do this too. Raises NotAuthorised."""
        if not self.may(right, event):
            raise NotAuthorised

    @property
    def calling(self) -> Calling:
        """The calling device. Raises NotAuthorised where somebody else calls."""
        if self.device is None:
            raise NotAuthorised
        return self.device

    @property
    def person(self) -> Person:
        """The account that is logged in. Raises NotAuthorised where somebody else calls."""
        if self.account is None:
            raise NotAuthorised
        return self.account


class PasswordChangeNeeded(AppError):
    """The account's password was chosen by the program: nothing but another one opens more."""

    def __init__(self) -> None:
        super().__init__("password_change_needed")


async def _proven(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _proven_at(request: Request, event: str) -> Caller:  # noqa: ARG001 — told to the interface's description
    return await _proven(request)


ByCaller = Annotated[Caller, Depends(_proven)]
"""For a route whose path names no event: who calls."""
AtEvent = Annotated[Caller, Depends(_proven_at)]
"""For a route of an event: who calls, and at which event (`caller.at`)."""


class Callers:
    """Proves who calls.

    Raises CredentialsWrong, CredentialsOver, DeviceRevoked, NotConfirmed, ConfirmationExpired, NotAuthorised,
    EventUnknown.
    """

    def __init__(self, office: Office, admin_token: str) -> None:
        self._devices = office.devices
        self._sessions = office.sessions
        self._keys = office.api_keys
        self._admin_token = admin_token

    def allow(
        self, right: Right, *, anywhere: bool = False, pending: bool = False, salvages: bool = False
    ) -> list[Dependency]:
        """What a route puts into its `dependencies`: passes who has the right at the path's event.

        Where the path names no event, it is asked for the installation; with `anywhere` it is enough to have the right
        for some event, and the route itself answers about those alone. `pending` lets devices in that wait for their
        confirmation; `salvages` those that were revoked in the last 72 h, to bring what they had not sent.
        """
        schemes = [_DEVICE] if right in RIGHTS[Role.DEVICE] else []
        schemes += [_BEARER] if right in RIGHTS[Role.OWNER] else []
        return [
            Depends(Need(self, right, anywhere=anywhere, pending=pending, salvages=salvages)),
            *(Depends(each) for each in schemes),
        ]

    def account(self) -> list[Dependency]:
        """The same for what everybody may do who is logged in, and nobody else: with their own account."""
        return [Depends(Need(self, None, anywhere=False, pending=False, salvages=False)), Depends(_BEARER)]

    async def check(self, request: Request, right: Right) -> None:
        """The same for a route that asks some of its callers alone, by itself."""
        await Need(self, right, anywhere=False, pending=False, salvages=False)(request)

    async def prove(self, request: Request, *, pending: bool = False, salvages: bool = False) -> Caller:
        """Who calls, on the event loop: a credential that was just proven costs no thread."""
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "device":
                return await self._device(request, credential, pending=pending, salvages=salvages)
            case "bearer":
                return await self._bearer(request, credential)
            case _:
                raise CredentialsWrong

    async def _device(self, request: Request, credential: str, *, pending: bool, salvages: bool) -> Caller:
        """A device counts at its own event alone: where the path names none, it is nobody."""
        id_, _, secret = credential.partition(".")
        device = uuid_or_none(id_)
        if device is None or "event" not in request.path_params:
            raise CredentialsWrong
        event, id_of = _event_of(request), DeviceId(device)
        proven = self._devices.proven(event, id_of, secret)
        if proven is None and pending:
            await asyncio.to_thread(self._devices.own, event, id_of, secret)
            proven = Calling(event, id_of)
        if proven is None:
            clock = told_clock(request.headers.get(CLOCK_HEADER))
            ask = partial(self._devices.authenticate, event, id_of, secret, clock, salvages=salvages)
            proven = await asyncio.to_thread(ask)
        actor = Actor(ActorKind.DEVICE, device.hex, address=_address(request))
        return Caller(actor, Roles({event: Role.DEVICE}), event, proven)

    async def _bearer(self, request: Request, token: str) -> Caller:
        address = _address(request)
        if token.startswith(SESSION_PREFIX):
            person = self._sessions.proven(token)
            if person is None:
                person = await asyncio.to_thread(self._sessions.prove, token)
            actor = Actor(ActorKind.ACCOUNT, person.id.hex, person.name, address)
            return Caller(actor, person.roles, _event_of(request), account=person)
        if token.startswith(KEY_PREFIX):
            key = self._keys.proven(token)
            if key is None:
                key = await asyncio.to_thread(self._keys.prove, token)
            return Caller(Actor(ActorKind.API_KEY, key.id.hex, key.name, address), key.scope, _event_of(request))
        if not are_equal(token.encode(), self._admin_token.encode()):
            raise CredentialsWrong
        return Caller(Actor(ActorKind.MACHINE, address=address), OWNER_OF_ALL, _event_of(request))


class Need:
    """A right that a route needs; None: to be logged in. What is done after it, is done as the caller (`act_as`)."""

    def __init__(self, callers: Callers, right: Right | None, *, anywhere: bool, pending: bool, salvages: bool) -> None:
        self.right = right
        self.is_anywhere = anywhere
        self._callers = callers
        self._pending = pending
        self._salvages = salvages

    async def __call__(self, request: Request) -> None:
        """Passes a caller who has the right. Raises NotAuthorised, PasswordChangeNeeded, and what proving raises."""
        caller = await self._callers.prove(request, pending=self._pending, salvages=self._salvages)
        if not self._is_met_by(caller):
            raise NotAuthorised
        request.state.caller = caller
        act_as(caller.actor)

    def _is_met_by(self, caller: Caller) -> bool:
        if self.right is None:
            return caller.account is not None
        if caller.account is not None and caller.account.must_change:
            raise PasswordChangeNeeded
        if self.is_anywhere:
            return may_somewhere(caller.standing, self.right)
        return may(caller.standing, self.right, caller.at)


def told_clock(text: str | None) -> ToldClock | None:
    """A device's clock in a request's header, or None for what can't be read: a call never fails by it."""
    found = _CLOCK.fullmatch(text or "")
    if found is None or found[3] not in set(ClockQuality):
        return None
    return ToldClock(int(found[1]), int(found[2]), ClockQuality(found[3]))


def _event_of(request: Request) -> EventId:
    """The event of a path, the installation where it names none. Raises EventUnknown for what is no id."""
    text = request.path_params.get("event")
    return INSTALLATION if text is None else event_of(text)


def event_of(text: str) -> EventId:
    """The event of a text from outside. Raises EventUnknown for what is no id."""
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


def _address(request: Request) -> str:
    return str(request.scope.get(CALLER, ""))

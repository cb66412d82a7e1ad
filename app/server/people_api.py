"""The routes of people and programs: the log-in, accounts with their roles, API keys.

Owns their shapes on HTTP, and the one rule that needs to know who calls: nobody hands out more than they hold, nor
changes an account that may more than they may (`core.model.roles`).
"""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ledger.accounts import Account, OneTimePassword
from app.ledger.admin import Office
from app.ledger.api_keys import ApiKey, ApiKeyUnknown, ApiKeyWrong
from app.ledger.credentials import NotAuthorised
from app.ledger.sessions import NewSession, PasswordUnfit
from app.server.callers import AtEvent, ByCaller, Caller, Callers, uuid_or_none
from app.server.problems import problem
from app.server.told_api import EmailChange
from core.model.accounts import LEAST_PASSWORD, MOST_PASSWORD, PasswordFlaw
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Right, Role, Roles, Scope, may_delegate, may_grant, may_manage
from core.sync.messages import Me, RoleRow, SessionReply

MOST_EVENTS = 1_000
"""Events that one API key names; for more of them, it is made for all."""
_FLAWS: dict[PasswordFlaw, str] = {
    PasswordFlaw.TOO_SHORT: f"it has at least {LEAST_PASSWORD} characters: four unrelated words will do",
    PasswordFlaw.TOO_LONG: f"it has at most {MOST_PASSWORD} characters",
    PasswordFlaw.TOO_EVEN: "it repeats few characters: take other words",
    PasswordFlaw.LIKE_THE_NAME: "it is hardly more than the account's name",
    PasswordFlaw.THE_OLD_ONE: "it is the old one",
    PasswordFlaw.NO_TEXT: "it holds what no keyboard types",
}

Name = Annotated[str, Field(min_length=1, max_length=128)]
Password = Annotated[str, Field(max_length=4 * MOST_PASSWORD, repr=False)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LogIn(_Body):
    """A name and its password."""

    name: Name
    password: Password


class PasswordChange(_Body):
    """The password that holds, and the one that shall."""

    old: Password
    new: Password


class NewAccount(_Body):
    """An account, with a role where one is named: for an event, or for the installation."""

    name: Name
    role: Role | None = None
    event: UUID | None = None


class RoleGiven(_Body):
    """A role."""

    role: Role


class NewKey(_Body):
    """An API key: what it is for (`events` left out: every event), and when it ends (unix milliseconds)."""

    name: Name
    rights: Annotated[list[Right], Field(min_length=1, max_length=len(Right))]
    events: Annotated[list[UUID], Field(min_length=1, max_length=MOST_EVENTS)] | None = None
    ends_at_ms: Annotated[int, Field(ge=0, le=2**53)] | None = None


@dataclass(frozen=True, slots=True)
class OneTimeReply:
    """An account's one-time password, said once, and until when it is good."""

    name: str
    password: str = field(repr=False)
    until_ms: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account."""

    name: str
    is_active: bool
    is_one_time: bool
    made_at_ms: int
    roles: list[RoleRow]
    email: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key, without its secret; `events` is null for one that counts everywhere."""

    id: str
    name: str
    rights: list[Right]
    events: list[str] | None
    made_by: str
    made_at_ms: int
    ends_at_ms: int | None
    revoked_at_ms: int | None
    used_at_ms: int | None


@dataclass(frozen=True, slots=True)
class KeyReply:
    """A new API key, its text said once."""

    id: str
    key: str = field(repr=False)


class PeopleApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._sessions = office.sessions
        self._accounts = office.accounts
        self._keys = office.api_keys
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, get, post, delete = app.add_api_route, ["GET"], ["POST"], ["DELETE"]
        own = self._callers.account()
        wrong: dict[int | str, dict[str, Any]] = {401: {}}
        add("/api/v1/sessions", self.log_in, methods=post, status_code=201, summary="Log in", responses=wrong)
        add("/api/v1/sessions/me", self.log_out, methods=delete, status_code=204, dependencies=own, summary="Log out")
        add("/api/v1/me", self.me, methods=get, dependencies=own, summary="Who is logged in, and as what")
        changed = "Another password; every session ends and a new one begins"
        add(
            "/api/v1/me/password",
            self.change_password,
            methods=post,
            dependencies=own,
            summary=changed,
            response_model=SessionReply,
        )
        self._attach_accounts(app)
        self._attach_roles(app)
        keys, one = self._callers.allow(Right.CHANGE_API_KEYS), "/api/v1/apikeys/{key}"
        add("/api/v1/apikeys", self.keys, methods=get, dependencies=keys, summary="All API keys")
        add(
            "/api/v1/apikeys",
            self.make_key,
            methods=post,
            status_code=201,
            dependencies=keys,
            summary="A new API key",
            response_model=KeyReply,
        )
        add(one, self.revoke_key, methods=delete, status_code=204, dependencies=keys, summary="End an API key")

    def _attach_accounts(self, app: FastAPI) -> None:
        changing, one = self._callers.allow(Right.CHANGE_ACCOUNTS), "/api/v1/accounts/{account}"
        add, post = app.add_api_route, ["POST"]
        add("/api/v1/accounts", self.accounts, methods=["GET"], dependencies=changing, summary="All accounts")
        add(
            "/api/v1/accounts",
            self.add_account,
            methods=post,
            status_code=201,
            dependencies=changing,
            summary="A new account with a one-time password",
        )
        add(f"{one}/disable", self.disable, methods=post, dependencies=changing, summary="End an account's rights")
        add(f"{one}/enable", self.enable, methods=post, dependencies=changing, summary="Let an account log in again")
        add(
            f"{one}/password",
            self.reset_password,
            methods=post,
            dependencies=changing,
            summary="A one-time password in the place of a forgotten one",
        )

        add(f"{one}/email", self.set_email, methods=["PUT"], dependencies=changing, summary="Where notices go by mail")

    def _attach_roles(self, app: FastAPI) -> None:
        granting, add = self._callers.allow(Right.GRANT_ROLES), app.add_api_route
        event = "/api/v1/events/{event}/roles"
        for path, give, take, where in (
            (f"{event}/{{account}}", self.give_at, self.take_at, "for the event"),
            ("/api/v1/accounts/{account}/role", self.give, self.take, "for the installation"),
        ):
            said = f"An account's role {where}"
            add(path, give, methods=["PUT"], dependencies=granting, summary=said)
            add(path, take, methods=["DELETE"], status_code=204, dependencies=granting, summary=f"Take it: {said}")
        add(event, self.roles_at, methods=["GET"], dependencies=granting, summary="Who is what at the event")

    # --- one's own ------------------------------------------------------------------------------------------------

    def log_in(self, body: LogIn) -> SessionReply:
        """A session for whoever knows the password. 401 `log_in_wrong` says no more; ten tries in 15 minutes."""
        return _session(self._sessions.log_in(body.name, body.password))

    def log_out(self, request: Request) -> Response:
        """Ends the calling session."""
        self._sessions.log_out(request.headers["authorization"].partition(" ")[2])
        return Response(status_code=204)

    def me(self, caller: ByCaller) -> Me:
        """Who is logged in, and as what."""
        email = self._accounts.show(caller.person.name).email
        return Me(caller.person.name, _roles(caller.person.roles), caller.person.must_change, email)

    def change_password(self, body: PasswordChange, caller: ByCaller) -> SessionReply | Response:
        """For who knows the old one. 422 `password_unfit` says why the new one can't be."""
        try:
            return _session(self._sessions.change_password(caller.person, body.old, body.new))
        except PasswordUnfit as err:
            return problem("password_unfit", f"{err.flaw.value}: {_FLAWS[err.flaw]}")

    # --- accounts and roles ---------------------------------------------------------------------------------------

    def accounts(self) -> list[AccountRow]:
        """All accounts by their names."""
        return [_account(each) for each in self._accounts.list()]

    def add_account(self, body: NewAccount, caller: ByCaller) -> OneTimeReply:
        """A new account. Its role is one that the caller could give."""
        event = INSTALLATION if body.event is None else EventId(body.event)
        if body.role is not None and not may_grant(caller.standing, body.role, event):
            raise NotAuthorised
        return _one_time(self._accounts.add(body.name, body.role, event))

    def disable(self, account: str, caller: ByCaller) -> AccountRow:
        """Ends an account's rights and sessions at once; its API keys go on (`made_by` names them)."""
        self._accounts.disable(self._managed(account, caller))
        return _account(self._accounts.show(account))

    def enable(self, account: str, caller: ByCaller) -> AccountRow:
        """Lets a disabled account log in again, with the roles that it had."""
        self._accounts.enable(self._managed(account, caller))
        return _account(self._accounts.show(account))

    def reset_password(self, account: str, caller: ByCaller) -> OneTimeReply:
        """A one-time password; every session of the account ends."""
        return _one_time(self._accounts.reset_password(self._managed(account, caller)))

    def set_email(self, account: str, body: EmailChange, caller: ByCaller) -> AccountRow:
        """The same for another account. 422 `account_email_wrong`."""
        self._accounts.set_email(self._managed(account, caller), body.email)
        return _account(self._accounts.show(account))

    def roles_at(self, caller: AtEvent) -> list[AccountRow]:
        """The accounts that are something at the event, with what they are there."""
        found = [_account(each, caller.at) for each in self._accounts.list()]
        return [row for row in found if row.roles]

    def give_at(self, account: str, body: RoleGiven, caller: AtEvent) -> AccountRow:
        """Gives an account its one role for the event."""
        return self._give(account, body.role, caller)

    def take_at(self, account: str, caller: AtEvent) -> Response:
        """Takes an account's role for the event."""
        return self._take(account, caller)

    def give(self, account: str, body: RoleGiven, caller: ByCaller) -> AccountRow:
        """Gives an account its one role for the installation, and so for every event."""
        return self._give(account, body.role, caller)

    def take(self, account: str, caller: ByCaller) -> Response:
        """Takes an account's role for the installation."""
        return self._take(account, caller)

    def _give(self, account: str, role: Role, caller: Caller) -> AccountRow:
        self._check_change(account, role, caller)
        self._accounts.give_role(account, role, caller.at)
        return _account(self._accounts.show(account), caller.at)

    def _take(self, account: str, caller: Caller) -> Response:
        self._check_change(account, None, caller)
        self._accounts.take_role(account, caller.at)
        return Response(status_code=204)

    def _check_change(self, account: str, role: Role | None, caller: Caller) -> None:
        """Both what the account gets and what it loses must be the caller's to give."""
        had = self._accounts.show(account).roles.held.get(caller.at)
        if not all(may_grant(caller.standing, each, caller.at) for each in (role, had) if each is not None):
            raise NotAuthorised

    def _managed(self, account: str, caller: Caller) -> str:
        """An account that may no more than the caller."""
        if not may_manage(caller.standing, self._accounts.show(account).roles):
            raise NotAuthorised
        return account

    # --- API keys -------------------------------------------------------------------------------------------------

    def keys(self) -> list[KeyRow]:
        """All keys, those too that are over; never a secret."""
        return [_key(each) for each in self._keys.list()]

    def make_key(self, body: NewKey, caller: ByCaller) -> KeyReply | Response:
        """A new key for what the caller may do. 422 `api_key_wrong` says why it can't be."""
        events = frozenset(EventId(event) for event in body.events) if body.events else frozenset({INSTALLATION})
        scope = Scope(frozenset(body.rights), events)
        if not may_delegate(caller.standing, scope):
            raise NotAuthorised
        try:
            made = self._keys.make(body.name, scope, body.ends_at_ms)
        except ApiKeyWrong as err:
            return problem("api_key_wrong", str(err.details["cause"]))
        return KeyReply(made.id.hex, made.text)

    def revoke_key(self, key: str, caller: ByCaller) -> Response:
        """Ends a key that may no more than the caller; again changes nothing."""
        id_ = uuid_or_none(key)
        if id_ is None:
            raise ApiKeyUnknown(key)
        if not may_delegate(caller.standing, self._keys.show(id_).scope):
            raise NotAuthorised
        self._keys.revoke(id_)
        return Response(status_code=204)


def _session(made: NewSession) -> SessionReply:
    return SessionReply(made.token, made.ends_at_ms, made.must_change)


def _one_time(made: OneTimePassword) -> OneTimeReply:
    return OneTimeReply(made.name, made.password, made.until_ms)


def _roles(roles: Roles, only: EventId | None = None) -> list[RoleRow]:
    held = sorted((event, role) for event, role in roles.held.items() if only is None or event == only)
    return [RoleRow(None if event == INSTALLATION else event.hex, role) for event, role in held]


def _account(account: Account, only: EventId | None = None) -> AccountRow:
    """An account with all its roles, or with the one at an event."""
    roles = _roles(account.roles, only)
    email = account.email if only is None else None
    return AccountRow(account.name, account.is_active, account.is_one_time, account.made_at_ms, roles, email)


def _key(key: ApiKey) -> KeyRow:
    events = None if INSTALLATION in key.scope.events else sorted(event.hex for event in key.scope.events)
    return KeyRow(
        id=key.id.hex,
        name=key.name,
        rights=sorted(key.scope.rights),
        events=events,
        made_by=key.made_by,
        made_at_ms=key.made_at_ms,
        ends_at_ms=key.ends_at_ms,
        revoked_at_ms=key.revoked_at_ms,
        used_at_ms=key.used_at_ms,
    )

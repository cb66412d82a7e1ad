"""The routes of push projects: by which of them an event's people are reached on their telephones.

Owns their shapes on HTTP. A project's key comes in and never goes out. What every endpoint has (how it fares, enabling
and disabling it, a test) is with the others (`delivery_api`).
"""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.endpoint_book import EndpointWrong
from app.net.webhook_target import MOST_TARGET, TargetRules
from app.server.callers import AtEvent, Callers
from app.server.delivery_api import EndpointReply, endpoint_reply
from app.server.problems import problem
from core.delivery.message import Channel
from core.model.roles import Right

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_MOST_PARTS = 40


class ProjectRequest(BaseModel):
    """A service account's key, the JSON object that the Firebase console exports.

    `url` names a peer on this computer that plays the provider: for development alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    key: Annotated[dict[str, Any], Field(max_length=_MOST_PARTS, repr=False)]
    url: Annotated[str | None, Field(max_length=MOST_TARGET)] = None


class PushProjectApi:
    """The routes over one ledger. `rules`: whether a peer on this computer may be named."""

    def __init__(self, office: Office, callers: Callers, rules: TargetRules | None = None) -> None:
        self._endpoints = office.endpoints
        self._callers = callers
        self._to_loopback = (rules or TargetRules()).is_loopback_allowed

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, whole = app.add_api_route, "/api/v1/events/{event}/push-projects"
        every: dict[str, Any] = {"dependencies": self._callers.allow(Right.CHANGE_DELIVERIES)}
        told: dict[str, Any] = {**every, "response_model": EndpointReply}
        add(whole, self.add, methods=["POST"], **told, status_code=201, summary="A project that reaches telephones")
        one = f"{whole}/{{id}}"
        add(one, self.renew, methods=["PUT"], **told, summary="Another key of a project, or another project")
        add(one, self.remove, methods=["DELETE"], **every, status_code=204, summary="The project's end")

    def add(self, caller: AtEvent, wanted: ProjectRequest) -> EndpointReply | Response:
        """Notices go by it from now on. 422 `fcm_key_wrong` or `endpoint_wrong`: `detail` says why."""
        try:
            target, key = self._checked(wanted)
            made = self._endpoints.add_account(caller.at, Channel.PUSH, target, key)
        except (_KeyRefused, EndpointWrong) as err:
            return problem(err.key, str(err.details["cause"]))
        return endpoint_reply(self._endpoints.show(caller.at, made), caller)

    def renew(self, caller: AtEvent, id: Id, wanted: ProjectRequest) -> EndpointReply | Response:  # noqa: A002
        """It starts without a past, and what waits goes by the new key. The same errors, and 404."""
        try:
            target, key = self._checked(wanted)
            told = self._endpoints.renew_account(caller.at, UUID(hex=id), Channel.PUSH, target, key)
        except (_KeyRefused, EndpointWrong) as err:
            return problem(err.key, str(err.details["cause"]))
        return endpoint_reply(told, caller)

    def remove(self, caller: AtEvent, id: Id) -> Response:  # noqa: A002
        """What waits for it is canceled."""
        try:
            self._endpoints.remove(caller.at, UUID(hex=id), Channel.PUSH)
        except EndpointWrong as err:
            return problem(err.key, str(err.details["cause"]))
        return Response(status_code=204)

    def _checked(self, wanted: ProjectRequest) -> tuple[str, bytes]:
        """Where a project's pushes go, and its key as it is kept. Raises _KeyRefused."""
        from app.net.fcm import FcmKeyWrong, checked_project  # Google's library: a server without pushes starts without

        text = json.dumps(wanted.key, separators=(",", ":"))
        try:
            return checked_project(text, wanted.url, to_loopback=self._to_loopback), text.encode()
        except FcmKeyWrong as err:
            raise _KeyRefused(err) from err


class _KeyRefused(AppError):
    """A key that is not taken, by a name that is there without Google's library."""

    def __init__(self, err: AppError) -> None:
        super().__init__(err.key, **err.details)

"""The routes: decode, call a line, encode.

Owns addresses, who may call what, and the shapes of the protocol on HTTP. Decides nothing else.
"""

import asyncio
from typing import Annotated, Any, Literal, TypeVar

from fastapi import FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from app.ledger.admin import Office
from app.ledger.rows import Doubt
from app.runtime.gathering import Gathering
from app.runtime.redeem_line import Question, RedeemLine
from app.server.callers import ByAdmin, ByDevice, Callers, event_of
from app.server.problems import BatchTooLarge, IdReuse
from core.model.ids import ClassId, DeviceId, EventId
from core.sync.messages import (
    MAX_BATCH_FACTS,
    BatchReply,
    BatchRequest,
    EnrolReply,
    EnrolRequest,
    FactResult,
    IssueReply,
    IssueRequest,
    Manifest,
    RedeemRequest,
    StatusReply,
)

_JSON = "application/json"
_MANIFEST = TypeAdapter(Manifest)
_REDEEM = TypeAdapter(RedeemRequest)
_BATCH = TypeAdapter(BatchRequest)
_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)
T = TypeVar("T")


class Api:
    """The routes over one ledger."""

    def __init__(self, office: Office, line: RedeemLine, admin_token: str) -> None:
        self._office = office
        self._line = line
        self._gathering = Gathering(line.redeem_together)
        self._callers = Callers(office, admin_token)

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place, the busiest first."""
        event, post, get = "/api/v1/events/{event}", ["POST"], ["GET"]
        add = app.add_api_route
        one, many = _documented(_REDEEM, FactResult), _documented(_BATCH, BatchReply)
        add(f"{event}/redemptions", self.redeem, methods=post, summary="One fact; a guest waits", **one)
        add(f"{event}/redemptions/batch", self.redeem_batch, methods=post, summary="Up to 200 facts", **many)
        add(f"{event}/manifest", self.manifest, methods=get, summary="What a kiosk knows", response_model=Manifest)
        add(f"{event}/status", self.status, methods=get, summary="The night so far")
        add(f"{event}/tickets", self.issue, methods=post, summary="Seal new tickets", status_code=201)
        add("/api/v1/devices/enrol", self.enrol, methods=post, summary="Make a computer a kiosk")
        add("/api/v1/health", self.health, methods=get, summary="Whether the server and its database answer")
        add("/health", self.health, methods=get, summary="The same, for load balancers")

    def health(self) -> dict[Literal["status", "database"], str]:
        """Answers 503 while the database does not."""
        self._office.check()
        return {"status": "ok", "database": self._office.database_name}

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trades a one-time code for a device's credential; the secret is said once."""
        return self._office.devices.enrol(request.code, request.protocol)

    def manifest(self, event: str, caller: ByDevice, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The newest manifest; 304 where the caller holds that version already."""
        at, _ = self._callers.device(event, caller)
        version = self._office.events.manifest_version(at)
        if if_none_match == f'"{version}"':
            return Response(status_code=304, headers={"ETag": f'"{version}"'})
        manifest = self._office.manifest_of(at)
        body = _MANIFEST.dump_json(manifest)
        return Response(body, headers={"ETag": f'"{manifest.version}"'}, media_type="application/json")

    async def redeem(self, event: str, request: Request) -> Response:
        """One fact of the calling device. Runs on the event loop, where questions gather for one commit."""
        at, device = await self._callers.device_of(event, request)
        question = Question(at, device, _read(_REDEEM, await request.body()).fact)
        result = await self._gathering.do(question)
        if result is None:
            result = await asyncio.to_thread(self._line.redeem, question)
        if result.reason == Doubt.ID_REUSE:
            raise IdReuse(result.id)
        return Response(_FACT_RESULT.dump_json(result), media_type=_JSON)

    async def redeem_batch(self, event: str, request: Request) -> Response:
        """One result per fact, in their order; one bad fact never fails the others."""
        at, device = await self._callers.device_of(event, request)
        body = await request.body()
        return Response(await asyncio.to_thread(self._upload, at, device, body), media_type=_JSON)

    def _upload(self, event: EventId, device: DeviceId, body: bytes) -> bytes:
        facts = _read(_BATCH, body).facts
        if len(facts) > MAX_BATCH_FACTS:
            raise BatchTooLarge(len(facts))
        return _BATCH_REPLY.dump_json(BatchReply(self._line.redeem_batch(event, device, facts)))

    def status(self, event: str, caller: ByDevice, _: ByAdmin) -> StatusReply:
        """The night so far, for a device of the event or the organizer."""
        if caller is not None and caller.startswith("Bearer "):
            self._callers.admin(caller)
            return self._office.status_of(event_of(event))
        return self._office.status_of(self._callers.device(event, caller)[0])

    def issue(self, event: str, request: IssueRequest, caller: ByAdmin) -> IssueReply:
        """New tickets, for the organizer."""
        self._callers.admin(caller)
        cls = ClassId(request.cls)
        return IssueReply(self._office.issue_tickets(event_of(event), cls, request.count, request.nbf, request.exp))


def _documented(body: TypeAdapter[Any], reply: type) -> dict[str, Any]:
    """What the interface's description says of a route that reads its own body: the framework's way costs too much."""
    content = {_JSON: {"schema": body.json_schema()}}
    extra = {"requestBody": {"required": True, "content": content}, "security": [{"device": []}]}
    return {"openapi_extra": extra, "response_model": reply}


def _read(adapter: TypeAdapter[T], body: bytes) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as err:
        raise RequestValidationError(err.errors(include_input=False, include_url=False)) from err

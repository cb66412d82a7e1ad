"""The routes: decode, call a line, encode.

Owns addresses, who may call what, and the shapes of the protocol on HTTP. Decides nothing else.
"""

import asyncio
from typing import Annotated, Literal

from fastapi import FastAPI, Header, Request, Response
from pydantic import TypeAdapter

from app.ledger.admin import Office
from app.ledger.credentials import Calling
from app.ledger.rows import Doubt
from app.runtime.gathering import Gathering
from app.runtime.redeem_line import Question, RedeemLine
from app.server.bodies import documented, read_body
from app.server.callers import ByAdmin, ByDevice, Callers, event_of
from app.server.device_api import DeviceApi
from app.server.problems import BatchTooLarge, IdReuse
from core.model.ids import ClassId
from core.sync.messages import (
    MAX_BATCH_FACTS,
    BatchReply,
    BatchRequest,
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


class Api:
    """The routes over one ledger."""

    def __init__(self, office: Office, line: RedeemLine, admin_token: str) -> None:
        self._office = office
        self._line = line
        self._gathering = Gathering(line.redeem_together)
        self._callers = Callers(office, admin_token)
        self._devices = DeviceApi(office, self._callers)

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place, the busiest first."""
        event, post, get = "/api/v1/events/{event}", ["POST"], ["GET"]
        add = app.add_api_route
        one, many = documented(_REDEEM, FactResult), documented(_BATCH, BatchReply)
        add(f"{event}/redemptions", self.redeem, methods=post, summary="One fact; a guest waits", **one)
        add(f"{event}/redemptions/batch", self.redeem_batch, methods=post, summary="Up to 200 facts", **many)
        add(f"{event}/manifest", self.manifest, methods=get, summary="What a kiosk knows", response_model=Manifest)
        add(f"{event}/status", self.status, methods=get, summary="The night so far")
        add(f"{event}/tickets", self.issue, methods=post, summary="Seal new tickets", status_code=201)
        self._devices.attach(app)
        add("/api/v1/health", self.health, methods=get, summary="Whether the server and its database answer")
        add("/health", self.health, methods=get, summary="The same, for load balancers")

    def health(self) -> dict[Literal["status", "database"], str]:
        """Answers 503 while the database does not."""
        self._office.check()
        return {"status": "ok", "database": self._office.database_name}

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
        who = await self._callers.device_of(event, request)
        question = Question(who.event, who.device, read_body(_REDEEM, await request.body()).fact)
        result = await self._gathering.do(question)
        if result is None:
            result = await asyncio.to_thread(self._line.redeem, question)
        if result.reason == Doubt.ID_REUSE:
            raise IdReuse(result.id)
        return Response(_FACT_RESULT.dump_json(result), media_type=_JSON)

    async def redeem_batch(self, event: str, request: Request) -> Response:
        """One result per fact, in their order; one bad fact never fails the others."""
        who = await self._callers.device_of(event, request)
        body = await request.body()
        return Response(await asyncio.to_thread(self._upload, who, body), media_type=_JSON)

    def _upload(self, who: Calling, body: bytes) -> bytes:
        facts = read_body(_BATCH, body).facts
        if len(facts) > MAX_BATCH_FACTS:
            raise BatchTooLarge(len(facts))
        return _BATCH_REPLY.dump_json(BatchReply(self._line.redeem_batch(who.event, who.device, facts)))

    def status(self, event: str, caller: ByDevice, organizer: ByAdmin) -> StatusReply:
        """The night so far, for a device of the event or the organizer."""
        if organizer is not None and organizer.startswith("Bearer "):
            self._callers.admin(organizer)
            return self._office.status_of(event_of(event))
        return self._office.status_of(self._callers.device(event, caller)[0])

    def issue(self, event: str, request: IssueRequest, caller: ByAdmin) -> IssueReply:
        """New tickets, for the organizer."""
        self._callers.admin(caller)
        cls = ClassId(request.cls)
        return IssueReply(self._office.issue_tickets(event_of(event), cls, request.count, request.nbf, request.exp))

"""The routes: decode, call a line, encode.

Owns addresses, who may call what, and the shapes of the protocol on HTTP. Decides nothing else.
"""

import asyncio
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter

from app.ledger.admin import Office
from app.ledger.credentials import Calling
from app.ledger.rows import Doubt
from app.net.webhook_target import TargetRules
from app.runtime.gathering import Gathering
from app.runtime.import_line import ImportLine
from app.runtime.redeem_line import Question, RedeemLine
from app.server.audit_api import AuditApi
from app.server.bodies import documented, read_body
from app.server.callers import AtEvent, Callers
from app.server.delivery_api import DeliveryApi
from app.server.device_api import DeviceApi
from app.server.event_api import EventApi
from app.server.import_api import ImportApi
from app.server.job_api import JobApi
from app.server.kiosk_api import KioskApi
from app.server.mail_api import MailApi
from app.server.manifest_api import ManifestApi
from app.server.metrics import Metrics
from app.server.night_api import NightApi
from app.server.papers_api import PapersApi
from app.server.payment_api import PaymentApi
from app.server.people_api import PeopleApi
from app.server.problems import BatchTooLarge, BatchUnsigned, IdReuse
from app.server.pulse import Pulse
from app.server.push_api import PushApi
from app.server.push_project_api import PushProjectApi
from app.server.sold_api import SoldApi
from app.server.staff_api import StaffApi
from app.server.stream_api import StreamApi
from app.server.stripe_api import StripeApi
from app.server.ticket_api import TicketApi
from app.server.told_api import ToldApi
from app.server.watch_api import WatchApi, told
from core.model.roles import Right
from core.sync.messages import (
    MAX_BATCH_FACTS,
    SIGNATURE_HEADER,
    BatchReply,
    BatchRequest,
    FactResult,
    Reach,
    RedeemRequest,
)
from core.sync.signing import batch_bytes, is_signed

UPLOADS_AT_ONCE = 3
"""A guest waits for a question, nobody for an upload: of the loop's threads, five at least, two are left for guests."""
_JSON = "application/json"
_REDEEM = TypeAdapter(RedeemRequest)
_BATCH = TypeAdapter(BatchRequest)
_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)


class Api:
    """The routes over one ledger."""

    def __init__(
        self,
        office: Office,
        line: RedeemLine,
        admin_token: str,
        metrics: Metrics,
        imports: ImportLine,
        pulse: Pulse,
        reach: Callable[[], Reach | None] = lambda: None,
        targets: TargetRules | None = None,
    ) -> None:
        self._office = office
        self._line = line
        self._gathering = Gathering(line.redeem_together)
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._callers = Callers(office, admin_token)
        self._devices = DeviceApi(office, self._callers, reach)
        self._manifests = ManifestApi(office, self._callers)
        self._tickets = TicketApi(office, self._callers)
        self._night = NightApi(office, self._callers)
        self._stream = StreamApi(pulse, self._callers)
        metrics.gauge("streams", "Streams that are open", pulse.count_watchers)
        self._watch = WatchApi(office, self._callers, metrics, reach)
        self._metrics = metrics
        metrics.gauge(
            "questions_waiting", "Questions that wait for the commit under way", self._gathering.count_waiting
        )
        metrics.gauge("quarantined_facts", "Facts that wait for a person", told(office.count_quarantined))
        metrics.gauge("unsent_messages", "Messages that wait to be delivered", told(office.count_unsent))
        self._people = PeopleApi(office, self._callers)
        self._push = PushApi(office, self._callers)
        self._imports = ImportApi(office, self._callers, imports)
        self._offices = [part(office, self._callers) for part in (EventApi, SoldApi, KioskApi, PapersApi, StaffApi)]
        self._audit = AuditApi(office, self._callers)
        self._told = ToldApi(office, self._callers)
        self._jobs = JobApi(office, self._callers)
        self._deliveries = DeliveryApi(office, self._callers, targets)
        self._projects = PushProjectApi(office, self._callers, targets)
        self._mail = MailApi(office, self._callers)
        self._payments = PaymentApi(office, self._callers, targets)
        self._stripe = StripeApi(office, self._callers)

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place, the busiest first."""
        event, post = "/api/v1/events/{event}", ["POST"]
        add = app.add_api_route
        one, many = documented(_REDEEM, FactResult), documented(_BATCH, BatchReply)
        facts = self._callers.allow(Right.SEND_FACTS)
        late = self._callers.allow(Right.SEND_FACTS, salvages=True)
        at, batch = f"{event}/redemptions", f"{event}/redemptions/batch"
        add(at, self.redeem, methods=post, dependencies=facts, summary="One fact; a guest waits", **one)
        add(batch, self.redeem_batch, methods=post, dependencies=late, summary="Up to 200 facts", **many)
        self._manifests.attach(app)
        self._night.attach(app)
        self._stream.attach(app)
        self._tickets.attach(app)
        self._devices.attach(app)
        self._watch.attach(app)
        self._push.attach(app)
        self._people.attach(app)
        self._told.attach(app)
        for part in self._offices:
            part.attach(app)
        self._imports.attach(app)
        self._audit.attach(app)
        self._deliveries.attach(app)
        self._projects.attach(app)
        self._mail.attach(app)
        self._payments.attach(app)
        self._jobs.attach(app)
        self._stripe.attach(app)

    async def redeem(self, request: Request, caller: AtEvent) -> Response:
        """One fact of the calling device. Runs on the event loop, where questions gather for one commit."""
        who = caller.calling
        question = Question(who.event, who.device, read_body(_REDEEM, await request.body()).fact, who.predecessors)
        result = await self._gathering.do(question)
        if result is None:
            result = await asyncio.to_thread(self._line.redeem, question)
        if result.reason == Doubt.ID_REUSE:
            raise IdReuse(result.id)
        self._metrics.redeemed([result], by="question")
        return Response(_FACT_RESULT.dump_json(result), media_type=_JSON)

    async def redeem_batch(self, request: Request, caller: AtEvent) -> Response:
        """One result per fact, in their order; one bad fact never fails the others.

        A device that was revoked may still bring what it had recorded: all of it goes into quarantine.
        """
        body, signature = await request.body(), request.headers.get(SIGNATURE_HEADER, "")
        async with self._uploads:
            told = await asyncio.to_thread(self._upload, caller.calling, body, signature)
        return Response(told, media_type=_JSON)

    def _upload(self, who: Calling, body: bytes, signature: str) -> bytes:
        """A batch carries the device's signature: it makes history, hours that nobody but the device has seen.

        A single fact carries none. It is about the guest who waits now, each signature would cost that guest time, and
        the credential that opens this call bounds the harm to one scan at a time, seen as it happens.
        """
        if who.signing_key is not None and not is_signed(who.signing_key, batch_bytes(body), signature):
            raise BatchUnsigned
        batch = read_body(_BATCH, body)
        facts = batch.facts
        if len(facts) > MAX_BATCH_FACTS:
            raise BatchTooLarge(len(facts))
        self._metrics.uploaded(len(facts))
        results = self._line.redeem_batch(
            who.event, who.device, facts, who.predecessors, who.doubt, resent=batch.resent
        )
        self._metrics.redeemed(results, by="batch")
        return _BATCH_REPLY.dump_json(BatchReply(results))

"""The route by which Stripe tells what happened, and what came of it.

Owns its shape on HTTP. A message is believed by its signature over the body as it came, byte for byte; it is kept with
its work, answered, and worked on afterwards by the worker. What is not believed gets a 4xx, which Stripe's own pages
show; while it can't be kept there is a 5xx, and Stripe sends it again for days.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response

from app.ledger.admin import Office
from app.ledger.stripe_accounts import StripeUnset
from app.ledger.stripe_events import MOST_SHOWN, Came
from app.log import logger
from app.server.bounds import STRIPE_PREFIX
from app.server.callers import AtEvent, Callers, event_of
from app.server.problems import problem
from core.model.ids import EventId
from core.model.roles import Right
from core.payment.look import Outcome, Trouble
from core.payment.signature import flaw_of_signature
from core.payment.told_event import NoEvent, read_event

_HEADER = "stripe-signature"
Limit = Annotated[int, Query(ge=1, le=MOST_SHOWN)]


@dataclass(frozen=True, slots=True)
class Received:
    """That a message is kept; `is_new` is false where it was kept before."""

    is_new: bool


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A message of Stripe's as it is kept. `outcome` is null while its work waits, or is dead. Times: unix ms."""

    id: str
    type: str
    object: str | None
    made_ms: int
    came: Came
    received_ms: int
    outcome: Outcome | None
    trouble: Trouble | None
    done_ms: int | None


class StripeApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._accounts = office.stripe_accounts
        self._events = office.stripe_events
        self._now_ms = office.now_ms
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        open_: dict[str, Any] = {
            "openapi_extra": {
                "security": [],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
            },
            "response_model": Received,
            "summary": "A message of Stripe's, by its signature",
        }
        app.add_api_route(STRIPE_PREFIX + "{event}", self.receive, methods=["POST"], **open_)
        app.add_api_route(
            "/api/v1/events/{event}/stripe/events",
            self.list_events,
            methods=["GET"],
            dependencies=self._callers.allow(Right.READ_DELIVERIES),
            summary="What Stripe told of the event's payments, and what came of it",
        )

    async def receive(self, request: Request, event: str) -> Received | Response:
        """Kept with its work in one transaction; worked on afterwards. The same message again changes nothing."""
        body, header = await request.body(), request.headers.get(_HEADER)
        return await asyncio.to_thread(self._receive, event_of(event), body, header)

    def _receive(self, event: EventId, body: bytes, header: str | None) -> Received | Response:
        secrets = self._accounts.signing_secrets(event)
        if not secrets:
            raise StripeUnset
        flaw = flaw_of_signature(header, body, [each.encode() for each in secrets], self._now_ms() // 1000)
        if flaw is not None:
            logger(__name__).warning("stripe_message_refused", why=flaw.value)
            return problem("stripe_signature_wrong", flaw.value)
        told = read_event(body)
        if isinstance(told, NoEvent):
            return problem("stripe_event_wrong", told.cause)
        return Received(self._events.take(event, told, Came.DELIVERED))

    def list_events(self, caller: AtEvent, limit: Limit = MOST_SHOWN) -> list[KeptReply]:
        """The newest first; those of types that mean nothing here are `ignored`."""
        return [
            KeptReply(
                each.id,
                each.type,
                each.object_id,
                each.made_at,
                each.came,
                each.received_at,
                each.outcome,
                each.trouble,
                each.done_at,
            )
            for each in self._events.list(caller.at, limit)
        ]

"""The routes of whoever looks after the server: does it live, is it ready, its figures, its description.

Owns who may read figures: a program of this machine, or the organizer. Decides nothing else.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import PlainTextResponse

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.authority import pem_of
from app.server.addresses import is_own_machine
from app.server.callers import Callers
from app.server.description import page_of
from app.server.metrics import CONTENT_TYPE, Metrics
from app.server.problems import problem
from core.model.roles import Right
from core.sync.address import PROOF_NONCE_BYTES, proof_bytes
from core.sync.messages import HealthReply, Reach

Nonce = Annotated[str, Query(pattern=f"^[0-9a-f]{{{2 * PROOF_NONCE_BYTES}}}$")]


class WatchApi:
    """The routes over one server."""

    def __init__(
        self, office: Office, callers: Callers, metrics: Metrics, reach: Callable[[], Reach | None] = lambda: None
    ) -> None:
        self._office = office
        self._callers = callers
        self._metrics = metrics
        self._reach = reach

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, get = app.add_api_route, ["GET"]
        add("/health", self.lives, methods=get, summary="Whether the process lives")
        add(
            "/ready", self.ready, methods=get, summary="Whether it can serve: the database, its version, the master key"
        )
        add("/api/v1/health", self.health, methods=get, summary="Whether the server and its database answer")
        add(
            "/metrics",
            self.metrics,
            methods=get,
            summary="Figures for Prometheus",
            response_class=PlainTextResponse,
            responses={401: {}, 403: {}},
        )
        summary = "Who vouches for this server under TLS"
        add("/api/v1/authority", self.authority, methods=get, summary=summary, response_class=PlainTextResponse)
        proof = "Proves to a kiosk with a new address that this is its installation"
        add("/api/v1/proof", self.prove, methods=get, summary=proof)
        add("/docs", self.docs, methods=get, include_in_schema=False)

    async def lives(self) -> dict[Literal["status"], str]:
        """Asks nobody: a process that does not answer this wants a restart, a database that is away does not."""
        return {"status": "ok"}

    def ready(self) -> dict[Literal["status"], str]:
        """503 `not_ready` or `database_unavailable` while guests should be sent to another process."""
        self._office.check_ready()
        return {"status": "ready"}

    def health(self) -> HealthReply:
        """Answers 503 while the database does not. Says too whether the server itself reaches the internet."""
        self._office.check()
        return HealthReply("ok", self._office.database_name, self._reach())

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format; for programs of this machine, and for who may read every event's status."""
        if not is_own_machine(request.scope):
            await self._callers.check(request, Right.READ_STATUS)
        return Response(await asyncio.to_thread(self._metrics.text), media_type=CONTENT_TYPE)

    def authority(self) -> Response:
        """The certificate (PEM) of the installation's own authority; 404 `authority_unknown` where it has none.

        No secret: kiosks compare it to the fingerprint in their enrolment code before they say anything.
        """
        found = self._office.authorities.certificate()
        return problem("authority_unknown") if found is None else PlainTextResponse(pem_of(found))

    def prove(self, nonce: Nonce) -> dict[Literal["proof"], str]:
        """The root key's signature over the nonce: a kiosk asks before it says who it is."""
        return {"proof": self._office.roots.sign(proof_bytes(bytes.fromhex(nonce))).hex()}

    async def docs(self, request: Request) -> Response:
        """The description as a page that needs no script and no other machine."""
        return page_of(request.app)


def told(count: Callable[[], int]) -> Callable[[], float]:
    """A count of the ledger as a figure; not a number while the database does not answer."""

    def read() -> float:
        try:
            return float(count())
        except AppError:
            return float("nan")

    return read

"""One line of the log per request: which route, how it went, how long it took.

Owns what is said of a request, and what is not: no address of a resource, no header, no body. Routes are named by their
template, so that no ticket, name or code is in a line.
"""

import json

from starlette.types import Scope

from app.log import say_request
from app.server.addresses import CALLER
from app.server.metrics import Metrics, method_of, route_of

_QUIET = frozenset({"/health", "/ready", "/metrics", "/api/v1/health"})
"""Asked every few seconds by machines and by each organizer's window; their failures are told all the same."""


class AccessLog:
    """Hears of every reply; counts it too."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def replied(self, scope: Scope, status: int, took_s: float) -> None:
        """A reply has begun."""
        self._metrics.replied(scope, status, took_s)
        route = route_of(scope)
        if route in _QUIET and status < 400:
            return
        say_request(
            {
                "method": method_of(scope),
                "route": route,
                "status": status,
                "took_ms": round(took_s * 1000, 1),
                "peer": scope.get(CALLER, ""),
            }
        )

    def refused(self, body: bytes) -> None:
        """A problem was replied."""
        self._metrics.problem(json.loads(body)["code"])

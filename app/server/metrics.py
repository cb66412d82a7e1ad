"""What the server counts of itself, for Prometheus.

Owns the names, and their bounds: a label's values are a closed set (a route's template, never its address), so that no
caller can make them grow. Nothing says who a guest is, or which ticket.
"""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import Scope

from app.server.problems import TABLE
from core.sync.messages import FactResult

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.4, 1, 2.5, 10, 60)
"""0.4 s is how long a guest waits for the server; 60 s is the end of every request."""
_FACTS = (1, 2, 5, 10, 20, 50, 100, 200)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_NOWHERE = "none"
"""The route of a request that no route took."""
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """One process's figures, in a registry of their own. Safe between threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "doorlight_requests", "Replies by route, method and class of status", ["route", "method", "status"]
        )
        self._seconds = Histogram(
            "doorlight_request_seconds",
            "From a request's head to its reply's",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._problems = self._counter("doorlight_problems", "Problem replies by code", ["code"])
        self._facts = self._counter("doorlight_facts", "Facts by what became of them", ["arrival", "by"])
        self._outcomes = self._counter(
            "doorlight_redemptions", "Scans by the outcome that they were answered", ["outcome"]
        )
        self._batch = Histogram("doorlight_batch_facts", "Facts in one batch", buckets=_FACTS, registry=self._registry)
        ProcessCollector(registry=self._registry)  # memory, handles and processor time, where Linux tells them

    def _counter(self, name: str, said: str, labels: Sequence[str]) -> Counter:
        return Counter(name, said, labels, registry=self._registry)

    def gauge(self, name: str, said: str, read: Callable[[], float]) -> None:
        """A figure that is read when somebody asks."""
        Gauge(f"doorlight_{name}", said, registry=self._registry).set_function(read)

    def replied(self, scope: Scope, status: int, took_s: float) -> None:
        """A reply has begun."""
        route = route_of(scope)
        self._requests.labels(route, method_of(scope), f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(took_s)

    def problem(self, code: str) -> None:
        """A problem was replied."""
        self._problems.labels(code if code in TABLE else "server_error").inc()

    def redeemed(self, results: Iterable[FactResult], *, by: str) -> None:
        """What became of facts; `by` is `question` or `batch`."""
        for result in results:
            self._facts.labels(result.arrival.value, by).inc()
            if result.answer is not None:
                self._outcomes.labels(result.answer.outcome.value).inc()

    def uploaded(self, facts: int) -> None:
        """A batch came."""
        self._batch.observe(facts)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)


def method_of(scope: Scope) -> str:
    """A request's method, if it is one of HTTP's."""
    return scope["method"] if scope["method"] in _METHODS else "other"


def route_of(scope: Scope) -> str:
    """The template of the route that took a request."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else _NOWHERE

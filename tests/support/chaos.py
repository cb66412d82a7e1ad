"""A proxy on loopback that treats a server's replies as bad Wi-Fi does, by a seed.

Each request draws its fate: an error before it reaches the server, a reply that is lost after the server has committed,
a 429, a reset, a reply that comes byte by byte, or a clean passage.
"""

import http.client
import random
import threading
from collections import Counter
from dataclasses import dataclass, replace

from tests.support.scripted_server import Question, Reply, ScriptedServer

TIMEOUT_S = 30.0
PASSED_ON = (
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "Range",
    "Doorlight-Clock",
    "Doorlight-Nonce",
    "Doorlight-Signature",
)
PASSED_BACK = (
    "Content-Range",
    "Doorlight-Signature",
    "Doorlight-Time",
    "Doorlight-Time-Signature",
    "ETag",
    "Retry-After",
)


@dataclass(frozen=True)
class Weather:
    """How often each misfortune happens, as shares of all requests."""

    errors: float = 0.05
    lost_replies: float = 0.05
    too_many: float = 0.02
    resets: float = 0.0
    slow: float = 0.0


STORM = Weather(resets=0.02, slow=0.02)
"""What a drain has to come through (G11)."""
FATES = ("error", "lost_reply", "too_many", "reset", "slow")
SLOW_BYTES = 25
"""The last bytes of a slow reply, 20 ms apart."""


class ChaosProxy(ScriptedServer):
    """Forwards to `port`; `fates` counts what happened."""

    def __init__(self, port: int, weather: Weather, seed: int) -> None:
        super().__init__(self._treat)
        self.fates: Counter[str] = Counter()
        self._port = port
        self._weather = weather
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def _treat(self, question: Question) -> Reply:
        match self._draw():
            case "error":
                return Reply(503 if len(question.body) % 2 else 500)
            case "too_many":
                return Reply(429, headers={"Retry-After": "0"})
            case "lost_reply":
                _forward(self._port, question)
                return Reply(lost=True)
            case "reset":
                return Reply(reset=True)
            case "slow":
                return replace(_forward(self._port, question), drips_from=-SLOW_BYTES)
            case _:
                return _forward(self._port, question)

    def _draw(self) -> str:
        weather = self._weather
        shares = {"error": weather.errors, "lost_reply": weather.lost_replies, "too_many": weather.too_many}
        shares |= {"reset": weather.resets, "slow": weather.slow}
        shares["passed"] = 1 - sum(shares.values())
        with self._lock:
            (fate,) = self._random.choices(list(shares), list(shares.values()))
            self.fates[fate] += 1
        return fate


def _forward(port: int, question: Question) -> Reply:
    """The server's own reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        headers = {name: question.headers[name] for name in PASSED_ON if name in question.headers}
        connection.request(question.method, question.path, body=question.body or None, headers=headers)
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name in PASSED_BACK}
        return Reply(response.status, response.read(), kept)
    finally:
        connection.close()

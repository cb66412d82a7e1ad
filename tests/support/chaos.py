"""A proxy on loopback that treats a server's replies as bad Wi-Fi does, by a seed.

Each request draws its fate: an error before it reaches the server, a reply that is lost after the server has committed,
a 429, or a clean passage.
"""

import contextlib
import http.client
import random
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Weather:
    """How often each misfortune happens, as shares of all requests."""

    errors: float = 0.05
    lost_replies: float = 0.05
    too_many: float = 0.02


class ChaosProxy:
    """Forwards to `port`; `fates` counts what happened."""

    def __init__(self, port: int, weather: Weather, seed: int) -> None:
        self.fates: Counter[str] = Counter()
        self._open: list[socket.socket] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._weather = weather
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._forward()

            def do_POST(self) -> None:
                self._forward()

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fate = outer._draw()
                if fate == "error":
                    self._reply(503 if len(body) % 2 else 500, b"{}", {})
                elif fate == "too_many":
                    self._reply(429, b"{}", {"Retry-After": "0"})
                else:
                    status, data, headers = _ask(port, self.command, self.path, self.headers, body)
                    if fate == "lost_reply":
                        self.close_connection = True
                        return
                    self._reply(status, data, headers)

            def _reply(self, status: int, data: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

            def handle_error(self, *_: Any) -> None:
                pass

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                outer._open.append(connection)
                return connection, address

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "ChaosProxy":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        for connection in self._open:  # a client that keeps its connection must not keep the proxy
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def _draw(self) -> str:
        weather = self._weather
        with self._lock:
            lot = self._random.random()
            if lot < weather.errors:
                fate = "error"
            elif lot < weather.errors + weather.lost_replies:
                fate = "lost_reply"
            elif lot < weather.errors + weather.lost_replies + weather.too_many:
                fate = "too_many"
            else:
                fate = "passed"
            self.fates[fate] += 1
            return fate


def _ask(port: int, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """The server's own reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        passed = {name: headers[name] for name in ("Authorization", "Content-Type", "If-None-Match") if headers[name]}
        connection.request(method, path, body=body or None, headers=passed)
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name in {"Doorlight-Time", "Retry-After"}}
        return response.status, response.read(), kept
    finally:
        connection.close()

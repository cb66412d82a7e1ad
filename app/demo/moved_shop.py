"""A shop's receiver that has moved for good: it answers every message that its address is no more.

Owns one of the demo's made-up neighbours. What becomes of a message that nobody takes is the real server's.
"""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

ANSWER = b"This shop has moved. Ask for the new address."
_MOST_BYTES = 64 * 1024
_GIVE_UP_S = 5


class _Moved(BaseHTTPRequestHandler):
    """410 (RFC 9110, section 15.5.11), whatever is asked."""

    timeout = _GIVE_UP_S

    def do_POST(self) -> None:
        """Reads what comes, and refuses it for good."""
        told = self.headers.get("Content-Length", "")
        self.rfile.read(min(int(told), _MOST_BYTES) if told.isdigit() else 0)
        self.send_response(HTTPStatus.GONE)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the library's name
        """Says nothing at the terminal."""


class MovedShop:
    """Listens on a free port of this computer for as long as the block lasts."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Moved)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="moved shop", daemon=True)

    def __enter__(self) -> "MovedShop":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the shop says it wants to be told."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/tickets"

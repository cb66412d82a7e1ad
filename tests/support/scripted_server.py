"""An HTTP server on loopback that says what a test tells it to: statuses, headers, garbage, half a body, nothing."""

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    """One reply. `hang` sends nothing until the server closes, `lost` closes the connection without a word,
    `cut_at` closes it after that many bytes of the body, `endless` repeats the body until the client has enough,
    `reset` ends it with a reset,
    `drips_from` sends all from that byte on, counted from the status line's first one, one by one, 20 ms apart.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    lost: bool = False
    cut_at: int | None = None
    endless: bool = False
    drips_from: int | None = None
    reset: bool = False


@dataclass(frozen=True)
class Question:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def reply_json(fields: object, status: int = 200, **headers: str) -> Reply:
    """A reply with a JSON body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(fields).encode(), names)


def _under(tls: ssl.SSLContext | None, listener: socket.socket) -> socket.socket:
    return listener if tls is None else tls.wrap_socket(listener, server_side=True)


class ScriptedServer:
    """Answers each request by `script(question)`; remembers what was asked."""

    def __init__(
        self, script: Callable[[Question], Reply], tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.asked: list[Question] = []
        self.hung_up = threading.Event()
        """Set once a client has closed its connection while it was dripped on."""
        self.poured = 0
        """Bytes of endless bodies that went into a line."""
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                question = Question(self.command, self.path, dict(self.headers), body)
                outer.asked.append(question)
                reply = script(question)
                if reply.reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                if outer._is_no_plain(reply, self.wfile):
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if not reply.endless:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if reply.endless:
                    self.close_connection = True
                    outer._pour(self.wfile, reply.body)
                    return
                self.wfile.write(reply.body[: reply.cut_at])
                self.close_connection = reply.cut_at is not None

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

        self._server = Server((host, 0), Handler)
        self._server.socket = _under(tls, self._server.socket)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def _pour(self, wire: Any, body: bytes) -> None:
        with contextlib.suppress(OSError):
            while not self._closing.is_set():
                wire.write(body)
                self.poured += len(body)

    def _is_no_plain(self, reply: Reply, wire: Any) -> bool:
        """Whether the reply is one that http.server can't send; then it is sent, as far as there is anything."""
        if reply.hang:
            self._closing.wait()
        if reply.drips_from is not None:
            self._drip(wire, reply)
        return reply.hang or reply.lost or reply.reset or reply.drips_from is not None

    def _drip(self, wire: Any, reply: Reply) -> None:
        headers = reply.headers | {"Content-Length": str(len(reply.body))}
        lines = [f"HTTP/1.1 {reply.status} -", *(f"{name}: {value}" for name, value in headers.items())]
        whole = "\r\n".join([*lines, "", ""]).encode() + reply.body
        start = reply.drips_from or 0
        try:
            wire.write(whole[:start])
            for byte in whole[start:]:
                if self._closing.wait(0.02):
                    return
                wire.write(bytes([byte]))
        except OSError:
            self.hung_up.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        for connection in self._open:  # a client that keeps its connection must not keep the server
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

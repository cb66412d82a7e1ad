"""A network cable that can be pulled, and a bad line: TCP forwarded byte for byte, until it is cut.

Owns the demo's only lies about the world. Cut means what it means at a door: open connections break and new ones are
refused; nothing is told to the kiosk. A bad line answers one kind of question in the server's place, as an overloaded
proxy does; the others pass.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

CHUNK = 64 * 1024
_ASKING = b"GET "
_OVERLOADED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Wire:
    """Forwards a loopback port to another; `cut` and `mend` from any thread."""

    def __init__(self, target_port: int, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._failing = b""
        self.port = 0

    def __enter__(self) -> "Wire":
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where the wire's near end listens."""
        return f"http://{self._host}:{self.port}"

    def cut(self) -> None:
        """Breaks every connection and refuses new ones."""
        self._do(self._cut())

    def mend(self) -> None:
        """Listens again on the same port."""
        self._do(self._listen())

    def fail(self, part: str) -> None:
        """Answers 503 to every GET whose address holds `part`, from now on; empty: all pass again."""
        self._failing = part.encode()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, step: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self._host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 — asyncio runs this in a task
        self._open.add(task)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            await _close(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._target_port)
        try:
            await _first_to_end(self._ask(reader, writer, far_writer), _pump(far_reader, writer))
        finally:
            await _close(far_writer)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, far_writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK):
            to, sent = (writer, _OVERLOADED) if _is_for(data, self._failing) else (far_writer, data)
            to.write(sent)
            await to.drain()


def _is_for(data: bytes, part: bytes) -> bool:
    """Whether these octets begin a GET whose address holds `part`: a client waits for each answer before it asks on."""
    line = data.partition(b"\r\n")[0]
    return bool(part) and line.startswith(_ASKING) and part in line


async def _first_to_end(*pumps: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()

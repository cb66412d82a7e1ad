"""Each reply leaves in one write: head and body together.

Owns the one thing that uvicorn does twice per reply and a kiosk's round trip pays for.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol


class OnePacketProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 over a transport that writes once per turn of the loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Puts the gathering transport in between."""
        super().connection_made(cast("asyncio.Transport", _Gathered(transport, self.loop)))


class _Gathered:
    """A transport whose writes of one turn become one; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keeps the bytes until the loop's next turn."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Writes what is kept, then closes."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(b"".join(parts))

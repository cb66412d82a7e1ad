"""How a program tells whoever watches over it that it is ready and alive: sd_notify(3), spoken by itself.

Owns the few words of that protocol. The watcher is systemd, or `app.runtime.supervisor` where there is none; without
one nothing is told to nobody.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
_SHARE = 4
"""Beats in the time after which a silent program is killed: three of them may be late."""


class Watchdog:
    """The watcher that this process was started with, as its environment names it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address  # an abstract name (unix(7))
        self._told_usec = environment.get("WATCHDOG_USEC", "")
        process = environment.get("WATCHDOG_PID", "")
        self._is_mine = not process or process == str(os.getpid())

    @property
    def is_there(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address) and hasattr(socket, "AF_UNIX")

    @property
    def beat_ms(self) -> int | None:
        """How often to say that the program is alive; None where nobody counts."""
        is_counted = self.is_there and self._is_mine and self._told_usec.isascii() and self._told_usec.isdigit()
        return max(1, int(self._told_usec) // 1000 // _SHARE) if is_counted else None

    def tell(self, *words: str) -> None:
        """Says something, such as READY, or `STATUS=…`. A watcher that has gone is no trouble of this program's."""
        if not self.is_there:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.setblocking(False)
            speaker.sendto("\n".join(words).encode(), self._address)

"""The organizer's client for a window that opens before anybody is asked: made by the thread that asks first.

Owns what was said to it until then. The HTTP library and the public authorities' certificates take a tenth of a second
to load; nobody waits for them at the window.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.net.address import server_of
from core.insight.question import Deed, Question, Told
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import HealthReply

if TYPE_CHECKING:
    from app.net.event_stream import EventStream
    from app.net.organizer_client import OrganizerClient

T = TypeVar("T")


class LateClient:
    """As `OrganizerClient`, with the same arguments, so far as a line asks it. Raises ServerAddressWrong at once."""

    def __init__(self, url: str, authority: str | None, learn: Callable[[int, int], None]) -> None:
        self.server = server_of(url)
        self._url = url
        self._authority = authority
        self._learn = learn
        self._token: str | None = None
        self._is_cut = False
        self._lock = threading.Lock()
        self._client: OrganizerClient | None = None

    def made(self) -> "OrganizerClient":
        """The client itself."""
        with self._lock:
            if self._client is None:
                from app.net.organizer_client import OrganizerClient

                self._client = OrganizerClient(self._url, self._authority, self._learn)
                self._client.use(self._token)
                if self._is_cut:
                    self._client.cut()
            return self._client

    def use(self, token: str | None) -> None:
        """Speaks with this session's token from now on; None: as nobody."""
        with self._lock:
            self._token = token
            if self._client is not None:
                self._client.use(token)

    def trust(self, authority: str | None) -> None:
        """Believes another authority from now on (PEM), or the public ones; what is under way is cut."""
        with self._lock:
            self._authority = authority
            if self._client is not None:
                self._client.trust(authority)

    def ask(self, question: Question[T], event: EventId | None) -> Done[Told[T]] | Later | Rejected:
        """Asks once."""
        return self.made().ask(question, event)

    def do(self, deed: Deed[T], event: EventId | None) -> Done[T] | Later | Rejected:
        """Does it once."""
        return self.made().do(deed, event)

    def fetch(self, path: str, event: EventId | None, into: Path) -> Done[int] | Later | Rejected:
        """Writes what the server sends into a file. Raises FileUnwritable."""
        return self.made().fetch(path, event, into)

    def health(self) -> Done[HealthReply] | Later | Rejected:
        """Whether the server is there, and whether it reaches the internet."""
        return self.made().health()

    def stream(self, event: EventId) -> "EventStream":
        """The stream of an event."""
        return self.made().stream(event)

    def cut(self) -> None:
        """Ends what is under way; whatever is asked later is not answered."""
        with self._lock:
            self._is_cut = True
            if self._client is not None:
                self._client.cut()

    def close(self) -> None:
        """The same, and closes the connections."""
        self.cut()
        with self._lock:
            if self._client is not None:
                self._client.close()

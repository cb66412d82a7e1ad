"""The stream of an event as windows and kiosks hear it: what has changed, told as it happens.

Owns one connection at a time: its form (server-sent events, WHATWG HTML section 9.2), the bounds of a line, and when a
stream is dead. What is heard is a hint and no figure: whoever hears it asks. Resumes by `Last-Event-ID`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError
from pydantic import TypeAdapter, ValidationError

from app.net.deadline import Deadline
from app.net.exchange import FOREIGN, MAX_REPLY_BYTES, Wire, later_of, read, refusal, reply_of
from core.insight.marks import DEAD_S, Marks, News, Silent
from core.model.ids import EventId
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

FOR_S = 300
"""How long a stream is asked for: then it is asked for anew, with the rights of that moment."""
MOST_LINE = 8 * 1024
"""Characters of one line, and of one event: ours have some 200."""
MEDIA_TYPE = "text/event-stream"
MOST_ID = 128


class Heard(StrEnum):
    """The events that a server tells."""

    CHANGED = "changed"
    SILENCE = "silence"


_MARKS = TypeAdapter(Marks)
_SILENT = TypeAdapter(Silent)


class StreamUnfit(Exception):
    """No stream of events, or a line beyond its bounds: not our server, or a broken one."""


@dataclass(slots=True)
class EventStream:
    """Streams of one event, one after the other; remembers how far it has heard. Belongs to one thread."""

    wire: Wire
    event: EventId
    headers: Callable[[], dict[str, str]]
    last_id: str = field(default="")

    def listen(
        self, deadline: Deadline, opened: Callable[[], None], hear: Callable[[News], None]
    ) -> Done[None] | Later | Rejected:
        """Hears one stream to its end. Done: it ended in order. `deadline` is kept alive by what comes, or cut.

        `opened` is called once the server has agreed to tell.
        """
        path = f"/api/v1/events/{self.event.hex}/stream?for_s={FOR_S}"
        headers = {**self.headers(), "Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        try:
            with deadline.running(), self.wire.stream("GET", path, None, DEAD_S, headers) as response:
                if not response.is_success:
                    body = read(response, MAX_REPLY_BYTES, is_cut=True) or b""
                    return refusal(reply_of(response, body, 0))
                lines = _BoundedText(response, lambda: deadline.renew(DEAD_S))
                opened()
                for event in EventSource(cast(httpx.Response, lines)).iter_sse():
                    self._take(event, hear)
        except (StreamUnfit, SSEError, ValidationError):
            return Later(Trouble.SERVER_ERROR)
        except FOREIGN as err:
            return later_of(err)
        return Done(None, 0) if deadline.left_s() > 0 else Later(Trouble.SLOW)

    def _take(self, event: ServerSentEvent, hear: Callable[[News], None]) -> None:
        if event.event == Heard.CHANGED:
            news: News = _MARKS.validate_json(event.data)
            self.last_id = (
                event.id if len(event.id) <= MOST_ID and event.id.isascii() and event.id.isprintable() else ""
            )
            hear(news)
        elif event.event == Heard.SILENCE:
            hear(_SILENT.validate_json(event.data))


class _BoundedText:
    """A reply's text in bounded lines, as much of `httpx.Response` as httpx-sse reads.

    Each whole line is a sign of life. Raises StreamUnfit where it is no stream of events.
    """

    def __init__(self, response: httpx.Response, alive: Callable[[], None]) -> None:
        is_plain = response.headers.get("Content-Encoding", "identity") == "identity"
        if not is_plain or response.headers.get("Content-Type", "").partition(";")[0] != MEDIA_TYPE:
            raise StreamUnfit
        self.headers = response.headers
        self._texts = response.iter_text()
        self._alive = alive

    def iter_text(self) -> Iterator[str]:
        """The pieces as they come."""
        line = event = 0
        for text in self._texts:
            *whole, tail = text.split("\n")
            for each in whole:
                event = event + line + len(each) if line + len(each) else 0
                if max(line + len(each), event) > MOST_LINE:
                    raise StreamUnfit
                line = 0
            line += len(tail)
            if line > MOST_LINE:
                raise StreamUnfit
            if whole:
                self._alive()
            yield text

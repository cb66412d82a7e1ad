"""The stream of an event: server-sent events that say when there is something new (WHATWG HTML, section 9.2).

Owns its form on HTTP. A stream says that something has changed, and how far; what it is now is asked of the other
routes, so that nothing is told here that a caller may not read there. `Last-Event-ID` resumes: who has seen the newest
is told nothing until the next.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated

from fastapi import FastAPI, Header, Query
from fastapi.responses import StreamingResponse

from app.ledger.marks import Marks
from app.server.callers import AtEvent, Callers
from app.server.frame import STREAM_SUFFIX
from app.server.pulse import News, Pulse
from core.model.ids import EventId
from core.model.roles import Right

MEDIA_TYPE = "text/event-stream"
USUAL_S, LONGEST_S = 300, 600
"""How long a stream lasts before its reader asks again: a caller whose rights were taken away is gone by then."""
BEAT_S = 10.0
"""A stream that is silent for longer is dead: its reader asks again."""
FIRST_S = 20.0
"""How long the first look may take: as long as the database's own time-outs."""
BEAT = ": beat\n\n"
RETRY_MS = 2_000

ForS = Annotated[int, Query(ge=0, le=LONGEST_S, description="seconds; 0: only what is now")]
LastEventId = Annotated[str, Header(max_length=128, description="the id of the last event that was read")]


class StreamApi:
    """The route over one process's pulse."""

    def __init__(self, pulse: Pulse, callers: Callers) -> None:
        self._pulse = pulse
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the route in place."""
        app.add_api_route(
            f"/api/v1/events/{{event}}{STREAM_SUFFIX}",
            self.stream,
            methods=["GET"],
            dependencies=self._callers.allow(Right.READ_STATUS),
            summary="Says when there is something new",
            response_class=StreamingResponse,
            responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
        )

    async def stream(
        self, caller: AtEvent, for_s: ForS = USUAL_S, last_event_id: LastEventId = ""
    ) -> StreamingResponse:
        """`changed` with the event's marks, `silence` while the ledger does not answer, a comment every ten seconds.

        503 `server_busy` where 128 streams are open already, or 384 of kiosks.
        """
        is_door = caller.device is not None
        self._pulse.check_room(is_door=is_door)
        told = self._told(caller.at, for_s, last_event_id, is_door=is_door)
        return StreamingResponse(told, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})

    async def _told(self, event: EventId, for_s: int, last: str, *, is_door: bool) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        over_at = loop.time() + for_s
        yield f"retry: {RETRY_MS}\n\n"
        async with self._pulse.watching(event, is_door=is_door) as watcher:
            is_first = True
            while is_first or loop.time() < over_at:
                try:
                    news = await watcher.hear(FIRST_S if is_first else min(BEAT_S, over_at - loop.time()))
                except TimeoutError:
                    yield BEAT
                    continue
                finally:
                    was_first, is_first = is_first, False
                if news is None:
                    return
                if not (was_first and isinstance(news, Marks) and news.cursor == last):
                    yield _event_of(news)


def _event_of(news: News) -> str:
    """One event as its lines: no value of it has a line's end."""
    data = json.dumps(asdict(news), separators=(",", ":"))
    if isinstance(news, Marks):
        return f"event: changed\nid: {news.cursor}\ndata: {data}\n\n"
    return f"event: silence\ndata: {data}\n\n"

"""The virtual network between one kiosk and the server: it loses, delays, doubles and reorders whole exchanges.

Owns what becomes of a question: refused, lost before or after the server took it, late beyond any patience, or
answered. A late question goes on to the server whatever the kiosk does meanwhile, after its crash too.
"""

import random
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass

from app.net.exchange import Reply
from core.sync.answers import Later
from core.sync.health import Trouble
from tests.simulation.clockwork import Agenda, Promise

Handler = Callable[[], "Reply | None"]
"""The server at work on one question; None when it is down or dies over it."""

LATEST_MS = 60_000
"""After a storm nothing is on its way any more that began in it."""
RESET_MS = 3
"""How soon a machine without a server refuses a connection."""


@dataclass(frozen=True)
class Way:
    """What becomes of one exchange: times there and back in ms, None for lost; when a second copy arrives."""

    there_ms: int | None
    back_ms: int | None
    again_ms: int | None = None


class Network:
    """One kiosk's link."""

    def __init__(self, agenda: Agenda, seed: str, life: Callable[[], int] = lambda: 0) -> None:
        """`life` says which of the server's machines there is now: another one knows nothing of the connections."""
        self._agenda = agenda
        self._life = life
        self._random = random.Random(f"network {seed}")
        self._cuts = 0
        self._storms = 0
        self._portals = 0
        self._page = 404

    @property
    def is_cut(self) -> bool:
        """Whether nothing passes now."""
        return self._cuts > 0

    def cut(self, span_ms: int) -> None:
        """Nothing passes for a while."""
        self._cuts += 1
        self._agenda.after(span_ms, self._mend)

    def storm(self, span_ms: int) -> None:
        """For a while packets go astray."""
        self._storms += 1
        self._agenda.after(span_ms, self._calm)

    def put_portal(self, status: int, span_ms: int) -> None:
        """For a while a captive portal answers everything, with a page of its own."""
        self._portals += 1
        self._page = status
        self._agenda.after(span_ms, self._take_portal_away)

    def _take_portal_away(self) -> None:
        self._portals = max(0, self._portals - 1)

    def _mend(self) -> None:
        self._cuts = max(0, self._cuts - 1)

    def _calm(self) -> None:
        self._storms = max(0, self._storms - 1)

    def heal(self) -> None:
        """From now on everything passes."""
        self._cuts = self._storms = self._portals = 0

    def exchange(self, handle: Handler, timeout_s: float) -> tuple[Reply | Later, int]:
        """Asks from inside a task: the reply, or why there is none; and how long that took (ms)."""
        began_ms = self._agenda.now_ms
        if self.is_cut:
            self._agenda.sleep(RESET_MS)
            return Later(Trouble.UNREACHABLE), RESET_MS
        if self._portals:
            self._agenda.sleep(RESET_MS)
            return Reply(self._page, b"<html>Welcome to our guest network</html>", {}, RESET_MS), RESET_MS
        way = self._way()
        answer: Promise[Reply | Later] = Promise(self._agenda)
        life = self._life()
        if way.there_ms is not None:
            self._agenda.after(way.there_ms, lambda: self._arrive(handle, answer, way.back_ms, life))
        if way.again_ms is not None:
            self._agenda.after(way.again_ms, lambda: self._arrive(handle, answer, None, life))
        try:
            reply = answer.result(timeout_s)
        except FutureTimeoutError:
            reply = Later(Trouble.SLOW)
        return reply, self._agenda.now_ms - began_ms

    def _arrive(self, handle: Handler, answer: "Promise[Reply | Later]", back_ms: int | None, life: int) -> None:
        if self.is_cut or life != self._life():
            return
        reply = handle()
        if back_ms is not None:
            self._agenda.after(back_ms, lambda: self._return(answer, reply or Later(Trouble.UNREACHABLE)))

    def _return(self, answer: "Promise[Reply | Later]", reply: Reply | Later) -> None:
        if not self.is_cut and not answer.done():
            answer.set_result(reply)

    def _way(self) -> Way:
        draw = self._random
        there, back = draw.randint(2, 30), draw.randint(2, 30)
        if not self._storms:
            return Way(there, back)
        again = draw.choice([None, None, 1, 60, 700, 20_000])
        match draw.randrange(8):
            case 0:
                return Way(None, None, again)
            case 1 | 2:
                return Way(there, None, again)
            case 3:
                return Way(there, draw.choice([390, 450, 2_500, 19_000]), again)
            case 4:
                return Way(draw.choice([380, 600, 5_000, 40_000]), back, again)
            case _:
                return Way(there, back, again)

"""The queue drains to the server and the manifest comes back: send, settle, compare, wait for more.

Owns the loop of one kiosk's upload. A fact leaves the queue only when the server has said what became of it; whatever
goes wrong in between, it is sent again under the same id. A scan whose guest still waits for the verdict is not sent:
an upload is judged at its place in time, as one whose door has long decided, and were it to arrive before the scan's
own question, that would hear the same in answer: a second guest let in where this kiosk's clock is behind another's.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Protocol

from app.errors import AppError
from app.runtime.link import LinkMonitor
from app.store.journal import Journal
from app.store.journal_queue import Fate
from core.journal.state import AFTER, Arrival, Leg
from core.model.ids import FactId
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import BatchReply, FactResult
from core.sync.session import Queued, Window, body

IDLE_S = 5.0
"""How long an idle line waits for a new fact before it asks for a newer manifest; also its sign of life."""
SLOW_BATCH_MS = 5_000
_ABOUT_THE_FACTS = {400, 413, 422}
"""The refusals that a smaller batch may escape. Any other is about the caller, the address, or somebody between."""


class Uplink(Protocol):
    """The questions of a sync line."""

    def send(self, body: bytes) -> Done[BatchReply] | Later | Rejected:
        """Uploads a batch."""


Asker = Callable[
    [Callable[[], Done[BatchReply] | Later | Rejected], threading.Event, Callable[[float], None]],
    Done[BatchReply] | Later | Rejected,
]


class SyncLine:
    """One kiosk's upload. `run` belongs to one thread, with a journal of its own; `stop` and `wake` to any.

    `idle_s` is how long it rests where nobody wakes it. All its waiting is on events that `new_event` makes: on another
    clock than the machine's, it goes by that clock.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        uplink: Uplink,
        link: LinkMonitor,
        ask: Asker,
        refresh: Callable[[], None],
        drained: Callable[[int], None] = lambda _: None,
        failed: Callable[[AppError], None] = lambda _: None,
        waiting: Callable[[], None] = lambda: None,
        compare: Callable[[], None] = lambda: None,
        rejoin: Callable[[], object] = lambda: None,
        idle_s: Callable[[], float] = lambda: IDLE_S,
        is_in_hand: Callable[[], bool] = lambda: False,
        new_event: Callable[[], threading.Event] = threading.Event,
    ) -> None:
        self._journal = journal
        self._uplink = uplink
        self._link = link
        self._ask = ask
        self._refresh = refresh
        self._drained = drained
        self._failed = failed
        self._waiting = waiting
        self._compare = compare
        self._rejoin = rejoin
        self._idle_s = idle_s
        self._is_in_hand = is_in_hand
        self._window = Window()
        self._stopper = new_event()
        self._woken = new_event()
        self.next_try_s: float | None = None

    def stop(self) -> None:
        """Ends `run` soon; what is queued stays queued."""
        self._stopper.set()
        self._woken.set()

    def wake(self) -> None:
        """Says that there is something new to send."""
        self._woken.set()

    def run(self) -> None:
        """Drains, compares what both sides hold, refreshes the manifest, waits for more; until `stop`."""
        while not self._stopper.is_set():
            self._woken.clear()
            try:
                self.drain()
                if not self._stopper.is_set() and self._link.is_welcome:
                    self._compare()
                    self._refresh()
            except AppError as err:
                self._failed(err)
            self._woken.wait(self._idle_s())

    def drain(self) -> int:
        """Sends until the queue is empty, the server bars this device, or `stop`; how many facts were settled."""
        self._rejoin()
        settled = 0
        while not self._stopper.is_set() and (waiting := self._settled_at_the_door()):
            batch = self._window.batch(waiting)
            answer = self._ask(lambda batch=batch: self._try(batch), self._stopper, self._note_wait)  # type: ignore[misc]
            fates = self._fates(batch, answer)
            if fates is None:
                break
            self._journal.settle(fates)
            settled += sum(fate.leg is not Leg.QUEUED for fate in fates)
            self._drained(settled)
        self.next_try_s = None
        return settled

    def _settled_at_the_door(self) -> list[Queued]:
        """The head of the queue, up to a scan of which nothing was shown yet while a guest is in hand.

        First it is read and then it is asked whether anybody is: a scan that was read was in hand before.
        """
        waiting = self._journal.queued()
        return list(takewhile(lambda each: not each.is_open, waiting)) if self._is_in_hand() else waiting

    def _try(self, batch: Sequence[Queued]) -> Done[BatchReply] | Later | Rejected:
        answer = self._uplink.send(body(batch))
        self._link.note(answer, slow_from_ms=SLOW_BATCH_MS)
        if isinstance(answer, Done) and all(result.arrival is Arrival.LATER for result in answer.value.results):
            return Later(Trouble.BUSY)
        return answer

    def _note_wait(self, seconds: float) -> None:
        """A server that does not answer can hold the queue for days; what must not wait for it has its turn here."""
        self.next_try_s = seconds
        self._waiting()

    def _fates(self, batch: Sequence[Queued], answer: Done[BatchReply] | Later | Rejected) -> list[Fate] | None:
        """What became of each fact; None when nothing more can be sent for now.

        A fact is set aside on our server's own word alone: a captive portal refuses one after the other as well.
        """
        match answer:
            case Done(value=reply):
                self._window = self._window.after_answer()
                fates = [_fate(item.id, result) for item, result in _matched(batch, reply.results)]
                return fates if any(fate.leg is not Leg.QUEUED for fate in fates) else None
            case Rejected(status=status) if status in _ABOUT_THE_FACTS and len(batch) > 1:
                self._window = self._window.after_refusal(len(batch))
                return []
            case Rejected(status=status, code=code) if status in _ABOUT_THE_FACTS and answer.is_our_servers:
                return [Fate(batch[0].id, Leg.QUARANTINED, reason=code)]
            case Rejected() | Later():
                return None


def _matched(batch: Sequence[Queued], results: Sequence[FactResult]) -> Iterator[tuple[Queued, FactResult | None]]:
    """Each fact with its result: by its id, else by its place where the server knows it under another one.

    That one is a record whose id can't be read; the server keeps it by an id that it makes.
    """
    told, own = {result.id: result for result in results}, {item.id.hex for item in batch}
    has_all = len(results) == len(batch)
    for place, item in enumerate(batch):
        stranger = results[place] if has_all and results[place].id not in own else None
        yield item, told.get(item.id.hex, stranger)


def _fate(id_: FactId, result: FactResult | None) -> Fate:
    """A fact that the server did not mention stays queued."""
    if result is None:
        return Fate(id_, Leg.QUEUED)
    return Fate(id_, AFTER[result.arrival], result.answer, tuple(result.incidents), result.reason)

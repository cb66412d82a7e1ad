"""A sync line whose patience takes no time: it asks again at once, at most fifty times."""

import threading
from collections.abc import Callable

from app.runtime.link import LinkMonitor
from app.runtime.sync_line import SyncLine, Uplink
from app.store.journal import Journal
from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import BatchReply

Reply = Done[BatchReply] | Later | Rejected
MOST_AGAIN = 50


def ask_at_once(question: Callable[[], Reply], stopper: threading.Event, _: Callable[[float], None]) -> Reply:
    """Patience without waiting."""
    answer = question()
    for _try in range(MOST_AGAIN):
        if not isinstance(answer, Later) or stopper.is_set():
            break
        answer = question()
    return answer


def sync_line(journal: Journal, uplink: Uplink, **parts: object) -> SyncLine:
    """A line on a journal; `parts` are what a test has of its own."""
    settings = {"ask": ask_at_once, "refresh": lambda: None, "link": LinkMonitor(lambda: Millis(0)), **parts}
    return SyncLine(journal=journal, uplink=uplink, **settings)  # type: ignore[arg-type]

"""A long queue, made quickly: the scans are real, and only the disk is not waited for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.store import black_box
from core.model.outcomes import Outcome
from tests.support.live import LiveKiosk

NOWHERE = "http://127.0.0.1:9"


@contextmanager
def unsynced(kiosk: LiveKiosk) -> Iterator[None]:
    """The kiosk talks to nobody, and its journal does not wait for the disk."""
    kiosk.connect(NOWHERE)
    kiosk.journal._connection.execute("PRAGMA synchronous = OFF")
    real, black_box._sync = black_box._sync, lambda _: None
    try:
        yield
    finally:
        black_box._sync = real


def fill(kiosk: LiveKiosk, texts: Iterable[str]) -> None:
    """Presents these tickets to a kiosk without a network."""
    for text in texts:
        assert kiosk.line.present(text).outcome is Outcome.ADMITTED_OFFLINE

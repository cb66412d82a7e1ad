"""G9: a manifest comes and takes its place while guests are scanned: what is used stays used, and no scan waits.

No test here measures time. Whether a scan could wait for the keeper is asked by stopping the keeper dead, in the middle
of a download, of a transaction, of the swap itself: a lane that shares anything with it stops as well.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store import database
from app.store.journal import Journal
from app.store.trust_store import TrustStore
from core.gate.admit import Door
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.ticket.verify import Lane
from tests.support.door import (
    DEVICE,
    EVENT,
    NORTH,
    HandClock,
    Signed,
    digest,
    lists,
    new_id,
    signed,
    ticket,
    writer,
)
from tests.support.manifests import ManifestServer, Rig
from tests.support.scripted_server import Question, Reply

GUESTS = range(1, 41)
WAIT_S = 20


@contextmanager
def lane(folder: Path, box: TrustBox) -> Iterator[ScanLine]:
    """A lane of the calling thread, beside the keeper's files."""
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        yield ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=HandClock(),
            oracle=NoOracle(),
        )


def version_of(number: int) -> Signed:
    """A manifest whose lists differ from every other's."""
    return signed(number, lists(allowed=[digest(ticket(each)) for each in range(number, number + 500)]))


def test_guests_are_scanned_while_lists_come_and_go(tmp_path: Path) -> None:
    """Each guest once in between two swaps, and each once more: never a second green, never a mixture."""
    swaps: list[int] = []
    with ManifestServer(version_of(1)) as server, closing(Rig(tmp_path, server.url)) as first:
        first.refresh()
        begun, done = threading.Event(), threading.Event()

        def keep() -> None:
            with closing(Rig(tmp_path, server.url, box=first.box)) as rig:
                while not done.is_set():
                    server.publish(version_of(server.current.manifest.version + 1))
                    assert rig.refresh() is None
                    swaps.append(rig.box.version)
                    begun.set()

        keeper = threading.Thread(target=keep)
        with lane(tmp_path, first.box) as line:
            keeper.start()
            assert begun.wait(WAIT_S)
            admitted = [line.present(ticket(number)).outcome for number in GUESTS]
            again = [line.present(ticket(number)).outcome for number in GUESTS]
            done.set()
            keeper.join(WAIT_S)
    assert set(admitted) == {Outcome.ADMITTED_OFFLINE}
    assert set(again) == {Outcome.ALREADY_USED}
    assert swaps == list(range(2, 2 + len(swaps)))
    assert swaps


# --- a keeper that stands still -----------------------------------------------------------------------------------


class Standstill:
    """A place where the keeper stops until it is let go."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self.may_go = threading.Event()

    def stand(self) -> None:
        """What the keeper calls."""
        self.is_reached.set()
        assert self.may_go.wait(WAIT_S)


@contextmanager
def stopped_keeper(
    folder: Path, box: TrustBox, plant: Callable[[Rig, ManifestServer, Standstill], None]
) -> Iterator[None]:
    """A keeper in a thread of its own that stands still, at the planted place, on its way to version 2."""
    still = Standstill()

    def keep() -> None:
        with closing(Rig(folder, server.url, box=box)) as rig:
            plant(rig, server, still)
            rig.refresh()

    with ManifestServer(version_of(2)) as server:
        thread = threading.Thread(target=keep)
        thread.start()
        try:
            assert still.is_reached.wait(WAIT_S)
            yield
        finally:
            still.may_go.set()
            thread.join(WAIT_S)


def in_a_download(_: Rig, server: ManifestServer, still: Standstill) -> None:
    def treat(question: Question, reply: Reply) -> Reply:
        if "/files/" in question.path:
            still.stand()
        return reply

    server.treat = treat


def in_a_transaction(rig: Rig, _: ManifestServer, still: Standstill) -> None:
    """It holds the write lock of its database."""
    hold = rig.store._hold

    def hold_on(*told: object) -> bool:
        changed = hold(*told)  # type: ignore[arg-type]
        still.stand()
        return changed

    rig.store._hold = hold_on  # type: ignore[method-assign]


def in_the_swap(rig: Rig, _: ManifestServer, still: Standstill) -> None:
    """Stored, and not yet in force."""
    adopt = rig.box.adopt

    def adopt_later(*told: object) -> None:
        still.stand()
        adopt(*told)  # type: ignore[arg-type]

    rig.box.adopt = adopt_later  # type: ignore[method-assign]


@pytest.mark.parametrize("plant", [in_a_download, in_a_transaction, in_the_swap])
def test_no_scan_waits_for_the_keeper(tmp_path: Path, plant: Callable[[Rig, ManifestServer, Standstill], None]) -> None:
    box = box_with_first(tmp_path)
    with lane(tmp_path, box) as line:
        with stopped_keeper(tmp_path, box, plant):
            assert [line.present(ticket(1)).outcome for _ in range(2)] == [
                Outcome.ADMITTED_OFFLINE,
                Outcome.ALREADY_USED,
            ]
            assert box.version == 1
        assert box.version == 2
        assert line.present(ticket(1)).outcome is Outcome.ALREADY_USED


def test_control_lists_in_the_journals_own_file_would_stop_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted defect: one database for both. A guest in front of it gets no green while a list is stored."""
    box = box_with_first(tmp_path)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)

    def one_file(rig: Rig, server: ManifestServer, still: Standstill) -> None:
        journal = rig.store._connection.execute("PRAGMA database_list").fetchone()[2].replace("trust.db", "kiosk.db")
        rig.store._connection.execute("ATTACH ? AS journal", (journal,))
        begin = rig.store._hold

        def hold_both(*told: object) -> bool:
            rig.store._connection.execute("UPDATE journal.facts SET leg = leg")
            return begin(*told)  # type: ignore[arg-type]

        rig.store._hold = hold_both  # type: ignore[method-assign]
        in_a_transaction(rig, server, still)

    with lane(tmp_path, box) as line:
        with stopped_keeper(tmp_path, box, one_file):
            assert line.present(ticket(1)).outcome is Outcome.STORAGE_FAILED
        assert line.present(ticket(1)).outcome is Outcome.ADMITTED_OFFLINE


def box_with_first(folder: Path) -> TrustBox:
    """A box in which version 1 is in force."""
    with ManifestServer(version_of(1)) as server, closing(Rig(folder, server.url)) as rig:
        rig.refresh()
        assert rig.box.version == 1
        return rig.box


def test_a_store_can_be_read_while_another_hand_writes(tmp_path: Path) -> None:
    with (
        closing(Rig(tmp_path)) as rig,
        closing(TrustStore(tmp_path / "trust.db")) as other,
        database.transaction(rig.store._connection),
    ):
        assert other.held(EVENT) is None

"""The desk over the network as the window's connection: how it stands, whose session it is, what it keeps."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.organizer.connection import Connection
from app.organizer.network_desk import roles_of
from app.store.panel_cache import Shelf
from core.insight.reading import Freshness, Reading
from core.insight.standing import Standing, State
from core.model.roles import NOBODY, Right, Role
from core.sync.messages import Me, RoleRow
from tests.organizer.desk_contract import Ear, question, until, values
from tests.organizer.network_rig import ANA, NetworkRig
from tests.organizer.still_desk import EVENT

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[NetworkRig]:
    with closing(NetworkRig(tmp_path / "window")) as made:
        yield made


def test_it_is_the_connection_that_the_window_asks_for(rig: NetworkRig) -> None:
    connection: Connection = rig.desk
    assert connection.standing.since_ms >= 0


def test_how_it_stands_and_that_a_session_is_over_is_told_in_the_windows_thread(  # D4
    rig: NetworkRig, qtbot: QtBot
) -> None:
    stands: Ear[Standing] = Ear()
    over: list[threading.Thread] = []
    rig.desk.hear_standing(stands)
    rig.desk.hear_log_out(lambda: over.append(threading.current_thread()))
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    rig.desk.watch(question(), ear)
    until(qtbot, lambda: stands.heard and stands.heard[-1].state is State.LIVE)
    until(qtbot, lambda: values(ear))
    rig.refuses(question(), 401, "credentials_over")
    until(qtbot, lambda: over)
    assert over == [threading.current_thread()]
    assert stands.threads == {threading.current_thread()}
    until(qtbot, lambda: ear.heard[-1].state is Freshness.OLD)
    assert ear.heard[-1].value == (1,)
    rig.says(question(), [2])
    rig.desk.use("dls_other", ANA)
    until(qtbot, lambda: (2,) in values(ear))
    assert len(over) == 1


def test_who_logs_out_leaves_nothing_and_who_was_only_thrown_out_keeps_what_was_known(
    rig: NetworkRig, qtbot: QtBot
) -> None:
    def shown() -> list[tuple[int, ...] | None]:
        ear: Ear[Reading[tuple[int, ...]]] = Ear()
        watching = rig.desk.watch(question(), ear)
        until(qtbot, lambda: ear.heard and ear.heard[-1].state is not Freshness.LOADING)
        watching.stop()
        return [each.value for each in ear.heard]

    rig.says(question(), [1])
    assert shown()[-1] == (1,)
    rig.desk.use(None, ANA)
    assert (1,) in shown()
    rig.desk.use(None, None)
    assert not rig.desk.may(Right.READ_STATUS)
    until(qtbot, lambda: rig.desk.cache.get(Shelf(rig.desk.server, "ana", EVENT.hex), "numbers") is None)
    rig.desk.use(None, ANA)
    assert (1,) not in shown()


def test_what_an_account_may_not_read_any_more_is_not_kept(rig: NetworkRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    shelf = Shelf(rig.desk.server, "ana", EVENT.hex)
    rig.says(question(), [1])
    rig.desk.watch(question(), ear)
    until(qtbot, lambda: rig.desk.cache.get(shelf, "numbers") is not None)
    rig.desk.use(None, Me("ana", [RoleRow("5b" * 16, Role.ADMIN)], must_change=False))
    until(qtbot, lambda: rig.desk.cache.get(shelf, "numbers") is None)


def test_a_fault_of_one_who_hears_stops_no_other(rig: NetworkRig, qtbot: QtBot) -> None:  # G22
    def fail(_: object) -> None:
        raise RuntimeError("planted")

    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    with qtbot.captureExceptions() as faults:
        rig.desk.watch(question(), fail)
        rig.desk.hear_standing(fail)
        rig.desk.watch(question(), ear)
        until(qtbot, lambda: values(ear) and len(faults) >= 2)
    assert {str(fault[1]) for fault in faults} == {"planted"}


def test_nothing_is_told_once_it_is_closed(rig: NetworkRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    rig.desk.watch(question(), ear)
    rig.desk.close()
    rig.desk.watch(question("others"), ear)
    rig.desk.retry_now()
    turned: list[bool] = []
    QTimer.singleShot(0, lambda: turned.append(True))  # behind all that was posted: its threads have ended
    until(qtbot, lambda: bool(turned))
    assert ear.heard == []


@pytest.mark.parametrize("row", ["", "none", "5b" * 15])
def test_a_role_for_an_event_that_can_not_be_read_is_none(row: str) -> None:
    assert roles_of(Me("ana", [RoleRow(row, Role.OWNER)], must_change=False)) == NOBODY

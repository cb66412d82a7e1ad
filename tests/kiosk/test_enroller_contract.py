"""The contract of an enrolment: the fake of the window's tests and the real one, on a running server, keep it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.clock import SystemClock
from app.kiosk.enrol_steps import FolderEnroller, trouble_of
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.enrolling import Begun, Enroller, EnrolTrouble, Holds, Typed, Wanted
from app.kiosk.front import Front
from app.kiosk.window import KioskWindow
from app.runtime.enrolling import EnrolmentFailed
from app.server.problems import TABLE
from app.settings import load_profile
from core.sync.enrolment import Invitation, fingerprint_of, text_of
from core.sync.health import Trouble
from tests.kiosk.enrollers import INVITATION, FakeEnroller
from tests.support.live import LiveEvent, live_event

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 30_000


@dataclass
class Bench:
    """An enroller to try, an invitation that it can follow, and an organizer who says yes."""

    enroller: Enroller
    wanted: Wanted
    confirm: Callable[[Begun], None]


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEvent]:
    with live_event(tmp_path_factory.mktemp("server")) as made:
        made.tickets(3)
        yield made


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.slow)])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if request.param == "fake":
        fake = FakeEnroller()
        return Bench(fake, INVITATION, lambda _: fake.say_yes())
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    event: LiveEvent = request.getfixturevalue("event")
    wanted = Typed(event.server.url, event.code())
    return Bench(FolderEnroller(tmp_path, SystemClock()), wanted, lambda begun: confirm(event, tmp_path, begun))


def confirm(event: LiveEvent, folder: Path, begun: Begun) -> None:
    """An organizer who has looked at both screens."""
    with event.office() as office:
        office.confirm_device(event.id, load_profile(folder).device_id, begun.digits)


def began(bench: Bench) -> Begun:
    begun = bench.enroller.begin(bench.wanted)
    assert isinstance(begun, Begun), begun
    return begun


def test_an_invitation_leads_to_digits_and_names(bench: Bench) -> None:
    begun = began(bench)
    assert len(begun.digits.replace(" ", "")) == 6
    assert begun.event_name == "Summer Night"
    assert "orth" in begun.gate_name
    assert begun.device_name.startswith("North 1")


def test_the_organizers_yes_ends_the_waiting(bench: Bench) -> None:
    begun = began(bench)
    bench.confirm(begun)
    assert bench.enroller.wait(threading.Event()) is None


def test_waiting_ends_when_nobody_wants_to_know_any_more(bench: Bench) -> None:
    began(bench)
    stop = threading.Event()
    waiting = threading.Thread(target=bench.enroller.wait, args=(stop,))
    waiting.start()
    stop.set()
    waiting.join(PATIENCE_MS / 1_000)
    assert not waiting.is_alive()


def test_the_first_lists_come_and_are_counted(bench: Bench) -> None:
    begun = began(bench)
    bench.confirm(begun)
    bench.enroller.wait(threading.Event())
    steps: list[tuple[int, int]] = []
    found = bench.enroller.load(threading.Event(), lambda done, total: steps.append((done, total)))
    assert isinstance(found, Holds)
    assert found.held == found.total > 0
    assert steps
    assert all(0 <= done <= total for done, total in steps)


# --- the real one ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    return tmp_path / "kiosk"


def begun_by(folder: Path, wanted: Wanted) -> Begun | EnrolTrouble:
    return FolderEnroller(folder, SystemClock()).begin(wanted)


@pytest.mark.slow
def test_a_code_that_was_used_or_never_was_is_told_apart(event: LiveEvent, folder: Path, tmp_path: Path) -> None:
    code = event.code()
    assert isinstance(begun_by(folder, Typed(event.server.url, code)), Begun)
    assert begun_by(tmp_path / "other", Typed(event.server.url, code)) is EnrolTrouble.CODE_USED
    wrong = code[:-4] + ("AAAA" if code[-4:] != "AAAA" else "BBBB")
    assert begun_by(tmp_path / "third", Typed(event.server.url, wrong)) is EnrolTrouble.CODE_WRONG
    assert begun_by(tmp_path / "third", Typed(event.server.url, "?")) is EnrolTrouble.CODE_WRONG


@pytest.mark.parametrize("server", ["http://127.0.0.1:9", "https://", "http://[::1", "https://no such host"])
def test_an_address_where_nobody_is_is_said(folder: Path, server: str) -> None:
    assert begun_by(folder, Typed(server, "ABCD-EFGH")) is EnrolTrouble.UNREACHABLE
    assert not (folder / "profile.json").exists()


@pytest.mark.slow
def test_a_server_with_another_root_key_is_somebody_else(event: LiveEvent, folder: Path) -> None:
    """The code reached somebody who answers like a server: nothing of the answer is kept."""
    wanted = Invitation(event.server.url, event.code(), INVITATION.expires_at_ms, bytes(32))
    assert begun_by(folder, wanted) is EnrolTrouble.OTHER_SERVER
    assert not (folder / "profile.json").exists()


@pytest.mark.slow
def test_lists_that_do_not_come_are_unreachable_and_can_be_tried_again(event: LiveEvent, folder: Path) -> None:
    enroller = FolderEnroller(folder, SystemClock())
    begun = enroller.begin(Typed(event.server.url, event.code()))
    assert isinstance(begun, Begun)
    confirm(event, folder, begun)
    profile = enroller._profile
    assert profile is not None
    enroller._profile = replace(profile, server="http://127.0.0.1:9")
    assert enroller.load(threading.Event(), lambda *_: None) is EnrolTrouble.UNREACHABLE
    enroller._profile = profile
    assert isinstance(enroller.load(threading.Event(), lambda *_: None), Holds)


def test_every_refusal_of_an_enrolment_has_a_cure_of_its_own() -> None:
    told = [code for code in TABLE if code.startswith("enrol_code")] + ["kiosk_outdated", "server_outdated"]
    assert EnrolTrouble.SERVER_TROUBLE not in {trouble_of(code) for code in told}
    assert len({trouble_of(code) for code in told}) == len(told)
    assert trouble_of(Trouble.BUSY.value) is trouble_of("never heard of") is EnrolTrouble.SERVER_TROUBLE
    assert EnrolmentFailed("enrol_code_wrong").details["code"] == "enrol_code_wrong"


@pytest.mark.slow
def test_a_computer_becomes_a_door_before_the_eyes_of_two_people(qtbot: QtBot, event: LiveEvent, folder: Path) -> None:
    """The real window, the real server: from an empty folder to the door."""
    front = Front(folder, "demo", None)
    try:
        front.open()
        window = front.shown
        assert isinstance(window, EnrolWindow)
        with event.office() as office:
            root = fingerprint_of(office.roots.root_public)
        invitation = Invitation(event.server.url, event.code(name="East 1"), INVITATION.expires_at_ms, root)
        QTest.keyClicks(window._server, text_of(invitation))  # as a hand scanner does
        QTest.keyClick(window._server, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.text.digits != "", timeout=PATIENCE_MS)
        with event.office() as office:
            office.confirm_device(event.id, load_profile(folder).device_id, window.text.digits)
        qtbot.waitUntil(lambda: "I hold" in window.text.line, timeout=PATIENCE_MS)
        QTest.mouseClick(window._go_on, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: isinstance(front.shown, KioskWindow), timeout=PATIENCE_MS)
        status = front.shown._scene.status  # type: ignore[union-attr]
        qtbot.waitUntil(lambda: status.text is not None and status.text.bar is None, timeout=PATIENCE_MS)
    finally:
        front.close()
        if front.shown is not None:
            front.shown.close()

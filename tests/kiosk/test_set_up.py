"""Settings at a real door: behind a PIN, by the organizer's code alone, and a locked window that is left with a PIN."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from app.kiosk.authorise_sheet import AuthoriseSheet
from app.kiosk.kiosk import Kiosk
from app.kiosk.settings_sheet import SettingsSheet
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime.station import Station
from app.settings import load_settings
from core.gate.operators import DoorRole, Operator
from core.gate.verdict import Verdict
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.model.settings import Setting, Settings, ThemeName, Turn
from core.sync.setup import Setup, text_of
from core.ticket import seal
from tests.support.door import EVENT, NOON_MS, PROFILE, ROOT_PRIVATE, HandClock, fill_vault, taken, ticket

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
WORDS = load_kiosk_words()
PIN = "482913"
SUPERVISOR = Operator("s1", "Ana", DoorRole.SUPERVISOR, 5, seal.password_record(PIN, b"s" * 16))
SETUP = Setup(EVENT, Millis(NOON_MS + 3_600_000), {Setting.THEME: "light", Setting.TURN: 180})


def code(setup: Setup = SETUP, private: bytes = ROOT_PRIVATE) -> str:
    return text_of(setup, lambda message: seal.ed25519_sign(private, message))


class Door:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.folder = folder
        fill_vault(folder)
        clock = HandClock()
        self.station = Station(folder, PROFILE, clock)
        self.station.box.adopt(replace(taken(), operators=(SUPERVISOR,)), clock.at_ms)
        self.window = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), clock)
        qtbot.addWidget(self.window)
        self.window.show()
        self.kiosk = Kiosk(self.station, None, self.window)
        self.told: list[Verdict] = []
        self.kiosk.verdict_shown.connect(self.told.append)
        self.kiosk.start()

    def close(self) -> None:
        self.kiosk.stop()
        self.station.close()

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder).settings

    def type_pin(self, pin: str) -> None:
        sheet = self.window.desk.sheet
        assert isinstance(sheet, AuthoriseSheet), sheet
        enter_pin(sheet, pin)

    def open_settings(self) -> SettingsSheet:
        self.window.desk.touch(SheetName.SETTINGS)
        self.type_pin(PIN)
        sheet = self.window.desk.sheet
        assert isinstance(sheet, SettingsSheet)
        return sheet

    def present(self, text: str) -> None:
        """A code, and whatever comes of it: a verdict, or a word of the page."""
        verdicts, sheet = len(self.told), self.window.desk.sheet
        before = sheet.note.text() if isinstance(sheet, SettingsSheet) else ""

        def is_answered() -> bool:
            if len(self.told) > verdicts or not isinstance(sheet, SettingsSheet):
                return len(self.told) > verdicts
            return self.window.desk.sheet is sheet and sheet.note.text() != before

        self.kiosk.present(text)
        self._qtbot.waitUntil(is_answered, timeout=PATIENCE_MS)


def enter_pin(sheet: AuthoriseSheet, pin: str) -> None:
    sheet.pad.field.setText(pin)
    sheet.pad._enter()


def test_settings_that_could_not_be_read_are_said_when_the_door_opens(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    (tmp_path / "settings.json").write_text('{"camera.turn": 45, "sound": false}')
    with closing(Door(qtbot, tmp_path)) as door:
        assert WORDS.settings.page.lost in door.window._scene.waiting.text()
        assert not door.kiosk._settings.settings.is_heard, "the values that can be count"
        assert door.kiosk._sounds._is_muted, "from the first guest on"


@pytest.fixture
def door(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with closing(Door(qtbot, tmp_path)) as opened:
        yield opened


def test_settings_are_behind_a_pin_and_change_at_once(door: Door) -> None:
    door.window.desk.touch(SheetName.SETTINGS)
    door.type_pin("000000")
    assert isinstance(door.window.desk.sheet, AuthoriseSheet), "a wrong PIN opens nothing"
    door.type_pin(PIN)
    sheet = door.window.desk.sheet
    assert isinstance(sheet, SettingsSheet)
    sheet.rows.chosen.emit(list(Setting).index(Setting.TURN))
    sheet.rows.chosen.emit(list(Setting).index(Setting.SOUND))
    assert (door.settings.camera.turn, door.settings.is_heard) == (Turn.RIGHT, False)
    sheet.rows.chosen.emit(list(Setting).index(Setting.CAMERA))
    assert door.settings.camera.device == "", "what is no choice is set elsewhere"


def test_the_organizers_code_counts_once_somebody_has_seen_what_it_sets(door: Door) -> None:
    sheet = door.open_settings()
    sheet.scan_key.click()
    door.present(code())
    assert "Turn the picture: upside down" in sheet.note.text()
    assert door.settings == Settings(), "nothing counts yet"
    sheet.leave_key.click()
    assert door.settings == Settings()
    sheet.scan_key.click()
    door.present(code())
    sheet.take_key.click()
    assert (door.settings.theme, door.settings.camera.turn) == (ThemeName.LIGHT, Turn.OVER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (code(private=bytes([0x10]) * 32), "Somebody else made this"),
        (code(replace(SETUP, event=EventId(UUID(int=9)))), "another event"),
        (code(replace(SETUP, until_ms=Millis(NOON_MS - 3_600_000))), "is over"),
    ],
)
def test_a_code_that_is_not_the_organizers_for_now_changes_nothing(door: Door, text: str, said: str) -> None:
    sheet = door.open_settings()
    sheet.scan_key.click()
    door.present(text)
    assert said in sheet.note.text()
    assert not sheet.take_key.isVisible()
    assert door.settings == Settings()


def test_a_guests_code_sets_nothing_at_any_other_moment(door: Door) -> None:
    """A photograph of the organizer's genuine code, held up by a guest; on the page too, before staff ask for one."""
    door.present(code())
    assert door.told[-1].outcome is Outcome.NOT_A_TICKET
    door.open_settings()
    door.present(code())
    assert door.told[-1].outcome is Outcome.NOT_A_TICKET
    assert door.settings == Settings()


def test_a_guest_who_comes_meanwhile_is_let_in_and_the_code_is_asked_for_anew(door: Door) -> None:
    sheet = door.open_settings()
    sheet.scan_key.click()
    door.present(ticket(1))
    assert door.told[-1].outcome is Outcome.ADMITTED_OFFLINE
    assert door.window.desk.sheet is None, "the verdict comes first"
    door.present(code())
    assert door.told[-1].outcome is Outcome.NOT_A_TICKET, "nobody waits for a code any more"


def test_a_locked_window_is_left_with_a_pin(qtbot: QtBot, door: Door) -> None:
    door.kiosk._settings.change(Setting.LOCK, value=True)
    assert door.window.isFullScreen()
    assert not door.window.close()
    assert door.window.isVisible()
    door.type_pin("000000")
    assert door.window.isVisible()
    with qtbot.waitSignal(door.window.closed, timeout=PATIENCE_MS):
        door.type_pin(PIN)
    assert not door.window.isVisible()


def test_a_window_that_nobodys_pin_could_open_is_left_without(qtbot: QtBot, door: Door) -> None:
    """Else a door without door staff could never be closed; the self-test says it."""
    door.station.box.adopt(taken(2), NOON_MS)
    door.kiosk._settings.change(Setting.LOCK, value=True)
    with qtbot.waitSignal(door.window.closed, timeout=PATIENCE_MS):
        assert door.window.close()

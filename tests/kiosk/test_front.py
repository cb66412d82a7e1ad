"""What `doorlight kiosk` opens first, and that one window follows the other."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.device.vault import PassphraseVault
from app.device.vaults import passphrases
from app.errors import AppError
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.front import Front
from app.kiosk.rehearsal_start import RehearsalStart
from app.kiosk.sheet import SheetName
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.window import KioskWindow
from app.runtime.preferences import Preferences
from app.settings import VAULT_FOLDER, save_profile
from app.widgets.words import load_tables
from core.model.settings import Language, Setting, ThemeName
from tests.kiosk.test_languages import texts_of
from tests.support.door import PROFILE, SEALING_PRIVATE, fill_vault
from tests.support.drawn import drawn_texts

PASSPHRASE = "four unrelated words here"
pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
SWITCHES = {SheetName.LANGUAGE, SheetName.THEME, SheetName.SOUND}


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")


@pytest.fixture
def front(qtbot: QtBot, tmp_path: Path) -> Iterator[Front]:
    with closing(Front(tmp_path, "demo", None)) as made:
        yield made
        if made.shown is not None:
            qtbot.addWidget(made.shown)
            made.shown.close()


def test_a_folder_that_is_no_kiosk_becomes_one(front: Front) -> None:
    front.open()
    assert isinstance(front.shown, EnrolWindow)


def test_a_kiosk_opens_its_door(front: Front, tmp_path: Path) -> None:
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    front.open()
    assert isinstance(front.shown, KioskWindow)


def test_language_and_colours_are_those_of_the_last_time(qtbot: QtBot, front: Front, tmp_path: Path) -> None:
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    front.open()
    window = front.shown
    assert isinstance(window, KioskWindow)
    window.desk.touch(SheetName.LANGUAGE)
    window.desk.touch(SheetName.THEME)
    with closing(Front(tmp_path, "demo", None)) as later:
        assert later._words.sheet_titles[SheetName.HELP] == "Hilfe"
        assert later._settings.settings.theme is ThemeName.LIGHT
    front._settings.change(Setting.THEME, "high_contrast")
    assert (window._scene.theme, window._words.sheet.close) == (ThemeName.HIGH_CONTRAST, "Schließen")


def test_a_new_kiosk_speaks_the_language_of_its_computer_and_keeps_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("de_AT"))
    for is_enrolled in (False, True):
        if is_enrolled:
            fill_vault(tmp_path)
            save_profile(tmp_path, PROFILE)
        with closing(Front(tmp_path, "demo", None)) as german:
            german.open()
            assert german.shown is not None
            qtbot.addWidget(german.shown)
            assert german._words.window.preview == "Kamerabild"
            german.shown.close()
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("fr_FR"))
    with closing(Front(tmp_path, "demo", None)) as later:
        assert later._words.window.preview == "Kamerabild"


def test_a_door_looks_as_whoever_started_it_until_somebody_chooses_there(qtbot: QtBot, tmp_path: Path) -> None:
    """What the start window was chosen counts each time anew; a choice at the door counts from then on."""
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    german = Preferences(Language.GERMAN, ThemeName.HIGH_CONTRAST)

    def looks(usual: Preferences, *touched: SheetName) -> tuple[str, ThemeName]:
        with closing(Front(tmp_path, "demo", None, usual)) as front:
            front.open()
            window = front.shown
            assert isinstance(window, KioskWindow)
            qtbot.addWidget(window)
            found = window._words.sheet.close, window._scene.theme
            for each in touched:
                window.desk.touch(each)
            window.close()
            return found

    assert looks(german) == ("Schließen", ThemeName.HIGH_CONTRAST)
    english = Preferences(Language.ENGLISH, ThemeName.LIGHT)
    assert looks(english, SheetName.THEME) == ("Close", ThemeName.LIGHT)
    assert looks(german) == ("Schließen", ThemeName.HIGH_CONTRAST), "touched once from light"
    assert looks(english) == ("Close", ThemeName.HIGH_CONTRAST), "the colours were chosen here, the language was not"


def test_every_page_of_a_running_door_speaks_the_language_of_now(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made a page keeps the words that become another language's, and no copy of the old ones."""
    rehearsed: list[str] = []
    monkeypatch.setattr(RehearsalStart, "start", lambda _, language: rehearsed.append(language))
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    front.open()
    window = front.shown
    assert isinstance(window, KioskWindow)
    window.desk.touch(SheetName.LANGUAGE)
    english = set(texts_of(load_tables("en")).values()) - set(texts_of(load_tables("de")).values())
    opened, left = 0, []
    for name in window.desk.offered:
        if name in SWITCHES or not window.desk.is_ready(name):
            continue
        window.desk.touch(name)
        if window.desk.sheet is not None:
            opened += 1
            left += [f"{name}: {text}" for text in drawn_texts(window) if text.text.strip() in english]
            window.desk.close()
    assert opened >= 8
    assert left == []
    assert rehearsed == ["de"], "a rehearsal is a program of its own, which would outlive the test"
    window.desk.touch(SheetName.LANGUAGE)  # the control: English is found where it is spoken
    window.desk.touch(SheetName.HELP)
    assert "Let in" in [text.text for text in drawn_texts(window) if text.text in english]


def test_a_kiosk_that_has_lost_its_credential_is_enrolled_again(front: Front, tmp_path: Path) -> None:  # G6
    save_profile(tmp_path, PROFILE)
    front.open()
    assert isinstance(front.shown, EnrolWindow)


def test_a_profile_that_cannot_be_read_is_said_at_the_shell(front: Front, tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text("{")
    with pytest.raises(AppError, match="settings_failed"):
        front.open()


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PassphraseVault]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "passphrase")
    monkeypatch.delenv("DOORLIGHT_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(passphrases, "_told", {})
    vault = PassphraseVault(tmp_path / VAULT_FOLDER)
    (tmp_path / VAULT_FOLDER).mkdir()
    vault.set_up(PASSPHRASE)
    yield vault
    passphrases.asked.cache_clear()


def test_locked_keys_are_unlocked_before_the_door(
    qtbot: QtBot, front: Front, tmp_path: Path, locked: PassphraseVault
) -> None:
    locked.put("credential", b"secret")
    locked.put("sealing-key", SEALING_PRIVATE)
    save_profile(tmp_path, PROFILE)
    front.open()
    window = front.shown
    assert isinstance(window, UnlockWindow)
    QTest.keyClicks(window.field, PASSPHRASE)
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(front.shown, KioskWindow), timeout=PATIENCE_MS)
    assert not window.isVisible()


def test_locked_keys_are_unlocked_before_the_enrolment(qtbot: QtBot, front: Front, locked: PassphraseVault) -> None:
    front.open()
    window = front.shown
    assert isinstance(window, UnlockWindow)
    QTest.keyClicks(window.field, PASSPHRASE)
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(front.shown, EnrolWindow), timeout=PATIENCE_MS)


def test_what_fails_after_the_first_page_is_told(
    qtbot: QtBot, front: Front, tmp_path: Path, locked: PassphraseVault
) -> None:
    (tmp_path / "profile.json").write_text("{")
    front.open()
    window = front.shown
    assert isinstance(window, UnlockWindow)
    with qtbot.waitSignal(front.failed, timeout=PATIENCE_MS) as caught:
        QTest.keyClicks(window.field, PASSPHRASE)
        QTest.keyClick(window.field, Qt.Key.Key_Return)
    assert caught.args is not None
    assert caught.args[0].key == "settings_failed"

"""Keys under a passphrase: the page before the lane, on a real vault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.device.vault import PassphraseVault
from app.device.vaults import passphrases
from app.kiosk.front import is_locked, unlock
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.words import load_kiosk_words
from app.settings import VAULT_FOLDER

WORDS = load_kiosk_words()
PASSPHRASE = "four unrelated words here"
pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DOORLIGHT_VAULT", raising=False)
    monkeypatch.setattr(passphrases, "_told", {})
    vault = PassphraseVault(tmp_path / VAULT_FOLDER)
    (tmp_path / VAULT_FOLDER).mkdir()
    vault.set_up(PASSPHRASE)
    vault.put("credential", b"secret")
    return tmp_path


@pytest.fixture
def window(qtbot: QtBot, folder: Path) -> Iterator[UnlockWindow]:
    made = UnlockWindow(WORDS.unlock, WORDS.window, lambda typed: unlock(folder, typed))
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    made.stop()
    passphrases.asked.cache_clear()


def typed(window: UnlockWindow, text: str) -> None:
    QTest.keyClicks(window.field, text)
    QTest.keyClick(window.field, Qt.Key.Key_Return)


def test_the_right_passphrase_opens_the_keys(qtbot: QtBot, window: UnlockWindow, folder: Path) -> None:
    assert is_locked(folder)
    with qtbot.waitSignal(window.unlocked, timeout=PATIENCE_MS):
        typed(window, PASSPHRASE)
    assert not is_locked(folder)
    assert passphrases.asked(folder / VAULT_FOLDER) == PASSPHRASE


def test_a_wrong_one_is_said_and_the_field_is_empty_again(qtbot: QtBot, window: UnlockWindow, folder: Path) -> None:
    with qtbot.waitSignal(window.refused, timeout=PATIENCE_MS):
        typed(window, "something else")
    assert (window.said, window.field.text(), window.field.isEnabled()) == (WORDS.unlock.wrong, "", True)
    assert is_locked(folder)
    with qtbot.waitSignal(window.unlocked, timeout=PATIENCE_MS):
        typed(window, PASSPHRASE)


def test_damaged_keys_are_said(qtbot: QtBot, window: UnlockWindow, folder: Path) -> None:
    (folder / VAULT_FOLDER / "vault.json").write_text("{}")
    with qtbot.waitSignal(window.refused, timeout=PATIENCE_MS):
        typed(window, PASSPHRASE)
    assert window.said == WORDS.unlock.damaged


def test_nothing_typed_is_no_try(window: UnlockWindow) -> None:
    typed(window, "")
    assert window.field.isEnabled()


def test_what_is_typed_is_not_seen(window: UnlockWindow) -> None:
    QTest.keyClicks(window.field, "abc")
    assert window.field.echoMode() is QLineEdit.EchoMode.Password
    assert window.field.displayText() != "abc"


def test_a_folder_without_passphrase_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)

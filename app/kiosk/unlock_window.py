"""The small page before the lane starts, on a kiosk whose keys lie under a passphrase.

Owns asking and trying. The passphrase is never shown, kept or logged; the slow key derivation runs in a thread.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QIcon,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

import resources
from app.device.vault import PassphraseWrong, VaultDamaged
from app.errors import AppError
from app.kiosk.lane import start_thread
from app.kiosk.measures import Measures
from app.kiosk.window import LEAST_HEIGHT, LEAST_WIDTH
from app.kiosk.words import UnlockWords, WindowWords
from app.log import logger
from app.widgets.announcing import announce
from app.widgets.form import entry, form_style, key
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.theme import GRID_PX, THEMES, ThemeName, type_px
from app.widgets.typeface import font, load_typeface

MOST_PASSPHRASE = 1024
FIELD_PX = 480

Unlock = Callable[[str], None]
"""Opens the keys with a passphrase. Raises PassphraseWrong, VaultDamaged and other AppErrors."""


class _Worker(QObject):
    """Tries a passphrase in a thread of its own: the derivation takes a tenth of a second, or more."""

    opened = Signal()
    failed = Signal(object)
    """An AppError."""

    def __init__(self, unlock: Unlock) -> None:
        super().__init__()
        self._unlock = unlock

    @Slot(str)
    def try_passphrase(self, passphrase: str) -> None:
        """One try."""
        try:
            self._unlock(passphrase)
        except AppError as err:
            self.failed.emit(err)
        else:
            self.opened.emit()


class UnlockWindow(QWidget):
    """Asks until the keys are open. `stop` it before it goes: it has a thread."""

    unlocked = Signal()
    closed = Signal()
    refused = Signal()
    """A try has failed, and the page says why."""
    _tried = Signal(str)

    def __init__(
        self, words: UnlockWords, window: WindowWords, unlock: Unlock, *, theme: ThemeName = ThemeName.DARK
    ) -> None:
        super().__init__()
        load_typeface()
        self._words = words
        self._worker = _Worker(unlock)
        self._thread: QThread = start_thread("doorlight-unlock", self._worker)
        self._tried.connect(self._worker.try_passphrase)
        self._worker.opened.connect(self._take_opened)
        self._worker.failed.connect(self._take_failure)
        self._build(window.title, theme)
        self._thread.start()

    @property
    def said(self) -> str:
        """What the page says of the last try."""
        return self._said.text()

    @Slot()
    def stop(self) -> None:
        """Ends the thread."""
        self._thread.quit()
        self._thread.wait()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tells the program."""
        super().closeEvent(event)
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes the type scale of the window's size."""
        super().resizeEvent(event)
        base_px = Measures(self.size()).base_px
        self._heading.setFont(font(type_px(base_px, 2), QFont.Weight.Bold))
        for part in (self._label, self.field, self._key, self._said):
            part.setFont(font(base_px))

    @Slot()
    def try_passphrase(self) -> None:
        """Tries what is typed, and empties the field."""
        passphrase = self.field.text()
        if not passphrase or not self.field.isEnabled():
            return
        self.field.clear()
        self._be_busy(is_busy=True)
        self._said.show_text(self._words.unlocking)
        self._tried.emit(passphrase)

    @Slot()
    def _take_opened(self) -> None:
        self.unlocked.emit()

    @Slot(object)
    def _take_failure(self, err: AppError) -> None:
        match err:
            case PassphraseWrong():
                told = self._words.wrong
            case VaultDamaged():
                told = self._words.damaged
            case _:
                told = self._words.failed
                logger(__name__).error("unlock", key=err.key)
        self._be_busy(is_busy=False)
        self._said.show_text(told)
        announce(self, told, is_urgent=True)
        self.field.setFocus()
        self.refused.emit()

    def _be_busy(self, *, is_busy: bool) -> None:
        self.field.setEnabled(not is_busy)
        self._key.setEnabled(not is_busy)

    def _build(self, title: str, theme_name: ThemeName) -> None:
        theme = THEMES[theme_name]
        self.setWindowTitle(title)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self.setStyleSheet(form_style(theme))
        self.setAccessibleName(self._words.title)
        self._heading, self._said = PlainParagraph(self), PlainParagraph(self)
        self._said.setProperty("tone", "trouble")
        self._said.setMinimumHeight(4 * GRID_PX)
        self._label = plain_label(self._words.passphrase, self)
        self.field = entry(self._words.passphrase, MOST_PASSPHRASE, self)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self._key = key(self._words.unlock, self)
        self._key.clicked.connect(self.try_passphrase)
        self.field.returnPressed.connect(self.try_passphrase)
        column = QVBoxLayout()
        column.setSpacing(GRID_PX)
        column.addStretch(1)
        for part in (self._heading, self._label, self.field):
            column.addWidget(part)
        column.addWidget(self._key, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._said)
        column.addStretch(2)
        middle = QWidget(self)
        middle.setMinimumWidth(FIELD_PX)
        middle.setLayout(column)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(middle, 2)
        row.addStretch(1)
        self._heading.show_text(self._words.title)
        self._said.show_text("")
        self.field.setFocus()

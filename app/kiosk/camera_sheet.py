"""The sheet about the camera: what it sees, and how it is set. Each touch counts at once, and is seen at once."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.kiosk.camera_present import (
    CameraFacts,
    CameraText,
    present_camera,
    with_mirror,
    with_next_camera,
    with_next_part,
    with_next_turn,
    with_torch,
)
from app.kiosk.part_picker import PartPicker
from app.kiosk.sheet import Sheet
from app.kiosk.words import KioskWords
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme
from app.widgets.typeface import font
from core.model.settings import CameraSettings, Region


class CameraSheet(Sheet):
    """Shows `CameraFacts`; `settings_wanted` says what staff have chosen."""

    settings_wanted = Signal(object)
    """A `CameraSettings`."""

    def __init__(self, facts: CameraFacts, words: KioskWords, parent: QWidget | None = None) -> None:
        super().__init__(words.camera_sheet.title, parent)
        self._words = words
        self._facts, self._is_shown = facts, False
        self.picker = PartPicker(words.window.preview, self)
        self.picker.part_chosen.connect(self._choose_part)
        self.next_key = self._key(lambda: with_next_camera(self._facts))
        self.mirror_key = self._key(lambda: with_mirror(self._facts.settings))
        self.turn_key = self._key(lambda: with_next_turn(self._facts.settings))
        self.part_key = self._key(lambda: with_next_part(self._facts.settings))
        self.torch_key = self._key(lambda: with_torch(self._facts.settings))
        self._lines = tuple(PlainParagraph(self) for _ in range(4))
        self._build()
        self.show_facts(facts)

    @property
    def keys(self) -> tuple[FittedKey, ...]:
        """All keys, shown or not."""
        return self.next_key, self.mirror_key, self.turn_key, self.part_key, self.torch_key

    @property
    def text(self) -> CameraText:
        """What is shown."""
        return present_camera(self._facts, self._words)

    @Slot(object)
    def show_facts(self, facts: CameraFacts) -> None:
        """Shows how the camera is and how it is set."""
        if facts == self._facts and self._is_shown:
            return
        self._facts, self._is_shown = facts, True
        text = self.text
        for key, told in zip(self.keys, (text.next, text.mirror, text.turn, text.part, text.torch), strict=True):
            key.show_text(told)
            key.setVisible(bool(told))
        for line, told in zip(
            self._lines, (text.name, text.picture, text.trouble or text.reading, text.drag), strict=True
        ):
            line.show_text(told)
        self._lines[2].setProperty("tone", "trouble" if text.trouble else "")
        self._lines[2].style().polish(self._lines[2])
        self.picker.show_settings(facts.settings)

    @Slot(object)
    def show_picture(self, picture: QImage) -> None:
        """Shows the newest picture."""
        self.picker.show_image(picture)

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        super().show_theme(theme)
        self.picker.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for part in (*self.keys, *self._lines):
            part.setFont(font(base_px))

    def be_opened(self) -> None:
        """The first key has the focus."""
        next(key for key in self.keys if key.isVisibleTo(self)).setFocus()

    def _choose_part(self, region: Region) -> None:
        self.settings_wanted.emit(replace(self._facts.settings, region=region))

    def _key(self, chosen: Callable[[], CameraSettings]) -> FittedKey:
        made = FittedKey(self)
        made.setMinimumHeight(TOUCH_PX)
        made.clicked.connect(lambda: self.settings_wanted.emit(chosen()))
        return made

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        grid.addWidget(self.next_key, 0, 0, 1, 2)
        for place, key in enumerate(self.keys[1:]):
            grid.addWidget(key, 1 + place // 2, place % 2)
        for place in range(2):
            grid.setColumnStretch(place, 1)
        column = QVBoxLayout()
        column.setSpacing(GRID_PX)
        for line in self._lines[:3]:
            column.addWidget(line)
        column.addStretch(1)
        column.addLayout(grid)
        left = QVBoxLayout()
        left.setSpacing(GRID_PX)
        left.addWidget(self.picker, 1)
        left.addWidget(self._lines[3])
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        row.addLayout(left, 4)
        row.addLayout(column, 3)

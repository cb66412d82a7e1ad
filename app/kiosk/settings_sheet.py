"""The page of settings: a line for each, a touch for the next value, and a code that sets several at once."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.kiosk.people_words import SearchWords
from app.kiosk.settings_words import SettingsWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph
from app.widgets.row_key import PagedRows, RowText
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.model.settings import Setting, Settings, choices_of, value_of

_ROWS = tuple(Setting)


class SettingsSheet(Sheet):
    """Steps aside for a verdict: whatever was touched before counts already."""

    chosen = Signal(object, object)
    """A `Setting` and its next value."""
    scan_wanted = Signal(bool)
    """Whether a configuration code is waited for from now on."""
    taken = Signal()
    """The code that is shown shall count."""
    left = Signal()
    """It was closed, by whatever means."""

    def __init__(
        self, title: str, words: SettingsWords, paging: SearchWords, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self._words = words
        self._settings = settings
        self.note = PlainParagraph(self)
        self.rows = PagedRows(up=paging.up, down=paging.down, page=paging.page, parent=self)
        self.rows.chosen.connect(self._choose)
        self.scan_key = self._key(words.page.scan, self._scan)
        self.take_key = self._key(words.page.take, self.taken.emit)
        self.leave_key = self._key(words.page.leave, self._rest)
        self._arrange()
        self.show_settings(settings)
        self._rest()

    def show_settings(self, settings: Settings) -> None:
        """Shows these."""
        self._settings = settings
        self.rows.show_rows(tuple(map(self._row, _ROWS)), from_start=False)

    def show_note(self, text: str) -> None:
        """Says what came of a code, or of a change."""
        self._rest()
        self.note.show_text(text)

    def show_changes(self, values: Mapping[Setting, object]) -> None:
        """Shows what a code would set, and asks."""
        pairs = [
            self._words.page.pair.fill(name=self._words.settings[setting].name, value=self._words.value(value))  # type: ignore[arg-type]
            for setting, value in values.items()
        ]
        self.note.show_text(self._words.page.would.fill(changes="; ".join(pairs)))
        self._offer(is_asking=True)
        self.take_key.setFocus()

    def be_left(self) -> None:
        """Says so."""
        self.left.emit()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        super().show_theme(theme)
        self.rows.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.rows.show_base(base_px)
        self.note.setFont(font(type_px(base_px, -1)))
        for each in (self.scan_key, self.take_key, self.leave_key):
            each.setFont(font(base_px))

    @Slot(int)
    def _choose(self, number: int) -> None:
        setting = _ROWS[number]
        choices, now = choices_of(setting), value_of(self._settings, setting)
        if choices:
            self.chosen.emit(setting, choices[(choices.index(now) + 1) % len(choices)])

    def _scan(self) -> None:
        self.note.show_text(self._words.page.scanning)
        self.scan_wanted.emit(True)

    def _rest(self) -> None:
        self._offer(is_asking=False)
        self.note.show_text(self._words.page.intro)
        self.scan_wanted.emit(False)

    def _offer(self, *, is_asking: bool) -> None:
        self.scan_key.setVisible(not is_asking)
        self.take_key.setVisible(is_asking)
        self.leave_key.setVisible(is_asking)

    def _row(self, setting: Setting) -> RowText:
        value, has_choices = value_of(self._settings, setting), bool(choices_of(setting))
        told = self._words.value(value) or self._words.page.first_camera
        line = told if has_choices else f"{told} ({self._words.page.elsewhere})"
        return RowText(self._words.settings[setting].name, line, is_ready=has_choices)

    def _arrange(self) -> None:
        keys = QHBoxLayout()
        keys.setSpacing(GRID_PX)
        for each in (self.scan_key, self.take_key, self.leave_key):
            keys.addWidget(each, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.note)
        column.addWidget(self.rows, 1)
        column.addLayout(keys)

    def _key(self, text: str, pressed: Callable[[], None]) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.clicked.connect(lambda _=False: pressed())
        return made

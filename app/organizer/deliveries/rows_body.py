"""A list of the page as its panel draws it: rows, what stands in their place, the keys that turn pages, and deeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.organizer.deliveries.texts import Row
from app.organizer.empty_state import EmptyState
from app.organizer.panel import PanelBody
from app.organizer.row_list import ListRow, RowList
from app.organizer.wrapped import Wrapped
from app.widgets.fitted_key import FittedKey
from app.widgets.form import key, set_tone
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font

_KEY_EM = 6.5
_LEAST_ROWS = 3


def two_lines_px(base_px: int) -> int:
    """How tall a key is whose text may take two lines."""
    return max(TOUCH_PX, round(3.5 * base_px))


@dataclass(frozen=True, slots=True)
class Turning:
    """The keys that turn pages and the words between them; which of both can be pressed."""

    back: str
    on: str
    place: str
    has_before: bool
    has_more: bool


class RowsBody(PanelBody):
    """Fed by its page; says which row somebody chose, which way they turned, and which deed they want."""

    chosen = Signal(str)
    turned = Signal(int)
    """1: what comes behind; -1: what was before."""
    acted = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.list = RowList(name, self)
        self.empty = EmptyState(self)
        self.deeds = Wrapped(_KEY_EM, parent=self)
        self.keys: dict[str, FittedKey] = {}
        self.before_key, self.more_key = key("", self), key("", self)
        self.place = plain_label("", self)
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.list.chosen.connect(self.chosen)
        self.before_key.clicked.connect(lambda: self.turned.emit(-1))
        self.more_key.clicked.connect(lambda: self.turned.emit(1))
        turners = QHBoxLayout()
        turners.setSpacing(GRID_PX)
        turners.addWidget(self.before_key)
        turners.addWidget(self.place, 1)
        turners.addWidget(self.more_key)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        column.addLayout(turners)
        column.addWidget(self.deeds)
        self.show_turning(None)
        self.show_deeds(())

    def show_rows(self, rows: Sequence[Row], mark: str, nothing: str, step: str = "") -> None:
        """Shows rows, one of them marked; `nothing` and `step` stand there while there is none."""
        self.list.show_rows(
            [ListRow(row.name, row.title, row.line, row.aside, row.sign, is_muted=row.is_muted) for row in rows]
        )
        self.list.mark(mark)
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.empty.show_text(nothing, step)

    def show_turning(self, turning: Turning | None) -> None:
        """Shows the keys that turn pages, where there is another one."""
        is_seen = turning is not None and (turning.has_before or turning.has_more)
        for each in (self.before_key, self.place, self.more_key):
            each.setVisible(is_seen)
        if turning is not None:
            show_on_button(self.before_key, turning.back)
            show_on_button(self.more_key, turning.on)
            self.place.show_text(turning.place)
            self.before_key.setEnabled(turning.has_before)
            self.more_key.setEnabled(turning.has_more)

    def show_deeds(self, deeds: Sequence[tuple[str, str, str]]) -> None:
        """Shows keys: what each asks for, its text and its tone; the same ones stay as they are."""
        if list(self.keys) != [name for name, _, _ in deeds]:
            self.keys = {name: self._key(name) for name, _, _ in deeds}
            self.deeds.show_parts(tuple(self.keys.values()))
        for name, text, tone in deeds:
            self.keys[name].show_text(text)
            set_tone(self.keys[name], tone)
        self.deeds.setVisible(bool(deeds))

    def begin_anew(self) -> None:
        """Another filter or page: it is read from its top."""
        self.list.show_rows((), stands_still=False)
        self.list.scrollToTop()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.list.show_theme(theme)
        self.empty.show_theme(theme)
        self.place.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.list.show_base(base_px)
        self.list.setMinimumHeight(_LEAST_ROWS * (max(TOUCH_PX + GRID_PX, round(3.4 * base_px)) + GRID_PX))
        self.empty.show_base(base_px)
        self.deeds.show_base(base_px)
        self.place.setFont(font(type_px(base_px, -1)))
        for each in (self.before_key, self.more_key, *self.keys.values()):
            each.setFont(font(base_px))
        for each in self.keys.values():
            each.setMinimumHeight(two_lines_px(base_px))

    def _key(self, name: str) -> FittedKey:
        made = FittedKey(self.deeds)
        made.setMinimumHeight(two_lines_px(self._base_px))
        made.setFont(font(self._base_px))
        made.clicked.connect(lambda: self.acted.emit(name))
        return made

    _base_px = 16

"""What the Live page is asked for: how far back, beside which other night, and a file of the figures."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from app.organizer.live.ranges import Range
from app.organizer.words import OrganizerWords
from app.widgets.choice_box import ChoiceBox
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import plain_label
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

ALONE = "-"
"""The choice of no other night: a key that no event has."""
_BOX_PX = 80 * GRID_PX
_ANY_PX = 2**24 - 1
"""Qt's own word for no limit (QWIDGETSIZE_MAX)."""


class Controls(QWidget):
    """Keys for the time, a field for the other night, a key to keep the figures."""

    range_changed = Signal()
    compared_changed = Signal()
    save_wanted = Signal()

    def __init__(self, words: OrganizerWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._was_chosen = False
        self._others: tuple[tuple[str, str], ...] = ()
        self.keys = {each: self._key() for each in Range}
        for each, made in self.keys.items():
            made.setCheckable(True)
            made.setChecked(each is Range.FOUR_HOURS)
            made.clicked.connect(lambda _=False, each=each: self.choose(each))
        self.compare_box = ChoiceBox("", self)
        self.compare_box.currentIndexChanged.connect(self._compare_changed)
        self.save_key = self._key()
        self.save_key.clicked.connect(self.save_wanted)
        first, second = QHBoxLayout(), QHBoxLayout()
        for made in self.keys.values():
            first.addWidget(made)
        self.compare_label = plain_label("", self)
        second.addWidget(self.compare_label)
        second.addWidget(self.compare_box, 1)
        second.addWidget(self.save_key)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, GRID_PX, 0)
        for each_row in (self._row, first, second):
            each_row.setSpacing(GRID_PX)
        self._row.addLayout(first)
        self._row.addStretch(1)
        self._row.addLayout(second)

    @property
    def chosen(self) -> Range:
        """How far back."""
        return next(each for each, made in self.keys.items() if made.isChecked())

    @property
    def compared(self) -> str | None:
        """The event beside this one (hex); empty for none, None while nobody has chosen."""
        if not self._was_chosen:
            return None
        chosen = self.compare_box.chosen
        return "" if chosen == ALONE else chosen

    def choose(self, wanted: Range) -> None:
        """Chooses a range, as a press does."""
        for each, made in self.keys.items():  # not a group of Qt's: Tab would reach one of them alone
            made.setChecked(each is wanted)
        self.range_changed.emit()

    def offer(self, others: Sequence[tuple[str, str]]) -> None:
        """Offers other nights, each an id and a name."""
        self._others = tuple(others)
        self.compare_box.show_choices([(ALONE, self._words.live.curve.alone), *self._others])
        self.compare_box.setEnabled(bool(others))

    def compare(self, event: str) -> None:
        """Chooses another night, where it is offered."""
        if any(each == event for each, _ in self._others):
            self._was_chosen = True
            self.compare_box.choose(event)

    def forget(self) -> None:
        """Another event: nobody has chosen yet."""
        self._was_chosen = False
        self.offer(())

    def arrange(self, *, is_wide: bool) -> None:
        """All in one row where there is room."""
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        self._row.setDirection(way)
        self.compare_box.setMaximumWidth(_BOX_PX if is_wide else _ANY_PX)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        words = self._words.live
        for each, made in self.keys.items():
            made.show_text(words.ranges[each])
        self.save_key.show_text(words.save.save_figures)
        self.compare_label.show_text(words.curve.compare)
        self.compare_box.show_name(words.curve.compare)
        self.offer(self._others)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.compare_box.show_theme(theme)
        self.compare_label.setStyleSheet(f"color: {theme.muted};")
        checked = f"color: {theme.ground}; background: {theme.text}; border: 2px solid {theme.text};"
        for made in self.keys.values():
            made.setStyleSheet(
                f"QPushButton:checked {{ {checked} }} QPushButton:focus {{ border: 3px solid {theme.focus}; }}"
            )

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in (*self.keys.values(), self.save_key, self.compare_label, self.compare_box):
            each.setFont(font(base_px))

    def _compare_changed(self) -> None:
        self._was_chosen = True
        self.compared_changed.emit()

    def _key(self) -> FittedKey:
        made = FittedKey(self)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return made

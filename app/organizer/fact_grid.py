"""What is known of one thing, line by line: a label, and what is known."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.widgets.plain_text import MAX_LONG, PlainLabel, PlainParagraph, plain_label
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font


class FactGrid(QWidget):
    """As many lines as there are facts; of each no more than `limit` characters."""

    def __init__(self, parent: QWidget | None = None, limit: int = MAX_LONG) -> None:
        super().__init__(parent)
        self._limit = limit
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self.labels: list[PlainLabel] = []
        self.values: list[PlainParagraph] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX // 2)
        self._grid.setColumnStretch(1, 1)

    @property
    def shown(self) -> dict[str, str]:
        """The facts by their labels."""
        pairs = zip(self.labels, self.values, strict=True)
        return {label.text(): value.accessibleName() for label, value in pairs if label.text()}

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Shows facts, in their order."""
        while len(self.labels) < len(facts):
            self._add()
        for number, (label, value) in enumerate(zip(self.labels, self.values, strict=True)):
            name, told = facts[number] if number < len(facts) else ("", "")
            label.show_text(name)
            label.setVisible(bool(name))
            value.show_text(told)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        for label, value in zip(self.labels, self.values, strict=True):
            label.setStyleSheet(f"color: {theme.muted};")
            value.setStyleSheet(f"color: {theme.text};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for label, value in zip(self.labels, self.values, strict=True):
            label.setFont(font(type_px(base_px, -1)))
            value.setFont(font(base_px))

    def _add(self) -> None:
        label, value, row = plain_label("", self), PlainParagraph(self, self._limit), len(self.labels)
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.labels.append(label)
        self.values.append(value)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1)
        self.show_theme(self._theme)
        self.show_base(self._base_px)

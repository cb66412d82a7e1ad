"""One message, one receiver or one job as its panel draws it: how it stands, what helps, what can be done, its history.

Owns the look. What it says comes from a `present_*` function; what a key means is the page's.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.deliveries.rows_body import two_lines_px
from app.organizer.deliveries.texts import Block, KeyText, One
from app.organizer.fact_grid import FactGrid
from app.organizer.panel import PanelBody
from app.organizer.sign_mark import SignMark
from app.organizer.wrapped import Wrapped
from app.widgets.fitted_key import FittedKey
from app.widgets.form import set_tone
from app.widgets.plain_text import PlainParagraph
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font

_KEY_EM = 9.5
_MOST_FACT = 1_100
"""Characters of an answer, which the server cuts at a kibibyte."""


class BlockCard(QWidget):
    """One attempt, or one run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = THEMES[ThemeName.DARK]
        self._is_trouble = False
        self.title, self.line = PlainParagraph(self), PlainParagraph(self)
        self.facts = FactGrid(self, _MOST_FACT)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX // 2)
        for each in (self.title, self.line, self.facts):
            column.addWidget(each)

    def show_block(self, block: Block) -> None:
        """Shows one."""
        self._is_trouble = block.is_trouble
        self.title.show_text(block.title)
        self.line.show_text(block.line)
        self.facts.show_facts(block.facts)
        self.facts.setVisible(bool(block.facts))
        self._colour()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.facts.show_theme(theme)
        self._colour()
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, -1)))
        self.line.setFont(font(base_px, QFont.Weight.Medium))
        self.facts.show_base(base_px)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints its ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(QColor(self._theme.ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID_PX, GRID_PX)
        painter.end()

    def _colour(self) -> None:
        self.title.setStyleSheet(f"color: {self._theme.muted};")
        self.line.setStyleSheet(f"color: {self._theme.notice if self._is_trouble else self._theme.text};")


class OneBody(PanelBody):
    """Fed by its page."""

    wanted = Signal(str)
    """An `Act`."""

    def __init__(self) -> None:
        super().__init__()
        self._one: One | None = None
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self._is_waiting = False
        self.keys: dict[str, FittedKey] = {}
        self.cards: list[BlockCard] = []
        self._build()

    @property
    def shown(self) -> One | None:
        """What is shown."""
        return self._one

    def show_one(self, one: One) -> None:
        """Shows one thing; another one is read from its top."""
        is_another = self._one is None or self._one.id != one.id
        self._one = one
        self.mark.show_sign(one.sign, self._theme)
        self.lead.show_text(one.lead)
        self.cure.show_text(one.cure)
        self.note.show_text(one.note)
        self.facts.show_facts(one.facts)
        self._show_keys(one.keys)
        self.heading.show_text(one.heading)
        self.nothing.show_text("" if one.blocks else one.nothing)
        self._show_blocks(one.blocks)
        self.tail.show_facts(one.tail)
        if is_another:
            self.scrolled.show_top()

    def wait(self, *, is_waiting: bool) -> None:
        """While a deed is on its way, no other one begins."""
        self._is_waiting = is_waiting
        for each in self.keys.values():
            each.setEnabled(not is_waiting)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.scrolled.show_theme(theme)
        for grid in (self.facts, self.tail):
            grid.show_theme(theme)
        if self._one is not None:
            self.mark.show_sign(self._one.sign, theme)
        for text in (self.lead, self.heading):
            text.setStyleSheet(f"color: {theme.text};")
        for text in (self.cure, self.nothing, self.note):
            text.setStyleSheet(f"color: {theme.muted};")
        for card in self.cards:
            card.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.lead.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.heading.setFont(font(base_px, QFont.Weight.Medium))
        for text in (self.cure, self.nothing, self.note):
            text.setFont(font(base_px))
        for grid in (self.facts, self.tail):
            grid.show_base(base_px)
        self.room.show_base(base_px)
        for each in self.keys.values():
            each.setFont(font(base_px))
            each.setMinimumHeight(two_lines_px(base_px))
        for card in self.cards:
            card.show_base(base_px)

    # --- its parts ----------------------------------------------------------------------------------------------

    def _show_keys(self, keys: tuple[KeyText, ...]) -> None:
        if list(self.keys) != [each.act.value for each in keys]:
            self.keys = {each.act.value: self._key(each.act.value) for each in keys}
            self.room.show_parts(tuple(self.keys.values()))
        for each in keys:
            made = self.keys[each.act.value]
            made.show_text(each.text)
            set_tone(made, each.tone)
            made.setEnabled(not self._is_waiting)
        self.room.setVisible(bool(keys))

    def _key(self, act: str) -> FittedKey:
        made = FittedKey(self.room)
        made.setMinimumHeight(two_lines_px(self._base_px))
        made.setFont(font(self._base_px))
        made.clicked.connect(lambda: self.wanted.emit(act))
        return made

    def _show_blocks(self, blocks: tuple[Block, ...]) -> None:
        while len(self.cards) < len(blocks):
            made = BlockCard(self._content)
            made.show_base(self._base_px)
            made.show_theme(self._theme)
            self.cards.append(made)
            self._history.addWidget(made)
        for number, card in enumerate(self.cards):
            card.setVisible(number < len(blocks))
            if number < len(blocks):
                card.show_block(blocks[number])

    def _build(self) -> None:
        self._content = QWidget(self)
        self.scrolled = ScrollPage(self._content, self)
        self.mark = SignMark(self._content)
        self.lead, self.cure, self.note, self.heading, self.nothing = (PlainParagraph(self._content) for _ in range(5))
        self.room = Wrapped(_KEY_EM, parent=self._content)
        self.facts, self.tail = (FactGrid(self._content, _MOST_FACT) for _ in range(2))
        said = QVBoxLayout()
        said.setSpacing(GRID_PX // 2)
        said.addWidget(self.lead)
        said.addWidget(self.cure)
        top = QHBoxLayout()
        top.setSpacing(2 * GRID_PX)
        top.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(said, 1)
        self._history = QVBoxLayout()
        self._history.setSpacing(GRID_PX)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, GRID_PX, GRID_PX)
        column.setSpacing(2 * GRID_PX)
        column.addLayout(top)
        for part in (self.room, self.note, self.facts, self.heading, self.nothing):
            column.addWidget(part)
        column.addLayout(self._history)
        column.addWidget(self.tail)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scrolled)

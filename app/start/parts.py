"""The parts of the start window: the three large choices, the rows of what runs, the rows that answer a question.

Owns how they look. A row of what runs is made anew when its text changes, and the key that had the focus gets it again.
"""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.start.present import ChoiceText, Do, KeyText, PickText, RowText, Tone
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, plain
from app.widgets.row_key import RowKey
from app.widgets.row_key import RowText as PickRow
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass

_LINE_PX = 2.5
_UNIT = 48
"""Signs are drawn in a square of this side."""


class ChoiceSign(QWidget):
    """What a choice is about, in a few strokes: a night that plays, a door, the figures of an event."""

    def __init__(self, do: Do, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._do = do
        self._colour = theme.focus
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_side(self, side: int) -> None:
        """Takes another size."""
        self.setFixedSize(side, side)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._colour = theme.focus
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Draws the sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / _UNIT, self.height() / _UNIT)
        pen = QPen(QColor(self._colour), _LINE_PX)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(_SIGNS[self._do]())
        painter.end()


def _night() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(5, 5, 38, 38))
    path.moveTo(19, 15)
    path.lineTo(34, 24)
    path.lineTo(19, 33)
    path.closeSubpath()
    return path


def _door() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(6, 43)
    path.lineTo(42, 43)
    path.addRect(QRectF(13, 5, 22, 38))
    path.addEllipse(QPointF(29, 25), 1.5, 1.5)
    return path


def _event() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(4, 7, 40, 28), 4, 4)
    path.moveTo(16, 43)
    path.lineTo(32, 43)
    path.moveTo(11, 28)
    path.lineTo(19, 20)
    path.lineTo(26, 24)
    path.lineTo(37, 14)
    return path


_SIGNS: dict[Do, Callable[[], QPainterPath]] = {Do.TRY_IT: _night, Do.OPEN_DOOR: _door, Do.RUN_EVENT: _event}


class ChoiceKey(QPushButton):
    """One of the three choices: a sign, its name, a sentence; as large as its neighbours."""

    def __init__(self, choice: ChoiceText, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.do = choice.key.do
        self.sign = ChoiceSign(choice.key.do, theme, self)
        self.title, self.told = PlainParagraph(self), PlainParagraph(self)
        self.told.setProperty("tone", "quiet")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(GRID_PX)
        self._column.addWidget(self.sign)
        self._column.addWidget(self.title)
        self._column.addWidget(self.told)
        self._column.addStretch(1)
        for part in (self.title, self.told):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.show_choice(choice)

    def show_choice(self, choice: ChoiceText) -> None:
        """Shows a choice."""
        self.title.show_text(choice.key.text)
        self.told.show_text(choice.told)
        self.setEnabled(choice.is_open)
        for part in (self.title, self.told):
            part.setEnabled(True)  # grey letters nobody reads; the frame says that it can't be pressed
        self.setAccessibleName(plain(f"{choice.key.text}. {choice.told}", 400))

    def show_base(self, base_px: int, *, is_low: bool) -> None:
        """Takes another first step of the type scale; without its sign where there is little height."""
        self.title.setFont(font(type_px(base_px, 0 if is_low else 1), QFont.Weight.Bold))
        self.told.setFont(font(type_px(base_px, -1)))
        self.sign.setVisible(not is_low)
        self.sign.show_side(round(2.6 * base_px))
        margin = GRID_PX if is_low else 3 * GRID_PX
        self._column.setContentsMargins(margin + GRID_PX, margin, margin + GRID_PX, margin)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all of its texts."""
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for all of its texts at the width that it has."""
        width = max(TOUCH_PX, self.width())
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else 0
        return QSize(3 * TOUCH_PX, max(TOUCH_PX, height))

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """A narrow choice is higher."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """As its texts need."""
        return self._column.heightForWidth(width)


class Row(QFrame):
    """One thing that runs here, or that has to be read."""

    pressed = Signal(object)
    """A `KeyText`."""

    def __init__(self, text: RowText, theme: Theme, base_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = {
            Tone.CALM: theme.line,
            Tone.GOOD: theme.signs[OutcomeClass.ADMIT],
            Tone.TROUBLE: theme.notice,
        }[text.tone]
        self.setObjectName("row")
        column = QVBoxLayout()
        column.setSpacing(GRID_PX // 2)
        for line in self._lines(text, base_px):
            column.addWidget(line)
        column.addStretch(1)
        self.keys = {(each.do, each.part, each.value): self._key(each, base_px) for each in text.keys}
        whole = QHBoxLayout(self)
        whole.setContentsMargins(3 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        whole.setSpacing(2 * GRID_PX)
        whole.addLayout(column, 1)
        if self.keys:
            whole.addLayout(self._key_column(), 0)
        count = len(self.keys)  # a page that scrolls gives way before keys touch each other
        self.setMinimumHeight(count * TOUCH_PX + (count - 1) * GRID_PX + 4 * GRID_PX if count else 0)

    def _lines(self, text: RowText, base_px: int) -> Iterator[PlainParagraph]:
        for place, line in enumerate((text.title, *text.lines)):
            made = PlainParagraph(self)
            made.show_text(line)
            made.setFont(font(base_px, QFont.Weight.Medium) if place == 0 else font(type_px(base_px, -1)))
            made.setProperty("tone", "trouble" if text.tone is Tone.TROUBLE and place == 0 else "usual")
            yield made

    def _key(self, told: KeyText, base_px: int) -> QPushButton:
        made = key(told.text, self)
        made.setFont(font(type_px(base_px, -1)))
        made.clicked.connect(lambda _=False: self.pressed.emit(told))
        return made

    def _key_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(GRID_PX)
        for each in self.keys.values():
            column.addWidget(each)
        column.addStretch(1)
        return column

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the frame, and at its left how it is meant."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colour))
        painter.drawRoundedRect(QRectF(GRID_PX, GRID_PX, GRID_PX / 2, self.height() - 2 * GRID_PX), 2, 2)
        painter.end()


class PickPage(QWidget):
    """A question, the rows that answer it, and the way back, which is always in sight."""

    pressed = Signal(object)
    """A `KeyText`."""

    def __init__(self, text: PickText, theme: Theme, base_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainParagraph(self)
        self.title.show_text(text.title)
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        rows, inside = QWidget(), QVBoxLayout()
        inside.setContentsMargins(0, 0, GRID_PX, 0)
        inside.setSpacing(GRID_PX)
        rows.setLayout(inside)
        self.rows = [self._row(told, line, theme, base_px) for told, line in text.rows]
        for made in self.rows:
            inside.addWidget(made)
        inside.addStretch(1)
        area = ScrollPage(rows, self)
        area.show_theme(theme)
        self.back = key(text.back.text, self)
        self.back.setFont(font(type_px(base_px, -1)))
        self.back.clicked.connect(lambda _=False: self.pressed.emit(text.back))
        below = QHBoxLayout()
        below.addWidget(self.back)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.title)
        column.addWidget(area, 1)
        column.addLayout(below)

    def _row(self, told: KeyText, line: str, theme: Theme, base_px: int) -> RowKey:
        made = RowKey(self)
        made.show_theme(theme)
        made.show_base(base_px)
        made.show_row(PickRow(told.text, line))
        made.setAutoDefault(True)  # Enter presses it
        made.clicked.connect(lambda _=False: self.pressed.emit(told))
        return made

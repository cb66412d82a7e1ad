"""The one door through which text reaches a widget, taken literally.

A QLabel that is left to guess takes `<b>` for markup, and a few hundred nested tables for minutes of layout. Here
everything is plain: control, bidirectional and invisible characters become visible escapes, and length is bounded
before any layout begins.
"""

import re
import unicodedata
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

MAX_CHARACTERS = 120
"""More than any line shows; layout time grows with length."""
LEAST_PX = 12
"""Smaller letters nobody reads at arm's length."""
MAX_LONG = 400
"""What a sentence may have that takes several lines."""
MAX_MARKS = 4
"""Combining marks on one letter that a language may need; more of them climb over the lines above."""
READ_PER_SHOWN = 8
"""How much is read at most to find what is shown: dropped marks are read and not shown."""
CUT = "…"
_LONGEST_WORD = 24
"""Longer words are broken wherever a line ends: few languages have any."""
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKS = {"Mn", "Me"}
_JOINERS = "\u200c\u200d"
"""Unseen as well, but Persian and Indic names are misspelt without them, and they move nothing."""


def plain(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text` on one line, at most `limit` characters, with nothing in it that acts instead of being seen."""
    shown: list[str] = []
    length = marks = 0
    for letter in text[: READ_PER_SHOWN * limit]:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in _MARKS else 0
        piece = "" if marks > MAX_MARKS else _visible(letter, category)
        if length + len(piece) > limit:
            return "".join(shown)[: limit - 1] + CUT
        shown.append(piece)
        length += len(piece)
    return "".join(shown) + (CUT if len(text) > READ_PER_SHOWN * limit else "")


def _visible(letter: str, category: str) -> str:
    if category == "Zs":
        return " "
    if category in _UNSEEN and letter not in _JOINERS:
        return letter.encode("unicode_escape").decode("ascii")
    return letter


class PaintedText(QLabel):
    """A part that paints its text itself: a text to screen readers, which say its accessible name.

    The label's own text stays empty; a subclass may call what it shows `text`.
    """

    def sizeHint(self) -> QSize:  # noqa: N802
        """Whoever places it knows how large it is."""
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Any size will do."""
        return QSize(0, 0)


class PlainLabel(QLabel):
    """One line of text, or `most_lines` in letters that give way, taken literally and elided to the room there is.

    Screen readers get all of it.
    """

    def __init__(self, parent: QWidget | None = None, limit: int = MAX_CHARACTERS, most_lines: int = 1) -> None:
        super().__init__(parent)
        self._limit = limit
        self._most_lines = most_lines
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setOpenExternalLinks(False)

    def show_text(self, text: str) -> None:
        """Shows `text`."""
        shown = plain(text, self._limit)
        if shown != self.text():
            self.setText(shown)
            self.setAccessibleName(shown)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Any width will do: what does not fit is elided."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Draws the text, elided."""
        painter, area = QPainter(self), QRectF(self.contentsRect())
        painter.setPen(self.palette().color(self.foregroundRole()))
        if self._most_lines == 1:
            draw_line(painter, area, self.alignment(), self.text(), self._limit)
        elif self.text():
            painter.setFont(_fitting_lines(self.text(), self.font(), area.width(), self._most_lines))
            draw_lines(painter, area, self.alignment(), self.text(), self._most_lines, self._limit)
        painter.end()


class PlainParagraph(QLabel):
    """A text on as many lines as it needs, taken literally."""

    def __init__(self, parent: QWidget | None = None, limit: int = MAX_LONG) -> None:
        super().__init__(parent)
        self._limit = limit
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setWordWrap(True)

    def show_text(self, text: str) -> None:
        """Shows `text`; an empty one takes no room."""
        shown = plain(text, self._limit)
        self.setText(_LONG_WORD.sub(_with_breaks, shown))
        self.setAccessibleName(shown)
        self.setVisible(bool(shown))


def _with_breaks(word: re.Match[str]) -> str:
    """A word that may be broken: a label is never narrower than its longest word, and a name may have any length."""
    return "\u200b".join(re.findall(f".{{1,{_LONGEST_WORD}}}", word.group()))


def draw_line(
    painter: QPainter, area: QRectF, alignment: Qt.AlignmentFlag, text: str, limit: int = MAX_CHARACTERS
) -> None:
    """Draws `text` literally on one line in the middle of `area`'s height, elided to its width."""
    shown = QFontMetricsF(painter.font()).elidedText(plain(text, limit), Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, alignment | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


def lines_of(text: str, metrics_of: QFont, width: float, most: int, limit: int = MAX_CHARACTERS) -> list[str]:
    """`text` broken between words into `most` lines at most; what is left over stays on the last, to be elided."""
    shown = plain(text, limit)
    layout = QTextLayout(shown, metrics_of)
    layout.setTextOption(_wrapping())
    starts: list[int] = []
    layout.beginLayout()
    while len(starts) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, width))
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:], len(shown)]
    return [shown[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _fitting_lines(text: str, usual: QFont, width: float, most: int) -> QFont:
    """`usual`, or a smaller one down to `LEAST_PX` where more than `most` lines were needed."""
    tried = QFont(usual)
    while tried.pixelSize() > LEAST_PX and len(lines_of(text, tried, width, most + 1)) > most:
        tried.setPixelSize(tried.pixelSize() - 1)
    return tried


def _wrapping() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def draw_lines(
    painter: QPainter, area: QRectF, alignment: Qt.AlignmentFlag, text: str, most: int, limit: int = MAX_LONG
) -> None:
    """Draws `text` literally in the middle of `area`'s height, on `most` lines at most, the last of them elided."""
    lines = lines_of(text, painter.font(), area.width(), most, limit)
    height = QFontMetricsF(painter.font()).height()
    top = area.center().y() - height * len(lines) / 2
    for number, line in enumerate(lines):
        draw_line(painter, QRectF(area.left(), top + number * height, area.width(), height), alignment, line, limit)


def draw_on_baseline(painter: QPainter, middle: QPointF, text: str, squeeze: float = 1.0) -> None:
    """Draws `text` literally, its middle and its baseline at `middle`, its width times `squeeze`; nothing is elided."""
    shown = plain(text)
    painter.save()
    painter.translate(middle)
    painter.scale(squeeze, 1.0)
    painter.drawText(QPointF(-QFontMetricsF(painter.font()).horizontalAdvance(shown) / 2, 0), shown)
    painter.restore()


def plain_label(
    text: str = "", parent: QWidget | None = None, limit: int = MAX_CHARACTERS, most_lines: int = 1
) -> PlainLabel:
    """A label that shows `text` literally."""
    label = PlainLabel(parent, limit, most_lines)
    label.show_text(text)
    return label


def show_on_button(button: QPushButton, text: str, lines: Sequence[str] = ()) -> None:
    """Shows `text` on a button, or `lines` in its place; an ampersand is a letter there, not a shortcut.

    Screen readers get all of `text`.
    """
    button.setText("\n".join(plain(line) for line in lines or (text,)).replace("&", "&&"))
    button.setAccessibleName(plain(text))


def show_in_line(line: QLineEdit, text: str) -> None:
    """Shows `text` where somebody may type: a line takes everything literally, and keeps it as it is."""
    line.setText(text)

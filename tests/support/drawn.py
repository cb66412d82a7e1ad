"""What a window really draws, text by text: caught where the painter hands it on, whoever painted it.

A paint device that keeps texts instead of showing them. Painted pages, labels and keys are all alike to it, so that a
walk over windows needs to know no widget. Owns where each text lies in its window and in which colour; what was drawn
under it is read from the window's picture.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontInfo,
    QFontMetricsF,
    QImage,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QRegion,
    QTextItem,
    QTransform,
)
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QWidget

SAMPLES = 40
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]
_Metric = QPaintDevice.PaintDeviceMetric
_Dirty = QPaintEngine.DirtyFlag


@dataclass(frozen=True)
class Drawn:
    """One text on one line. `ink` is where its letters lie, `seen` the part of that which the painter lets through.

    `px` is the size of the letters, whatever the painter has squeezed.
    """

    text: str
    ink: QRectF
    seen: QRectF
    colour: QColor
    px: float
    widget: QWidget

    def __str__(self) -> str:
        return f"{type(self.widget).__name__}: {self.text!r}"


def drawn_texts(window: QWidget) -> list[Drawn]:
    """All texts that `window` and its parts draw and that nothing covers."""
    texts = [text for part in parts_of(window) for text in _texts_of(part, window)]
    return [text for text in texts if is_uncovered(text.widget, window, text.ink.center())]


def parts_of(window: QWidget) -> Iterator[QWidget]:
    """The window and whatever is shown in it."""
    yield window
    for part in window.findChildren(QWidget):
        if part.isVisible() and part.window() is window:
            yield part


def is_uncovered(part: QWidget, window: QWidget, at: QPointF) -> bool:
    """Whether nothing lies over `part` at a point of the window; a label without a ground covers nothing."""
    if not window.rect().contains(at.toPoint()) and _scrolls(part):
        return False  # out of sight, until somebody scrolls
    top = window.childAt(at.toPoint())
    while top is not None and top is not part and not top.isAncestorOf(part) and not part.isAncestorOf(top):
        if not isinstance(top, QLabel) or top.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent):
            return False
        top = top.parentWidget()
    return True


def _scrolls(part: QWidget) -> bool:
    parent = part.parentWidget()
    while parent is not None and not isinstance(parent, QAbstractScrollArea):
        parent = parent.parentWidget()
    return parent is not None


def place_of(part: QWidget, window: QWidget) -> QRectF:
    """Where `part` lies in `window`."""
    return QRectF(part.rect()).translated(QPointF(part.mapTo(window, QPoint())))


def ground_under(text: Drawn, window: QWidget, picture: QImage) -> QColor:
    """The colour on which a text stands: the commonest one above and below its letters, inside its widget."""
    ratio, place = picture.devicePixelRatio(), _in_sight(text.widget, window)
    ink = text.ink.intersected(QRectF(place.left(), text.ink.top(), place.width(), text.ink.height()))
    columns = np.linspace(ink.left() * ratio, ink.right() * ratio - 1, SAMPLES).astype(int)
    rows = [round(y * ratio) for y in (text.ink.top() - 2, text.ink.bottom() + 1) if place.top() <= y < place.bottom()]
    pixels = _pixels(picture)
    inside = columns[(columns >= 0) & (columns < picture.width())]
    seen = Counter(int(colour) for row in rows if 0 <= row < picture.height() for colour in pixels[row, inside])
    return QColor(seen.most_common(1)[0][0]) if seen else QColor()


def _in_sight(part: QWidget, window: QWidget) -> QRectF:
    """What its parents leave of a part: below the edge of a scrolling page something else is seen."""
    place, parent = place_of(part, window), part.parentWidget()
    while parent is not None and parent is not window:
        place, parent = place.intersected(place_of(parent, window)), parent.parentWidget()
    return place


def _pixels(picture: QImage) -> Pixels:
    rows = np.frombuffer(picture.constBits(), np.uint32)
    return rows.reshape(picture.height(), picture.bytesPerLine() // 4)


def _texts_of(part: QWidget, window: QWidget) -> list[Drawn]:
    paper = _Paper(part)
    QWidget.render(part, paper, QPoint(), QRegion(), QWidget.RenderFlag(0))  # a view of graphics has another `render`
    offset = QPointF(part.mapTo(window, QPoint()))
    return [
        Drawn(text, ink.translated(offset), seen.translated(offset), colour, px, part)
        for text, ink, seen, colour, px in paper.engine.texts
        if text.strip()
    ]


class _Engine(QPaintEngine):
    """Keeps texts; lines, grounds and pictures pass unseen."""

    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.texts: list[tuple[str, QRectF, QRectF, QColor, float]] = []
        self._clip: QRectF | None = None
        self._colour = QColor()
        self._transform = QTransform()

    def updateState(self, state: QPaintEngineState) -> None:  # noqa: N802
        if state.state() & _Dirty.DirtyPen:
            self._colour = QColor(state.pen().color())
        if state.state() & _Dirty.DirtyTransform:
            self._transform = QTransform(state.transform())
        if state.state() & (_Dirty.DirtyClipRegion | _Dirty.DirtyClipPath | _Dirty.DirtyClipEnabled):
            clip = state.painter().clipBoundingRect() if state.painter().hasClipping() else None
            self._clip = None if clip is None else state.painter().transform().mapRect(clip)

    def drawTextItem(self, at: QPointF, item: QTextItem) -> None:  # noqa: N802
        ink = QFontMetricsF(item.font()).tightBoundingRect(item.text()).translated(at)
        ink = self._transform.mapRect(ink)
        seen = ink if self._clip is None else ink.intersected(self._clip)
        px = QFontInfo(item.font()).pixelSize() * self._transform.m22()
        self.texts.append((item.text(), ink, seen, self._colour, px))

    def begin(self, _: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        return True

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def drawPath(self, _: object) -> None:  # noqa: N802
        """Not kept."""

    def drawRects(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawLines(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawEllipse(self, _: object) -> None:  # noqa: N802
        """Not kept."""

    def drawPoints(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawPolygon(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawPixmap(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawTiledPixmap(self, *_: object) -> None:  # noqa: N802
        """Not kept."""

    def drawImage(self, *_: object) -> None:  # noqa: N802
        """Not kept."""


class _Paper(QPaintDevice):
    """As large as a widget, with 96 dots to the inch."""

    def __init__(self, part: QWidget) -> None:
        super().__init__()
        self.engine = _Engine()
        self._metrics = {
            _Metric.PdmWidth: part.width(),
            _Metric.PdmHeight: part.height(),
            _Metric.PdmWidthMM: part.widthMM(),
            _Metric.PdmHeightMM: part.heightMM(),
            _Metric.PdmNumColors: 2**24,
            _Metric.PdmDepth: 32,
            _Metric.PdmDevicePixelRatio: 1,
            _Metric.PdmDevicePixelRatioScaled: int(self.devicePixelRatioFScale()),
        }

    def paintEngine(self) -> QPaintEngine:  # noqa: N802
        return self.engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        return self._metrics.get(metric, 96)

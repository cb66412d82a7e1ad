"""The signs of the six classes, drawn as paths: any size, one colour, no font and no file.

Owns the shapes in a square of 1000 (path operations round curves to whole units). Who draws one says where and in
which colour.
"""

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QTransform

from core.model.outcomes import Shape

TALL = 1_000
STROKE = 170
GEAR_TEETH = 8


def paint_sign(painter: QPainter, shape: Shape, area: QRectF, colour: str) -> None:
    """Draws `shape` as large as fits into the middle of `area`."""
    side = min(area.width() / aspect(shape), area.height())
    corner = QPointF(area.center().x() - side * aspect(shape) / 2, area.center().y() - side / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    place = QTransform.fromTranslate(corner.x(), corner.y()).scale(side / TALL, side / TALL)
    painter.drawPath(place.map(sign_path(shape)))
    painter.restore()


@cache
def sign_path(shape: Shape) -> QPainterPath:
    """The filled outline of a sign, `TALL` units tall, `aspect(shape)` times as wide."""
    return _PATHS[shape]()


def aspect(shape: Shape) -> float:
    """Width over height."""
    return 1.95 if shape is Shape.TICK_HAND else 1.0


def _stroked(*lines: tuple[tuple[float, float], ...], width: float = STROKE) -> QPainterPath:
    drawn = QPainterPath()
    for first, *rest in lines:
        drawn.moveTo(*first)
        for point in rest:
            drawn.lineTo(*point)
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return stroker.createStroke(drawn).simplified()


def _tick() -> QPainterPath:
    return _stroked(((90, 540), (370, 840), (910, 160)))


def _cross() -> QPainterPath:
    return _stroked(((110, 110), (890, 890)), ((890, 110), (110, 890)), width=190)


def _arrow_out() -> QPainterPath:
    door = ((420, 90), (90, 90), (90, 910), (420, 910))
    return _stroked(door, ((360, 500), (900, 500)), ((680, 260), (910, 500), (680, 740)), width=150)


def _pause() -> QPainterPath:
    return _bar(140, 40, 260, 920, 60).united(_bar(600, 40, 260, 920, 60))


def _gear() -> QPainterPath:
    wheel = QPainterPath()
    wheel.addEllipse(QPointF(500, 500), 360, 360)
    tooth = _bar(410, 0, 180, 300, 40)
    for turn in range(GEAR_TEETH):
        about = QTransform.fromTranslate(500, 500).rotate(360 / GEAR_TEETH * turn).translate(-500, -500)
        wheel = wheel.united(about.map(tooth))
    hole = QPainterPath()
    hole.addEllipse(QPointF(500, 500), 160, 160)
    return wheel.subtracted(hole)


def _hand() -> QPainterPath:
    """An open palm, raised: four fingers, a thumb, a rounded heel."""
    hand = QPainterPath()
    hand.addRoundedRect(QRectF(230, 480, 590, 490), 230, 230)
    hand = hand.united(_bar(230, 480, 590, 200, 10)).united(_stroked(((110, 520), (330, 800)), width=140))
    for left, top in ((230, 170), (386, 50), (542, 80), (698, 200)):
        hand = hand.united(_finger(left, top))
    return hand


def _finger(left: float, top: float) -> QPainterPath:
    return _bar(left, top, 122, 560, 61)


def _bar(left: float, top: float, width: float, height: float, corner: float) -> QPainterPath:
    bar = QPainterPath()
    bar.addRoundedRect(QRectF(left, top, width, height), corner, corner)
    return bar


def _tick_hand() -> QPainterPath:
    both = _tick()
    both.addPath(QTransform.fromTranslate(1_030, 0).map(_hand()))
    return both


_PATHS: dict[Shape, Callable[[], QPainterPath]] = {
    Shape.TICK: _tick,
    Shape.ARROW_OUT: _arrow_out,
    Shape.TICK_HAND: _tick_hand,
    Shape.PAUSE: _pause,
    Shape.CROSS: _cross,
    Shape.GEAR: _gear,
}

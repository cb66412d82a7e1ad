"""Six signs, none like another, none outside its square, no font needed."""

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontInfo, QImage, QPainter, qGray

from app.widgets.signs import TALL, aspect, paint_sign, sign_path
from app.widgets.typeface import FAMILY, font
from core.model.outcomes import Shape

SIDE = 64


def drawn(shape: Shape) -> list[bool]:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    paint_sign(painter, shape, QRectF(0, 0, SIDE, SIDE), "#FFFFFF")
    painter.end()
    return [qGray(image.pixel(x, y)) > 127 for y in range(SIDE) for x in range(SIDE)]


@pytest.mark.parametrize("shape", Shape)
def test_a_sign_fills_its_square_and_stays_inside(shape: Shape) -> None:
    area = sign_path(shape).boundingRect()
    assert QRectF(0, 0, TALL * aspect(shape), TALL).contains(area)
    assert area.height() >= 0.8 * TALL


@pytest.mark.parametrize(("one", "other"), list(combinations(Shape, 2)))
def test_two_signs_differ_in_black_and_white(one: Shape, other: Shape) -> None:
    differing = sum(a != b for a, b in zip(drawn(one), drawn(other), strict=True))
    assert differing > 0.12 * SIDE * SIDE


def test_the_typeface_is_the_carried_one_and_its_figures_are_tabular() -> None:
    from PySide6.QtGui import QFont, QFontMetricsF

    for weight in (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.Bold):
        used = font(40, weight)
        assert QFontInfo(used).family() == FAMILY
        assert QFontInfo(used).weight() == weight
        assert len({QFontMetricsF(used).horizontalAdvance(figure) for figure in "0123456789"}) == 1

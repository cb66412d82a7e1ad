"""Colour is never the only sign: what is left of the six classes for eyes without one kind of cone, and without colour.

The figures are the measured ones, rounded down: whoever changes a colour or a sign sees here what that costs.
"""

from functools import cache
from itertools import combinations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.widgets.signs import paint_sign
from app.widgets.theme import THEMES, Ground, ThemeName
from core.model.outcomes import LOOKS, OutcomeClass, Shape
from tests.support.colours import Sight, contrast, distance

JUST_SEEN = 2.3
COLOUR_BLIND = (Sight.WITHOUT_RED, Sight.WITHOUT_GREEN, Sight.WITHOUT_BLUE)
LEAST_DISTANCE = {ThemeName.DARK: 8.0, ThemeName.LIGHT: 8.0, ThemeName.HIGH_CONTRAST: 13.0}
"""Between the grounds of two classes, for whichever colour-blindness; twice what can just be told apart and more."""
LEAST_CONTRAST = {ThemeName.DARK: 4.9, ThemeName.LIGHT: 4.9, ThemeName.HIGH_CONTRAST: 6.7}
"""Of sign and word on their ground: what black-and-white screens and colour-blind eyes read by."""
MOST_COMMON_INK = 0.52
"""How much of their ink two signs share at most, laid over one another (pause and gear)."""
SIDE = 64


def apart(one: Ground, other: Ground, sight: Sight) -> float:
    """Of ground and band the pair that is easier to tell apart: the amber band makes two classes of one green."""
    return max(distance(one.ground, other.ground, sight), distance(one.band, other.band, sight))


@cache
def ink(shape: Shape) -> frozenset[int]:
    """The dots that a sign covers, drawn `SIDE` tall in the middle of a field twice as wide."""
    field = QImage(2 * SIDE, SIDE, QImage.Format.Format_Grayscale8)
    field.fill(0)
    painter = QPainter(field)
    paint_sign(painter, shape, QRectF(0, 0, 2 * SIDE, SIDE), "#FFFFFF")
    painter.end()
    return frozenset(
        at for at in range(2 * SIDE * SIDE) if field.pixelColor(at % (2 * SIDE), at // (2 * SIDE)).red() > 127
    )


def common_ink(one: Shape, other: Shape) -> float:
    """From 0, nothing in common, to 1, the same sign."""
    return len(ink(one) & ink(other)) / len(ink(one) | ink(other))


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize("sight", COLOUR_BLIND)
def test_the_grounds_of_two_classes_look_different_to_the_colour_blind(name: ThemeName, sight: Sight) -> None:
    grounds = THEMES[name].grounds
    pairs = {pair: apart(grounds[pair[0]], grounds[pair[1]], sight) for pair in combinations(OutcomeClass, 2)}
    assert {pair: found for pair, found in pairs.items() if found < LEAST_DISTANCE[name]} == {}


@pytest.mark.parametrize("name", ThemeName)
@pytest.mark.parametrize("sight", Sight)
def test_sign_and_word_stand_out_from_their_ground_to_every_eye(name: ThemeName, sight: Sight) -> None:
    for outcome_class, ground in THEMES[name].grounds.items():
        assert contrast(ground.ground, ground.text, sight) >= LEAST_CONTRAST[name], outcome_class
        assert contrast(ground.band, ground.band_text, sight) >= LEAST_CONTRAST[name], outcome_class


@pytest.mark.usefixtures("qapp")
def test_no_two_signs_look_alike_in_black_and_white() -> None:
    shapes = [look.shape for look in LOOKS.values()]
    assert len(set(shapes)) == len(OutcomeClass)
    assert all(0.1 < len(ink(shape)) / SIDE**2 < 0.8 for shape in shapes), "each is there, and is no blot"
    alike = {pair: common_ink(*pair) for pair in combinations(shapes, 2)}
    assert {pair: share for pair, share in alike.items() if share > MOST_COMMON_INK} == {}


def test_without_colour_the_grounds_alone_tell_little_so_that_signs_are_needed() -> None:
    """Why there are signs at all: red, green and blue are one grey, less than can just be told apart."""
    grounds = THEMES[ThemeName.DARK].grounds
    leave, deny = grounds[OutcomeClass.LEAVE].ground, grounds[OutcomeClass.DENY].ground
    assert distance(leave, deny, Sight.BLACK_AND_WHITE) < JUST_SEEN


def test_a_pair_of_colours_for_usual_eyes_alone_is_found() -> None:
    """The negative control: a red and a green of one luminance, and a sign that is another one slightly moved."""
    assert distance("#B3261E", "#4E7A00") > 60
    assert min(distance("#B3261E", "#6E6400", sight) for sight in COLOUR_BLIND) < 8.0
    assert common_ink(Shape.CROSS, Shape.CROSS) == 1.0


def test_the_simulation_does_what_is_published() -> None:
    """Greys stay greys, whatever cone is missing; red and green come nearer, blue and yellow do not."""
    for sight in COLOUR_BLIND:
        assert distance("#808080", "#808080", sight) == 0
        assert contrast("#000000", "#FFFFFF", sight) == pytest.approx(21, abs=0.01)
    assert distance("#FF0000", "#00FF00", Sight.WITHOUT_GREEN) < 0.6 * distance("#FF0000", "#00FF00")
    assert distance("#0000FF", "#FFFF00", Sight.WITHOUT_GREEN) > 0.8 * distance("#0000FF", "#FFFF00")

"""What is wrong with a page for somebody: each finder walks all of a window and tells every place in one line.

Finders know no page. They see what is drawn, what can be pressed and what a screen reader is told, and therefore hold
for pages that are yet to be written. Each of them has its planted defect in `tests/kiosk/test_walk.py`.
"""

import re
from collections.abc import Collection, Iterator
from itertools import combinations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from app.widgets.letter_pad import LetterPad
from app.widgets.plain_text import CUT, LEAST_PX, PaintedText
from tests.support.colours import contrast
from tests.support.drawn import Drawn, drawn_texts, ground_under, is_uncovered, parts_of, place_of

TOUCH_PX, APART_PX = 48, 8
MOST_TABS = 120
SEEN_PIXELS = 40
"""Of a part: less of a change nobody sees from where they stand."""
PIXEL = 1.5
"""What rounding and a letter's overhang may cost."""
_PRESSED = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider)
_Role = QAccessible.Role
_PRESSABLE = {
    *(_Role.Button, _Role.ButtonMenu, _Role.CheckBox, _Role.RadioButton, _Role.ComboBox),
    *(_Role.EditableText, _Role.List, _Role.Table, _Role.SpinBox, _Role.Slider),
}
_PLAIN_WORD = re.compile(r"(?=[A-Za-z]*[aceinouyACEINOUY])[A-Za-z]{3,}")
"""A word as English writes it: the language nobody speaks has an accent on each of these letters."""


class View:
    """A window as it is now: its parts, what can be pressed, what is drawn, and its picture."""

    def __init__(self, window: QWidget) -> None:
        self.window = window
        self.picture: QImage = window.grab().toImage()  # first of all: it settles the layout
        self.parts = list(parts_of(window))
        self.targets = [part for part in self.parts if part is not window and _is_target(part, window)]
        self.texts: list[Drawn] = drawn_texts(window)

    def place(self, part: QWidget) -> QRectF:
        """Where a part lies."""
        return place_of(part, self.window)

    def beginning(self, part: QWidget) -> tuple[float, float]:
        """How far down and across a part begins; what was scrolled away begins where its page does."""
        place, at = self.place(part), part
        top = place.top()
        while at is not self.window and (parent := at.parentWidget()) is not None:
            if isinstance(parent, QAbstractScrollArea):
                top = max(top, self.place(at).top())
            at = parent
        return top, place.left()

    def seen(self, part: QWidget, area: QRectF) -> QRectF:
        """What is left of an area of a part once the pages that scroll have cut off what lies outside of them."""
        at = part
        while at is not self.window and (parent := at.parentWidget()) is not None:
            if isinstance(parent, QAbstractScrollArea):
                area = area.intersected(self.place(at))
            at = parent
        return area


def _is_target(part: QWidget, window: QWidget) -> bool:
    """Whether it can be touched or typed into, and is on top."""
    if isinstance(part.parentWidget(), QComboBox | QAbstractSpinBox) or isinstance(part, QScrollBar):
        return False  # a bar only shows the place: wheel, arrows and a finger on the page itself move it
    if isinstance(part, QAbstractScrollArea) and not isinstance(part, QAbstractItemView):
        return False
    can_be_pressed = isinstance(part, _PRESSED) or bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return can_be_pressed and is_uncovered(part, window, place_of(part, window).center())


def small_targets(view: View) -> Iterator[str]:
    """What is smaller than a finger in a glove, rows of lists among them."""
    for part in view.targets:
        if part.width() < TOUCH_PX or part.height() < TOUCH_PX:
            yield f"{_named(part)} is {part.width()}x{part.height()}"
    for part in view.parts:
        if isinstance(part, QAbstractItemView) and part.model() and 0 < part.sizeHintForRow(0) < TOUCH_PX:
            yield f"{_named(part)} has rows of {part.sizeHintForRow(0)}"


def crowded_targets(view: View) -> Iterator[str]:
    """Two targets with less than 8 px between them, of which the wrong one will be touched."""
    for one, other in combinations(view.targets, 2):
        if one.isAncestorOf(other) or other.isAncestorOf(one):
            continue
        places = view.seen(one, view.place(one)), view.seen(other, view.place(other))
        gap = _gap(*places)
        if gap < APART_PX and not any(place.isEmpty() for place in places):
            yield f"{_named(one)} and {_named(other)} are {gap:.0f} px apart"


def _gap(one: QRectF, other: QRectF) -> float:
    across = max(one.left(), other.left()) - min(one.right(), other.right())
    down = max(one.top(), other.top()) - min(one.bottom(), other.bottom())
    return max(across, down)


def clipped_texts(
    view: View, ending_so: Collection[str] = (), may_be_cut: tuple[type[QWidget], ...] = ()
) -> Iterator[str]:
    """Texts that lose letters: elided, or reaching out of their widget, one of its parents or the window.

    `ending_so` are texts that end in an ellipsis by themselves; `may_be_cut` shorten what comes from outside.
    """
    for text in view.texts:
        if isinstance(text.widget, may_be_cut):
            continue
        is_cut = text.text.rstrip().endswith(CUT) and text.text.strip() not in ending_so
        is_clipped = not text.seen.adjusted(-PIXEL, -PIXEL, PIXEL, PIXEL).contains(text.ink)
        if is_cut or is_clipped or not _is_within(text, view):
            yield f"{text} is cut"


def _is_within(text: Drawn, view: View) -> bool:
    part: QWidget = text.widget
    across, down = (min(PIXEL, side / 2.5) for side in (text.ink.width(), text.ink.height()))  # an I is narrow
    ink = text.ink.adjusted(across, down, -across, -down)
    while True:
        place, parent = view.place(part), part.parentWidget()
        if isinstance(parent, QAbstractScrollArea):  # what lies above and below can be scrolled to
            return place.left() <= ink.left() and ink.right() <= place.right()
        if not place.contains(ink):
            return False
        if part is view.window or parent is None:
            return True
        part = parent


def tiny_texts(view: View) -> Iterator[str]:
    """Letters that nobody reads at arm's length."""
    for text in view.texts:
        if text.px < LEAST_PX:
            yield f"{text} is {text.px:.0f} px tall"


def overlapping_texts(view: View) -> Iterator[str]:
    """Two texts on one place."""
    for one, other in combinations(view.texts, 2):
        shared = view.seen(one.widget, one.ink).intersected(view.seen(other.widget, other.ink))
        if shared.width() > 2 * PIXEL and shared.height() > 2 * PIXEL:
            yield f"{one} and {other} share a place"


def pale_texts(view: View, least: float) -> Iterator[str]:
    """Texts whose contrast with what is really under them is less than `least`; what is out of use may be paler."""
    for text in view.texts:
        ground = ground_under(text, view.window, view.picture)
        if text.widget.isEnabled() and ground.isValid():
            found = contrast(text.colour.name(), ground.name())
            if found < least:
                yield f"{text} {text.colour.name()} on {ground.name()} is {found:.2f} : 1"


def reached_by_tab(view: View) -> list[QWidget]:
    """The targets in the order in which Tab reaches them, once around; in a circle, from the uppermost one."""
    window, reached = view.window, []
    window.setFocus()
    for _ in range(MOST_TABS):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        part = QApplication.focusWidget()
        if part is None or part is window:
            return reached
        if part in reached:
            first = reached.index(min(reached, key=view.beginning))
            return reached[first:] + reached[:first]
        reached.append(part)
    return reached


def keyboard_gaps(view: View) -> Iterator[str]:
    """Targets that Tab does not reach, in no sensible order, covered ones that it does reach, and unseen focus.

    Letters to touch are left out: they are for those who have no keyboard.
    """
    reached = reached_by_tab(view)
    wanted = [part for part in view.targets if part.isEnabled() and not isinstance(part.parentWidget(), LetterPad)]
    yield from (f"{_named(part)} is not reached by Tab" for part in wanted if part not in reached)
    covered = [part for part in reached if part not in wanted and scroll_of(part) is None]
    yield from (f"{_named(part)} is covered, and Tab reaches it" for part in covered)
    for one, other in _goes_back(view, reached):
        yield f"Tab goes back from {_named(one)} to {_named(other)}"
    for part in reached:
        if _changed(part) < SEEN_PIXELS:
            yield f"{_named(part)} does not show that it has the focus"


def _goes_back(view: View, reached: list[QWidget]) -> list[tuple[QWidget, QWidget]]:
    """Each step of Tab up and to the left; but the longest of them, with which a round begins anew."""
    found = []
    for one, other in zip(reached, reached[1:] + reached[:1], strict=True):
        before, after = _places(view, one, other)
        if after.top() < before.bottom() - PIXEL and after.left() < before.right() - PIXEL:
            found.append((before.bottom() - after.top(), before.right() - after.left(), one, other))
    round_ends = max(found, key=lambda each: each[:2], default=None)
    return [(each[2], each[3]) for each in found if each is not round_ends]


def scroll_of(part: QWidget) -> QAbstractScrollArea | None:
    """The page that scrolls and that a part lies on: what is out of sight there comes in sight with the focus."""
    parent = part.parentWidget()
    while parent is not None and not isinstance(parent, QAbstractScrollArea):
        parent = parent.parentWidget()
    return parent


def _places(view: View, one: QWidget, other: QWidget) -> tuple[QRectF, QRectF]:
    """Where two targets lie to each other: on one page by that page, else by where their pages are seen."""
    if scroll_of(one) is scroll_of(other):
        return view.place(one), view.place(other)
    return tuple(view.place(scroll_of(part) or part) for part in (one, other))  # type: ignore[return-value]


def _changed(part: QWidget) -> int:
    """How many pixels of a part look different while it has the focus."""
    part.clearFocus()
    without = part.grab().toImage()
    part.setFocus(Qt.FocusReason.TabFocusReason)
    focused = part.grab().toImage()
    return int(np.count_nonzero(_pixels(without) != _pixels(focused)))


def _pixels(picture: QImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    return np.frombuffer(picture.constBits(), np.uint32)


def nameless(view: View) -> Iterator[str]:
    """What a screen reader can say nothing of: a target or a text without a name."""
    for part in view.parts:
        speaks = part in view.targets or (isinstance(part, QLabel) and _says_something(part))
        if speaks and not part.accessibleName().strip():
            yield f"{_named(part)} has no name"


def unpressable(view: View) -> Iterator[str]:
    """Targets that a screen reader takes for a bare place: nothing tells that they can be pressed or typed into."""
    for part in view.targets:
        interface = QAccessible.queryAccessibleInterface(part)
        if interface is None or interface.role() not in _PRESSABLE:
            yield f"{_named(part)} can't be pressed by a screen reader"


def _says_something(part: QLabel) -> bool:
    return isinstance(part, PaintedText) or bool(QLabel.text(part))


def told_texts(view: View) -> Iterator[tuple[str, str]]:
    """Everything that is shown or said: where, and what."""
    for text in view.texts:
        yield type(text.widget).__name__, text.text
    for part in view.parts:
        for told in (part.accessibleName(), part.accessibleDescription(), part.toolTip()):
            yield f"{type(part).__name__} (said)", told
        if isinstance(part, QLineEdit):
            yield f"{type(part).__name__} (hint)", part.placeholderText()


def plain_english(view: View, data: Collection[str]) -> Iterator[str]:
    """Words that come from no language's file. `data` are the names that the page was given."""
    given = "|".join(re.escape(name) for name in sorted(data, key=len, reverse=True))
    names = re.compile(rf"(?<![A-Za-z])(?:{given})(?![A-Za-z])")
    for where, told in told_texts(view):
        if word := _PLAIN_WORD.search(names.sub("", told)):
            yield f"{where} says {word.group()!r} in {told!r}"


def _named(part: QWidget) -> str:
    return f"{type(part).__name__} {part.accessibleName() or part.objectName()!r}"


def layout_faults(
    view: View, ending_so: Collection[str], may_be_cut: tuple[type[QWidget], ...] = (), *, has_long_names: bool = False
) -> Iterator[str]:
    """Whether everything has its room; names that are longer than any place may be cut."""
    yield from small_targets(view)
    yield from crowded_targets(view)
    yield from overlapping_texts(view)
    yield from tiny_texts(view)
    if not has_long_names:
        yield from clipped_texts(view, ending_so, may_be_cut)


def speech_faults(view: View, data: Collection[str], *, has_long_names: bool = False) -> Iterator[str]:
    """Whether everything is said, and in the language that was chosen."""
    yield from nameless(view)
    yield from unpressable(view)
    if not has_long_names:
        yield from plain_english(view, data)

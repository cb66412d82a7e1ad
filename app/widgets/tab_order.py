"""Tab goes through a page as it is read: in the order of its layouts, whatever the order in which parts were made."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def tab_as_laid_out(part: QWidget) -> None:
    """Puts what can be typed into or pressed in `part` into one order, the first staying where it is."""
    for before, after in pairwise(_in_order(part)):
        QWidget.setTabOrder(before, after)


def tab_with_more(part: QWidget) -> None:
    """Puts all of its window into order, as a part has grown; one that is not seen waits for whoever shows it."""
    if part.isVisible():
        tab_as_laid_out(part.window())


def _in_order(part: QWidget) -> Iterator[QWidget]:
    if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield part
    content = part.widget() if isinstance(part, QScrollArea) else None
    if content is not None:
        yield from _in_order(content)
    elif (layout := part.layout()) is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        if (part := item.widget()) is not None:
            yield from _in_order(part)
        elif (inner := item.layout()) is not None:
            yield from _in_layout(inner)

"""The frame of whichever sheet is open: its title, the key that closes it, and what waits meanwhile."""

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.widgets.form import key
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font

HEADER_PX = TOUCH_PX + 2 * GRID_PX


class SheetFrame(QWidget):
    """Holds one sheet, or nothing and is hidden then."""

    close_wanted = Signal()

    def __init__(self, theme: Theme, close: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._base_px = 16
        self.sheet: Sheet | None = None
        self.setAutoFillBackground(True)
        self._header = QWidget(self)
        self._header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header.setFixedHeight(HEADER_PX)
        self._title = plain_label("", self._header)
        self.close_key = key(close, self._header)
        self.close_key.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a hand scanner's Enter after a touch closes nothing
        self.close_key.clicked.connect(self.close_wanted)
        self._waiting = plain_label("", self, most_lines=2)
        self._waiting.setFixedHeight(TOUCH_PX)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._waiting.hide()
        self._arrange()
        self.hide()

    @property
    def waiting(self) -> str:
        """What is said of codes that wait; empty for none."""
        return self._waiting.text() if self._waiting.isVisibleTo(self) else ""

    def hold(self, sheet: Sheet) -> None:
        """Shows a sheet; there is none before."""
        self.sheet = sheet
        sheet.setParent(self)
        self._title.show_text(sheet.title)
        self._header.setVisible(not sheet.keeps_verdict)
        self.setAccessibleName(sheet.title)
        self._column.addWidget(sheet, 1)
        self._dress()
        self.show()
        self.raise_()
        sheet.show()
        sheet.be_opened()

    def release(self) -> Sheet | None:
        """Takes the sheet out and hides; the one that was here."""
        sheet, self.sheet = self.sheet, None
        self.hide()
        if sheet is not None:
            self._column.removeWidget(sheet)
            sheet.hide()  # and stays the frame's until it is deleted: Python must not do it in another thread
        return sheet

    def put_in_order(self) -> None:
        """Lets Tab go from the closing key through the sheet, whatever has joined it since it was opened."""
        if self.sheet is None:
            return
        before: QWidget = self.close_key
        for part in _chain(self.sheet):
            QWidget.setTabOrder(before, part)
            before = part

    def show_waiting(self, text: str) -> None:
        """Says what waits; empty for nothing."""
        self._waiting.show_text(text)
        self._waiting.setVisible(bool(text) and not (self.sheet and self.sheet.keeps_verdict))

    def show_close(self, text: str) -> None:
        """Names the key that closes, in another language."""
        show_on_button(self.close_key, text)

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self._dress()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self._header.setFixedHeight(max(HEADER_PX, 3 * base_px))
        self._waiting.setFixedHeight(max(TOUCH_PX, int(2.5 * base_px)))
        self._title.setFont(font(type_px(base_px, 1), QFont.Weight.Bold))
        self._waiting.setFont(font(base_px, QFont.Weight.Medium))
        self.close_key.setFont(font(base_px))
        if self.sheet is not None:
            self.sheet.show_base(base_px)

    def _arrange(self) -> None:
        row = QHBoxLayout(self._header)
        row.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self._title, 1)
        row.addWidget(self.close_key)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._header)
        self._column.addWidget(self._waiting)

    def _dress(self) -> None:
        theme = self._theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        self.setPalette(palette)
        told = theme.grounds[self.sheet.outcome_class] if self.sheet and self.sheet.outcome_class else None
        ground, text = (told.ground, told.text) if told else (theme.raised, theme.text)
        self._header.setStyleSheet(
            f".QWidget {{ background: {ground}; }}"
            f"QLabel {{ color: {text}; background: transparent; padding-left: {GRID_PX}px; }}"
            f"QPushButton {{ color: {theme.text}; background: {theme.ground}; border: 2px solid {theme.line};"
            f" border-radius: {GRID_PX}px; padding: 0 {2 * GRID_PX}px; }}"
            f"QPushButton:pressed {{ background: {theme.sunken}; }}"
            f"QPushButton:focus {{ border: 3px solid {theme.focus}; }}"
        )
        self._waiting.setStyleSheet(f"color: {theme.calm_text}; background: {theme.calm_ground};")
        if self.sheet is not None:
            self.sheet.show_theme(theme)
            self.sheet.show_base(self._base_px)


def _chain(part: QWidget) -> list[QWidget]:
    """What Tab reaches in a part, in the order of its layouts: whatever was made last stands where it is seen."""
    layout, found = part.layout(), list[QWidget]()
    placed = list(_placed(layout)) if layout is not None else []
    others = [each for each in part.children() if isinstance(each, QWidget) and each not in placed]
    for each in (*placed, *others):
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(each)
        found += _chain(each)
    return found


def _placed(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _placed(inner)

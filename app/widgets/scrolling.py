"""A page that is longer than its window: it scrolls up and down, never sideways, and follows the keyboard.

Owns that whatever has the focus is in sight. Its bar shows where one is; nobody needs to hit it: the wheel, a finger on
the page and Tab do the same.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QScroller, QWidget

from app.widgets.theme import GRID_PX, Theme

BAR_PX = 12
_STEP_PX = 6 * GRID_PX


class ScrollPage(QScrollArea):
    """Shows `content` as wide as there is room, and as high as it is."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(_STEP_PX)
        self.verticalScrollBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        content.setAutoFillBackground(False)  # taking it in has set this
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        if isinstance(application := QApplication.instance(), QApplication):
            application.focusChanged.connect(self._follow)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        if theme is self._theme:
            return  # a style sheet costs the whole page a look
        self._theme = theme
        self.setStyleSheet(f"""
            QScrollArea {{ background: transparent; border: none; }}
            QScrollBar:vertical {{ background: transparent; width: {BAR_PX}px; margin: 0; }}
            QScrollBar::handle:vertical {{ background: {theme.line}; border-radius: {BAR_PX // 2 - 2}px;
                                           min-height: {6 * GRID_PX}px; margin: 2px; }}
            QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
            QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
        """)

    def show_part(self, part: QWidget) -> None:
        """Scrolls until a part of the page is in sight."""
        self.ensureWidgetVisible(part, 0, 3 * GRID_PX)

    def show_top(self) -> None:
        """Scrolls to the beginning."""
        self.verticalScrollBar().setValue(0)

    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        content = self.widget()
        if now is not None and content is not None and content.isAncestorOf(now):
            self.show_part(now)

"""The head of the window: the event, the pages with their counts, the account, the settings.

Owns that all of it fits: in one row where there is room, in two where there is not.
"""

from collections.abc import Mapping, Set
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from app.organizer.page import PageName
from app.organizer.words import OrganizerWords
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import plain
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme
from app.widgets.typeface import font

_LINE_PX = 3
MORE = "▾"


class PageKey(FittedKey):
    """The key of a page; the page that is shown has a line below its name, and is said to be checked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.line = "#000000"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the key and its line."""
        super().paintEvent(event)
        if self.isChecked():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(self.line), _LINE_PX))
            y = self.height() - 6
            painter.drawLine(2 * GRID_PX, y, self.width() - 2 * GRID_PX, y)
            painter.end()


class Header(QWidget):
    """The head."""

    page_wanted = Signal(str)
    """A `PageName`."""
    events_wanted = Signal()
    account_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, words: OrganizerWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._event = ""
        self._account = ""
        self._badges: dict[PageName, str] = {}
        self._page: PageName | None = None
        self._unneeded: Set[PageName] = frozenset()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("header")
        self.event_key, self.account_key, self.settings_key = (FittedKey(self) for _ in range(3))
        self.event_key.clicked.connect(self.events_wanted)
        self.account_key.clicked.connect(self.account_wanted)
        self.settings_key.clicked.connect(self.settings_wanted)
        self.event_key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.page_keys: dict[PageName, PageKey] = {}
        self.pages = QWidget(self)
        row = QHBoxLayout(self.pages)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        for name in PageName:
            made = PageKey(self.pages)
            made.clicked.connect(lambda _=False, name=name: self.page_wanted.emit(name.value))
            self.page_keys[name] = made
            row.addWidget(made)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        self._grid.setSpacing(GRID_PX)
        for each in (self.account_key, self.settings_key):
            each.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._is_small = True
        self.show_small(is_small=False)
        self.say_anew()

    def show_event(self, name: str) -> None:
        """Says which event is shown; empty for none."""
        self._event = name
        self.say_anew()

    def show_account(self, name: str) -> None:
        """Says who is logged in; empty for nobody."""
        self._account = name
        self.say_anew()

    def show_badges(self, badges: Mapping[PageName, str]) -> None:
        """Says how many of something a page has: `2` incidents, `7/8` devices."""
        if badges != self._badges:
            self._badges = dict(badges)
            self.say_anew()

    def show_unneeded(self, names: Set[PageName]) -> None:
        """Takes away the keys of pages that there is nothing for; the one that is shown keeps its key."""
        self._unneeded = names
        for each, made in self.page_keys.items():
            made.setVisible(each not in names or each is self._page)

    def show_page(self, name: PageName) -> None:
        """Marks the page that is shown."""
        self._page = name
        for each, made in self.page_keys.items():
            made.setChecked(each is name)
        self.show_unneeded(self._unneeded)

    @property
    def pages_shown(self) -> tuple[PageName, ...]:
        """The pages that have a key, from left to right."""
        return tuple(each for each, made in self.page_keys.items() if not made.isHidden())

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        told = self._words.window.header
        self.event_key.show_text(f"{self._event or told.no_event} {MORE}")
        self.event_key.setAccessibleName(plain(f"{told.events}: {self._event or told.no_event}"))
        self.account_key.show_text(self._account or told.log_in)
        self.account_key.setAccessibleName(plain(f"{told.account}: {self._account}" if self._account else told.log_in))
        self.settings_key.show_text(told.settings)
        self.pages.setAccessibleName(told.pages)
        for name, made in self.page_keys.items():
            count = self._badges.get(name, "")
            page = self._words.pages[name]
            made.show_text(told.page_count.fill(page=page, count=count) if count else page)

    def show_small(self, *, is_small: bool) -> None:
        """In two rows where room is short."""
        if is_small is self._is_small:
            return
        self._is_small = is_small
        for part in (self.event_key, self.pages, self.account_key, self.settings_key):
            self._grid.removeWidget(part)
        self._grid.addWidget(self.event_key, 0, 0)
        for column in range(4):
            self._grid.setColumnStretch(column, int(column == 1))
        if is_small:
            self._grid.addWidget(self.account_key, 0, 2)
            self._grid.addWidget(self.settings_key, 0, 3)
            self._grid.addWidget(self.pages, 1, 0, 1, 4)
            order = (self.event_key, self.account_key, self.settings_key, *self.page_keys.values())
        else:
            self._grid.addWidget(self.pages, 0, 1)
            self._grid.addWidget(self.account_key, 0, 2)
            self._grid.addWidget(self.settings_key, 0, 3)
            order = (self.event_key, *self.page_keys.values(), self.account_key, self.settings_key)
        for one, other in pairwise(order):
            QWidget.setTabOrder(one, other)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.setStyleSheet(
            f"#header {{ background: {theme.raised}; border-bottom: 1px solid {theme.line}; }}"
            f"PageKey {{ border-color: {theme.raised}; }}"
            f"PageKey:checked {{ color: {theme.text}; border-color: {theme.raised}; }}"
            f"PageKey:focus {{ border: 3px solid {theme.focus}; }}"
        )
        for made in self.page_keys.values():
            made.line = theme.focus
            made.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.event_key.setFont(font(base_px, QFont.Weight.Bold))
        for each in (self.account_key, self.settings_key):
            each.setFont(font(base_px))
            each.setMaximumWidth(12 * base_px)
        self.event_key.setMaximumWidth(22 * base_px)
        for page in self.page_keys.values():
            page.setFont(font(base_px, QFont.Weight.Medium))
            page.setMinimumHeight(TOUCH_PX)

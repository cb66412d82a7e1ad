"""The place of one page: it makes the page when it is first shown, scrolls it, and takes its faults.

Owns that a page's fault shows that page's card with a key to try again, while the window and the other pages go on,
and that a page for which the account has no right, or which is not there yet, says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.faults import log_fault
from app.organizer.boundary import Boundary
from app.organizer.empty_state import EmptyState
from app.organizer.measures import SMALL_PX
from app.organizer.page import Page, PageName
from app.organizer.surroundings import Surroundings
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, Theme
from core.model.roles import Right

MARGIN_PX = 2 * GRID_PX
MakePage = Callable[[Surroundings], Page]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page of the window: what makes it, the right without which nobody sees it, whether it is about an event."""

    make: MakePage
    right: Right
    needs_event: bool = True


class PageHost(Boundary):
    """A page, or what stands in its place."""

    def __init__(
        self, name: PageName, entry: PageEntry | None, at: Surroundings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.boundary_name = f"page.{name.value}"
        self._entry = entry
        self._at = at
        self._is_shown = False
        self._is_broken = False
        self.page: Page | None = None
        self._scroll: ScrollPage | None = None
        self.card = EmptyState(self)
        self.card.pressed.connect(self._act)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.card)
        self.card.hide()

    @property
    def is_broken(self) -> bool:
        """Whether the page's code failed."""
        return self._is_broken

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed on it that nobody has kept."""
        return bool(self._guarded(lambda page: page.is_unsaved))

    def begin(self) -> None:
        """It is shown from now on."""
        if self._is_shown:
            return
        self._is_shown = True
        self._make()
        self._guarded(lambda page: page.begin())

    def rest(self) -> None:
        """Another page is shown."""
        if self._is_shown:
            self._is_shown = False
            self._guarded(lambda page: page.rest())

    def show_subject(self, subject: str) -> None:
        """Shows one thing on it."""
        self._guarded(lambda page: page.show_subject(subject))

    def start_anew(self) -> None:
        """Another event or another account: the page of before would show what is not theirs."""
        was_shown = self._is_shown
        self.rest()
        self._drop()
        self._is_broken = False
        if was_shown:
            self.begin()

    def make_again(self) -> None:
        """Somebody pressed the key of a page that has failed."""
        self._is_shown = False
        self._is_broken = False
        self.begin()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        self._say_card()
        self._guarded(lambda page: page.say_anew())

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.card.show_theme(theme)
        if self._scroll is not None:
            self._scroll.show_theme(theme)
        self._guarded(lambda page: page.show_theme(theme))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.card.show_base(base_px)
        self._guarded(lambda page: page.show_base(base_px))
        self._set_margins()

    def _set_margins(self) -> None:
        """Every page begins at the same place."""
        side = MARGIN_PX if self._at.base_px > SMALL_PX else GRID_PX
        self._column.setContentsMargins(side, side, side, 0)
        inside = self.page.layout() if self.page is not None else None
        if inside is not None:
            inside.setContentsMargins(0, 0, 0, side)

    def break_down(self) -> None:
        """Shows that the page's code has failed; it is thrown away when whoever called it has ended."""
        if not self._is_broken:
            self._is_broken = True
            QTimer.singleShot(0, self, self._give_up)

    def _make(self) -> None:
        if self.page is not None or self._is_broken:
            return
        if self._entry is None or not self._may_be_made(self._entry):
            self._show_card()
            return
        try:
            page = self._entry.make(self._at)
        except Exception as error:  # noqa: BLE001  the boundary: a page's fault stays in it
            self._fail(error)
            return
        self.page, self._scroll = page, ScrollPage(page, self)
        self._column.addWidget(self._scroll)
        self.card.hide()
        self.show_theme(self._at.theme)
        self.show_base(self._at.base_px)
        self._set_margins()

    def _may_be_made(self, entry: PageEntry) -> bool:
        desk = self._at.desk
        return desk.may(entry.right) and (desk.event is not None or not entry.needs_event)

    def _guarded(self, act: Callable[[Page], object]) -> object:
        if self.page is None or self._is_broken:
            return None
        try:
            return act(self.page)
        except Exception as error:  # noqa: BLE001  the boundary: a page's fault stays in it
            self._fail(error)
            return None

    def _fail(self, error: Exception) -> None:
        log_fault(self.boundary_name, error)
        self._is_broken = True
        self._give_up()

    def _give_up(self) -> None:
        if self.page is not None:
            try:
                self.page.rest()
            except Exception as error:  # noqa: BLE001  it has failed already; that it rests badly changes nothing
                log_fault(self.boundary_name, error)
        self._drop()
        self._show_card()

    def _act(self) -> None:
        if self._is_broken:
            self.make_again()
        else:
            self._at.teller.open_page(PageName.SET_UP)

    def _drop(self) -> None:
        if self._scroll is not None:
            self._scroll.hide()
            self._column.removeWidget(self._scroll)
            self._scroll.deleteLater()
        self.page = self._scroll = None

    def _show_card(self) -> None:
        self._say_card()
        self.card.show_theme(self._at.theme)
        self.card.show_base(self._at.base_px)
        self.card.show()

    def _say_card(self) -> None:
        words, retry = self._at.words.window.header, self._at.words.panel.retry
        if self._is_broken:
            self.card.show_text(words.page_broken, words.page_broken_step, retry)
        elif self._entry is None:
            self.card.show_text(words.not_yet, words.not_yet_step)
        elif self._at.desk.event is None:
            may_make = self._at.desk.may(Right.CREATE_EVENT)
            self.card.show_text(words.no_event, words.no_event_step, words.make_event if may_make else "")
        else:
            self.card.show_text(words.not_allowed, words.not_allowed_step)

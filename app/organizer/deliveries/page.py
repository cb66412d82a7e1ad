"""The page of deliveries: what did not arrive, what waits, who hears of the event, what the server does by the clock.

Owns which of the four views is shown, and the sheet that lies in the place of all. Where nobody uses any channel the
jobs are left, for whoever may run them.
"""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.organizer.deliveries.deeds import Deeds
from app.organizer.deliveries.endpoints_pane import EndpointsPane
from app.organizer.deliveries.jobs_pane import JobsPane
from app.organizer.deliveries.letters_pane import LettersPane
from app.organizer.deliveries.pane import Pane
from app.organizer.deliveries.present_letters import present_summary, present_view
from app.organizer.deliveries.questions import ENDPOINTS, SUMMARY, Which
from app.organizer.deliveries.texts import Reader
from app.organizer.deliveries.words import View
from app.organizer.desk import Watching
from app.organizer.page import JOBS, Page
from app.organizer.sheet_faces import SheetFaces
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.widgets.fitted_key import FittedKey
from app.widgets.form import set_tone
from app.widgets.plain_text import plain, plain_label
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.insight.reading import Reading
from core.model.roles import Right
from core.sync.delivery_replies import DeliverySummary, EndpointRow

SUMMARY_FROM_PX = 960
_MESSAGE = re.compile("[0-9a-f]{32}")


class DeliveriesPage(Page):
    """Shows what did not arrive first."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._summary: DeliverySummary | None = None
        self._watching: list[Watching] = []
        self._is_shown = False
        self.view = View.DEAD
        self._build()
        self.say_anew()
        self.show_base(at.base_px)
        self.show_theme(at.theme)
        self._show_views()

    # --- what the window asks -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is shown from now on."""
        self._is_shown = True
        self._watching = [
            self.at.desk.watch(SUMMARY, self._take_summary),
            self.at.desk.watch(ENDPOINTS, self._take_endpoints),
        ]
        self.panes[self.view].begin()

    def rest(self) -> None:
        """Another page is shown."""
        self._is_shown = False
        self.panes[self.view].rest()
        while self._watching:
            self._watching.pop().stop()

    def show_subject(self, subject: str) -> None:
        """Shows the jobs, or the message of this id."""
        if subject == JOBS:
            if self.at.desk.may(Right.RUN_INSTALLATION):
                self.show_view(View.JOBS)
        elif _MESSAGE.fullmatch(subject):
            self.show_view(View.DEAD)
            self.dead.show_letter(subject)

    def show_view(self, view: View) -> None:
        """Shows one of the four."""
        if view is not self.view:
            if self._is_shown:
                self.panes[self.view].rest()
            self.view = view
            self.stack.setCurrentWidget(self.panes[view])
            if self._is_shown:
                self.panes[view].begin()
        self._show_views()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        self.heads.setAccessibleName(plain(self.at.words.deliveries.list.views))
        for pane in self.panes.values():
            pane.say_anew()
        self._show_views()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.summary.setStyleSheet(f"color: {theme.muted};")
        for pane in self.panes.values():
            pane.show_theme(theme)
        self._faces.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.summary.setFont(font(type_px(base_px, -1)))
        for each in self.view_keys.values():
            each.setFont(font(base_px))
            each.setMinimumHeight(TOUCH_PX)
        for pane in self.panes.values():
            pane.show_base(base_px)
        self._faces.show_base(base_px)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The keys say how many there are; when the last one died, only where there is room."""
        super().resizeEvent(event)
        self.summary.setVisible(self.width() >= SUMMARY_FROM_PX)

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed that nobody has kept."""
        return self.sheet is not None and self.sheet.is_unsaved

    @property
    def sheet(self) -> SheetPage | None:
        """What lies in the place of the page."""
        return self._faces.sheet

    # --- what is known ------------------------------------------------------------------------------------------

    def _reader(self) -> Reader:
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms())

    def _take_summary(self, reading: Reading[DeliverySummary]) -> None:
        if reading.value is not None:
            self._summary = reading.value
            if self.view not in self.offered() and self.offered():
                self.show_view(self.offered()[0])
            self._show_views()

    def _take_endpoints(self, reading: Reading[list[EndpointRow]]) -> None:
        if reading.value is not None:
            for pane in (self.dead, self.waiting):
                pane.know(tuple(reading.value))

    def offered(self) -> tuple[View, ...]:
        """The views that there is something for: without any channel the jobs alone."""
        has_channels = self._summary is None or bool(self._summary.channels)
        may_run = self.at.desk.may(Right.RUN_INSTALLATION)
        views = [each for each in View if each is not View.JOBS] if has_channels else []
        return (*views, *([View.JOBS] if may_run else []))

    def _show_views(self) -> None:
        reader, offered = self._reader(), self.offered()
        for view, each in self.view_keys.items():
            each.show_text(present_view(view, self._summary, reader))
            each.setVisible(view in offered)
            each.setChecked(view is self.view)
            set_tone(each, "main" if view is self.view else "")
        is_told = self._summary is not None and bool(self._summary.channels)
        self.summary.show_text(present_summary(self._summary, reader) if self._summary and is_told else "")

    # --- its parts ----------------------------------------------------------------------------------------------

    def _show_dead_of(self, endpoint: str) -> None:
        self.show_view(View.DEAD)
        self.dead.narrow(Which(is_dead=True, endpoint=endpoint))
        self.dead.go(1)

    def _build(self) -> None:
        body = QWidget(self)
        self.heads = QWidget(body)
        row = QHBoxLayout(self.heads)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        self.view_keys: dict[View, FittedKey] = {}
        for view in View:
            made = FittedKey(self.heads)
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, view=view: self.show_view(view))
            self.view_keys[view] = made
            row.addWidget(made)
        self.summary = plain_label("", self.heads, most_lines=2)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.summary, 1)
        self.deeds = Deeds(self.at, self)
        self.dead = LettersPane(self.at, self.deeds, is_dead=True)
        self.waiting = LettersPane(self.at, self.deeds, is_dead=False)
        self.endpoints, self.jobs = EndpointsPane(self.at, self.deeds), JobsPane(self.at, self.deeds)
        self.endpoints.dead_wanted.connect(self._show_dead_of)
        self.panes: dict[View, Pane] = {
            View.DEAD: self.dead,
            View.WAITING: self.waiting,
            View.ENDPOINTS: self.endpoints,
            View.JOBS: self.jobs,
        }
        self.stack = QStackedWidget(body)
        for pane in self.panes.values():
            self.stack.addWidget(pane)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.heads)
        column.addWidget(self.stack, 1)
        self._faces = SheetFaces(self, body, self.at, lambda: self.view_keys[self.view])
        self.deeds.sheet_wanted.connect(self._faces.open_sheet)

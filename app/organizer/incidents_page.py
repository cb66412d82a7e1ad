"""The page of incidents: a list that is narrowed and turned, one incident beside it, and what is done about that.

Owns which incidents are asked for and which one is shown. What is said of them is `incidents_present`'s.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.empty_state import EmptyState
from app.organizer.incidents_detail import IncidentDetail
from app.organizer.incidents_list import IncidentsList
from app.organizer.incidents_present import (
    DEVICE_KINDS,
    Reader,
    Which,
    finding_text,
    present_incident,
    present_nothing,
    present_rows,
)
from app.organizer.incidents_questions import incident, incidents, noting, resolving
from app.organizer.incidents_words import IncidentsWords, KindWord, kind_word
from app.organizer.page import Page, PageName
from app.organizer.panel import Panel
from app.organizer.panel_frame import PanelFrame
from app.organizer.refusals import refusal_text
from app.organizer.surroundings import Surroundings
from app.widgets.choice_box import ChoiceBox
from app.widgets.form import key, set_tone
from app.widgets.plain_text import plain, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from app.widgets.words import Template
from core.insight.question import Deed
from core.journal.scan import Finding
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.incident_replies import Incident, IncidentPage

BESIDE_FROM_PX = 960
"""List and incident stand beside each other from here on; less wide, one of them is seen."""
_STATES = {Which.OPEN: "open", Which.RESOLVED: "resolved", Which.ALL: None}


class IncidentsPage(Page):
    """Shows the open ones first."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._which, self._kind = Which.OPEN, ""
        self._places = [""]
        self._older = ""
        self._chosen = ""
        self._is_shown = False
        self._build()
        self.say_anew()
        self.show_base(at.base_px)
        self.show_theme(at.theme)
        self._place_parts()

    # --- what the window asks -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is shown from now on."""
        self._is_shown = True
        self.list_frame.begin()
        if self._chosen:
            self.detail_frame.begin()

    def rest(self) -> None:
        """Another page is shown."""
        self._is_shown = False
        self.list_frame.rest()
        self.detail_frame.rest()

    def show_subject(self, subject: str) -> None:
        """Shows the incident of this name: its scan, or its kiosk, a full stop, its kind."""
        if "." in subject:
            self._choose(subject)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self._words.list
        for which, text in ((Which.OPEN, said.open), (Which.RESOLVED, said.resolved), (Which.ALL, said.all)):
            show_on_button(self.which_keys[which], text)
        self.filters.setAccessibleName(plain(said.which))
        self.kind_box.show_name(said.kind)
        kinds = [(kind.value, self._words.kinds[kind].title) for kind in KindWord if kind is not KindWord.UNKNOWN]
        self.kind_box.show_choices([("", said.any_kind), *kinds])
        show_on_button(self.back_key, said.back)
        self.placeholder.show_text(said.choose)
        self.list_frame.say_anew()
        self.detail_frame.say_anew()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.list_frame.show_theme(theme)
        self.detail_frame.show_theme(theme)
        self.placeholder.show_theme(theme)
        self.kind_box.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.list_frame.show_base(base_px)
        self.detail_frame.show_base(base_px)
        self.placeholder.show_base(base_px)
        for each in (*self.which_keys.values(), self.kind_box, self.back_key):
            each.setFont(font(base_px))

    @property
    def is_unsaved(self) -> bool:
        """Whether a note was typed that nobody has kept."""
        body = self.detail_frame.body
        return isinstance(body, IncidentDetail) and bool(body.typed)

    @property
    def chosen(self) -> str:
        """The name of the incident that is shown; empty for none."""
        return self._chosen

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Both beside each other, or one of them."""
        super().resizeEvent(event)
        self._place_parts()

    # --- the list -----------------------------------------------------------------------------------------------

    @property
    def _words(self) -> IncidentsWords:
        return self._at.words.incidents

    def _reader(self) -> Reader:
        return Reader(self._at.words, self._at.zone, self._at.desk.now_ms())

    def _make_list(self) -> IncidentsList:
        body = IncidentsList(self._words.list)
        body.chosen.connect(self._choose)
        body.turned.connect(self._turn)
        return body

    def _show_list(self, body: IncidentsList, page: IncidentPage) -> None:
        self._older = page.after or ""
        body.show_incidents(
            present_rows(page.incidents, self._reader()),
            present_nothing(self._which, kind_word(self._kind) if self._kind else None, self._words),
            self._words.list,
            number=len(self._places) - 1,
            has_older=bool(self._older),
            mark=self._chosen,
        )

    def _narrow(self, which: Which) -> None:
        """Another filter was chosen: from its newest on."""
        self._which = which
        self._kind = self.kind_box.chosen
        self._places = [""]
        self._ask_list()

    def _turn(self, by: int) -> None:
        if by > 0 and self._older:
            self._places.append(self._older)
        elif by < 0 and len(self._places) > 1:
            self._places.pop()
        self._ask_list()

    def _ask_list(self) -> None:
        for which, each in self.which_keys.items():
            each.setChecked(which is self._which)
            set_tone(each, "main" if which is self._which else "")
        body = self.list_frame.body
        if isinstance(body, IncidentsList):
            body.begin_anew()
        self.list_frame.ask(incidents(_STATES[self._which], self._kind or None, self._places[-1]))

    # --- one of them --------------------------------------------------------------------------------------------

    def _make_detail(self) -> IncidentDetail:
        body = IncidentDetail(self._words)
        body.found.connect(self._resolve)
        body.noted.connect(self._note)
        body.history_wanted.connect(lambda tid: self._at.teller.open_page(PageName.TICKETS, tid))
        body.device_wanted.connect(lambda device: self._at.teller.open_page(PageName.DEVICES, device))
        return body

    def _show_detail(self, body: IncidentDetail, one: Incident) -> None:
        may_resolve = self._at.desk.may(Right.RESOLVE_INCIDENTS)
        body.show_incident(present_incident(one, self._reader(), may_resolve=may_resolve), self._words)

    def _detail_title(self) -> str:
        return self._words.kinds[kind_word(self._chosen.partition(".")[2])].title if self._chosen else ""

    def _choose(self, name: str) -> None:
        self._chosen = name
        scan, _, kind = name.partition(".")
        self.detail_frame.ask(incident(scan, kind))
        if self._is_shown:
            self.detail_frame.begin()
        body = self.list_frame.body
        if isinstance(body, IncidentsList):
            body.list.mark(name)
        self._place_parts()
        if self._is_alone:
            self.back_key.setFocus()

    def _leave(self) -> None:
        self.detail_frame.rest()
        self._chosen = ""
        self._place_parts()
        body = self.list_frame.body
        if isinstance(body, IncidentsList):
            body.list.setFocus()

    # --- deeds --------------------------------------------------------------------------------------------------

    def _resolve(self, finding: Finding, note: str) -> None:
        scan, _, kind = self._chosen.partition(".")
        is_device = kind_word(kind) in DEVICE_KINDS
        done = self._words.resolution.done.fill(finding=finding_text(finding, self._at.words, is_device=is_device))
        self._do(resolving(scan, kind, finding, note), done, self._words.resolution.refused)

    def _note(self, note: str) -> None:
        scan, _, kind = self._chosen.partition(".")
        self._do(noting(scan, kind, note), self._words.notes.added, self._words.notes.refused)

    def _do(self, deed: Deed[Incident], done: str, refused: Template) -> None:
        body = self.detail_frame.body
        if not isinstance(body, IncidentDetail):
            return
        name = self._chosen
        body.wait(is_waiting=True)

        def take(answer: Done[Incident] | Later | Rejected) -> None:
            shown = self.detail_frame.body
            if isinstance(shown, IncidentDetail):
                shown.wait(is_waiting=False)
            if not isinstance(answer, Done):
                cause = refusal_text(answer, self._at.words)
                self._at.teller.tell(refused.fill(cause=cause), is_trouble=True)
                return
            self._at.teller.tell(done)
            if isinstance(shown, IncidentDetail) and self._chosen == name:
                shown.forget_typed()

        self._at.desk.do(deed, take)

    # --- its parts ----------------------------------------------------------------------------------------------

    @property
    def _is_alone(self) -> bool:
        return self.width() < BESIDE_FROM_PX

    def _place_parts(self) -> None:
        """The list, the incident, or both: as there is room, and as one is chosen."""
        is_alone, is_chosen = self._is_alone, bool(self._chosen)
        self.filters.setVisible(not (is_alone and is_chosen))
        self.list_frame.setVisible(not (is_alone and is_chosen))
        self.detail_frame.setVisible(is_chosen)
        self.placeholder.setVisible(not is_alone and not is_chosen)
        self.back_key.setVisible(is_alone)

    def _build(self) -> None:
        self.filters = QWidget(self)
        self.which_keys = {which: key("", self.filters) for which in Which}
        row = QHBoxLayout(self.filters)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        for which, each in self.which_keys.items():
            each.setCheckable(True)
            each.setChecked(which is self._which)
            each.clicked.connect(lambda _=False, which=which: self._narrow(which))
            set_tone(each, "main" if which is self._which else "")
            row.addWidget(each)
        self.kind_box = ChoiceBox("", self.filters)
        row.addStretch(1)
        row.addWidget(self.kind_box)
        self.kind_box.currentIndexChanged.connect(lambda _: self._narrow(self._which))
        self._build_panels()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.filters)
        beside = QHBoxLayout()
        beside.setSpacing(2 * GRID_PX)
        beside.addWidget(self.list_frame, 2)
        beside.addWidget(self.detail_frame, 3)
        beside.addWidget(self.placeholder, 3)
        column.addLayout(beside, 1)

    def _build_panels(self) -> None:
        listing = Panel("incidents.list", lambda: self._words.list.list, self._make_list, self._show_list)
        one = Panel("incidents.one", self._detail_title, self._make_detail, self._show_detail)
        self.list_frame = PanelFrame(listing, self._at, self)
        self.back_key = key("", self)  # made before the frame, so that Tab comes to it before what lies in there
        self.detail_frame = PanelFrame(one, self._at, self)
        self.list_frame.ask(incidents(_STATES[self._which], None))
        self.back_key.clicked.connect(self._leave)
        self.detail_frame.keys.addWidget(self.back_key)
        self.placeholder = EmptyState(self)
        self.placeholder.setFocusPolicy(Qt.FocusPolicy.NoFocus)

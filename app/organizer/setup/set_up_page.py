"""The Set-up page: a first event where there is none, else the event, section by section.

Owns what is asked of the server while the page is shown, and where a finished deed leads. What was typed stays when
another page takes its place.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.desk import Watching
from app.organizer.page import ENROL_KIOSK, IMPORT_LIST, Page, PageName
from app.organizer.panel import Panel
from app.organizer.panel_frame import PanelFrame
from app.organizer.questions import EVENTS
from app.organizer.setup import questions
from app.organizer.setup.editor import Editor
from app.organizer.setup.first_run import FirstRun
from app.organizer.setup.setup_words import SectionName
from app.organizer.surroundings import Surroundings
from app.widgets.tab_order import tab_as_laid_out
from app.widgets.theme import Theme
from core.insight.reading import Reading
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import EventReply, OperatorReply


class SetUpPage(Page):
    """The page."""

    event_made = Signal(str)
    """The id (32 hex digits) of an event that was made here."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._watched: list[Watching] = []
        self._staff: Reading[list[OperatorReply]] | None = None
        self._kiosks: Reading[list[KioskReply]] | None = None
        self._is_first = at.desk.event is None
        self.first = FirstRun(at)
        self.frame = PanelFrame(
            Panel("set_up.event", self._title, self._make_editor, self._show_event, questions.EVENT), at
        )
        self.first.made.connect(self._take_made)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.first)
        column.addWidget(self.frame)
        self.first.say()
        self.show_base(at.base_px)
        self.show_theme(at.theme)
        self._place()
        tab_as_laid_out(self.first)

    @property
    def editor(self) -> Editor | None:
        """The sections, where there is an event and their code works."""
        body = self.frame.body
        return body if isinstance(body, Editor) else None

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed that nobody has saved."""
        return self.first.is_unsaved or (self.editor is not None and bool(self.editor.unsaved))

    def begin(self) -> None:
        """Asks for the event, its staff and its kiosks, each as far as whoever is logged in may see it."""
        desk = self._at.desk
        self._watched.append(desk.watch(EVENTS, self._take_events))
        if desk.event is None:
            return
        self.frame.begin()
        if desk.may(questions.STAFF.right):
            self._watched.append(desk.watch(questions.STAFF, self._take_staff))
        if desk.may(questions.KIOSKS.right):
            self._watched.append(desk.watch(questions.KIOSKS, self._take_kiosks))

    def rest(self) -> None:
        """Asks no more; what was typed stays."""
        self.frame.rest()
        for each in self._watched:
            each.stop()
        self._watched.clear()

    def show_subject(self, subject: str) -> None:
        """Opens a section by its name."""
        if self.editor is not None and subject in set(SectionName):
            self.editor.open(SectionName(subject))

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        self.first.say()
        self.frame.say_anew()
        if self.editor is not None:
            self.editor.say()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.first.show_theme(theme)
        self.frame.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.first.show_base(base_px)
        self.frame.show_base(base_px)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """The event scrolls by itself, list and section apart: it takes the height that there is."""
        return super().heightForWidth(width) if self._is_first else self.minimumSizeHint().height()

    def show_first(self, *, is_first: bool) -> None:
        """Shows the way to a new event, or the event that there is."""
        self._is_first = is_first
        self._place()

    # --- within ---------------------------------------------------------------------------------------------------

    def _title(self) -> str:
        return self._at.words.pages[PageName.SET_UP]

    def _make_editor(self) -> Editor:
        made = Editor(self._at)
        made.made.connect(self._take_made)
        made.import_wanted.connect(lambda: self._at.teller.open_page(PageName.TICKETS, IMPORT_LIST))
        made.enrolment_wanted.connect(lambda: self._at.teller.open_page(PageName.DEVICES, ENROL_KIOSK))
        made.fresh_wanted.connect(self._begin_fresh)
        made.stale.connect(lambda: self.frame.retry())  # the frame makes this as it is made itself
        return made

    def _show_event(self, body: Editor, reply: EventReply) -> None:
        body.show_reply(reply)
        self._tell_editor()

    def _take_events(self, reading: Reading[list[EventReply]]) -> None:
        if reading.value is not None:
            self.first.show_events(reading.value)

    def _take_staff(self, reading: Reading[list[OperatorReply]]) -> None:
        self._staff = reading
        self._tell_editor()

    def _take_kiosks(self, reading: Reading[list[KioskReply]]) -> None:
        self._kiosks = reading
        self._tell_editor()

    def _tell_editor(self) -> None:
        editor = self.editor
        if editor is None:
            return
        if self._staff is not None and self._staff.value is not None:
            editor.show_staff(self._staff.value)
        elif self._staff is not None and self._staff.fault is not None:
            editor.staff.show_fault(self._staff.fault)
        if self._kiosks is not None and self._kiosks.value is not None:
            editor.show_kiosks(self._kiosks.value)

    def _take_made(self, event: str) -> None:
        self.show_first(is_first=False)
        self.event_made.emit(event)
        self._at.teller.open_event(event)

    def _begin_fresh(self) -> None:
        self.show_first(is_first=True)
        self.first.show_create()

    def _place(self) -> None:
        self.first.setVisible(self._is_first)
        self.frame.setVisible(not self._is_first)

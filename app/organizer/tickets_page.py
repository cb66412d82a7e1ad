"""The page of tickets: found by whatever a person has of them, one of them with its whole life, and what can be done.

Owns the search and which ticket is shown. Nothing of it is kept on a disk: it names guests. What is to be done opens a
sheet in the page's place, and the page is as it was when that is over.
"""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.desk import Watching
from app.organizer.empty_state import EmptyState
from app.organizer.import_wizard import ImportWizard
from app.organizer.page import IMPORT_LIST, Page
from app.organizer.panel import Panel
from app.organizer.panel_frame import PanelFrame
from app.organizer.sheet_faces import SheetFaces
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.organizer.tickets_deeds import AttentionSheet, DeedSheet
from app.organizer.tickets_detail import TicketBody
from app.organizer.tickets_found import FoundBody
from app.organizer.tickets_issue import IssueSheet
from app.organizer.tickets_present import (
    FoundText,
    Reader,
    fault_text,
    mail_question,
    mailed_text,
    present_found,
    present_ticket,
    subtitle_of,
)
from app.organizer.tickets_print import PrintSheet, Subject
from app.organizer.tickets_questions import (
    LEAST_LETTERS,
    event_question,
    history_question,
    mail_deed,
    search_question,
)
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry, key
from app.widgets.plain_text import plain, show_on_button
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme
from app.widgets.typeface import font
from core.insight.question import Question
from core.insight.reading import Freshness, Reading
from core.insight.ticket_deeds import TicketDeed
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import EventReply
from core.sync.ticket_messages import History, MailedReply, Matches

T = TypeVar("T")

PAUSE_MS = 250
"""After a letter, before the server is asked: whoever types does not look at the list."""
PATIENCE_MS = 700
"""How long the last answer stays while the next one is awaited: a list that flickers can't be read."""
MOST_TYPED = 512
_WIDE_PX = 900
_LIST_EM, _MOST_LIST_EM = 24, 34
_NO_MATCHES = Matches((), is_cut=False)


class TicketsPage(Page):
    """The page. `show_subject` takes a ticket's number (16 hex digits), or `IMPORT_LIST`: other pages link here."""

    def __init__(self, surroundings: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = surroundings
        self._event: Reading[EventReply] = Reading(Freshness.LOADING)
        self._history: History | None = None
        self._text, self._tid = "", ""
        self._is_begun = False
        self._watched: dict[str, Watching] = {}
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.found.show_reading(Reading(Freshness.LOADING)))
        self._build()
        self.say_anew()
        self.show_base(surroundings.base_px)
        self.show_theme(surroundings.theme)
        self._show_nothing_searched()
        self._arrange()

    # --- as a page ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is shown: what was found is asked anew."""
        self._is_begun = True
        self._watch("event", event_question(), self._take_event)
        self._search()
        self._watch_ticket()
        self.found.begin()
        self.ticket.begin()
        if self.sheet is None:
            self.field.setFocus()

    def rest(self) -> None:
        """Another page is shown. What was typed stays, and a sheet that is at work goes on."""
        self._is_begun = False
        self._pause.stop()
        self._patience.stop()
        for watching in self._watched.values():
            watching.stop()
        self._watched.clear()
        self.found.rest()
        self.ticket.rest()

    def show_subject(self, subject: str) -> None:
        """Shows a ticket, whatever was searched for; `IMPORT_LIST` opens the wizard.

        What is at work is not disturbed.
        """
        if self.sheet is not None and self.sheet.is_busy:
            return
        self._faces.close_sheet()
        if subject == IMPORT_LIST:
            self.open_import()
        else:
            self._choose(subject)

    @property
    def is_unsaved(self) -> bool:
        """Whether a sheet holds what nobody has kept yet."""
        sheet = self.sheet
        return sheet is not None and (sheet.is_busy or sheet.is_unsaved)

    @property
    def sheet(self) -> SheetPage | None:
        """The sheet that is open."""
        return self._faces.sheet

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in (self.found, self.ticket, self.nothing, self.scroller, self._faces):
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in (self.found, self.ticket, self.nothing, self._faces):
            each.show_base(base_px)
        self.field.setFont(font(base_px))
        for each_key in (self.back_key, self.issue_key, self.import_key, self.print_key):
            each_key.setFont(font(base_px))
        self._arrange()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self.at.words.tickets.list
        self.field.setPlaceholderText(plain(said.hint))
        self.field.setAccessibleName(plain(said.search))
        for each_key, text in (
            (self.issue_key, said.issue),
            (self.import_key, said.import_list),
            (self.print_key, said.print_class),
        ):
            each_key.show_text(text)
        show_on_button(self.back_key, said.back)
        self.nothing.show_text(said.no_choice)
        self.found.say_anew()
        self.ticket.say_anew()
        if not self._text:
            self._show_nothing_searched()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The list and the ticket lie side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape goes back to the list."""
        if event.key() == Qt.Key.Key_Escape and self._tid and self.back_key.isVisible():
            self._choose("")
            return
        super().keyPressEvent(event)

    # --- searching ------------------------------------------------------------------------------------------------

    def _search(self) -> None:
        text = self.field.text().strip()
        if len(text) < LEAST_LETTERS:
            self._text = ""
            self._forget("found")
            self._show_nothing_searched()
            return
        if text == self._text and "found" in self._watched:
            return
        self._text = text
        if self._is_begun:
            self._patience.start()
            self._watch("found", search_question(text), self._take_found)

    def _search_now(self) -> None:
        """Enter: what was scanned ends with it. One ticket that is found by its code is shown at once."""
        self._pause.stop()
        self._search()

    def _show_nothing_searched(self) -> None:
        self._patience.stop()
        self.found.show_reading(Reading(Freshness.FRESH, _NO_MATCHES, self.at.desk.now_ms()))

    def _take_found(self, reading: Reading[Matches]) -> None:
        if reading.state is Freshness.LOADING:
            return
        self._patience.stop()
        self.found.show_reading(reading)
        matches = reading.value.matches if reading.value is not None else ()
        if len(matches) == 1 and matches[0].by in {"code", "number"} and self._tid != matches[0].ticket.tid:
            self._choose(matches[0].ticket.tid)

    def _show_found(self, body: FoundBody, matches: Matches) -> None:
        if not self._text:
            body.show_found(FoundText(self.at.words.tickets.list.too_short.fill(least=LEAST_LETTERS)))
            return
        body.show_found(present_found(matches, self.at.words))
        body.rows.mark(self._tid)

    def _found_title(self) -> str:
        said, value = self.at.words.tickets.list, self.found.reading.value if hasattr(self, "found") else None
        if not self._text or not isinstance(value, Matches) or not value.matches:
            return said.found_list
        return present_found(value, self.at.words).title

    # --- one ticket -----------------------------------------------------------------------------------------------

    def _choose(self, tid: str) -> None:
        self._tid, self._history = tid, None
        self._forget("ticket")
        self.ticket.show_reading(Reading(Freshness.LOADING))
        self._watch_ticket()
        if isinstance(self.found.body, FoundBody):
            self.found.body.rows.mark(tid)
        self._arrange()
        if tid:
            self.scroller.show_top()

    def _watch_ticket(self) -> None:
        if self._tid and self._is_begun:
            self._watch("ticket", history_question(self._tid), self._take_ticket)

    def _take_ticket(self, reading: Reading[History]) -> None:
        self._history = reading.value
        self.ticket.show_reading(reading)

    def _take_event(self, reading: Reading[EventReply]) -> None:
        self._event = reading
        has_event = reading.value is not None
        may_sell = self.at.desk.may(Right.SELL_TICKETS)
        for each in (self.issue_key, self.import_key, self.print_key):
            each.setEnabled(has_event and may_sell)
        if self._history is not None:
            self.ticket.show_reading(self.ticket.reading)

    def _reader(self) -> Reader:
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms(), self._event.value)

    def _show_ticket(self, body: TicketBody, history: History) -> None:
        rights = frozenset(right for right in Right if self.at.desk.may(right))
        body.show_ticket(present_ticket(history, self._reader(), rights))

    def _make_ticket(self) -> TicketBody:
        made = TicketBody(lambda: self.at.words.tickets.ticket, lambda: self.at.words.tickets.mail)
        made.wanted.connect(self._act)
        return made

    # --- what is done ---------------------------------------------------------------------------------------------

    def _act(self, what: str) -> None:
        history, event = self._history, self._event.value
        if history is None:
            return
        ticket = history.ticket
        subtitle = subtitle_of(history, self._reader())
        order = ticket.order or ""
        if what in set(TicketDeed):
            self._open_deed(TicketDeed(what), ticket.tid, subtitle, order)
        elif what == "show_order":
            self.field.setText(order)
            self._search_now()
        elif what == "mail":
            asked = mail_deed(ticket.tid, order, ticket.source)
            question = mail_question(history, self.at.words)
            self.at.teller.ask(question, lambda: self.at.desk.do(asked, self._take_mailed))
        elif event is None:
            return
        elif what == "attention":
            chosen = history.terms.attention if history.terms is not None else ()
            self._faces.open_sheet(AttentionSheet(self.at, ticket.tid, subtitle, event.policy.attention, chosen))
        elif what == "print_one":
            self._open_print(Subject(tid=ticket.tid), subtitle)
        elif what == "print_order":
            self._open_print(Subject(order=order), "")

    def _take_mailed(self, told: Done[MailedReply] | Later | Rejected) -> None:
        if isinstance(told, Done):
            self.at.teller.tell(mailed_text(told.value, self.at.words))
        else:
            self.at.teller.tell(fault_text(told, self.at.words), is_trouble=True)

    def _open_deed(self, deed: TicketDeed, tid: str, subtitle: str, order: str) -> None:
        source = self._history.ticket.source if self._history is not None else ""
        head = subtitle if deed is not TicketDeed.ORDER else ""
        sheet = DeedSheet(self.at, deed, tid, head, order, source, self._mail_to())
        sheet.left.connect(sheet.stop)
        sheet.print_wanted.connect(lambda: self._open_print(Subject(tid=tid), subtitle))
        self._faces.open_sheet(sheet)

    def _mail_to(self) -> str:
        """Where a new code of the ticket that is shown would be mailed; nowhere where the event mails none."""
        history = self._history
        return history.email if history is not None and history.is_mailed else ""

    def _open_print(self, subject: Subject, subtitle: str) -> None:
        if self._event.value is not None:
            self._faces.open_sheet(PrintSheet(self.at, subject, self._event.value, subtitle))

    def _open_issue(self) -> None:
        if self._event.value is None:
            return
        sheet = IssueSheet(self.at, self._event.value.policy.classes)
        sheet.issued.connect(self._show_issued)
        sheet.print_wanted.connect(lambda tid: self._open_print(Subject(tid=tid), ""))
        self._faces.open_sheet(sheet)

    def _show_issued(self, tid: str) -> None:
        self._faces.close_sheet()
        self._choose(tid)

    def open_import(self) -> None:
        """Opens the import wizard."""
        sheet = ImportWizard(self.at)
        sheet.print_wanted.connect(lambda: self._open_print(Subject(), ""))
        self._faces.open_sheet(sheet)

    # --- watching -------------------------------------------------------------------------------------------------

    def _watch(self, name: str, question: Question[T], take: Callable[[Reading[T]], None]) -> None:
        self._forget(name)
        self._watched[name] = self.at.desk.watch(question, take)

    def _forget(self, name: str) -> None:
        watching = self._watched.pop(name, None)
        if watching is not None:
            watching.stop()

    def _ask_again(self, name: str) -> None:
        if name in self._watched:
            self._watched[name].ask_again()

    # --- its parts ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self.at.words
        body = QWidget(self)
        self.field = entry(words.tickets.list.search, MOST_TYPED, body)
        self.field.setClearButtonEnabled(False)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self.field.returnPressed.connect(self._search_now)
        QShortcut(QKeySequence.StandardKey.Find, self, self.field.setFocus)
        self.issue_key, self.import_key, self.print_key = (FittedKey(body) for _ in range(3))
        for each, act in (
            (self.issue_key, self._open_issue),
            (self.import_key, self.open_import),
            (self.print_key, lambda: self._open_print(Subject(), "")),
        ):
            each.setMinimumHeight(TOUCH_PX)
            each.setEnabled(False)
            each.clicked.connect(act)
        self.found = PanelFrame(
            Panel("tickets.found", self._found_title, lambda: self._make_found(), self._show_found), self.at, body
        )
        self.found.retry_wanted.connect(lambda: self._ask_again("found"))
        content = QWidget(body)
        self.ticket = PanelFrame(
            Panel("tickets.ticket", lambda: words.tickets.ticket.title, self._make_ticket, self._show_ticket),
            self.at,
            content,
        )
        self.ticket.retry_wanted.connect(lambda: self._ask_again("ticket"))
        self.back_key = key("", content)
        self.back_key.clicked.connect(lambda: self._choose(""))
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.back_key, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.ticket, 1)
        self.scroller = ScrollPage(content, body)
        self.nothing = EmptyState(body)
        top = QHBoxLayout()
        top.setSpacing(GRID_PX)
        top.addWidget(self.field, 1)
        for each in (self.issue_key, self.import_key, self.print_key):
            top.addWidget(each)
        self._both = QHBoxLayout()
        self._both.setSpacing(2 * GRID_PX)
        self._both.addWidget(self.found, 2)
        self._both.addWidget(self.scroller, 3)
        self._both.addWidget(self.nothing, 3)
        page = QVBoxLayout(body)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * GRID_PX)
        page.addLayout(top)
        page.addLayout(self._both, 1)
        self._faces = SheetFaces(self, body, self.at, lambda: self.field)

    def _make_found(self) -> FoundBody:
        made = FoundBody(self.at.words.tickets.list.found_list)
        made.rows.chosen.connect(self._choose)
        return made

    def _arrange(self) -> None:
        """Side by side, or one of the two."""
        is_wide, has_ticket = self.width() >= _WIDE_PX * self.at.base_px / 16, bool(self._tid)
        self.found.setVisible(is_wide or not has_ticket)
        self.found.setMaximumWidth(_MOST_LIST_EM * self.at.base_px if is_wide else 16_777_215)
        self.scroller.setVisible(has_ticket)
        self.nothing.setVisible(is_wide and not has_ticket)
        self.back_key.setVisible(has_ticket and not is_wide)

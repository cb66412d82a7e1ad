"""The sheet that issues one ticket for one guest.

Owns that a press of the key makes one ticket, however often an answer is lost: each sheet has a reference of its own,
and the server knows it again.
"""

from collections.abc import Sequence
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.organizer.panel_present import cause_text
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.organizer.tickets_present import fault_text
from app.organizer.tickets_questions import issue_deed
from app.widgets.choice_box import ChoiceBox
from app.widgets.form import entry
from app.widgets.plain_text import plain_label
from app.widgets.qr_picture import QrPicture
from app.widgets.theme import Theme
from app.widgets.typeface import font
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import ClassRow
from core.sync.ticket_messages import TicketReply

MOST_NAME = 200
MOST_ORDER = 64


class IssueSheet(SheetPage):
    """One new ticket."""

    issued = Signal(str)
    """A ticket was made: its number, for whoever wants to see it."""
    print_wanted = Signal(str)

    def __init__(self, surroundings: Surroundings, classes: Sequence[ClassRow], parent: QWidget | None = None) -> None:
        super().__init__(surroundings, parent)
        said = self.at.words.tickets.issue
        self._reference = uuid4().hex
        self._is_busy = False
        self._tid = ""
        self.labels = tuple(plain_label(text, self) for text in (said.class_name, said.name, said.order))
        self.classes = ChoiceBox(said.class_name, self)
        self.classes.show_choices([(str(each.id), each.name) for each in classes])
        self.name, self.order = entry(said.name, MOST_NAME, self), entry(said.order, MOST_ORDER, self)
        self.code = QrPicture("", self)
        self.code.hide()
        for label, field in zip(self.labels, (self.classes, self.name, self.order), strict=True):
            self.room.addWidget(label)
            self.room.addWidget(field)
        self.room.addWidget(self.code)
        self.no, self.yes = self.a_key(said.close), self.a_key(said.yes, "main")
        self.again, self.show_key, self.print_key = (
            self.a_key(said.another),
            self.a_key(said.show),
            self.a_key(said.print, "main"),
        )
        self.no.clicked.connect(self.left)
        self.yes.clicked.connect(self._do)
        self.name.returnPressed.connect(self.order.setFocus)
        self.order.returnPressed.connect(self._do)
        self.again.clicked.connect(self._begin_anew)
        self.show_key.clicked.connect(lambda: self.issued.emit(self._tid))
        self.print_key.clicked.connect(lambda: self.print_wanted.emit(self._tid))
        for key in (self.again, self.show_key, self.print_key):
            key.hide()
        self.yes.setEnabled(bool(classes))
        self._show_form(is_seen=True)
        self.show_head(said.title, "", said.text if classes else said.no_classes)

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered."""
        return self._is_busy

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed that is no ticket yet."""
        return not self._tid and bool(self.name.text() or self.order.text())

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.classes.show_theme(theme)
        for each in self.labels:
            each.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (*self.labels, self.classes, self.name, self.order):
            each.setFont(font(base_px))

    def _show_form(self, *, is_seen: bool) -> None:
        for each in (*self.labels, self.classes, self.name, self.order):
            each.setVisible(is_seen)
        if is_seen:
            self.show_keys((self.no, self.yes))

    def _do(self) -> None:
        if self._is_busy or not self.classes.chosen:
            return
        self._is_busy = True
        self.yes.setEnabled(False)
        self.tell(self.at.words.tickets.asking.working)
        name, order = self.name.text().strip(), self.order.text().strip()
        self.at.desk.do(issue_deed(self._reference, int(self.classes.chosen), name, order), self._take)

    def _take(self, told: Done[TicketReply] | Later | Rejected) -> None:
        self._is_busy = False
        said = self.at.words.tickets.issue
        if isinstance(told, Done) and told.value.tid is not None:
            self._show_ticket(told.value.tid, told.value.text or "")
            return
        self.yes.setEnabled(True)
        if isinstance(told, Later):
            self.tell(said.later.fill(cause=cause_text(told, self.at.words)), is_trouble=True)
        elif isinstance(told, Rejected):
            self.tell(fault_text(told, self.at.words), is_trouble=True)

    def _show_ticket(self, tid: str, text: str) -> None:
        said = self.at.words.tickets
        self._tid = tid
        self._show_form(is_seen=False)
        self.show_head(said.issue.done, self.name.text().strip(), said.asking.new_code_text if text else "")
        self.code.setAccessibleName(said.asking.new_code)
        self.code.show_code(text)
        self.code.setVisible(bool(text))
        self.tell("")
        keys = (self.no, self.again, self.show_key, *((self.print_key,) if text else ()))
        self.show_keys(keys)
        self.show_key.setFocus()

    def _begin_anew(self) -> None:
        said = self.at.words.tickets.issue
        self._reference, self._tid = uuid4().hex, ""
        self.code.show_code("")
        self.code.hide()
        self.name.clear()
        self.yes.setEnabled(True)
        self.show_head(said.title, "", said.text)
        self._show_form(is_seen=True)
        self.name.setFocus()

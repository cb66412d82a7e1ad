"""Door staff: who they are, what they may, their PINs and their badges.

Each person is saved alone. A PIN goes in and never comes out: what was typed is forgotten once the server has it, or
once somebody leaves the form.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QDir, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.boundary import Boundary
from app.organizer.panel_present import cause_text
from app.organizer.setup import questions
from app.organizer.setup.present import failure_sentence, failure_text
from app.organizer.setup.staff_form import StaffForm
from app.organizer.surroundings import Surroundings
from app.widgets.fields import WIDEST
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.row_key import RowKey, RowText
from app.widgets.tab_order import tab_with_more
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.gate.operators import MOST_OPERATORS
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import OperatorReply


class StaffSection(Boundary):
    """All of them as rows, or one of them in a form."""

    changed = Signal()
    wanted = Signal(object)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boundary_name = "set_up.StaffSection"
        self.at = at
        self._people: list[OperatorReply] = []
        self._open_id: str | None = None
        self.form = StaffForm(at)
        self.rows: list[RowKey] = []
        self.dialog: QFileDialog | None = None
        self._build()
        self._show()

    @property
    def is_unsaved(self) -> bool:
        """Whether the form has something that the server does not have."""
        return self.form.isVisibleTo(self) and self.form.is_unsaved

    @property
    def message(self) -> str:
        """What is said of the section as a whole."""
        return self._message.text()

    def show_people(self, people: Sequence[OperatorReply]) -> None:
        """Who they are now; what was typed of one of them stays."""
        if not self._people:
            self._empty.show_text(self.at.words.set_up.staff.empty)
            self._message.show_text("")
        self._people = sorted(people, key=lambda each: (not each.is_active, each.name.casefold()))
        here = next((each for each in people if each.id == self._open_id), None)
        if here is not None and self.form.isVisibleTo(self):
            if self.form.is_unsaved and here != self.form.person:
                self._message.show_text(self.at.words.set_up.lines.elsewhere)
            self.form.show_person(here, keeps_typed=self.form.is_unsaved)
        self._show()

    def show_fault(self, fault: Later | Rejected) -> None:
        """Nobody knows who they are: why."""
        self._empty.show_text("")
        self._message.show_text(failure_sentence(fault, self.at.words))

    def open(self, id_: str) -> None:
        """The form of one of them; of somebody new, for an empty id."""
        self._open_id = id_
        self._message.show_text("")
        self.form.show_person(next((each for each in self._people if each.id == id_), None))
        self.form.setVisible(True)
        self._show()
        self.form.take_focus()
        self.wanted.emit(self.form)

    def close_form(self) -> None:
        """All of them again."""
        self._open_id = None
        self._message.show_text("")
        self.form.forget()
        self._show()
        self.add_key.setFocus()
        self.changed.emit()

    def save(self) -> None:
        """Sends what is different, once nothing is wrong with it."""
        self._message.show_text("")
        if not self.form.check():
            self._message.show_text(self.at.words.set_up.lines.marked)
            return
        fields = self.form.changes()
        deed = questions.change_person(self._open_id, fields) if self._open_id else questions.add_person(fields)
        self.form.setEnabled(False)
        self.at.desk.do(deed, self._hear)

    def ask_for_badge(self, form: str) -> None:
        """Asks where to save the badge, and saves it there."""
        person = self.form.person
        if person is None:
            return
        self.dialog = QFileDialog(self, self.at.words.set_up.staff.badge_title, QDir.homePath())
        self.dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.dialog.setDefaultSuffix(form)
        self.dialog.selectFile(f"badge-{''.join(filter(str.isalnum, person.name)) or 'x'}.{form}")
        self.dialog.fileSelected.connect(lambda path: self.save_badge(form, Path(path)))
        self.dialog.open()

    def save_badge(self, form: str, into: Path) -> None:
        """Saves the badge of whoever is open."""
        person = self.form.person
        if person is not None:
            path = questions.badge_path(person.id, form)
            self.at.desk.fetch(path, Right.CHANGE_OPERATORS, into, lambda told: self._hear_badge(told, into))

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self.at.words.set_up.staff
        show_on_button(self.add_key, said.add)
        self._empty.show_text(said.empty)
        self._message.show_text("")
        self.form.say()
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._message.setStyleSheet(f"color: {theme.notice};")
        self.form.show_theme(theme)
        self._empty.setStyleSheet(f"color: {theme.muted};")
        for each in self.rows:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.form.show_base(base_px)
        for part in (self._message, self._empty, self.add_key):
            part.setFont(font(base_px))
        for each in self.rows:
            each.show_base(base_px)
            each.setMaximumWidth(WIDEST * base_px)

    def break_down(self) -> None:
        """Its own code failed: it shows all of them again, once whoever called it has ended."""
        QTimer.singleShot(0, self, self.close_form)

    # --- within ---------------------------------------------------------------------------------------------------

    def _hear(self, told: "Done[OperatorReply] | Later | Rejected") -> None:
        self.form.setEnabled(True)
        match told:
            case Done(value=person):
                others = [each for each in self._people if each.id != person.id]
                self._people = sorted([*others, person], key=lambda each: (not each.is_active, each.name.casefold()))
                self._open_id = person.id
                self.form.show_person(person)
                self.at.teller.tell(self._works(person))
                self._show()
                self.changed.emit()
            case Rejected() | Later():
                self._message.show_text(failure_text(told, self.at.words))
                self.wanted.emit(self._message)
            case _:
                assert_never(told)

    def _hear_badge(self, told: "Done[int] | Later | Rejected", into: Path) -> None:
        said = self.at.words.set_up.staff
        if isinstance(told, Done):
            self.at.teller.tell(said.badge_saved.fill(file=into.name))
        else:
            self._message.show_text(said.badge_failed.fill(cause=cause_text(told, self.at.words)))

    def _works(self, person: OperatorReply) -> str:
        return f"{person.name}: {self._line(person)}"

    def _line(self, person: OperatorReply) -> str:
        said = self.at.words.set_up.staff
        if not person.is_active:
            return said.gone_line
        return self.form.role_text(person)

    def _show(self) -> None:
        is_open = self._open_id is not None
        while len(self.rows) < len(self._people):
            self.rows.append(self._row(len(self.rows)))
            tab_with_more(self)
        for place, each in enumerate(self.rows):
            each.setVisible(not is_open and place < len(self._people))
            if place < len(self._people):
                person = self._people[place]
                each.show_row(RowText(person.name, self._line(person)))
        may = self.at.desk.may(Right.CHANGE_OPERATORS)
        self.add_key.setVisible(not is_open)
        self.add_key.setEnabled(may and sum(each.is_active for each in self._people) < MOST_OPERATORS)
        self._empty.setVisible(not is_open and not self._people)
        self.form.setVisible(is_open)

    def _row(self, place: int) -> RowKey:
        made = RowKey(self)
        made.show_theme(self.at.theme)
        made.show_base(self.at.base_px)
        made.setMaximumWidth(WIDEST * self.at.base_px)
        made.clicked.connect(lambda _=False: self.open(self._people[place].id))
        self._rows.addWidget(made)
        return made

    def _build(self) -> None:
        self._message, self._empty = PlainParagraph(self), PlainParagraph(self)
        self._message.hide()
        self.add_key = key("", self)
        self.add_key.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.add_key.clicked.connect(lambda _=False: self.open(""))
        self.form.setParent(self)
        self.form.changed.connect(self.changed)
        self.form.save_wanted.connect(self.save)
        self.form.back_wanted.connect(self.close_form)
        self.form.badge_wanted.connect(self.ask_for_badge)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self._message)
        column.addLayout(self._rows)
        for part in (self._empty, self.form, self.add_key):
            column.addWidget(part)

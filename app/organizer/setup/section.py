"""A section of the Set-up page: some fields of the event, saved by themselves.

Owns the order of a save: what the fields themselves refuse, what the event's rules refuse, what the server refuses,
each at its field; and that nobody's change is taken back unseen. What was typed stays until somebody saves or discards
it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, assert_never

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.boundary import Boundary
from app.organizer.setup import questions
from app.organizer.setup.checking import Finding, checked
from app.organizer.setup.present import CHANGED, failure_text, finding_text
from app.organizer.surroundings import Surroundings
from app.widgets.fields import Field
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.insight.question import Deed
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.event_flaws import Place
from core.sync.messages import EventReply, EventRow


class Section(Boundary):
    """One section. A subclass puts its fields into `form`, and says which of the event's they are (`names`)."""

    names: tuple[str, ...] = ()
    changed = Signal()
    """It may be unsaved now, or is so no more."""
    wanted = Signal(object)
    """A part of it should be in sight."""
    kept = Signal(object)
    """The `EventReply` to what it has saved: the other sections rest on it too."""
    stale = Signal()
    """The server knows the event otherwise: it should be asked again."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boundary_name = f"set_up.{type(self).__name__}"
        self.at = at
        self._reply: EventReply | None = None
        self._base: dict[str, Any] = {}
        self._shown: dict[str, Any] = {}
        """What the fields made of what the server has: a field of minutes shows no seconds, and nobody typed that."""
        self._is_sending = False
        self.inputs: list[Field] = []
        self._build()

    # --- what a subclass says -------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Its fields as they stand on the page, as in the event's JSON."""
        raise NotImplementedError

    def load(self, row: EventRow) -> None:
        """Shows the event's fields."""
        raise NotImplementedError

    def say(self) -> None:
        """Says everything of its own in the language of now."""

    def field_at(self, place: Place) -> Field | None:
        """Where to show what is wrong at a place of the event; it may open a form for it."""
        raise NotImplementedError

    def own_troubles(self) -> list[tuple[Field, str]]:
        """What its fields themselves say is wrong; it may say of the whole what no field is to blame for (`tell`)."""
        return [(each, each.own_trouble) for each in self.inputs if each.own_trouble]

    def word_for(self, finding: Finding) -> str:
        """What is said of a finding."""
        return finding_text(finding, self.at.words.set_up)

    def deed(self, changes: Mapping[str, Any], seen: Mapping[str, Any]) -> Deed[EventReply]:
        """How its changes are sent."""
        return questions.change(changes, seen)

    def place_refusal(self, refusal: Rejected) -> bool:
        """Shows a refusal of the server's at a field of its own; False where it knows none for it."""
        del refusal
        return False

    # --- what the page does ---------------------------------------------------------------------------------------

    @property
    def row(self) -> EventRow | None:
        """The event as the server has it."""
        return None if self._reply is None else self._reply.policy

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed that the server does not have."""
        return self._reply is not None and self.values() != self._shown

    @property
    def can_be_saved(self) -> bool:
        """Whether there is something to send, and somebody who may."""
        return self.is_unsaved and not self._is_sending and self.at.desk.may(Right.CHANGE_EVENT)

    @property
    def message(self) -> str:
        """What is said of the section as a whole."""
        return self._message.text()

    def show_reply(self, reply: EventReply) -> None:
        """The event as the server has it now; what was typed stays, and who changed the same meanwhile is told of."""
        theirs = self._fields_of(reply.policy)
        is_first = self._reply is None
        was_unsaved = self.is_unsaved
        self._reply = reply
        if is_first or not was_unsaved:
            self._take(reply)
        elif theirs != self._base:
            self.tell(self.at.words.set_up.lines.elsewhere, is_conflict=True)
        self._show_state()

    def save(self) -> None:
        """Sends what is different, once nothing is wrong with it."""
        if self._reply is None or self._is_sending or not self.is_unsaved:
            return
        self._clear()
        for field, text in self.own_troubles():
            field.show_trouble(text)
        if self.message or any(each.trouble for each in self.inputs):
            self._mark()
            return
        values = self.values()
        changes = {name: told for name, told in values.items() if told != self._shown[name]}
        found = checked(self._reply.policy, changes)
        if isinstance(found, EventRow):
            self._send(self.deed(changes, {name: self._base[name] for name in changes}))
        else:
            self._place(found)

    def discard(self) -> None:
        """Shows what the server has."""
        if self._reply is not None:
            self._take(self._reply)
            self._show_state()

    def keep_mine(self) -> None:
        """What was typed shall stand in the place of what somebody else has saved meanwhile."""
        if self._reply is not None:
            self._base = self._fields_of(self._reply.policy)
            self._shown = self._base
        self.tell(self.at.words.set_up.lines.kept)
        self._show_state()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        lines = self.at.words.set_up.lines
        show_on_button(self.theirs_key, lines.take_theirs)
        show_on_button(self.mine_key, lines.keep_mine)
        self.tell("", is_conflict=False)
        self.say()
        self._show_state()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._message.setStyleSheet(f"color: {theme.notice};")
        for each in self.inputs:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in self.inputs:
            each.show_base(base_px)
        for part in (self._message, self.theirs_key, self.mine_key):
            part.setFont(font(base_px))

    def break_down(self) -> None:
        """Its own code failed: it shows what the server has, once whoever called it has ended."""
        self.tell(self.at.words.panel.broken)
        QTimer.singleShot(0, self, self.discard)

    # --- within ---------------------------------------------------------------------------------------------------

    def add(self, field: Field) -> None:
        """Puts a field below the others."""
        self.inputs.append(field)
        field.changed.connect(self.note_change)
        self.form.addWidget(field)

    def add_part(self, part: QWidget) -> None:
        """Puts something that is no field of its own below the others."""
        self.form.addWidget(part)

    def note_change(self) -> None:
        """Somebody has typed."""
        self._show_state()

    def _fields_of(self, row: EventRow) -> dict[str, Any]:
        told = asdict(row)
        return {name: told[name] for name in self.names}

    def _take(self, reply: EventReply) -> None:
        self._base = self._fields_of(reply.policy)
        self.load(reply.policy)
        self._shown = self.values()
        self._clear()

    def _clear(self) -> None:
        for each in self.inputs:
            each.show_trouble("")
        self.tell("")

    def _place(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            field = self.field_at(finding.place) if finding.place[:1] and finding.place[0] in self.names else None
            text = self.word_for(finding)
            if field is None:
                self.tell(text)
            else:
                field.show_trouble(text)
        self._mark()

    def _mark(self) -> None:
        marked = next((each for each in self.inputs if each.trouble), None)
        if not self.message:
            self.tell(self.at.words.set_up.lines.marked)
        if marked is not None:
            marked.take_focus()
            self.wanted.emit(marked)

    def _send(self, deed: Deed[EventReply]) -> None:
        self._is_sending = True
        self._show_state()
        self.at.desk.do(deed, self._hear)

    def _hear(self, told: "Done[EventReply] | Later | Rejected") -> None:
        self._is_sending = False
        match told:
            case Done(value=reply):
                self._reply = reply
                self._take(reply)
                self.at.teller.tell(self.at.words.set_up.lines.saved.fill(version=reply.manifest_version))
                self.kept.emit(reply)
            case Rejected(code=code) if code == CHANGED:
                self.tell(failure_text(told, self.at.words), is_conflict=True)
                self.stale.emit()
            case Rejected() if self.place_refusal(told):
                self._mark()
            case Rejected() | Later():
                self.tell(failure_text(told, self.at.words))
                self.wanted.emit(self._message)
            case _:
                assert_never(told)
        self._show_state()

    def tell(self, text: str, *, is_conflict: bool = False) -> None:
        """Says something of the section as a whole; empty for nothing."""
        self._message.show_text(text)
        self._conflict.setVisible(is_conflict)

    def _show_state(self) -> None:
        may = self.at.desk.may(Right.CHANGE_EVENT)
        if not may and not self.message:
            self.tell(self.at.words.set_up.lines.look_only)
        self.room.setEnabled(may)
        self.changed.emit()

    def _build(self) -> None:
        self._message = PlainParagraph(self)
        self._message.hide()
        self.theirs_key, self.mine_key = key("", self), key("", self)
        self.theirs_key.clicked.connect(lambda _=False: self.discard())
        self.mine_key.clicked.connect(lambda _=False: self.keep_mine())
        self._conflict = row_of(self.theirs_key, self.mine_key)
        self._conflict.setParent(self)
        self._conflict.hide()
        self.room = QWidget(self)
        self.form = QVBoxLayout(self.room)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setSpacing(3 * GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        for part in (self._message, self._conflict, self.room):
            column.addWidget(part)


def row_of(*parts: QWidget) -> QWidget:
    """Parts side by side, from the left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID_PX)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return holder

"""No event yet: create one, or copy one. Each choice is a page that says what it needs, and nothing more."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.empty_state import EmptyState
from app.organizer.setup.copy_form import CopyForm
from app.organizer.setup.create_form import CreateForm
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font
from core.model.roles import Right
from core.sync.messages import EventReply


class FirstRun(QWidget):
    """The two ways to a first event."""

    made = Signal(str)
    changed = Signal()
    turned = Signal()
    """Another side of it is shown."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._events: list[EventReply] = []
        self._shown: QWidget | None = None
        self._empty, self.create_form, self.copy_form = EmptyState(), CreateForm(at), CopyForm(at)
        self.choose = ChoiceField()
        self._build()
        self._show(None)

    @property
    def is_unsaved(self) -> bool:
        """Whether somebody has begun."""
        return self.create_form.is_unsaved or self.copy_form.is_unsaved

    def show_events(self, events: Sequence[EventReply]) -> None:
        """Which events there are to copy."""
        self._events = list(events)
        self.choose.show_options([Option(each.policy.event, each.policy.name) for each in events])
        may = self.at.desk.may(Right.CREATE_EVENT)
        self.copy_key.setEnabled(may and bool(events))
        self.copy_key.setVisible(bool(events) and self._shown is None)
        self._empty.key.setEnabled(may)

    def show_create(self) -> None:
        """A new event."""
        self._show(self.create_form)
        self.create_form.name.take_focus()

    def show_copy(self) -> None:
        """An event once more."""
        if len(self._events) == 1:
            self.choose.show_value(self._events[0].policy.event)
            self._choose()
        self._show(self._copying)
        self.choose.take_focus()

    def say(self) -> None:
        """In the language of now."""
        first = self.at.words.set_up.first
        may = self.at.desk.may(Right.CREATE_EVENT)
        self._empty.show_text(first.title, first.text if may else first.not_allowed, first.create)
        show_on_button(self.copy_key, first.copy)
        show_on_button(self.back_key, first.back)
        self._show(self._shown)
        self.choose.say(first.choose)
        self.create_form.say()
        self.copy_form.say()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in (self._empty, self.create_form, self.copy_form, self.choose):
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in (self._empty, self.create_form, self.copy_form, self.choose):
            each.show_base(base_px)
        self._title.setFont(font(type_px(base_px, 2)))
        for pressed in (self.copy_key, self.back_key):
            pressed.setFont(font(base_px))

    def _choose(self) -> None:
        chosen = next((each for each in self._events if each.policy.event == self.choose.value), None)
        self.copy_form.setVisible(chosen is not None)
        if chosen is not None:
            self.copy_form.show_source(chosen.policy)

    def _show(self, part: QWidget | None) -> None:
        self._shown = part
        self._beginning.setVisible(part is None)
        self.copy_key.setVisible(part is None and bool(self._events))
        for each in (self.create_form, self._copying):
            each.setVisible(part is each)
        for head in (self.back_key, self._title):
            head.setVisible(part is not None)
        first = self.at.words.set_up.first
        self._title.show_text(first.create if part is self.create_form else first.copy)
        self._title.setVisible(part is not None)
        self.turned.emit()

    def _build(self) -> None:
        self._title = PlainParagraph(self)
        self.copy_key, self.back_key = key("", self), key("", self)
        self.copy_key.clicked.connect(lambda _=False: self.show_copy())
        self.back_key.clicked.connect(lambda _=False: self._show(None))
        self._empty.pressed.connect(self.show_create)
        self._copying = QWidget(self)
        copying = QVBoxLayout(self._copying)
        copying.setContentsMargins(0, 0, 0, 0)
        copying.setSpacing(3 * GRID_PX)
        copying.addWidget(self.choose)
        copying.addWidget(self.copy_form)
        self.copy_form.hide()
        self.choose.changed.connect(self._choose)
        for each in (self.create_form, self.copy_form):
            each.made.connect(self.made)
            each.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID_PX)
        head = QHBoxLayout()
        head.setSpacing(2 * GRID_PX)
        head.addWidget(self.back_key)
        head.addWidget(self._title, 1)
        column.addLayout(head)
        set_tone(self._empty.key, "main")
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.copy_key)
        middle.addStretch(1)
        self._beginning = QWidget(self)
        beginning = QVBoxLayout(self._beginning)
        beginning.setSpacing(0)
        beginning.addStretch(1)
        beginning.addWidget(self._empty)
        beginning.addLayout(middle)
        beginning.addStretch(2)
        column.addWidget(self._beginning, 1)
        for part in (self.create_form, self._copying):
            column.addWidget(part)
        column.addStretch(0)

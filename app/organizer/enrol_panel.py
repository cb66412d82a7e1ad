"""The panel of a new kiosk: keeps its step, asks the server for what each step needs, and waits for the kiosk.

Owns the step and the deeds of it. What is said at each step is `enrol_present`'s.
"""

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.organizer.desk import Watching
from app.organizer.devices_facts import Reader
from app.organizer.devices_questions import WAITING, confirming, making_code, revoking, withdrawing
from app.organizer.devices_words import DevicesWords
from app.organizer.enrol_body import EnrolBody
from app.organizer.enrol_present import (
    Asking,
    Comparing,
    Deed,
    EnrolStep,
    EnrolText,
    LetIn,
    Making,
    Refused,
    Showing,
    next_step,
    present_enrolment,
)
from app.organizer.panel import Panel
from app.organizer.panel_frame import PanelFrame
from app.organizer.refusals import refusal_text
from app.organizer.surroundings import Surroundings
from app.widgets.form import key
from app.widgets.plain_text import show_on_button
from core.insight.kiosk_arrival import CodeMade
from core.insight.reading import Freshness, Reading
from core.sync.answers import Done, Later, Rejected
from core.sync.kiosk_replies import CodeReply, KioskReply


class Known(Protocol):
    """The page, as far as this panel asks it."""

    def kiosks(self) -> tuple[KioskReply, ...]:
        """Those that are known."""

    def is_new(self) -> bool:
        """Whether what is known of them is of now."""

    def gates(self) -> tuple[tuple[str, str], ...]:
        """The event's gates, each with its name."""

    def reader(self) -> Reader:
        """Who reads."""


class EnrolPanel(QObject):
    """One new kiosk at a time."""

    changed = Signal()
    """It was opened or closed."""

    def __init__(self, at: Surroundings, page: Known, parent: QWidget) -> None:
        super().__init__(parent)
        self._at = at
        self._page = page
        self.is_open = False
        self.step: EnrolStep = Asking()
        self._replaced: KioskReply | None = None
        self._watching: Watching | None = None
        self._is_shown = False
        panel = Panel("devices.enrol", self._title, self._make, self._show)
        self.close_key = key(at.words.devices.list.close, parent)  # before the frame: Tab comes to it first
        self.frame = PanelFrame(panel, at, parent)
        self.close_key.clicked.connect(self.close)
        self.frame.keys.addWidget(self.close_key)

    def open(self, replaced: KioskReply | None) -> None:
        """Begins with a new one, or with one that takes another's place. A code that still waits goes on waiting."""
        is_same = (replaced.id if replaced else None) == (self._replaced.id if self._replaced else None)
        if not (is_same and isinstance(self.step, Showing | Comparing)):
            self.step = Asking()
        self._replaced = replaced
        self.is_open = True
        self.frame.begin()
        self._tell()
        body = self.frame.body
        if isinstance(body, EnrolBody) and isinstance(self.step, Asking):
            first = next(iter(self._page.gates()), ("", ""))
            gate, name = (replaced.gate, replaced.name) if replaced else (first[0], self._free_name())
            body.start(gate, name, self._at.desk.server)
            body.gate.setFocus()
        self.changed.emit()

    def close(self) -> None:
        """Leaves it. A code that was made stays good for its time; the kiosk then stands in the list."""
        if self.is_open:
            self.is_open = False
            self.frame.rest()
            self.changed.emit()

    def begin(self) -> None:
        """Its page is shown: who waits for a kiosk looks out for it."""
        self._is_shown = True
        self._look_out()

    def rest(self) -> None:
        """Another page is shown."""
        self._is_shown = False
        self._look_out()

    def look(self) -> None:
        """Looks whether the kiosk has come, and how much time is left."""
        if self._page.is_new():
            self._follow(self._page.kiosks())
        elif self.is_open:
            self._tell()

    def _look_out(self) -> None:
        """Asks more often while a kiosk is waited for: somebody stands beside it."""
        waits = self._is_shown and isinstance(self.step, Showing | Comparing)
        if waits and self._watching is None:
            self._watching = self._at.desk.watch(WAITING, self._hear)
        elif not waits and self._watching is not None:
            self._watching.stop()
            self._watching = None

    def _hear(self, reading: Reading[tuple[KioskReply, ...]]) -> None:
        if reading.is_new and reading.value is not None:
            self._follow(reading.value)

    def _follow(self, kiosks: tuple[KioskReply, ...]) -> None:
        self.step = next_step(self.step, kiosks, self._at.desk.now_ms())
        self._look_out()
        if self.is_open:
            self._tell()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        show_on_button(self.close_key, self._words.list.close)
        self.frame.say_anew()
        if self.is_open:
            self._tell()

    # --- its body -----------------------------------------------------------------------------------------------

    @property
    def _words(self) -> DevicesWords:
        return self._at.words.devices

    def _title(self) -> str:
        said, replaced = self._words.enrol, self._replaced
        return said.title if replaced is None else said.replace_title.fill(name=replaced.name)

    def _make(self) -> EnrolBody:
        body = EnrolBody(self._words)
        body.wanted.connect(self._act)
        return body

    def _show(self, body: EnrolBody, text: EnrolText) -> None:
        body.offer(self._words, self._page.gates())
        body.show_step(text, is_replacing=self._replaced is not None)

    def _tell(self) -> None:
        name = self._replaced.name if self._replaced else ""
        reader = replace(self._page.reader(), at_ms=self._at.desk.now_ms())  # a code's time runs, whatever is known
        text = present_enrolment(self.step, name, reader)
        self.frame.show_reading(Reading(Freshness.FRESH, text))

    def _free_name(self) -> str:
        """`Kiosk 3`, where there are two."""
        names, number = {each.name for each in self._page.kiosks()}, len(self._page.kiosks()) + 1
        while (name := f"Kiosk {number}") in names:
            number += 1
        return name

    # --- its deeds ----------------------------------------------------------------------------------------------

    def _act(self, deed: Deed) -> None:
        match deed, self.step:
            case Deed.MAKE, Asking():
                self._make_code()
            case Deed.WITHDRAW, Showing() as showing:
                self._at.desk.do(withdrawing(showing.reply.code), self._take_withdrawn)
            case Deed.CONFIRM, Comparing() as comparing:
                self._confirm(comparing)
            case Deed.REFUSE, Comparing() as comparing:
                self._go(Comparing(comparing.kiosk, is_waiting=True))
                self._at.desk.do(revoking(comparing.kiosk.id), self._take_refused)
            case Deed.AGAIN, before:
                self._go(Asking())
                self.open(None if isinstance(before, LetIn) else self._replaced)
            case _:
                pass

    def _go(self, step: EnrolStep) -> None:
        self.step = step
        self._look_out()
        self._tell()

    def _make_code(self) -> None:
        body = self.frame.body
        if not isinstance(body, EnrolBody):
            return
        known = frozenset(each.id for each in self._page.kiosks())
        old, url = self._replaced, body.typed_url
        replaces = None if old is None else old.id
        gate, name = (body.gate.chosen, body.name.text().strip()) if old is None else (old.gate, old.name)
        self._go(Making())

        def take(answer: Done[CodeReply] | Later | Rejected) -> None:
            if isinstance(answer, Done):
                made = CodeMade(known, answer.value.gate, answer.value.name, replaces)
                self._go(Showing(answer.value, made, url))
            else:
                cause = refusal_text(answer, self._at.words)
                self._go(Asking(self._words.enrol.not_made.fill(cause=cause)))

        self._at.desk.do(making_code(gate, name, body.profile, replaces), take)

    def _confirm(self, comparing: Comparing) -> None:
        if not self._page.is_new():
            self._at.teller.tell(self._words.deeds.only_new, is_trouble=True)
            return
        self._go(Comparing(comparing.kiosk, is_waiting=True))
        self._at.desk.do(confirming(comparing.kiosk), self._take_confirmed)

    def _take_confirmed(self, answer: Done[KioskReply] | Later | Rejected) -> None:
        if isinstance(answer, Done):
            self._go(LetIn(answer.value.name))
        else:
            self._fail(answer)

    def _take_refused(self, answer: Done[KioskReply] | Later | Rejected) -> None:
        if isinstance(answer, Done):
            self._go(Refused())
        else:
            self._fail(answer)

    def _take_withdrawn(self, answer: Done[None] | Later | Rejected) -> None:
        if isinstance(answer, Done):
            self._at.teller.tell(self._words.enrol.withdrawn)
            self._go(Asking())
        else:
            self._fail(answer)

    def _fail(self, answer: Later | Rejected) -> None:
        """It was not done: what could be pressed before can be pressed again."""
        cause = refusal_text(answer, self._at.words)
        self._at.teller.tell(self._words.deeds.refused.fill(cause=cause), is_trouble=True)
        if isinstance(self.step, Comparing):
            self._go(Comparing(self.step.kiosk))

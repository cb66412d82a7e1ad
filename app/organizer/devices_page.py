"""The page of devices: all kiosks, the one that wants somebody first in front; one of them, or a new one, beside them.

Owns which kiosk is shown and what is asked of the server. What is said of a kiosk is `devices_present`'s, how a new
one comes `enrolling`'s.
"""

from collections.abc import Mapping

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.desk import Watching
from app.organizer.devices_deeds import DeviceDeeds
from app.organizer.devices_detail import DeviceDetail
from app.organizer.devices_facts import Reader
from app.organizer.devices_list import DevicesList
from app.organizer.devices_present import (
    KioskText,
    present_kiosk,
    present_rows,
    present_summary,
)
from app.organizer.devices_questions import DEVICES, EVENT, PROGRAM
from app.organizer.devices_words import DevicesWords
from app.organizer.enrol_panel import EnrolPanel
from app.organizer.page import ENROL_KIOSK, Page
from app.organizer.panel import Panel
from app.organizer.panel_frame import PanelFrame
from app.organizer.surroundings import Surroundings
from app.widgets.form import key, set_tone
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.insight.kiosk_standing import Newest, Standing, standings
from core.insight.reading import Freshness, Reading
from core.model.roles import Right
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import EventReply

BESIDE_FROM_PX = 1_100
"""List and kiosk stand beside each other from here on; less wide, one of them is seen."""
TICK_MS = 1_000
"""How often what time alone changes is said anew: silence, and how long a code is good."""


class DevicesPage(Page):
    """Shows all kiosks."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._event: EventReply | None = None
        self._program = ""
        self._chosen = self._name = ""
        self._watching: list[Watching] = []
        self._is_shown = False
        self._ticking = QTimer(self, interval=TICK_MS)
        self._ticking.timeout.connect(self.tick)
        self._build()
        self.say_anew()
        self.show_base(at.base_px)
        self.show_theme(at.theme)
        self._place_parts()

    # --- what the window asks -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is shown from now on."""
        self._is_shown = True
        self._watching = [
            self._at.desk.watch(EVENT, self._take_event),
            self._at.desk.watch(PROGRAM, self._take_program),
        ]
        self.list_frame.begin()
        self.enrol.begin()
        self._ticking.start()

    def rest(self) -> None:
        """Another page is shown. A code that waits for its kiosk goes on waiting."""
        self._is_shown = False
        self._ticking.stop()
        self.enrol.rest()
        self.list_frame.rest()
        for each in self._watching:
            each.stop()
        self._watching = []

    def show_subject(self, subject: str) -> None:
        """Shows the kiosk of this id; `ENROL_KIOSK` asks for the code of another one."""
        if subject == ENROL_KIOSK:
            if self._at.desk.may(Right.ENROL_DEVICES):
                self.enrol.open(None)
        elif subject:
            self._choose(subject)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self._words.list
        show_on_button(self.enrol_key, said.enrol)
        show_on_button(self.import_key, said.bring)
        show_on_button(self.back_key, said.back if self._is_alone else said.close)
        self.list_frame.say_anew()
        self.detail_frame.say_anew()
        self.enrol.say_anew()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for frame in (self.list_frame, self.detail_frame, self.enrol.frame):
            frame.show_theme(theme)
        self.summary.setStyleSheet(f"color: {theme.text};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for frame in (self.list_frame, self.detail_frame, self.enrol.frame):
            frame.show_base(base_px)
        for each in (self.summary, self.enrol_key, self.import_key, self.back_key, self.enrol.close_key):
            each.setFont(font(base_px))

    @property
    def is_unsaved(self) -> bool:
        """Whether another name was typed that nobody has kept."""
        body = self.detail_frame.body
        return isinstance(body, DeviceDetail) and bool(self._chosen) and bool(body.typed)

    @property
    def chosen(self) -> str:
        """The id of the kiosk that is shown; empty for none."""
        return self._chosen

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Both beside each other, or one of them."""
        super().resizeEvent(event)
        self._place_parts()

    def tick(self) -> None:
        """Says anew what time alone changes."""
        if self._reading.value is not None:
            self.list_frame.show_reading(self._reading)
        self.enrol.look()

    # --- what is known ------------------------------------------------------------------------------------------

    @property
    def _words(self) -> DevicesWords:
        return self._at.words.devices

    @property
    def _reading(self) -> Reading[tuple[KioskReply, ...]]:
        return self.list_frame.reading

    def kiosks(self) -> tuple[KioskReply, ...]:
        """Those that are known, however old that is."""
        return self._reading.value or ()

    def gates(self) -> tuple[tuple[str, str], ...]:
        """The event's gates, each with its name."""
        rows = [] if self._event is None else self._event.policy.gates
        return tuple((row.id, row.name) for row in rows)

    def is_new(self) -> bool:
        """Whether what is known of the kiosks is of now."""
        return self._reading.is_new

    def reader(self) -> Reader:
        """Who reads. Where the list is old, everything is said as of then."""
        now_ms, reading = self._at.desk.now_ms(), self._reading
        at_ms = now_ms if reading.is_new or reading.as_of_ms is None else reading.as_of_ms
        return Reader(self._at.words, self._at.zone, at_ms, self._newest(), dict(self.gates()))

    def _newest(self) -> Newest:
        if self._event is None:
            return Newest(program=self._program)
        return Newest(self._event.manifest_version, self._program, self._event.policy.stale.amber_ms)

    def _take_event(self, reading: Reading[EventReply]) -> None:
        if reading.value is not None:
            self._event = reading.value
            self.tick()

    def _take_program(self, reading: Reading[str]) -> None:
        if reading.value is not None:
            self._program = reading.value
            self.tick()

    # --- the list -----------------------------------------------------------------------------------------------

    def _make_list(self) -> DevicesList:
        body = DevicesList(self._words, self._at.words.table.hint)
        body.opened.connect(self._choose)
        body.enrol_wanted.connect(lambda: self.enrol.open(None))
        return body

    def _show_list(self, body: DevicesList, kiosks: tuple[KioskReply, ...]) -> None:
        reader = self.reader()
        found = standings(kiosks, reader.newest, reader.at_ms)
        body.show_kiosks(present_rows(found, reader), self._words, may_enrol=self._at.desk.may(Right.ENROL_DEVICES))
        body.table.mark(self._chosen)
        self.summary.show_text(present_summary(found, self._words) if kiosks else "")
        self._show_chosen(found, reader)
        self.enrol.look()

    # --- one of them --------------------------------------------------------------------------------------------

    def _make_detail(self) -> DeviceDetail:
        body = DeviceDetail(self._words)
        self.deeds.connect_body(body)
        return body

    def _show_detail(self, body: DeviceDetail, text: KioskText) -> None:
        may = self._at.desk.may
        may_run, may_enrol = may(Right.RUN_DEVICES), may(Right.ENROL_DEVICES)
        body.show_kiosk(text, self._words, self.gates(), may_run=may_run, may_enrol=may_enrol)

    def _show_chosen(self, found: tuple[Standing, ...], reader: Reader) -> None:
        one = next((each for each in found if each.kiosk.id == self._chosen), None)
        if one is None:
            if self._chosen and self.is_new():  # it was never confirmed, and made room
                self._leave()
            return
        names: Mapping[str, str] = {each.kiosk.id: each.kiosk.name for each in found}
        state = Freshness.FRESH if self.is_new() else Freshness.OLD
        text = present_kiosk(one, reader, names)
        self._name = text.name
        self.detail_frame.show_reading(Reading(state, text, self._reading.as_of_ms, self._reading.fault))

    def chosen_kiosk(self) -> KioskReply | None:
        """The kiosk that is shown."""
        return next((each for each in self.kiosks() if each.id == self._chosen), None)

    def _choose(self, kiosk: str) -> None:
        self.enrol.close()
        self._chosen = kiosk
        self.detail_frame.show_reading(Reading(Freshness.LOADING))
        self.detail_frame.begin()
        self.tick()
        self._place_parts()
        if self._is_alone:
            self.back_key.setFocus()

    def _leave(self) -> None:
        self._chosen = ""
        self.detail_frame.rest()
        self._place_parts()
        body = self.list_frame.body
        if isinstance(body, DevicesList):
            body.table.mark("")
            body.table.table.setFocus()

    def _replace(self) -> None:
        kiosk = self.chosen_kiosk()
        if kiosk is not None:
            self._chosen = ""
            self.enrol.open(kiosk)

    # --- its parts ----------------------------------------------------------------------------------------------

    @property
    def _is_alone(self) -> bool:
        return self.width() < BESIDE_FROM_PX

    def _place_parts(self) -> None:
        """The list, what stands beside it, or both: as there is room, and as something is chosen."""
        is_beside = self.enrol.is_open or bool(self._chosen)
        shows_list = not (self._is_alone and is_beside)
        self.head.setVisible(shows_list)
        self.list_frame.setVisible(shows_list)
        self.detail_frame.setVisible(bool(self._chosen) and not self.enrol.is_open)
        self.enrol.frame.setVisible(self.enrol.is_open)
        self.enrol_key.setVisible(self._at.desk.may(Right.ENROL_DEVICES))
        self.import_key.setVisible(self._at.desk.may(Right.RUN_DEVICES))
        said = self._words.list
        show_on_button(self.back_key, said.back if self._is_alone else said.close)

    def _build(self) -> None:
        self.deeds = DeviceDeeds(self._at, self, self)
        self.deeds.replace_wanted.connect(self._replace)
        listing = Panel("devices.list", lambda: self._words.list.list, self._make_list, self._show_list, DEVICES)
        one = Panel("devices.one", lambda: self._name, self._make_detail, self._show_detail)
        self.head = QWidget(self)
        self.summary = plain_label("", self.head, most_lines=2)
        self.import_key, self.enrol_key = key("", self.head), key("", self.head)
        set_tone(self.enrol_key, "main")
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        row.addWidget(self.summary, 1)
        row.addWidget(self.import_key)
        row.addWidget(self.enrol_key)
        self.list_frame = PanelFrame(listing, self._at, self)
        self.back_key = key("", self)  # made before the frame, so that Tab comes to it before what lies in there
        self.detail_frame = PanelFrame(one, self._at, self)
        self.enrol = EnrolPanel(self._at, self, self)
        self.enrol.changed.connect(self._place_parts)
        self.back_key.clicked.connect(self._leave)
        self.detail_frame.keys.addWidget(self.back_key)
        self.enrol_key.clicked.connect(lambda: self.enrol.open(None))
        self.import_key.clicked.connect(self.deeds.choose_file)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.head)
        beside = QHBoxLayout()
        beside.setSpacing(2 * GRID_PX)
        beside.addWidget(self.list_frame, 5)
        beside.addWidget(self.detail_frame, 4)
        beside.addWidget(self.enrol.frame, 4)
        column.addLayout(beside, 1)

"""The event, section by section: a list that says what is done and what is missing, and the open section beside it.

Owns which section is shown and where: beside the list where there is room, in its place where there is none.
"""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.panel import PanelBody
from app.organizer.setup.alerts_section import AlertsSection
from app.organizer.setup.classes_section import ClassesSection
from app.organizer.setup.codes_section import CodesSection
from app.organizer.setup.copy_form import CopyForm
from app.organizer.setup.event_section import EventSection, LeaseSection
from app.organizer.setup.gates_section import GatesSection
from app.organizer.setup.pane import Pane, WayOut
from app.organizer.setup.present import kiosks_by_gate, present_set_up, tickets_text
from app.organizer.setup.rules_section import RulesSection
from app.organizer.setup.section import Section, row_of
from app.organizer.setup.setup_words import SectionName
from app.organizer.setup.staff_section import StaffSection
from app.organizer.setup.step_row import StepRow
from app.organizer.surroundings import Surroundings
from app.widgets.form import ShareBar, key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.row_key import RowText
from app.widgets.scrolling import ScrollPage
from app.widgets.tab_order import tab_as_laid_out
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font
from core.insight.preparation import Known
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import EventReply, OperatorReply

BESIDE_FROM_PX = 900
"""List and section stand beside each other from here on; less wide, one of them is seen."""
_LIST_PX, _ANY_PX = 42 * GRID_PX, 16_777_215


class Editor(PanelBody):
    """All sections of one event."""

    made = Signal(str)
    import_wanted = Signal()
    enrolment_wanted = Signal()
    fresh_wanted = Signal()
    """Somebody wants a new, empty event."""
    stale = Signal()

    def __init__(self, at: Surroundings) -> None:
        super().__init__()
        self.at = at
        self._known: Known | None = None
        self._open: SectionName | None = None
        self._base_px = 0
        self._theme: Theme | None = None
        self._build()
        self.say()
        self._place()

    # --- what it is told ------------------------------------------------------------------------------------------

    @property
    def shown(self) -> SectionName | None:
        """The section that is open."""
        return self._open

    @property
    def unsaved(self) -> frozenset[SectionName]:
        """The sections on which something was typed that nobody has saved."""
        found = {name for name, sections in self.sections.items() if any(each.is_unsaved for each in sections)}
        found |= {SectionName.STAFF} if self.staff.is_unsaved else set()
        found |= {SectionName.COPY} if self.copy_form.is_unsaved else set()
        return frozenset(found)

    def show_reply(self, reply: EventReply) -> None:
        """The event as the server has it now."""
        known = self._known
        now_ms = self.at.desk.now_ms()
        staff, kiosks = (None, None) if known is None else (known.staff, known.kiosks)
        self._known = Known(reply.policy, reply.tickets, now_ms, staff, kiosks)
        for each in self._all_sections():
            each.show_reply(reply)
        self.copy_form.show_source(reply.policy)
        self._present()
        if known is None:
            tab_as_laid_out(self)

    def show_staff(self, people: Sequence[OperatorReply]) -> None:
        """Who works at the doors."""
        self.staff.show_people(people)
        if self._known is not None:
            self._known = replace(self._known, staff=tuple(people))
            self._present()

    def show_kiosks(self, kiosks: Sequence[KioskReply]) -> None:
        """Which kiosks there are."""
        counts = kiosks_by_gate(kiosks)
        self.gates.show_kiosks(counts)
        if self._known is not None:
            self._known = replace(self._known, kiosks=counts)
            self._present()

    def open(self, name: SectionName) -> None:
        """Shows a section."""
        self._open = name
        self._place()
        tab_as_laid_out(self)  # rows came while nobody saw them
        self._scroll.show_top()
        self._present()

    def close_section(self) -> None:
        """Shows the list alone, where there is no room for both."""
        before, self._open = self._open, None
        self._place()
        self._present()
        if before is not None:
            self.rows[before].setFocus(Qt.FocusReason.OtherFocusReason)

    def save(self) -> None:
        """Saves what is different in the open section."""
        for each in self._shown_sections():
            each.save()

    def discard(self) -> None:
        """Shows in the open section what the server has."""
        for each in self._shown_sections():
            each.discard()

    def say(self) -> None:
        """Says everything in the language of now."""
        words = self.at.words.set_up
        for name, pane in self.panes.items():
            pane.show_title(words.sections[name])
        for each in self._all_sections():
            each.say_anew()
        self.staff.say_anew()
        self.copy_form.say()
        self.tickets.say()
        self.kiosks.say()
        show_on_button(self.back_key, words.lines.back)
        show_on_button(self.fresh_key, words.copy.fresh)
        show_on_button(self.save_key, words.lines.save)
        show_on_button(self.discard_key, words.lines.discard)
        self._present()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours; the same ones cost nothing, and styling all parts is most of what the page costs."""
        if theme == self._theme:
            return
        self._theme = theme
        for each in (*self._dressed(), *self.rows.values(), self._bar, self._scroll, self._list_scroll):
            each.show_theme(theme)
        self._next.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        if base_px == self._base_px:
            return
        self._base_px = base_px
        for each in (*self._dressed(), *self.rows.values(), *self.panes.values()):
            each.show_base(base_px)
        self._progress.setFont(font(type_px(base_px, 1)))
        for part in (self._next, self.back_key, self.fresh_key, self.save_key, self.discard_key):
            part.setFont(font(base_px))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Both beside each other, or one of them."""
        super().resizeEvent(event)
        self._place()

    # --- within ---------------------------------------------------------------------------------------------------

    def _present(self) -> None:
        known = self._known
        if known is None:
            return
        told = present_set_up(replace(known, now_ms=self.at.desk.now_ms()), self.unsaved, self.at.zone, self.at.words)
        self._progress.show_text(told.progress)
        self._next.show_text(told.next)
        self._bar.show_share(told.share, told.progress)
        for name, row in self.rows.items():
            text = told.sections[name]
            row.show_row(RowText(text.title, text.line))
            row.show_mark(text.mark)
            row.show_open(is_open=name is self._open)
        shown = self._shown_sections()
        self._keys.setVisible(bool(shown))
        self.save_key.setEnabled(any(each.can_be_saved for each in shown))
        self.discard_key.setEnabled(any(each.is_unsaved for each in shown))
        said = self.at.words.set_up.kiosks
        self.tickets.show_figure(tickets_text(known.tickets, self.at.words))
        counts = known.kiosks or {}
        by_gate = [said.at_gate.fill(gate=each.name, count=counts.get(each.id, 0)) for each in known.event.gates]
        self.kiosks.show_figure(said.some.fill(count=sum(counts.values())), " · ".join(by_gate))

    def _place(self) -> None:
        is_wide = self.width() >= BESIDE_FROM_PX
        if is_wide and self._open is None:
            self._open = SectionName.EVENT
        self._list.setVisible(is_wide or self._open is None)
        self._side.setVisible(self._open is not None)
        wide = round(_LIST_PX * (self._base_px or self.at.base_px) / 16)
        self._list.setMinimumWidth(wide if is_wide else 0)
        self._list.setMaximumWidth(wide if is_wide else _ANY_PX)
        self.back_key.setVisible(not is_wide)
        for name, pane in self.panes.items():
            pane.setVisible(name is self._open)

    def _shown_sections(self) -> tuple[Section, ...]:
        return self.sections.get(self._open, ()) if self._open is not None else ()

    def _all_sections(self) -> list[Section]:
        return [each for sections in self.sections.values() for each in sections]

    def _dressed(self) -> list[Section | StaffSection | CopyForm | WayOut]:
        return [*self._all_sections(), self.staff, self.copy_form, self.tickets, self.kiosks]

    def _build(self) -> None:
        at = self.at
        self.dates, self.lease = EventSection(at), LeaseSection(at)
        self.gates, self.classes, self.alerts = GatesSection(at), ClassesSection(at), AlertsSection(at)
        self.codes, self.rules = CodesSection(at), RulesSection(at)
        self.staff, self.copy_form = StaffSection(at), CopyForm(at)
        self.tickets = WayOut(at, lambda: (at.words.set_up.tickets.text, at.words.set_up.tickets.import_list))
        self.kiosks = WayOut(at, lambda: (at.words.set_up.kiosks.text, at.words.set_up.kiosks.enrol))
        self.fresh_key = key("")
        self.fresh_key.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.sections: dict[SectionName, tuple[Section, ...]] = {
            SectionName.EVENT: (self.dates, self.lease),
            SectionName.GATES: (self.gates,),
            SectionName.CLASSES: (self.classes,),
            SectionName.ALERTS: (self.alerts,),
            SectionName.CODES: (self.codes,),
            SectionName.RULES: (self.rules,),
        }
        others: dict[SectionName, tuple[QWidget, ...]] = {
            SectionName.TICKETS: (self.tickets,),
            SectionName.STAFF: (self.staff,),
            SectionName.KIOSKS: (self.kiosks,),
            SectionName.COPY: (self.copy_form, self.fresh_key),
        }
        self.panes = {name: Pane(*(self.sections.get(name) or others[name])) for name in SectionName}
        self._connect()
        self._build_list()
        self._build_side()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * GRID_PX)
        row.addWidget(self._list)
        row.addWidget(self._side, 1)

    def _connect(self) -> None:
        for each in self._all_sections():
            each.changed.connect(self._present)
            each.wanted.connect(self._show_part)
            each.kept.connect(self.show_reply)
            each.stale.connect(self.stale)
        self.staff.changed.connect(self._present)
        self.staff.wanted.connect(self._show_part)
        self.copy_form.changed.connect(self._present)
        self.copy_form.made.connect(self.made)
        self.tickets.pressed.connect(self.import_wanted)
        self.kiosks.pressed.connect(self.enrolment_wanted)
        self.fresh_key.clicked.connect(lambda _=False: self.fresh_wanted.emit())

    def _build_list(self) -> None:
        self._list = QWidget(self)
        self._progress, self._next = PlainParagraph(self._list), PlainParagraph(self._list)
        self._bar = ShareBar(self.at.theme, self._list)
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, GRID_PX, 0)
        column.setSpacing(GRID_PX)
        self.rows = {name: StepRow(rows) for name in SectionName}
        for name, row in self.rows.items():
            row.clicked.connect(lambda _=False, name=name: self.open(name))
            column.addWidget(row)
        column.addStretch(1)
        self._list_scroll = ScrollPage(rows, self._list)
        whole = QVBoxLayout(self._list)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID_PX)
        for part in (self._progress, self._bar, self._next):
            whole.addWidget(part)
        whole.addWidget(self._list_scroll, 1)

    def _build_side(self) -> None:
        self._side = QWidget(self)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        for pane in self.panes.values():
            column.addWidget(pane)
        self._scroll = ScrollPage(content, self._side)
        self.back_key = key("", self._side)
        self.back_key.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.back_key.clicked.connect(lambda _=False: self.close_section())
        whole = QVBoxLayout(self._side)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID_PX)
        self.save_key, self.discard_key = key(""), key("")
        set_tone(self.save_key, "main")
        self.save_key.clicked.connect(lambda _=False: self.save())
        self.discard_key.clicked.connect(lambda _=False: self.discard())
        self._keys = row_of(self.save_key, self.discard_key)
        whole.addWidget(self.back_key)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self._keys)

    def _show_part(self, part: QWidget) -> None:
        self._scroll.show_part(part)

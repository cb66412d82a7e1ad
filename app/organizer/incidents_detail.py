"""One incident as its panel draws it: what happened, both sides, what to do, what it was, what others noted."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.fact_grid import FactGrid
from app.organizer.incidents_present import IncidentText, SideText
from app.organizer.incidents_words import IncidentsWords
from app.organizer.panel import PanelBody
from app.organizer.sign_mark import SignMark
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry, key, set_tone
from app.widgets.plain_text import MAX_LONG, PlainParagraph, plain, plain_label, show_on_button
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.journal.scan import Finding
from core.sync.incident_replies import MAX_NOTE

BESIDE_FROM_PX = 520
"""Two sides stand beside each other from here on; less wide, below each other."""


class SideCard(QWidget):
    """One side of an incident: which of the two, the gate, and what is known of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground = THEMES[ThemeName.DARK].ground
        self.lead, self.place = plain_label("", self), plain_label("", self)
        self.facts = FactGrid(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self.lead)
        column.addWidget(self.place)
        column.addSpacing(GRID_PX // 2)
        column.addWidget(self.facts)
        column.addStretch(1)

    def show_side(self, side: SideText) -> None:
        """Shows one side."""
        self.lead.show_text(side.lead)
        self.lead.setVisible(bool(side.lead))
        self.place.show_text(side.place)
        self.facts.show_facts(side.facts)
        said = [side.lead, side.place, *(f"{name}: {told}" for name, told in side.facts)]
        self.setAccessibleName(plain(". ".join(filter(None, said)), MAX_LONG))

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._ground = theme.ground
        self.lead.setStyleSheet(f"color: {theme.muted};")
        self.place.setStyleSheet(f"color: {theme.text};")
        self.facts.show_theme(theme)
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.place.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.lead.setFont(font(type_px(base_px, -1)))
        self.facts.show_base(base_px)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the card's ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._ground))
        painter.drawRoundedRect(QRectF(self.rect()), GRID_PX, GRID_PX)
        painter.end()


class IncidentDetail(PanelBody):
    """Fed by its page. What was typed stays while the same incident is told anew."""

    found = Signal(object, str)
    """A `Finding`, and the note that was typed with it."""
    noted = Signal(str)
    history_wanted = Signal(str)
    """A ticket's id, in hex."""
    device_wanted = Signal(str)
    """A kiosk's id."""

    def __init__(self, words: IncidentsWords) -> None:
        super().__init__()
        self._text: IncidentText | None = None
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self._is_waiting = False
        self._build(words)

    @property
    def typed(self) -> str:
        """The note that nobody has kept yet."""
        return self.field.text().strip()

    def show_incident(self, text: IncidentText, words: IncidentsWords) -> None:
        """Shows an incident."""
        if self._text is None or self._text.name != text.name:
            self.field.clear()
            self.scrolled.show_top()
        self._text = text
        self.mark.show_sign(text.sign, self._theme)
        self.state.show_text(text.state)
        self.guest.show_text(text.guest)
        show_on_button(self.history_key, words.one.history)
        self.history_key.setVisible(text.tid is not None)
        show_on_button(self.device_key, words.one.device_page)
        self.device_key.setVisible(text.device is not None)
        self.happened.show_text(text.happened)
        self._show_sides(text)
        self.do_title.show_text(words.one.do)
        self._show_lines(self.steps, [f"{number}. {step}" for number, step in enumerate(text.steps, 1)])
        self._show_findings(text)
        self._show_notes(text, words)

    def wait(self, *, is_waiting: bool) -> None:
        """While a deed is on its way, no other one begins."""
        self._is_waiting = is_waiting
        self._let()

    def forget_typed(self) -> None:
        """The note is kept: the field is empty again."""
        self.field.clear()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.scrolled.show_theme(theme)
        if self._text is not None:
            self.mark.show_sign(self._text.sign, theme)
        for each in (self.state, self.do_title, self.note_title, self.no_notes, *self.note_lines):
            each.setStyleSheet(f"color: {theme.muted};")
        for each in (self.guest, self.happened, *self.steps, *self.note_texts, self.ask, self.between, self.doubt):
            each.setStyleSheet(f"color: {theme.text};")
        self.doubt.setStyleSheet(f"color: {theme.notice};")
        for card in self.cards:
            card.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for title in (self.do_title, self.note_title, self.state, self.no_notes, *self.note_lines):
            title.setFont(font(type_px(base_px, -1)))
        for text in (self.happened, *self.steps, *self.note_texts, self.doubt, self.field):
            text.setFont(font(base_px))
        for strong in (self.guest, self.ask, self.between):
            strong.setFont(font(base_px, QFont.Weight.Medium))
        for each in (self.history_key, self.device_key, self.note_key, *self.finding_keys.values()):
            each.setFont(font(base_px))
        for card in self.cards:
            card.show_base(base_px)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Two sides beside each other where there is room."""
        super().resizeEvent(event)
        is_beside = self.width() >= BESIDE_FROM_PX
        ways = QBoxLayout.Direction
        self._cards_row.setDirection(ways.LeftToRight if is_beside else ways.TopToBottom)

    # --- its parts ----------------------------------------------------------------------------------------------

    def _show_sides(self, text: IncidentText) -> None:
        for number, card in enumerate(self.cards):
            card.setVisible(number < len(text.sides))
            if number < len(text.sides):
                card.show_side(text.sides[number])
        self.between.show_text(text.between)
        self.doubt.show_text(text.doubt)

    def _show_findings(self, text: IncidentText) -> None:
        labels = dict(text.findings)
        self.ask.show_text(text.ask)
        for finding, each in self.finding_keys.items():
            each.show_text(labels.get(finding, ""))
            each.setVisible(finding in labels)
            set_tone(each, "main" if finding is text.found else "")
        self._let()

    def _show_notes(self, text: IncidentText, words: IncidentsWords) -> None:
        said = words.notes
        self.note_title.show_text(said.title)
        self.no_notes.show_text(text.no_notes)
        self.note_step.show_text(text.note_step)
        while len(self.note_texts) < len(text.notes):
            self._add_note()
        self._show_lines(self.note_lines, [note.line for note in text.notes])
        self._show_lines(self.note_texts, [note.note for note in text.notes])
        self.field.setVisible(text.may_note)
        self.field.setPlaceholderText(plain(said.field))
        self.field.setAccessibleName(plain(said.field))
        show_on_button(self.note_key, said.add)
        self.note_key.setVisible(text.may_note)

    def _show_lines(self, parts: list[PlainParagraph], lines: list[str]) -> None:
        while len(parts) < len(lines) and parts is self.steps:
            self._add_step()
        for number, each in enumerate(parts):
            each.show_text(lines[number] if number < len(lines) else "")

    def _let(self) -> None:
        can_act = not self._is_waiting
        for each in self.finding_keys.values():
            each.setEnabled(can_act)
        self.note_key.setEnabled(can_act and bool(self.typed))

    def _add_step(self) -> None:
        made = self._paragraph()
        self.steps.append(made)
        self._steps_column.addWidget(made)

    def _add_note(self) -> None:
        line, text = self._paragraph(), self._paragraph(MAX_NOTE)
        line.setFont(font(type_px(self._base_px, -1)))
        line.setStyleSheet(f"color: {self._theme.muted};")
        self.note_lines.append(line)
        self.note_texts.append(text)
        self._notes_column.addWidget(line)
        self._notes_column.addWidget(text)

    def _paragraph(self, limit: int = MAX_LONG) -> PlainParagraph:
        made = PlainParagraph(self._content, limit)
        made.setFont(font(self._base_px))
        made.setStyleSheet(f"color: {self._theme.text};")
        return made

    def _build(self, words: IncidentsWords) -> None:
        self._content = QWidget(self)
        self.scrolled = ScrollPage(self._content, self)
        self.mark = SignMark(self._content)
        self.state, self.guest, self.happened, self.doubt = (self._paragraph() for _ in range(4))
        self.between, self.do_title, self.note_title, self.ask, self.no_notes, self.note_step = (
            self._paragraph() for _ in range(6)
        )
        self.cards = [SideCard(self._content) for _ in range(2)]
        self.steps: list[PlainParagraph] = []
        self.note_lines: list[PlainParagraph] = []
        self.note_texts: list[PlainParagraph] = []
        self.history_key, self.device_key, self.note_key = (key("", self._content) for _ in range(3))
        self.finding_keys = {finding: FittedKey(self._content) for finding in Finding}
        self.field = entry(words.notes.field, MAX_NOTE, self._content)
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.history_key.clicked.connect(lambda: self.history_wanted.emit(self._text.tid if self._text else ""))
        self.device_key.clicked.connect(lambda: self.device_wanted.emit(self._text.device if self._text else ""))
        self.note_key.clicked.connect(lambda: self.noted.emit(self.typed))
        self.field.returnPressed.connect(self._enter)
        self.field.textChanged.connect(self._let)
        for finding, each in self.finding_keys.items():
            each.clicked.connect(lambda _=False, finding=finding: self.found.emit(finding, self.typed))

    def _enter(self) -> None:
        if self.note_key.isEnabled():
            self.noted.emit(self.typed)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * GRID_PX)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.guest)
        texts.addWidget(self.state)
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(texts, 1)
        for each in (self.history_key, self.device_key):
            head.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        self._cards_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cards_row.setSpacing(GRID_PX)
        for card in self.cards:
            self._cards_row.addWidget(card, 1)
        self._steps_column, self._notes_column = QVBoxLayout(), QVBoxLayout()
        for inner in (self._steps_column, self._notes_column):
            inner.setSpacing(GRID_PX // 2)
        findings = QGridLayout()
        findings.setSpacing(GRID_PX)
        for place, each in enumerate(self.finding_keys.values()):
            each.setMinimumHeight(TOUCH_PX)
            findings.addWidget(each, place // 2, place % 2)
        noting = QHBoxLayout()
        noting.setSpacing(GRID_PX)
        noting.addWidget(self.field, 1)
        noting.addWidget(self.note_key)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(head)
        column.addWidget(self.happened)
        column.addLayout(self._cards_row)
        column.addWidget(self.between)
        column.addWidget(self.doubt)
        column.addSpacing(GRID_PX)
        column.addWidget(self.do_title)
        column.addLayout(self._steps_column)
        column.addSpacing(GRID_PX)
        column.addWidget(self.ask)
        column.addLayout(findings)
        column.addLayout(noting)
        column.addWidget(self.note_step)
        column.addSpacing(GRID_PX)
        column.addWidget(self.note_title)
        column.addWidget(self.no_notes)
        column.addLayout(self._notes_column)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scrolled)

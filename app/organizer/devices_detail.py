"""One kiosk as its panel draws it: what is the matter and what helps, everything that is known, what may be done."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.devices_present import KioskText, TroubleText
from app.organizer.devices_words import DevicesWords
from app.organizer.fact_grid import FactGrid
from app.organizer.panel import PanelBody
from app.organizer.sign_mark import SignMark
from app.widgets.choice_box import ChoiceBox
from app.widgets.fitted_key import FittedKey
from app.widgets.form import LargeLine, entry, set_tone
from app.widgets.plain_text import PlainParagraph, plain
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.sync.messages import MAX_NAME


class TroubleLine(QWidget):
    """One thing that is the matter: its sign, what it is, and what helps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: TroubleText | None = None
        self.mark = SignMark(self)
        self.title, self.cure = PlainParagraph(self), PlainParagraph(self)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.title)
        texts.addWidget(self.cure)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def show_trouble(self, text: TroubleText, theme: Theme) -> None:
        """Shows one."""
        self._text = text
        self.mark.show_sign(text.sign, theme)
        self.title.show_text(text.title)
        self.cure.show_text(text.cure)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        if self._text is not None:
            self.mark.show_sign(self._text.sign, theme)
        self.title.setStyleSheet(f"color: {theme.text};")
        self.cure.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(base_px, QFont.Weight.Medium))
        self.cure.setFont(font(type_px(base_px, -1)))


class DeviceDetail(PanelBody):
    """Fed by its page. A name that was typed stays while the same kiosk is told anew."""

    renamed = Signal(str)
    moved = Signal(str)
    """To this gate."""
    replace_wanted = Signal()
    revoke_wanted = Signal()
    salvage_wanted = Signal()
    confirmed = Signal()
    """The digits are the same."""
    refused = Signal()

    def __init__(self, words: DevicesWords) -> None:
        super().__init__()
        self._text: KioskText | None = None
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self._may_run = self._may_enrol = self._is_waiting = False
        self._build(words)

    @property
    def typed(self) -> str:
        """Another name that nobody has kept yet."""
        name = self.name.text().strip()
        return "" if self._text is None or name == self._text.name else name

    def show_kiosk(
        self,
        text: KioskText,
        words: DevicesWords,
        gates: tuple[tuple[str, str], ...],
        *,
        may_run: bool,
        may_enrol: bool,
    ) -> None:
        """Shows a kiosk. `gates` are the event's, by their ids."""
        before, was_typed = self._text, bool(self.typed)
        self._text, self._may_run, self._may_enrol = text, may_run, may_enrol
        is_another = before is None or before.id != text.id
        self.gate.show_choices(gates)
        if is_another or (before is not None and self.gate.chosen == before.gate):
            self.gate.choose(text.gate)
        if self.name.text() != text.name and (is_another or not was_typed):  # else the cursor would go to its end
            self.name.setText(text.name)
        if is_another:
            self.scrolled.show_top()
        self._show_troubles(text.troubles)
        self.well.show_text("" if text.troubles else text.state)
        self.digits.show_text(text.digits)
        self.told.show_text(text.told)
        self.facts.show_facts(text.facts)
        self._say(words)
        self._show_keys(text)

    def forget_typed(self) -> None:
        """What was typed is kept, or is not wanted any more."""
        if self._text is not None:
            self.name.setText(self._text.name)
            self.gate.choose(self._text.gate)

    def wait(self, *, is_waiting: bool) -> None:
        """While a deed is on its way, no other one begins."""
        self._is_waiting = is_waiting
        self._let()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.scrolled.show_theme(theme)
        self.facts.show_theme(theme)
        self.gate.show_theme(theme)
        for line in self.troubles:
            line.show_theme(theme)
        self.digits.show_colour(theme.text)
        self.well.setStyleSheet(f"color: {theme.text};")
        for note in (self.told, self.no_rights):
            note.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.facts.show_base(base_px)
        for line in self.troubles:
            line.show_base(base_px)
        self.well.setFont(font(base_px, QFont.Weight.Medium))
        for note in (self.told, self.no_rights):
            note.setFont(font(type_px(base_px, -1)))
        for each in (self.name, self.gate, *self._keys):
            each.setFont(font(base_px))
        self.digits.setFixedHeight(round(4 * base_px))

    # --- its parts ----------------------------------------------------------------------------------------------

    def _show_troubles(self, troubles: tuple[TroubleText, ...]) -> None:
        while len(self.troubles) < len(troubles):
            made = TroubleLine(self._content)
            made.show_base(self._base_px)
            made.show_theme(self._theme)
            self.troubles.append(made)
            self._troubles_column.addWidget(made)
        for number, line in enumerate(self.troubles):
            line.setVisible(number < len(troubles))
            if number < len(troubles):
                line.show_trouble(troubles[number], self._theme)

    def _say(self, words: DevicesWords) -> None:
        said = words.deeds
        self.name.setAccessibleName(plain(said.name))
        self.gate.show_name(words.one.gate)
        self.rename_key.show_text(said.rename)
        self.move_key.show_text(said.move)
        self.replace_key.show_text(said.replace)
        self.revoke_key.show_text(said.revoke)
        self.salvage_key.show_text(said.salvage)
        self.same_key.show_text(words.enrol.same)
        self.differ_key.show_text(words.enrol.differ)
        self.no_rights.show_text("" if self._may_run else said.not_allowed)

    def _show_keys(self, text: KioskText) -> None:
        is_active = not text.is_pending and not text.is_revoked
        for each in (self.name, self.rename_key, self.gate, self.move_key, self.revoke_key):
            each.setVisible(self._may_run and is_active)
        self.replace_key.setVisible(self._may_enrol and not text.is_pending)
        self.salvage_key.setVisible(self._may_run and text.salvageable > 0)
        self.digits.setVisible(bool(text.digits))
        for each in (self.same_key, self.differ_key):
            each.setVisible(self._may_run and bool(text.digits))
        self._let()

    def _let(self) -> None:
        can_act = not self._is_waiting
        for each in self._keys:
            each.setEnabled(can_act)
        self.rename_key.setEnabled(can_act and bool(self.typed))
        is_elsewhere = self._text is not None and self.gate.chosen not in {"", self._text.gate}
        self.move_key.setEnabled(can_act and is_elsewhere)

    def _build(self, words: DevicesWords) -> None:
        self._content = QWidget(self)
        self.scrolled = ScrollPage(self._content, self)
        self.troubles: list[TroubleLine] = []
        self.well, self.told, self.no_rights = (PlainParagraph(self._content) for _ in range(3))
        self.digits = LargeLine(self._theme.text, self._content)
        self.digits.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.same_key, self.differ_key, self.salvage_key = (FittedKey(self._content) for _ in range(3))
        self.facts = FactGrid(self._content)
        self.name: QLineEdit = entry(words.deeds.name, MAX_NAME, self._content)
        self.rename_key = FittedKey(self._content)
        self.gate = ChoiceBox(words.one.gate, self._content)
        self.move_key, self.replace_key, self.revoke_key = (FittedKey(self._content) for _ in range(3))
        self._keys: list[QPushButton] = [
            *(self.same_key, self.differ_key, self.salvage_key, self.rename_key),
            *(self.move_key, self.replace_key, self.revoke_key),
        ]
        set_tone(self.same_key, "main")
        set_tone(self.revoke_key, "danger")
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.rename_key.clicked.connect(lambda: self.renamed.emit(self.typed))
        self.name.returnPressed.connect(self.rename_key.click)  # which does nothing while the key can't be pressed
        self.name.textChanged.connect(self._let)
        self.gate.currentIndexChanged.connect(lambda _: self._let())
        self.move_key.clicked.connect(lambda: self.moved.emit(self.gate.chosen))
        self.replace_key.clicked.connect(self.replace_wanted)
        self.revoke_key.clicked.connect(self.revoke_wanted)
        self.salvage_key.clicked.connect(self.salvage_wanted)
        self.same_key.clicked.connect(self.confirmed)
        self.differ_key.clicked.connect(self.refused)

    def _lay_out(self) -> None:
        self._troubles_column = QVBoxLayout()
        self._troubles_column.setSpacing(2 * GRID_PX)
        deciding = QHBoxLayout()
        deciding.setSpacing(GRID_PX)
        for each in (self.same_key, self.differ_key, self.salvage_key):
            deciding.addWidget(each, 1)
        deeds = QGridLayout()
        deeds.setSpacing(GRID_PX)
        deeds.setColumnStretch(0, 2)
        deeds.setColumnStretch(1, 1)
        rows = ((self.name, self.rename_key), (self.gate, self.move_key), (self.replace_key, self.revoke_key))
        for row, (one, other) in enumerate(rows):
            deeds.addWidget(one, row, 0)
            deeds.addWidget(other, row, 1)
            one.setMinimumHeight(TOUCH_PX)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, GRID_PX, GRID_PX)
        column.setSpacing(2 * GRID_PX)
        column.addLayout(self._troubles_column)
        column.addWidget(self.well)
        column.addWidget(self.digits)
        column.addLayout(deciding)
        column.addWidget(self.told)
        column.addWidget(self.facts)
        column.addLayout(deeds)
        column.addWidget(self.no_rights)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scrolled)

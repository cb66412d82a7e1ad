"""How a new kiosk comes, as its panel draws it: where it shall stand, the code, the digits, and that it is let in."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.devices_words import DevicesWords
from app.organizer.enrol_present import MOST_URL, Deed, EnrolText, clean_url, is_own_alone
from app.organizer.panel import PanelBody
from app.organizer.qr_picture import LEAST_PX, QrPicture
from app.widgets.choice_box import ChoiceBox
from app.widgets.fitted_key import FittedKey
from app.widgets.form import LargeLine, entry, set_tone
from app.widgets.plain_text import PlainParagraph, plain, plain_label
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.sync.messages import MAX_NAME
from core.ticket.keyring import VerifyProfile

_MOST_LINES = 2


class EnrolBody(PanelBody):
    """Fed by its page. What was typed stays through every step."""

    wanted = Signal(object)
    """A `Deed`."""

    def __init__(self, words: DevicesWords) -> None:
        super().__init__()
        self._words = words
        self._theme = THEMES[ThemeName.DARK]
        self._text, self._is_replacing = EnrolText("", ()), False
        self._build()

    @property
    def typed_url(self) -> str:
        """The address as it was typed, made ready; empty where it can't be one."""
        return clean_url(self.address.text())

    @property
    def profile(self) -> VerifyProfile:
        """What the kiosk shall be trusted with."""
        return VerifyProfile(self.trust.chosen or VerifyProfile.MAC.value)

    def offer(self, words: DevicesWords, gates: tuple[tuple[str, str], ...]) -> None:
        """The gates and the amounts of trust that there are, in the language of now."""
        self._words = words
        said = words.enrol
        self.gate.show_choices(gates)
        self.trust.show_choices((profile.value, words.profiles[profile]) for profile in VerifyProfile)
        for label, text in zip(self.labels, (said.gate, said.name, said.trust, said.address), strict=True):
            label.show_text(text)
        for field, text in ((self.name, said.name), (self.address, said.address)):
            field.setAccessibleName(plain(text))
        self.gate.show_name(said.gate)
        self.trust.show_name(said.trust)
        self.picture.show_name(said.scan)
        self._say_consequences()

    def start(self, gate: str, name: str, url: str) -> None:
        """Begins with these."""
        self.gate.choose(gate)
        self.name.setText(name)
        if not self.address.text():
            self.address.setText(url)

    def show_step(self, text: EnrolText, *, is_replacing: bool) -> None:
        """Shows one step."""
        is_another = text.has_form is not self._text.has_form or bool(text.picture) is not bool(self._text.picture)
        self._text, self._is_replacing = text, is_replacing
        for number, line in enumerate(self.lines):
            line.show_text(text.lines[number] if number < len(text.lines) else "")
        self.trouble.show_text(text.trouble)
        self.form.setVisible(text.has_form)
        for part in (self.labels[0], self.gate, self.labels[1], self.name):
            part.setVisible(not is_replacing)
        self.picture.show_code(text.picture)
        self.picture.setVisible(bool(text.picture))
        # half a code is none: the page gets longer than a small window, so that it can be scrolled to all of it
        self.scrolled.setMinimumHeight(LEAST_PX if text.picture else 0)
        self.code.show_text(text.code)
        self.code.setVisible(bool(text.code))
        self.digits.show_text(text.digits)
        self.digits.setVisible(bool(text.digits))
        self.left.show_text(text.left)
        self._show_keys(text)
        if is_another:
            self.scrolled.show_top()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        for each in (self.scrolled, self.gate, self.trust):
            each.show_theme(theme)
        for label in (*self.labels, self.thief, self.left):
            label.setStyleSheet(f"color: {theme.muted};")
        for line in (*self.lines, self.code):
            line.setStyleSheet(f"color: {theme.text};")
        for note in (self.trouble, self.caution):
            note.setStyleSheet(f"color: {theme.notice};")
        self.digits.show_colour(theme.text)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for number, line in enumerate(self.lines):
            line.setFont(font(base_px, QFont.Weight.Medium if number == 0 else QFont.Weight.Normal))
        for label in (*self.labels, self.thief, self.left):
            label.setFont(font(type_px(base_px, -1)))
        for each in (self.trouble, self.caution, self.name, self.address, self.gate, self.trust, *self.keys.values()):
            each.setFont(font(base_px))
        self.code.setFont(font(type_px(base_px, 1), QFont.Weight.Bold))
        self.digits.setFixedHeight(round(5 * base_px))

    # --- its parts ----------------------------------------------------------------------------------------------

    def _say_consequences(self) -> None:
        """What a thief could do with a kiosk so trusted, and whether kiosks can reach the address at all."""
        said, url = self._words.enrol, self.typed_url
        self.thief.show_text(self._words.thieves[self.profile])
        self.caution.show_text(said.address_wrong if not url else said.address_own if is_own_alone(url) else "")
        self._let()

    def _show_keys(self, text: EnrolText) -> None:
        offered = dict(text.keys)
        first = text.keys[0][0] if text.keys else None
        for deed, each in self.keys.items():
            each.show_text(offered.get(deed, ""))
            each.setVisible(deed in offered)
            set_tone(each, "main" if deed is first and deed is not Deed.WITHDRAW else "")
        self._let()

    def _let(self) -> None:
        for deed, each in self.keys.items():
            has_place = self._is_replacing or bool(self.gate.chosen and self.name.text().strip())
            is_whole = deed is not Deed.MAKE or bool(self.typed_url and has_place)
            each.setEnabled(not self._text.is_busy and is_whole)

    def _build(self) -> None:
        self._content = QWidget(self)
        self.scrolled = ScrollPage(self._content, self)
        said = self._words.enrol
        self.lines = [PlainParagraph(self._content) for _ in range(_MOST_LINES)]
        self.trouble, self.left = PlainParagraph(self._content), PlainParagraph(self._content)
        self.form = QWidget(self._content)
        self.labels = [plain_label("", self.form) for _ in range(4)]
        self.gate = ChoiceBox(said.gate, self.form)
        self.name: QLineEdit = entry(said.name, MAX_NAME, self.form)
        self.trust = ChoiceBox(said.trust, self.form)
        self.thief, self.caution = PlainParagraph(self.form), PlainParagraph(self.form)
        self.address: QLineEdit = entry(said.address, MOST_URL, self.form)
        self.picture = QrPicture(said.scan, self._content)
        self.code = plain_label("", self._content)
        self.code.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.digits = LargeLine(self._theme.text, self._content)
        self.digits.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keys = {deed: FittedKey(self._content) for deed in Deed}
        for deed, each in self.keys.items():
            each.clicked.connect(lambda _=False, deed=deed: self.wanted.emit(deed))
        for field in (self.name, self.address):
            field.textChanged.connect(self._say_consequences)
        self.trust.currentIndexChanged.connect(lambda _: self._say_consequences())
        self._lay_out()

    def _lay_out(self) -> None:
        form = QVBoxLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GRID_PX)
        fields = ((self.gate,), (self.name,), (self.trust, self.thief), (self.address, self.caution))
        for label, parts in zip(self.labels, fields, strict=True):
            form.addWidget(label)
            for part in parts:
                form.addWidget(part)
        keys = QHBoxLayout()
        keys.setSpacing(GRID_PX)
        for each in self.keys.values():
            keys.addWidget(each, 1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, GRID_PX, GRID_PX)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.lines[0])
        column.addWidget(self.trouble)
        column.addWidget(self.form)
        column.addWidget(self.digits)
        column.addWidget(self.code)
        column.addWidget(self.lines[1])
        column.addWidget(self.left)
        column.addLayout(keys)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scrolled)

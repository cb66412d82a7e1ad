"""The sheets of the window itself: events, account, settings, the connection, the keys, the log-in.

Owns what lies on them. What a press means is the window's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.organizer.log_in_form import LogInForm
from app.organizer.over_sheet import OverSheet, key_row
from app.organizer.page import PageName
from app.organizer.words import OrganizerWords
from app.widgets.fitted_key import FittedKey
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainLabel, PlainParagraph, plain_label, show_on_button
from app.widgets.row_key import PagedRows, RowText
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from app.widgets.words import Template
from core.model.settings import Language, ThemeName

EVENTS_ROWS = 6
"""So many rows of events are in sight at once where there is room."""


class KeysSheet(OverSheet):
    """A title, lines of text, rows of keys, and the key that closes it."""

    def __init__(self, words: OrganizerWords, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = words
        self.lines: list[PlainParagraph] = []
        self.close_key = key("", self.content)
        self.close_key.clicked.connect(self.close_sheet)
        self._made: list[QPushButton] = [self.close_key]
        self._base = 16

    def add_line(self) -> PlainParagraph:
        """One more paragraph."""
        made = PlainParagraph(self.content)
        self.lines.append(made)
        self.column.addWidget(made)
        return made

    def add_key(self) -> QPushButton:
        """One more key; whoever asked for it places it."""
        made = key("", self.content)
        self._made.append(made)
        return made

    def end(self, *keys: QPushButton) -> None:
        """The last row: keys, and the one that closes."""
        self.column.addStretch(1)
        self.column.addLayout(key_row(*keys, self.close_key))

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        show_on_button(self.close_key, self.words.window.header.close)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for line in self.lines:
            line.setFont(font(base_px))
        for made in self._made:
            made.setFont(font(base_px))
        super().show_base(base_px)


@dataclass(frozen=True, slots=True)
class EventChoice:
    """An event that may be shown: its id (32 hex digits), its name, and a line about it."""

    id: str
    name: str
    line: str


class EventsSheet(KeysSheet):
    """The events that the account may see."""

    chosen = Signal(str)
    """The id of an event."""

    def __init__(self, words: OrganizerWords, rows: Mapping[str, str], page: Template, parent: QWidget) -> None:
        """`rows` are the texts `up` and `down` of the keys that turn pages, `page` where one is."""
        super().__init__(words, parent)
        self._choices: tuple[EventChoice, ...] = ()
        self.nothing = self.add_line()
        self.rows = PagedRows(up=rows["up"], down=rows["down"], page=page, parent=self.content)
        self.rows.chosen.connect(self._choose)
        self.column.addWidget(self.rows, 1)
        self.end()

    def show_choices(self, choices: Sequence[EventChoice], shown: str) -> None:
        """Shows them; `shown` is the one on the screen."""
        self._choices = tuple(choices)
        self.rows.show_rows(
            tuple(RowText(each.name, each.line, is_ticked=each.id == shown) for each in choices), from_start=False
        )
        self.rows.setVisible(bool(choices))
        self.nothing.show_text("" if choices else self.words.window.sheets.no_events)
        self._size()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        super().say_anew()
        self.title.show_text(self.words.window.sheets.events)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.rows.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.rows.show_base(base_px)
        self._size()
        super().show_base(base_px)

    def _size(self) -> None:
        row = max(TOUCH_PX + GRID_PX, round(2.8 * self._base_px)) + GRID_PX
        self.rows.setMinimumHeight(min(EVENTS_ROWS, max(1, len(self._choices))) * row)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._choices):
            id_ = self._choices[place].id
            self.close_sheet()
            self.chosen.emit(id_)


class AccountSheet(KeysSheet):
    """Who is logged in, and what they may do about it."""

    log_in_wanted = Signal()
    log_out_wanted = Signal()
    password_wanted = Signal()
    other_wanted = Signal()

    def __init__(self, words: OrganizerWords, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.who = self.add_line()
        self.server = self.add_line()
        self.log_in_key, self.password_key, self.log_out_key, self.other_key = (self.add_key() for _ in range(4))
        for made, signal in (
            (self.log_in_key, self.log_in_wanted),
            (self.password_key, self.password_wanted),
            (self.log_out_key, self.log_out_wanted),
            (self.other_key, self.other_wanted),
        ):
            self.column.addWidget(made)
            made.clicked.connect(lambda _=False, signal=signal: self._leave_by(signal))
        set_tone(self.log_in_key, "main")
        self.end()

    def show_account(self, name: str, role: str, server: str) -> None:
        """Says who it is; an empty name: nobody."""
        told = self.words.window.sheets
        self.who.show_text(told.account_line.fill(name=name, role=role) if name else told.offline_account)
        self.server.show_text(self.words.window.details.server.fill(address=server) if server else "")
        self.log_in_key.setVisible(not name)
        for each in (self.password_key, self.log_out_key):
            each.setVisible(bool(name))

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        super().say_anew()
        told = self.words.window.sheets
        self.title.show_text(told.account)
        show_on_button(self.log_in_key, self.words.window.log_in.log_in)
        show_on_button(self.password_key, told.change_password)
        show_on_button(self.log_out_key, told.log_out)
        show_on_button(self.other_key, told.other_server)

    def _leave_by(self, signal: object) -> None:
        self.close_sheet()
        signal.emit()  # type: ignore[attr-defined]


class SettingsSheet(KeysSheet):
    """Language, colours, sound: each counts at once. And the way to the jobs, which belong to no event."""

    jobs_wanted = Signal()
    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    sound_chosen = Signal(bool)

    def __init__(self, words: OrganizerWords, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._labels: list[tuple[PlainLabel, Callable[[], str]]] = []
        self._fitted: list[FittedKey] = []
        self.languages = self._row(
            lambda: words.window.sheets.language, Language, lambda each: self.language_chosen.emit(each.value)
        )
        self.themes = self._row(
            lambda: words.window.sheets.theme, ThemeName, lambda each: self.theme_chosen.emit(each.value)
        )
        self.sounds = self._row(lambda: words.window.sheets.sound, (True, False), self.sound_chosen.emit)
        self.silence = self.add_line()
        self.folder = self.add_line()
        self.jobs_key = self.add_key()
        self.jobs_key.clicked.connect(self._open_jobs)
        self.end(self.jobs_key)

    def show_settings(
        self, language: Language, theme: ThemeName, folder: str, *, is_heard: bool, is_kept: bool
    ) -> None:
        """Marks what is set."""
        told = self.words.window.sheets
        for chosen, keys in ((language, self.languages), (theme, self.themes), (is_heard, self.sounds)):
            for value, made in keys.items():
                made.setChecked(value == chosen)
        self.folder.show_text(told.kept_at.fill(folder=folder) if is_kept else told.not_kept)

    def show_jobs(self, *, may_run: bool) -> None:
        """Offers the jobs to whoever may run them."""
        self.jobs_key.setVisible(may_run)

    def _open_jobs(self) -> None:
        self.close_sheet()
        self.jobs_wanted.emit()

    def show_loudspeaker(self, *, is_there: bool) -> None:
        """Says whether anything can be heard here."""
        self.silence.show_text("" if is_there else self.words.window.sheets.no_sound)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        super().say_anew()
        words = self.words.window
        show_on_button(self.jobs_key, words.sheets.jobs)
        self.title.show_text(words.sheets.settings)
        for label, say in self._labels:
            label.show_text(say())
        for language, made in self.languages.items():
            made.show_text(words.languages[language])
        for theme, made in self.themes.items():
            made.show_text(words.themes[theme])
        for is_on, made in self.sounds.items():
            made.show_text(words.sheets.sound_on if is_on else words.sheets.sound_off)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for made in self._fitted:
            made.setStyleSheet(
                f"FittedKey:checked {{ background: {theme.sunken}; border-color: {theme.text}; }}"
                f"FittedKey:focus {{ border: 3px solid {theme.focus}; }}"
            )
        for line in (self.folder, self.silence):
            line.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for label, _ in self._labels:
            label.setFont(font(type_px(base_px, -1)))
        for made in self._fitted:
            made.setFont(font(base_px))
        super().show_base(base_px)

    def _row(self, say: Callable[[], str], values: Iterable, choose: Callable) -> dict:  # type: ignore[type-arg]
        label = plain_label("", self.content)
        self._labels.append((label, say))
        self.column.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        keys = {}
        for value in values:
            made = FittedKey(self.content)
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, value=value: choose(value))
            row.addWidget(made, 1)
            self._fitted.append(made)
            keys[value] = made
        self.column.addLayout(row)
        return keys


class TextSheet(KeysSheet):
    """Lines to read: more about the connection, what keys do."""

    def __init__(self, words: OrganizerWords, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.place = self.column.count()
        self.act_key = self.add_key()
        self.act_key.hide()
        self.end(self.act_key)

    def show_lines(self, title: str, lines: Sequence[str]) -> None:
        """Shows them."""
        self.title.show_text(title)
        while len(self.lines) < len(lines):
            made = PlainParagraph(self.content)
            made.setFont(font(self._base_px))
            self.column.insertWidget(self.place + len(self.lines), made)
            self.lines.append(made)
        for number, each in enumerate(self.lines):
            each.show_text(lines[number] if number < len(lines) else "")


class LogInSheet(OverSheet):
    """The log-in over a page: what was typed on the page stays."""

    width_em = 40

    def __init__(self, words: OrganizerWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self.why = PlainParagraph(self.content)
        self.column.addWidget(self.why)
        self.form = LogInForm(words, self.content)
        self.column.addWidget(self.form)
        self.form.look_wanted.connect(self.close_sheet)
        self._is_again = False
        self.say_anew()

    def open_log_in(self, server: str, name: str, *, is_kept: bool, is_again: bool, may_look: bool) -> None:
        """Opens with what is known. `is_again`: the session of somebody who was here is over."""
        self._is_again = is_again
        self.may_close = may_look
        self.form.begin(server, name, is_kept=is_kept, may_look=may_look)
        self.say_anew()
        self.open_over()
        self.form.focus_first()

    def open_password(self) -> None:
        """Opens with the page for another password."""
        self._is_again, self.may_close = False, True
        self.form.change_password()
        self.say_anew()
        self.open_over()
        self.form.focus_first()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        told = self._words.window.log_in
        self.title.show_text(told.again if self._is_again else told.title)
        self.why.show_text(told.again_text if self._is_again else "")
        self.form.say_anew()
        if self._is_again:
            self.form.look_key.show_text(told.not_now)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.form.show_theme(theme)
        self.why.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.why.setFont(font(base_px))
        self.form.show_base(base_px)
        super().show_base(base_px)


def help_lines(words: OrganizerWords, shown: Sequence[PageName]) -> tuple[str, ...]:
    """What keys do; `shown` are the pages that have one."""
    told = words.window.sheets
    pages = [told.help_page.fill(key=f"Ctrl+{n}", page=words.pages[name]) for n, name in enumerate(shown, 1)]
    return (*pages, *told.help_lines)

"""The window of `doorlight` without arguments: three large choices, and below them what runs on this computer.

Owns what is seen. It says what the person did, and refuses to do any of it.
"""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QCloseEvent, QColor, QFont, QIcon, QKeySequence, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

import resources
from app.start.parts import ChoiceKey, PickPage, Row
from app.start.present import Do, KeyText, PickText, RowText, StartText, Tone, present_start
from app.start.state import Part, StartState
from app.start.words import StartWords
from app.widgets.announcing import announce
from app.widgets.form import form_style, key
from app.widgets.plain_text import plain_label, show_on_button
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, THEMES, ThemeName, type_px
from app.widgets.typeface import font, load_typeface

LEAST_WIDTH, LEAST_HEIGHT = 800, 480
LOW_PX, TALL_PX = 640, 1_300
"""A window lower than the one is written a step smaller, from the other on as much larger as it is."""
MOST_WIDTH_PX = 1_200
"""Lines longer than that nobody reads."""


class StartWindow(QWidget):
    """Shows a `StartState`; every key is told by `pressed`."""

    pressed = Signal(object)
    """A `KeyText`."""
    close_wanted = Signal()
    """Somebody closes the window: it stays until `leave`."""

    def __init__(self, words: StartWords, *, theme: ThemeName = ThemeName.DARK) -> None:
        super().__init__()
        load_typeface()
        self._words = words
        self._name, self._theme = theme, THEMES[theme]
        self._state = StartState()
        self._text = present_start(self._state, words, self._name)
        self._may_close = False
        self._rows: list[Row] = []
        self._question: Row | None = None
        self._picking: PickPage | None = None
        self._shown: StartText | None = None
        self._left_at: tuple[Do, Part | None, str] | None = None
        """The key of a row that had the focus before a question."""
        self._build()
        self._show(self._text)
        self._choices[0].setFocus()

    @property
    def text(self) -> StartText:
        """What is shown."""
        return self._text

    @Slot(object)
    def show_state(self, state: StartState) -> None:
        """Shows a state; what is new and needs somebody is said to a screen reader."""
        self._state = state
        text = present_start(state, self._words, self._name)
        if text == self._text:
            return
        before, self._text = self._text, text
        self._show(text)
        news = [row for row in (*text.rows, text.asked) if row is not None and row not in (*before.rows, before.asked)]
        for row in news:
            announce(self, _spoken(row), is_urgent=row.tone is Tone.TROUBLE or row is text.asked)
        if text.picking is not None and text.picking != before.picking:
            announce(self, text.picking.title, is_urgent=True)

    def show_words(self, words: StartWords) -> None:
        """Speaks another language."""
        self._words = words
        self._text = present_start(self._state, words, self._name)
        self._show(self._text)

    @property
    def theme(self) -> ThemeName:
        """The colours of now."""
        return self._name

    def show_theme(self, name: ThemeName) -> None:
        """Takes other colours."""
        self._name, self._theme = name, THEMES[name]
        self._text = present_start(self._state, self._words, name)
        self._dress()
        self._show(self._text, is_anew=True)

    def leave(self) -> None:
        """Closes the window."""
        self._may_close = True
        self.close()

    def key_of(self, do: Do, part: Part | None = None) -> QWidget | None:
        """The key that does this now, of whatever program where none is named."""
        choices = {each.do: each for each in self._choices}
        if do in choices:
            return choices[do]
        rows = [self._question] if self._question is not None else self._rows
        found = [made for row in rows for (does, of, _), made in row.keys.items() if does is do and part in {None, of}]
        return found[0] if found else None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes the type scale of the window's size."""
        super().resizeEvent(event)
        self._size()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Asks whoever looks after the programs first."""
        if self._may_close:
            super().closeEvent(event)
            return
        event.ignore()
        self.close_wanted.emit()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def _base_px(self) -> int:
        height = self.height()
        return 16 if height < LOW_PX else round(18 * max(1.0, min(height / TALL_PX, self.width() / 1_920)))

    def _show(self, text: StartText, *, is_anew: bool = False) -> None:
        """What has changed, or all of it: a question that stays keeps its place while others tell what they do."""
        before, self._shown = None if is_anew else self._shown, text
        self._title.show_text(text.title)
        self._asks.show_text(text.question)
        self._heading.show_text(text.heading)
        show_on_button(self._language, text.language.text)
        show_on_button(self._colours, text.theme.text)
        for made, choice in zip(self._choices, text.choices, strict=True):
            made.show_choice(choice)
        if before is None or before.rows != text.rows:
            self._show_rows(text.rows)
        if before is None or (before.asked, before.picking) != (text.asked, text.picking):
            self._ask(text)

    def _ask(self, text: StartText) -> None:
        """Shows the question of now, or the home page; whoever comes back to it is where they left it."""
        was_home = self._pages.currentWidget() is self._home_page
        if was_home:
            self._left_at = next(
                (name for row in self._rows for name, made in row.keys.items() if made.hasFocus()), None
            )
        self._show_question(text.asked)
        self._show_picking(text.picking)
        page = self._picking or (self._asked_page if self._question is not None else self._home_page)
        self._pages.setCurrentWidget(page)
        self._escape.setEnabled(page is not self._home_page)
        first = self._first()
        if first is not None:
            first.setFocus()
        elif not was_home:
            self._key_left().setFocus()

    def _first(self) -> QWidget | None:
        """Where a question begins: at the likeliest answer, or at the key that changes nothing."""
        if self._picking is not None:
            return self._picking.rows[0]
        if self._question is not None and self._question.keys:
            return next(reversed(self._question.keys.values()))
        return None

    def _key_left(self) -> QWidget:
        found = [row.keys[self._left_at] for row in self._rows if self._left_at in row.keys]
        open_ = [made for made in self._choices if made.isEnabled()]
        return (*found, *open_, self._language)[0]

    def _show_rows(self, rows: tuple[RowText, ...]) -> None:
        focused = next((name for row in self._rows for name, made in row.keys.items() if made.hasFocus()), None)
        for row in self._rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(row, self._column) for row in rows]
        for place, made in enumerate(self._rows):
            self._list.insertWidget(place, made)
            made.show()  # now: whoever looks next sees it
            if focused in made.keys:
                made.keys[focused].setFocus()

    def _show_question(self, asked: RowText | None) -> None:
        if self._question is not None:
            self._asked_page_list.removeWidget(self._question)
            self._question.hide()
            self._question.deleteLater()
            self._question = None
        if asked is not None:
            self._question = self._row(asked, self._asked_page)
            self._asked_page_list.insertWidget(1, self._question)
            self._question.show()

    def _show_picking(self, picking: PickText | None) -> None:
        if self._picking is not None:
            self._pages.removeWidget(self._picking)
            self._picking.hide()
            self._picking.deleteLater()
            self._picking = None
        if picking is not None:
            self._picking = PickPage(picking, self._theme, self._base_px, self._pages)
            self._picking.pressed.connect(self.pressed)
            self._pages.addWidget(self._picking)

    def _row(self, text: RowText, parent: QWidget) -> Row:
        made = Row(text, self._theme, self._base_px, parent)
        made.pressed.connect(self.pressed)
        return made

    def _build(self) -> None:
        self.setWindowTitle(self._text.title)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.setAutoFillBackground(True)
        self._pages = QStackedWidget(self)
        self._home_page = self._home()
        self._pages.addWidget(self._home_page)
        self._asked_page, self._asked_page_list = QWidget(), QVBoxLayout()
        self._asked_page.setLayout(self._asked_page_list)
        self._asked_page_list.addStretch(1)
        self._asked_page_list.addStretch(2)
        self._pages.addWidget(self._asked_page)
        self._escape = QShortcut(QKeySequence("Esc"), self)
        self._escape.activated.connect(lambda: self.pressed.emit(KeyText(Do.BACK, "")))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(3 * GRID_PX, 2 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        whole.addStretch(1)
        whole.addWidget(self._pages, 1_000)
        whole.addStretch(1)
        self._dress()

    def _dress(self) -> None:
        theme, palette = self._theme, self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.text))
        self.setStyleSheet(form_style(theme) + _style(theme.raised, theme.line, theme.muted))
        self.setPalette(palette)  # last: a new style sheet brings the palette of the first one back
        self._rows_area.show_theme(theme)
        for made in self._choices:
            made.sign.show_theme(theme)

    def _home(self) -> QWidget:
        page = QWidget()
        self._title, self._asks = plain_label(parent=page), plain_label(parent=page)
        self._asks.setProperty("tone", "quiet")
        self._colours, self._language = key("", page), key("", page)
        self._colours.clicked.connect(lambda _=False: self.pressed.emit(self._text.theme))
        self._language.clicked.connect(lambda _=False: self.pressed.emit(self._text.language))
        top = QHBoxLayout()
        top.setSpacing(2 * GRID_PX)
        top.addWidget(self._title, 0)
        top.addWidget(self._asks, 1)
        top.addWidget(self._colours, 0)
        top.addWidget(self._language, 0)
        self._choices = [ChoiceKey(each, self._theme, page) for each in self._text.choices]
        cards = QHBoxLayout()
        cards.setSpacing(2 * GRID_PX)
        for made in self._choices:
            made.clicked.connect(lambda _=False, made=made: self._choose(made))
            cards.addWidget(made, 1)
        self._heading = plain_label(parent=page)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addLayout(top)
        column.addLayout(cards)
        column.addWidget(self._heading)
        self._rows_area = self._area(page)
        column.addWidget(self._rows_area, 1)
        return page

    def _area(self, page: QWidget) -> ScrollPage:
        self._column, self._list = QWidget(), QVBoxLayout()
        self._column.setLayout(self._list)
        self._column.setObjectName("column")
        self._list.setContentsMargins(0, 0, GRID_PX, 0)
        self._list.setSpacing(GRID_PX)
        self._list.addStretch(1)
        return ScrollPage(self._column, page)

    def _choose(self, made: ChoiceKey) -> None:
        self.pressed.emit(next(choice.key for choice in self._text.choices if choice.key.do is made.do))

    def _size(self) -> None:
        base_px, is_low = self._base_px, self.height() < LOW_PX
        self._pages.setMaximumWidth(round(MOST_WIDTH_PX * base_px / 18))
        self._title.setFont(font(type_px(base_px, 1 if is_low else 3), QFont.Weight.Bold))
        self._asks.setFont(font(type_px(base_px, 0)))
        for made in (self._colours, self._language):
            made.setFont(font(type_px(base_px, -1)))
        self._heading.setFont(font(base_px, QFont.Weight.Medium))
        for made in self._choices:
            made.show_base(base_px, is_low=is_low)
        self._show(self._text, is_anew=True)


def _spoken(row: RowText) -> str:
    return ". ".join((row.title, *row.lines))


def _style(raised: str, line: str, muted: str) -> str:
    return f"""
        QFrame#row {{ background: {raised}; border: 1px solid {line}; border-radius: {GRID_PX}px; }}
        QLabel[tone="quiet"] {{ color: {muted}; }}
        QWidget#column {{ background: transparent; }}
    """

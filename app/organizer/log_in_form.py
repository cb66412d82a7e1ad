"""Where somebody says who they are: server, name, password; whether that is their server; a password of their own.

Owns the three pages and their fields, and says in words what was refused and what cures it. Asks nobody: whoever shows
it hears what was typed and tells how it went. No password outlives its page.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from app.net.address import ServerAddressWrong, server_of
from app.organizer.log_in import LogInTrouble, Refused, Session, Typed, WantsAuthority, WantsPassword
from app.organizer.over_sheet import key_row
from app.organizer.words import OrganizerWords
from app.widgets.announcing import announce
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry, key, set_tone
from app.widgets.plain_text import PlainLabel, PlainParagraph, plain, plain_label, show_on_button
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, text_on, type_px
from app.widgets.typeface import font
from core.model.accounts import MOST_NAME, MOST_PASSWORD, account_name, password_flaw
from core.model.outcomes import LOOKS, OutcomeClass

MOST_SERVER = 512
SECURE, OPEN = "https://", "http://"
_GROUP = 4
"""Digits of a fingerprint are compared in groups."""


class FormPage(StrEnum):
    """The pages, in order."""

    WHO = "who"
    AUTHORITY = "authority"
    PASSWORD = "password"  # noqa: S105  a page's name


class TickBox(QCheckBox):
    """A box with a tick in it: its colour alone would say nothing to somebody who sees none."""

    tick = "#FFFFFF"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paints the box and, where it is chosen, the tick."""
        super().paintEvent(event)
        if self.isChecked():
            painter, option = QPainter(self), QStyleOptionButton()
            self.initStyleOption(option)
            box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            paint_sign(painter, LOOKS[OutcomeClass.ADMIT].shape, QRectF(box).adjusted(5, 5, -5, -5), self.tick)
            painter.end()


class LogInForm(QWidget):
    """Three pages. `wanted` tells a `Typed`; `password_chosen` the old and the new one."""

    wanted = Signal(object)
    password_chosen = Signal(str, str)
    look_wanted = Signal()
    """Somebody wants to see what was known last, without logging in."""

    def __init__(self, words: OrganizerWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._asked: Typed | None = None
        self._session: Session | None = None
        self._wants_old = False
        self._is_asking = False
        self._refused: Refused | None = None
        self._fingerprint = ""
        self._may_look = False
        self._labels: list[tuple[PlainLabel, QLineEdit, Callable[[], str]]] = []
        self._build()
        self.say_anew()

    # --- what it shows ------------------------------------------------------------------------------------------

    @property
    def page(self) -> FormPage:
        """Which page is open."""
        return list(FormPage)[self.pages.currentIndex()]

    def begin(self, server: str, name: str, *, is_kept: bool = False, may_look: bool = False) -> None:
        """The first page, with what is known. `may_look`: there are figures of last time to look at."""
        self._may_look = may_look
        self.server.setText(server)
        self.name.setText(name)
        self.keep.setChecked(is_kept)
        self.look_key.setVisible(may_look)
        self._forget()
        self._refused = None
        self._open(FormPage.WHO)
        self._say_trouble()
        self.focus_first()

    def change_password(self) -> None:
        """The page for another password, for somebody who is logged in."""
        self._wants_old = True
        self._forget()
        self._open(FormPage.PASSWORD)

    def show_asking(self) -> None:
        """The server is being asked: nothing can be pressed twice."""
        self._is_asking = True
        self._refused = None
        self._say_trouble()
        self._let()

    def show_refused(self, refused: Refused) -> None:
        """It did not come about: says why and what cures it."""
        self._is_asking = False
        self._refused = refused
        if self.page is FormPage.AUTHORITY:
            self._open(FormPage.WHO)
        self._let()
        self._say_trouble()
        self.password.clear()
        self.focus_first()
        announce(self, self.trouble.text(), is_urgent=True)

    def show_authority(self, wants: WantsAuthority) -> None:
        """Asks whether that is the server."""
        self._is_asking = False
        self._fingerprint = wants.fingerprint
        self._open(FormPage.AUTHORITY)
        self.digits.show_text(grouped(wants.fingerprint))
        self._let()
        self.other_key.setFocus()
        announce(self, self._words.window.log_in.authority, is_urgent=True)

    def show_new_password(self, wants: WantsPassword) -> None:
        """Asks for a password of one's own; the one-time one is known already."""
        self._is_asking = False
        self._session = wants.session
        self._wants_old = False
        self._open(FormPage.PASSWORD)
        self.old.setText(self.password.text())
        self._let()
        self.focus_first()
        announce(self, self._words.window.log_in.new_title, is_urgent=True)

    def end(self) -> None:
        """It came about, or nobody wants it any more: no password stays."""
        self._is_asking = False
        self._forget()
        self._let()

    def focus_first(self) -> None:
        """The field that is empty and comes first."""
        fields = (self.server, self.name, self.password)
        if self.page is FormPage.PASSWORD:
            fields = (self.old, self.new, self.repeat)
        first = next((each for each in fields if not each.isHidden() and not each.text()), fields[-1])
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        told = self._words.window.log_in
        for label, field, say in self._labels:
            text = plain(say())
            label.show_text(text)
            field.setAccessibleName(text)
        self.server.setPlaceholderText(told.server_hint)
        self.keep.setText(plain(told.keep).replace("&", "&&"))
        self.keep.setAccessibleName(plain(told.keep))
        self.question.show_text(told.authority)
        self.compare.show_text(told.authority_text)
        self.new_title.show_text(told.new_title)
        self.new_text.show_text(told.new_text)
        for made, text in (
            (self.log_in_key, told.asking if self._is_asking else told.log_in),
            (self.look_key, told.look),
            (self.same_key, told.authority_same),
            (self.other_key, told.authority_other),
            (self.take_key, told.asking if self._is_asking else told.take),
        ):
            made.show_text(text)
        show_on_button(self.show_key, told.hide if self._is_seen else told.show)
        self._say_trouble()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in (self.compare, self.new_text):
            each.setStyleSheet(f"color: {theme.muted};")
        self.trouble.setStyleSheet(f"color: {theme.notice};")
        self.keep.tick = text_on(theme.focus)
        self.keep.setStyleSheet(
            f"QCheckBox {{ color: {theme.text}; spacing: {GRID_PX}px; background: transparent; }}"
            f"QCheckBox::indicator {{ width: 22px; height: 22px; border: 2px solid {theme.line};"
            f" border-radius: 4px; background: {theme.ground}; }}"
            f"QCheckBox::indicator:checked {{ background: {theme.focus}; border-color: {theme.focus}; }}"
            f"QCheckBox:focus {{ border: 2px solid {theme.focus}; border-radius: 4px; }}"
        )

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        small, usual = font(type_px(base_px, -1)), font(base_px)
        for label, field, _ in self._labels:
            label.setFont(small)
            field.setFont(usual)
        for part in (self.trouble, self.compare, self.new_text, self.keep):
            part.setFont(usual)
        for title in (self.question, self.new_title):
            title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.digits.setFont(font(base_px, QFont.Weight.Medium))
        for made in (self.log_in_key, self.look_key, self.same_key, self.other_key, self.take_key, self.show_key):
            made.setFont(usual)
            made.setMinimumHeight(TOUCH_PX)

    # --- what somebody does -------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        if self._is_asking:
            return
        server, name = whole_address(self.server.text()), account_name(self.name.text())
        if server is None:
            self._refuse(LogInTrouble.ADDRESS_WRONG, self.server)
        elif name is None:
            self._refuse(LogInTrouble.NAME_WRONG, self.name)
        elif not self.password.text():
            self.password.setFocus()
        else:
            self._want(Typed(server, name, self.password.text(), self.keep.isChecked()))

    def take(self, typed: Typed) -> None:
        """Logs in with what this computer's start window has handed over, as if somebody had typed it."""
        for field, text in ((self.server, typed.server), (self.name, typed.name), (self.password, typed.password)):
            field.setText(text)
        self._want(typed)

    def _want(self, typed: Typed) -> None:
        self._asked = typed
        self.show_asking()
        self.wanted.emit(typed)

    def _believe(self) -> None:
        """The digits are the same: from now on this authority alone vouches for the server."""
        asked = self._asked
        if asked is not None:
            self._open(FormPage.WHO)
            self._want(replace(asked, fingerprint=self._fingerprint))

    def _doubt(self) -> None:
        self._open(FormPage.WHO)
        self.show_refused(Refused(LogInTrouble.CERTIFICATE_STRANGER))

    def _take_password(self) -> None:
        if self._is_asking:
            return
        old, new = self.old.text(), self.new.text()
        name = account_name(self.name.text()) or ""
        flaw = password_flaw(new, name=name, old=old)
        if flaw is not None:
            self._refused = Refused(LogInTrouble.PASSWORD_UNFIT, flaw)
            self._say_trouble()
            self.new.setFocus()
        elif new != self.repeat.text():
            self._refuse(LogInTrouble.NOT_THE_SAME, self.repeat)
        else:
            self.show_asking()
            self.password_chosen.emit(old, new)

    def _refuse(self, trouble: LogInTrouble, field: QLineEdit) -> None:
        self._refused = Refused(trouble)
        self._say_trouble()
        field.setFocus()
        announce(self, self.trouble.text(), is_urgent=True)

    # --- its parts ----------------------------------------------------------------------------------------------

    def _open(self, page: FormPage) -> None:
        self.pages.setCurrentIndex(list(FormPage).index(page))
        for place, each in enumerate(self._bodies):
            each.setVisible(place == self.pages.currentIndex())
        old_label = next(label for label, field, _ in self._labels if field is self.old)
        for part in (old_label, self.old):
            part.setVisible(self._wants_old)
        self.updateGeometry()

    def _forget(self) -> None:
        for field in (self.password, self.old, self.new, self.repeat):
            field.clear()
        self._show_password(is_seen=False)

    def _let(self) -> None:
        for part in (self.server, self.name, self.password, self.keep, self.log_in_key, self.take_key):
            part.setEnabled(not self._is_asking)
        told = self._words.window.log_in
        self.log_in_key.show_text(told.asking if self._is_asking else told.log_in)
        self.take_key.show_text(told.asking if self._is_asking else told.take)

    def _say_trouble(self) -> None:
        refused, words = self._refused, self._words.window
        if refused is None:
            self.trouble.show_text("")
            return
        told = words.troubles[refused.trouble]
        step = words.flaws[refused.flaw] if refused.flaw is not None else told.step
        self.trouble.show_text(f"{told.title}. {step}")

    def _show_password(self, *, is_seen: bool) -> None:
        self._is_seen = is_seen
        mode = QLineEdit.EchoMode.Normal if is_seen else QLineEdit.EchoMode.Password
        for field in (self.password, self.old, self.new, self.repeat):
            field.setEchoMode(mode)
        told = self._words.window.log_in
        show_on_button(self.show_key, told.hide if is_seen else told.show)

    def _build(self) -> None:
        told = self._words.window.log_in
        self.trouble = PlainParagraph(self)
        self.trouble.hide()
        self.pages = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.trouble)
        column.addWidget(self.pages)
        self._is_seen = False
        self._bodies: list[QWidget] = []
        self.server = entry("", MOST_SERVER)
        self.name = entry("", MOST_NAME)
        self.password, self.old, self.new, self.repeat = (entry("", MOST_PASSWORD) for _ in range(4))
        self.keep = TickBox(self)
        self.keep.setMinimumHeight(TOUCH_PX)
        self.show_key = key("")
        self.log_in_key, self.look_key, self.same_key, self.other_key, self.take_key = (FittedKey() for _ in range(5))
        for made in (self.log_in_key, self.take_key):
            set_tone(made, "main")
        self._build_who(told)
        self._build_authority()
        self._build_password()
        order = (self.server, self.name, self.password, self.show_key, self.keep, self.look_key, self.log_in_key)
        for one, other in pairwise(order):
            QWidget.setTabOrder(one, other)
        self._show_password(is_seen=False)
        self.show_key.clicked.connect(lambda: self._show_password(is_seen=not self._is_seen))
        self.log_in_key.clicked.connect(self._log_in)
        self.look_key.clicked.connect(self.look_wanted)
        self.same_key.clicked.connect(self._believe)
        self.other_key.clicked.connect(self._doubt)
        self.take_key.clicked.connect(self._take_password)
        for field, then in (
            (self.server, self.name.setFocus),
            (self.name, self.password.setFocus),
            (self.password, self._log_in),
            (self.old, self.new.setFocus),
            (self.new, self.repeat.setFocus),
            (self.repeat, self._take_password),
        ):
            field.returnPressed.connect(then)

    def _build_who(self, _: object) -> None:
        column = self._page()
        words = self._words
        self._field(column, field=self.server, say=lambda: words.window.log_in.server)
        left, right, beside = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        self._field(left, self.name, lambda: words.window.log_in.name)
        self._field(right, self.password, lambda: words.window.log_in.password)
        right.removeWidget(self.password)
        inner = QHBoxLayout()
        for each in (inner, beside):
            each.setSpacing(GRID_PX)
        inner.addWidget(self.password, 1)
        inner.addWidget(self.show_key)
        right.addLayout(inner)
        beside.addLayout(left, 2)
        beside.addLayout(right, 3)
        column.addLayout(beside)
        column.addWidget(self.keep)
        column.addStretch(1)
        column.addLayout(key_row(self.look_key, self.log_in_key))

    def _build_authority(self) -> None:
        column = self._page()
        self.question, self.compare = PlainParagraph(), PlainParagraph()
        self.digits = PlainParagraph()
        for each in (self.question, self.compare, self.digits):
            column.addWidget(each)
        column.addStretch(1)
        column.addLayout(key_row(self.other_key, self.same_key))

    def _build_password(self) -> None:
        column = self._page()
        words = self._words
        self.new_title, self.new_text = PlainParagraph(), PlainParagraph()
        column.addWidget(self.new_title)
        column.addWidget(self.new_text)
        for field, say in (
            (self.old, lambda: words.window.log_in.old),
            (self.new, lambda: words.window.log_in.new),
            (self.repeat, lambda: words.window.log_in.repeat),
        ):
            self._field(column, field, say)
        column.addStretch(1)
        column.addLayout(key_row(self.take_key))

    def _page(self) -> QVBoxLayout:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        self.pages.addWidget(page)
        self._bodies.append(page)
        return column

    def _field(self, column: QVBoxLayout, field: QLineEdit, say: Callable[[], str]) -> None:
        label = plain_label("")
        column.addWidget(label)
        column.addWidget(field)
        self._labels.append((label, field, say))


def whole_address(typed: str) -> str | None:
    """A server's address, with `https://` where nothing else was typed; None for what can't be asked."""
    text = typed.strip().rstrip("/")
    if not text.startswith((SECURE, OPEN)):
        if "://" in text:
            return None
        text = SECURE + text
    try:
        server_of(text)
    except ServerAddressWrong:
        return None
    return text


def grouped(digits: str) -> str:
    """`1a2b 3c4d …`: as people compare long rows of digits."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))

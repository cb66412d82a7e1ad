"""The frame that every panel stands in: its title, and for each state of its reading the right face.

Owns that an old value is greyed and dated, that nothing loads for ever, and that a fault in a body's code (when it is
made, fed or painted) shows this panel's card with a key to try again, while the window and the other panels go on.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, assert_never

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.faults import log_fault
from app.organizer.boundary import Boundary
from app.organizer.desk import Watching
from app.organizer.panel import AnyPanel, PanelBody
from app.organizer.panel_present import Face, PanelText, present_broken, present_panel, present_too_slow
from app.organizer.surroundings import Surroundings
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, plain, plain_label, show_on_button
from app.widgets.theme import GRID_PX, Theme, aged, type_px
from app.widgets.typeface import font
from core.insight.question import Question
from core.insight.reading import Freshness, Reading
from core.model.moments import Millis

TICK_MS = 1_000
"""How often the age of an old value is said anew."""
LOADING_MOST_S = 30
"""Longer than every time-out of the connection: what still has no answer then will have none."""


class PanelFrame(Boundary):
    """One panel. `begin` and `rest` as its page does; a panel without a question is handed its readings.

    Whoever needs keys beside the title puts them into `keys`.
    """

    face_changed = Signal(str)
    """A `Face`: what fills the panel from now on."""
    retry_wanted = Signal()
    """Somebody wants newer values: for whoever hands a panel without a question its readings."""

    def __init__(self, panel: AnyPanel, surroundings: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boundary_name = panel.name
        self._panel = panel
        self._at = surroundings
        self._question = panel.question
        self._watching: Watching | None = None
        self._reading: Reading[Any] = Reading(Freshness.LOADING)
        self._since_ms = surroundings.desk.now_ms()
        self._is_broken = False
        self._is_aged = False
        self._styled: tuple[Theme, Theme] | None = None
        self.body: PanelBody | None = None
        self._text = PanelText(Face.LOADING)
        self._ticking = QTimer(self, interval=TICK_MS)
        self._ticking.timeout.connect(self.tick)
        self._build()
        self._make_body()
        self.show_base(surroundings.base_px)
        self.show_theme(surroundings.theme)
        self._show()

    # --- what it shows ------------------------------------------------------------------------------------------

    @property
    def face(self) -> Face:
        """What fills it."""
        return self._text.face

    @property
    def text(self) -> PanelText:
        """What it says of itself."""
        return self._text

    @property
    def reading(self) -> Reading[Any]:
        """What it knows."""
        return self._reading

    @property
    def keys_in_order(self) -> list[QWidget]:
        """The keys that others have put there and its own, as the eye meets them."""
        items = [self.keys.itemAt(place) for place in range(self.keys.count())]
        others = [part for item in items if item is not None and (part := item.widget()) is not None]
        return [self.retry_key, *others] if self._text.face is Face.OLD else [*others, self.retry_key]

    @property
    def title_text(self) -> str:
        """What it is called."""
        return self._title.text()

    def begin(self) -> None:
        """It is seen from now on: watches its question."""
        self._ticking.start()
        self._since_ms = self._at.desk.now_ms()
        if self._question is not None and self._watching is None:
            self._watching = self._at.desk.watch(self._question, self.show_reading)

    def rest(self) -> None:
        """It is not seen any more."""
        self._ticking.stop()
        if self._watching is not None:
            self._watching.stop()
            self._watching = None

    def ask(self, question: Question[Any] | None) -> None:
        """Watches another question from now on: another filter, another range of time."""
        was_watching = self._watching is not None
        self.rest()
        self._question = question
        self._reading = Reading(Freshness.LOADING)
        self._show()
        if was_watching:
            self.begin()

    def show_reading(self, reading: Reading[Any]) -> None:
        """Shows what is known now."""
        if reading.state is Freshness.LOADING and self._reading.state is not Freshness.LOADING:
            self._since_ms = self._at.desk.now_ms()
        self._reading = reading
        self._show()

    def show_footnote(self, text: str) -> None:
        """Says below the body what it rests on, such as `7 of 8 devices reporting · 14 scans pending`."""
        self._footnote.show_text(text)

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        show_on_button(self.retry_key, self._at.words.panel.retry)
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._style()
        self._guarded(lambda body: body.show_theme(self._body_theme()))
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._title.setFont(font(base_px, QFont.Weight.Medium))
        self._card_title.setFont(font(type_px(base_px, 0), QFont.Weight.Medium))
        for each in (self._note, self._footnote):
            each.setFont(font(type_px(base_px, -1)))
        self._card_text.setFont(font(base_px))
        self.retry_key.setFont(font(base_px))
        self._guarded(lambda body: body.show_base(base_px))

    def tick(self) -> None:
        """Says ages anew; what loads for too long has failed."""
        if not self._is_broken and self._text.face is not Face.FRESH:
            self._present()

    def retry(self) -> None:
        """Tries again, whatever it was that failed."""
        if self._is_broken:
            self._is_broken = False
            self._make_body()
            self._show()
            return
        self._since_ms = self._at.desk.now_ms()
        if self._watching is not None:
            self._watching.ask_again()
        self.retry_wanted.emit()

    def break_down(self) -> None:
        """Shows that its own code has failed; the body is thrown away when whoever called it has ended."""
        if not self._is_broken:
            self._is_broken = True
            QTimer.singleShot(0, self, self._give_up_body)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the ground; the edge of what is not new is broken."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.SolidLine if self._text.face in {Face.FRESH, Face.LOADING} else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(self._theme.line), 1, style))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID_PX, GRID_PX)
        painter.end()

    # --- the body, within its boundary --------------------------------------------------------------------------

    def _make_body(self) -> None:
        self._drop_body()
        try:
            made = self._panel.make()
            made.setParent(self._room)
            made.show_base(self._at.base_px)
            made.show_theme(self._body_theme())
        except Exception as error:  # noqa: BLE001  the boundary: a panel's fault stays in it
            self._fail(error)
            return
        self.body = made
        self._room_column.addWidget(made)

    def _guarded(self, act: Callable[[PanelBody], None]) -> None:
        if self.body is None or self._is_broken:
            return
        try:
            act(self.body)
        except Exception as error:  # noqa: BLE001  the boundary: a panel's fault stays in it
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        log_fault(self.boundary_name, error)
        self._is_broken = True
        self._give_up_body()

    def _give_up_body(self) -> None:
        self._drop_body()
        self._present()

    def _drop_body(self) -> None:
        if self.body is not None:
            self.body.hide()
            self.body.deleteLater()
            self.body = None

    def _show(self) -> None:
        self._present()
        if self._text.shows_body and not self._is_broken:
            self._age()
            self._guarded(lambda body: self._panel.show(body, self._reading.value))

    def _age(self) -> None:
        is_aged = self._text.face is Face.OLD
        if is_aged is not self._is_aged:
            self._is_aged = is_aged
            self._style()
            self._guarded(lambda body: body.show_theme(self._body_theme()))

    # --- its own parts ------------------------------------------------------------------------------------------

    def _present(self) -> None:
        before = self._text.face
        self._text = self._told()
        self._title.show_text(self._guarded_title())
        self._note.show_text(" · ".join(filter(None, (self._text.note, self._text.cause))))
        self._card_title.show_text(self._text.title)
        self._card_text.show_text(" ".join(self._text.lines))
        self._card.setVisible(not self._text.shows_body)
        self._room.setVisible(self._text.shows_body)
        self.retry_key.setVisible(self._text.can_be_retried)
        self.setAccessibleName(plain(self._title.text()))
        self.setAccessibleDescription(plain(" ".join(filter(None, (self._text.note, self._text.title)))))
        if before is not self._text.face:
            self._place_retry()
            self.update()
            self.face_changed.emit(self._text.face.value)

    def _told(self) -> PanelText:
        now_ms = self._at.desk.now_ms()
        if self._is_broken:
            return present_broken(self._at.words)
        if self._reading.state is Freshness.LOADING and now_ms - self._since_ms > LOADING_MOST_S * 1_000:
            return present_too_slow(Millis(self._since_ms), now_ms, self._at.zone, self._at.words)
        return present_panel(self._reading, now_ms, self._at.zone, self._at.words, is_away=self._at.is_away)

    def _guarded_title(self) -> str:
        try:
            return self._panel.title()
        except Exception as error:  # noqa: BLE001  the boundary: a panel's fault stays in it
            log_fault(self.boundary_name, error)
            return ""

    def _body_theme(self) -> Theme:
        return aged(self._theme) if self._is_aged else self._theme

    def _style(self) -> None:
        theme, styled = self._theme, (self._theme, self._body_theme())
        if styled == self._styled:
            return  # a style sheet costs everything below it a look
        self._styled = styled
        self._room.setStyleSheet(f"QLabel {{ color: {self._body_theme().text}; }}")
        self._title.setStyleSheet(f"color: {theme.text};")
        self._note.setStyleSheet(f"color: {theme.notice};")
        for each in (self._card_text, self._footnote):
            each.setStyleSheet(f"color: {theme.muted};")

    def _build(self) -> None:
        self._theme = self._at.theme
        self._title, self._note = plain_label("", self, most_lines=2), PlainParagraph(self)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # two lines beside a key
        self._footnote = PlainParagraph(self)
        self._footnote.hide()
        self.keys = QHBoxLayout()
        self.keys.setSpacing(GRID_PX)
        self.retry_key = key(self._at.words.panel.retry, self)
        self.retry_key.clicked.connect(self.retry)
        self._head = QHBoxLayout()
        self._head.setSpacing(2 * GRID_PX)
        self._head.addWidget(self._title, 1)
        self._head.addLayout(self.keys)
        self._room = QWidget(self)
        self._room_column = QVBoxLayout(self._room)
        self._room_column.setContentsMargins(0, 0, 0, 0)
        self._card = QWidget(self)
        self._card_title, self._card_text = plain_label("", self._card), PlainParagraph(self._card)
        self._card_row = QHBoxLayout()
        self._card_row.addStretch(1)
        card = QVBoxLayout(self._card)
        card.setContentsMargins(0, 0, 0, 0)
        card.setSpacing(GRID_PX)
        card.addWidget(self._card_title)
        card.addWidget(self._card_text)
        card.addLayout(self._card_row)
        card.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX + 4, 2 * GRID_PX, GRID_PX + 4)
        column.setSpacing(GRID_PX)
        column.addLayout(self._head)
        column.addWidget(self._note)
        column.addWidget(self._card, 1)
        column.addWidget(self._room, 1)
        column.addWidget(self._footnote)
        self._place_retry()

    def _place_retry(self) -> None:
        """Beside the title where a body is below it, else on the card; Tab meets it where it stands."""
        match self._text.face:
            case Face.OLD:
                self._head.insertWidget(1, self.retry_key)
            case Face.FAILED | Face.BROKEN | Face.LOADING | Face.FRESH:
                self._card_row.insertWidget(0, self.retry_key)
            case _:
                assert_never(self._text.face)
        for one, other in pairwise(self.keys_in_order):
            QWidget.setTabOrder(one, other)

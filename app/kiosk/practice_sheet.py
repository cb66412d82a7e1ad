"""The page of practice: what a door shows, three answers, and why the right one is.

Owns the drawing. It knows no door: nothing here can be scanned, written or sent. Its picture of a verdict is smaller
than a verdict ever is, and says what it is.
"""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.kiosk.words import KioskWords
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph, draw_line, plain_label
from app.widgets.signs import aspect, paint_sign
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.gate.practice import CHOICES, LESSONS, OUTCOME_OF, Practice
from core.model.outcomes import TABLE, Outcome

CARD_PX = 12 * GRID_PX


class PracticeCard(QWidget):
    """What the screen of the lesson shows: ground, sign and word of an outcome."""

    def __init__(self, words: KioskWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._theme = THEMES[ThemeName.DARK]
        self._outcome = Outcome.ADMITTED
        self.setMinimumHeight(8 * GRID_PX)
        self.setMaximumHeight(2 * CARD_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802
        """A card."""
        return QSize(6 * CARD_PX, CARD_PX)

    def show_outcome(self, outcome: Outcome) -> None:
        """Shows an outcome."""
        self._outcome = outcome
        told = self._words.classes[TABLE[outcome].outcome_class]
        self.setAccessibleName(f"{self._words.outcomes[outcome].word}. {told.sign}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the card."""
        painter, row = QPainter(self), TABLE[self._outcome]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, area = self._theme.grounds[row.outcome_class], QRectF(self.rect())
        painter.fillRect(area, QColor(ground.ground))
        if ground.band != ground.ground:
            painter.fillRect(area.adjusted(0, area.height() * 0.86, 0, 0), QColor(ground.band))
        side = area.height() * 0.5
        wide = side * max(1.0, aspect(row.look.shape))
        sign = QRectF(3 * GRID_PX, area.height() * 0.43 - side / 2, wide, side)
        paint_sign(painter, row.look.shape, sign, ground.text)
        painter.setPen(QColor(ground.text))
        painter.setFont(font(int(area.height() * 0.3), QFont.Weight.Bold))
        left = sign.right() + 3 * GRID_PX
        text = QRectF(left, 0, area.width() - left - 2 * GRID_PX, area.height() * 0.86)
        draw_line(painter, text, Qt.AlignmentFlag.AlignLeft, self._words.outcomes[self._outcome].word)
        painter.end()


class PracticeSheet(Sheet):
    """Steps aside for a guest: practice goes on from its beginning."""

    def __init__(self, words: KioskWords, parent: QWidget | None = None) -> None:
        super().__init__(words.practice.page.title, parent)
        self._words = words
        self.practice = Practice()
        self.place = plain_label("", self)
        self.story = PlainParagraph(self)
        self.card = PracticeCard(words, self)
        self.note = PlainParagraph(self)
        self.answer_keys = tuple(self._key() for _ in range(CHOICES))
        for number, each in enumerate(self.answer_keys):
            each.clicked.connect(lambda _=False, number=number: self.choose(number))
        self.next_key, self.again_key = self._key(), self._key()
        self.next_key.clicked.connect(self.go_on)
        self.again_key.clicked.connect(self.begin)
        self._arrange()
        self._show()

    @Slot(int)
    def choose(self, number: int) -> None:
        """Takes an answer, and says whether it is the right one."""
        self.practice = self.practice.after(number)
        self._show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.note.text()))

    @Slot()
    def go_on(self) -> None:
        """The next lesson; after the last one the page is done."""
        if self.practice.lesson is None:
            self.done.emit()
            return
        self.practice = self.practice.next()
        self._show()

    @Slot()
    def begin(self) -> None:
        """Once more from the first lesson."""
        self.practice = Practice()
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        super().show_theme(theme)
        self.card.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.place.setFont(font(type_px(base_px, -1)))
        for part in (self.story, self.note):
            part.setFont(font(base_px))
        for each in (*self.answer_keys, self.next_key, self.again_key):
            each.setFont(font(base_px, QFont.Weight.Medium))

    def _show(self) -> None:
        said, lesson = self._words.practice.page, self.practice.lesson
        is_over = lesson is None
        self.card.setVisible(not is_over)
        self.again_key.setVisible(is_over)
        self.next_key.setVisible(is_over or self.practice.is_right)
        for each in self.answer_keys:
            each.setVisible(not is_over and not self.practice.is_right)
        self.again_key.show_text(said.again)
        self.next_key.show_text(said.close if is_over else said.next)
        if lesson is None:
            known = self.practice.known
            self.place.show_text("")
            self.story.show_text(said.done.fill(known=known, total=LESSONS))
            self.note.show_text(said.ready if known == LESSONS else said.more)
            return
        told = self._words.practice.lessons[lesson]
        self.place.show_text(said.place.fill(number=self.practice.place + 1, total=LESSONS))
        self.story.show_text(told.story)
        self.card.show_outcome(OUTCOME_OF[lesson])
        self.note.show_text(self._note(told.because))
        self._show_answers(told.right, told.wrong)

    def _note(self, because: str) -> str:
        said = self._words.practice.page
        if self.practice.is_right:
            return said.right.fill(because=because)
        return said.wrong if self.practice.tried else said.ask

    def _show_answers(self, right: str, wrong: tuple[str, ...]) -> None:
        others = iter(wrong)
        for number, each in enumerate(self.answer_keys):
            each.show_text(right if number == self.practice.right else next(others))
            each.setEnabled(number not in self.practice.tried)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.place)
        column.addWidget(self.story)
        column.addWidget(self.card, 3)
        column.addStretch(0)
        column.addWidget(self.note)
        keys = QHBoxLayout()
        keys.setSpacing(GRID_PX)
        for each in (*self.answer_keys, self.again_key, self.next_key):
            keys.addWidget(each, 1)
        column.addLayout(keys)

    def _key(self) -> FittedKey:
        made = FittedKey(self)
        made.setMinimumHeight(TOUCH_PX + 2 * GRID_PX)
        return made

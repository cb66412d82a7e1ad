"""What the guest is asked before they go in: one question a page, so that a glove can answer it.

Owns which question is on the screen and what has been answered. Which answers count is `core.model.questions`.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.kiosk.choice_keys import ChoiceKeys
from app.kiosk.people_words import SearchWords
from app.kiosk.pin_pad import PinPad
from app.kiosk.sheet import Sheet
from app.kiosk.staff_words import StaffWords
from app.kiosk.text_line import TextLine
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass
from core.model.questions import MOST_ANSWER, MOST_DIGITS, NO, YES, Question, QuestionKind, flaw_of_answer

_MANY = 6
"""From so many choices on, three stand side by side."""


class QuestionSheet(Sheet):
    """Asks the questions of one guest, in order. `answered` gives all answers; closing it gives none."""

    holds_codes = True
    outcome_class = OutcomeClass.HOLD
    answered = Signal(object)
    """A mapping from question to answer."""

    def __init__(
        self,
        title: str,
        questions: Sequence[Question],
        words: StaffWords,
        letters: SearchWords,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._words = words
        self._letters = letters
        self._questions = tuple(questions)
        self._answers: dict[str, str] = {}
        self._at = 0
        self._base_px = 16
        self.text = PlainParagraph(self)
        self.place = plain_label("", self)
        self.told = PlainParagraph(self)
        self.told.setProperty("tone", "trouble")
        self.back = self._small(words.answer.back, self._go_back)
        self.skip = self._small(words.answer.skip, lambda: self._take(""))
        self._pages = QStackedWidget(self)
        self.inputs = [self._input(each) for each in self._questions]
        for each in self.inputs:
            self._pages.addWidget(_in_the_middle(each) if isinstance(each, PinPad) else each)
        self._arrange()
        self._show()

    @property
    def question(self) -> Question | None:
        """The one on the screen; None where there is none to ask."""
        return self._questions[self._at] if self._questions else None

    @property
    def answers(self) -> Mapping[str, str]:
        """What has been answered so far."""
        return self._answers

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.text.setFont(font(type_px(base_px, 2)))
        self.told.setFont(font(base_px))
        self.place.setFont(font(base_px))
        for each in (self.back, self.skip):
            each.setFont(font(base_px))
        for made in self.inputs:
            made.show_base(base_px)

    def be_opened(self) -> None:
        """A field that wants to be typed into has the focus."""
        self._focus()

    def _input(self, question: Question) -> ChoiceKeys | PinPad | TextLine:
        said = self._words.answer
        made: ChoiceKeys | PinPad | TextLine
        match question.kind:
            case QuestionKind.CHOICE:
                columns = 3 if len(question.choices) >= _MANY else 2
                made = ChoiceKeys([(each, each) for each in question.choices], columns, self)
                made.chosen.connect(self._take)
            case QuestionKind.YES_NO:
                made = ChoiceKeys([(YES, said.yes), (NO, said.no)], 2, self)
                made.chosen.connect(self._take)
            case QuestionKind.NUMBER:
                over = self._words.override
                made = PinPad(question.text, MOST_DIGITS, over.delete, over.enter, is_secret=False, parent=self)
                made.entered.connect(self._take)
            case QuestionKind.TEXT:
                made = TextLine(question.text, MOST_ANSWER, said.next, self._letters, self)
                made.entered.connect(self._take)
        return made

    def _small(self, text: str, act: Callable[[], None]) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.clicked.connect(act)
        return made

    def _arrange(self) -> None:
        asked = QVBoxLayout()
        asked.setSpacing(0)
        asked.addWidget(self.place)
        asked.addWidget(self.told)
        asked.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.back)
        row.addLayout(asked, 1)
        row.addWidget(self.skip)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(row)
        column.addWidget(self._pages, 1)

    def _take(self, answer: str) -> None:
        question = self.question
        if question is None:
            return
        flaw = flaw_of_answer(question, answer.strip())
        if flaw is not None:
            self._tell(self._words.answer_flaws[flaw])
            return
        self._answers[question.id] = answer.strip()
        self._at += 1
        if self._at < len(self._questions):
            self._show()
        else:
            self._at -= 1
            self.answered.emit(dict(self._answers))

    def _tell(self, flaw: str) -> None:
        """What is wrong stands where the question's number was: a low screen has no line to spare."""
        self.told.show_text(flaw)
        self.told.setVisible(bool(flaw))
        self.place.setVisible(not flaw)

    def _go_back(self) -> None:
        self._at = max(0, self._at - 1)
        self._show()

    def _show(self) -> None:
        question, said = self.question, self._words.answer
        self._tell("")
        if question is None:
            self.text.show_text(said.none)
            self.back.hide()
            self.skip.hide()
            return
        place = said.title.fill(number=self._at + 1, count=len(self._questions))
        self.place.show_text(place if question.is_required else f"{place} · {said.optional}")
        self.text.show_text(question.text)
        self._pages.setCurrentIndex(self._at)
        self.back.setVisible(self._at > 0)
        self.skip.setVisible(not question.is_required)
        self._focus()

    def _focus(self) -> None:
        made = self.inputs[self._at] if self.inputs else None
        if isinstance(made, PinPad | TextLine):
            made.field.setFocus()


def _in_the_middle(pad: PinPad) -> QWidget:
    place = QWidget(pad.parentWidget())
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(pad, 18)
    row.addStretch(1)
    return place

"""What a door asks a guest before it lets them in, and which answers it takes.

Owns the kinds of questions and the rule that kiosk and server share: whether a guest has answered. An answer is a text;
an optional question that staff passed over has the empty one, so that nobody is asked twice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_QUESTIONS = 8
"""Of one class: more would be a form, and a queue."""
MOST_CHOICES = 12
MOST_ANSWER = 200
MOST_DIGITS = 12
YES, NO = "yes", "no"
IDENTITY = "identity"
"""The answer of whom staff found by name and compared with an ID; no question may be named so."""


class QuestionKind(StrEnum):
    """How an answer looks."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"


class AnswerFlaw(StrEnum):
    """What is wrong with an answer."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NO_CHOICE = "no_choice"
    NO_NUMBER = "no_number"
    NEITHER_YES_NOR_NO = "neither_yes_nor_no"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a class. `choices` are there for a choice alone; `id` names it in facts for ever."""

    id: str
    text: str
    kind: QuestionKind
    is_required: bool = True
    choices: tuple[str, ...] = ()


def flaw_of_answer(question: Question, answer: str) -> AnswerFlaw | None:
    """What is wrong with an answer, or None.

    Whole numbers may have a sign; a text is anything of 1 to `MOST_ANSWER` characters that is not only space.
    """
    if not answer.strip():
        return AnswerFlaw.MISSING if question.is_required else None
    if len(answer) > MOST_ANSWER:
        return AnswerFlaw.TOO_LONG
    match question.kind:
        case QuestionKind.TEXT:
            return None
        case QuestionKind.CHOICE:
            return None if answer in question.choices else AnswerFlaw.NO_CHOICE
        case QuestionKind.NUMBER:
            return None if _is_number(answer) else AnswerFlaw.NO_NUMBER
        case QuestionKind.YES_NO:
            return None if answer in {YES, NO} else AnswerFlaw.NEITHER_YES_NOR_NO


def answered(questions: Iterable[Question], answers: Mapping[str, str]) -> frozenset[str]:
    """The questions (by id) that these answers answer."""
    return frozenset(
        each.id for each in questions if each.id in answers and flaw_of_answer(each, answers[each.id]) is None
    )


def to_ask(questions: Iterable[Question], done: Collection[str]) -> tuple[Question, ...]:
    """The questions that are still to be asked, once those in `done` have been answered."""
    return tuple(each for each in questions if each.id not in done)


def _is_number(answer: str) -> bool:
    digits = answer.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS

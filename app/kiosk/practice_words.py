"""The words of practice: each lesson's story, its answers, and why the right one is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import Table, Template, WordsError, read_by_member, read_section, table_at
from core.gate.practice import CHOICES, Lesson


@dataclass(frozen=True, slots=True)
class LessonWords:
    """One lesson. `wrong` are its other answers."""

    story: str
    right: str
    wrong: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class PracticePageWords:
    """What stands around the lessons."""

    title: str
    ask: str
    right: Annotated[Template, "because"]
    wrong: str
    next: str
    place: Annotated[Template, "number", "total"]
    done: Annotated[Template, "known", "total"]
    ready: str
    more: str
    again: str
    close: str


@dataclass(frozen=True, slots=True)
class PracticeWords:
    """All of it."""

    page: PracticePageWords
    lessons: Mapping[Lesson, LessonWords]


def read_practice_words(tables: Table) -> PracticeWords:
    """The sections of a language's tables. Raises WordsError."""
    return PracticeWords(
        page=read_section(table_at(tables, "practice"), PracticePageWords, "practice"),
        lessons=read_by_member(table_at(tables, "practice_lesson"), Lesson, _lesson, "practice_lesson"),
    )


def _lesson(value: object, where: str) -> LessonWords:
    found = read_section(table_at({where: value}, where), LessonWords, where)
    if len(found.wrong) != CHOICES - 1:
        raise WordsError(where, f"has {len(found.wrong)} wrong answers, not {CHOICES - 1}")
    return found

"""Two minutes for somebody new at a door: what they see, and what they do about it.

Owns the lessons, their order, where the right answer stands among the wrong ones, and what was missed. Pure, and apart
from every door: a lesson is an outcome to look at, and nothing in it can be scanned, written or sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from core.model.outcomes import Outcome

CHOICES = 3
"""Of which one is right."""


class Lesson(StrEnum):
    """What happens at a door every night, the usual first."""

    ADMIT = "admit"
    USED = "used"
    AGAIN = "again"
    WRONG_GATE = "wrong_gate"
    QUESTION = "question"
    ATTENTION = "attention"
    OFFLINE = "offline"
    STRANGE = "strange"
    CANNOT_SAVE = "cannot_save"


OUTCOME_OF: Mapping[Lesson, Outcome] = MappingProxyType(
    {
        Lesson.ADMIT: Outcome.ADMITTED,
        Lesson.USED: Outcome.ALREADY_USED,
        Lesson.AGAIN: Outcome.JUST_SCANNED_HERE,
        Lesson.WRONG_GATE: Outcome.WRONG_GATE,
        Lesson.QUESTION: Outcome.ANSWERS_REQUIRED,
        Lesson.ATTENTION: Outcome.ATTENTION,
        Lesson.OFFLINE: Outcome.ADMITTED_OFFLINE,
        Lesson.STRANGE: Outcome.NOT_A_TICKET,
        Lesson.CANNOT_SAVE: Outcome.STORAGE_FAILED,
    }
)
"""What the screen shows in each."""
_ORDER = tuple(Lesson)


@dataclass(frozen=True, slots=True)
class Practice:
    """Where somebody is. `tried` are the wrong choices of this lesson, `missed` the lessons that had any."""

    place: int = 0
    tried: frozenset[int] = frozenset()
    is_right: bool = False
    missed: frozenset[Lesson] = frozenset()

    @property
    def lesson(self) -> Lesson | None:
        """The lesson of now; None after the last one."""
        return _ORDER[self.place] if self.place < len(_ORDER) else None

    @property
    def right(self) -> int:
        """Where the right answer stands: never twice in a row in the same place."""
        return (2 * self.place + 1) % CHOICES

    @property
    def known(self) -> int:
        """How many lessons were answered rightly at once, of those that are done."""
        return self.place - len(self.missed)

    def after(self, choice: int) -> "Practice":
        """Once somebody has chosen."""
        if self.lesson is None or self.is_right:
            return self
        if choice == self.right:
            return replace(self, is_right=True)
        return replace(self, tried=self.tried | {choice}, missed=self.missed | {self.lesson})

    def next(self) -> "Practice":
        """The next lesson, once the answer of this one was found."""
        return Practice(self.place + 1, missed=self.missed) if self.is_right else self


LESSONS = len(_ORDER)

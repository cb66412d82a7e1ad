"""Codes that come while a person is still answering: kept in their order, never taken and never lost.

Owns what waits behind a lane that is held, and that a code which is shown twice waits once. Refuses clocks and any
judgement of the text.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

MOST_WAITING = 16
"""A hand scanner's memory, emptied by accident, is longer than a queue of guests who are all at the counter."""


class Hold(StrEnum):
    """Why a lane takes no code."""

    SHEET = "sheet"
    """Staff are at a page that wants an answer."""
    ANSWER = "answer"
    """The last verdict wants one, and the page is about to open."""
    VERDICT = "verdict"
    """The verdict on a code that waited is being read, and others wait behind it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lane's reasons to wait, and the codes that wait with it. `asked` is the text that the question is about."""

    reasons: frozenset[Hold] = frozenset()
    waiting: tuple[str, ...] = field(default=(), repr=False)
    asked: str | None = field(default=None, repr=False)

    @property
    def is_held(self) -> bool:
        """Whether the next code has to wait."""
        return bool(self.reasons)

    @property
    def is_full(self) -> bool:
        """Whether one more could not be kept: it has to be shown again."""
        return len(self.waiting) >= MOST_WAITING

    def knows(self, text: str) -> bool:
        """Whether a text is no other guest: the one who is asked, or one who waits already."""
        return text == self.asked or text in self.waiting

    def after_code(self, text: str) -> "Held":
        """The same once a code has come that has to wait."""
        return self if self.knows(text) or self.is_full else replace(self, waiting=(*self.waiting, text))

    def after_verdict(self, text: str | None, *, wants_answer: bool) -> "Held":
        """The same once a code has got its verdict: those behind it wait until it has been read, or answered."""
        reasons = self.reasons
        if wants_answer:
            reasons |= {Hold.ANSWER}
        if self.waiting:
            reasons |= {Hold.VERDICT}
        return replace(self, reasons=reasons, asked=text)

    def with_reason(self, reason: Hold) -> "Held":
        """The same with one reason more."""
        return replace(self, reasons=self.reasons | {reason})

    def without(self, reason: Hold) -> "Held":
        """The same with one reason less."""
        return replace(self, reasons=self.reasons - {reason})

    def taken(self) -> "tuple[str | None, Held]":
        """The code whose turn it is, and what waits behind it; None while the lane is held, or nothing waits."""
        if self.is_held or not self.waiting:
            return None, self
        return self.waiting[0], replace(self, waiting=self.waiting[1:])

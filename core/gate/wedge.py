"""Codes out of a keyboard: a hand scanner types, and faster than anybody does.

Owns which keystrokes are a scanner's code and which are a person's, and when a code that comes twice is one scan.
Refuses clocks (each keystroke brings its time, monotonic milliseconds) and any judgement of the code's text.
"""

from dataclasses import dataclass, field, replace

GAP_MS = 80
"""Nothing typed for so long ends a code: not every scanner sends Enter or Tab behind it."""
PACE_MS = 35
"""Between two keystrokes of a code, at most and on average. Fast typists need 80 and roll over three or four faster."""
LONG, LONG_PACE_MS = 16, 60
"""For so many characters nobody keeps up a pace of 60, while a scanner over Bluetooth needs 45 for each capital."""
TAIL_MS = 200
"""An Enter or Tab so soon behind a code is still the scanner's: some wait before they send it, some send two."""
LEAST = 4
"""Characters of the shortest code that any event sells (`core.model.codes.Adapter`)."""
MOST = 600
"""Characters kept of a code: beyond the 512 of a ticket, so that a longer one is still seen to be too long."""
TWICE_MS = 700
"""The same code again within this time is the same scan, as with a code that a camera goes on seeing."""
LEAST_TWICE = 12
"""Characters of a text whose second half can only be a repetition: no shorter code is taken to pieces."""


@dataclass(frozen=True, slots=True)
class Code:
    """A scanner has typed this. All keystrokes held since the last word are its, and nobody else gets them."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A scanner has told the last code again: the keystrokes are its, and mean nothing new."""


@dataclass(frozen=True, slots=True)
class Typing:
    """All keystrokes held since the last word were a person's: they go where they were meant to."""


Told = Code | Repeated | Typing


@dataclass(frozen=True, slots=True)
class Wedge:
    """What is known of the keystrokes so far. Nobody but this decides about a keystroke while it is held."""

    text: str = field(default="", repr=False)
    count: int = 0
    first_ms: int = 0
    last_ms: int = 0
    code: str = field(default="", repr=False)
    code_ms: int | None = None
    """When the last keystroke of `code`, the code told last, came."""

    @property
    def due_ms(self) -> int | None:
        """When `at` has something to say at the latest; None while nothing is held."""
        return self.last_ms + GAP_MS if self.count else None

    def after_character(self, character: str, at_ms: int) -> tuple["Wedge", Told | None]:
        """A printable character was typed: it is held. What is told is about those before it."""
        wedge, told = self.at(at_ms)
        first_ms = wedge.first_ms if wedge.count else at_ms
        text = wedge.text + character if len(wedge.text) < MOST else wedge.text
        return replace(wedge, text=text, count=wedge.count + 1, first_ms=first_ms, last_ms=at_ms), told

    def after_end(self, at_ms: int) -> tuple["Wedge", Told | None, bool]:
        """Enter or Tab was typed. The last word says whether it is a scanner's: then nobody else gets it."""
        if self.count and not self._is_over(at_ms):
            wedge, word = self._concluded()
            return wedge, word, not isinstance(word, Typing)
        wedge, told = self.at(at_ms)
        is_tail = wedge.code_ms is not None and 0 <= at_ms - wedge.code_ms < TAIL_MS
        return wedge, told, is_tail

    def after_other(self, at_ms: int) -> tuple["Wedge", Told | None]:
        """A key was pressed that is neither a character nor an end, such as an arrow: no code goes on beyond it."""
        return self._concluded() if self.count else self.at(at_ms)

    def at(self, now_ms: int) -> tuple["Wedge", Told | None]:
        """The same later, with nothing typed meanwhile."""
        return self._concluded() if self.count and self._is_over(now_ms) else (self, None)

    def _is_over(self, now_ms: int) -> bool:
        return now_ms - self.last_ms >= GAP_MS

    def _is_code(self) -> bool:
        pace_ms = PACE_MS if self.count < LONG else LONG_PACE_MS
        return self.count >= LEAST and self.last_ms - self.first_ms <= pace_ms * (self.count - 1)

    def _concluded(self) -> tuple["Wedge", Told]:
        if not self._is_code():
            return Wedge(code=self.code, code_ms=self.code_ms), Typing()
        code = once(self.text)
        after = Wedge(code=code, code_ms=self.last_ms)
        is_repeated = code == self.code and self.code_ms is not None and self.first_ms - self.code_ms < TWICE_MS
        return after, Repeated() if is_repeated else Code(code)


def once(text: str) -> str:
    """The text without its repetition, where a scanner has typed the whole of it twice."""
    half = len(text) // 2
    return text[:half] if half >= LEAST_TWICE and text == 2 * text[:half] else text

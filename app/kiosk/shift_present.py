"""What a shift came to, in words: for the sheet, and for the file that is printed.

Owns the lines and their order. Refuses Qt, and every name but that of the person on shift.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.kiosk.words import KioskWords
from app.widgets.times import instant_text, number_text
from core.model.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """One shift at one kiosk, counted from its journal. `operator` is a name; empty for nobody."""

    operator: str
    since_ms: int
    now_ms: int
    shown: Mapping[Outcome, int]
    overrides: int
    undos: int
    waiting: int
    questions: int
    incidents: int


@dataclass(frozen=True, slots=True)
class ShiftText:
    """The same in words. `shown` are the outcomes, the most frequent first; `rest` what people did and left open."""

    head: str
    shown: tuple[str, ...]
    rest: tuple[str, ...]
    is_manned: bool

    def as_file(self, title: str) -> str:
        """The text of the file: all of it, line by line."""
        return "\n".join((title, self.head, "", *self.shown, "", *self.rest, ""))


def present_shift(facts: ShiftFacts, words: KioskWords, zone: ZoneInfo) -> ShiftText:
    """Who and since when, each outcome that was shown, then what is open."""
    said, calendar = words.staff.shift, words.calendar
    shown = Counter[str]()
    for outcome, count in facts.shown.items():
        shown[words.outcomes[outcome].word] += count  # a guest is let in by one word, whoever decided it
    outcomes = (
        said.shown.fill(count=number_text(count, calendar), word=word)
        for word, count in sorted(shown.items(), key=lambda each: (-each[1], each[0]))
    )
    counted = (
        (said.overrides, facts.overrides),
        (said.undos, facts.undos),
        (said.waiting, facts.waiting),
        (said.questions, facts.questions),
        (said.incidents, facts.incidents),
    )
    rest = (template.fill(count=number_text(count, calendar)) for template, count in counted)
    who = said.on_shift.fill(name=facts.operator) if facts.operator else said.nobody
    since = said.since.fill(time=instant_text(facts.since_ms, zone, facts.now_ms, calendar))
    return ShiftText(f"{who} · {since}", tuple(outcomes), tuple(rest), bool(facts.operator))

"""What the sheet for typed codes says: what was typed in, texts out."""

from dataclasses import dataclass
from typing import assert_never

from app.kiosk.input_words import TypingWords
from core.gate.typed import Number, TooLong, Typed, Unfinished, WholeCode, WrongGroups, grouped, read_typed

HEX_KEYS = ("01234567", "89ABCDEF")
LETTER_KEYS = ("1234567890-./", "ABCDEFGHIJKLM", "NOPQRSTUVWXYZ")
"""What another shop's code may be made of, in the order in which anybody finds it; capitals first."""


@dataclass(frozen=True, slots=True)
class TypingFacts:
    """What stands in the field. `doubtful`: no ticket has that number, and one differs in this group alone, from 1."""

    typed: str = ""
    has_old_codes: bool = False
    doubtful: int | None = None

    @property
    def read(self) -> Typed:
        """What was typed, as far as it goes."""
        return read_typed(self.typed, has_old_codes=self.has_old_codes)


@dataclass(frozen=True, slots=True)
class TypingText:
    """The groups as they stand on the ticket, those to look at again, counted from 1, and one line about it."""

    groups: tuple[str, ...]
    wrong: tuple[int, ...]
    line: str
    can_check: bool

    @property
    def is_trouble(self) -> bool:
        """Whether something has to be looked at again."""
        return bool(self.wrong)


def present_typing(facts: TypingFacts, said: TypingWords) -> TypingText:
    """The sheet in words."""
    read, groups = facts.read, grouped(facts.typed)
    shift = 1 if isinstance(read, WrongGroups) and groups[:1] == ("T1:",) else 0
    match read:
        case WrongGroups(groups=wrong):
            names = ", ".join(map(str, wrong))
            line = (said.wrong if len(wrong) == 1 else said.wrong_several).fill(
                **{"group" if len(wrong) == 1 else "groups": names}
            )
            return TypingText(groups, tuple(place + shift for place in wrong), line, can_check=False)
        case TooLong():
            return TypingText(groups, (len(groups),), said.too_long, can_check=False)
        case Unfinished(missing=missing):
            line = said.more.fill(count=missing) if facts.typed.strip() else said.hint
            return TypingText(groups, (), line, can_check=False)
        case Number() | WholeCode():
            wrong_group = () if facts.doubtful is None else (facts.doubtful,)
            line = said.meant.fill(group=facts.doubtful) if wrong_group else ""
            return TypingText(groups, wrong_group, line, can_check=True)
        case _ as other:
            assert_never(other)

"""What the go/no-go sheet says: lines and a language in, texts out; the same for the screen and for paper."""

from dataclasses import dataclass

from app.kiosk.words import KioskWords
from app.widgets.times import about_text, duration_text, number_text
from core.gate.readiness import Line, Mark, Part, outcome_of

_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One part: what it is called, its mark and the word for it, what was found, what to do."""

    part: str
    mark: Mark
    word: str
    told: str
    cure: str


@dataclass(frozen=True, slots=True)
class CheckText:
    """The sheet: go or no go, what that means, and its rows, what is worst first."""

    mark: Mark
    title: str
    intro: str
    rows: tuple[CheckRow, ...]


def present_check(lines: tuple[Line, ...], words: KioskWords) -> CheckText:
    """The texts of the sheet."""
    said, mark = words.check.sheet, outcome_of(lines)
    by_urgency = sorted(lines, key=lambda line: -list(Mark).index(line.mark))
    return CheckText(mark, said.title(mark), said.intro(mark), tuple(_row(line, words) for line in by_urgency))


def part_name(part: Part, words: KioskWords) -> str:
    """What a part is called."""
    return words.check.parts[part]


def _row(line: Line, words: KioskWords) -> CheckRow:
    said = words.check.found[line.found]
    told = said.told.fill(**_values(line, words))
    return CheckRow(part_name(line.found.part, words), line.mark, words.check.sheet.mark(line.mark), told, said.cure)


def _values(line: Line, words: KioskWords) -> dict[str, str]:
    """Each figure under the name by which a sentence calls it; what it does not name is left over."""
    calendar, found = words.calendar, {}
    for name, value in line.values.items():
        match name:
            case "free_bytes":
                found["free"] = f"{value / _GIB:.1f} GB"
            case "write_ms":
                found["write"] = number_text(value, calendar)
            case "uncertainty_ms":
                found["about"] = about_text(value, calendar)
            case "age_ms":
                found["age"] = duration_text(value, calendar)
            case "lease_left_ms":
                found["left"] = duration_text(value, calendar)
            case "version":
                found["version"] = str(value)
            case _:
                found[name] = found["count"] = number_text(value, calendar)
    return found

"""The words of the go/no-go sheet: what may be found, and what to do where it is not well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import (
    Table,
    Template,
    WordsError,
    read_by_member,
    read_section,
    read_template,
    read_text,
    table_at,
)
from core.gate.readiness import MARKS, VALUES, Found, Mark, Part

NAMED_BY: Mapping[str, str] = {
    "free_bytes": "free",
    "write_ms": "write",
    "facts": "count",
    "uncertainty_ms": "about",
    "age_ms": "age",
    "held": "held",
    "total": "total",
    "version": "version",
    "lease_left_ms": "left",
    "waiting": "count",
    "settings_flaws": "count",
}
"""By which placeholder a sentence names a figure."""


@dataclass(frozen=True, slots=True)
class FoundWords:
    """What was found, and what to do; nothing to do where it is well."""

    told: Template
    cure: str


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What stands around the lines, on the screen and on paper."""

    title_well: str
    title_look: str
    title_broken: str
    well: str
    look: str
    broken: str
    intro_well: str
    intro_look: str
    intro_broken: str
    show_code: str
    play: str
    heard: str
    unheard: str
    again: str
    print: str
    printed: Annotated[Template, "file"]
    not_printed: str
    sheet_title: Annotated[Template, "name"]
    sheet_place: Annotated[Template, "event", "gate"]
    sheet_made: Annotated[Template, "time"]
    sheet_test: str
    sheet_signed: str

    def title(self, mark: Mark) -> str:
        """Go or no go."""
        return {Mark.WELL: self.title_well, Mark.LOOK: self.title_look, Mark.BROKEN: self.title_broken}[mark]

    def intro(self, mark: Mark) -> str:
        """What that means."""
        return {Mark.WELL: self.intro_well, Mark.LOOK: self.intro_look, Mark.BROKEN: self.intro_broken}[mark]

    def mark(self, mark: Mark) -> str:
        """A line's mark in a word: colour is never the only sign."""
        return {Mark.WELL: self.well, Mark.LOOK: self.look, Mark.BROKEN: self.broken}[mark]


@dataclass(frozen=True, slots=True)
class CheckWords:
    """All words of the sheet."""

    sheet: SheetWords
    parts: Mapping[Part, str]
    found: Mapping[Found, FoundWords]


def read_check_words(tables: Table) -> CheckWords:
    """The sections of a language's tables. Raises WordsError."""
    told = table_at(tables, "check_found")
    if set(told) != {found.value for found in Found}:
        raise WordsError("check_found", f"not the findings: {sorted(set(told) ^ {found.value for found in Found})}")
    return CheckWords(
        sheet=read_section(table_at(tables, "check"), SheetWords, "check"),
        parts=read_by_member(table_at(tables, "check_part"), Part, read_text, "check_part"),
        found={found: _found(told[found.value], found) for found in Found},
    )


def placeholders_of(found: Found) -> frozenset[str]:
    """What the sentence about a finding names."""
    names = frozenset(NAMED_BY[name] for name in VALUES.get(found, ()))
    return names - {"held"} | {"count"} if found is Found.LISTS_FRESH else names


def _found(value: object, found: Found) -> FoundWords:
    where = f"check_found.{found.value}"
    table = table_at({where: value}, where)
    if set(table) != {"told", "cure"}:
        raise WordsError(where, "says what was found (told) and what to do (cure)")
    cure = read_text(table["cure"], where)
    if bool(cure) is (MARKS[found] is Mark.WELL):
        raise WordsError(where, "has a cure where all is well, or none where it is not")
    return FoundWords(read_template(table["told"], placeholders_of(found), where), cure)

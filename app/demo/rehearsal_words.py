"""The words of a rehearsal: its banner, its guests, its switches."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.rehearsal_house import Part
from app.widgets.words import Table, load_tables, read_by_member, read_section, read_text, table_at


@dataclass(frozen=True, slots=True)
class BoardWords:
    """What stands on the board, and over the window."""

    banner: str
    cut: str
    mend: str
    ahead: str
    behind: str
    right: str
    fill: str
    free: str
    kill: str
    board: str
    nobody: str


@dataclass(frozen=True, slots=True)
class RehearsalWords:
    """All of it."""

    board: BoardWords
    guests: Mapping[Part, str]


def load_rehearsal_words(language: str) -> RehearsalWords:
    """The words of a language. Raises WordsError."""
    return read_rehearsal_words(load_tables(language))


def read_rehearsal_words(tables: Table) -> RehearsalWords:
    """The sections of a language's tables. Raises WordsError."""
    return RehearsalWords(
        board=read_section(table_at(tables, "rehearsal"), BoardWords, "rehearsal"),
        guests=read_by_member(table_at(tables, "rehearsal_guest"), Part, read_text, "rehearsal_guest"),
    )

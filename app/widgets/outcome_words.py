"""The words of the outcomes: what a door says in large letters, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.widgets.words import Table, read_by_member, read_section, table_at
from core.model.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """The large word, and what to do next in one line."""

    word: str
    next: str


def read_outcome_words(tables: Table) -> Mapping[Outcome, OutcomeWords]:
    """The section `[outcome]` of a language's tables, none of them missing."""
    return read_by_member(table_at(tables, "outcome"), Outcome, _outcome, "outcome")


def _outcome(value: object, where: str) -> OutcomeWords:
    return read_section(table_at({where: value}, where), OutcomeWords, where)

"""The words of the import wizard in one language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.runtime.list_reading import ListFlaw
from app.widgets.words import Section, Table, Template, read_by_member, read_section, read_text, table_at
from core.sync.import_messages import JobState, RowFlaw
from core.sync.shop_columns import Field


class ChangedPart(StrEnum):
    """What a row may change of a ticket."""

    CLASS = "class"
    WINDOW = "window"
    CODE = "code"
    NAME = "name"
    ORDER = "order"
    REFERENCE = "reference"
    PAYMENT = "payment"
    EDITION = "edition"


@dataclass(frozen=True, slots=True)
class WizardWords:
    """The wizard itself."""

    title: str
    file_text: str
    drop: str
    drop_or: Annotated[Template, "most"]
    choose: str
    reading: str
    no_right: str
    unfinished: str
    unfinished_text: str
    go_on: str
    throw_away: str
    forget_done: str
    close: str
    back: str
    leave: str
    next: str
    look_again: str
    apply: Annotated[Template, "count"]
    apply_none: str
    other_file: str
    search: str
    print: str


@dataclass(frozen=True, slots=True)
class WizardStepWords:
    """The steps, and how one of them is said."""

    file: str
    columns: str
    send: str
    look: str
    take_over: str
    spoken: Annotated[Template, "number", "count", "step"]


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """Whose column is what."""

    text: Annotated[Template, "file", "rows", "columns"]
    more_rows: Annotated[Template, "rows"]
    source: str
    source_text: str
    preset: str
    preset_doorlight: str
    preset_pretix: str
    preset_eventbrite: str
    automatic: Annotated[Template, "header"]
    missing: str
    classes: str
    no_class: str
    cancel_missing: str
    no_source: str
    no_key: str
    encoding: str


@dataclass(frozen=True, slots=True)
class ProgressWords:
    """How far it is, and what keeps it."""

    opening: str
    sending: Annotated[Template, "done", "parts"]
    looking: str
    looking_at: Annotated[Template, "done", "rows"]
    applying: Annotated[Template, "done", "rows"]
    waiting: Annotated[Template, "cause", "time", "where", "seconds"]
    where_none: str
    where_parts: Annotated[Template, "done", "parts"]
    where_work: str
    refused: Annotated[Template, "cause"]
    need_file: str
    interrupted: str
    thrown_away: str


@dataclass(frozen=True, slots=True)
class PreviewWords:
    """What a list would do, or did."""

    title: str
    text: str
    new: str
    changed: str
    canceled: str
    restored: str
    unchanged: str
    refused: str
    guests: Annotated[Template, "count"]
    used: Annotated[Template, "count"]
    spared: Annotated[Template, "count"]
    allow_cancel: Annotated[Template, "count"]
    bad_rows: str
    bad_row: Annotated[Template, "line", "cause"]
    bad_reference: Annotated[Template, "reference", "cure"]
    changed_rows: str
    changed_row: Annotated[Template, "line"]
    missing_row: str
    was_used: str
    shown_of: Annotated[Template, "shown", "count"]
    same: str
    all_bad: str
    failed: Annotated[Template, "cause"]
    cure: Annotated[Template, "cure"]
    missing_unsure: str


@dataclass(frozen=True, slots=True)
class SampleWords:
    """One ticket that is held up."""

    title: str
    text: str
    field: str
    picture: str
    asking: str
    found: Annotated[Template, "line", "parts"]
    found_canceled: Annotated[Template, "line", "parts"]
    not_found: Annotated[Template, "cause"]
    is_column: Annotated[Template, "header"]
    no_code: str
    bad_picture: str
    later: Annotated[Template, "cause"]


@dataclass(frozen=True, slots=True)
class DoneWords:
    """It is taken over."""

    title: str
    text: str
    issued: Annotated[Template, "count"]
    adopted: Annotated[Template, "count"]
    refused: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class RowFlawWords:
    """Why a row can't be used, and what cures it; `{about}` stands for what the flaw is about."""

    cause: str
    cure: str

    def said(self, cause: str, cure: str, about: str) -> tuple[str, str]:
        """Both of them. `cause` and `cure` are the server's own words, for a flaw that has none here."""
        named = {"{about}": about, "{cause}": cause, "{cure}": cure}
        return _filled(self.cause, named), _filled(self.cure, named)


@dataclass(frozen=True, slots=True)
class ImportWords:
    """All of them."""

    wizard: WizardWords
    steps: WizardStepWords
    flaws: Mapping[ListFlaw, str]
    states: Mapping[JobState, str]
    columns: ColumnWords
    fields: Mapping[Field, str]
    progress: ProgressWords
    preview: PreviewWords
    parts: Mapping[ChangedPart, str]
    sample: SampleWords
    done: DoneWords
    rows: Mapping[RowFlaw, RowFlawWords]


def read_import_words(tables: Table) -> ImportWords:
    """The sections of a language's tables."""
    name = "organizer_import"
    return ImportWords(
        wizard=_section(tables, name, WizardWords),
        steps=_section(tables, f"{name}_steps", WizardStepWords),
        flaws=read_by_member(table_at(tables, f"{name}_flaws"), ListFlaw, read_text, f"{name}_flaws"),
        states=read_by_member(table_at(tables, f"{name}_states"), JobState, read_text, f"{name}_states"),
        columns=_section(tables, f"{name}_columns", ColumnWords),
        fields=read_by_member(table_at(tables, f"{name}_fields"), Field, read_text, f"{name}_fields"),
        progress=_section(tables, f"{name}_progress", ProgressWords),
        preview=_section(tables, f"{name}_preview", PreviewWords),
        parts=read_by_member(table_at(tables, f"{name}_parts"), ChangedPart, read_text, f"{name}_parts"),
        sample=_section(tables, f"{name}_sample", SampleWords),
        done=_section(tables, f"{name}_done", DoneWords),
        rows=read_by_member(table_at(tables, f"{name}_row"), RowFlaw, _row_flaw, f"{name}_row"),
    )


def _row_flaw(value: object, where: str) -> RowFlawWords:
    return read_section(table_at({where: value}, where), RowFlawWords, where)


def _filled(text: str, named: Mapping[str, str]) -> str:
    """One pass: what fills a place is never read as a place itself."""
    return _PLACE.sub(lambda found: named[found.group()], text)


_PLACE = re.compile(r"\{(?:about|cause|cure)\}")


def _section(tables: Table, name: str, section: type[Section]) -> Section:
    return read_section(table_at(tables, name), section, name)

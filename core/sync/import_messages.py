"""What the server says of a shop's list that comes over the network in parts.

Owns the wire types: plain values of JSON types, which a server publishes and the organizer's window checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST_PART_BYTES = 1024 * 1024
MOST_PARTS = 512
MAX_FILE_BYTES = 256 * 1024 * 1024


NOT_UTF8 = "the file is not UTF-8; it was read as Windows-1252: check the names, or export it as 'CSV UTF-8'"
MISSING_UNSURE = "some rows can't be read, so nobody can say which tickets are missing: mend them first"
"""Remarks of a report, word for word: whoever speaks another language knows them again."""


class JobState(StrEnum):
    """Where a job is: it takes parts, is being looked at, has been, is being taken over, is done or can't be."""

    OPEN = "open"
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"


class RowFlaw(StrEnum):
    """Why a row can't be used, or a scanned code is none of a list's: for whoever says it in another language.

    What it is about (a line, a word, a number of digits) is told beside it.
    """

    OTHER = "other"  # the cause and the cure say it
    SPOILED = "spoiled"
    LOST_ZEROS = "lost_zeros"
    TOO_LONG = "too_long"
    NO_TEXT = "no_text"
    STATUS = "status"
    TIME = "time"
    WINDOW = "window"
    NO_CLASS = "no_class"
    NO_KEY = "no_key"
    NO_CSV = "no_csv"
    REFERENCE_TWICE = "reference_twice"
    REFERENCE_TAKEN = "reference_taken"
    REFERENCE_WRONG = "reference_wrong"
    CODE_TWICE = "code_twice"
    CODE_TAKEN = "code_taken"
    NO_SOUND_T1 = "no_sound_t1"
    ONLY_T1 = "only_t1"
    FOREIGN_SEAL = "foreign_seal"
    WRONG_SEAL = "wrong_seal"
    NO_ADAPTER = "no_adapter"
    NO_ROW = "no_row"
    NOT_IN_HEAD = "not_in_head"
    REFUSED_ROW = "refused_row"


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One import as its sender sees it. `parts` is how many have come; `report` what it would do or did."""

    id: str
    source: str
    state: JobState
    parts: int
    done: int
    rows: int
    report: Mapping[str, Any] | None
    made_ms: int
    is_stalled: bool


@dataclass(frozen=True, slots=True)
class SampleReply:
    """Which row of a list a scanned ticket belongs to; `line` is None where none does: then why, and the cure.

    The file's first line is 1. Who sent the file knows the names in it.
    """

    line: int | None
    external_ref: str | None = None
    class_name: str = ""
    name: str = field(default="", repr=False)
    is_canceled: bool = False
    cause: str = ""
    cure: str = ""
    flaw: RowFlaw = RowFlaw.OTHER
    about: str = ""

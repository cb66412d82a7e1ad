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


class JobState(StrEnum):
    """Where a job is: it takes parts, is being looked at, has been, is being taken over, is done or can't be."""

    OPEN = "open"
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"


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

"""How a shop's list goes to a server over a bad link: what to do next, as a table over where the import stands.

Owns the size of a part, the name of an import, and the next move; whoever makes the moves owns the file and the clock.
The server's word alone says how far an import is. Every move may be repeated, and a list that is chosen again goes on
where it stopped: an import is named after its event, its bytes and what is wanted of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID, uuid5

from core.model.backing_off import doubled
from core.model.ids import EventId
from core.sync.import_messages import MAX_FILE_BYTES, MOST_PART_BYTES, MOST_PARTS, ImportJob, JobState, RowFlaw
from core.sync.shop_columns import Preset

USUAL_PART_BYTES = 128 * 1024
"""A part is lost with its connection: at 1 Mbit/s this one costs a second."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 15.0
LOOK_S = 0.4
"""Between two looks at a job that the server works on."""
WAITED_LOOK_S = 2.0
QUICK_LOOKS = 25
"""After so many looks it is asked less often."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a list: whose it is, and how it is read. `columns` as the server takes them."""

    source: str
    preset: Preset = Preset.DOORLIGHT
    columns: tuple[str, ...] = ()
    cancel_missing: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as it is sent: its size and its SHA-256."""

    size: int
    sha256: bytes

    @property
    def part_bytes(self) -> int:
        """How large each part is: the same whenever the same file is sent."""
        least = -(-self.size // MOST_PARTS)
        return min(MOST_PART_BYTES, max(USUAL_PART_BYTES, least))

    @property
    def parts(self) -> int:
        """How many there are."""
        return max(1, -(-self.size // self.part_bytes))

    @property
    def is_sendable(self) -> bool:
        """Whether a server takes a file of this size."""
        return 0 < self.size <= MAX_FILE_BYTES


def name_of(event: EventId, parcel: Parcel, wanted: Wanted) -> UUID:
    """The id of an import: the same for the same bytes and the same wishes."""
    wish = "\x1f".join((wanted.source, wanted.preset, *wanted.columns, str(wanted.cancel_missing)))
    return uuid5(event, f"import/{parcel.sha256.hex()}/{wish}")


class Goal(StrEnum):
    """How far an import is to go by itself; what a person has not agreed to is not done."""

    PREVIEW = "preview"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class SendPart:
    """Send this part, from 0."""

    number: int


class Move(StrEnum):
    """The moves that need no number."""

    BEGIN_ANEW = "begin_anew"  # an earlier import of the very same list is over: forget it, begin another
    LOOK_THROUGH = "look_through"  # ask for the preview
    TAKE_OVER = "take_over"  # ask for the import itself
    LOOK_AGAIN = "look_again"  # the server works on it: ask how far it is
    REST = "rest"  # it is where it was to go
    GIVE_UP = "give_up"  # the server could not do it, and says why
    NEED_FILE = "need_file"  # parts are missing, and their file is not at hand


NextMove: TypeAlias = SendPart | Move


def next_move(job: ImportJob, goal: Goal, parcel: Parcel | None, *, is_first: bool = False) -> NextMove:
    """What to do about an import that stands so.

    `parcel`: None where the file is not at hand. `is_first`: this is the first look at it since somebody chose the
    file, so that one which is over already belongs to an earlier time.
    """
    if is_first and job.state in {JobState.DONE, JobState.FAILED} and parcel is not None:
        return Move.BEGIN_ANEW
    if is_first and job.state is JobState.PREVIEWED:
        return Move.LOOK_THROUGH  # what was found then may not be so any more
    match job.state:
        case JobState.OPEN if parcel is None:
            return Move.NEED_FILE
        case JobState.OPEN if parcel is not None and job.parts < parcel.parts:
            return SendPart(job.parts)
        case JobState.OPEN:
            return Move.LOOK_THROUGH
        case JobState.PREVIEWING | JobState.APPLYING if not job.is_stalled:
            return Move.LOOK_AGAIN
        case JobState.PREVIEWING:
            return Move.LOOK_THROUGH
        case JobState.APPLYING:
            return Move.TAKE_OVER
        case JobState.PREVIEWED:
            return Move.REST if goal is Goal.PREVIEW else Move.TAKE_OVER
        case JobState.DONE:
            return Move.REST
        case JobState.FAILED:
            return Move.GIVE_UP


def pause_s(failures: int, retry_after_s: float | None = None) -> float:
    """How long to wait after so many failures in a row, in seconds; at least what the server asked for."""
    usual = doubled(FIRST_PAUSE_S, failures - 1, LONGEST_PAUSE_S)
    return max(usual, retry_after_s or 0.0)


def look_pause_s(looks: int) -> float:
    """How long to wait before the next look at a job that the server works on."""
    return LOOK_S if looks < QUICK_LOOKS else WAITED_LOOK_S


# --- the report ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be used: its line, what is wrong, the cure; `flaw` and `about` for other languages."""

    line: int
    cause: str
    cure: str
    external_ref: str | None = None
    flaw: RowFlaw = RowFlaw.OTHER
    about: str = ""


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that changes, cancels or restores a ticket. `line` is None where the list does not have the ticket."""

    line: int | None
    external_ref: str | None
    parts: tuple[str, ...] = ()
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an import would do, or did: counts, and the first rows of those that a person looks at.

    `spared` were called off by the list and left as they are; `issued` have a new code to hand out; `adopted` are scans
    that had waited for their ticket. `cause` and `cure` are there where it could not be done.
    """

    new: int = 0
    guests: int = 0
    unchanged: int = 0
    changed: int = 0
    canceled: int = 0
    restored: int = 0
    refused: int = 0
    spared: int = 0
    issued: int = 0
    adopted: int = 0
    first_refused: tuple[BadRow, ...] = ()
    first_changed: tuple[ChangedRow, ...] = ()
    first_canceled: tuple[ChangedRow, ...] = ()
    first_restored: tuple[ChangedRow, ...] = ()
    notes: tuple[str, ...] = ()
    cause: str = ""
    cure: str = ""

    @property
    def used(self) -> int:
        """How many of the rows that are told had an entry already: they keep it."""
        return sum(row.is_used for row in (*self.first_changed, *self.first_canceled))

    @property
    def has_work(self) -> bool:
        """Whether taking it over would do anything, cancels included."""
        return bool(self.new or self.changed or self.canceled or self.restored)


def columns_said(columns: Sequence[tuple[str, str]], classes: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What a person said over a preset, as the server takes it: (field, header) and (product, class)."""
    fields = [f"{field}={header}" for field, header in columns]
    return tuple(fields + [f"class:{product}={name}" for product, name in classes])

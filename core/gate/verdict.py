"""The verdict: what a door says about one presentation, with its evidence.

Owns the values that a window shows and a journal keeps. Refuses texts, colours and sounds: those follow from the
outcome's row and the words of a language.
"""

from dataclasses import dataclass

from core.model.attention import AttentionItem
from core.model.ids import FactId
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, Source, is_admission
from core.model.questions import Question


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the decision rests on."""

    source: Source
    quality: ClockQuality
    snapshot_age_ms: int | None
    """Age of the manifest that was used; None when there is none."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Nothing more to tell than the outcome itself."""


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket that may enter, leave or be acted upon."""

    class_name: str
    entry_number: int
    entries_allowed: int
    attention: tuple[AttentionItem, ...] = ()


@dataclass(frozen=True, slots=True)
class AskDetail:
    """What the guest is to be asked before they go in."""

    class_name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class WordDetail:
    """A person's word over the door's: whose, and why (the code of a reason)."""

    class_name: str
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class UsedDetail:
    """The admission that used the ticket up: `first_ms`, its gate, its device, and how long ago as the kiosk counts."""

    class_name: str
    first_ms: Millis
    gate: str
    device: str
    here: bool
    ago_ms: int


@dataclass(frozen=True, slots=True)
class WindowDetail:
    """When the ticket is valid, unix seconds."""

    class_name: str
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True)
class GateDetail:
    """The gates that take this ticket, by name."""

    class_name: str
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassDetail:
    """A refusal that concerns a known class of ticket."""

    class_name: str


@dataclass(frozen=True, slots=True)
class ForeignDetail:
    """What a code that is none of ours says: escaped ASCII, at most 80 characters, never opened."""

    escaped: str


@dataclass(frozen=True, slots=True)
class FaultDetail:
    """The program itself failed over this guest: nobody knows more."""


Detail = (
    Plain
    | TicketDetail
    | AskDetail
    | WordDetail
    | UsedDetail
    | WindowDetail
    | GateDetail
    | ClassDetail
    | ForeignDetail
    | FaultDetail
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the door says about one presentation; `scan_id` is None where nothing was or could be recorded."""

    outcome: Outcome
    detail: Detail
    evidence: Evidence
    scan_id: FactId | None
    at_ms: Millis

    @property
    def is_admission(self) -> bool:
        """Whether a guest goes in on this verdict."""
        return is_admission(self.outcome)

"""What the start window knows: which programs run here, and what a person has to be told or asked.

Owns the values. A program's life is one `Leg` after the other; nothing in here is kept on any disk, and the one-time
password least of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Part(StrEnum):
    """The programs that the start window starts, in the order in which they are shown."""

    SERVER = "server"
    ORGANIZER = "organizer"
    KIOSK = "kiosk"
    DEMO = "demo"


class Leg(StrEnum):
    """Where a program is in its life."""

    OFF = "off"
    CHECKING = "checking"  # what it needs is being looked at and made
    STARTING = "starting"
    RUNNING = "running"
    ELSEWHERE = "elsewhere"  # it runs, and somebody else has started it
    ENDING = "ending"
    ENDED = "ended"  # by itself or because it was asked to, and orderly
    FAILED = "failed"


ALIVE = frozenset({Leg.CHECKING, Leg.STARTING, Leg.RUNNING, Leg.ENDING})
"""Legs in which a program is ours to end."""


class Cure(StrEnum):
    """What helps where a program did not start, beside the sentence that says why."""

    TRY_AGAIN = "try_again"
    OTHER_PORT = "other_port"  # listen on another port
    THAT_SERVER = "that_server"  # use the server that runs already


@dataclass(frozen=True, slots=True)
class PartState:
    """One program. `told`: what it said last, or the sentence that says why it stopped and what helps."""

    leg: Leg = Leg.OFF
    told: str = ""
    cures: tuple[Cure, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server is reached: from this computer, from others, and what its authority is known by."""

    url: str
    addresses: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class FirstOwner:
    """The one-time password of a new installation: shown until somebody has noted it, kept nowhere else."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DoorHere:
    """The kiosk that this computer is."""

    name: str
    gate: str
    event_name: str


@dataclass(frozen=True, slots=True)
class GateHere:
    """A gate that this computer could be a door of."""

    id: str
    name: str


class Stage(StrEnum):
    """Where an event is in its life, by the server's clock."""

    ON = "on"
    COMING = "coming"
    OVER = "over"  # and its doors go on for a while


@dataclass(frozen=True, slots=True)
class EventHere:
    """An event whose door this computer could be, with its gates, one or more. Instants are unix milliseconds."""

    id: str
    name: str
    stage: Stage
    starts_ms: int
    ends_ms: int
    time_zone: str
    gates: tuple[GateHere, ...]


class Asked(StrEnum):
    """What a person is being asked."""

    EVENT = "event"  # of which event this computer shall be a door
    GATE = "gate"  # at which of its gates
    ENROL = "enrol"  # whether this computer shall be a door of its own server
    CLOSE = "close"  # whether to end what runs


@dataclass(frozen=True, slots=True)
class StartState:
    """Everything that the window shows. `held_by`: the process of a start window that is open already.

    `events` are those that are offered, the likeliest first; `event` and `gate` are what was chosen of them.
    """

    parts: Mapping[Part, PartState] = field(default_factory=dict)
    served: Served | None = None
    owner: FirstOwner | None = None
    is_copied: bool = False
    report: Path | None = None
    door: DoorHere | None = None
    events: tuple[EventHere, ...] = ()
    event: EventHere | None = None
    gate: GateHere | None = None
    asked: Asked | None = None
    held_by: str = ""

    def part(self, part: Part) -> PartState:
        """One program's state."""
        return self.parts.get(part, PartState())

    @property
    def alive(self) -> tuple[Part, ...]:
        """What runs and is ours to end."""
        return tuple(part for part in Part if self.part(part).leg in ALIVE)

"""What is still missing before the doors of an event open.

Owns the one closed table of steps: each is done, or lacks one thing that somebody can see to. Pure: what is known comes
in, what nobody may see or nobody has answered yet is None and says so of itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.gate.operators import DoorRole
from core.model.codes import CodeMode
from core.model.moments import Millis
from core.sync.messages import EventRow, OperatorReply


class Step(StrEnum):
    """What is seen to before doors, in the order in which it is done."""

    DATES = "dates"
    GATES = "gates"
    CLASSES = "classes"
    CODES = "codes"
    TICKETS = "tickets"
    STAFF = "staff"
    KIOSKS = "kiosks"


class Lack(StrEnum):
    """What a step lacks."""

    OVER = "over"  # the event has ended
    NO_GATE = "no_gate"
    NO_CLASS = "no_class"
    CLASS_WITHOUT_GATE = "class_without_gate"  # nobody with such a ticket comes in anywhere
    CLASS_WITHOUT_DAY = "class_without_day"
    OLD_CODES_END_EARLY = "old_codes_end_early"  # a migration ends before the event does
    NO_TICKET = "no_ticket"
    NO_STAFF = "no_staff"
    NO_SUPERVISOR = "no_supervisor"  # nobody could overrule a door
    NO_KIOSK = "no_kiosk"
    GATE_WITHOUT_KIOSK = "gate_without_kiosk"


NAMED = frozenset({Lack.CLASS_WITHOUT_GATE, Lack.CLASS_WITHOUT_DAY, Lack.GATE_WITHOUT_KIOSK})
"""Those that are of one gate or class."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event. `kiosks`: those in use at each gate; None: not known (yet)."""

    event: EventRow
    tickets: int
    now_ms: Millis
    staff: Sequence[OperatorReply] | None = None
    kiosks: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What a step lacks, and of which gate or class."""

    lack: Lack
    name: str = ""


class _Unknown:
    """A step of which nothing is known."""


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class StepState:
    """How a step stands. `is_known` false: nobody has answered yet, or whoever looks may not see it."""

    step: Step
    missing: Missing | None = None
    is_known: bool = True

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing, for certain."""
        return self.is_known and self.missing is None


@dataclass(frozen=True, slots=True)
class Preparation:
    """All steps, each once, in their order."""

    steps: tuple[StepState, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(each.is_done for each in self.steps)

    @property
    def next(self) -> StepState | None:
        """The first step that lacks something."""
        return next((each for each in self.steps if each.missing is not None), None)

    @property
    def is_ready(self) -> bool:
        """Whether doors may open."""
        return self.done == len(self.steps)

    def of(self, step: Step) -> StepState:
        """How one step stands."""
        return next(each for each in self.steps if each.step is step)


def preparation_of(known: Known) -> Preparation:
    """How every step stands."""
    return Preparation(tuple(_state(step, known) for step in Step))


def _state(step: Step, known: Known) -> StepState:
    found = _TABLE[step](known)
    return StepState(step, is_known=False) if isinstance(found, _Unknown) else StepState(step, found)


def _dates(known: Known) -> Missing | None:
    return Missing(Lack.OVER) if known.event.ends_ms <= known.now_ms else None


def _gates(known: Known) -> Missing | None:
    return None if known.event.gates else Missing(Lack.NO_GATE)


def _classes(known: Known) -> Missing | None:
    if not any(each.opens_doors for each in known.event.classes):
        return Missing(Lack.NO_CLASS)
    for each in known.event.classes:
        if each.opens_doors and each.gates == []:
            return Missing(Lack.CLASS_WITHOUT_GATE, each.name)
        if each.opens_doors and each.dates == []:
            return Missing(Lack.CLASS_WITHOUT_DAY, each.name)
    return None


def _codes(known: Known) -> Missing | None:
    codes, until_ms = known.event.codes, known.event.codes.legacy_until_ms
    ends_early = codes.mode == CodeMode.MIGRATING and until_ms is not None and until_ms < known.event.ends_ms
    return Missing(Lack.OLD_CODES_END_EARLY) if ends_early else None


def _tickets(known: Known) -> Missing | None:
    return None if known.tickets else Missing(Lack.NO_TICKET)


def _staff(known: Known) -> Missing | _Unknown | None:
    if known.staff is None:
        return UNKNOWN
    working = [each for each in known.staff if each.is_active]
    if not working:
        return Missing(Lack.NO_STAFF)
    leads = any(each.role is DoorRole.SUPERVISOR for each in working)
    return None if leads else Missing(Lack.NO_SUPERVISOR)


def _kiosks(known: Known) -> Missing | _Unknown | None:
    if known.kiosks is None:
        return UNKNOWN
    if not sum(known.kiosks.values()):
        return Missing(Lack.NO_KIOSK)
    bare = next((gate for gate in known.event.gates if not known.kiosks.get(gate.id)), None)
    return None if bare is None else Missing(Lack.GATE_WITHOUT_KIOSK, bare.name)


_TABLE: dict[Step, Callable[[Known], Missing | _Unknown | None]] = {
    Step.DATES: _dates,
    Step.GATES: _gates,
    Step.CLASSES: _classes,
    Step.CODES: _codes,
    Step.TICKETS: _tickets,
    Step.STAFF: _staff,
    Step.KIOSKS: _kiosks,
}

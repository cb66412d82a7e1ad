"""Who comes to the demo's two doors, in which order, and what should happen to each.

Owns the script of the night as plain values. The seed decides the order within a phase; the phases are fixed, because
the ticket that is shown at both doors must be shown while they are apart.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.model.outcomes import Outcome


class Phase(StrEnum):
    """What the network is like."""

    ONLINE = "online"
    CUT = "cut"
    BACK = "back"


class Kind(StrEnum):
    """What a guest holds up."""

    GENUINE = "genuine"
    USED = "used"
    FORGED = "forged"
    EXPIRED = "expired"
    WRONG_EVENT = "wrong_event"
    NOT_A_TICKET = "not_a_ticket"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest: at which door (0 or 1), in which phase, with which code, and the outcomes that would be right."""

    door: int
    phase: Phase
    kind: Kind
    text: str
    right: frozenset[Outcome]


@dataclass(frozen=True, slots=True)
class Codes:
    """What the guests have in their pockets; `genuine` are taken one after the other."""

    genuine: Sequence[str]
    expired: Sequence[str]
    wrong_event: Sequence[str]


_ADMITTED = frozenset({Outcome.ADMITTED, Outcome.ADMITTED_OFFLINE})
_RIGHT: dict[Kind, frozenset[Outcome]] = {
    Kind.GENUINE: _ADMITTED,
    Kind.SHARED: _ADMITTED,
    Kind.USED: frozenset({Outcome.ALREADY_USED}),
    Kind.FORGED: frozenset({Outcome.BAD_SIGNATURE}),
    Kind.EXPIRED: frozenset({Outcome.TOO_LATE}),
    Kind.WRONG_EVENT: frozenset({Outcome.WRONG_EVENT}),
    Kind.NOT_A_TICKET: frozenset({Outcome.NOT_A_TICKET}),
}
_K = Kind
_SCRIPT: dict[Phase, tuple[Kind, ...]] = {
    Phase.ONLINE: (_K.GENUINE,) * 5 + (_K.FORGED, _K.EXPIRED, _K.WRONG_EVENT, _K.NOT_A_TICKET, _K.USED),
    Phase.CUT: (_K.GENUINE,) * 4 + (_K.SHARED, _K.FORGED, _K.USED),
    Phase.BACK: (_K.GENUINE,) * 2 + (_K.USED,),
}
"""What each door sees in each phase."""

DOORS = 2
GENUINE_NEEDED = DOORS * sum(kinds.count(Kind.GENUINE) for kinds in _SCRIPT.values()) + 1


def night(codes: Codes, seed: int) -> list[Guest]:
    """Every guest, in order of phase; each door's guests come in the order of the list.

    A used ticket is one that the same door let in before. Raises ValueError when there are too few genuine codes.
    """
    if len(codes.genuine) < GENUINE_NEEDED:
        raise ValueError(f"the night needs {GENUINE_NEEDED} genuine codes")
    chance = random.Random(seed)  # noqa: S311 — a script, not a secret
    fresh = iter(codes.genuine)
    shared = next(fresh)
    guests: list[Guest] = []
    for phase, kinds in _SCRIPT.items():
        for door in range(DOORS):
            admitted: list[str] = []
            for kind in _shuffled(kinds, chance):
                text = _text(kind, door, codes, admitted, shared) if kind is not Kind.GENUINE else next(fresh)
                if kind is Kind.GENUINE:
                    admitted.append(text)
                guests.append(Guest(door, phase, kind, text, _RIGHT[kind]))
    return guests


def _shuffled(kinds: Sequence[Kind], chance: random.Random) -> list[Kind]:
    """The kinds in a random order, the used ones last: something must have been used before, and not just now."""
    first = [kind for kind in kinds if kind is not Kind.USED]
    chance.shuffle(first)
    return first + [kind for kind in kinds if kind is Kind.USED]


def _text(kind: Kind, door: int, codes: Codes, admitted: Sequence[str], shared: str) -> str:
    match kind:
        case Kind.SHARED:
            return shared
        case Kind.FORGED:
            return _forged(admitted[0] if admitted else shared)
        case Kind.EXPIRED:
            return codes.expired[door % len(codes.expired)]
        case Kind.WRONG_EVENT:
            return codes.wrong_event[door % len(codes.wrong_event)]
        case Kind.NOT_A_TICKET:
            return f"https://example.org/menu?table={door + 1}"
        case _:
            return admitted[0]


def _forged(text: str) -> str:
    """The same ticket with another seal."""
    return text[:-1] + ("A" if text[-1] != "A" else "B")

"""Who comes to the demo's two doors, in which order, and what should happen to each.

Owns the script of the night as plain values. The seed decides the order within a phase; the phases are fixed, because
the ticket that is shown at both doors must be shown while they are apart.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.model.outcomes import Outcome
from core.ticket.issue import with_proof


class Phase(StrEnum):
    """What the network is like."""

    ONLINE = "online"
    CUT = "cut"
    BACK = "back"


class Picture(StrEnum):
    """What there is a picture of at a door."""

    ADMIT = "admit"
    DENY = "deny"
    OFFLINE = "offline"


class Kind(StrEnum):
    """What a guest holds up."""

    GENUINE = "genuine"
    USED = "used"
    FORGED = "forged"
    EXPIRED = "expired"
    WRONG_EVENT = "wrong_event"
    NOT_A_TICKET = "not_a_ticket"
    SHARED = "shared"
    OLD_CODE = "old code"
    LIVE = "live"
    SCREENSHOT = "screenshot"
    NEW_KEY = "new key"


@dataclass(frozen=True, slots=True)
class Live:
    """A rotating ticket on its guest's phone: the sealed text and the 20-byte secret behind its digits."""

    text: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest: at which door (0 or 1), in which phase, with which code, and the outcomes that would be right.

    `secret` is there for a rotating code, which was taken `age_s` seconds before it is held up. `number` counts the
    guests with a ticket of the key that is new.
    """

    door: int
    phase: Phase
    kind: Kind
    text: str
    right: frozenset[Outcome]
    secret: bytes | None = field(default=None, repr=False)
    age_s: int = 0
    number: int = 0

    def shows_at(self, now_s: int, new_key: Sequence[str]) -> str:
        """The text that the guest holds up at a unix second; `new_key` are the tickets of the new key."""
        if self.kind is Kind.NEW_KEY:
            return new_key[self.number]
        return self.text if self.secret is None else with_proof(self.text, self.secret, now_s - self.age_s)


@dataclass(frozen=True, slots=True)
class Codes:
    """What the guests have in their pockets; `genuine`, `old` and `live` are taken one after the other."""

    genuine: Sequence[str]
    expired: Sequence[str]
    wrong_event: Sequence[str]
    old: Sequence[str]
    live: Sequence[Live]


_ADMITTED = frozenset({Outcome.ADMITTED, Outcome.ADMITTED_OFFLINE})
_RIGHT: dict[Kind, frozenset[Outcome]] = {
    Kind.GENUINE: _ADMITTED,
    Kind.SHARED: _ADMITTED,
    Kind.USED: frozenset({Outcome.ALREADY_USED}),
    Kind.FORGED: frozenset({Outcome.BAD_SIGNATURE}),
    Kind.EXPIRED: frozenset({Outcome.TOO_LATE}),
    Kind.WRONG_EVENT: frozenset({Outcome.WRONG_EVENT}),
    Kind.NOT_A_TICKET: frozenset({Outcome.NOT_A_TICKET}),
    Kind.OLD_CODE: frozenset({Outcome.LEGACY_ADMITTED}),
    Kind.LIVE: _ADMITTED,
    Kind.SCREENSHOT: frozenset({Outcome.REPLAYED_CODE}),
    Kind.NEW_KEY: frozenset({Outcome.UNKNOWN_KEY}),
}
_K = Kind
_SCRIPT: dict[Phase, tuple[Kind, ...]] = {
    Phase.ONLINE: (_K.GENUINE,) * 4
    + (_K.OLD_CODE, _K.LIVE, _K.FORGED, _K.EXPIRED, _K.WRONG_EVENT, _K.NOT_A_TICKET, _K.SCREENSHOT, _K.USED),
    Phase.CUT: (_K.GENUINE,) * 3 + (_K.SHARED, _K.OLD_CODE, _K.LIVE, _K.FORGED, _K.NEW_KEY, _K.USED),
    Phase.BACK: (_K.GENUINE, _K.NEW_KEY, _K.USED),
}
"""What each door sees in each phase."""
_IN_FRONT = frozenset(
    {_K.GENUINE, _K.OLD_CODE, _K.LIVE, _K.SHARED, _K.FORGED, _K.EXPIRED, _K.WRONG_EVENT, _K.NOT_A_TICKET}
)
"""Who comes in any order; the others need somebody before them."""

DOORS = 2
SCREENSHOT_AGE_S = 600


def needed(kind: Kind) -> int:
    """How many guests of a kind come to all doors."""
    return DOORS * sum(kinds.count(kind) for kinds in _SCRIPT.values())


GENUINE_NEEDED = needed(Kind.GENUINE) + 1


def night(codes: Codes, seed: int) -> list[Guest]:
    """Every guest, in order of phase; each door's guests come in the order of the list.

    A used ticket is one that the same door let in before, a screenshot one of a live ticket. A ticket of the new key is
    unknown while the network is cut, and let in when it is back. Raises ValueError when there are too few codes.
    """
    if len(codes.genuine) < GENUINE_NEEDED or len(codes.old) < needed(_K.OLD_CODE) or len(codes.live) < needed(_K.LIVE):
        raise ValueError(f"the night needs {GENUINE_NEEDED} genuine codes, and enough old and live ones")
    script = _Script(codes, random.Random(seed))  # noqa: S311 — a script, not a secret
    return [
        guest
        for phase, kinds in _SCRIPT.items()
        for door in range(DOORS)
        for guest in script.guests(phase, door, kinds)
    ]


class _Script:
    """Hands out the codes, each once."""

    def __init__(self, codes: Codes, chance: random.Random) -> None:
        self._codes = codes
        self._chance = chance
        self._fresh = iter(codes.genuine)
        self._shared = next(self._fresh)
        self._old = iter(codes.old)
        self._live = iter(codes.live)
        self._new_key = 0

    def guests(self, phase: Phase, door: int, kinds: Sequence[Kind]) -> list[Guest]:
        """One door's guests of one phase."""
        admitted: list[str] = []
        shown: list[Live] = []
        return [self._guest(phase, door, kind, admitted, shown) for kind in _shuffled(kinds, self._chance)]

    def _guest(self, phase: Phase, door: int, kind: Kind, admitted: list[str], shown: list[Live]) -> Guest:
        right = _ADMITTED if kind is Kind.NEW_KEY and phase is Phase.BACK else _RIGHT[kind]
        guest = Guest(door, phase, kind, "", right)
        match kind:
            case Kind.GENUINE:
                admitted.append(next(self._fresh))
                return replace(guest, text=admitted[-1])
            case Kind.LIVE:
                shown.append(next(self._live))
                return replace(guest, text=shown[-1].text, secret=shown[-1].secret)
            case Kind.SCREENSHOT:
                return replace(guest, text=shown[0].text, secret=shown[0].secret, age_s=SCREENSHOT_AGE_S)
            case Kind.OLD_CODE:
                return replace(guest, text=next(self._old))
            case Kind.NEW_KEY:
                self._new_key += 1
                return replace(guest, number=self._new_key - 1)
            case _:
                return replace(guest, text=_text(kind, door, self._codes, admitted, self._shared))


def _shuffled(kinds: Sequence[Kind], chance: random.Random) -> list[Kind]:
    """The kinds in a random order; those who need somebody before them come last, and not just after."""
    first = [kind for kind in kinds if kind in _IN_FRONT]
    chance.shuffle(first)
    return first + [kind for kind in kinds if kind not in _IN_FRONT]


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

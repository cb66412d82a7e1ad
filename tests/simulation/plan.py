"""What a night holds, drawn from its seed: who comes where, what breaks when, what the organizer does.

Owns the plan as data. A night is made of its plan alone, so that one which fails can be tried again with less in it.
Chance while the plan is carried out (how long a packet takes) is drawn per kiosk from the same seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from tests.simulation.estate import MOST_KIOSKS, NORTH, STRANGERS, TICKETS, GateId

COUNT_OF_TICKETS = sum(TICKETS.values())
DOORS_MS = 90_000
"""How long guests come; then everything heals and the queues drain."""
GUESTS = (6, 60)
POOL = (3, COUNT_OF_TICKETS)
"""How many tickets a night's guests share: with few of them, every door meets the same ones."""
T = TypeVar("T")


class Fault(StrEnum):
    """What may break."""

    CUT = "cut"  # a kiosk's link is gone
    STORM = "storm"  # its packets are lost, late, doubled, out of order
    CRASH = "crash"  # a kiosk stops between two steps, or in the middle of a commit
    DISK_FULL = "disk full"  # a kiosk can't write
    DAMAGE = "damaged journal"  # it crashes, and a piece of its database is gone
    CLOCK = "clock"  # somebody sets a kiosk's wall clock
    SERVER_CRASH = "server crash"  # before or after a commit
    SERVER_DOWN = "server down"
    SERVER_BUSY = "server busy"  # it answers 503
    PORTAL = "captive portal"  # something else answers in the server's place, with a page and a status of its own
    POISON = "poison"  # a kiosk's queue holds a record that this server can't read
    LIE = "lie"  # a kiosk says what another one's door showed
    RESTORE = "restored server"  # the ledger is lost, and an older one comes back from a backup


class Act(StrEnum):
    """What the organizer does meanwhile."""

    CANCEL = "cancel"
    BLOCK = "block"
    REISSUE = "reissue"
    ROTATE = "rotate key"
    IMPORT = "import"
    REPLACE = "replace kiosk"
    REVOKE = "revoke kiosk"


class Staff(StrEnum):
    """What the people at the door do about a verdict."""

    NOTHING = "nothing"
    UNDO = "undo"  # of an admission or an exit
    OVERRIDE = "override"  # of a refusal


@dataclass(frozen=True)
class Visit:
    """Somebody holds a ticket in front of a kiosk. `edition`: 0 for the text first sold, 1 for the newest."""

    at_ms: int
    kiosk: int
    ticket: int
    edition: int = 0
    staff: Staff = Staff.NOTHING

    @property
    def is_stranger(self) -> bool:
        """Whether the ledger may not know the ticket yet."""
        return self.ticket >= COUNT_OF_TICKETS


@dataclass(frozen=True)
class Break:
    """A fault: from when, for how long, where (a kiosk's number), and a number that says more.

    Of a restored server that is when the backup was made.
    """

    at_ms: int
    fault: Fault
    kiosk: int = 0
    span_ms: int = 0
    detail: int = 0


@dataclass(frozen=True)
class Deed:
    """Something that the organizer does: to which ticket, or kiosk."""

    at_ms: int
    act: Act
    about: int = 0


@dataclass(frozen=True)
class Door:
    """A kiosk of the night. Drift in ppm, offset of its wall clock in ms; `asks_every_ms`: for a newer manifest.

    `is_eager`: it uploads after each guest, as it should; the others only look every 5 s, and send larger batches.
    """

    is_exit: bool = False
    offset_ms: int = 0
    drift_ppm: int = 0
    is_synced: bool = True
    asks_every_ms: int = 40_000
    is_eager: bool = True


@dataclass(frozen=True)
class Plan:
    """A whole night."""

    seed: int
    doors: tuple[Door, ...]
    visits: tuple[Visit, ...]
    breaks: tuple[Break, ...]
    deeds: tuple[Deed, ...]

    def __str__(self) -> str:
        kinds = ", ".join(sorted({each.fault.value for each in self.breaks} | {each.act.value for each in self.deeds}))
        return f"{len(self.doors)} kiosks, {len(self.visits)} presentations; {kinds or 'nothing breaks'}"


def plan_of(seed: int) -> Plan:
    """The night of a seed."""
    draw = random.Random(f"plan {seed}")
    doors = tuple(_door(draw, number) for number in range(draw.randint(2, MOST_KIOSKS)))
    visits = sorted(_visits(draw, doors), key=lambda visit: visit.at_ms)
    breaks = sorted(_breaks(draw, len(doors)), key=lambda each: each.at_ms)
    deeds = sorted(_deeds(draw, len(doors)), key=lambda each: each.at_ms)
    if draw.random() < 0.12:
        breaks.append(
            Break(draw.randrange(DOORS_MS // 2, DOORS_MS), Fault.RESTORE, 0, 2_000, draw.randrange(DOORS_MS // 2))
        )
        deeds = [each for each in deeds if each.act in LIVES_ON]
    return Plan(seed, doors, tuple(visits), tuple(breaks), tuple(deeds))


def _door(draw: random.Random, number: int) -> Door:
    return Door(
        is_exit=number >= 2 and draw.random() < 0.2,
        offset_ms=draw.choice([0, 0, 0, 700, -900, 30_000, -45_000, 3_600_000, -3_600_000, -50 * 365 * 86_400_000]),
        drift_ppm=draw.choice([0, 0, 20, -50, 90]),
        is_synced=draw.random() < 0.7,
        asks_every_ms=draw.choice([15_000, 60_000, 1_000_000, 1_000_000, 1_000_000]),
        is_eager=draw.random() < 0.35,
    )


def _visits(draw: random.Random, doors: tuple[Door, ...]) -> Iterator[Visit]:
    """Each guest once; some again: a copy of the ticket at another door, the same one twice, out and in."""
    pool = draw.sample(range(COUNT_OF_TICKETS), draw.randint(*POOL))
    for _ in range(draw.randint(*GUESTS)):
        is_stranger = draw.random() < 0.04
        ticket = COUNT_OF_TICKETS + draw.randrange(STRANGERS) if is_stranger else draw.choice(pool)
        at_ms = draw.randrange(DOORS_MS)
        kiosk = draw.randrange(len(doors))
        yield _visit(draw, at_ms, kiosk, ticket)
        while draw.random() < 0.3:
            if draw.random() < 0.5:
                kiosk = draw.randrange(len(doors))
            at_ms += draw.choice([0, 40, 300, 900, 5_000, 20_000])
            yield _visit(draw, at_ms, kiosk, ticket)


def _visit(draw: random.Random, at_ms: int, kiosk: int, ticket: int) -> Visit:
    staff = draw.choices(list(Staff), [90, 5, 5])[0]
    return Visit(at_ms, kiosk, ticket, int(draw.random() < 0.5), staff)


def _breaks(draw: random.Random, doors: int) -> Iterator[Break]:
    """From a quiet night to one where everything goes wrong."""
    for _ in range(draw.choice([0, 1, 3, 6, 10])):
        fault = draw.choice(_LIKELY)
        kiosk = draw.randrange(doors)
        span_ms = draw.choice([500, 3_000, 15_000, 60_000])
        detail = draw.randrange(12)
        if fault is Fault.CLOCK:
            detail = draw.choice([-3_600_000, -20_000, -1_500, 1_500, 20_000, 3_600_000, 400 * 86_400_000])
        yield Break(draw.randrange(DOORS_MS), fault, kiosk, span_ms, detail)


_LIKELY = [
    *[Fault.CUT] * 4,
    *[Fault.STORM] * 4,
    *[Fault.CRASH] * 4,
    Fault.DISK_FULL,
    Fault.DAMAGE,
    *[Fault.CLOCK] * 2,
    *[Fault.SERVER_CRASH] * 2,
    Fault.SERVER_DOWN,
    Fault.SERVER_BUSY,
    Fault.PORTAL,
    Fault.POISON,
    Fault.LIE,
]


_ABOUT_KIOSKS = (Act.REPLACE, Act.REVOKE)
_LIKELY_DEEDS = [
    *[Act.CANCEL] * 4,
    Act.BLOCK,
    *[Act.REISSUE] * 2,
    Act.ROTATE,
    *[Act.IMPORT] * 2,
    *_ABOUT_KIOSKS,
]


LIVES_ON = {Act.CANCEL, Act.BLOCK, Act.IMPORT}
"""What an organizer can do again after a restore; a code that was sealed since is lost with its ledger."""


def _deeds(draw: random.Random, doors: int) -> Iterator[Deed]:
    for _ in range(draw.choice([0, 0, 1, 2, 5])):
        act = draw.choice(
            [*[Act.CANCEL] * 4, Act.BLOCK, *[Act.REISSUE] * 2, Act.ROTATE, *[Act.IMPORT] * 2, *_ABOUT_KIOSKS]
        )
        about = draw.randrange(doors) if act in _ABOUT_KIOSKS else draw.randrange(COUNT_OF_TICKETS)
        yield Deed(draw.randrange(DOORS_MS), act, about)


def gate_of(number: int) -> GateId:
    """The gate of a kiosk."""
    return NORTH if number % 2 == 0 else GateId("south")


def smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with less in them, the boldest first: halves of each part, then single items."""
    for size in (2, 4, 8, 10_000):
        for name in ("deeds", "breaks", "visits"):
            part = getattr(plan, name)
            for rest in _without_pieces(part, size):
                yield replace(plan, **{name: rest})


def _without_pieces(part: tuple[T, ...], pieces: int) -> Iterator[tuple[T, ...]]:
    length = max(1, -(-len(part) // pieces)) if part else 0
    for start in range(0, len(part), length or 1):
        yield part[:start] + part[start + length :]

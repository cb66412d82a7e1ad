"""A door for tests: an event with a key, its manifest, and tickets sealed by it."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from app.clock import Clock, new_fact_id
from app.store.journal import Writer
from core.model.event import Event, Gate, TicketClass
from core.model.ids import ClassId, DeviceId, EventId, GateId, KeyId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.manifest import row_of
from core.sync.messages import KeyRow, Manifest
from core.ticket.issue import issue
from core.ticket.keyring import Algorithm
from core.ticket.wire import Claims

EVENT = EventId(UUID("0190a000-0000-7000-8000-000000000001"))
OTHER_EVENT = EventId(UUID("0190a000-0000-7000-8000-000000000002"))
DEVICE = DeviceId(UUID("0190a000-0000-7000-8000-00000000000a"))
SECOND_DEVICE = DeviceId(UUID("0190a000-0000-7000-8000-00000000000b"))
NORTH, SOUTH = GateId("north"), GateId("south")
DAY, WEEKEND, SOUTH_ONLY = ClassId(1), ClassId(2), ClassId(3)
KID, OTHER_KID = KeyId(7), KeyId(8)
MAC = bytes(range(32))
START_S = 1_795_000_000
END_S = START_S + 86_400
NOON_MS = Millis((START_S + 3_600) * 1000)

SUMMER_NIGHT = Event(
    id=EVENT,
    name="Summer Night",
    time_zone="Europe/Berlin",
    starts_ms=Millis(START_S * 1000),
    ends_ms=Millis(END_S * 1000),
    gates={NORTH: Gate(NORTH, "North gate"), SOUTH: Gate(SOUTH, "South gate")},
    classes={
        DAY: TicketClass(DAY, "Day ticket"),
        WEEKEND: TicketClass(WEEKEND, "Weekend ticket", entries=3),
        SOUTH_ONLY: TicketClass(SOUTH_ONLY, "South stand", gates=frozenset({SOUTH})),
    },
)


def manifest(version: int = 1, **changes: object) -> Manifest:
    """The manifest of the summer night."""
    keys = [
        KeyRow(KID, EVENT.hex, Algorithm.HMAC_SHA256_128.label, "active", verifying=MAC.hex()),
        KeyRow(OTHER_KID, OTHER_EVENT.hex, Algorithm.HMAC_SHA256_128.label, "active"),
    ]
    made = Manifest(
        version=version,
        issued_at_ms=START_S * 1000,
        fresh_until_ms=END_S * 1000,
        lease_until_ms=(END_S + 172_800) * 1000,
        policy=row_of(SUMMER_NIGHT),
        keys=keys,
        denied=[],
        allowed=[],
        tickets=300,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ticket(
    number: int, cls: ClassId = DAY, *, gen: int = 0, kid: KeyId = KID, nbf: int = START_S, exp: int = END_S
) -> str:
    """The text of a sealed ticket whose tid is its number."""
    claims = Claims(0, kid, tid(number), gen, cls, nbf, exp)
    return issue(claims, Algorithm.HMAC_SHA256_128, MAC)


def tid(number: int) -> TicketHandle:
    """The handle of ticket `number`."""
    return TicketHandle(number.to_bytes(8))


def forged(number: int) -> str:
    """A ticket whose seal is wrong in one character."""
    text = ticket(number)
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def writer(device: DeviceId = DEVICE) -> Writer:
    """Who writes a journal of the summer night."""
    return Writer(EVENT, device, 1)


@dataclass
class HandClock(Clock):
    """A clock that goes on only when it is told to."""

    at_ms: int = NOON_MS
    uncertainty_ms: int = 1_000
    quality: ClockQuality = ClockQuality.SYNCED
    learned: list[tuple[int, int]] = field(default_factory=list)

    def now(self) -> Moment:
        """The moment it shows."""
        return Moment(Millis(self.at_ms), self.uncertainty_ms, self.quality, "boot-1")

    def monotonic_ms(self) -> int:
        """The same hand."""
        return self.at_ms

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Remembers what a server said."""
        self.learned.append((server_ms, rtt_ms))

    def advance(self, ms: int) -> None:
        """Moves the hand."""
        self.at_ms += ms


new_id = new_fact_id

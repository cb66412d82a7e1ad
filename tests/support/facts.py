"""Builders and hypothesis strategies for events, tickets and facts: values that are right until told otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import strategies as st

from core.journal.scan import (
    NO_PREDECESSOR,
    Fact,
    Finding,
    Override,
    Recovery,
    Resolution,
    Scan,
    Shown,
    Stamp,
    Undo,
)
from core.model.codes import T1_FORM
from core.model.event import Direction, Event, Gate, PassageRules, Reentry, TicketClass
from core.model.ids import ClassId, CodeDigest, DeviceId, EventId, FactId, GateId, KeyId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import ADMISSIONS, Outcome, Source
from core.ticket.issue import issue
from core.ticket.keyring import Algorithm, Key, Keyring, KeyState, KeyUse, derive, keyring_of
from core.ticket.lists import Denial, DenialReason, Lists, ListsInMemory
from core.ticket.seal import ed25519_public
from core.ticket.terms import Circumstances, Terms
from core.ticket.verify import AcceptedSteps, Lane, NoSteps, Trust
from core.ticket.wire import Claims, Code, parse

EVENT = EventId(UUID("0197f000-0000-7000-8000-0000000000aa"))
OTHER_EVENT = EventId(UUID("0197f000-0000-7000-8000-0000000000bb"))
TID = TicketHandle(bytes.fromhex("a7f8022a4eedef2a"))
KIOSKS = tuple(DeviceId(UUID(int=number)) for number in (1, 2, 3))
NORTH, SOUTH = GateId("north"), GateId("south")

NOW_S = 1_795_003_600
"""A Wednesday evening in November 2026, one hour after the usual ticket's window opened."""
NOW = Millis(NOW_S * 1000)
NBF_S, EXP_S = NOW_S - 3_600, NOW_S + 82_800

MASTER = bytes(range(32))
KID, LISTED_KID, REVOKED_KID, OLD_KID, ED_KID, FOREIGN_KID = map(KeyId, (7, 8, 9, 10, 11, 12))
ED25519_PRIVATE = bytes(range(32, 64))


# --- events and tickets -------------------------------------------------------------------------------------------


def ticket_class(
    cls: int = 1,
    *,
    entries: int = 1,
    gates: Iterable[GateId] | None = None,
    dates: Iterable[date] | None = None,
    opens_doors: bool = True,
    rules: PassageRules | None = None,
) -> TicketClass:
    """A class that every gate takes on every day, once."""
    return TicketClass(
        id=ClassId(cls),
        name=f"class {cls}",
        gates=None if gates is None else frozenset(gates),
        dates=None if dates is None else frozenset(dates),
        entries=entries,
        opens_doors=opens_doors,
        rules=rules or PassageRules(),
    )


def event(*classes: TicketClass, time_zone: str = "Europe/Berlin") -> Event:
    """An event with a north and a south gate, from an hour ago to a day after that."""
    return Event(
        id=EVENT,
        name="Summer Night",
        time_zone=time_zone,
        starts_ms=Millis(NBF_S * 1000),
        ends_ms=Millis(EXP_S * 1000),
        gates={NORTH: Gate(NORTH, "North gate"), SOUTH: Gate(SOUTH, "South gate")},
        classes={each.id: each for each in classes or (ticket_class(),)},
    )


def terms(of: TicketClass | None = None, *, denial: Denial | None = None, entries: int = 1) -> Terms:
    """The terms of a good ticket of the event's time."""
    return Terms(TID, of or ticket_class(entries=entries), NBF_S, EXP_S, denial)


def denial(reason: DenialReason = DenialReason.CANCELED, *, min_gen: int = 256, since_version: int = 5) -> Denial:
    """A denial of every edition since manifest 5."""
    return Denial(min_gen, reason, since_version)


def moment(at_ms: int = NOW, *, u_ms: int = 0, quality: ClockQuality = ClockQuality.SYNCED) -> Moment:
    """A reading of an exact, synced clock."""
    return Moment(Millis(at_ms), u_ms, quality, "boot-1")


def circumstances(
    at: Moment | None = None, *, gate: GateId = NORTH, direction: Direction = Direction.ENTRY, gen: int = 0
) -> Circumstances:
    """An entry at the north gate, now."""
    return Circumstances(gen, gate, direction, at or moment())


# --- codes --------------------------------------------------------------------------------------------------------


def mac_key(kid: KeyId, state: KeyState = KeyState.ACTIVE, *, of: EventId = EVENT) -> Key:
    """A derived HMAC key with its rotating key."""
    return Key(
        kid=kid,
        event=of,
        algorithm=Algorithm.HMAC_SHA256_128,
        state=state,
        verifying=derive(MASTER, KeyUse.MAC, of, kid),
        rotating=derive(MASTER, KeyUse.ROTATING, of, kid),
    )


def keyring() -> Keyring:
    """One key of each kind and state; FOREIGN_KID belongs to another event of the organizer."""
    return keyring_of(
        [
            mac_key(KID),
            mac_key(LISTED_KID, KeyState.LISTED_ONLY),
            mac_key(REVOKED_KID, KeyState.REVOKED),
            mac_key(OLD_KID, KeyState.VERIFY_ONLY),
            Key(ED_KID, EVENT, Algorithm.ED25519, KeyState.ACTIVE, ed25519_public(ED25519_PRIVATE)),
            mac_key(FOREIGN_KID, of=OTHER_EVENT),
        ]
    )


def claims(*, flags: int = 0, kid: int = KID, gen: int = 0, cls: int = 1, nbf: int = NBF_S, exp: int = EXP_S) -> Claims:
    """The claims of a good static ticket."""
    return Claims(flags, KeyId(kid), TID, gen, ClassId(cls), nbf, exp)


def text_of(about: Claims, ring: Keyring | None = None) -> str:
    """The sealed text of claims, with the ring's key of their kid (or one derived for a kid that it does not hold)."""
    key = (ring or keyring()).get(about.kid) or mac_key(about.kid)
    if key.algorithm is Algorithm.ED25519:
        return issue(about, key.algorithm, ED25519_PRIVATE)
    assert key.verifying is not None
    return issue(about, key.algorithm, key.verifying)


def code_of(about: Claims) -> Code:
    """The parsed code of claims."""
    code = parse(text_of(about))
    assert isinstance(code, Code)
    return code


def trust(
    at: Event | None = None,
    *,
    lists: Lists | None = None,
    lease_until_ms: int = NOW + 10**9,
    steps: AcceptedSteps | None = None,
) -> Trust:
    """What a kiosk of the event trusts, with empty lists."""
    return Trust(at or event(), keyring(), lists or ListsInMemory(), Millis(lease_until_ms), steps or NoSteps())


def lane(direction: Direction = Direction.ENTRY, gate: GateId = NORTH) -> Lane:
    """The entry of the north gate."""
    return Lane(gate, direction)


# --- facts --------------------------------------------------------------------------------------------------------


def stamp(
    number: int, *, at: Moment | None = None, device: DeviceId = KIOSKS[0], seq: int | None = None, incarnation: int = 0
) -> Stamp:
    """The stamp of fact `number` of the usual ticket; its id and its seq follow from the number."""
    return Stamp(
        id=FactId(UUID(int=number)),
        event=EVENT,
        device=device,
        incarnation=incarnation,
        seq=number if seq is None else seq,
        moment=at or moment(),
        tid=TID,
        previous=NO_PREDECESSOR,
    )


def scan(
    number: int,
    *,
    at: Moment | None = None,
    device: DeviceId = KIOSKS[0],
    direction: Direction = Direction.ENTRY,
    gate: GateId = NORTH,
    manifest_version: int = 1,
    seq: int | None = None,
    incarnation: int = 0,
) -> Scan:
    """A presentation of the usual ticket."""
    return Scan(
        stamp=stamp(number, at=at, device=device, seq=seq, incarnation=incarnation),
        direction=direction,
        gate=gate,
        manifest_version=manifest_version,
        form=T1_FORM,
        gen=0,
        cls=ClassId(1),
    )


def shown(of: Scan, outcome: Outcome = Outcome.ADMITTED_OFFLINE, *, number: int | None = None) -> Shown:
    """What the same kiosk showed right after a scan; its id is the scan's plus 1000."""
    number = of.stamp.id.int + 1000 if number is None else number
    mark = replace(of.stamp, id=FactId(UUID(int=number)), seq=of.stamp.seq + 1)
    return Shown(mark, of.stamp.id, outcome, Source.OFFLINE)


def _mark(of: Scan, kind: int, seconds: float, device: DeviceId | None) -> Stamp:
    """The stamp of a fact about a scan, some seconds after it, by the same kiosk unless told otherwise.

    Its id is the scan's plus `kind` thousands, its seq the scan's plus `kind`.
    """
    moment_then = replace(of.stamp.moment, at_ms=Millis(of.stamp.moment.at_ms + int(seconds * 1000)))
    return replace(
        of.stamp,
        id=FactId(UUID(int=of.stamp.id.int + 1000 * kind)),
        seq=of.stamp.seq + kind,
        moment=moment_then,
        device=device or of.stamp.device,
    )


def undo(of: Scan, *, after_s: float = 10, device: DeviceId | None = None) -> Undo:
    """Staff take a scan back ten seconds later; its id is the scan's plus 2000."""
    return Undo(_mark(of, 2, after_s, device), of.stamp.id, "ana")


def override(of: Scan, *, device: DeviceId | None = None) -> Override:
    """A supervisor lets the guest in; its id is the scan's plus 3000."""
    return Override(_mark(of, 3, 20, device), of.stamp.id, "ana", "artist")


def recovery(of: Scan, *, entered: bool, device: DeviceId | None = None) -> Recovery:
    """What staff remember after a restart; its id is the scan's plus 4000."""
    return Recovery(_mark(of, 4, 60, device), of.stamp.id, entered, "ana")


def resolution(of: Scan, incident: str, finding: Finding = Finding.SHARED_CODE) -> Resolution:
    """A person has looked at an incident of a scan; its id is the scan's plus 5000."""
    return Resolution(_mark(of, 5, 300, None), of.stamp.id, incident, finding, "ana")


# --- strategies ---------------------------------------------------------------------------------------------------

QUALITIES = st.sampled_from(list(ClockQuality))
MOMENTS = st.builds(
    Moment,
    at_ms=st.integers(NOW - 600_000, NOW + 600_000).map(Millis),
    uncertainty_ms=st.sampled_from([0, 1_000, 300_000]),
    quality=st.sampled_from([ClockQuality.SYNCED, ClockQuality.SYNCED, ClockQuality.HOLDOVER, ClockQuality.SUSPECT]),
    boot_id=st.just("boot-1"),
)
_SHOWN_AT_AN_ENTRY = (*sorted(ADMISSIONS), Outcome.ALREADY_USED, Outcome.UNPAID, Outcome.CANCELED)
_SHOWN_AT_AN_EXIT = (Outcome.EXIT_RECORDED, Outcome.EXIT_WITHOUT_ENTRY, Outcome.BLOCKED)


@st.composite
def histories(draw: st.DrawFn, most: int = 8, *, directions: Sequence[Direction] = tuple(Direction)) -> list[Fact]:
    """Facts of the usual ticket by three kiosks: scans with any moments, most of them with what was shown.

    Each kiosk's seq grows with its facts; ids are unique. In the order in which the facts were made.
    """
    facts: list[Fact] = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        made = scan(
            number,
            at=draw(MOMENTS),
            device=draw(st.sampled_from(KIOSKS)),
            direction=draw(st.sampled_from(list(directions))),
            manifest_version=draw(st.integers(1, 9)),
            seq=10 * number,
        )
        facts.append(made)
        choices = _SHOWN_AT_AN_ENTRY if made.direction is Direction.ENTRY else _SHOWN_AT_AN_EXIT
        outcome = draw(st.none() | st.sampled_from(choices))
        if outcome is not None:
            facts.append(shown(made, outcome))
        facts += draw(_said_later(made))
    return facts


def _said_later(of: Scan) -> st.SearchStrategy[list[Fact]]:
    """What people decide about a scan afterwards: mostly nothing; now and then too late, or at another kiosk."""
    device = st.sampled_from([of.stamp.device, of.stamp.device, *KIOSKS])
    choices: list[st.SearchStrategy[list[Fact]]] = [
        st.just([]),
        st.just([]),
        st.builds(lambda s, d: [undo(of, after_s=s, device=d)], st.sampled_from([5, 899, 901]), device),
        st.builds(lambda d: [override(of, device=d)], device),
        st.builds(lambda e: [recovery(of, entered=e)], st.booleans()),
        st.just([resolution(of, "double_admission")]),
    ]
    return st.one_of(choices)


RULES = st.builds(
    PassageRules,
    per_day=st.none() | st.integers(1, 2),
    days=st.none() | st.integers(1, 2),
    reentry=st.sampled_from(list(Reentry)),
    reentries=st.none() | st.integers(0, 2),
    cooldown_ms=st.sampled_from([0, 0, 60_000]),
)
PLAIN_TERMS = st.builds(
    lambda entries, refused: terms(entries=entries, denial=refused),
    st.integers(1, 3),
    st.none() | st.builds(denial, st.sampled_from(list(DenialReason)), since_version=st.integers(1, 9)),
)
"""Terms without rules of passage: every admission takes an entry while there is one."""
TERMS = st.builds(
    lambda entries, rules, refused: terms(ticket_class(entries=entries, rules=rules), denial=refused),
    st.integers(1, 3),
    RULES,
    st.none() | st.builds(denial, st.sampled_from(list(DenialReason)), since_version=st.integers(1, 9)),
)

_IDS = st.uuids()
_NAMES = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=64).filter(str.isprintable)
_WHOLE = st.integers(0, 2**53 - 1)
ANSWERS: st.SearchStrategy[Mapping[str, str]] = st.dictionaries(
    _NAMES, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=512), max_size=4
)


@st.composite
def stamps(draw: st.DrawFn, tid: TicketHandle | None) -> Stamp:
    """Any stamp within the bounds of a record."""
    return Stamp(
        id=FactId(draw(_IDS)),
        event=EventId(draw(_IDS)),
        device=DeviceId(draw(_IDS)),
        incarnation=draw(_WHOLE),
        seq=draw(_WHOLE),
        moment=Moment(Millis(draw(st.integers(0, 2**46))), draw(_WHOLE), draw(QUALITIES), draw(_NAMES)),
        tid=tid,
        previous=draw(st.binary(min_size=32, max_size=32)),
    )


@st.composite
def any_scans(draw: st.DrawFn) -> Scan:
    """Any scan within the bounds of a record: of a ticket, or of a code that no list here has."""
    is_ticket = draw(st.booleans())
    return Scan(
        stamp=draw(stamps(TicketHandle(draw(st.binary(min_size=8, max_size=8))) if is_ticket else None)),
        direction=draw(st.sampled_from(list(Direction))),
        gate=GateId(draw(_NAMES)),
        manifest_version=draw(_WHOLE),
        digest=None if is_ticket else CodeDigest(draw(st.binary(min_size=16, max_size=16))),
        form=draw(_NAMES if is_ticket else st.none() | _NAMES),
        gen=draw(st.integers(0, 255)) if is_ticket else None,
        cls=ClassId(draw(st.integers(0, 0xFFFF))) if is_ticket else None,
        proof_step=draw(st.none() | _WHOLE),
        operator=draw(st.none() | _NAMES),
        group=draw(st.none() | _IDS.map(FactId)),
        answers=draw(ANSWERS),
    )


@st.composite
def any_shown(draw: st.DrawFn) -> Shown:
    """Any `shown` within the bounds of a record."""
    tid = draw(st.none() | st.binary(min_size=8, max_size=8).map(TicketHandle))
    return Shown(
        stamp=draw(stamps(tid)),
        refers_to=FactId(draw(_IDS)),
        outcome=draw(st.sampled_from(list(Outcome))),
        source=draw(st.sampled_from(list(Source))),
    )

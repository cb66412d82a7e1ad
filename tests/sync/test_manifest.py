"""From a manifest to trust: everything comes through, and what contradicts itself is not used."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.event import Event, Gate, TicketClass
from core.model.ids import ClassId, EventId, GateId
from core.model.moments import Millis
from core.sync.manifest import Unusable, event_of, row_of, trust_of
from core.sync.messages import ClassRow, DenialRow, GateRow, KeyRow, Manifest
from core.ticket.lists import Denial, DenialReason
from core.ticket.verify import Genuine, NoSteps, Trust, verify
from tests.support import facts

NAMES = st.text(min_size=1, max_size=64)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that an organizer could set up."""
    gates = draw(st.lists(NAMES.map(GateId), unique=True, max_size=4))
    some_gates = st.none() | (st.frozensets(st.sampled_from(gates)) if gates else st.just(frozenset()))
    classes = [
        TicketClass(
            id=ClassId(cls),
            name=draw(NAMES),
            gates=draw(some_gates),
            dates=draw(st.none() | st.frozensets(st.dates(), max_size=3)),
            entries=draw(st.integers(1, 1000)),
            opens_doors=draw(st.booleans()),
        )
        for cls in draw(st.lists(st.integers(0, 0xFFFF), unique=True, max_size=4))
    ]
    starts_ms = draw(st.integers(0, 2**42))
    return Event(
        id=EventId(draw(st.uuids())),
        name=draw(NAMES),
        time_zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"])),
        starts_ms=Millis(starts_ms),
        ends_ms=Millis(starts_ms + draw(st.integers(1, 10**9))),
        gates={gate: Gate(gate, draw(NAMES)) for gate in gates},
        classes={each.id: each for each in classes},
        online_budget_ms=draw(st.integers(0, 10_000)),
    )


@given(events())
def test_an_event_comes_back_from_its_row(event: Event) -> None:
    assert event_of(row_of(event)) == event


# --- what is refused ----------------------------------------------------------------------------------------------

ROW = row_of(facts.event())
GATES, CLASSES = ROW.gates, ROW.classes


@pytest.mark.parametrize(
    "zone", ["", "Europe", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "zone.tab", "Mars\x00", "a" * 300]
)
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    """`Europe` is a folder of zones: asking for it must not end in an error of the file system."""
    assert event_of(replace(ROW, time_zone=zone)) == Unusable(f"unknown time zone {zone!r}")


@given(st.text(max_size=64))
def test_any_time_zone_is_known_or_refused(zone: str) -> None:
    assert isinstance(event_of(replace(ROW, time_zone=zone)), Event | Unusable)


@pytest.mark.parametrize(
    "change",
    [
        {"ends_ms": ROW.starts_ms},
        {"ends_ms": ROW.starts_ms - 1},
        {"ends_ms": 2**47},
        {"event": "not an id"},
        {"event": ""},
        {"gates": [*GATES, GateRow("north", "Another")]},
        {"classes": [*CLASSES, ClassRow(CLASSES[0].id, "Another")]},
        {"classes": [ClassRow(1, "VIP", gates=["moon"])]},
        {"classes": [ClassRow(1, "VIP", dates=["2026-02-30"])]},
        {"classes": [ClassRow(1, "VIP", dates=["tomorrow"])]},
    ],
    ids=str,
)
def test_an_event_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:  # G21
    assert isinstance(event_of(replace(ROW, **change)), Unusable)  # type: ignore[arg-type]


def test_a_date_is_the_day_that_is_written() -> None:
    event = event_of(replace(ROW, classes=[ClassRow(1, "Friday", dates=["2026-11-20"])]))
    assert isinstance(event, Event)
    assert event.classes[ClassId(1)].dates == {date(2026, 11, 20)}


# --- a whole manifest ---------------------------------------------------------------------------------------------


def _key_rows() -> list[KeyRow]:
    return [
        KeyRow(
            key.kid,
            key.event.hex,
            key.algorithm.label,
            key.state.value,
            key.verifying.hex() if key.verifying else None,
            key.rotating.hex() if key.rotating else None,
        )
        for key in facts.keyring().values()
    ]


LISTED = facts.code_of(facts.claims(kid=facts.LISTED_KID))
MANIFEST = Manifest(
    version=7,
    issued_at_ms=facts.NOW,
    fresh_until_ms=facts.NOW + 900_000,
    lease_until_ms=facts.NOW + 10**8,
    policy=ROW,
    keys=_key_rows(),
    denied=[DenialRow("00" * 8, 256, "blocked", 6)],
    allowed=[LISTED.digest.hex()],
    tickets=2,
)


def test_a_manifest_becomes_exactly_what_it_says() -> None:
    trust = trust_of(MANIFEST)
    assert isinstance(trust, Trust)
    assert (trust.event, trust.keyring) == (facts.event(), facts.keyring())
    assert (trust.lease_until_ms, trust.steps) == (MANIFEST.lease_until_ms, NoSteps())
    assert trust.lists.denial(bytes(8)) == Denial(256, DenialReason.BLOCKED, 6)  # type: ignore[arg-type]
    assert trust.lists.allows(LISTED.digest)


@pytest.mark.parametrize("kid", [facts.KID, facts.LISTED_KID, facts.ED_KID])
def test_a_ticket_is_genuine_under_the_trust_of_a_manifest(kid: int) -> None:
    trust = trust_of(MANIFEST)
    assert isinstance(trust, Trust)
    text = facts.text_of(facts.claims(kid=kid))
    assert isinstance(verify(text, trust=trust, lane=facts.lane(), now=facts.moment()), Genuine)


KEY = MANIFEST.keys[0]


@pytest.mark.parametrize(
    "change",
    [
        {"keys": [replace(KEY, algorithm="none")]},
        {"keys": [replace(KEY, state="good")]},
        {"keys": [replace(KEY, event="zz")]},
        {"keys": [replace(KEY, verifying="00" * 31)]},
        {"keys": [replace(KEY, verifying="not hex")]},
        {"keys": [replace(KEY, rotating="00" * 33)]},
        {"keys": [KEY, replace(KEY, state="revoked")]},
        {"keys": [KEY, KEY]},
        {"denied": [DenialRow("00" * 7, 1, "revoked", 1)]},
        {"denied": [DenialRow("00" * 8, 1, "stolen", 1)]},
        {"denied": [DenialRow("00" * 8, 1, "revoked", 1), DenialRow("00" * 8, 2, "canceled", 1)]},
        {"allowed": ["00" * 15]},
        {"allowed": ["xyz"]},
        {"policy": replace(ROW, time_zone="Europe")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_manifest_that_contradicts_itself_is_not_used(change: dict[str, object]) -> None:  # G21
    assert isinstance(trust_of(replace(MANIFEST, **change)), Unusable)  # type: ignore[arg-type]

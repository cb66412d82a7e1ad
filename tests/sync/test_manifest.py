"""From a manifest to trust: everything comes through, and what contradicts itself is not used."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules, Symbology
from core.model.event import Event, Gate, TicketClass
from core.model.ids import ClassId, EventId, GateId, KeyId, TicketHandle
from core.model.moments import Millis
from core.sync.manifest import (
    Secrets,
    Unusable,
    event_of,
    row_of,
    secrets_from_json,
    secrets_to_json,
    trust_of,
)
from core.sync.messages import AdapterRow, ClassRow, CodesRow, EventRow, GateRow, KeyRow, Manifest, QuestionRow
from core.ticket.keyring import Algorithm, VerifyProfile
from core.ticket.lists import Denial, DenialReason
from core.ticket.verify import Genuine, NoSteps, Trust, verify
from tests.support import door, facts

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
        {"classes": [ClassRow(1, "VIP", questions=[QuestionRow("identity", "Who are you?", "text")])]},
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
            key.verifying.hex() if key.verifying and key.algorithm is Algorithm.ED25519 else None,
        )
        for key in facts.keyring().values()
    ]


SECRETS = Secrets(
    mac={key.kid: key.verifying for key in facts.keyring().values() if key.algorithm is not Algorithm.ED25519},  # type: ignore[misc]
    rotating={key.kid: key.rotating for key in facts.keyring().values() if key.rotating},
    legacy=bytes([1]) * 32,
    attendees=bytes([2]) * 32,
    adapters={"shop": b"its own"},
)
LISTED = facts.code_of(facts.claims(kid=facts.LISTED_KID))
DENIED = Denial(256, DenialReason.BLOCKED, 6)
LISTS = door.lists(allowed=[LISTED.digest], denied={TicketHandle(bytes(8)): DENIED})
MANIFEST = door.manifest(
    7,
    LISTS,
    event=facts.EVENT.hex,
    issued_at_ms=facts.NOW,
    fresh_until_ms=facts.NOW + 900_000,
    lease_until_ms=facts.NOW + 10**8,
    policy=ROW,
    keys=_key_rows(),
    tickets=2,
)


def trust_in(manifest: Manifest) -> Trust | Unusable:
    return trust_of(manifest, lists=LISTS, secrets=SECRETS)


def test_a_manifest_becomes_exactly_what_it_says() -> None:
    trust = trust_in(MANIFEST)
    assert isinstance(trust, Trust)
    assert (trust.event, trust.keyring) == (facts.event(), facts.keyring())
    assert (trust.lease_until_ms, trust.steps) == (MANIFEST.lease_until_ms, NoSteps())
    assert (trust.profile, trust.legacy_key, trust.adapter_keys) == (
        VerifyProfile.MAC,
        SECRETS.legacy,
        SECRETS.adapters,
    )
    assert trust.lists.denial(TicketHandle(bytes(8))) == DENIED
    assert trust.lists.allows(LISTED.digest)


@pytest.mark.parametrize("kid", [facts.KID, facts.LISTED_KID, facts.ED_KID])
def test_a_ticket_is_genuine_under_the_trust_of_a_manifest(kid: int) -> None:
    trust = trust_in(MANIFEST)
    assert isinstance(trust, Trust)
    text = facts.text_of(facts.claims(kid=kid))
    assert isinstance(verify(text, trust=trust, lane=facts.lane(), now=facts.moment()), Genuine)


KEY = MANIFEST.keys[0]
ED_KEY = next(key for key in MANIFEST.keys if key.public)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": [replace(KEY, algorithm="none")]},
        {"keys": [replace(KEY, state="good")]},
        {"keys": [replace(KEY, event="zz")]},
        {"keys": [replace(ED_KEY, public="00" * 31)]},
        {"keys": [replace(ED_KEY, public="not hex")]},
        {"keys": [KEY, replace(KEY, state="revoked")]},
        {"keys": [KEY, KEY]},
        {"policy": replace(ROW, time_zone="Europe")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_manifest_that_contradicts_itself_is_not_used(change: dict[str, object]) -> None:  # G21
    assert isinstance(trust_in(replace(MANIFEST, **change)), Unusable)  # type: ignore[arg-type]


# --- what is sealed to one device ---------------------------------------------------------------------------------


def test_secrets_come_back_as_they_went_in() -> None:
    assert secrets_from_json(secrets_to_json(SECRETS)) == SECRETS
    assert secrets_from_json(secrets_to_json(Secrets())) == Secrets()


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"[]",
        b"{}",
        b'{"mac": [], "rot": {}, "legacy": null, "attendees": null, "adapters": {}}',
        b'{"mac": {"7": "00"}, "rot": {}, "legacy": null, "attendees": null, "adapters": {}}',
        b'{"mac": {"x": "%s"}, "rot": {}, "legacy": null, "attendees": null, "adapters": {}}' % (b"00" * 32),
        b'{"mac": {}, "rot": {}, "legacy": "abc", "attendees": null, "adapters": {}}',
        b"\xff\xfe",
    ],
)
def test_secrets_that_make_no_sense_are_unusable(plain: bytes) -> None:
    assert isinstance(secrets_from_json(plain), Unusable)


def test_secrets_are_in_no_text_of_themselves() -> None:
    assert "ab" * 32 not in repr(Secrets(mac={KeyId(1): b"\xab" * 32}, legacy=b"\xab" * 32))


# --- the ways an event sells its codes ----------------------------------------------------------------------------

SHOP = AdapterRow("shop", "url", host="shop.example", field="code")


def _with_codes(**codes: object) -> EventRow:
    return replace(ROW, codes=CodesRow(**codes))  # type: ignore[arg-type]


def test_old_codes_come_through_a_manifest_as_the_organizer_set_them() -> None:
    rules = CodeRules(CodeMode.MIGRATING, is_final=True, legacy_until_ms=Millis(5), adapters=(URL_OF_SHOP,))
    event = event_of(_with_codes(mode="migrating", is_final=True, legacy_until_ms=5, adapters=[SHOP]))
    assert isinstance(event, Event)
    assert event.codes == rules
    assert row_of(event).codes == CodesRow("migrating", is_final=True, legacy_until_ms=5, adapters=[SHOP])


URL_OF_SHOP = Adapter("shop", AdapterKind.URL, host="shop.example", field="code")


@pytest.mark.parametrize(
    "adapter",
    [
        replace(SHOP, kind="regex"),
        replace(SHOP, host=""),
        replace(SHOP, kind="json", field=""),
        replace(SHOP, name="t1"),
        replace(SHOP, name="a\nb"),
        replace(SHOP, least=20, most=10),
    ],
)
def test_an_adapter_that_makes_no_sense_is_refused(adapter: AdapterRow) -> None:
    assert isinstance(event_of(_with_codes(mode="migrating", adapters=[adapter])), Unusable)


def test_two_adapters_of_one_name_are_refused() -> None:
    assert isinstance(event_of(_with_codes(mode="migrating", adapters=[SHOP, SHOP])), Unusable)


def test_an_unknown_way_of_selling_is_refused() -> None:
    assert isinstance(event_of(_with_codes(mode="auction")), Unusable)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (["qr"], (Symbology.QR,)),
        (["code128", "qr"], (Symbology.QR, Symbology.CODE128)),
        (["qr", "of_a_newer_server"], (Symbology.QR,)),
        (["of_a_newer_server"], (Symbology.QR,)),
        ([], (Symbology.QR,)),
    ],
)
def test_kinds_of_code_that_a_kiosk_does_not_know_are_passed_over(told: list[str], read: tuple[Symbology, ...]) -> None:
    row = row_of(door.SUMMER_NIGHT)
    event = event_of(replace(row, codes=replace(row.codes, symbologies=told)))
    assert isinstance(event, Event)
    assert event.codes.symbologies == read
    assert event_of(row_of(event)) == event

"""No manifest is signed that every kiosk would refuse, and the organizer hears it before it comes to that."""

import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from app.ledger import lists
from app.ledger.manifest_room import MOST_DEVICES, ManifestFull, ManifestUnfit, check_manifest
from app.ledger.new_devices import DeviceNameWrong
from app.ledger.schema import devices, keys
from core.model.ids import EventId
from core.sync.adoption import MAX_MANIFEST_BYTES, Objection
from core.sync.messages import MAX_NAME, MAX_SEALED_TEXT
from core.ticket.keyring import VerifyProfile
from core.ticket.segments import Kind
from tests.contract.ledger_rig import NORTH, NOW
from tests.ledger.press_rig import Rig
from tests.support.kiosks import enrolled, keys_of

LONGEST = "\u00e4" * MAX_NAME


def put_kiosks(rig: Rig, count: int) -> None:
    """Kiosks at work, as many enrolments leave them."""
    same = {"event_id": rig.event, "gate": NORTH, "secret_sha256": b"", "state": "active", "incarnation": 1}
    same |= {"made_at": NOW, "profile": "mac", "sealing_key": keys_of("k").sealing, "signing_key": keys_of("k").signing}
    rig.do(insert(devices), [same | {"id": UUID(int=n), "name": f"{n:04d}".rjust(MAX_NAME, "k")} for n in range(count)])


def put_keys(rig: Rig, count: int) -> None:
    """Keys of many rotations."""
    same = {"event_id": rig.event, "algorithm": "hmac-sha256-128", "state": "verify_only", "made_at": NOW}
    rig.do(insert(keys), [same | {"kid": secrets.randbits(32)} for _ in range(count)])


@pytest.mark.parametrize("name", [LONGEST, chr(34) * MAX_NAME], ids=["umlauts", "quotes"])
def test_namesakes_of_the_longest_name_stay_readable_for_kiosks(rig: Rig, name: str) -> None:
    told = [enrolled(rig.office, rig.event, NORTH, name).name for _ in range(3)]
    assert told[0] == name
    assert len(set(told)) == 3
    assert {row.name for row in rig.manifest().devices} == set(told)


@pytest.mark.parametrize("name", ["", "x" * (MAX_NAME + 1), "a\nb", "\udcff", "\x1b[2J"])
def test_a_name_that_no_manifest_can_say_makes_no_kiosk(rig: Rig, name: str) -> None:
    with pytest.raises(DeviceNameWrong):
        rig.office.device_code(rig.event, NORTH, name)
    with pytest.raises(DeviceNameWrong):
        rig.office.make_spare(rig.event, NORTH, name, VerifyProfile.MAC)
    assert rig.manifest().devices == []


def test_keys_end_where_a_kiosks_box_does(rig: Rig) -> None:
    enrolled(rig.office, rig.event, NORTH)
    put_keys(rig, 200)
    rotations = (rig.rotate() for _ in range(200))
    with pytest.raises(ManifestFull):
        list(rotations)
    assert MAX_SEALED_TEXT // 2 < len(rig.manifest().devices[0].sealed) <= MAX_SEALED_TEXT


def test_kiosks_end_where_the_manifest_does(rig: Rig) -> None:
    put_keys(rig, 40)
    put_kiosks(rig, 350)
    with pytest.raises(ManifestFull):
        rig.office.make_spare(rig.event, NORTH, "one", VerifyProfile.MAC)
    body = rig.office.press.published(rig.event).body
    assert MAX_MANIFEST_BYTES // 2 < len(body) <= MAX_MANIFEST_BYTES


@pytest.mark.parametrize("what", ["code", "spare", "enrolment", "key"])
def test_what_has_no_room_is_refused_and_changes_nothing(rig: Rig, what: str) -> None:
    code = rig.office.device_code(rig.event, NORTH, "too late").code
    put_keys(rig, 250)
    put_kiosks(rig, 100)
    calls: dict[str, Callable[[], object]] = {
        "code": lambda: rig.office.device_code(rig.event, NORTH, "one more"),
        "spare": lambda: rig.office.make_spare(rig.event, NORTH, "one more", VerifyProfile.LIST),
        "enrolment": lambda: rig.office.devices.enrol(keys_of("late").request(code)),
        "key": rig.rotate,
    }
    before = rig.keys, rig.office.devices.list(rig.event)
    with pytest.raises(ManifestFull):
        calls[what]()
    assert (rig.keys, rig.office.devices.list(rig.event)) == before


def test_two_thousand_kiosks_are_all(rig: Rig) -> None:
    put_kiosks(rig, MOST_DEVICES)
    with pytest.raises(ManifestFull):
        rig.office.device_code(rig.event, NORTH, "one more")
    rig.do(update(devices).where(devices.c.event_id == rig.event).values(state="revoked"))
    rig.office.device_code(rig.event, NORTH, "one more")


@pytest.mark.parametrize(("kiosks", "own"), [(1, 400), (600, 100)])
def test_what_every_kiosk_would_refuse_is_not_signed(rig: Rig, kiosks: int, own: int) -> None:
    enrolled(rig.office, rig.event, NORTH)
    held = rig.office.press.published(rig.event)
    put_keys(rig, own)  # past the check
    put_kiosks(rig, kiosks)
    version = rig.stale()
    with pytest.raises(ManifestUnfit):
        rig.manifest()
    assert rig.office.press.stored(rig.event, version) is None
    assert rig.office.press.stored(rig.event, held.version) == held


def test_a_list_that_no_kiosk_takes_is_said_to_be_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.manifest()
    rig.put_tickets([bytes(8), bytes(7) + b"\x01"], denial="revoked", denial_min_gen=1, denial_since=1)
    rig.stale("deny")
    monkeypatch.setattr(lists, "MOST_BYTES", 2 * Kind.DENY.width - 1)
    with pytest.raises(ManifestUnfit):
        rig.manifest()
    monkeypatch.setattr(lists, "MOST_BYTES", 2 * Kind.DENY.width)
    assert rig.segment("deny").count == 2


def test_every_manifest_in_print_passes(rig: Rig) -> None:
    body = rig.office.press.published(rig.event).body
    check_manifest(body, rig.event)
    with pytest.raises(ManifestUnfit) as refused:
        check_manifest(body, EventId(UUID(int=1)))
    assert refused.value.details["cause"] == Objection.OTHER_EVENT.value

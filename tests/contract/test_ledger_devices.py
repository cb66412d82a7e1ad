"""Kiosks renamed, moved to another gate, and replaced under their own name."""

import pytest

from app.ledger.device_rows import DeviceState, DeviceUnknown
from app.ledger.devices import DeviceNameTaken
from app.ledger.new_devices import DeviceNameWrong, GateUnknown
from core.model.ids import DeviceId, GateId
from core.model.outcomes import Outcome
from core.sync.messages import MAX_NAME
from tests.contract.ledger_rig import NORTH, SOUTH, House
from tests.support.kiosks import confirm, device_of, enrolled, pending


def names(house: House) -> dict[str, DeviceState]:
    return {each.name: each.state for each in house.office.devices.list(house.event)}


def test_a_renamed_and_moved_kiosk_is_in_the_next_manifest(house: House) -> None:
    before = house.office.manifest_of(house.event).version
    house.office.devices.change(house.event, house.kiosks[0], "Main door", SOUTH)
    manifest = house.office.manifest_of(house.event)
    assert manifest.version > before
    (row,) = (each for each in manifest.devices if each.id == house.kiosks[0].hex)
    assert (row.name, row.gate) == ("Main door", SOUTH)


def test_a_first_use_is_told_under_the_new_name(house: House) -> None:
    """Names are remembered between questions; a rename ends that."""
    tid = house.tickets()[0]
    house.ask(house.scan(tid))
    house.ask(house.scan(tid, 1, after_ms=9_000))
    house.office.devices.change(house.event, house.kiosks[0], "Main door")
    told = house.ask(house.scan(tid, 1, after_ms=60_000))
    assert told.answer is not None
    assert told.answer.outcome is Outcome.ALREADY_USED
    assert told.answer.first is not None
    assert told.answer.first.device == "Main door"


def test_what_can_be_no_name_or_gate_changes_nothing(house: House) -> None:
    one = house.kiosks[0]
    before = house.office.devices.list(house.event)
    for name in ("", "x" * (MAX_NAME + 1), "a\nb"):
        with pytest.raises(DeviceNameWrong):
            house.office.devices.change(house.event, one, name, SOUTH)
    with pytest.raises(DeviceNameTaken):
        house.office.devices.change(house.event, one, "kiosk 1", SOUTH)
    with pytest.raises(GateUnknown):
        house.office.devices.change(house.event, one, "New", GateId("west"))
    with pytest.raises(DeviceUnknown):
        house.office.devices.change(house.event, DeviceId(house.event), "New")
    assert house.office.devices.list(house.event) == before
    house.office.devices.change(house.event, one, "kiosk 0")  # its own name is nobody else's


def test_a_new_kiosk_takes_the_name_of_the_one_that_it_replaces(house: House) -> None:
    old = house.kiosks[0]
    reply = pending(house.office, house.event, NORTH, "kiosk 0", replaces=old)
    assert reply.name == "kiosk 0", "the kiosk learns its name once"
    assert names(house)["kiosk 0 (new)"] is DeviceState.PENDING
    assert house.office.devices.show(house.event, old).name == "kiosk 0", "until somebody compares the digits"
    confirm(house.office, house.event, reply)
    assert house.office.devices.show(house.event, device_of(reply)).name == "kiosk 0"
    assert house.office.devices.show(house.event, old).name == "kiosk 0 (replaced)"
    again = enrolled(house.office, house.event, NORTH, "kiosk 0", replaces=device_of(reply))
    assert again.name == "kiosk 0"
    assert set(names(house)) >= {"kiosk 0", "kiosk 0 (replaced)", "kiosk 0 (replaced) 2"}


def test_a_new_kiosk_may_have_a_name_of_its_own(house: House) -> None:
    reply = enrolled(house.office, house.event, NORTH, "fresh", replaces=house.kiosks[0])
    assert reply.name == "fresh"
    assert set(names(house)) == {"kiosk 0", "kiosk 1", "kiosk 2", "fresh"}


def test_a_long_name_is_taken_over_too(house: House) -> None:
    long = "n" * MAX_NAME
    house.office.devices.change(house.event, house.kiosks[0], long)
    reply = enrolled(house.office, house.event, NORTH, long, replaces=house.kiosks[0])
    assert house.office.devices.show(house.event, device_of(reply)).name == long
    assert all(len(name) <= MAX_NAME for name in names(house))

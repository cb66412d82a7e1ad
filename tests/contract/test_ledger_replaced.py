"""A lost kiosk's facts, brought by the one that takes its place: they count as its own, and a stranger's do not."""

from dataclasses import replace

import pytest

from app.ledger.credentials import DeviceRevoked
from app.ledger.device_rows import DeviceState, DeviceUnknown
from app.runtime.redeem_line import Question
from core.journal.scan import Fact, to_record
from core.journal.state import Arrival
from core.model.ids import DeviceId
from core.model.outcomes import Outcome
from core.sync.messages import FactResult
from tests.contract.ledger_rig import NORTH, NOW, House
from tests.support.kiosks import confirm, device_of, enrolled, pending


def deliver(house: House, device: DeviceId, secret: str, facts: list[Fact]) -> list[FactResult]:
    """A batch as the server takes it: from whom the credential says, with those that it replaces."""
    who = house.office.devices.authenticate(house.event, device, secret)
    records = [to_record(fact) for fact in facts]
    return house.line.redeem_batch(who.event, who.device, records, who.predecessors)


def test_a_lost_kiosks_facts_are_its_own_whoever_brings_them(house: House) -> None:  # G6
    tid = house.tickets()[0]
    night = house.admit_offline(tid, 0)
    lost = house.kiosks[0]
    new = enrolled(house.office, house.event, NORTH, "new", replaces=lost)
    results = deliver(house, device_of(new), new.secret, night)
    assert [result.arrival for result in results] == [Arrival.APPLIED, Arrival.APPLIED]
    assert house.entries() == {(tid, 1): night[0].stamp.id}
    assert house.open_incidents() == set()
    again = deliver(house, device_of(new), new.secret, night)
    assert [result.arrival for result in again] == [Arrival.REPLAYED, Arrival.REPLAYED]


def test_a_record_that_nobody_can_read_keeps_its_place_in_the_lost_ones_journal(house: House) -> None:  # G6 G12
    """By whoever's hand it comes: counted as the heir's, it would be missing from the lost one's for ever."""
    lost, night = house.kiosks[0], house.admit_offline(house.tickets()[0], 0)
    wish = to_record(house.shown(night[0])) | {"kind": "wish"}
    new = enrolled(house.office, house.event, NORTH, "new", replaces=lost)
    sender = (device_of(new), frozenset({lost}))
    results = house.line.redeem_batch(house.event, sender[0], [*map(to_record, night), wish], sender[1])
    assert [result.arrival for result in results] == [Arrival.APPLIED, Arrival.APPLIED, Arrival.QUARANTINED]
    held = {each.device: each.count for each in house.office.tallies.held(house.event, sender[1] | {sender[0]})}
    assert held.get(lost.hex) == 3
    assert not held.get(sender[0].hex)


def test_a_fact_that_arrived_before_the_loss_is_a_replay(house: House) -> None:  # G6
    night = house.admit_offline(house.tickets()[0], 0)
    first = house.upload(night[0])[0]
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    replayed, applied = deliver(house, device_of(new), new.secret, night)
    assert (replayed.arrival, replayed.answer) == (Arrival.REPLAYED, first.answer)
    assert applied.arrival is Arrival.APPLIED


def test_the_first_use_names_the_door_that_was(house: House) -> None:
    tid = house.tickets()[0]
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    deliver(house, device_of(new), new.secret, house.admit_offline(tid, 0))
    result = house.ask(house.scan(tid, 1, after_ms=60_000))
    assert result.answer is not None
    assert result.answer.outcome is Outcome.ALREADY_USED
    assert result.answer.first is not None
    assert result.answer.first.device == "kiosk 0"


def test_a_chain_of_replacements_is_followed_and_ends(house: House) -> None:  # G6
    night = house.admit_offline(house.tickets()[0], 0)
    newest = house.kiosks[0]
    for number in range(3):
        reply = enrolled(house.office, house.event, NORTH, f"heir {number}", replaces=newest)
        newest = device_of(reply)
    assert {result.arrival for result in deliver(house, newest, reply.secret, night)} == {Arrival.APPLIED}
    assert [each.state for each in house.office.devices.list(house.event)].count(DeviceState.ACTIVE) == 3


def test_a_strangers_delivery_is_quarantined_and_takes_no_place(house: House) -> None:
    """Negative control: the same facts from a kiosk that replaces somebody else."""
    tid = house.tickets()[0]
    night = house.admit_offline(tid, 0)
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[1])
    results = deliver(house, device_of(new), new.secret, night)
    assert {(result.arrival, result.reason) for result in results} == {(Arrival.QUARANTINED, "other_device")}
    assert house.entries() == {}


def test_the_lost_kiosk_speaks_for_nobody_and_its_heir_not_before_the_digits(house: House) -> None:
    lost, secret = house.kiosks[0], house.secrets[0]
    new = pending(house.office, house.event, NORTH, "new", replaces=lost)
    assert house.office.devices.authenticate(house.event, lost, secret).predecessors == frozenset()
    confirm(house.office, house.event, new)
    with pytest.raises(DeviceRevoked):
        house.office.devices.authenticate(house.event, lost, secret)
    who = house.office.devices.authenticate(house.event, device_of(new), new.secret)
    assert who.predecessors == {lost}


def test_only_a_kiosk_that_was_let_in_can_be_replaced(house: House) -> None:
    waiting = pending(house.office, house.event, NORTH, "new")
    for nobody in (device_of(waiting), DeviceId(house.event)):
        with pytest.raises(DeviceUnknown):
            house.office.device_code(house.event, NORTH, "x", replaces=nobody)


def test_an_heirs_own_facts_and_the_lost_ones_never_share_a_place(house: House) -> None:
    """Both chains begin at 1: places are taken by who wrote, not by who brings."""
    first, second = house.tickets(2)
    lost = house.admit_offline(first, 0)
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    house.kiosks.append(device_of(new))
    own = [
        replace(fact, stamp=replace(fact.stamp, seq=old.stamp.seq))
        for fact, old in zip(house.admit_offline(second, 3), lost, strict=True)
    ]
    results = deliver(house, device_of(new), new.secret, [*lost, *own])
    assert {result.arrival for result in results} == {Arrival.APPLIED}
    assert house.open_incidents() == set()


def test_a_door_that_asks_may_be_an_heir(house: House) -> None:
    scan = house.scan(house.tickets()[0], 0)
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    who = house.office.devices.authenticate(house.event, device_of(new), new.secret)
    asked = house.line.redeem(Question(house.event, who.device, to_record(scan), who.predecessors))
    assert asked.arrival is Arrival.APPLIED


def test_proof_of_an_heir_costs_one_look_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    who = (house.event, device_of(new), new.secret)
    house.office.devices.authenticate(*who)
    monkeypatch.setattr(house.office._database, "reading", None)
    monkeypatch.setattr(house.office._database, "writing", None)
    assert house.office.devices.authenticate(*who).predecessors == {house.kiosks[0]}
    assert house.office.now_ms() == NOW

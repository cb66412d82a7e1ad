"""What travels on a stick, on SQLite and PostgreSQL: an exported queue, and a spare kiosk."""

from collections.abc import Sequence

import pytest
from sqlalchemy import update

from app.ledger.device_rows import DeviceState, DeviceUnknown
from app.ledger.new_devices import GateUnknown
from app.ledger.queue_files import QueueFileUnusable
from app.ledger.redemptions import EventUnknown
from app.ledger.schema import devices
from app.runtime.redeem_line import RedeemLine
from core.journal.scan import Fact, canonical, to_record
from core.model.ids import DeviceId, EventId, GateId
from core.sync.export import Flaw, QueueHeader, Spare, open_spare, sealed_queue
from core.sync.kiosk_replies import QueueReport
from core.ticket import seal
from core.ticket.keyring import VerifyProfile
from tests.contract.ledger_rig import NORTH, NOW, House
from tests.support.kiosks import TestKeys, device_of, enrolled, keys_of, pending


def written(
    house: House,
    facts: Sequence[Fact],
    device: DeviceId | None = None,
    keys: TestKeys | None = None,
    event: EventId | None = None,
    server_key: bytes | None = None,
) -> bytes:
    """The file of a kiosk's queue; the first kiosk's unless another is said."""
    header = QueueHeader(event or house.event, device or house.kiosks[0], NOW, len(facts))
    data = sealed_queue(
        header,
        [canonical(to_record(fact)) for fact in facts],
        server_key=server_key or house.office.roots.server_public,
        signing_private=(keys or keys_of("kiosk 0")).signing_private,
        ephemeral=b"e" * 32,
    )
    assert isinstance(data, bytes)
    return data


def counts(report: QueueReport) -> tuple[int, int, int]:
    return report.applied, report.replayed, report.quarantined


def test_a_queue_is_imported_and_importing_it_again_changes_nothing(house: House) -> None:  # G27
    tids = house.tickets(3)
    facts = [fact for tid in tids for fact in house.admit_offline(tid, 0)]
    data = written(house, facts)
    first = house.office.import_queue(data, house.line)
    before = (house.entries(), house.stored(), house.open_incidents())
    assert (counts(first), first.device, first.facts) == ((6, 0, 0), "kiosk 0", 6)
    assert set(house.entries()) == {(tid, 1) for tid in tids}
    again = house.office.import_queue(data, house.line)
    assert counts(again) == (0, 6, 0)
    assert (house.entries(), house.stored(), house.open_incidents()) == before


def test_a_file_and_the_network_are_one(house: House) -> None:
    """Half of the night came over the network; the file brings all of it."""
    facts = [fact for tid in house.tickets(2) for fact in house.admit_offline(tid, 0)]
    house.upload(*facts[:2])
    assert counts(house.office.import_queue(written(house, facts), house.line)) == (2, 2, 0)
    assert {result.arrival.value for result in house.upload(*facts)} == {"replayed"}


def test_a_double_admission_shows_in_the_report(house: House) -> None:  # G1
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 1))
    report = house.office.import_queue(written(house, house.admit_offline(tid, 0, after_ms=60_000)), house.line)
    assert (report.applied, report.incidents) == (2, 1)


def test_more_facts_than_one_batch_keep_their_order(house: House) -> None:
    facts = [house.scan(tid) for tid in house.tickets(450)]
    sizes: list[int] = []

    class Counting(RedeemLine):
        def redeem_batch(self, event, device, records, *rest):
            sizes.append(len(records))
            return super().redeem_batch(event, device, records, *rest)

    report = house.office.import_queue(written(house, facts), Counting(house.office.facts))
    assert (sizes, report.applied) == ([200, 200, 50], 450)


def test_an_empty_queue_is_one(house: House) -> None:
    assert counts(house.office.import_queue(written(house, []), house.line)) == (0, 0, 0)


# --- whose file ---------------------------------------------------------------------------------------------------


def test_a_revoked_kiosks_facts_are_kept_and_count_nowhere(house: House) -> None:  # G7
    tid = house.tickets()[0]
    facts = house.admit_offline(tid, 0)
    house.office.revoke_device(house.event, house.kiosks[0])
    report = house.office.import_queue(written(house, facts), house.line)
    assert (counts(report), report.is_revoked) == ((0, 0, 2), True)
    assert house.entries() == {}
    assert {house.stored()[fact.stamp.id] for fact in facts} == {("quarantined", "device_revoked")}


def test_a_replaced_kiosks_own_file_counts(house: House) -> None:  # G6
    facts = house.admit_offline(house.tickets()[0], 0)
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    assert counts(house.office.import_queue(written(house, facts), house.line)) == (2, 0, 0)
    by_heir = written(house, facts, device_of(new), keys_of("new"))
    assert counts(house.office.import_queue(by_heir, house.line)) == (0, 2, 0)


def test_an_heirs_file_brings_the_lost_facts(house: House) -> None:  # G6
    facts = house.admit_offline(house.tickets()[0], 0)
    new = enrolled(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    assert counts(house.office.import_queue(written(house, facts, device_of(new), keys_of("new")), house.line)) == (
        2,
        0,
        0,
    )


def test_a_strangers_file_brings_nobody_elses_facts(house: House) -> None:
    facts = house.admit_offline(house.tickets()[0], 0)
    report = house.office.import_queue(written(house, facts, house.kiosks[1], keys_of("kiosk 1")), house.line)
    assert counts(report) == (0, 0, 2)
    assert house.entries() == {}


def test_an_heir_that_was_never_let_in_makes_no_revoked_kiosk_good(house: House) -> None:
    facts = house.admit_offline(house.tickets()[0], 0)
    new = pending(house.office, house.event, NORTH, "new", replaces=house.kiosks[0])
    for device in (device_of(new), house.kiosks[0]):
        house.office.revoke_device(house.event, device)
    assert house.office.import_queue(written(house, facts), house.line).is_revoked


@pytest.mark.parametrize("forger", ["kiosk 1", "a thief"])
def test_nobody_writes_in_another_kiosks_name(house: House, forger: str) -> None:
    data = written(house, house.admit_offline(house.tickets()[0], 0), keys=keys_of(forger))
    with pytest.raises(QueueFileUnusable) as refused:
        house.office.import_queue(data, house.line)
    assert refused.value.key == "queue_file_wrong_signature"
    assert house.stored() == {}


def test_a_device_without_a_signing_key_has_no_file(house: House) -> None:
    with house.office._database.writing() as connection:
        connection.execute(update(devices).where(devices.c.event_id == house.event).values(signing_key=None))
    with pytest.raises(QueueFileUnusable):
        house.office.import_queue(written(house, []), house.line)


def test_a_pending_an_unknown_device_and_an_unknown_event_are_named(house: House) -> None:
    waiting = pending(house.office, house.event, NORTH, "new")
    for device in (device_of(waiting), DeviceId(house.event)):
        with pytest.raises(DeviceUnknown):
            house.office.import_queue(written(house, [], device, keys_of("new")), house.line)
    with pytest.raises(EventUnknown):
        house.office.import_queue(written(house, [], event=EventId(house.kiosks[0])), house.line)


def test_half_a_file_and_another_servers_change_nothing(house: House) -> None:
    facts = house.admit_offline(house.tickets()[0], 0)
    data = written(house, facts)
    flaws = []
    elsewhere = written(house, facts, server_key=seal.x25519_public(b"o" * 32))
    for wrong in (data[: len(data) // 2], data[:-1] + bytes([data[-1] ^ 1]), b"x", elsewhere):
        with pytest.raises(QueueFileUnusable) as refused:
            house.office.import_queue(wrong, house.line)
        flaws.append(refused.value.key.removeprefix("queue_file_"))
    assert flaws == [Flaw.WRONG_SIGNATURE, Flaw.WRONG_SIGNATURE, Flaw.FOREIGN, Flaw.OTHER_SERVER]
    assert house.stored() == {}


# --- a spare kiosk ------------------------------------------------------------------------------------------------


def test_a_spare_is_a_kiosk_from_its_first_moment(house: House) -> None:  # G27
    before = house.office.events.manifest_version(house.event)
    made = house.office.make_spare(house.event, NORTH, "Spare", VerifyProfile.LIST)
    assert house.office.events.manifest_version(house.event) > before
    spare = open_spare(made.kit, made.code)
    assert isinstance(spare, Spare)
    assert (spare.device, spare.name, spare.gate, spare.event) == (made.device, "Spare", NORTH, house.event)
    assert (spare.profile, spare.root_key) == (VerifyProfile.LIST, house.office.roots.root_public)
    who = house.office.devices.authenticate(house.event, spare.device, spare.secret)
    assert who.signing_key == seal.ed25519_public(spare.signing_private)
    (row,) = [each for each in house.office.devices.list(house.event) if each.id == made.device]
    assert (row.state, row.digits) == (DeviceState.ACTIVE, None)


def test_a_spares_queue_comes_home(house: House) -> None:  # G27
    made = house.office.make_spare(house.event, NORTH, "Spare", VerifyProfile.LIST)
    spare = open_spare(made.kit, made.code)
    assert isinstance(spare, Spare)
    house.kiosks.append(spare.device)
    facts = house.admit_offline(house.tickets()[0], 3)
    data = written(house, facts, spare.device, TestKeys(spare.sealing_private, spare.signing_private))
    assert counts(house.office.import_queue(data, house.line)) == (2, 0, 0)


def test_a_spares_code_is_its_own_and_has_eighty_bits(house: House) -> None:
    made = [house.office.make_spare(house.event, NORTH, "Spare", VerifyProfile.LIST) for _ in range(2)]
    assert [len(group) for group in made[0].code.split("-")] == [4] * 4
    assert open_spare(made[0].kit, made[1].code) is Flaw.WRONG_CODE
    assert [each.name for each in made] == ["Spare", "Spare 2"]
    assert made[0].code not in repr(made[0])


def test_a_spares_private_keys_are_not_in_the_ledger(house: House) -> None:
    made = house.office.make_spare(house.event, NORTH, "Spare", VerifyProfile.LIST)
    spare = open_spare(made.kit, made.code)
    assert isinstance(spare, Spare)
    with house.office._database.reading() as connection:
        rows = str(connection.execute(devices.select()).all())
    for secret in (spare.sealing_private, spare.signing_private):
        assert repr(secret) not in rows
    assert spare.secret not in rows
    assert repr(seal.ed25519_public(spare.signing_private)) in rows, "the search itself works"


def test_a_spare_has_a_gate_of_the_event(house: House) -> None:
    with pytest.raises(GateUnknown):
        house.office.make_spare(house.event, GateId("west"), "Spare", VerifyProfile.LIST)

"""What a revoked device still delivers, on both databases: kept at once, counted when the organizer says so."""

import pytest
from sqlalchemy import update

from app.ledger.credentials import DeviceRevoked
from app.ledger.device_rows import SALVAGE_MS, DeviceUnknown
from app.ledger.rows import Doubt
from app.ledger.salvage import PIECE
from app.ledger.schema import devices
from core.journal.scan import Fact, to_record
from core.model.ids import DeviceId
from core.sync.messages import FactResult
from core.sync.tally import Finding
from tests.contract.ledger_rig import NORTH, House
from tests.contract.test_ledger_tally import chain, compare, linked, told
from tests.support.kiosks import device_of, enrolled, pending


def revoke(house: House, kiosk: int = 0, *, ago_ms: int = 0) -> None:
    """Takes a kiosk's rights away, so long ago."""
    house.office.revoke_device(house.event, house.kiosks[kiosk])
    mine = (devices.c.event_id == house.event) & (devices.c.id == house.kiosks[kiosk])
    with house.office._database.writing() as connection:
        connection.execute(update(devices).where(mine).values(revoked_at=devices.c.revoked_at - ago_ms))


def proven(house: House, kiosk: int = 0, *, salvages: bool = True) -> Doubt | None:
    """What speaks against all that this kiosk delivers."""
    device = house.kiosks[kiosk]
    return house.office.devices.authenticate(house.event, device, house.secrets[kiosk], salvages=salvages).doubt


def deliver(house: House, *facts: Fact, kiosk: int = 0) -> list[FactResult]:
    """A batch of a revoked kiosk."""
    records = [to_record(fact) for fact in facts]
    return house.line.redeem_batch(house.event, house.kiosks[kiosk], records, doubt=proven(house, kiosk))


def reasons(house: House) -> set[str | None]:
    return {reason for _, reason in house.stored().values()}


def test_a_revoked_device_delivers_into_quarantine_and_nothing_counts(house: House) -> None:  # G7
    facts = chain(house, 3)
    revoke(house)
    results = deliver(house, *facts)
    assert {(result.arrival.value, result.reason) for result in results} == {("quarantined", "device_revoked")}
    assert (house.entries(), house.inside()) == ({}, [])
    assert house.office.salvage.waiting(house.event) == {house.kiosks[0]: 6}
    assert compare(house, told(facts)).finding is Finding.EQUAL, "quarantined facts are there (I9)"


def test_what_is_salvaged_counts_as_a_late_upload(house: House) -> None:  # G7
    facts = chain(house, PIECE)  # two pieces: every scan has its shown
    revoke(house)
    deliver(house, *facts)
    assert house.office.status_of(house.event).shown == {}
    report = house.office.salvage.take(house.event, house.kiosks[0], house.line)
    assert (report.facts, report.applied, report.quarantined) == (2 * PIECE, 2 * PIECE, 0)
    assert len(house.entries()) == PIECE
    status = house.office.status_of(house.event)
    assert (status.shown, status.facts, status.inside) == ({"admitted_offline": PIECE}, 2 * PIECE, PIECE)
    assert reasons(house) == {None}
    assert house.office.salvage.waiting(house.event) == {}
    assert compare(house, told(facts)).finding is Finding.EQUAL
    before = (house.entries(), house.stored(), house.open_incidents())
    again = house.office.salvage.take(house.event, house.kiosks[0], house.line)
    assert (again.facts, again.applied) == (0, 0)
    assert (house.entries(), house.stored(), house.open_incidents()) == before


def test_salvage_ends_where_uploading_in_time_would_have(house: House) -> None:  # G7
    """The same night, once salvaged and once never revoked, ends in the same entries and incidents."""
    (shared, own) = house.tickets(2)
    late = [*house.admit_offline(shared, 0), *house.admit_offline(own, 0)]
    house.upload(*house.admit_offline(shared, 1, after_ms=60_000))
    revoke(house)
    deliver(house, *late)
    (loser,) = [scan for (tid, _), scan in house.entries().items() if tid == shared]
    house.office.salvage.take(house.event, house.kiosks[0], house.line)
    assert house.entries() == {(shared, 1): late[0].stamp.id, (own, 1): late[2].stamp.id}
    assert house.open_incidents() == {("double_admission", loser)}


def test_what_is_unsound_stays_with_its_own_reason(house: House) -> None:
    facts = chain(house, 2)
    other = linked(house.scan(house.tickets()[0]), facts[:1])
    house.upload(other)  # its place in the journal is taken
    revoke(house)
    deliver(house, *facts)
    report = house.office.salvage.take(house.event, house.kiosks[0], house.line)
    assert (report.applied, report.quarantined) == (3, 1)
    assert house.stored()[facts[1].stamp.id] == ("quarantined", "journal_fork")
    assert ("journal_fork", facts[1].stamp.id) in house.open_incidents()


def test_what_the_server_knew_before_keeps_its_answer(house: House) -> None:
    facts = chain(house, 1)
    house.ask(facts[0])
    revoke(house)
    first, second = deliver(house, *facts)
    assert (first.arrival.value, second.arrival.value) == ("replayed", "quarantined")


@pytest.mark.parametrize(
    ("ago_ms", "is_in_time"), [(0, True), (SALVAGE_MS - 1, True), (SALVAGE_MS, False), (-1, False)]
)
def test_it_may_deliver_for_72_hours(house: House, ago_ms: int, is_in_time: bool) -> None:
    revoke(house, ago_ms=ago_ms)
    if is_in_time:
        assert proven(house) is Doubt.DEVICE_REVOKED
    else:
        with pytest.raises(DeviceRevoked):
            proven(house)


def test_it_may_do_nothing_else(house: House) -> None:
    revoke(house)
    with pytest.raises(DeviceRevoked):
        proven(house, salvages=False)
    assert house.office.devices.proven(house.event, house.kiosks[0], house.secrets[0]) is None, "nor by a memory of it"


def test_a_second_revocation_prolongs_nothing(house: House) -> None:
    revoke(house, ago_ms=SALVAGE_MS)
    house.office.revoke_device(house.event, house.kiosks[0])
    with pytest.raises(DeviceRevoked):
        proven(house)


def test_a_device_that_was_never_let_in_salvages_nothing(house: House) -> None:
    reply = pending(house.office, house.event, NORTH, "never")
    house.office.revoke_device(house.event, device_of(reply))
    with pytest.raises(DeviceRevoked):
        house.office.devices.authenticate(house.event, device_of(reply), reply.secret, salvages=True)


def test_a_device_that_was_replaced_salvages_too(house: House) -> None:
    facts = house.admit_offline(house.tickets()[0], 0)
    enrolled(house.office, house.event, NORTH, "heir", replaces=house.kiosks[0])
    assert {result.reason for result in deliver(house, *facts)} == {"device_revoked"}


def test_an_active_device_is_no_suspect(house: House) -> None:
    assert proven(house) is None


def test_nobody_salvages_a_stranger(house: House) -> None:
    with pytest.raises(DeviceUnknown):
        house.office.salvage.take(house.event, DeviceId(house.event), house.line)

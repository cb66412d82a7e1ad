"""What the ledger says of a device's journal, on both databases: nothing missing, nothing hidden."""

import json
from collections.abc import Sequence
from dataclasses import replace

from app.ledger.tallies import TallySummary
from core.journal.scan import NO_PREDECESSOR, Fact, fingerprint, to_record
from core.model.ids import DeviceId
from core.sync.messages import TallyResult, TallyRow, Vitals
from core.sync.tally import Finding
from tests.contract.ledger_rig import NOW, House


def chain(house: House, scans: int, kiosk: int = 0) -> list[Fact]:
    """What a kiosk's journal holds after so many guests, from seq 1 on."""
    facts: list[Fact] = []
    for tid in house.tickets(scans):
        scan = house.scan(tid, kiosk)
        shown = house.shown(scan)
        facts.append(linked(scan, facts))
        facts.append(linked(shown, facts))
    return facts


def linked(fact: Fact, before: Sequence[Fact]) -> Fact:
    """The fact as the next one behind these."""
    previous = fingerprint(to_record(before[-1])) if before else NO_PREDECESSOR
    return replace(fact, stamp=replace(fact.stamp, seq=len(before) + 1, previous=previous))


def told(facts: Sequence[Fact], **change: object) -> TallyRow:
    """What the kiosk says of these facts."""
    last = facts[-1]
    row = TallyRow(last.stamp.device.hex, 1, len(facts), last.stamp.seq, fingerprint(to_record(last)).hex())
    return replace(row, **change)  # type: ignore[arg-type]


def compare(house: House, row: TallyRow, kiosk: int = 0) -> TallyResult:
    (result,) = house.office.tallies.compare(house.event, [row], {house.kiosks[kiosk]})
    return result


def device_incidents(house: House) -> set[tuple[str, DeviceId]]:
    return {(kind, DeviceId(subject)) for kind, subject in house.open_incidents() if subject in house.kiosks}


def summaries(house: House) -> list[TallySummary]:
    return house.office.tallies.summaries(house.event)


def test_a_drained_kiosk_and_its_server_are_equal(house: House) -> None:
    facts = chain(house, 5)
    house.upload(*facts)
    result = compare(house, told(facts))
    assert (result.finding, result.count, result.max_seq, result.last_seq) == (Finding.EQUAL, 10, 10, 10)
    assert result.head == fingerprint(to_record(facts[-1])).hex()
    assert device_incidents(house) == set()
    (kept,) = summaries(house)
    assert (kept.finding, kept.told_count, kept.held_count, kept.missing) == (Finding.EQUAL, 10, 10, 0)


def test_a_missing_fact_is_an_incident_until_it_comes(house: House) -> None:
    facts = chain(house, 5)
    house.upload(*facts[:4], *facts[5:])
    assert compare(house, told(facts)).finding is Finding.SERVER_BEHIND
    assert device_incidents(house) == {("journal_gap", house.kiosks[0])}
    assert json.loads(house.evidence(house.kiosks[0]))["held_count"] == 9  # type: ignore[arg-type]
    assert [one.missing for one in summaries(house)] == [1]
    (shown,) = house.office.incidents.list(house.event).incidents
    assert (shown.kind, shown.device_name, shown.missing, shown.loser) == ("journal_gap", "kiosk 0", 1, None)
    house.upload(facts[4])
    assert compare(house, told(facts)).finding is Finding.EQUAL
    assert device_incidents(house) == set()
    house.office.tallies.compare(house.event, [told(facts, count=11, max_seq=11)], {house.kiosks[0]})
    assert device_incidents(house) == {("journal_gap", house.kiosks[0])}, "it opens again"


def test_facts_in_quarantine_are_there(house: House) -> None:  # I9 G12
    facts = chain(house, 3)
    records = [to_record(fact) for fact in facts]
    records[2] = records[2] | {"v": 9}  # a poison fact: readable by nobody, its place still told
    facts[-1] = linked(facts[-1], facts[:-1])
    house.line.redeem_batch(house.event, house.kiosks[0], records)
    assert sorted(arrival for arrival, _ in house.stored().values()).count("quarantined") == 1
    result = compare(house, told(facts))
    assert (result.finding, result.count) == (Finding.EQUAL, 6)


def test_a_poison_at_the_head_is_there_too(house: House) -> None:  # I9
    facts = chain(house, 2)
    record = to_record(facts[-1]) | {"outcome": "no such outcome"}
    house.upload(*facts[:-1])
    house.line.redeem_batch(house.event, house.kiosks[0], [record])
    result = compare(house, told(facts, head=fingerprint(record).hex()))
    assert (result.finding, result.count, result.last_seq) == (Finding.EQUAL, 4, 4)


def test_a_copied_journal_is_a_fork(house: House) -> None:
    facts = chain(house, 4)
    house.upload(*facts)
    copy = [*facts[:6], linked(house.scan(house.tickets()[0]), facts[:6])]
    house.upload(copy[-1])
    assert compare(house, told(copy)).finding is Finding.HEADS_DIFFER
    assert ("journal_fork", house.kiosks[0]) in device_incidents(house)
    assert compare(house, told(facts)).finding is Finding.EQUAL
    assert ("journal_fork", house.kiosks[0]) in device_incidents(house), "a fork is for a person to close"


def test_a_journal_that_was_put_back_is_found_when_it_was_known_to_be_longer(house: House) -> None:
    facts = chain(house, 4)
    house.upload(*facts)
    compare(house, told(facts))
    assert compare(house, told(facts[:6])).finding is Finding.SERVER_AHEAD
    assert device_incidents(house) == {("journal_fork", house.kiosks[0])}


def test_a_count_that_came_late_is_no_journal_that_was_put_back(house: House) -> None:
    """A slow network doubles a question and brings the copy after the next one."""
    facts = chain(house, 4)
    house.upload(*facts)
    compare(house, told(facts))
    compare(house, told(facts[:6]))
    assert device_incidents(house) == {("journal_fork", house.kiosks[0])}
    facts.append(linked(house.scan(house.tickets()[0]), facts))
    house.upload(facts[-1])
    assert compare(house, told(facts)).finding is Finding.EQUAL
    assert device_incidents(house) == set()


def test_a_guest_who_comes_while_it_is_compared_is_no_incident(house: House) -> None:
    facts = chain(house, 4)
    house.upload(*facts[:6])
    compare(house, told(facts[:6]))
    house.upload(*facts[6:])  # asked online, between the kiosk's counting and the comparison
    result = compare(house, told(facts[:6]))
    assert (result.finding, result.last_seq) == (Finding.EQUAL, 8)
    assert device_incidents(house) == set()


def test_nobody_compares_for_another_device(house: House) -> None:
    facts = chain(house, 2, kiosk=1)
    house.upload(*facts)
    assert compare(house, told(facts), kiosk=0).finding is None
    assert summaries(house) == []
    rows = [told(facts, device="x"), told(facts, head="00"), told(facts, head="zz")]
    results = house.office.tallies.compare(house.event, rows, {house.kiosks[1]})
    assert [result.finding for result in results] == [None] * 3


def test_what_the_ledger_holds_is_told_by_incarnation(house: House) -> None:
    facts = chain(house, 2)
    house.upload(*facts)
    second = linked(house.scan(house.tickets()[0]), ())
    second = replace(second, stamp=replace(second.stamp, incarnation=2))
    house.upload(second)
    held = house.office.tallies.held(house.event, {house.kiosks[0], house.kiosks[1]})
    assert [(one.incarnation, one.count, one.last_seq) for one in held] == [(1, 4, 4), (2, 1, 1)]


def test_control_a_ledger_that_forgets_quarantine_would_be_found(house: House) -> None:
    """The planted defect: facts outside the chain are not counted, and an innocent kiosk is accused."""
    facts = chain(house, 3)
    records = [to_record(fact) for fact in facts]
    records[2] = records[2] | {"v": 9}
    house.line.redeem_batch(house.event, house.kiosks[0], [record for record in records if record["v"] == 1])
    assert compare(house, told(facts)).finding is Finding.SERVER_BEHIND


def test_the_status_says_what_may_not_be_here_yet(house: House) -> None:  # A25
    """With the figures, of one transaction: when each kiosk was heard of, what waits at it, what is lost."""
    facts = chain(house, 3)
    house.upload(*facts[:4])
    compare(house, told(facts))
    assert [each.missing for each in house.office.status_of(house.event).kiosks] == [2, 0, 0]
    vitals = Vitals(NOW, "0.1.0", queue=14, manifest_version=1)
    house.office.devices.keep_vitals(house.event, house.kiosks[1], vitals)
    house.office.revoke_device(house.event, house.kiosks[2])
    first, second = house.office.status_of(house.event).kiosks
    assert (first.gate, first.queue, first.missing, first.shown, first.told_ms) == ("north", 0, 2, 2, None)
    assert (second.queue, second.missing, second.shown) == (14, 0, 0)
    assert second.told_ms is not None
    house.upload(*facts)
    compare(house, told(facts))
    assert house.office.status_of(house.event).kiosks[0].missing == 0
    house.office.edits.update(house.event, {"capacity": 800})
    assert house.office.status_of(house.event).capacity == 800

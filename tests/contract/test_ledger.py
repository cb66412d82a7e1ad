"""What any ledger does with facts, on SQLite and PostgreSQL: the door's scenarios through the redeem line."""

import itertools
import json
from dataclasses import replace

import pytest
from sqlalchemy import delete

from app.ledger.redemptions import EventUnknown
from app.ledger.schema import tickets
from app.runtime.redeem_line import Question
from core.journal.scan import to_record
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.ids import EventId, FactId, TicketHandle
from core.model.outcomes import Outcome
from core.sync.messages import FactResult
from tests.contract.ledger_rig import NORTH, PARKING, SOUTH, TOMORROW, VIP, House


def outcome(result: FactResult) -> Outcome | None:
    """What the door is told."""
    return result.answer.outcome if result.answer else None


def test_first_scan_is_admitted_and_redeemed(house: House) -> None:  # A1
    tid = house.tickets()[0]
    scan = house.scan(tid)
    result = house.ask(scan)
    assert (result.arrival, outcome(result)) == (Arrival.APPLIED, Outcome.ADMITTED)
    assert house.entries() == {(tid, 1): scan.stamp.id}
    assert house.inside() == [tid]


def test_strangers_code_is_recorded_without_a_ticket(house: House) -> None:  # A2, A21
    scan = house.scan(None)
    first, again = house.ask(scan), house.ask(scan)
    assert outcome(first) == outcome(again) == Outcome.UNKNOWN_CODE
    assert (first.arrival, again.arrival) == (Arrival.APPLIED, Arrival.REPLAYED)
    assert len(house.stored()) == 1
    assert house.entries() == {}


def test_unknown_ticket_is_quarantined_and_admits_nobody(house: House) -> None:  # A2
    scan = house.scan(TicketHandle(b"\x01" * 8))
    result = house.ask(scan)
    assert (result.arrival, result.reason, result.answer) == (Arrival.QUARANTINED, "unknown_ticket", None)
    assert house.stored() == {scan.stamp.id: ("quarantined", "unknown_ticket")}
    assert house.ask(scan).arrival is Arrival.QUARANTINED


def test_second_scan_names_the_first(house: House) -> None:  # A4, G24
    tid = house.tickets()[0]
    house.ask(house.scan(tid))
    answer = house.ask(house.scan(tid, 1, after_ms=5_000)).answer
    assert answer is not None
    assert answer.outcome is Outcome.ALREADY_USED
    assert answer.first is not None
    assert (answer.first.gate, answer.first.device) == (NORTH, "kiosk 0")
    assert len(house.entries()) == 1


def test_same_fact_twice_is_one_record_with_one_answer(house: House) -> None:  # A5
    scan = house.scan(house.tickets()[0])
    first, again, uploaded = house.ask(scan), house.ask(scan), house.upload(scan)[0]
    assert (again.arrival, uploaded.arrival) == (Arrival.REPLAYED, Arrival.REPLAYED)
    assert first.answer == again.answer == uploaded.answer
    assert len(house.stored()) == 1


def test_another_fact_under_a_known_id_is_an_incident(house: House) -> None:  # A5
    scan = house.scan(house.tickets()[0])
    house.ask(scan)
    other = replace(scan, gate=SOUTH)
    assert (house.ask(other).reason, house.upload(other)[0].reason) == ("id_reuse", "id_reuse")
    assert ("id_reuse", scan.stamp.id) in house.open_incidents()
    assert json.loads(house.evidence(scan.stamp.id)) == to_record(other)
    assert house.ask(scan).arrival is Arrival.REPLAYED


def test_two_facts_at_one_place_of_a_journal_fork_it(house: House) -> None:
    tid = house.tickets()[0]
    first = house.scan(tid, seq=50, id_=FactId(EventId(house.event)))
    house.ask(first)
    fork = house.scan(tid, seq=50)
    innocent = house.scan(tid)
    results = house.upload(fork, innocent)
    assert [r.arrival for r in results] == [Arrival.QUARANTINED, Arrival.APPLIED]
    assert (results[0].reason, results[0].incidents) == ("journal_fork", ["journal_fork"])
    assert ("journal_fork", fork.stamp.id) in house.open_incidents()
    assert house.upload(fork)[0].arrival is Arrival.QUARANTINED
    assert len(house.stored()) == 3


@pytest.mark.parametrize(
    ("cls", "gate", "told"),
    [
        (VIP, NORTH, Outcome.WRONG_GATE),
        (VIP, SOUTH, Outcome.ADMITTED),
        (PARKING, NORTH, Outcome.WRONG_PRODUCT),
        (TOMORROW, NORTH, Outcome.WRONG_DATE),
    ],
)
def test_class_gate_and_date_each_have_their_outcome(house: House, cls, gate, told: Outcome) -> None:  # A12
    tid = house.tickets(cls=cls)[0]
    assert outcome(house.ask(house.scan(tid, gate=gate, cls=cls))) is told


def test_another_events_fact_is_quarantined(house: House) -> None:  # A12
    scan = house.scan(house.tickets()[0])
    strange = replace(scan, stamp=replace(scan.stamp, event=EventId(scan.stamp.device)))
    assert house.ask(strange).reason == "other_event"


def test_another_devices_fact_is_quarantined(house: House) -> None:
    scan = house.scan(house.tickets()[0], 1)
    result = house.line.redeem(Question(house.event, house.kiosks[0], to_record(scan)))
    assert (result.arrival, result.reason) == (Arrival.QUARANTINED, "other_device")
    assert house.entries() == {}


def test_edition_never_issued_and_another_class_are_quarantined(house: House) -> None:
    tid = house.tickets()[0]
    assert house.ask(house.scan(tid, gen=1)).reason == "gen_not_issued"
    assert house.ask(house.scan(tid, cls=VIP)).reason == "class_mismatch"
    assert house.entries() == {}


def test_unknown_event_is_an_error(house: House) -> None:
    scan = house.scan(house.tickets()[0])
    with pytest.raises(EventUnknown):
        house.line.redeem_batch(EventId(scan.stamp.device), house.kiosks[0], [to_record(scan)])


def test_multi_entry_ticket_counts_to_its_limit(house: House) -> None:  # A6
    tid = house.tickets(cls=VIP)[0]
    told = [
        outcome(house.ask(house.scan(tid, gate=SOUTH, cls=VIP, direction=direction, after_ms=step)))
        for step, direction in enumerate([Direction.ENTRY, Direction.EXIT, Direction.ENTRY, Direction.ENTRY])
    ]
    assert told == [Outcome.ADMITTED, Outcome.EXIT_RECORDED, Outcome.ADMITTED, Outcome.LIMIT_REACHED]
    assert len(house.entries()) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_two_kiosks_offline_give_one_redemption_and_one_incident(house: House, order) -> None:  # G1
    tid = house.tickets()[0]
    nights = [house.admit_offline(tid, 0), house.admit_offline(tid, 1, after_ms=60_000)]
    for kiosk in order:
        house.upload(*nights[kiosk])
    assert house.entries() == {(tid, 1): nights[0][0].stamp.id}
    assert house.open_incidents() == {("double_admission", nights[1][0].stamp.id)}
    status = house.office.status_of(house.event)
    assert (status.redemptions, status.admissions, status.double_admissions) == (1, 2, 1)


def test_answer_stays_when_the_rules_changed_before_the_retry(house: House) -> None:  # G3
    tid = house.tickets()[0]
    scan = house.scan(tid)
    first = house.ask(scan)
    house.office.cancel_ticket(house.event, tid)
    again = house.ask(scan)
    assert (again.arrival, again.answer) == (Arrival.REPLAYED, first.answer)
    assert outcome(house.ask(house.scan(tid, after_ms=1))) is Outcome.CANCELED


def test_poison_in_a_batch_hurts_nobody_else(house: House) -> None:  # G12
    tids = house.tickets(3)
    good = [to_record(house.scan(tid)) for tid in tids]
    known_id = house.scan(tids[0]).stamp.id
    deep: object = 0
    for _ in range(5_000):
        deep = [deep]
    poison: list[object] = [
        {**good[0], "id": known_id.hex, "ts": -1},
        {**good[0], "id": "nonsense"},
        {**good[0], "id": FactId(house.event).hex, "boot": deep},
        {**good[0], "seq": 2**80, "id": house.kiosks[1].hex},
        "no object",
        None,
        {},
    ]
    results = house.line.redeem_batch(house.event, house.kiosks[0], [good[0], *poison, good[1], good[2]])
    assert [result.arrival for result in results] == [
        Arrival.APPLIED,
        *[Arrival.QUARANTINED] * len(poison),
        Arrival.APPLIED,
        Arrival.APPLIED,
    ]
    assert all((result.reason or "").startswith("malformed: ") for result in results[1:-2])
    assert house.stored()[known_id][0] == "quarantined"
    assert len(house.stored()) == len(good) + len(poison), "what has no id of its own is kept too"
    assert len(house.entries()) == 3
    again = house.line.redeem_batch(house.event, house.kiosks[0], [good[0], *poison, good[1], good[2]])
    assert [result.id for result in again] == [result.id for result in results]
    assert len(house.stored()) == len(good) + len(poison)


def test_evidence_of_a_malformed_fact_is_cut(house: House) -> None:
    record = {**to_record(house.scan(house.tickets()[0])), "junk": "x" * 100_000}
    first, again = (house.line.redeem_batch(house.event, house.kiosks[0], [record])[0] for _ in range(2))
    assert (first.arrival, first.reason) == (again.arrival, again.reason)
    assert len(house.stored()) == 1


def test_one_fact_twice_in_a_batch_counts_once(house: House) -> None:
    scan = house.scan(house.tickets()[0])
    results = house.upload(scan, scan)
    assert [result.arrival for result in results] == [Arrival.APPLIED, Arrival.REPLAYED]
    assert results[0].answer == results[1].answer


def test_green_light_outlives_the_servers_refusal(house: House) -> None:  # G29
    tid = house.tickets()[0]
    house.ask(house.scan(tid, 0))
    late = house.scan(tid, 1, after_ms=10)
    assert outcome(house.ask(late)) is Outcome.ALREADY_USED
    result = house.upload(house.shown(late, Outcome.ADMITTED_OFFLINE))[0]
    assert result.arrival is Arrival.APPLIED
    assert house.open_incidents() == {("double_admission", late.stamp.id)}
    assert len(house.entries()) == 1


def test_shown_may_come_before_its_scan(house: House) -> None:
    tid = house.tickets()[0]
    scan, seen = house.admit_offline(tid, 0)
    assert house.upload(seen)[0].arrival is Arrival.APPLIED
    assert house.entries() == {}
    house.upload(scan)
    assert house.entries() == {(tid, 1): scan.stamp.id}


def test_incident_is_withdrawn_when_later_facts_undo_it(house: House) -> None:
    tid = house.tickets()[0]
    first, second = house.scan(tid, 0), house.scan(tid, 1, after_ms=60_000)
    house.upload(first, house.shown(first))
    house.upload(second, house.shown(second))
    assert len(house.open_incidents()) == 1
    house.upload(house.shown(first, Outcome.CANCELED))  # the first door corrects itself
    assert house.open_incidents() == set()
    assert house.entries() == {(tid, 1): second.stamp.id}


def test_smaller_key_takes_the_redemption_over(house: House) -> None:
    tid = house.tickets()[0]
    late, early = house.admit_offline(tid, 0, after_ms=60_000), house.admit_offline(tid, 1)
    house.upload(*late)
    assert house.entries() == {(tid, 1): late[0].stamp.id}
    house.upload(*early)
    assert house.entries() == {(tid, 1): early[0].stamp.id}
    assert house.open_incidents() == {("double_admission", late[0].stamp.id)}


def test_import_turns_quarantined_scans_into_redemptions(house: House) -> None:  # G25
    sold = house.office.issue_tickets(house.event, VIP, 1)[0]
    tid = TicketHandle(bytes.fromhex(sold.tid))
    forget(house, tid)
    facts = [house.scan(tid, gate=SOUTH, cls=VIP)]
    facts_sent = [*facts, house.shown(facts[0])]
    assert {result.reason for result in house.upload(*facts_sent)} == {"unknown_ticket"}
    report = house.office.import_tickets(house.event, ["code,external_ref\n", f"{sold.text},A-1\n"])
    assert (report.done.new, report.adopted, report.done.refused) == (1, 2, ())
    assert house.entries() == {(tid, 1): facts[0].stamp.id}
    assert house.upload(facts[0])[0].arrival is Arrival.REPLAYED


def forget(house: House, tid: TicketHandle) -> None:
    """Takes a ticket's row away, as a restore from an old backup would."""
    with house.office._database.writing() as connection:
        connection.execute(delete(tickets).where(tickets.c.event_id == house.event, tickets.c.tid == tid))

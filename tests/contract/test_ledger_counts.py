"""What is counted as it is written is what the tables hold, whatever was done in which order, on both databases."""

import random
from collections import Counter

import pytest
from sqlalchemy import delete, event, select, text, update

from app.ledger.counters import MINUTE_MS, Counted, Presence, plain_count, read_counts, recount
from app.ledger.curves import MOST_STEPS, Span, span_of
from app.ledger.engine import SQLITE
from app.ledger.schema import counters, tickets
from core.journal.scan import Fact
from core.model.event import Direction
from core.model.ids import TicketHandle
from core.model.moments import LATEST_MS
from core.model.outcomes import Outcome
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NORTH, SOUTH, STANDARD, VIP, House

EVENING = 45


def check(house: House) -> None:
    """The kept counts are those of a plain recount."""
    with house.office._database.reading() as connection:
        kept, plain = read_counts(connection, house.event, Counted), plain_count(connection, house.event)
    assert sorted(kept, key=repr) == sorted(plain, key=repr)


def one_of(house: House, dice: random.Random, tids: list[TicketHandle]) -> None:
    """Something that happens at an event."""
    tid, kiosk, after_ms = dice.choice(tids), dice.randrange(3), dice.randrange(3_600_000)
    match dice.randrange(9):
        case 0 | 1:
            house.ask(house.scan(tid, kiosk, after_ms=after_ms, gate=dice.choice([NORTH, SOUTH])))
        case 2 | 3:
            house.upload(*house.admit_offline(tid, kiosk, after_ms=after_ms))
        case 4:
            house.ask(house.scan(tid, kiosk, after_ms=after_ms, direction=Direction.EXIT))
        case 5:
            house.office.cancel_ticket(house.event, tid, dice.choice(list(DenialReason)))
        case 6:
            stranger = TicketHandle(dice.randbytes(8))
            sent: list[Fact] = house.admit_offline(stranger, kiosk)
            house.upload(*sent, house.scan(None, kiosk))
        case 7:
            refused = house.scan(tid, kiosk, after_ms=after_ms)
            house.upload(refused, house.shown(refused, Outcome.WRONG_GATE))
        case _:
            tids += house.tickets(dice.randrange(1, 4), dice.choice([STANDARD, VIP]))


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_the_tables_after_every_step(house: House, seed: int) -> None:  # A25
    dice = random.Random(seed)
    tids = house.tickets(5)
    for step in range(EVENING):
        one_of(house, dice, tids)
        if step % 3 == 0:
            check(house)
    check(house)
    status = house.office.status_of(house.event)
    assert status.redemptions > 0
    assert status.inside > 0


def test_status_says_what_the_ledger_holds(house: House) -> None:  # A25, G19
    standard, vip = house.tickets(6), house.tickets(3, VIP)
    for tid in standard[:3]:
        house.ask(house.scan(tid))
    house.ask(house.scan(vip[0], gate=SOUTH, cls=VIP))
    house.ask(house.scan(vip[0], gate=SOUTH, cls=VIP, after_ms=9))
    house.ask(house.scan(standard[0], after_ms=10, direction=Direction.EXIT))
    house.upload(*house.admit_offline(standard[1], 1, after_ms=20))  # a second guest with the same ticket
    house.office.cancel_ticket(house.event, standard[5])
    house.office.cancel_ticket(house.event, standard[2])
    status = house.office.status_of(house.event)
    assert (status.tickets, status.redemptions, status.admissions) == (9, 5, 6)
    assert (status.inside, status.remaining, status.double_admissions) == (3, 4, 1)
    classes = {
        each.name: (each.tickets, each.admitted, each.guests, each.inside, each.remaining) for each in status.classes
    }
    assert classes == {
        "Standard": (6, 3, 3, 2, 2),
        "VIP": (3, 2, 1, 1, 2),
        "Parking": (0, 0, 0, 0, 0),
        "Tomorrow": (0, 0, 0, 0, 0),
    }
    assert {each.name for each in status.classes if each.is_expected} == {"Standard", "VIP"}, "no parking, not tomorrow"
    assert {each.name: each.admitted for each in status.gates} == {"North gate": 3, "South gate": 2}
    assert len(house.inside()) == status.inside
    assert Counter(place[0] for place in house.entries())[vip[0]] == 2


def test_guests_are_told_by_the_minute_in_which_they_came(house: House) -> None:
    """Offline entries too, and an undone one no more; what doors showed beside them."""
    tids = house.tickets(4)
    house.upload(*house.admit_offline(tids[0], 0))
    house.upload(*house.admit_offline(tids[1], 1, after_ms=2 * MINUTE_MS))
    house.ask(house.scan(tids[2], gate=SOUTH, cls=STANDARD, after_ms=MINUTE_MS))
    refused = house.scan(tids[3], 1, after_ms=3 * MINUTE_MS)
    house.upload(refused, house.shown(refused, Outcome.WRONG_GATE))
    first = house.scan(tids[3]).stamp.moment.at_ms
    span = span_of(first, first + 4 * MINUTE_MS, 1)
    assert span is not None
    told = house.office.arrivals_of(house.event, span)
    assert told.since_ms == first // MINUTE_MS * MINUTE_MS
    assert {curve.id: curve.counts for curve in told.gates} == {"north": [1, 0, 1, 0, 0], "south": [0, 1, 0, 0, 0]}
    assert {curve.id: curve.counts for curve in told.outcomes} == {
        "admitted_offline": [1, 0, 1, 0, 0],
        "wrong_gate": [0, 0, 0, 1, 0],
    }
    wide = house.office.arrivals_of(house.event, Span(span.first, span.last, 2))
    assert [curve.counts for curve in wide.gates] == [[1, 1, 0], [1, 0, 0]]
    lanes = {lane.device: lane.shown for lane in house.office.lanes_of(house.event)}
    assert lanes[house.kiosks[0].hex] == {"admitted_offline": 1}
    assert lanes[house.kiosks[1].hex] == {"admitted_offline": 1, "wrong_gate": 1}
    assert len(lanes) == len(house.kiosks), "those that showed nothing too"


def test_a_span_that_is_none_or_too_long_is_none() -> None:
    assert span_of(MINUTE_MS, 0, 1) is None
    assert span_of(0, MOST_STEPS * MINUTE_MS - 1, 1) is not None
    assert span_of(0, MOST_STEPS * MINUTE_MS, 1) is None
    assert span_of(0, LATEST_MS, MOST_STEPS) is None


def test_a_recount_mends_what_was_lost(house: House) -> None:
    (tid,) = house.tickets(1)
    house.ask(house.scan(tid))
    database = house.office._database
    with database.writing() as connection:
        connection.execute(delete(counters).where(counters.c.event_id == house.event))
    assert house.office.status_of(house.event).tickets == 0, "the negative control: the counts are what is told"
    with database.writing() as connection:
        recount(connection, database.profile, house.event)
    check(house)
    house.ask(house.scan(tid, after_ms=5, direction=Direction.EXIT))
    check(house)


def test_a_forgotten_count_is_found(house: House) -> None:
    """The negative control of `check`: a writer that counts nothing."""
    (tid,) = house.tickets(1)
    with house.office._database.writing() as connection:
        mine = (tickets.c.event_id == house.event) & (tickets.c.tid == tid)
        connection.execute(update(tickets).where(mine).values(is_inside=True))
    with pytest.raises(AssertionError):
        check(house)


def test_status_reads_no_table_whole(house: House) -> None:
    """However many tickets and scans there are: each statement of it goes through an index of what is few."""
    database, asked = house.office._database, []
    house.upload(*house.admit_offline(house.tickets(1)[0], 0))

    @event.listens_for(database._engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        asked.append((statement, parameters))

    house.office.status_of(house.event)
    event.remove(database._engine, "before_cursor_execute", note)
    about = [each for each in asked if "FROM" in each[0]]
    assert len(about) >= 4
    plans = []
    with database.reading() as connection:
        if database.profile is not SQLITE:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if database.profile is not SQLITE else "EXPLAIN QUERY PLAN "
        for statement, parameters in about:
            plans += [str(row) for row in connection.exec_driver_sql(explain + statement, parameters)]
    touched = " ".join(plans)
    for table in ("tickets", "redemptions"):
        assert f" {table}" not in touched, touched
    of_facts = [line for line in plans if "facts" in line and "kind = ANY" not in line]
    assert of_facts
    assert all("facts_quarantined" in line for line in of_facts), of_facts
    assert not any("SCAN facts" in line or "Seq Scan on facts" in line for line in plans)


def test_slots_let_writers_pass_each_other(house: House) -> None:
    """Two transactions count the same thing at once and neither waits; the sum is both."""
    database = house.office._database
    if database.profile is SQLITE:
        pytest.skip("one writer at a time")
    from app.ledger.counters import Counters

    with database.writing() as one, database.writing() as two:
        for connection in (one, two):
            counts = Counters(connection, database.profile, house.event)
            counts.add(Counted.TICKETS, 1, name=Presence.EXPECTED, cls=STANDARD)
            counts.flush()
    with database.reading() as connection:
        mine = select(counters.c.n).where(counters.c.event_id == house.event, counters.c.cls == STANDARD)
        assert sum(connection.execute(mine).scalars()) == 2


def test_an_older_database_is_counted_once(house: House) -> None:
    """What the migrations do: their statements on tables that are full already."""
    from importlib import import_module

    tids = house.tickets(4)
    house.ask(house.scan(tids[0]))
    house.upload(*house.admit_offline(tids[1], 1))
    house.office.cancel_ticket(house.event, tids[1])
    house.office.cancel_ticket(house.event, tids[2])
    steps = [import_module(f"app.ledger.migrations.versions.{name}") for name in ("0007_office", "0012_minutes")]
    database = house.office._database
    device = "replace(CAST(device AS text), '-', '')" if database.profile is not SQLITE else "device"
    with database.writing() as connection:
        connection.execute(delete(counters))
        for counted in (counted.format(device=device) for step in steps for counted in step._COUNTED):
            connection.execute(text(f"INSERT INTO counters (event_id, kind, name, cls, slot, n) {counted}"))
    check(house)

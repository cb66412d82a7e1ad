"""What is forgotten, when, and what goes on as before: the chain, comparisons, repeated uploads."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.ledger.payment_book import Told
from app.ledger.retention import DAY_MS, NobodyFound
from app.ledger.schema import attendees, facts, incidents, metadata, segment_parts
from app.ledger.shop_files import ShopRow
from app.runtime.job_table import forget
from core.journal.scan import Scan, fingerprint, to_record
from core.journal.state import Arrival
from core.model.ids import TicketHandle
from core.model.outcomes import Outcome
from tests.contract.ledger_rig import NOW, Home, House, open_house

ANSWERS = {"shirt size": "M", "emergency contact": "Bea Example, 0170 1234567"}
HIDDEN = ("Anna", "Bea Example", "O-17")


@pytest.fixture
def house(own_home: Home) -> Iterator[House]:
    """The job looks at all events: this one has a database of its own."""
    with open_house(own_home) as opened:
        yield opened


def sold(house: House, ref: str, name: str, order: str) -> TicketHandle:
    row = ShopRow(line=0, external_ref=ref, code="", cls="1", name=name, order=order, nbf=None, exp=None)
    done = house.office.put_ticket(house.event, "shop", row)
    return TicketHandle(done.tid)  # type: ignore[union-attr, arg-type]


def scanned(house: House, tid: TicketHandle) -> Scan:
    scan = replace(house.scan(tid), answers=ANSWERS)
    assert house.ask(scan).arrival is Arrival.APPLIED
    return scan


def everything(house: House) -> str:
    """All that the database holds, as text."""
    with house.office._database.reading() as connection:
        return "\n".join(repr(row) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def test_a_person_is_forgotten_and_the_ticket_goes_on(house: House) -> None:
    anna, other = sold(house, "A-1", "Anna Example", "O-17"), sold(house, "A-2", "Carl Example", "O-18")
    for order in ("O-17", "O-18"):
        told = Told(5_000, "eur", payment_intent=f"pi_{order[2:]}")
        house.office.payments.put(house.event, order, "shop", told)
    scan = scanned(house, anna)
    kept = scanned(house, other)
    house.office.manifest_of(house.event)
    entries = house.entries()
    assert all(text in everything(house) for text in HIDDEN)

    done = house.office.retention.erase_person(house.event, order="O-17")
    assert (done.tickets, done.names, done.answers) == (1, 1, 1)
    told = everything(house)
    assert not any(text in told for text in ("Anna", "O-17"))
    assert told.count("pi_17") == 1, "what was paid stays"
    assert house.office.payments.show(house.event, "O-18").payment_intent == "pi_18"
    assert told.count("Bea Example") == 1, "the other guest's answers are there still"
    assert house.entries() == entries
    (again,) = house.upload(scan)
    assert again.arrival is Arrival.REPLAYED, "its kiosk may send it again"
    repeated = house.ask(house.scan(anna, 1, after_ms=60_000)).answer
    assert repeated is not None
    assert repeated.outcome is Outcome.ALREADY_USED
    row = stored(house, scan)
    assert row.fingerprint == fingerprint(to_record(scan)), "the chain goes on over it"
    assert row.erased_at == NOW
    assert stored(house, kept).erased_at is None


def stored(house: House, scan: Scan):  # type: ignore[no-untyped-def]
    with house.office._database.reading() as connection:
        mine = (facts.c.event_id == house.event) & (facts.c.id == scan.stamp.id)
        return connection.execute(select(facts).where(mine)).one()


def test_the_list_of_names_is_made_anew_and_the_old_file_is_gone(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    before = house.office.manifest_of(house.event)
    old = next(row for row in before.segments if row.kind == "attendees")
    house.office.retention.erase_person(house.event, [anna])
    with house.office._database.reading() as connection:
        files = connection.execute(select(segment_parts.c.sha256).where(segment_parts.c.event_id == house.event))
        assert bytes.fromhex(old.sha256) not in set(files.scalars())
    after = house.office.manifest_of(house.event)
    assert after.version > before.version
    assert next(row.count for row in after.segments if row.kind == "attendees") == 0


def test_evidence_of_another_record_is_dropped_and_the_incident_stays(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    scan = scanned(house, anna)
    record = to_record(scan) | {"answers": {"shirt size": "XL, says Bea Example"}}
    house.line.redeem_batch(house.event, scan.stamp.device, [record])
    house.office.retention.erase_person(house.event, [anna])
    assert "Bea Example" not in everything(house)
    assert {kind for kind, _ in house.open_incidents()} == {"id_reuse"}


def test_erasing_again_finds_nothing_and_a_stranger_is_nobody(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    scanned(house, anna)
    house.office.retention.erase_person(house.event, [anna])
    done = house.office.retention.erase_person(house.event, [anna])
    assert (done.tickets, done.names, done.answers) == (1, 0, 0)
    with pytest.raises(NobodyFound):
        house.office.retention.erase_person(house.event, order="O-17")


def test_names_go_first_and_facts_later(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    scanned(house, anna)
    house.upload(house.scan(None))
    house.upload(*house.admit_offline(anna, 1, after_ms=-9_000))
    ends = house.office.show_event(house.event).policy.ends_ms
    counts = {days: count(house, ends + days * DAY_MS + 1) for days in (29, 30, 179, 180)}
    assert counts == {29: (1, 4, 1), 30: (0, 4, 1), 179: (0, 4, 1), 180: (0, 0, 0)}
    assert house.entries() == {}
    assert house.inside() == []
    status = house.office.status_of(house.event)
    assert (status.facts, status.redemptions, status.tickets, status.inside) == (0, 0, 1, 0)
    assert not any(text in everything(house) for text in HIDDEN)


def count(house: House, now_ms: int) -> tuple[int, int, int]:
    """Runs the job at that time, twice; names, facts and incidents that are left."""
    house.office.retention._now_ms = lambda: now_ms
    for _ in range(2):
        forget(house.office, lambda: None)
    with house.office._database.reading() as connection:
        found = [
            len(connection.execute(select(table.c.event_id).where(table.c.event_id == house.event)).all())
            for table in (attendees, facts, incidents)
        ]
    return found[0], found[1], found[2]


def test_another_events_names_and_facts_stay(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    scanned(house, anna)
    row = house.office.show_event(house.event).policy
    longer = house.office.create_event(replace(row, event="", name="Next year", ends_ms=row.ends_ms + 400 * DAY_MS))
    other = house.office.event_named(longer.event)
    house.office.put_ticket(
        other, "shop", ShopRow(line=0, external_ref="B-1", code="", cls="1", name="Dora", order="O", nbf=None, exp=None)
    )
    count(house, row.ends_ms + 200 * DAY_MS)
    assert "Dora" in everything(house)
    assert "Anna" not in everything(house)


def test_the_organizer_says_how_long(house: House) -> None:
    anna = sold(house, "A-1", "Anna Example", "O-17")
    scanned(house, anna)
    changed = house.office.events.change(house.event, lambda row: replace(row, keep_names_days=0, keep_facts_days=1))
    assert count(house, changed.ends_ms + 1) == (0, 1, 0)
    assert count(house, changed.ends_ms + DAY_MS + 1) == (0, 0, 0)

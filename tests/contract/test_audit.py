"""The audit log on both databases: written with what it tells of, in one order, and no tampering goes unseen."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.ledger.admin import open_ledger
from app.ledger.audit import act_as, acting, note
from app.ledger.event_book import EventWrong
from app.ledger.schema import NO_EVENT, audit, audit_heads
from core.journal.audit import NO_RECORD, Actor, ActorKind, Deed, Flaw, Tampering, hash_of
from core.model.ids import EventId
from core.model.roles import INSTALLATION
from tests.contract.ledger_rig import NOW, Home, House, policy

pytestmark = pytest.mark.slow

ANNA = Actor(ActorKind.ACCOUNT, "17", "anna", "192.0.2.7")


def write(house: House, about: str, deed: Deed = Deed.TICKET_CANCELED) -> None:
    """One record, alone in its transaction."""
    database = house.office._database
    database.transact(lambda connection: note(connection, deed, house.event, about, now_ms=NOW, gen=1))


def told(house: House) -> list[dict]:
    """The records of the house's event, the oldest first."""
    return [json.loads(row.text) for row in reversed(house.office.audit.page(house.event).records)]


def test_an_event_begins_its_log_and_the_installation_names_it(house: House) -> None:
    (made,) = told(house)
    assert (made["deed"], made["seq"], made["previous"]) == ("event.made", 1, NO_RECORD.hex())
    newest = house.office.audit.page(INSTALLATION).records
    assert any(json.loads(row.text)["about"] == house.event.hex for row in newest)
    assert house.office.audit.verify(house.event).flaw is None


def test_a_record_says_who_did_what_on_what_when_and_from_where(house: House) -> None:
    def work() -> None:
        act_as(ANNA)
        write(house, "a7f8022a4eedef2a")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    record = told(house)[-1]
    assert record["by"] == {"kind": "account", "id": "17", "name": "anna", "address": "192.0.2.7"}
    assert (record["deed"], record["about"], record["at_ms"]) == ("ticket.canceled", "a7f8022a4eedef2a", NOW)
    assert record["details"] == {"gen": 1}
    assert acting() != ANNA, "who acts in one thread does not act in another"


def test_what_is_rolled_back_leaves_no_record(house: House) -> None:
    class Refused(Exception):
        pass

    def work(connection: Connection) -> None:
        note(connection, Deed.TICKET_CANCELED, house.event, "x", now_ms=NOW)
        raise Refused

    with pytest.raises(Refused):
        house.office._database.transact(work)
    assert len(told(house)) == 1
    assert house.office.audit.verify(house.event).flaw is None


def test_many_at_once_make_one_chain_without_a_gap(house: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(house, str(number)), range(40)))
    records = told(house)
    assert [record["seq"] for record in records] == list(range(1, 42))
    assert {record["about"] for record in records[1:]} == {str(number) for number in range(40)}
    report = house.office.audit.verify(house.event)
    assert (report.seq, report.flaw) == (41, None)


def test_a_log_can_be_read_while_it_grows(house: House) -> None:
    done = threading.Event()

    def grow() -> None:
        for number in range(30):
            write(house, str(number))
        done.set()

    with ThreadPoolExecutor(1) as pool:
        growing = pool.submit(grow)
        while not done.is_set():
            assert house.office.audit.verify(house.event).flaw is None
        growing.result()
    assert house.office.audit.verify(house.event).seq == 31


def test_pages_lead_back_to_the_first_record(house: House) -> None:
    for number in range(6):
        write(house, str(number))
    seen, before = [], None
    while True:
        page = house.office.audit.page(house.event, before, 3)
        seen += [row.seq for row in page.records]
        before = page.before
        if before is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


# --- whoever can write to the database ----------------------------------------------------------------------------


def _all(house: House) -> list[dict]:
    with house.office._database.reading() as connection:
        mine = select(audit).where(audit.c.event_id == house.event).order_by(audit.c.seq)
        return [dict(row._mapping) for row in connection.execute(mine)]


def _put(connection: Connection, house: House, rows: list[dict]) -> None:
    connection.execute(delete(audit).where(audit.c.event_id == house.event))
    if rows:
        connection.execute(insert(audit), rows)


def _added(rows: list[dict]) -> list[dict]:
    fields = json.loads(rows[-1]["record"])
    fields |= {"seq": fields["seq"] + 1, "previous": rows[-1]["hash"].hex(), "about": "planted"}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return [*rows, {**rows[-1], "seq": fields["seq"], "record": text, "hash": hash_of(text)}]


TAMPERINGS: dict[str, tuple[Callable[[list[dict]], list[dict]], Flaw]] = {
    "changed": (
        lambda r: [*r[:2], {**r[2], "record": r[2]["record"].replace("canceled", "restored")}, *r[3:]],
        Flaw(3, Tampering.CHANGED),
    ),
    "removed": (lambda r: [*r[:2], *r[3:]], Flaw(4, Tampering.OUT_OF_PLACE)),
    "removed at the end": (lambda r: r[:-1], Flaw(5, Tampering.CUT_OFF)),
    "reordered": (
        lambda r: [r[0], {**r[2], "seq": 2}, {**r[1], "seq": 3}, *r[3:]],
        Flaw(2, Tampering.OUT_OF_PLACE),
    ),
    "appended": (_added, Flaw(6, Tampering.ADDED)),
    "emptied": (lambda _: [], Flaw(1, Tampering.CUT_OFF)),
    "put before the first": (lambda r: [{**r[0], "seq": 0}, *r], Flaw(0, Tampering.OUT_OF_PLACE)),
}


def test_tampering_with_the_table_is_found(house: House) -> None:
    for number in range(4):
        write(house, str(number))
    rows, database = _all(house), house.office._database
    for name, (change, flaw) in TAMPERINGS.items():
        database.transact(lambda connection, change=change: _put(connection, house, change(rows)))  # type: ignore[misc]
        assert house.office.audit.verify(house.event).flaw == flaw, name
    database.transact(lambda connection: _put(connection, house, rows))
    assert house.office.audit.verify(house.event).flaw is None, "the control: as it was written, it is whole"


def test_an_end_that_was_written_without_the_key_is_found(house: House) -> None:
    write(house, "x")
    longer = _added(_all(house))

    def forge(connection: Connection) -> None:
        _put(connection, house, longer)
        end = {"seq": longer[-1]["seq"], "hash": longer[-1]["hash"]}
        connection.execute(update(audit_heads).where(audit_heads.c.event_id == house.event).values(end))

    house.office._database.transact(forge)
    assert house.office.audit.verify(house.event).flaw == Flaw(3, Tampering.UNPROVEN)


def test_a_whole_log_that_is_gone_is_missed(own_home: Home) -> None:
    with open_ledger(own_home.url, own_home.folder, now_ms=lambda: NOW) as office:
        events = [EventId(UUID(office.create_event(policy(name)).event)) for name in ("A", "B")]
        assert {report.event: report.flaw for report in office.audit.verify_all()} == dict.fromkeys(
            [INSTALLATION, *events]
        )

        def erase(connection: Connection) -> None:
            for table in (audit, audit_heads):
                connection.execute(delete(table).where(table.c.event_id == events[0]))

        office._database.transact(erase)
        flaws = {report.event: report.flaw for report in office.audit.verify_all()}
        assert flaws == {INSTALLATION: None, events[0]: Flaw(1, Tampering.CUT_OFF), events[1]: None}


def test_no_event_takes_the_place_of_the_installation(house: House) -> None:
    with pytest.raises(EventWrong):
        house.office.create_event(replace(policy("Nil"), event=NO_EVENT.hex))

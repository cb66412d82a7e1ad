"""The audit log on both databases: written with what it tells of, in one order, and no tampering goes unseen."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.ledger.admin import open_ledger
from app.ledger.audit import act_as, acting, note
from app.ledger.event_book import EventWrong
from app.ledger.import_book import PutResult
from app.ledger.schema import NO_EVENT, audit, audit_heads
from app.ledger.shop_files import ShopRow
from app.runtime.redeem_line import RedeemLine
from core.journal.audit import NO_RECORD, Actor, ActorKind, Deed, Flaw, Tampering, hash_of
from core.model.ids import EventId
from core.model.roles import INSTALLATION
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.keyring import KeyState, VerifyProfile
from tests.contract.ledger_rig import NORTH, NOW, Home, House, policy

pytestmark = pytest.mark.slow

ANNA = Actor(ActorKind.ACCOUNT, "17", "anna", "192.0.2.7")


@pytest.fixture
def lone(home: Home) -> Iterator[House]:
    """An event in whose log nothing stands but that it was made."""
    with open_ledger(home.url, home.folder, now_ms=lambda: NOW) as office:
        event = EventId(UUID(office.create_event(policy()).event))
        yield House(office, event, [], [], RedeemLine(office.facts))


def write(house: House, about: str, deed: Deed = Deed.TICKET_CANCELED) -> None:
    """One record, alone in its transaction."""
    database = house.office._database
    database.transact(lambda connection: note(connection, deed, house.event, about, now_ms=NOW, gen=1))


def told(house: House) -> list[dict]:
    """The records of the house's event, the oldest first."""
    return [json.loads(row.text) for row in reversed(house.office.audit.page(house.event).records)]


def test_an_event_begins_its_log_and_the_installation_names_it(lone: House) -> None:
    (made,) = told(lone)
    assert (made["deed"], made["seq"], made["previous"]) == ("event.made", 1, NO_RECORD.hex())
    newest = lone.office.audit.page(INSTALLATION).records
    assert any(json.loads(row.text)["about"] == lone.event.hex for row in newest)
    assert lone.office.audit.verify(lone.event).flaw is None


def test_a_record_says_who_did_what_on_what_when_and_from_where(lone: House) -> None:
    def work() -> None:
        act_as(ANNA)
        write(lone, "a7f8022a4eedef2a")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    record = told(lone)[-1]
    assert record["by"] == {"kind": "account", "id": "17", "name": "anna", "address": "192.0.2.7"}
    assert (record["deed"], record["about"], record["at_ms"]) == ("ticket.canceled", "a7f8022a4eedef2a", NOW)
    assert record["details"] == {"gen": 1}
    assert acting() != ANNA, "who acts in one thread does not act in another"


def test_what_is_rolled_back_leaves_no_record(lone: House) -> None:
    class Refused(Exception):
        pass

    def work(connection: Connection) -> None:
        note(connection, Deed.TICKET_CANCELED, lone.event, "x", now_ms=NOW)
        raise Refused

    with pytest.raises(Refused):
        lone.office._database.transact(work)
    assert len(told(lone)) == 1
    assert lone.office.audit.verify(lone.event).flaw is None


def test_many_at_once_make_one_chain_without_a_gap(lone: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(lone, str(number)), range(40)))
    records = told(lone)
    assert [record["seq"] for record in records] == list(range(1, 42))
    assert {record["about"] for record in records[1:]} == {str(number) for number in range(40)}
    report = lone.office.audit.verify(lone.event)
    assert (report.seq, report.flaw) == (41, None)


def test_a_log_can_be_read_while_it_grows(lone: House) -> None:
    done = threading.Event()

    def grow() -> None:
        for number in range(30):
            write(lone, str(number))
        done.set()

    with ThreadPoolExecutor(1) as pool:
        growing = pool.submit(grow)
        while not done.is_set():
            assert lone.office.audit.verify(lone.event).flaw is None
        growing.result()
    assert lone.office.audit.verify(lone.event).seq == 31


def test_pages_lead_back_to_the_first_record(lone: House) -> None:
    for number in range(6):
        write(lone, str(number))
    seen, before = [], None
    while True:
        page = lone.office.audit.page(lone.event, before, 3)
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


def test_tampering_with_the_table_is_found(lone: House) -> None:
    for number in range(4):
        write(lone, str(number))
    rows, database = _all(lone), lone.office._database
    for name, (change, flaw) in TAMPERINGS.items():
        database.transact(lambda connection, change=change: _put(connection, lone, change(rows)))  # type: ignore[misc]
        assert lone.office.audit.verify(lone.event).flaw == flaw, name
    database.transact(lambda connection: _put(connection, lone, rows))
    assert lone.office.audit.verify(lone.event).flaw is None, "the control: as it was written, it is whole"


def test_an_end_that_was_written_without_the_key_is_found(lone: House) -> None:
    write(lone, "x")
    longer = _added(_all(lone))

    def forge(connection: Connection) -> None:
        _put(connection, lone, longer)
        end = {"seq": longer[-1]["seq"], "hash": longer[-1]["hash"]}
        connection.execute(update(audit_heads).where(audit_heads.c.event_id == lone.event).values(end))

    lone.office._database.transact(forge)
    assert lone.office.audit.verify(lone.event).flaw == Flaw(3, Tampering.UNPROVEN)


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


def test_no_event_takes_the_place_of_the_installation(lone: House) -> None:
    with pytest.raises(EventWrong):
        lone.office.create_event(replace(policy("Nil"), event=NO_EVENT.hex))


# --- whoever changes something ------------------------------------------------------------------------------------


def test_what_organizers_change_is_in_the_log(house: House) -> None:
    """Each with what it was done to; `tests.contract.test_people` has what is done to people and programs."""
    office, event = house.office, house.event
    office.extend_lease(event, NOW + 10 * 86_400_000)
    rotated = office.rotate_key(event).key.kid
    (old, *_) = (key.kid for key in office.list_keys(event) if key.kid != rotated)
    office.set_key_state(event, old, KeyState.LISTED_ONLY)
    office.set_codes(event, CodesRow("migrating", adapters=[AdapterRow("shop", "opaque", prefix="S")]), {})
    (tid,) = house.tickets()
    office.reissue_ticket(event, tid)
    office.cancel_ticket(event, tid)
    put = office.put_ticket(event, "shop", ShopRow(0, "A-1", "SA0001", "Standard"))
    office.import_tickets(event, ["class,external_ref", "Standard,B-1"], "list")
    withdrawn = office.device_code(event, NORTH, "door")
    office.devices.withdraw(event, withdrawn.code)
    spare = office.make_spare(event, NORTH, "spare", VerifyProfile.LIST)
    office.revoke_device(event, house.kiosks[0])
    office.note_deed(Deed.SEAL_SHOWN, str(rotated), event)
    records = [(record["deed"], record["about"]) for record in told(house)]
    assert isinstance(put, PutResult)
    assert put.tid is not None
    kiosks = [("device.code-made", None), ("device.confirmed", None)] * 3
    assert [(deed, None if deed.startswith("device.co") else about) for deed, about in records] == [
        ("event.made", ""),
        *kiosks,
        ("lease.extended", ""),
        ("seal.rotated", str(rotated)),
        ("seal.state-changed", str(old)),
        ("codes.changed", ""),
        ("tickets.issued", ""),
        ("ticket.reissued", tid.hex()),
        ("ticket.canceled", tid.hex()),
        ("ticket.put", put.tid.hex()),
        ("tickets.imported", "list"),
        ("device.code-made", None),
        ("device.code-withdrawn", None),
        ("device.spare-made", spare.device.hex),
        ("device.revoked", house.kiosks[0].hex),
        ("seal.shown", str(rotated)),
    ]
    assert office.audit.verify(event).flaw is None


def test_a_log_names_nobody_who_holds_a_ticket(house: House) -> None:
    row = ShopRow(0, "ORDER-70713", "SA0001", "Standard", name="Ottilie Unverkennbar", order="O-70713")
    house.office.set_codes(house.event, CodesRow("migrating", adapters=[AdapterRow("shop", "opaque", prefix="S")]), {})
    assert isinstance(house.office.put_ticket(house.event, "shop", row), PutResult)
    said = json.dumps(told(house))
    assert "ticket.put" in said
    assert not any(word in said for word in ("Ottilie", "70713", "SA0001"))

"""Incidents with both their sides, and what leaves the ledger as a file."""

import csv
import json
from itertools import islice
from uuid import UUID

import pytest
from sqlalchemy import event

from app.ledger.exports import COLUMNS, Export, csv_lines, json_lines
from app.ledger.incident_book import IncidentUnknown, NoteWrong, Wanted
from app.ledger.redemptions import EventUnknown
from app.spreadsheet import file_of, shown_cell
from core.journal.scan import Finding
from core.journal.signed_ledger import Flaw, Whole, check_lines
from core.model.ids import EventId, GateId
from core.redeem.fold import IncidentKind, Severity
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, House, policy

DOUBLE = IncidentKind.DOUBLE_ADMISSION


def doubled(house: House, after_ms: int = 5_000, u_ms: int = 0) -> UUID:
    """A ticket that two kiosks let in; the scan that lost."""
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    scan = house.scan(tid, 1, after_ms=after_ms, gate=SOUTH, u_ms=u_ms)
    house.upload(scan, house.shown(scan))
    return scan.stamp.id


# --- incidents ----------------------------------------------------------------------------------------------------


def test_a_double_admission_shows_both_sides(house: House) -> None:  # G1
    scan = doubled(house)
    (told,) = house.office.incidents.list(house.event).incidents
    assert (told.scan, told.kind, told.state, told.is_order_provable) == (scan.hex, "double_admission", "open", True)
    assert told.loser is not None
    assert told.winner is not None
    assert [(side.gate_name, side.device_name, side.at_ms, side.shown) for side in (told.winner, told.loser)] == [
        ("North gate", "kiosk 0", NOW, "admitted_offline"),
        ("South gate", "kiosk 1", NOW + 5_000, "admitted_offline"),
    ]
    assert [side.source for side in (told.winner, told.loser)] == ["offline", "offline"]


def test_an_order_that_clocks_can_not_prove_is_said_so(house: House) -> None:  # G1
    doubled(house, after_ms=5_000, u_ms=6_000)
    assert house.office.incidents.list(house.event).incidents[0].is_order_provable is False


def test_incidents_are_filtered(house: House) -> None:
    doubled(house)
    late = house.tickets()[0]
    house.office.orders.deny(house.event, late, DenialReason.CANCELED)
    house.upload(*house.admit_offline(late, 2))

    def kinds(**wanted: object) -> list[str]:
        return sorted(each.kind for each in house.office.incidents.list(house.event, Wanted(**wanted)).incidents)  # type: ignore[arg-type]

    assert kinds() == ["double_admission", "late_cancel"]
    assert kinds(kind=DOUBLE) == ["double_admission"]
    assert kinds(severity=Severity.NORMAL) == ["late_cancel"]
    assert kinds(gate=SOUTH) == ["double_admission"]
    assert kinds(gate=NORTH) == ["double_admission", "late_cancel"]
    assert kinds(gate=GateId("west")) == []
    assert kinds(state="resolved") == []
    assert kinds(since_ms=NOW + 1) == []


def test_pages_give_each_incident_once(house: House) -> None:
    scans = {doubled(house, after_ms=number).hex for number in range(1, 6)}
    seen, after = [], ""
    while True:
        page = house.office.incidents.list(house.event, Wanted(), after, most=2)
        seen += [each.scan for each in page.incidents]
        if page.after is None:
            break
        after = page.after
    assert sorted(seen) == sorted(scans)
    with pytest.raises(IncidentUnknown):
        house.office.incidents.list(house.event, Wanted(), "nonsense")


def test_notes_stay_with_their_incident(house: House) -> None:
    scan = doubled(house)
    house.office.incidents.add_note(house.event, scan, DOUBLE, "asked at the gate")
    told = house.office.incidents.add_note(house.event, scan, DOUBLE, "two friends, one screenshot")
    assert [note.note for note in told.notes] == ["asked at the gate", "two friends, one screenshot"]
    for wrong in ("", "  ", "x" * 2_001, "a\x00b"):
        with pytest.raises(NoteWrong):
            house.office.incidents.add_note(house.event, scan, DOUBLE, wrong)
    with pytest.raises(IncidentUnknown):
        house.office.incidents.add_note(house.event, UUID(int=3), DOUBLE, "nothing")


def test_a_resolved_incident_is_open_no_more(house: House) -> None:
    scan = doubled(house)
    told = house.office.incidents.resolve(house.event, scan, DOUBLE, Finding.SHARED_CODE, "both paid now")
    assert (told.state, told.finding, told.found_note) == ("resolved", "shared_code", "both paid now")
    assert house.office.status_of(house.event).incidents == 0
    assert house.office.status_of(house.event).admissions == 2, "the guests stay inside"
    with pytest.raises(IncidentUnknown):
        house.office.incidents.resolve(house.event, scan, IncidentKind.LATE_CANCEL, Finding.OTHER)


# --- exports ------------------------------------------------------------------------------------------------------


def test_exports_have_a_row_for_each(house: House) -> None:
    scan = doubled(house)
    rows = {what: list(house.office.exports.rows(house.event, what)) for what in Export}
    assert [len(rows[what]) for what in Export] == [2, 1, 1]
    for what in Export:
        assert all(tuple(row) == COLUMNS[what] for row in rows[what])
    assert {(row["gate"], row["device_name"], row["direction"]) for row in rows[Export.SCANS]} == {
        ("north", "kiosk 0", "entry"),
        ("south", "kiosk 1", "entry"),
    }
    assert rows[Export.INCIDENTS][0]["scan"] == scan.hex
    assert rows[Export.ADMISSIONS][0]["entry_number"] == 1


def test_a_csv_and_json_lines_say_the_same(house: House) -> None:
    doubled(house)
    rows = list(house.office.exports.rows(house.event, Export.SCANS))
    lines = list(csv_lines(COLUMNS[Export.SCANS], rows))
    read = list(csv.DictReader(lines))
    told = [json.loads(line) for line in json_lines(rows)]
    assert [{name: "" if row[name] is None else str(row[name]) for name in row} for row in told] == read


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_no_cell_is_run_by_a_spreadsheet(cell: str) -> None:
    assert shown_cell(cell) == f"'{cell}"
    (read,) = csv.reader(file_of([("Süd", cell, 3, None)]).decode("utf-8-sig").splitlines(keepends=True))
    assert read == ["Süd", f"'{cell}", "3", ""]


def test_an_unknown_events_export_is_refused_before_the_first_row(house: House) -> None:
    nobody = EventId(UUID(int=4))
    with pytest.raises(EventUnknown):
        house.office.exports.rows(nobody, Export.SCANS)
    with pytest.raises(EventUnknown):
        house.office.exports.signed(nobody)


def test_a_signed_ledger_has_all_facts_and_proves_itself(house: House) -> None:
    doubled(house)
    house.upload(house.scan(house.tickets()[0], seq=999), house.scan(None, 0))
    lines = list(house.office.exports.signed(house.event))
    found = check_lines(lines)
    assert isinstance(found, Whole)
    assert (found.event, found.facts, found.root_key) == (house.event, 6, house.office.roots.root_public)
    assert {json.loads(line)["fact"]["id"] for line in lines[1:-1]} == {id_.hex for id_ in house.stored()}
    del lines[3]
    assert isinstance(check_lines(lines), Flaw)


def test_pages_of_an_export_hold_every_fact_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ledger.exports.PAGE", 3)
    for tid in house.tickets(5):
        house.upload(*house.admit_offline(tid, 0))
    lines = list(house.office.exports.signed(house.event))
    assert len(lines) == 10 + 2
    assert isinstance(check_lines(lines), Whole)
    assert len({row["id"] for row in house.office.exports.rows(house.event, Export.SCANS)}) == 5
    assert len(list(house.office.exports.rows(house.event, Export.ADMISSIONS))) == 5


def test_an_export_reads_no_further_than_it_is_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded memory: what is taken of an export is what is held."""
    monkeypatch.setattr("app.ledger.exports.PAGE", 5)
    for tid in house.tickets(40):
        house.upload(*house.admit_offline(tid, 0))
    asked: list[str] = []

    @event.listens_for(house.office._database._engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM facts" in statement:
            asked.append(statement)

    assert len(list(islice(house.office.exports.rows(house.event, Export.SCANS), 2))) == 2
    assert len(asked) == 1, "one page for two rows"
    assert len(list(house.office.exports.rows(house.event, Export.SCANS))) == 40
    assert len(asked) == 1 + 9, "eight full pages, and one that is not"
    assert all("LIMIT" in statement for statement in asked)


def test_another_events_facts_are_in_no_export(house: House) -> None:  # A24
    doubled(house)
    other = EventId(UUID(house.office.create_event(policy("Other")).event))
    assert [list(house.office.exports.rows(other, what)) for what in Export] == [[], [], []]
    assert len(list(house.office.exports.signed(other))) == 2
    assert house.office.incidents.list(other).incidents == []

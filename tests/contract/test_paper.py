"""Paper: the list holds everybody once, and what was written on it counts as if a kiosk had brought it late."""

import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import insert, select

from app.__main__ import main
from app.ledger.device_rows import DeviceUnknown
from app.ledger.new_devices import GateUnknown
from app.ledger.paper_book import PaperCodeWrong, office_of
from app.ledger.schema import attendees, facts
from app.paper.guest_list import LINES, ListHead, ListLine, guest_list
from app.runtime.paper_line import PaperReport, Written, admit
from core.journal.audit import Deed
from core.model.ids import GateId, TicketHandle
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NORTH, NOW, STANDARD, VIP, House

MINUTE_MS = 60_000


def type_in(house: House, *rows: tuple[TicketHandle, int], gate: GateId = NORTH, by: str = "anna") -> PaperReport:
    """What somebody types: each ticket by its short code, with its minute."""
    book = house.office.paper
    written = [
        Written(book.find(house.event, tid.hex()[:8]), NOW + minute * MINUTE_MS, 5 * MINUTE_MS) for tid, minute in rows
    ]
    house.now_ms += 1000
    return admit(book, house.line, house.event, gate, written, by, house.now_ms)


def test_what_was_let_in_on_paper_counts_once_however_often_it_is_typed(house: House) -> None:
    one, two = house.tickets(2)
    assert type_in(house, (one, 1), (two, 2)) == PaperReport(2, 0, 0, {})
    before = house.stored()
    assert type_in(house, (one, 1), (two, 2)) == PaperReport(0, 2, 0, {})
    assert house.stored() == before
    assert {tid for tid, _ in house.entries()} == {one, two}
    assert house.office.status_of(house.event).admissions == 2
    assert house.open_incidents() == set()


def test_a_ticket_that_was_scanned_as_well_gives_its_incident(house: House) -> None:
    (tid,) = house.tickets()
    house.upload(*house.admit_offline(tid, 0))
    report = type_in(house, (tid, 30))
    assert (report.new, report.incidents) == (1, {"double_admission": 1})
    assert {kind for kind, _ in house.open_incidents()} == {"double_admission"}
    assert len(house.entries()) == 1


def test_a_kiosk_that_comes_back_after_the_typing_gives_the_same(house: House) -> None:
    (tid,) = house.tickets()
    type_in(house, (tid, 30))
    house.upload(*house.admit_offline(tid, 0))
    assert {kind for kind, _ in house.open_incidents()} == {"double_admission"}
    assert next(iter(house.entries().values())) != office_of(house.event)


def test_a_line_written_twice_is_two_people_and_two_runs_never_claim_one_place(house: House) -> None:
    (tid,) = house.tickets(1, VIP)
    other = house.tickets(1)[0]
    assert type_in(house, (tid, 1), (tid, 1), gate=GateId("south")).new == 2
    assert type_in(house, (tid, 1), (tid, 1), (other, 3), gate=GateId("south")).new == 1
    assert len(house.entries()) == 3
    assert house.open_incidents() == set()


def test_a_rotating_ticket_counts_on_paper_too(house: House) -> None:
    (issued,) = house.office.issue_tickets(house.event, STANDARD, 1, rotating=True)
    tid = TicketHandle(bytes.fromhex(issued.tid))
    report = type_in(house, (tid, 1))
    assert (report.quarantined, len(house.entries())) == (0, 1)


def test_who_typed_is_in_the_fact_and_in_the_audit_log(house: House) -> None:
    (tid,) = house.tickets()
    type_in(house, (tid, 1), by="ben")
    with house.office._database.reading() as connection:
        mine = (facts.c.event_id == house.event) & (facts.c.device == office_of(house.event))
        records = list(connection.execute(select(facts.c.record).where(mine, facts.c.kind == "scan")).scalars())
    assert ['"operator":"ben"' in record for record in records] == [True]
    page = house.office.audit.page(house.event)
    assert [Deed.PAPER_ADMISSIONS_TYPED.value in row.text for row in page.records].count(True) == 1


def test_the_office_is_one_device_with_no_way_in(house: House) -> None:
    one, two = house.tickets(2)
    with pytest.raises(DeviceUnknown):
        house.office.devices.show(house.event, office_of(house.event))
    type_in(house, (one, 1))
    type_in(house, (two, 2))
    named = [device for device in house.office.devices.list(house.event) if device.name.startswith("Office")]
    assert [device.id for device in named] == [office_of(house.event)]
    assert house.office.press.published(house.event).manifest.devices


def test_what_names_no_ticket_or_no_gate_is_refused(house: House) -> None:
    (tid,) = house.tickets()
    book = house.office.paper
    for wrong in ("", "00000000", "not a code", tid.hex()[:7], "f" * 17):
        with pytest.raises(PaperCodeWrong):
            book.find(house.event, wrong)
    spaced = f"{tid.hex()[:4]} {tid.hex()[4:8]}".upper()
    assert book.find(house.event, spaced).tid == book.find(house.event, tid.hex()).tid == tid
    with pytest.raises(GateUnknown):
        type_in(house, (tid, 1), gate=GateId("nowhere"))
    assert house.stored() == {}


def test_the_list_has_everybody_by_name_and_says_who_is_in(house: House) -> None:
    named, used, canceled, nameless = house.tickets(4)
    with house.office._database.writing() as connection:
        people = {named: "Zoe", used: "adam", canceled: "Berta"}
        rows = [{"event_id": house.event, "tid": tid, "name": name, "order_ref": "O-1"} for tid, name in people.items()]
        connection.execute(insert(attendees), rows)
    house.upload(*house.admit_offline(used, 0))
    house.office.cancel_ticket(house.event, canceled, DenialReason.CANCELED)
    rows = list(house.office.paper.rows(house.event))
    assert [row.tid for row in rows] == [used, canceled, named, nameless]
    assert [row.used_at is not None for row in rows] == [True, False, False, False]
    assert [row.is_denied for row in rows] == [False, True, False, False]
    assert house.office.paper.count(house.event) == 4


# --- the document -------------------------------------------------------------------------------------------------


def line(number: int, *, is_over: bool = False, is_denied: bool = False) -> ListLine:
    return ListLine(f"Guest {number:04}", "Day ticket", "1A2B 3C4D", "", is_over, is_denied)


def test_pages_are_numbered_and_hold_every_line_once() -> None:
    count = 2 * LINES + 1
    body = guest_list(ListHead("Summer Night", "20:15", "97 tickets"), (line(n) for n in range(count)), count)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(body)).pages]
    assert [f"page {number} of 3" in text for number, text in enumerate(pages, 1)] == [True] * 3
    assert ["97 tickets" in text for text in pages] == [True] * 3
    assert sum(text.count("Guest ") for text in pages) == count
    assert "Guest 0096" in pages[2]


def test_an_empty_list_says_so() -> None:
    (page,) = PdfReader(io.BytesIO(guest_list(ListHead("x", "20:15", "0 tickets"), [], 0))).pages
    assert "There is no ticket" in page.extract_text()


def test_names_from_outside_stay_on_their_line() -> None:
    nasty = ListLine(
        "\u202e<b>x</b>\x00" + "W" * 500, "C" * 200, "1A2B 3C4D", "in 20. 20:15", is_over=True, is_denied=True
    )
    body = guest_list(ListHead("E" * 300, "20:15", ""), [nasty], 1)
    assert "…" in PdfReader(io.BytesIO(body)).pages[0].extract_text()


def test_it_is_typed_at_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    begun = ["--starts", "2020-01-01T18:00", "--ends", "2099-01-01T02:00", "--gate", "north=North", "--class", "Day"]
    assert main(["event", "create", "--name", "N", *begun, *data]) == 0
    assert main(["ticket", "issue", "--event", "N", "--class", "Day", "--count", "2", "--json", *data]) == 0
    tids = [json.loads(row)["tid"] for row in capfd.readouterr().out.splitlines() if row.startswith("{")]
    out = tmp_path / "list.pdf"
    assert main(["paper", "list", "--out", str(out), *data]) == 0
    assert tids[0][:4].upper() in PdfReader(out).pages[0].extract_text()
    assert out.stat().st_mode & 0o777 == 0o600
    file = tmp_path / "typed.csv"
    file.write_text(f"code,time,minutes\n{tids[0][:8]},2026-01-01T20:15,10\nffffffff,20:15\n", encoding="utf-8")
    capfd.readouterr()
    for new in (1, 0):
        assert main(["paper", "admit", "--gate", "north", str(file), "--json", *data]) == 1
        said = capfd.readouterr()
        told = json.loads(said.out)
        assert (told["new"], told["known"], told["refused"]) == (new, 1 - new, 1)
        assert "line 2: 'ffffffff' names no ticket" in said.err
    assert main(["paper", "admit", "--gate", "north", tids[1][:8], "--at", "2026-01-01T20:16", *data]) == 0

"""A shop's list goes into a real server through the wizard, over a line that breaks; its tickets are lived with."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from app.ledger.shop_files import ShopRow
from app.organizer import import_driver
from app.organizer.import_wizard import ImportWizard, WizardStep
from app.organizer.network_desk import NetworkDesk
from app.organizer.surroundings import Surroundings, Teller
from app.organizer.tickets_deeds import DeedSheet
from app.organizer.tickets_detail import TicketBody
from app.organizer.tickets_found import FoundBody
from app.organizer.tickets_page import TicketsPage
from app.organizer.tickets_print import PrintSheet
from app.organizer.words import load_organizer_words
from app.paper.qr import qr_png
from app.server.program import build_app
from app.widgets.theme import THEMES, ThemeName
from core.model.ids import TicketHandle
from core.model.roles import Role
from core.sync.messages import AdapterRow, CodesRow, Me, RoleRow
from core.sync.shop_columns import Field
from tests.contract.ledger_rig import Home, House, open_house
from tests.organizer.desk_contract import until
from tests.server.serving import served
from tests.support.fault_proxy import PASS, Fate, FaultProxy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_leftovers")]

TOKEN = "organizers-token-of-the-test"
ROWS = 4_000
HEADER = "Ticket No;Order;Product;Guest;State\n"


def row(n: int, product: str = "Standard", state: str = "paid", name: str = "") -> str:
    """One line of the shop's list; names are long, so that the list has several parts."""
    return f"{7_000_000_000 + n};O-{n // 2};{product};{name or f'Guest {n} of the house of {n % 97:060d}'};{state}\n"


def shop_list(folder: Path, name: str = "guests.csv", **changed: str) -> Path:
    """Four thousand rows, and five that can't be used."""
    lines = [row(n, "Early bird" if n % 400 == 0 else "Standard") for n in range(ROWS)]
    if changed:
        lines[1] = row(1, name="Another Name")
        lines[2] = row(2, state="canceled")
        lines[3] = row(3, state="canceled")
    bad = (
        "8.1E+17;O-9001;Standard;Spoiled Code;paid\n",
        "12345;O-9002;Standard;Lost Zeros;paid\n",
        row(5),
        f"{7_000_900_000};O-9004;Standard;No Such State;half paid\n",
        f"{7_000_900_001};O-9005;Balloon;No Such Class;paid\n",
    )
    path = folder / name
    path.write_text(HEADER + "".join(lines) + "".join(bad), encoding="utf-8")
    return path


class Window:
    """The page of tickets over a real line to a real server, and a proxy between them."""

    def __init__(self, house: House, url: str, folder: Path, qtbot: QtBot) -> None:
        self.house = house
        self.proxy = FaultProxy(int(url.rpartition(":")[2]))
        self.proxy.__enter__()
        self.desk = NetworkDesk(self.proxy.url, folder / "window")
        self.desk.use(TOKEN, Me("ana", [RoleRow(None, Role.OWNER)], must_change=False))
        self.desk.show_event(house.event)
        self.teller = Teller()
        words, theme = load_organizer_words(), THEMES[ThemeName.DARK]
        self.at = Surroundings(self.desk, words, theme, self.teller, zone=ZoneInfo("Europe/Berlin"))
        self.page = TicketsPage(self.at)
        qtbot.addWidget(self.page)
        self.page.resize(1280, 760)
        self.page.show()
        self.page.begin()
        self._qtbot = qtbot

    def wait(self, is_so: Callable[[], object]) -> None:
        until(self._qtbot, is_so)

    def open_wizard(self) -> ImportWizard:
        self.wait(self.page.import_key.isEnabled)
        self.page.import_key.click()
        wizard = self.page.sheet
        assert isinstance(wizard, ImportWizard)
        return wizard

    def to_preview(self, wizard: ImportWizard, path: Path) -> None:
        """Chooses a file, says what is what, and sends it."""
        wizard.take_file(path)
        self.wait(lambda: wizard.step is WizardStep.COLUMNS)
        columns = wizard.columns
        columns.source.setText("myshop")
        said = {Field.CODE: "Ticket No", Field.ORDER: "Order", Field.CLASS: "Product", Field.NAME: "Guest"}
        for field, header in (said | {Field.STATUS: "State"}).items():
            columns._boxes[field].choose(header)
        columns._words["Early bird"].choose("VIP")
        wizard.next_key.click()
        self.wait(lambda: wizard.step is WizardStep.LOOK and wizard.outlook.isVisible())

    def close(self) -> None:
        self.page.rest()
        if self.page.sheet is not None:
            self.page.sheet.left.emit()
        self.desk.close()
        self.proxy.__exit__(None, None, None)


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(import_driver, "pause_s", lambda *_: 0.05)
    monkeypatch.setattr(import_driver, "look_pause_s", lambda _: 0.05)
    with open_house(Home(None, tmp_path / "ledger")) as house:
        adapter = AdapterRow("shop", "opaque", least=4)
        house.office.codes.set_rules(house.event, CodesRow("foreign", adapters=[adapter]), {})
        with served(build_app(house.office, TOKEN)) as url, closing(Window(house, url, tmp_path, qtbot)) as made:
            yield made


def figures(wizard: ImportWizard) -> dict[str, str]:
    return {tile.shown.unit: tile.shown.figure for tile in wizard.outlook.figures.parts}  # type: ignore[attr-defined]


def titles(page: TicketsPage) -> list[str]:
    """The history of the ticket that is shown, the newest step first."""
    body = page.ticket.body
    return [each.title for each in body.history.rows] if isinstance(body, TicketBody) else []


def handle_of(house: House, code: str) -> TicketHandle:
    return TicketHandle(bytes.fromhex(house.office.search.find(house.event, code).matches[0].ticket.tid))


def test_a_list_comes_over_a_bad_line_is_proven_and_taken_over(window: Window, tmp_path: Path) -> None:  # D2, G26
    house, wizard = window.house, window.open_wizard()
    path = shop_list(tmp_path)
    assert path.stat().st_size > 3 * 128 * 1024, "several parts"
    window.proxy.on("/parts/2", Fate(refuse=True))
    waited: list[float] = []
    wizard.driver.waiting.connect(lambda _, seconds: waited.append(seconds))
    wizard.driver.waiting.connect(lambda *_: window.proxy.on("/parts/2", PASS) if len(waited) > 2 else None)

    window.to_preview(wizard, path)
    assert len(waited) > 2
    assert figures(wizard) == {
        "new": "4,000",
        "changed": "0",
        "canceled": "0",
        "restored": "0",
        "unchanged": "0",
        "can't be used": "5",
    }
    bad = [(each.title.split(":")[0], each.title.split(": ", 1)[1]) for each in wizard.outlook.bad.rows]
    assert [line for line, _ in bad] == [f"Line {ROWS + 2 + n}" for n in range(5)]
    assert house.office.status_of(house.event).tickets == 0, "nothing is changed before somebody agrees"

    wizard.outlook.sample.setText("7000000210")
    wizard.outlook.sample.returnPressed.emit()
    window.wait(lambda: wizard.outlook.found.text().startswith("Found"))
    assert "row 212, Standard, Guest 210" in wizard.outlook.found.text()
    wizard.ticket.ask("999999")
    window.wait(lambda: "Not among these rows" in wizard.outlook.found.text())
    assert "“Ticket No”" in wizard.outlook.found.text()
    (tmp_path / "ticket.png").write_bytes(qr_png("7000000210", scale=6))
    (tmp_path / "cat.png").write_bytes(b"no picture")
    wizard.ticket.take_picture(tmp_path / "ticket.png")
    window.wait(lambda: "row 212" in wizard.outlook.found.text())
    wizard.ticket.take_picture(tmp_path / "cat.png")
    window.wait(lambda: "can't be read" in wizard.outlook.found.text())

    window.proxy.on("/apply", Fate(cut_at=40))  # it is done, and nobody hears of it
    wizard.driver.waiting.connect(lambda *_: window.proxy.on("/apply", PASS))
    wizard.apply_key.click()
    window.wait(lambda: wizard.step is WizardStep.TAKE_OVER and wizard.outlook.isVisible())
    assert figures(wizard)["new"] == "4,000"
    assert house.office.status_of(house.event).tickets == ROWS
    vip = house.office.tickets.some(house.event, [handle_of(house, "7000000400")])[0]
    assert (vip.class_name, vip.order) == ("VIP", "O-200")


def test_a_list_comes_again_and_used_tickets_stay_used(window: Window, tmp_path: Path) -> None:  # G26, A8
    house, wizard = window.house, window.open_wizard()
    window.to_preview(wizard, shop_list(tmp_path))
    wizard.apply_key.click()
    window.wait(lambda: wizard.step is WizardStep.TAKE_OVER and wizard.outlook.isVisible())
    used = handle_of(house, "7000000001")
    house.ask(house.scan(used))
    wizard.close_key.click()

    wizard = window.open_wizard()
    window.to_preview(wizard, shop_list(tmp_path, "later.csv", changed="yes"))
    assert (figures(wizard)["changed"], figures(wizard)["canceled"], figures(wizard)["unchanged"]) == (
        "1",
        "2",
        "3,997",
    )
    assert "stays used" in wizard.outlook.changed.rows[0].line
    wizard.outlook.allow.click()
    wizard.apply_key.click()
    window.wait(lambda: wizard.step is WizardStep.TAKE_OVER and wizard.outlook.isVisible())
    wizard.close_key.click()
    summary = house.office.tickets.some(house.event, [used, handle_of(house, "7000000002")])
    assert {(each.entries, each.status.value) for each in summary} == {(1, "valid"), (0, "canceled")}


def test_a_ticket_is_found_lived_with_and_printed(window: Window, tmp_path: Path, qtbot: QtBot) -> None:  # A8, G16
    house, page = window.house, window.page
    house.office.codes.set_rules(house.event, CodesRow("t1"), {})
    for ref in ("A-1", "A-2"):
        house.office.put_ticket(house.event, "myshop", ShopRow(0, ref, cls="Standard", name="Jörg Müller", order="O-7"))
    tid = handle_of(house, "A-1")
    house.ask(house.scan(tid))

    page.field.setText("muller")
    found = page.found
    window.wait(lambda: isinstance(found.body, FoundBody) and len(found.body.rows.rows) == 2)
    page.show_subject(tid.hex())
    body = page.ticket
    window.wait(lambda: isinstance(body.body, TicketBody) and body.body.history.rows)
    assert isinstance(body.body, TicketBody)
    assert [each.title for each in body.body.history.rows] == ["Admit", "Told by its shop"]
    assert "entry 1" in body.body.history.rows[0].line

    house.now_ms += 60_000
    page._act("cancel")
    sheet = page.sheet
    assert isinstance(sheet, DeedSheet)
    assert not sheet.yes.isEnabled(), "not without a reason"
    sheet.whys.pick("refund")
    sheet.yes.click()
    window.wait(lambda: page.sheet is None)
    window.wait(lambda: isinstance(body.body, TicketBody) and body.body.pill.text == "Canceled")
    assert "reason: Refund" in body.body.history.rows[0].line

    house.now_ms += 60_000
    page._act("restore")
    sheet = page.sheet
    assert isinstance(sheet, DeedSheet)
    sheet.whys.pick("mistake")
    sheet.yes.click()
    window.wait(lambda: isinstance(body.body, TicketBody) and body.body.pill.text == "Valid")

    house.now_ms += 60_000
    page._act("reissue")
    sheet = page.sheet
    assert isinstance(sheet, DeedSheet)
    sheet.whys.pick("lost")
    sheet.yes.click()
    window.wait(lambda: not sheet.code.is_empty)
    sheet.left.emit()
    house.ask(house.scan(tid, after_ms=60_000, gen=0))
    page._ask_again("ticket")
    window.wait(lambda: "Replaced" in titles(page))
    assert "New code, edition 2" in titles(page)

    page._act("print_order")
    printing = page.sheet
    assert isinstance(printing, PrintSheet)
    printing.print_to(tmp_path / "order.pdf")
    window.wait(lambda: printing.files)
    assert (tmp_path / "order.pdf").read_bytes().startswith(b"%PDF")
    assert "2 tickets" in printing.note.text()

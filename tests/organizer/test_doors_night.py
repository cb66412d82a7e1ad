"""A night at the window, with a real server and real kiosks: one is enrolled, two let the same ticket in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.organizer.devices_list import DevicesList
from app.organizer.devices_page import DevicesPage
from app.organizer.enrol_body import EnrolBody
from app.organizer.enrol_present import Comparing, Deed, LetIn, Showing, invitation_text
from app.organizer.incidents_detail import IncidentDetail
from app.organizer.incidents_list import IncidentsList
from app.organizer.incidents_page import IncidentsPage
from app.organizer.network_desk import NetworkDesk
from app.runtime.enrolling import enrol_by, invitation_of
from app.server.program import build_app
from core.journal.scan import Finding
from core.model.roles import Role
from core.sync.messages import Me, RoleRow
from tests.contract.ledger_rig import SOUTH, Home, House, open_house
from tests.organizer.desk_contract import until
from tests.organizer.shots import surroundings_at
from tests.server.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_leftovers")]
TOKEN = "organizers-token-of-the-test"
ANA = Me("ana", [RoleRow(None, Role.OWNER)], must_change=False)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "house")) as opened:
        yield opened


@pytest.fixture
def desk(house: House, tmp_path: Path, qtbot: QtBot) -> Iterator[NetworkDesk]:
    with (
        served(build_app(house.office, TOKEN)) as url,
        closing(NetworkDesk(url, tmp_path / "window")) as made,
    ):
        made.use(TOKEN, ANA)
        made.show_event(house.event)
        yield made


def told(page: DevicesPage) -> dict[str, str]:
    """How each kiosk is, by its name."""
    body = page.list_frame.body
    assert isinstance(body, DevicesList)
    return {record.cells[0]: record.cells[1] for record in body.table.records}


def test_a_kiosk_is_enrolled_from_the_page_and_its_digits_are_those_on_its_screen(  # A22
    house: House, desk: NetworkDesk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows a code; a kiosk's own program follows it; six digits are the same on both; it is let in."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    page = DevicesPage(surroundings_at(desk))
    qtbot.addWidget(page)
    page.show()
    page.begin()
    until(qtbot, lambda: len(page.kiosks()) == 3 and page.gates())
    page.enrol_key.click()
    body = page.enrol.frame.body
    assert isinstance(body, EnrolBody)
    body.gate.choose("south")
    body.name.setText("Side door")
    body.keys[Deed.MAKE].click()
    until(qtbot, lambda: isinstance(page.enrol.step, Showing))
    showing = page.enrol.step
    assert isinstance(showing, Showing)
    enrolled = enrol_by(invitation_of(invitation_text(showing.reply, showing.url)), tmp_path / "kiosk")
    until(qtbot, lambda: isinstance(page.enrol.step, Comparing))
    digits = body.digits.text
    assert digits.replace(" ", "") == enrolled.digits.replace(" ", ""), "what the kiosk's screen shows"
    assert state_of(house, "Side door") == "pending"
    body.keys[Deed.CONFIRM].click()
    until(qtbot, lambda: page.enrol.step == LetIn("Side door"))
    assert state_of(house, "Side door") == "active"
    until(qtbot, lambda: "Side door" in told(page) and not told(page)["Side door"].startswith("Six digits"))
    profile = enrolled.profile
    assert profile.gate == SOUTH


def test_a_double_admission_is_seen_with_both_gates_and_resolved(  # G1
    house: House, desk: NetworkDesk, qtbot: QtBot
) -> None:
    """It comes in while the page is open; one press says what it was, and the ledger keeps who said so."""
    page = IncidentsPage(surroundings_at(desk))
    qtbot.addWidget(page)
    page.show()
    page.begin()
    until(qtbot, lambda: isinstance(page.list_frame.body, IncidentsList) and page.list_frame.reading.is_new)
    body = page.list_frame.body
    assert isinstance(body, IncidentsList)
    assert body.empty.title.text().startswith("Nothing to look at")
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    scan = house.scan(tid, 1, after_ms=180_000, gate=SOUTH)
    house.upload(scan, house.shown(scan))
    until(qtbot, lambda: body.list.rows)
    assert [row.title for row in body.list.rows] == ["Let in twice"]
    body.list.chosen.emit(body.list.rows[0].name)
    until(qtbot, lambda: page.detail_frame.reading.is_new)
    detail = page.detail_frame.body
    assert isinstance(detail, IncidentDetail)
    assert [card.place.text() for card in detail.cards] == ["North gate", "South gate"]
    assert [card.facts.shown["Kiosk"] for card in detail.cards] == ["kiosk 0", "kiosk 1"]
    assert detail.between.text() == "3 min apart"
    assert detail.happened.text().endswith("neither could know of the other.")
    detail.field.setText("two friends, one screenshot")
    detail.finding_keys[Finding.SHARED_CODE].click()
    until(qtbot, lambda: not body.list.rows)
    (kept,) = house.office.incidents.list(house.event).incidents
    assert (kept.state, kept.finding, kept.found_note) == ("resolved", "shared_code", "two friends, one screenshot")
    until(qtbot, lambda: detail.state.text().startswith("Shared code"))


def state_of(house: House, name: str) -> str:
    """What the ledger says of a kiosk."""
    return next(each.state.value for each in house.office.devices.list(house.event) if each.name == name)

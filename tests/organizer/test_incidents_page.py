"""The page of incidents at a still desk: looked at, narrowed, said what they were, and never lost from sight."""

from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.organizer.incidents_detail import IncidentDetail
from app.organizer.incidents_list import IncidentsList
from app.organizer.incidents_page import IncidentsPage
from app.organizer.page import PageName
from app.organizer.panel_present import Face
from core.insight.question import Method
from core.journal.scan import Finding
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.organizer.incidents_shots import DOUBLE, DRIFT, LIST, NOTED, SEVERAL, desk, told
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import NOW_MS, StillDesk, failed

ONE = f"/api/v1/events/{{event}}/incidents/{DOUBLE['scan']}/double_admission"


def shown(qtbot: QtBot, at: StillDesk) -> IncidentsPage:
    """The page, shown, once the desk has told what lies on it."""
    page = IncidentsPage(surroundings_at(at))
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    page.begin()
    settle()
    return page


def listed(page: IncidentsPage) -> IncidentsList:
    body = page.list_frame.body
    assert isinstance(body, IncidentsList)
    return body


def detail(page: IncidentsPage) -> IncidentDetail:
    body = page.detail_frame.body
    assert isinstance(body, IncidentDetail)
    return body


def press(qtbot: QtBot, key: Any) -> None:
    assert key.isVisible()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    settle()


def choose(qtbot: QtBot, page: IncidentsPage, number: int) -> None:
    rows = listed(page).list
    rows.setCurrentIndex(rows.model().index(number, 0))
    qtbot.keyClick(rows, Qt.Key.Key_Return)
    settle()


def test_a_double_admission_is_seen_with_both_gates_and_resolved_in_one_press(qtbot: QtBot) -> None:  # G1
    at = StillDesk(desk(*SEVERAL), {(Method.PUT, f"{ONE}/resolution"): NOTED})
    page = shown(qtbot, at)
    assert [row.title for row in listed(page).list.rows][:2] == ["Let in twice", "Canceled, and let in"]
    choose(qtbot, page, 0)
    body = detail(page)
    assert [card.place.text() for card in body.cards] == ["North gate", "East gate"]
    assert body.between.text() == "3 min apart"
    qtbot.keyClicks(body.field, "two friends, one screenshot")
    assert page.is_unsaved
    press(qtbot, body.finding_keys[Finding.SHARED_CODE])
    assert at.done[-1].body == {"finding": "shared_code", "note": "two friends, one screenshot"}
    assert page._at.teller.told == ["Kept: Shared code."]
    assert not page.is_unsaved
    at.tell(f"incident.{DOUBLE['scan']}.double_admission", NOTED)
    at.tell(LIST, desk(*SEVERAL[1:])[LIST])
    settle()
    assert body.state.text() == "Shared code · by ana, 20:03"
    assert "Let in twice" not in [row.title for row in listed(page).list.rows]
    assert page.chosen == f"{DOUBLE['scan']}.double_admission", "what is read stays, though it left the list"


def test_what_was_not_kept_stays_typed_and_says_why(qtbot: QtBot) -> None:
    at = StillDesk(desk(*SEVERAL), {(Method.POST, f"{ONE}/notes"): Later(Trouble.UNREACHABLE)})
    page = shown(qtbot, at)
    choose(qtbot, page, 0)
    body = detail(page)
    assert not body.note_key.isEnabled(), "nothing is typed yet"
    qtbot.keyClicks(body.field, "asked both gates")
    press(qtbot, body.note_key)
    assert page._at.teller.told == ["The note is not kept. Server unreachable."]
    assert body.typed == "asked both gates"
    at.deeds[(Method.POST, f"{ONE}/notes")] = Rejected(404, "incident_unknown")
    qtbot.keyClick(body.field, Qt.Key.Key_Return)
    settle()
    assert page._at.teller.told[-1].endswith("Later scans took this incident back: there is nothing left to say.")
    at.deeds[(Method.POST, f"{ONE}/notes")] = NOTED
    press(qtbot, body.note_key)
    assert (page._at.teller.told[-1], body.typed) == ("The note is kept.", "")
    assert at.done[-1].body == {"note": "asked both gates"}


def test_new_ones_come_in_at_the_top_without_moving_what_is_read(qtbot: QtBot) -> None:
    many = [told(number=number, minutes=number) for number in range(1, 31)]
    at = StillDesk(desk(*many))
    page = shown(qtbot, at)
    rows = listed(page).list
    choose(qtbot, page, 4)
    rows.verticalScrollBar().setValue(300)
    names = [row.name for row in rows.rows]
    place = rows.visualRect(rows.model().index(names.index(page.chosen), 0)).top()
    assert not listed(page).new_key.isVisible()
    at.tell(LIST, desk(told(number=98, minutes=0), told(number=99, minutes=0), *many)[LIST])
    settle()
    names = [row.name for row in rows.rows]
    assert rows.visualRect(rows.model().index(names.index(page.chosen), 0)).top() == place
    assert page.chosen == f"{5:032x}.double_admission"
    assert listed(page).new_key.text() == "2 new: show"
    press(qtbot, listed(page).new_key)
    assert rows.is_at_top
    assert not listed(page).new_key.isVisible()


def test_the_list_is_narrowed_and_turned_by_the_servers_own_places(qtbot: QtBot) -> None:
    place = f"{NOW_MS}.{'0' * 32}.clock_drift"
    older = {"incidents": [DRIFT], "after": None}
    at = StillDesk(desk(*SEVERAL[:3], after=place, **{f"{LIST}{place}": older}))
    page = shown(qtbot, at)
    press(qtbot, listed(page).older_key)
    assert at.watched() == [f"{LIST}{place}"]
    assert [row.title for row in listed(page).list.rows] == ["A clock is off"]
    assert (listed(page).place.text(), listed(page).older_key.isEnabled()) == ("page 2", False)
    press(qtbot, listed(page).newer_key)
    assert at.watched() == [LIST]
    at.tell("incidents.resolved.any.", {"incidents": [], "after": None})
    press(qtbot, page.which_keys[next(which for which in page.which_keys if which.value == "resolved")])
    assert listed(page).empty.title.text() == "No incident has been resolved yet."
    page.kind_box.choose("late_cancel")
    settle()
    assert at.watched() == ["incidents.resolved.late_cancel."]
    assert page.list_frame.face is Face.LOADING


def test_the_other_pages_open_with_what_the_incident_is_about(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*SEVERAL)))
    choose(qtbot, page, 0)
    press(qtbot, detail(page).history_key)
    page.show_subject(f"{DRIFT['scan']}.clock_drift")
    settle()
    press(qtbot, detail(page).device_key)
    assert page._at.teller.opened == [(PageName.TICKETS, "5" * 32), (PageName.DEVICES, DRIFT["scan"])]
    assert not any(card.isVisible() for card in detail(page).cards)


def test_another_incident_takes_no_note_that_was_typed_for_the_first(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*SEVERAL)))
    choose(qtbot, page, 0)
    qtbot.keyClicks(detail(page).field, "about the first")
    choose(qtbot, page, 1)
    assert detail(page).typed == ""


def test_a_narrow_window_shows_one_of_both_and_a_key_leads_back(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*SEVERAL)))
    page.resize(800, 480)
    choose(qtbot, page, 0)
    assert (page.list_frame.isVisible(), page.detail_frame.isVisible()) == (False, True)
    press(qtbot, page.back_key)
    assert (page.list_frame.isVisible(), page.detail_frame.isVisible()) == (True, False)


def test_a_page_at_rest_asks_nothing_and_a_failed_list_leaves_the_incident_alone(qtbot: QtBot) -> None:  # G22
    at = StillDesk(desk(*SEVERAL))
    page = shown(qtbot, at)
    choose(qtbot, page, 0)
    at.tell(LIST, failed())
    settle()
    assert (page.list_frame.face, page.detail_frame.face) == (Face.FAILED, Face.FRESH)
    page.rest()
    assert at.watched() == []
    page.begin()
    settle()
    assert len(at.watched()) == 2

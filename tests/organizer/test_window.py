"""The window: its banner, its pages and their faults, its sheets, its keys, its languages; over a connection that
stands still. What a real server does to it is in `test_front.py`.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.organizer.boundary import catching
from app.organizer.deliveries.questions import SUMMARY
from app.organizer.page import Page, PageName
from app.organizer.page_host import PageEntry
from app.organizer.panel_present import Face
from app.organizer.sheets import help_lines
from app.organizer.surroundings import Confirmation, Surroundings
from app.organizer.window import OrganizerWindow, likely_event, role_at
from app.organizer.words import load_organizer_words
from app.widgets import banner
from app.widgets.theme import THEMES, ThemeName
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Right, Role
from core.model.settings import Language
from core.sync.delivery_replies import DeliverySummary
from core.sync.health import Trouble
from core.sync.incident_replies import Incident, IncidentPage
from core.sync.messages import Me, RoleRow
from tests.organizer import still_connection as still
from tests.organizer.shots import settle
from tests.organizer.still_connection import StillConnection
from tests.organizer.still_desk import EVENT, MINUTE_MS, NOW_MS, failed, fresh, old
from tests.organizer.window_shots import TOLD, TwoPanels


class Typing(Page):
    """A page with a field, whose code can be made to fail."""

    faults: ClassVar[set[str]] = set()

    def __init__(self, at: Surroundings) -> None:
        super().__init__()
        if "make" in Typing.faults:
            raise ZeroDivisionError
        self.field = QLineEdit(self)
        self.field.setAccessibleName("field")
        self.subjects: list[str] = []
        self.field.textChanged.connect(self.take)
        QVBoxLayout(self).addWidget(self.field)

    def begin(self) -> None:
        if "begin" in Typing.faults:
            raise ZeroDivisionError

    def take(self, _: str) -> None:
        if "type" in Typing.faults:
            raise ZeroDivisionError

    def show_subject(self, subject: str) -> None:
        self.subjects.append(subject)

    @property
    def is_unsaved(self) -> bool:
        return bool(self.field.text())


ENTRIES = {
    PageName.LIVE: PageEntry(TwoPanels, Right.READ_STATUS),
    PageName.TICKETS: PageEntry(Typing, Right.READ_TICKETS),
    PageName.SET_UP: PageEntry(Typing, Right.SEND_FACTS),
}


@pytest.fixture
def desk() -> StillConnection:
    return StillConnection(TOLD)


@pytest.fixture
def window(desk: StillConnection, qtbot: QtBot) -> Iterator[OrganizerWindow]:
    Typing.faults = set()
    made = OrganizerWindow(load_organizer_words(), desk, ENTRIES)
    qtbot.addWidget(made)
    made.show_account(still.ANNA)
    made.resize(QSize(1280, 800))
    made.show()
    settle()
    yield made
    made._may_close = True
    Typing.faults = set()


def typing_of(window: OrganizerWindow) -> Typing:
    page = window.hosts[PageName.TICKETS].page
    assert isinstance(page, Typing)
    return page


# --- the banner -----------------------------------------------------------------------------------------------------


def test_the_banner_says_what_is_affected_since_when_and_when_it_is_tried_again(
    window: OrganizerWindow, desk: StillConnection
) -> None:
    assert not window.banner.isVisible()
    desk.tell("gates", failed())
    desk.stand(still.DEGRADED)
    settle()
    window._tick()
    title = window.host.page.frames[1].title_text
    assert window.banner.title.text() == "Degraded since 20:02: server slow"
    assert window.banner.line.text() == f"Affected: {title}. · Next try in 6 s"
    desk._now_ms = Millis(NOW_MS + 5_000)
    window._tick()
    assert window.banner.line.text().endswith("Next try in 1 s")
    desk._now_ms = Millis(NOW_MS + 6_000)
    window._tick()
    assert window.banner.line.text().endswith("Trying now …")
    window.banner.act_key.click()
    assert desk.retried == 1


def test_an_old_figure_is_dated_in_the_banner_and_the_two_ways_of_being_away_differ(
    window: OrganizerWindow, desk: StillConnection
) -> None:
    desk.tell("admitted", old(3_790))
    desk.stand(still.OFFLINE)
    settle()
    window._tick()
    assert window.banner.text.title == "Offline since 20:02: server unreachable"
    assert window.banner.text.line == "Figures as of 19:52 (12 min). What you change can't be sent."
    frame = window.host.page.frames[0]
    assert (frame.text.note, frame.text.cause) == ("as of 19:52 (12 min ago)", ""), "the banner has said why"
    assert not frame.retry_key.isVisible(), "and has the one key for all of them"
    desk.stand(still.NO_INTERNET)
    assert frame.retry_key.isVisible()
    assert frame.text.cause == "Not new: server unreachable"
    assert window.banner.text.title == "The server has had no internet since 19:10: sales may be newer"
    assert not window.banner.act_key.isVisible(), "nobody can do anything about it here"
    desk.stand(still.LIVE)
    assert not window.banner.isVisible()


def test_a_screen_reader_hears_another_state_and_no_count_down(
    window: OrganizerWindow, desk: StillConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, bool]] = []
    monkeypatch.setattr(banner, "announce", lambda _, text, *, is_urgent=False: heard.append((text, is_urgent)))
    desk.stand(still.OFFLINE)
    for second in range(3):
        desk._now_ms = Millis(NOW_MS + 1_000 * second)
        window._tick()
    desk.stand(still.RECOVERING)
    assert heard == [("Offline since 20:02: server unreachable", True), ("Connected again", False)]


def test_the_details_say_what_to_do_and_follow_the_connection(window: OrganizerWindow, desk: StillConnection) -> None:
    desk.stand(replace(still.OFFLINE, trouble=Trouble.CERTIFICATE_EXPIRED))
    window.banner.details_key.click()
    lines = [each.text() for each in window.details.lines if each.text()]
    assert lines[0] == "Server: https://door.example"
    assert "compare its certificate" in lines[-1]
    desk.stand(still.LIVE)
    assert "Changes are told as they happen." in [each.text() for each in window.details.lines]
    QTest.keyClick(window.details, Qt.Key.Key_Escape)
    assert not window.details.is_open


# --- pages ----------------------------------------------------------------------------------------------------------


def test_pages_are_chosen_by_keys_and_only_the_one_that_is_shown_asks(
    window: OrganizerWindow, desk: StillConnection, qtbot: QtBot
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    assert {"admitted", "gates"} <= set(desk.watched())
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.page is PageName.TICKETS
    assert window.header.page_keys[PageName.TICKETS].isChecked()
    assert {"admitted", "gates"}.isdisjoint(desk.watched())
    typing_of(window).field.setText("half")
    window.surroundings.teller.open_page(PageName.LIVE)
    window.surroundings.teller.open_page(PageName.TICKETS, "ticket 7")
    assert typing_of(window).field.text() == "half", "what was typed stays"
    assert typing_of(window).subjects == ["ticket 7"]
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window.help.is_open
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.page is PageName.TICKETS, "what lies over the page has to be closed first"


def test_f5_asks_for_everything_on_the_page(window: OrganizerWindow, desk: StillConnection, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert desk.retried == 1
    assert {"admitted", "gates"} <= set(desk.asked_again)


@pytest.mark.parametrize("fault", ["make", "begin", "type"])
def test_a_fault_in_a_pages_code_stays_in_it_and_can_be_tried_again(
    fault: str, window: OrganizerWindow, qtbot: QtBot
) -> None:
    # G22
    Typing.faults = {fault}
    host = window.hosts[PageName.TICKETS]
    with catching(window.tell_fault):
        window.show_page(PageName.TICKETS)
        if fault == "type":
            typing_of(window).field.setText("x")
        qtbot.waitUntil(lambda: host.is_broken and host.card.isVisible())
        assert host.card.title.text() == "This page has failed"
        window.show_page(PageName.LIVE)
        settle()
        assert {frame.face for frame in window.host.page.frames} == {Face.FRESH}
        window.show_page(PageName.TICKETS)
        host.card.key.click()
        qtbot.waitUntil(lambda: fault == "type" or host.is_broken)
        Typing.faults = set()
        host.make_again()
        qtbot.waitUntil(lambda: typing_of(window).isVisible())
        assert not host.card.isVisible()


def test_control_a_fault_of_nobodys_is_said_by_the_window(window: OrganizerWindow, qtbot: QtBot) -> None:
    with catching(window.tell_fault):
        sys.excepthook(ValueError, ValueError("Anna Muster"), None)
    assert window.notice.text.text().startswith("Something in this program has failed")
    assert "Muster" not in window.notice.text.text()


def test_a_page_without_right_or_without_code_says_so(window: OrganizerWindow) -> None:
    window.show_page(PageName.SET_UP)
    assert window.host.card.title.text() == "Your account may not see this page"
    window.show_page(PageName.REPORTS)
    assert window.host.card.title.text() == "This page is not there yet"


def test_leaving_with_something_typed_is_asked_first(window: OrganizerWindow, qtbot: QtBot) -> None:
    window.show_page(PageName.TICKETS)
    typing_of(window).field.setText("half")
    window.show_page(PageName.LIVE)
    window.close()
    assert window.isVisible()
    assert "Tickets" in window.confirm.text.text()
    window.confirm.no.click()
    assert window.isVisible()
    window.close()
    with qtbot.waitSignal(window.closed):
        window.confirm.yes.click()


# --- what lies over a page ------------------------------------------------------------------------------------------


def test_a_destructive_deed_of_many_wants_their_number_and_nothing_below_can_be_pressed(
    window: OrganizerWindow, qtbot: QtBot
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    done: list[str] = []
    many = Confirmation("Withdraw 412?", "They are not sent.", "Withdraw", is_destructive=True, typed="412")
    window.header.settings_key.setFocus()
    window.surroundings.teller.ask(many, lambda: done.append("many"))
    sheet = window.confirm
    assert QApplication.focusWidget() is sheet.field
    assert not window.header.isEnabled()
    QTest.keyClicks(sheet.field, "41")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert (done, sheet.is_open) == ([], True)
    QTest.keyClick(sheet.field, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is sheet.no
    QTest.keyClick(sheet.no, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is sheet.field, "yes is not to be had yet"
    QTest.keyClicks(sheet.field, "412")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert (done, sheet.is_open) == (["many"], False)
    assert window.header.isEnabled()
    assert QApplication.focusWidget() is window.header.settings_key
    window.surroundings.teller.ask(replace(many, typed=""), lambda: done.append("no"))
    assert QApplication.focusWidget() is sheet.no
    QTest.keyClick(sheet.no, Qt.Key.Key_Escape)
    assert done == ["many"]


def test_language_and_colours_change_at_once_everywhere(window: OrganizerWindow, desk: StillConnection) -> None:
    desk.tell("admitted", old(3_790))
    desk.stand(still.OFFLINE)
    settle()
    window._open_settings()
    window.show_language(Language.GERMAN)
    window.show_theme(ThemeName.DARK)
    assert window.settings.title.text() == "Einstellungen"
    assert window.header.page_keys[PageName.LIVE].told == "Jetzt"
    assert window.banner.text.title == "Offline seit 20:02: Server nicht erreichbar"
    frame = window.host.page.frames[0]
    assert frame.text.note.startswith("Stand 19:52")
    assert frame.body.figure.palette().color(frame.body.figure.foregroundRole()).name().upper() == "#A9B2BE"
    window.settings.close_sheet()  # it dims what lies below
    ground = window.grab().toImage().pixelColor(2, window.height() - 3)
    assert ground.name().upper() == THEMES[ThemeName.DARK].ground, "what lies below the pages as well"


def test_how_a_deed_went_leaves_by_itself_only_where_it_went_well(window: OrganizerWindow) -> None:
    window.surroundings.teller.tell("Moved.")
    assert window.notice._leaving.isActive()
    window.surroundings.teller.tell("Could not.", is_trouble=True)
    assert not window.notice._leaving.isActive()
    window.notice.close_key.click()
    assert not window.notice.isVisible()


# --- counts ---------------------------------------------------------------------------------------------------------


def incident(scan: str) -> Incident:
    """An incident that is open."""
    blank: dict[str, Any] = dict.fromkeys(Incident.__dataclass_fields__)
    told = {"scan": scan, "kind": "double_admission", "severity": "high", "state": "open", "opened_ms": NOW_MS}
    return Incident(**{**blank, **told})


def test_a_new_incident_is_counted_heard_and_said_and_an_old_one_is_not(
    window: OrganizerWindow, desk: StillConnection, qtbot: QtBot
) -> None:
    heard: list[str] = []
    window.incident_told.connect(lambda: heard.append("ding"))
    one, two = incident("01"), incident("02")
    name = "incidents.open.any."
    for told, expected in (
        (fresh(IncidentPage([one], None)), ("Incidents 1", 0)),  # what was there before is no news
        (fresh(IncidentPage([one], None)), ("Incidents 1", 0)),
        (old(IncidentPage([one, two], None)), ("Incidents 2", 0)),  # nor is what the cache tells
        (fresh(IncidentPage([one, two], "more")), ("Incidents 2+", 1)),
        (fresh(IncidentPage([two], None)), ("Incidents 1", 1)),
        (fresh(IncidentPage([two, one], None)), ("Incidents 2", 1)),  # reopened, and known
        (fresh(IncidentPage([], None)), ("Incidents", 1)),
    ):
        desk.tell(name, told)
        settle()
        assert (window.header.page_keys[PageName.INCIDENTS].told, len(heard)) == expected
    assert window.notice.text.text() == "Something new to look at: 1"


def sent(dead: int = 0, minutes: float = 0, *channels: str) -> DeliverySummary:
    died_ms = int(NOW_MS - minutes * MINUTE_MS) if dead else None
    return DeliverySummary([*channels], 0, dead, died_ms)


def test_deliveries_have_a_key_where_anybody_uses_a_channel_and_the_keys_are_numbered_as_they_stand(
    window: OrganizerWindow, desk: StillConnection, qtbot: QtBot
) -> None:
    key = window.header.page_keys[PageName.DELIVERIES]
    assert key.isHidden(), "nobody knows yet"
    desk.tell(SUMMARY.name, fresh(sent()))
    settle()
    assert key.isHidden()
    assert not any("Deliveries" in line for line in help_lines(window.words, window.header.pages_shown))
    desk.tell(SUMMARY.name, old(sent(0, 0, "webhook")))
    settle()
    assert key.isVisible(), "what was known last says so as well"
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert window.page is PageName.TICKETS
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.page is PageName.DELIVERIES
    desk.tell(SUMMARY.name, fresh(sent()))
    settle()
    assert key.isVisible(), "nobody is sent away from a page"
    window.show_page(PageName.LIVE)
    assert key.isHidden()


def test_what_was_not_delivered_is_counted_heard_and_said_once(window: OrganizerWindow, desk: StillConnection) -> None:
    heard: list[str] = []
    window.incident_told.connect(lambda: heard.append("ding"))
    for told, expected in (
        (fresh(sent(2, 30, "webhook")), ("Deliveries 2", 0)),  # what was there before is no news
        (fresh(sent(1, 30, "webhook")), ("Deliveries 1", 0)),  # somebody gave one up
        (old(sent(3, 10, "webhook")), ("Deliveries 3", 0)),
        (fresh(sent(2, 5, "webhook")), ("Deliveries 2", 1)),
        (fresh(sent(2, 5, "webhook")), ("Deliveries 2", 1)),
        (fresh(sent(0, 0, "webhook")), ("Deliveries", 1)),
        (fresh(sent(1, 5, "webhook")), ("Deliveries 1", 1)),  # it was sent again, and is where it was
        (fresh(sent(1, 1, "webhook")), ("Deliveries 1", 2)),
    ):
        desk.tell(SUMMARY.name, told)
        settle()
        assert (window.header.page_keys[PageName.DELIVERIES].told, len(heard)) == expected
    assert window.notice.text.text() == "Something was not delivered: 1"


def test_who_runs_the_installation_gets_to_the_jobs_from_the_settings(
    window: OrganizerWindow, desk: StillConnection
) -> None:
    window._open_settings()
    assert window.settings.jobs_key.isVisible()
    window.settings.jobs_key.click()
    assert (window.page, window.settings.is_open) == (PageName.DELIVERIES, False)
    assert window.header.page_keys[PageName.DELIVERIES].isVisible()
    desk.rights = desk.rights - {Right.RUN_INSTALLATION}
    window._open_settings()
    assert not window.settings.jobs_key.isVisible()


def test_the_likely_event_is_the_one_under_way_then_the_next_then_the_last() -> None:
    hour = 60 * MINUTE_MS
    past, now, later = (
        still.event(name, starts_ms=NOW_MS + at * hour) for name, at in (("a", -99), ("b", -1), ("c", 9))
    )
    assert likely_event([past, now, later], NOW_MS).policy.name == "b"
    assert likely_event([past, later], NOW_MS).policy.name == "c"
    assert likely_event([past], NOW_MS).policy.name == "a"


def test_what_somebody_is_at_an_event_is_said() -> None:
    me = Me("anna", [RoleRow(None, Role.AUDITOR), RoleRow(EVENT.hex, Role.ADMIN)], must_change=False)
    assert role_at(me, EVENT) is Role.ADMIN
    assert role_at(me, None) is Role.AUDITOR
    assert role_at(Me("anna", [], must_change=False), EventId(EVENT)) is Role.AUDITOR


def test_the_first_start_leads_to_the_set_up_and_says_on_every_page_what_to_do_next(qtbot: QtBot) -> None:
    # D1
    desk = StillConnection({"events": fresh([])}, event=None)
    entries = {
        name: PageEntry(TwoPanels, Right.READ_EVENT, needs_event=name is not PageName.SET_UP) for name in PageName
    }
    window = OrganizerWindow(load_organizer_words(), desk, entries)
    qtbot.addWidget(window)
    window.show_account(still.ANNA)
    window.show()
    settle()
    assert window.page is PageName.SET_UP
    assert window.host.page is not None
    window.show_page(PageName.LIVE)
    assert window.host.card.title.text() == "No event"
    window.host.card.key.click()
    assert window.page is PageName.SET_UP
    heard: list[str] = []
    window.event_chosen.connect(heard.append)
    desk.tell("events", fresh(still.EVENTS))
    settle()
    assert heard == [EVENT.hex], "the first event is shown as soon as there is one"


def test_an_event_that_was_just_made_is_not_left_for_a_list_that_does_not_have_it_yet(
    window: OrganizerWindow, desk: StillConnection
) -> None:
    heard: list[str] = []
    window.event_chosen.connect(heard.append)
    made = "5c" * 16
    window.surroundings.teller.open_event(made)
    assert heard == [made]
    desk.show_event(EventId(UUID(hex=made)))
    window.start_event()
    desk.tell("events", fresh(still.EVENTS))
    settle()
    assert heard == [made]
    desk.tell("events", replace(fresh(still.EVENTS), as_of_ms=Millis(NOW_MS + MINUTE_MS)))
    settle()
    assert heard == [made, EVENT.hex], "an event that stays away is nothing to look at"

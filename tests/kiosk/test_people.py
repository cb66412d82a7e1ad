"""The pages about people in a kiosk with everything real but the network: found, let in, cleared up, counted."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Q_ARG, QMetaObject, Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kiosk.group_sheet import GroupSheet
from app.kiosk.inbox_sheet import InboxSheet
from app.kiosk.kiosk import Kiosk
from app.kiosk.search_sheet import SearchSheet
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime.door_news import NEWS_FILE, DoorNews
from app.runtime.station import Station
from core.gate.operators import DoorRole, Operator
from core.gate.screen import Face
from core.gate.verdict import Verdict
from core.journal.scan import Finding, Resolution, Scan
from core.model.outcomes import Outcome, OutcomeClass
from core.model.roles import Right
from core.sync.answers import Done
from core.sync.messages import DoorReply
from tests.runtime.people_rig import stick, with_guests
from tests.runtime.test_inbox import DOUBLE
from tests.support.door import PROFILE, HandClock, fill_vault, ticket, tid

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
WORDS = load_kiosk_words()
OPERATOR = Operator("op-1", "Ben", DoorRole.OPERATOR, 0, "$argon2id$nobody-tries")
SUPERVISOR = Operator("op-2", "Ana", DoorRole.SUPERVISOR, 5, "$argon2id$nobody-tries")


class Told:
    """What a server had told before the network went."""

    def __init__(self, at_ms: int) -> None:
        self.reply = DoorReply(at_ms, 412, [DOUBLE])

    def door(self) -> Done[DoorReply]:
        return Done(self.reply, 1)


@pytest.fixture
def station(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    """A kiosk that knows its guests, has heard the server once, and has no network now; its staff as a parameter."""
    staff: tuple[Operator, ...] = getattr(request, "param", ())
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = tmp_path / "kiosk"
    folder.mkdir()
    fill_vault(folder)
    clock = HandClock()
    with closing(Station(folder, PROFILE, clock)) as first, closing(first.open_looks()) as looks:
        assert first.take_manifest_from(stick(tmp_path / "stick", with_guests(staff=staff))) is None
        DoorNews(folder / NEWS_FILE, Told(clock.at_ms), clock.monotonic_ms).listen(looks)
    with closing(Station(folder, PROFILE, clock)) as made:
        assert made.load_manifest() is None
        yield made


class Door:
    """The kiosk and its window."""

    def __init__(self, qtbot: QtBot, station: Station) -> None:
        self.qtbot = qtbot
        self.station = station
        self.window = KioskWindow(WORDS, ZoneInfo("UTC"), station.clock)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.show()
        self.kiosk = Kiosk(station, None, self.window)

    def until(self, is_so: object) -> None:
        self.qtbot.waitUntil(is_so, timeout=PATIENCE_MS)

    def open(self, name: SheetName) -> object:
        self.window.desk.touch(name)
        return self.window.desk.sheet

    def search(self, typed: str, rows: int) -> SearchSheet:
        sheet = self.open(SheetName.SEARCH)
        assert isinstance(sheet, SearchSheet)
        sheet.field.setText(typed)
        self.until(lambda: len(sheet.rows.shown) == rows)
        return sheet

    def verdict(self, act: object) -> Verdict:
        with self.qtbot.waitSignal(self.kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
            act()  # type: ignore[operator]
        assert caught.args is not None
        return caught.args[0]

    def facts(self, number: int) -> list[object]:
        with closing(self.station.open_journal()) as journal:
            return list(journal.facts_of(tid(number)))


@pytest.fixture
def door(qtbot: QtBot, station: Station) -> Iterator[Door]:
    made = Door(qtbot, station)
    made.kiosk.start()
    yield made
    made.kiosk.stop()


def tap(key: object) -> None:
    QTest.mouseClick(key, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def test_a_guest_without_a_code_is_found_compared_and_let_in(door: Door) -> None:  # A18
    sheet = door.search("mueller heike", 3)
    assert sheet.rows.shown[0].title == "Heike Mueller"
    assert [row.is_beside for row in sheet.rows.shown] == [False, True, True]
    assert "not used yet" in sheet.rows.shown[0].line
    assert "SHOP-7F3A-91" in sheet.rows.shown[0].line, "nobody is on shift: whoever stands here may all"
    tap(sheet.rows.keys[0])
    assert (sheet.name.text(), sheet.check.text()) == ("Heike Mueller", WORDS.people.search.check_id)
    verdict = door.verdict(lambda: tap(sheet.matches_key))
    assert verdict.outcome is Outcome.ADMITTED_OFFLINE
    assert (door.window.face, door.window.desk.sheet) == (Face.VERDICT, None)
    (scan,) = [fact for fact in door.facts(2) if isinstance(fact, Scan)]
    assert (scan.form, scan.answers) == ("by_name", {"identity": "checked"})
    again = door.search("mueller heike", 3)
    assert "ALREADY USED" in again.rows.shown[0].line, "the marker"
    tap(again.rows.keys[1])
    held = door.verdict(lambda: tap(again.differs_key))
    assert held.outcome is Outcome.CONFIRM_IDENTITY, "and nobody goes in"


def test_a_guest_with_a_code_comes_between_and_the_search_goes_on(door: Door) -> None:  # A18
    door.search("mueller heike", 3)
    door.verdict(lambda: door.kiosk.present(ticket(5)))
    assert door.window.desk.sheet is None, "it stepped aside"
    sheet = door.open(SheetName.SEARCH)
    assert isinstance(sheet, SearchSheet)
    assert (sheet.field.text(), sheet.field.selectedText()) == ("mueller heike", "mueller heike")
    door.until(lambda: len(sheet.rows.shown) == 3)
    door.window.desk.close()
    door.station.clock.advance(61_000)  # type: ignore[attr-defined]
    later = door.open(SheetName.SEARCH)
    assert isinstance(later, SearchSheet)
    assert later.field.text() == ""


@pytest.mark.parametrize("station", [(OPERATOR, SUPERVISOR)], indirect=True)
def test_an_operator_sees_less_and_opens_no_incidents(door: Door) -> None:  # A18
    sheet = door.search("heike mueller", 3)
    assert "SHOP-7F3A-91" not in "".join(row.line for row in sheet.rows.shown)
    assert "…-91" in sheet.rows.shown[0].line
    asked: list[Right] = []
    door.window.desk.unlock = lambda right, _then: asked.append(right)
    door.window.desk.close()
    assert door.open(SheetName.INCIDENTS) is None
    assert asked == [Right.RESOLVE_INCIDENTS]


def test_a_family_comes_in_by_one_scan_each_while_other_codes_wait(door: Door) -> None:  # A19
    first = door.verdict(lambda: door.kiosk.present(ticket(1)))
    sheet = door.open(SheetName.GROUP)
    assert isinstance(sheet, GroupSheet)
    door.until(lambda: len(sheet.rows.shown) == 3)
    assert (sheet.rows.shown[0].title, sheet.rows.shown[0].sign) == ("Jörg Müller", OutcomeClass.ADMIT)
    assert sheet.rows.shown[0].line == "scanned · ADMIT · Day ticket", "not that the ticket is used by now"
    tap(sheet.all_key)
    assert sheet.admit_key.told == "Let 2 in"
    tap(sheet.rows.keys[2])
    assert sheet.admit_key.told == "Let 1 in", "a touch takes the tick away"
    tap(sheet.rows.keys[2])
    door.kiosk.present(ticket(5))
    door.until(lambda: door.window._scene.frame.waiting == WORDS.sheet.waits)
    assert door.window.desk.sheet is sheet, "a stranger's code waits"
    tap(sheet.admit_key)
    door.until(lambda: sheet.note.text() == "2 of 2 let in")
    groups = {number: [fact.group for fact in door.facts(number) if isinstance(fact, Scan)] for number in (1, 2, 3, 5)}
    assert groups == {1: [None], 2: [first.scan_id], 3: [first.scan_id], 5: []}
    assert [each.outcome for each in door.window._scene.recent.decisions] == [Outcome.ADMITTED_OFFLINE] * 3
    waited = door.verdict(door.window.desk.close)
    assert waited.scan_id != first.scan_id, "no green about somebody who is in already: the next guest's"
    door.until(lambda: len(door.facts(5)) == 2)
    assert waited.is_admission


def test_whoever_was_refused_brings_nobody_in_unseen(door: Door) -> None:  # A19
    door.verdict(lambda: door.kiosk.present(ticket(1)))
    door.station.clock.advance(10_000)  # type: ignore[attr-defined]
    assert door.verdict(lambda: door.kiosk.present(ticket(1))).outcome is Outcome.ALREADY_USED
    sheet = door.open(SheetName.GROUP)
    assert isinstance(sheet, GroupSheet)
    door.until(lambda: len(sheet.rows.shown) == 3)
    assert sheet.rows.shown[0].sign is OutcomeClass.DENY
    tap(sheet.rows.keys[1])
    tap(sheet.admit_key)
    door.until(lambda: sheet.note.text() == "0 of 1 let in")
    door.window.desk.close()
    assert door.window.desk.sheet is not None, "the ID is asked for, as of whoever is found by name"


def test_who_is_alone_or_not_on_the_list_has_no_group(door: Door) -> None:  # A19
    assert not door.window.desk.is_ready(SheetName.GROUP), "nobody was scanned yet"
    for number, note in ((5, WORDS.people.group.alone), (99, WORDS.people.group.unknown)):
        door.verdict(lambda number=number: door.kiosk.present(ticket(number)))
        sheet = door.open(SheetName.GROUP)
        assert isinstance(sheet, GroupSheet)
        door.until(lambda sheet=sheet, note=note: sheet.note.text() == note)
        assert not sheet.admit_key.isVisible()
        door.window.desk.close()


def test_a_conflict_is_counted_on_the_key_seen_from_both_sides_and_cleared_by_one_tap(door: Door) -> None:  # G1
    door.until(lambda: door.window.desk.title(SheetName.MORE) == "More · 1")
    sheet = door.open(SheetName.INCIDENTS)
    assert isinstance(sheet, InboxSheet)
    door.until(lambda: "Jörg Müller" in sheet.rows.shown[0].title)
    assert "order not provable" in sheet.rows.shown[0].line
    tap(sheet.rows.keys[0])
    told = [line.text() for line in sheet.sides if line.text()]
    assert told[0].startswith("one: North gate · this kiosk")
    assert told[1].startswith("other: South gate · South 1")
    assert "± 2 min" in told[1]
    assert told[2] == "order not provable"
    tap(sheet.finding_keys[Finding.SHARED_CODE])
    door.until(lambda: sheet.rows.shown == () and door.window.desk.title(SheetName.MORE) == "More")
    (fact,) = [fact for fact in door.facts(1) if isinstance(fact, Resolution)]
    assert (fact.refers_to, fact.incident, fact.finding) == (UUID(int=7), "double_admission", Finding.SHARED_CODE)


def test_a_simulation_writes_no_word_about_a_conflict(door: Door) -> None:
    door.until(lambda: door.window.desk.title(SheetName.MORE) == "More · 1")
    with closing(door.station.open_looks()) as looks:
        before = looks.place()
        lane = door.kiosk._lane
        QMetaObject.invokeMethod(lane, "simulate", Qt.ConnectionType.BlockingQueuedConnection, Q_ARG(bool, True))
        sheet = door.open(SheetName.INCIDENTS)
        assert isinstance(sheet, InboxSheet)
        tap(sheet.rows.keys[0])
        tap(sheet.finding_keys[Finding.STAFF_ERROR])
        verdict = door.verdict(lambda: door.kiosk.present(ticket(5)))
        assert verdict.is_admission
        assert looks.place() == before
    assert door.window.desk.title(SheetName.MORE) == "More · 1", "it waits as before"


def test_inside_is_the_servers_figure_and_our_own_guests_with_its_time_when_it_is_old(door: Door) -> None:  # G19
    counts = door.window._scene.actions
    door.until(lambda: "412 inside" in counts.counts)
    door.verdict(lambda: door.kiosk.present(ticket(1)))
    door.until(lambda: "413 inside" in counts.counts)
    door.verdict(lambda: door.kiosk.present(ticket(1)))
    door.station.clock.advance(3_600_000)  # type: ignore[attr-defined]
    door.kiosk.show_status()
    door.until(lambda: "about 413 inside (" in counts.counts)
    assert "414" not in counts.counts, "the second scan of one ticket is nobody more"


def test_a_page_that_is_closed_early_leaves_nothing_behind(door: Door) -> None:
    """Whatever comes back to a page that is gone is dropped."""
    for name in (SheetName.SEARCH, SheetName.GROUP, SheetName.INCIDENTS):
        sheet = door.open(name)
        if isinstance(sheet, SearchSheet):
            sheet.field.setText("müller")
        door.window.desk.close()
    beats: list[int] = []
    QTimer.singleShot(300, lambda: beats.append(1))
    door.until(lambda: bool(beats))
    people = door.kiosk._people
    assert (people._search, people._group, people._inbox) == (None, None, None)
    assert people._found.rows == ()

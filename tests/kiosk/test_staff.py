"""Staff at a lane, on a real journal: each word becomes a fact, and no code slips through meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kiosk.acknowledge_sheet import AcknowledgeSheet
from app.kiosk.authorise_sheet import AuthoriseSheet
from app.kiosk.confirm_sheet import ConfirmSheet
from app.kiosk.kiosk import Kiosk
from app.kiosk.question_sheet import QuestionSheet
from app.kiosk.recovery_sheet import RecoverySheet
from app.kiosk.sheet import SheetName
from app.kiosk.shift_sheet import ShiftSheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime.handover import HANDOVER_FOLDER
from app.runtime.station import Station
from app.store.journal import Presented
from core.gate.badge import Badge, badge_text, hash_of
from core.gate.held import Held
from core.gate.operators import DoorRole, Operator
from core.gate.screen import Face
from core.gate.verdict import Verdict, WordDetail
from core.journal.scan import Override, Recovery, Scan, Undo
from core.model.attention import AttentionItem, AttentionKind
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.model.questions import Question, QuestionKind
from core.sync.manifest import row_of
from core.ticket import seal
from tests.support.door import (
    DAY,
    NORTH,
    PROFILE,
    SECRETS,
    SOUTH_ONLY,
    SUMMER_NIGHT,
    WEEKEND,
    HandClock,
    fill_vault,
    taken,
    ticket,
    tid,
)

pytestmark = pytest.mark.usefixtures("no_leftovers")
WORDS = load_kiosk_words()
PATIENCE_MS = 20_000
ANA_PIN, SUE_PIN = "840217", "731904"
ANA_SECRET, SUE_SECRET = bytes(range(16)), bytes(range(16, 32))
SALT = bytes(16)
PLATE = Question("plate", "Number plate?", QuestionKind.TEXT)
MEAL = Question("meal", "Which meal?", QuestionKind.CHOICE, choices=("meat", "fish", "none"))
ADULT = Question("adult", "18 or older?", QuestionKind.YES_NO)
HEADS = Question("heads", "How many children?", QuestionKind.NUMBER, is_required=False)
RULED = replace(
    SUMMER_NIGHT,
    attention={1: AttentionItem(1, AttentionKind.WRISTBAND, "Hand out a blue wristband")},
    classes={
        **SUMMER_NIGHT.classes,
        DAY: replace(SUMMER_NIGHT.classes[DAY], attention=frozenset({1})),
        SOUTH_ONLY: replace(SUMMER_NIGHT.classes[SOUTH_ONLY], gates=None, questions=(MEAL, ADULT, HEADS, PLATE)),
    },
)


@pytest.fixture(scope="module")
def staff() -> tuple[Operator, ...]:
    ana, sue = (seal.password_record(pin, SALT) for pin in (ANA_PIN, SUE_PIN))
    return (
        Operator("a" * 32, "Ana", DoorRole.OPERATOR, 0, ana, hash_of(ANA_SECRET)),
        Operator("5" * 32, "Sue", DoorRole.SUPERVISOR, 1, sue, hash_of(SUE_SECRET)),
    )


class Shift:
    """A kiosk that a test stands at."""

    def __init__(self, qtbot: QtBot, station: Station, window: KioskWindow) -> None:
        self.qtbot = qtbot
        self.station = station
        self.window = window
        self.kiosk = Kiosk(station, None, window)
        self.clock = station.clock
        self.kiosk.start()

    def present(self, text: str) -> Verdict:
        """The verdict that the window gets on a code."""
        return self.after(lambda: self.kiosk.present(text))

    def after(self, act: object) -> Verdict:
        """The verdict that comes of something."""
        with self.qtbot.waitSignal(self.kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
            act()  # type: ignore[operator]
        assert caught.args is not None
        found = caught.args[0]
        assert isinstance(found, Verdict)
        return found

    def open(self, name: SheetName) -> object:
        """The page of a key."""
        self.window.desk.touch(name)
        return self.window.desk.sheet

    def type_pin(self, pin: str) -> None:
        """On the page that asks for it."""
        sheet = self.window.desk.sheet
        assert isinstance(sheet, AuthoriseSheet)
        for digit in pin:
            sheet.pad.keys[digit].click()
        sheet.pad.keys["enter"].click()

    def facts(self) -> list[object]:
        """All that the journal holds."""
        with closing(self.station.open_journal()) as journal:
            return list(journal.every_fact())


@pytest.fixture
def shift(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, staff: tuple[Operator, ...]
) -> Iterator[Shift]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    clock = HandClock()
    with closing(Station(tmp_path, PROFILE, clock)) as station:
        held = taken(policy=row_of(RULED), secrets=replace(SECRETS, operators=staff))
        station.box.adopt(held, clock.at_ms)
        window = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), clock)
        qtbot.addWidget(window)
        window.show()
        made = Shift(qtbot, station, window)
        yield made
        made.kiosk.stop()


def test_an_attention_item_wants_a_word_and_the_next_code_waits_for_it(shift: Shift) -> None:
    first = shift.present(ticket(1))
    assert first.outcome is Outcome.ATTENTION
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, AcknowledgeSheet)
    assert shift.window._panel.text is not None
    assert shift.window._panel.text.next_step == "Hand out a blue wristband"
    QTest.keyClick(shift.window, Qt.Key.Key_Escape)
    assert shift.window.desk.sheet is sheet, "only a word ends it"
    shift.kiosk.present(ticket(2, WEEKEND))
    shift.qtbot.waitUntil(lambda: shift.window._scene.waiting.isVisible(), timeout=PATIENCE_MS)
    second = shift.after(sheet.yes.click)
    assert second.outcome is Outcome.ADMITTED_OFFLINE
    assert shift.station.summary().by_outcome == {"attention": 1, "admitted_offline": 1}


def test_a_guest_who_is_turned_away_in_spite_of_the_code_has_not_entered(shift: Shift) -> None:
    shift.present(ticket(1))
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, AcknowledgeSheet)
    assert shift.after(sheet.no.click).outcome is Outcome.UNDONE
    assert shift.present(ticket(1)).outcome is Outcome.ATTENTION, "the code is good again"


def test_questions_are_asked_one_a_page_and_the_answers_travel_on_a_scan(shift: Shift) -> None:
    assert shift.present(ticket(1, SOUTH_ONLY)).outcome is Outcome.ANSWERS_REQUIRED
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, QuestionSheet)
    sheet.inputs[0].keys["fish"].click()
    sheet.inputs[1].keys["yes"].click()
    sheet.skip.click()
    assert sheet.question == PLATE
    sheet.inputs[3].go_on.click()
    assert sheet.told.text() == WORDS.staff.answer_flaws["missing"]
    shift.kiosk.present(ticket(2, WEEKEND))
    QTest.keyClicks(sheet.inputs[3].field, "B-AR 17")
    verdict = shift.after(sheet.inputs[3].go_on.click)
    assert (verdict.outcome, shift.window.desk.sheet) == (Outcome.ADMITTED_OFFLINE, None)
    scans = [fact for fact in shift.facts() if isinstance(fact, Scan)]
    assert scans[1].answers == {"meal": "fish", "adult": "yes", "heads": "", "plate": "B-AR 17"}
    assert len(scans) == 2, "the next guest waits until this verdict was read"
    assert shift.after(shift.window.clear).outcome is Outcome.ADMITTED_OFFLINE


def test_a_guest_who_is_not_asked_now_is_asked_when_they_come_back(shift: Shift) -> None:
    shift.present(ticket(1, SOUTH_ONLY))
    QTest.keyClick(shift.window, Qt.Key.Key_Escape)
    assert shift.window.desk.sheet is None
    assert shift.present(ticket(2, WEEKEND)).is_admission, "the lane goes on"
    shift.clock.advance(10_000)
    assert shift.present(ticket(1, SOUTH_ONLY)).outcome is Outcome.ANSWERS_REQUIRED


def test_the_last_scan_is_taken_back_within_a_quarter_of_an_hour_and_not_later(shift: Shift) -> None:  # A20
    shift.present(ticket(1, WEEKEND))
    sheet = shift.open(SheetName.UNDO)
    assert isinstance(sheet, ConfirmSheet)
    assert "Weekend ticket" in sheet.text.text()
    assert shift.after(sheet.yes.click).outcome is Outcome.UNDONE
    undo = shift.facts()[-1]
    assert isinstance(undo, Undo)
    assert undo.stamp.tid == tid(1)
    again = shift.open(SheetName.UNDO)
    assert isinstance(again, ConfirmSheet)
    assert again.text.text() == WORDS.staff.undo.nothing
    again.no.click()
    shift.present(ticket(2, WEEKEND))
    late = shift.open(SheetName.UNDO)
    shift.clock.advance(15 * 60_000 + 1)
    assert isinstance(late, ConfirmSheet)
    assert shift.after(late.yes.click).outcome is Outcome.UNDO_REFUSED, "the page stood open for too long"
    assert sum(isinstance(fact, Undo) for fact in shift.facts()) == 1


def test_a_supervisor_lets_a_refused_guest_in_and_the_budget_ends(
    shift: Shift, staff: tuple[Operator, ...]
) -> None:  # A7
    shift.present(ticket(1))
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, AcknowledgeSheet)
    sheet.yes.click()
    shift.clock.advance(12_000)
    assert shift.present(ticket(1)).outcome is Outcome.ALREADY_USED
    page = shift.open(SheetName.OVERRIDE)
    assert isinstance(page, AuthoriseSheet)
    assert list(page.names.keys) == [staff[1].id], "operators overrule nobody"
    page.reasons.keys["known_to_staff"].click()
    shift.type_pin(ANA_PIN)
    assert page.pad.told.text() == WORDS.staff.override.wrong_pin
    verdict = shift.after(lambda: shift.type_pin(SUE_PIN))
    assert verdict.detail == WordDetail("Day ticket", "Sue", "known_to_staff")
    assert verdict.is_admission
    override = shift.facts()[-1]
    assert isinstance(override, Override)
    assert (override.operator, override.reason) == (staff[1].id, "known_to_staff")
    shift.clock.advance(12_000)
    shift.present(ticket(1))
    shift.open(SheetName.OVERRIDE)
    page = shift.window.desk.sheet
    assert isinstance(page, AuthoriseSheet)
    page.reasons.keys["known_to_staff"].click()
    shift.type_pin(SUE_PIN)
    shift.qtbot.waitUntil(lambda: isinstance(shift.window.desk.sheet, ConfirmSheet), timeout=PATIENCE_MS)
    told = shift.window.desk.sheet
    assert isinstance(told, ConfirmSheet)
    assert told.text.text() == WORDS.staff.override_refusals["budget_spent"]
    assert sum(isinstance(fact, Override) for fact in shift.facts()) == 1


def test_a_badge_brings_its_owner_on_shift_and_every_fact_says_who(shift: Shift, staff: tuple[Operator, ...]) -> None:
    ana, sue = staff
    forged = badge_text(Badge(ana.id, bytes(16)))
    shift.kiosk.present(forged)
    shift.qtbot.waitUntil(lambda: shift.window._scene.waiting.isVisible(), timeout=PATIENCE_MS)
    assert shift.station.post.operator() is None
    shift.kiosk.present(badge_text(Badge(ana.id, ANA_SECRET)))
    shift.qtbot.waitUntil(lambda: shift.station.post.operator() == ana.id, timeout=PATIENCE_MS)
    shift.present(ticket(1, WEEKEND))
    scan = shift.facts()[0]
    assert isinstance(scan, Scan)
    assert scan.operator == ana.id
    assert "Ana" in shift.window._scene.actions.counts
    shift.kiosk.present(badge_text(Badge(sue.id, SUE_SECRET)))
    shift.qtbot.waitUntil(lambda: isinstance(shift.window.desk.sheet, AuthoriseSheet), timeout=PATIENCE_MS)
    shift.type_pin(SUE_PIN)
    assert shift.station.post.operator() == sue.id
    assert len(shift.facts()) == 2, "a badge is nobody's ticket"
    summary = shift.open(SheetName.SHIFT)
    assert isinstance(summary, ShiftSheet)
    assert "Sue" in summary.head.text()
    summary.save.click()
    files = list((shift.station.folder / HANDOVER_FOLDER).glob("*.txt"))
    assert len(files) == 1
    assert "0 let in by a supervisor" in files[0].read_text("utf-8")


def test_the_lane_is_turned_behind_a_pin_and_lets_guests_out_while_offline(shift: Shift) -> None:  # A13
    shift.present(ticket(1, WEEKEND))
    page = shift.open(SheetName.DIRECTION)
    assert isinstance(page, AuthoriseSheet)
    shift.type_pin(SUE_PIN)
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, ConfirmSheet)
    sheet.yes.click()
    shift.clock.advance(60_000)
    assert shift.present(ticket(1, WEEKEND)).outcome is Outcome.EXIT_RECORDED
    assert shift.present(ticket(2, WEEKEND)).outcome is Outcome.EXIT_WITHOUT_ENTRY  # A17
    assert "exit" in shift.window._scene.status.accessibleName()
    assert shift.station.post.direction() is Direction.EXIT


def test_a_simulation_writes_nothing_and_says_so_over_everything(shift: Shift) -> None:
    shift.open(SheetName.SIMULATE)
    shift.type_pin(SUE_PIN)
    sheet = shift.window.desk.sheet
    assert isinstance(sheet, ConfirmSheet)
    sheet.yes.click()
    first = shift.present(ticket(1, WEEKEND))
    assert first.is_admission
    banner = shift.window._scene.banner
    assert (banner.isVisible(), banner.text()) == (True, WORDS.staff.lane.banner)
    assert not shift.window.desk.is_ready(SheetName.UNDO)
    assert not shift.window.desk.is_ready(SheetName.OVERRIDE)
    assert shift.present(ticket(5)).outcome is Outcome.ATTENTION
    strip = shift.window.desk.sheet
    assert isinstance(strip, AcknowledgeSheet)
    strip.no.click()
    shift.open(SheetName.HELP)
    assert banner.isVisible()
    assert (shift.facts(), shift.station.summary().waiting) == ([], 0)
    assert "0 admitted" in shift.window._scene.actions.counts
    shift.open(SheetName.SIMULATE)
    shift.type_pin(SUE_PIN)
    assert not banner.isVisible()
    assert shift.present(ticket(1, WEEKEND)).is_admission
    assert len(shift.facts()) == 2


def test_questions_after_a_restart_wait_beside_the_lane_and_never_block_it(qtbot: QtBot, shift: Shift) -> None:  # G29
    shift.kiosk.stop()
    with closing(shift.station.open_journal()) as journal:
        for number in (1, 2):
            shown = Presented(Direction.ENTRY, NORTH, 1, tid(number), None, 0, WEEKEND)
            journal.record_scan(shown, shift.clock.now())
    shift.clock.advance(30_000)
    shift.kiosk = Kiosk(shift.station, None, shift.window)
    shift.kiosk.start()
    qtbot.waitUntil(lambda: SheetName.QUESTIONS in shift.window.desk.offered, timeout=PATIENCE_MS)
    assert shift.window._notice.notice is not None
    sheet = shift.open(SheetName.QUESTIONS)
    assert isinstance(sheet, RecoverySheet)
    assert shift.present(ticket(3, WEEKEND)).is_admission, "a guest comes first"
    assert shift.window.desk.sheet is None
    sheet = shift.open(SheetName.QUESTIONS)
    assert isinstance(sheet, RecoverySheet)
    sheet.rows[0][1].click()
    qtbot.waitUntil(lambda: shift.window.desk.sheet is not sheet, timeout=PATIENCE_MS)
    left = shift.window.desk.sheet
    assert isinstance(left, RecoverySheet)
    left.rows[0][2].click()
    qtbot.waitUntil(lambda: SheetName.QUESTIONS not in shift.window.desk.offered, timeout=PATIENCE_MS)
    said = [(fact.stamp.tid, fact.entered) for fact in shift.facts() if isinstance(fact, Recovery)]
    assert said == [(tid(1), True), (tid(2), False)]
    assert shift.present(ticket(1, WEEKEND)).outcome is Outcome.ADMITTED_OFFLINE
    with closing(shift.station.open_journal()) as journal:
        assert journal.open_questions() == []


def test_two_guests_with_one_screenshot_are_told_apart_by_time(shift: Shift) -> None:  # G24, A4
    """The same code held on is one guest; five seconds later it is another, and the ticket is used."""
    text, lane, seconds = ticket(1, WEEKEND), shift.kiosk._lane, 1_000_000_000
    single = replace(RULED, classes={**RULED.classes, WEEKEND: replace(RULED.classes[WEEKEND], entries=1)})
    shift.station.box.adopt(taken(2, policy=row_of(single)), shift.clock.at_ms)
    told: list[Verdict] = []
    shift.kiosk.verdict_shown.connect(told.append)

    def seen(at_s: float) -> None:
        shift.kiosk._lookout.sight_taken.emit((text,), round(at_s * seconds))

    for tenth in range(10):
        seen(100 + tenth / 10)  # held up for a second
    shift.qtbot.waitUntil(lambda: len(told) == 1, timeout=PATIENCE_MS)
    seen(103)  # away for two seconds and back, nobody between
    shift.qtbot.waitUntil(lambda: len(told) == 2, timeout=PATIENCE_MS)
    shift.clock.advance(8_000)
    seen(108)
    shift.qtbot.waitUntil(lambda: len(told) == 3, timeout=PATIENCE_MS)
    assert [each.outcome for each in told] == [
        Outcome.ADMITTED_OFFLINE,
        Outcome.JUST_SCANNED_HERE,
        Outcome.ALREADY_USED,
    ]
    assert lane.staff is not None
    text_shown = shift.window._panel.text
    assert text_shown is not None
    assert "8 s ago, this door" in text_shown.lines
    assert any("North gate" in line for line in text_shown.lines)
    assert sum(isinstance(fact, Scan) for fact in shift.facts()) == 2


def test_control_without_the_holding_a_code_is_taken_under_an_open_question(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: what the waiting of codes is for."""
    monkeypatch.setattr(Held, "is_held", property(lambda _: False))
    shift.present(ticket(1, SOUTH_ONLY))
    assert isinstance(shift.window.desk.sheet, QuestionSheet)
    shift.present(ticket(2, WEEKEND))
    assert sum(isinstance(fact, Scan) for fact in shift.facts()) == 2, "the second guest was taken, and nobody saw it"
    assert shift.window.face is Face.VERDICT
    assert isinstance(shift.window.desk.sheet, QuestionSheet)


def test_a_wrong_pin_makes_the_next_one_wait_on_every_page(shift: Shift) -> None:
    shift.open(SheetName.DIRECTION)
    for _ in range(3):
        shift.type_pin(ANA_PIN)
    page = shift.window.desk.sheet
    assert isinstance(page, AuthoriseSheet)
    assert page.pad.told.text() == WORDS.staff.override.wait.fill(time="15 s")
    shift.type_pin(SUE_PIN)
    assert shift.window.desk.sheet is page, "the right one is not looked at either"
    shift.clock.advance(15_000)
    shift.type_pin(SUE_PIN)
    assert isinstance(shift.window.desk.sheet, ConfirmSheet)

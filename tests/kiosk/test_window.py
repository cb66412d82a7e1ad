"""The window as staff meet it: at once, by itself, literally, by touch and by key."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.kiosk.help_page import HelpPage
from app.kiosk.more_sheet import MoreSheet
from app.kiosk.sheet import BIG_KEYS, Offer, SheetName
from app.kiosk.status import SoundState
from app.kiosk.trust_facts import Bar, Download
from app.kiosk.verdict_panel import Page, VerdictPanel
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, load_kiosk_words
from app.widgets.theme import GROUNDS, ThemeName
from core.gate.screen import Face, Hint
from core.gate.verdict import Evidence, ForeignDetail, GateDetail, TicketDetail, UsedDetail, Verdict
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import TABLE, Outcome, OutcomeClass, Source
from core.model.timekeeping import ClockTrust
from core.sync.adoption import Objection
from core.sync.health import Link, Trouble
from tests.kiosk.states import OFFLINE, ONLINE, TRUSTED, StillClock, of_age
from tests.kiosk.verdicts import NOW_MS, ZONE, usual_detail, verdict
from tests.widgets.hostile import hostile_texts

WORDS = load_kiosk_words()
LARGE, SMALL = QSize(1280, 800), QSize(800, 480)
BLOCKED_S = 0.05

Open = Callable[..., KioskWindow]


class RunningClock(StillClock):
    """The same evening, with a real stopwatch."""

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000


@pytest.fixture
def open_window(qtbot: QtBot) -> Open:
    def opened(size: QSize = LARGE, clock: StillClock | None = None, **options: object) -> KioskWindow:
        window = KioskWindow(WORDS, ZONE, clock or StillClock(), **options)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        window.resize(size)
        window.show_camera_state(CameraState.WORKING)
        window.show_status(ONLINE)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        with qtbot.waitExposed(window):
            window.show()
        return window

    return opened


def panel_of(window: KioskWindow) -> VerdictPanel:
    return window._panel


def colour_at(window: KioskWindow, at: QPoint) -> str:
    return window.grab().toImage().pixelColor(at).name().upper()


# --- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_every_verdict_shows_its_word_in_its_colour_to_the_edges(open_window: Open, size: QSize) -> None:
    window = open_window(size)
    for outcome in Outcome:
        window.show_verdict(verdict(outcome, usual_detail(outcome)))
        text, area = panel_of(window).text, panel_of(window).geometry()
        assert text is not None
        assert text.word == WORDS.outcomes[outcome].word
        ground = GROUNDS[TABLE[outcome].outcome_class]
        assert colour_at(window, area.topRight()) == ground.ground
        assert colour_at(window, area.bottomLeft()) == colour_at(window, area.bottomRight()) == ground.band


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_the_drawn_word_is_an_eighth_of_the_window_tall(open_window: Open, size: QSize) -> None:
    """Measured on the picture: the rows in the middle that hold the text's colour between sign and lines."""
    window = open_window(size)
    window.show_verdict(verdict(Outcome.UNKNOWN_CODE))  # no detail: sign and word only
    image, area = window.grab().toImage(), panel_of(window).geometry()
    layout = panel_of(window).verdict_layout
    assert layout is not None
    top = area.top() + int(layout.sign.bottom()) + 2
    rows = [y for y in range(top, area.top() + int(layout.band.top())) if _has_ink(image, y, area.left(), area.right())]
    lines = 1 + sum(b - a > 1 for a, b in pairwise(rows))
    assert len(rows) / lines >= 0.12 * size.height()


def _has_ink(image: QImage, y: int, left: int, right: int) -> bool:
    return any(image.pixelColor(x, y).lightness() > 200 for x in range(left, right, 3))


def test_a_verdict_is_painted_before_the_call_returns(open_window: Open) -> None:
    window = open_window()
    painted: list[Verdict] = []
    window.verdict_painted.connect(painted.append)
    first, second = verdict(Outcome.ADMITTED), verdict(Outcome.ALREADY_USED)
    window.show_verdict(first)
    assert painted == [first]
    window.show_verdict(second)
    assert painted == [first, second]
    assert colour_at(window, panel_of(window).geometry().topRight()) == GROUNDS[OutcomeClass.DENY].ground


def test_a_verdict_of_a_hidden_window_is_reported_when_it_is_painted(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    window.hide()
    painted: list[Verdict] = []
    window.verdict_painted.connect(painted.append)
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert painted == []
    with qtbot.waitSignal(window.verdict_painted):
        window.show()


def test_a_verdict_is_reported_once(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    painted: list[Verdict] = []
    window.verdict_painted.connect(painted.append)
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    panel_of(window).repaint()
    panel_of(window).repaint()
    assert len(painted) == 1


@pytest.mark.parametrize("outcome", [Outcome.ADMITTED, Outcome.ALREADY_USED])
def test_a_verdict_leaves_by_itself(open_window: Open, qtbot: QtBot, outcome: Outcome) -> None:
    window = open_window(clock=RunningClock(), shown_ms=dict.fromkeys(OutcomeClass, 30))
    window.show_verdict(verdict(outcome))
    assert panel_of(window).text is not None
    qtbot.waitUntil(lambda: window.face is Face.IDLE)
    assert panel_of(window).accessibleName() == WORDS.camera[CameraState.WORKING].title


@pytest.mark.parametrize(("outcome", "shown_ms"), [(Outcome.ADMITTED, 5_000), (Outcome.ALREADY_USED, 8_000)])
def test_a_verdict_stays_until_its_time_is_over(open_window: Open, outcome: Outcome, shown_ms: int) -> None:
    clock = StillClock()
    window = open_window(clock=clock)
    window.show_verdict(verdict(outcome))
    assert window._ending.interval() == shown_ms
    clock.monotonic += shown_ms - 1
    window._pass_time()
    assert panel_of(window).text is not None
    clock.monotonic += 1
    window._pass_time()
    assert (window.face, panel_of(window).text) == (Face.IDLE, None)
    assert not window._ending.isActive()


def test_a_timer_that_fires_early_is_set_again(open_window: Open, qtbot: QtBot) -> None:
    clock = StillClock()
    window = open_window(clock=clock)
    window.show_verdict(verdict(Outcome.ADMITTED))
    window._ending.stop()
    clock.monotonic += 4_999
    window._pass_time()
    assert window._ending.isActive()
    assert window._ending.interval() == 1


def test_the_next_verdict_starts_its_own_time(open_window: Open) -> None:
    clock = StillClock()
    window = open_window(clock=clock)
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    clock.monotonic += 7_000
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert window._ending.interval() == 5_000


def test_a_refusal_blinks_once_and_nothing_else_does(open_window: Open) -> None:
    window = open_window()
    panel, corner = panel_of(window), panel_of(window).geometry().topRight()
    blinking = []
    for outcome_class in OutcomeClass:
        outcome = next(each for each in Outcome if TABLE[each].outcome_class is outcome_class)
        window.show_verdict(verdict(outcome))
        ground, seen = GROUNDS[outcome_class].ground, []
        for _ in range(6):
            if panel._blink.isActive():
                panel._blink.timeout.emit()
            seen.append(colour_at(window, corner) != ground)
        blinking.append((outcome_class, sum(seen), seen[-1]))
    assert blinking == [(each, int(each is OutcomeClass.DENY), False) for each in OutcomeClass]


def test_the_next_verdict_ends_a_blink(open_window: Open) -> None:
    window = open_window()
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    panel_of(window)._blink.timeout.emit()
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert not panel_of(window)._blink.isActive()
    assert colour_at(window, panel_of(window).geometry().topRight()) == GROUNDS[OutcomeClass.ADMIT].ground


# --- what outside sends --------------------------------------------------------------------------------------------


def hostile_verdicts() -> list[Verdict]:
    """Each hostile text wherever a name may come from."""
    shown = []
    for index, text in enumerate(hostile_texts()):
        details = (
            TicketDetail(text, 1, 2),
            UsedDetail(text, NOW_MS, text, text, here=False, ago_ms=5),
            GateDetail(text, (text, text)),
            ForeignDetail(text),
        )
        outcomes = (Outcome.ADMITTED, Outcome.ALREADY_USED, Outcome.WRONG_GATE, Outcome.NOT_A_TICKET)
        shown.append(verdict(outcomes[index % 4], details[index % 4]))
    return shown


def test_five_hundred_hostile_verdicts_leave_the_event_loop_beating(open_window: Open, qtbot: QtBot) -> None:
    """One beat per verdict; each takes at most 50 ms of this thread's own work, painted and all."""
    window = open_window(SMALL)
    pending, beats, painted = iter(hostile_verdicts()), 0, 0
    slow: list[object] = []

    def count(_: object) -> None:
        nonlocal painted
        painted += 1

    def beat() -> None:
        nonlocal beats
        shown = next(pending, None)
        if shown is None:
            timer.stop()
            return
        beats += 1
        before = time.thread_time()
        window.show_verdict(shown)
        if time.thread_time() - before > BLOCKED_S:
            slow.append(shown.detail)

    window.verdict_painted.connect(count)
    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(0)
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=30_000)
    assert (beats, painted, slow) == (500, 500, [])


def test_hostile_names_of_places_are_shown_in_the_status_line(open_window: Open) -> None:
    window = open_window(SMALL)
    for text in hostile_texts(60):
        window.show_status(replace(OFFLINE, gate_name=text, event_name=text, device_name=text))
        window._scene.status.repaint()
    assert window._scene.status.text is not None


# --- hints, trouble, status ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_is_shown_at_the_frame_and_large(open_window: Open, hint: Hint) -> None:
    window = open_window()
    window.show_hint(hint)
    assert window._preview.hint == panel_of(window).page.title == WORDS.hints[hint]
    window.show_hint(None)
    assert (window._preview.hint, window.face) == ("", Face.IDLE)


def test_a_verdict_ends_the_hint_and_a_later_hint_waits_for_its_end(open_window: Open) -> None:
    window = open_window()
    window.show_hint(Hint.HOLD_STILL)
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert window._preview.hint == ""
    window.show_hint(Hint.TILT_AWAY)
    assert panel_of(window).text is not None
    window.clear()
    assert panel_of(window).page.title == WORDS.hints[Hint.TILT_AWAY]


def test_the_same_hint_again_paints_nothing(open_window: Open) -> None:
    window = open_window()
    window.show_hint(Hint.HOLD_STILL)
    QApplication.sendPostedEvents()
    watch = _Paints(panel_of(window))
    for _ in range(30):
        window.show_hint(Hint.HOLD_STILL)
    QApplication.sendPostedEvents()
    assert watch.count == 0
    window.show_hint(Hint.TILT_AWAY)
    QApplication.sendPostedEvents()
    assert watch.count == 1


class _Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() is QEvent.Type.Paint
        return super().eventFilter(watched, event)


@pytest.mark.parametrize("state", CameraState)
def test_a_camera_in_trouble_says_what_to_do(open_window: Open, state: CameraState) -> None:
    window = open_window()
    window.show_camera_state(state)
    told, is_well = WORDS.camera[state], state in (CameraState.WORKING, CameraState.STARTING)
    assert panel_of(window).page == Page(told.title, told.step, is_trouble=not is_well)
    window.show_verdict(verdict(Outcome.ADMITTED))  # from a hand scanner
    assert window.face is Face.VERDICT


def test_a_camera_that_comes_back_ends_its_trouble(open_window: Open) -> None:
    window = open_window()
    window.show_camera_state(CameraState.MISSING)
    window.show_camera_state(CameraState.WORKING)
    assert window.face is Face.IDLE


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_every_state_of_the_kiosk_can_be_painted(open_window: Open, size: QSize, theme: ThemeName) -> None:
    window = open_window(size, theme=theme)
    changes: list[dict[str, object]] = [
        {"sound": SoundState.MISSING},
        {"sound": SoundState.MUTED},
        {"trust": of_age(None)},
        {"trust": of_age(10**10), "clock": ClockTrust(ClockQuality.SUSPECT, 0), "queue_length": 123_456},
        *({"link": link, "trouble": trouble, "since_ms": Millis(0)} for link in Link for trouble in (None, *Trouble)),
    ]
    for change in changes:
        window.show_status(replace(ONLINE, **change))  # type: ignore[arg-type]
        assert not window.grab().isNull()


OLD_AND_REFUSED = replace(ONLINE, trust=replace(of_age(7_800_000), objection=Objection.OLDER))


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_a_notice_is_shown_above_the_page_and_gives_way_to_a_verdict(open_window: Open, size: QSize) -> None:
    window = open_window(size)
    window.show_verdict(verdict(Outcome.ADMITTED))
    without = panel_of(window).geometry()
    window.clear()
    window.show_status(OLD_AND_REFUSED)
    strip = window._notice
    assert strip.isVisible()
    assert strip.notice is not None
    assert strip.notice.text.startswith("The list is 2 h 10 min old")
    assert colour_at(window, strip.geometry().bottomRight()) == "#E5A823"
    assert not strip.geometry().intersects(window._preview.geometry())
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert not strip.isVisible()
    assert panel_of(window).geometry() == without
    window.clear()
    assert strip.isVisible()
    window.show_status(ONLINE)
    assert not strip.isVisible()


def test_a_touch_or_space_shows_the_next_notice(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(SMALL)
    window.show_status(OLD_AND_REFUSED)
    strip, shown = window._notice, []
    assert strip.height() >= 48
    with qtbot.waitSignal(strip.turned):
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton)
    shown.append(strip.notice)
    with qtbot.waitSignal(strip.turned):
        QTest.keyClick(strip, Qt.Key.Key_Space)
    shown.append(strip.notice)
    assert shown == [window._scene.status.text.notices[1], window._scene.status.text.notices[0]]  # type: ignore[union-attr]


def test_a_notice_that_only_grows_older_stays_where_it_was_turned_to(open_window: Open) -> None:
    window = open_window()
    window.show_status(OLD_AND_REFUSED)
    window._notice.show_next()
    older = replace(OLD_AND_REFUSED, trust=replace(of_age(7_900_000), objection=Objection.OLDER))
    window.show_status(older)
    assert window._notice.notice == window._scene.status.text.notices[1]  # type: ignore[union-attr]
    window.show_status(ONLINE)
    window.show_status(older)
    assert window._notice.notice == window._scene.status.text.notices[0]  # type: ignore[union-attr]


@pytest.mark.parametrize("bar", Bar)
def test_a_barred_door_says_so_in_place_of_its_invitation(open_window: Open, bar: Bar) -> None:
    window = open_window()
    window.show_camera_state(CameraState.MISSING)
    window.show_status(replace(ONLINE, trust=replace(TRUSTED, bar=bar)))
    told = WORDS.bars[bar]
    assert panel_of(window).page == Page(told.title, told.step, is_trouble=True)
    window.show_verdict(verdict(Outcome.NOT_AUTHORISED))
    window.clear()
    assert panel_of(window).page.title == told.title
    window.show_status(ONLINE)
    assert panel_of(window).page.title == WORDS.camera[CameraState.MISSING].title


def test_a_list_on_its_way_draws_a_thin_bar(open_window: Open) -> None:
    window = open_window()
    half = replace(ONLINE, trust=replace(TRUSTED, download=Download(50, 100)))
    window.show_status(half)
    image = window.grab().toImage()
    row = [image.pixelColor(x, 54).name().upper() for x in (100, 600, 700, 1200)]
    assert row == ["#6FB1F5", "#6FB1F5", "#3A424D", "#3A424D"]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_an_old_list_is_seen_on_the_verdict_itself(open_window: Open, size: QSize) -> None:
    window = open_window(size)
    window.show_status(OLD_AND_REFUSED)
    stale = Evidence(Source.OFFLINE, ClockQuality.SYNCED, 7_800_000)
    corner = panel_of(window).geometry().topRight() + QPoint(-26, 12)
    for outcome in Outcome:
        window.show_verdict(verdict(outcome))
        panel_of(window)._blink.stop()
        before = colour_at(window, corner)
        window.show_verdict(verdict(outcome, evidence=stale))
        assert colour_at(window, corner) != before
        assert "list 2 h 10 min old" in panel_of(window).accessibleName()


def test_offline_turns_the_line_amber_and_nothing_else(open_window: Open) -> None:
    window = open_window()
    before = window.grab().toImage()
    window.show_status(OFFLINE)
    after = window.grab().toImage()
    assert after.pixelColor(2, 2) == QColor("#E5A823")
    changed = [y for y in range(0, 800, 4) if any(before.pixel(x, y) != after.pixel(x, y) for x in range(0, 1280, 4))]
    assert max(changed) < 56


def test_the_newest_frame_wins(open_window: Open) -> None:
    window = open_window()
    for grey in range(10):
        frame = QImage(64, 48, QImage.Format.Format_RGB32)
        frame.fill(QColor(grey, grey, grey))
        window.show_frame(frame)
    assert window._preview.image.pixelColor(0, 0) == QColor(9, 9, 9)


def test_the_last_ten_decisions_are_kept_newest_first(open_window: Open) -> None:
    window = open_window()
    for second in range(11):
        window.show_verdict(replace(verdict(Outcome.ADMITTED), at_ms=Millis(NOW_MS + second * 1_000)))
    assert [each.time for each in window._scene.recent.decisions] == [
        f"20:14:{second:02}" for second in range(15, 5, -1)
    ]


# --- touch and keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.ADMITTED, Outcome.ALREADY_USED])
def test_a_touch_ends_a_verdict(open_window: Open, qtbot: QtBot, outcome: Outcome) -> None:
    window = open_window()
    window.show_verdict(verdict(outcome))
    with qtbot.waitSignal(window.touched):
        QTest.mouseClick(panel_of(window), Qt.MouseButton.LeftButton)
    assert window.face is Face.IDLE


def test_escape_ends_a_verdict(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    with qtbot.waitSignal(window.touched):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.face is Face.IDLE


def touch(window: KioskWindow, name: SheetName) -> None:
    """The key of a name, below the verdict."""
    QTest.mouseClick(window._scene.actions.key_of[name], Qt.MouseButton.LeftButton)


def touch_more(window: KioskWindow, name: SheetName) -> None:
    """The key of a name under More."""
    touch(window, SheetName.MORE)
    assert isinstance(window.desk.sheet, MoreSheet)
    QTest.mouseClick(window.desk.sheet.keys[name], Qt.MouseButton.LeftButton)


def test_help_comes_and_goes_and_never_covers_a_verdict(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert isinstance(window.desk.sheet, HelpPage)
    window.show_verdict(verdict(Outcome.ADMITTED))
    assert window.desk.sheet is None
    touch(window, SheetName.HELP)
    assert window.desk.sheet is not None
    QTest.mouseClick(window.desk.sheet, Qt.MouseButton.LeftButton)
    assert window.desk.sheet is None


def test_the_switch_of_colours_offers_the_next_ones(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(theme=ThemeName.DARK)
    for chosen, offered in (("light", "High contrast"), ("high_contrast", "Dark"), ("dark", "Light")):
        with qtbot.waitSignal(window.theme_chosen) as told:
            touch_more(window, SheetName.THEME)
        assert (told.args, window.desk.title(SheetName.THEME)) == ([chosen], offered)
        assert window.desk.sheet is None, "a switch closes More: the door is seen again"


def test_the_switch_of_the_sound_asks_for_the_other_state(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    with qtbot.waitSignal(window.sound_chosen) as told:
        QTest.keyClick(window, Qt.Key.Key_F2)
    assert told.args == [False]
    window.show_status(replace(ONLINE, sound=SoundState.MUTED))
    with qtbot.waitSignal(window.sound_chosen) as told:
        touch_more(window, SheetName.SOUND)
    assert told.args == [True]


def test_without_a_loudspeaker_the_switch_of_the_sound_rests(open_window: Open) -> None:
    window = open_window()
    window.show_status(replace(ONLINE, sound=SoundState.MISSING))
    touch(window, SheetName.MORE)
    assert isinstance(window.desk.sheet, MoreSheet)
    assert not window.desk.sheet.keys[SheetName.SOUND].isEnabled()


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
def test_keys_are_large_enough_and_apart(open_window: Open, qtbot: QtBot, size: QSize) -> None:
    window = open_window(size)
    for name in SheetName:
        window.desk.offer(name, Offer(lambda: None))
    window.grab()  # settles the layout
    areas = [key.geometry() for key in window._scene.actions.keys if key.isVisible()]
    assert len(areas) == len(BIG_KEYS)
    assert all(area.width() >= 48 and area.height() >= 48 for area in areas)
    assert all(right.left() - left.right() - 1 >= 8 for left, right in pairwise(areas))


def test_a_touched_key_takes_no_focus_and_tab_reaches_each(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    touch(window, SheetName.MORE)
    assert not window._scene.actions.key_of[SheetName.MORE].hasFocus()  # or a hand scanner's Enter would press it
    window.desk.close()
    reached: set[QWidget | None] = set()
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        reached.add(window.focusWidget())
    assert {key for key in window._scene.actions.keys if key.isVisible()} <= reached


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_hand_scanner_presses_no_key(open_window: Open, key: Qt.Key) -> None:
    window = open_window()
    pressed: list[object] = []
    for button in window._scene.actions.keys:
        button.clicked.connect(pressed.append)
    QTest.keyClick(window, key)
    QTest.keyClick(window, Qt.Key.Key_Tab)
    window.show_verdict(verdict(Outcome.ADMITTED))
    QTest.keyClick(window.focusWidget(), key)
    assert (pressed, window.focusWidget()) == ([], window)


def test_everything_that_is_seen_has_a_name(open_window: Open) -> None:
    window = open_window()
    window.show_verdict(verdict(Outcome.ADMITTED, usual_detail(Outcome.ADMITTED)))
    nameless = [w for w in window.findChildren(QWidget) if w.isVisible() and not w.accessibleName()]
    assert nameless == [window._scene.actions]  # its keys have theirs
    assert "2 of 3 entries left" in panel_of(window).accessibleName()
    assert all(key.accessibleName() for key in window.findChildren(QPushButton))


@pytest.mark.parametrize("side", [16, 64, 256])
def test_the_windows_icon_is_drawn_at_any_size(open_window: Open, side: int) -> None:
    image = open_window().windowIcon().pixmap(side, side).toImage()
    assert len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}) > 3


def test_closing_is_told(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    with qtbot.waitSignal(window.closed):
        window.close()

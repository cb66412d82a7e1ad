"""The pages of the time before doors, in the states worth a look: the self-test, practice, settings."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.demo.rehearsal_sheet import RehearsalSheet
from app.demo.rehearsal_words import RehearsalWords, load_rehearsal_words, read_rehearsal_words
from app.kiosk.check_present import present_check
from app.kiosk.check_sheet import CheckSheet
from app.kiosk.practice_sheet import PracticeSheet
from app.kiosk.settings_sheet import SettingsSheet
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import KioskWords, load_kiosk_words
from app.widgets.words import load_tables
from core.gate.practice import Lesson, Practice
from core.gate.readiness import DoorFacts, Ear, lines_of
from core.model.settings import CameraSettings, Language, Setting, Settings, Turn
from tests.gate.test_readiness import WELL
from tests.support.pseudo_locale import lengthened

Act = Callable[[KioskWindow], object]
TROUBLED = replace(WELL, has_read=False, ear=Ear.UNHEARD, is_awake=False, free_bytes=100_000_000, settings_flaws=2)


def before_acts() -> Iterator[tuple[str, Act]]:
    """The name of each, and what opens it over the lane."""
    yield "self-test", lambda window: _check(window, WELL)
    yield "self-test-no-go", lambda window: _check(window, TROUBLED)
    yield "settings", _settings
    yield "settings-code", _setup
    yield from ((f"practice-{lesson}", _practice(lesson)) for lesson in (Lesson.ATTENTION, Lesson.USED))
    yield "practice-wrong", _practice(Lesson.AGAIN, 0)
    yield "practice-right", _practice(Lesson.CANNOT_SAVE, Practice(list(Lesson).index(Lesson.CANNOT_SAVE)).right)
    yield "practice-done", _practice(None)
    yield "rehearsal", lambda window: _rehearsal(window, is_cut=False)
    yield "rehearsal-cut", lambda window: _rehearsal(window, is_cut=True)
    yield "self-test-empty", lambda window: _check(window, DoorFacts())


def _check(window: KioskWindow, facts: DoorFacts) -> None:
    words = window.words
    sheet = CheckSheet(words.sheet_titles[SheetName.SELF_TEST], words.check.sheet, words.people.search)
    window.desk.show(sheet)
    sheet.show_check(present_check(lines_of(facts), words))


def _settings(window: KioskWindow) -> SettingsSheet:
    words = window.words
    told = Settings(is_locked=True, camera=CameraSettings(turn=Turn.OVER))
    sheet = SettingsSheet(words.sheet_titles[SheetName.SETTINGS], words.settings, words.people.search, told)
    window.desk.show(sheet)
    return sheet


def _setup(window: KioskWindow) -> None:
    _settings(window).show_changes({Setting.TURN: 180, Setting.THEME: "light", Setting.LOCK: True})


def _practice(lesson: Lesson | None, *choices: int) -> Act:
    def act(window: KioskWindow) -> None:
        sheet = PracticeSheet(window.words)
        window.desk.show(sheet)
        while sheet.practice.lesson is not lesson:
            sheet.choose(sheet.practice.right)
            sheet.go_on()
        for choice in choices:
            sheet.choose(choice)

    return act


def _rehearsal(window: KioskWindow, *, is_cut: bool) -> None:
    words = _rehearsal_words(window.words)
    window.show_banner(lambda: words.board.banner)
    window.desk.show(RehearsalSheet(words, is_cut=is_cut, is_full=is_cut, can_fill=True))


def _rehearsal_words(shown: KioskWords) -> RehearsalWords:
    """In the language of the window, that nobody speaks included."""
    for language in Language:
        if load_kiosk_words(language).check == shown.check:
            return load_rehearsal_words(language)
    return read_rehearsal_words(lengthened(load_tables("en")))

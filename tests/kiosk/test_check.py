"""The go/no-go sheet at a real door: what it finds, what it does with the test code, and its printed page."""

import io
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader
from pytestqt.qtbot import QtBot

from app.kiosk.check_sheet import CheckSheet
from app.kiosk.kiosk import Kiosk
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime import mending
from core.gate.readiness import TEST_CODE, Found, Mark, Part, lines_of
from core.gate.verdict import Verdict
from core.model.outcomes import Outcome
from tests.support.door import ticket

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
WORDS = load_kiosk_words()


def found(kiosk: Kiosk) -> dict[Part, Found]:
    return {line.found.part: line.found for line in lines_of(kiosk.check.facts())}


def test_the_sheet_looks_reads_the_test_code_listens_and_prints(
    qtbot: QtBot, door: tuple[Kiosk, KioskWindow], tmp_path: Path
) -> None:
    kiosk, window = door
    window.desk.touch(SheetName.SELF_TEST)
    sheet = window.desk.sheet
    assert isinstance(sheet, CheckSheet)
    qtbot.waitUntil(lambda: found(kiosk)[Part.KEYS] is Found.KEYS_IN_FILES_MAC, timeout=PATIENCE_MS)
    told = found(kiosk)
    assert told[Part.READING] is Found.READING_NO_PICTURE
    assert told[Part.DISK] in {Found.DISK_WELL, Found.DISK_TIGHT, Found.DISK_SLOW, Found.DISK_FULL}
    assert told[Part.SERVER] is Found.SERVER_SILENT
    assert told[Part.AWAKE] is Found.AWAKE_UNKEPT, "there is no desktop to ask"
    assert told[Part.LOCK] is Found.LOCK_WITHOUT_PIN
    assert sheet.outcome.text() == WORDS.check.sheet.title_broken
    assert "hand scanner" in sheet.cure.text(), "the cure of the worst line is said without a touch"

    kiosk.present(TEST_CODE)
    qtbot.waitUntil(lambda: found(kiosk)[Part.READING] is Found.READING_WORKS, timeout=PATIENCE_MS)
    assert window.desk.sheet is sheet, "the test code is no guest's: the page stays"
    with closing(kiosk._station.open_journal()) as journal:
        assert journal.summary().scans == 0

    sheet.print_key.click()
    (printed,) = (tmp_path / "sheets").iterdir()
    assert str(printed) in sheet.note.text().replace("\u200b", ""), "a long word may be broken, and has all its letters"
    text = " ".join(PdfReader(io.BytesIO(printed.read_bytes())).pages[0].extract_text().split())
    assert "Before doors: North 1" in text
    assert "Summer Night · North gate" in text
    assert WORDS.check.found[Found.KEYS_IN_FILES_MAC].cure in text
    assert len(PdfReader(io.BytesIO(printed.read_bytes())).pages) == 1

    rows = [row.part for row in kiosk.check.text().rows]
    sheet.rows.chosen.emit(rows.index(WORDS.check.parts[Part.KEYS]))
    assert "forge tickets" in sheet.cure.text()


def test_a_guest_comes_before_the_sheet_and_the_test_code_is_no_ticket_without_it(
    qtbot: QtBot, door: tuple[Kiosk, KioskWindow]
) -> None:
    kiosk, window = door
    told: list[Verdict] = []
    kiosk.verdict_shown.connect(told.append)
    window.desk.touch(SheetName.SELF_TEST)
    for text in (ticket(1), TEST_CODE):
        with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
            kiosk.present(text)
    assert window.desk.sheet is None
    assert [verdict.outcome for verdict in told] == [Outcome.ADMITTED_OFFLINE, Outcome.NOT_A_TICKET]


def test_a_disk_that_takes_no_write_is_no_go_with_its_cure(
    qtbot: QtBot, door: tuple[Kiosk, KioskWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, window = door

    def refuse(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.kiosk.check_worker.write_probe", refuse)
    assert mending.write_probe is not refuse
    window.desk.touch(SheetName.SELF_TEST)
    qtbot.waitUntil(lambda: found(kiosk)[Part.DISK] is Found.DISK_FAILS, timeout=PATIENCE_MS)
    row = next(row for row in kiosk.check.text().rows if row.part == WORDS.check.parts[Part.DISK])
    assert row.mark is Mark.BROKEN
    assert "admits nobody" in row.cure

"""Practice at a real, open door writes nothing at all, and a guest comes first."""

from hashlib import sha256
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.kiosk.kiosk import Kiosk
from app.kiosk.practice_sheet import PracticeSheet
from app.kiosk.sheet import SheetName
from app.kiosk.window import KioskWindow
from core.gate.practice import CHOICES, LESSONS
from tests.support.door import ticket

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000


def bytes_of(folder: Path) -> dict[str, str]:
    """What each file of a kiosk holds; the journal with its log and its black box among them."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_two_minutes_of_practice_change_no_byte_and_a_guest_comes_first(
    qtbot: QtBot, door: tuple[Kiosk, KioskWindow], tmp_path: Path
) -> None:
    kiosk, window = door
    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
        kiosk.present(ticket(1))
    qtbot.waitUntil(lambda: kiosk._station.link.health.failures > 0, timeout=PATIENCE_MS)  # the sync has had its turn
    before = bytes_of(tmp_path)
    assert any(name.startswith("kiosk.db") for name in before)
    window.desk.touch(SheetName.PRACTICE)
    sheet = window.desk.sheet
    assert isinstance(sheet, PracticeSheet)
    for place in range(LESSONS):
        assert sheet.practice.place == place
        if place == 2:
            sheet.answer_keys[(sheet.practice.right + 1) % CHOICES].click()
        sheet.answer_keys[sheet.practice.right].click()
        sheet.next_key.click()
    assert sheet.practice.lesson is None
    assert f"{LESSONS - 1} of {LESSONS}" in sheet.story.text()
    assert bytes_of(tmp_path) == before, "nothing was written"

    with qtbot.waitSignal(kiosk.verdict_shown, timeout=PATIENCE_MS):
        kiosk.present(ticket(2))
    assert window.desk.sheet is None, "a guest comes first"
    assert bytes_of(tmp_path) != before, "the negative control: a real guest is seen in the bytes"

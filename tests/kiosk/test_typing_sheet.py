"""The sheet for the code printed on a ticket: by keyboard and by finger, and it says which group is wrong."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.kiosk.typing_present import TypingFacts, present_typing
from app.kiosk.typing_sheet import TypingSheet
from app.kiosk.words import load_kiosk_words
from core.gate.typed import DIGITS
from core.model.ids import TicketHandle
from tests.support.door import ticket

WORDS = load_kiosk_words()
SAID = WORDS.typing
NUMBER, TID = "a7f8 022a 4eed ef2a", TicketHandle(bytes.fromhex("a7f8022a4eedef2a"))


@pytest.mark.parametrize(
    ("facts", "wrong", "line", "can_check"),
    [
        (TypingFacts(), (), SAID.hint, False),
        (TypingFacts("a7f8 0"), (), SAID.more.fill(count=11), False),
        (TypingFacts(NUMBER), (), "", True),
        (TypingFacts("a7f8 0x2a"), (2,), SAID.wrong.fill(group=2), False),
        (TypingFacts("y7f8 0x2a"), (1, 2), SAID.wrong_several.fill(groups="1, 2"), False),
        (TypingFacts(NUMBER + "1"), (5,), SAID.too_long, False),
        (TypingFacts(NUMBER, doubtful=3), (3,), SAID.meant.fill(group=3), True),
        (TypingFacts("AB-1", has_old_codes=True), (), "", True),
        (TypingFacts("T1: CAA9 AAAA"), (2,), SAID.wrong.fill(group=1), False),
    ],
)
def test_what_was_typed_is_said_group_by_group(
    facts: TypingFacts, wrong: tuple[int, ...], line: str, can_check: bool
) -> None:
    text = present_typing(facts, SAID)
    assert (text.wrong, text.line, text.can_check) == (wrong, line, can_check)


@pytest.fixture
def sheet(qtbot: QtBot) -> TypingSheet:
    made = TypingSheet(WORDS)
    qtbot.addWidget(made)
    made.show()
    made.be_opened()
    return made


def test_a_number_is_typed_on_the_screen_without_a_keyboard(sheet: TypingSheet) -> None:
    numbers: list[TicketHandle] = []
    sheet.number_typed.connect(numbers.append)
    keys = {key.told: key for row in sheet.letter_keys for key in row}
    assert set(keys) == set("0123456789ABCDEF")
    for digit in NUMBER.replace(" ", "").upper():
        assert not sheet.check_key.isEnabled()
        keys[digit].click()
    assert sheet.text.groups == ("A7F8", "022A", "4EED", "EF2A")
    sheet.check_key.click()
    assert numbers == [TID]
    keys["0"].click()
    assert not sheet.check_key.isEnabled()
    sheet.erase_key.click()
    assert sheet.check_key.isEnabled()
    sheet.clear_key.click()
    assert sheet.field.text() == ""


def test_enter_checks_what_is_whole_and_nothing_else(sheet: TypingSheet) -> None:
    numbers: list[TicketHandle] = []
    sheet.number_typed.connect(numbers.append)
    QTest.keyClicks(sheet.field, NUMBER[:-1])
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert numbers == []
    QTest.keyClicks(sheet.field, NUMBER[-1])
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert numbers == [TID]


def test_the_answer_to_a_number_goes_with_the_next_keystroke(sheet: TypingSheet) -> None:
    sheet.field.setText(NUMBER)
    sheet.show_doubt(TicketHandle(bytes(8)), 1)
    assert sheet.text.wrong == (), "somebody has typed on meanwhile"
    sheet.show_doubt(TID, 2)
    assert (sheet.text.wrong, sheet._line.text()) == ((2,), SAID.meant.fill(group=2))
    sheet.field.backspace()
    assert sheet.text.line == SAID.more.fill(count=1)
    sheet.grab()


def test_a_whole_code_goes_the_way_of_a_scanned_one(sheet: TypingSheet) -> None:
    codes: list[str] = []
    sheet.code_typed.connect(codes.append)
    sheet.field.setText(ticket(1).lower())
    sheet.check_key.click()
    assert codes == [ticket(1)]


def test_another_shops_letters_are_there_in_both_cases(qtbot: QtBot) -> None:
    sheet = TypingSheet(WORDS, has_old_codes=True)
    qtbot.addWidget(sheet)
    codes: list[str] = []
    sheet.code_typed.connect(codes.append)
    keys = {key.told: key for row in sheet.letter_keys for key in row}
    keys["A"].click()
    sheet.case_key.click()
    keys["B"].click()
    keys["-"].click()
    keys["7"].click()
    sheet.check()
    assert codes == ["Ab-7"]


def test_no_key_waits_for_more_than_a_number_has() -> None:
    assert len(NUMBER.replace(" ", "")) == DIGITS

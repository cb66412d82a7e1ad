"""Text from outside is shown, never obeyed, and never holds the window up."""

import ast
import time
import unicodedata
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.widgets.plain_text import CUT, MAX_CHARACTERS, PlainParagraph, plain, plain_label, show_on_button
from tests.widgets.hostile import KNOWN, hostile_texts

ROOT = Path(__file__).resolve().parents[2]
DOOR = "plain_text.py"
GUESSING = {"setText", "setHtml", "setToolTip", "setStatusTip", "setWhatsThis", "setMarkdown", "insertHtml", "drawText"}
GUESSERS = {"QLabel", "QTextDocument", "QTextEdit", "QTextBrowser", "QStaticText", "QMessageBox", "QToolTip"}
BLOCKED_S = 0.05


def test_what_is_shown_is_short_and_seen() -> None:
    assert [text for text in hostile_texts() if len(plain(text)) > MAX_CHARACTERS or acting(plain(text))] == []


def acting(shown: str) -> set[str]:
    """Letters that do something instead of being seen."""
    moving = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    return {x for x in shown if unicodedata.category(x) in {"Cc", "Cs", "Zl", "Zp"}} | (moving & set(shown))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Day ticket", "Day ticket"),
        ("<b>free</b>", "<b>free</b>"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\0", "a\\nb\\x00"),
        ("a\u00a0b", "a b"),
        ("Jürgen 票", "Jürgen 票"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * MAX_CHARACTERS, "x" * MAX_CHARACTERS),
        ("x" * (MAX_CHARACTERS + 1), "x" * (MAX_CHARACTERS - 1) + CUT),
        ("x" * (MAX_CHARACTERS - 1) + "\n", "x" * (MAX_CHARACTERS - 1) + CUT),
    ],
)
def test_letters_stay_and_controls_become_visible(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_letters_carry_few_marks() -> None:
    assert plain("e" + "\u0301" * 500 + "!") == "e" + "\u0301" * 4 + "!"
    assert plain("e" + "\u0301" * 1_000 + "!") == "e" + "\u0301" * 4 + CUT


@pytest.mark.parametrize("text", KNOWN)
def test_a_label_takes_everything_literally(qtbot: QtBot, text: str) -> None:
    label = plain_label(text)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == label.accessibleName() == plain(text)


def test_an_ampersand_on_a_button_is_a_letter(qtbot: QtBot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    show_on_button(button, "Rock & Roll")
    assert button.shortcut().isEmpty()
    assert button.accessibleName() == "Rock & Roll"


def test_five_hundred_hostile_texts_leave_the_event_loop_beating(qtbot: QtBot) -> None:
    """One beat of the event loop per text, and 50 ms of this thread's own work at most: other programs don't count."""
    label = plain_label()
    qtbot.addWidget(label)
    label.resize(600, 40)
    with qtbot.waitExposed(label):
        label.show()
    pending, beats, slow = iter(hostile_texts()), 0, 0

    def beat() -> None:
        nonlocal beats, slow
        text = next(pending, None)
        if text is None:
            timer.stop()
            return
        beats += 1
        before = time.thread_time()
        label.show_text(text)
        label.repaint()
        slow += time.thread_time() - before > BLOCKED_S

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(0)
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=20_000)
    assert (beats, slow) == (len(hostile_texts()), 0)


def test_a_label_that_guesses_obeys_the_same_text(qtbot: QtBot) -> None:
    """Negative control, with few enough tables to end soon."""
    label = QLabel()
    qtbot.addWidget(label)
    literal = "<table><tr><td>" * 12 + "x"
    label.setText(literal)
    assert label.sizeHint().width() < label.fontMetrics().horizontalAdvance(literal) / 4  # it was laid out, not shown


def offences(source: str) -> list[str]:
    """Calls that hand text to a widget or a painter past the door."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in GUESSING:
            found.append(node.attr)
        if isinstance(node, ast.Name) and node.id in GUESSERS:
            found.append(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "QPushButton":
            found += ["QPushButton with text" for argument in node.args if not isinstance(argument, ast.Name)]
    return found


@pytest.mark.parametrize("folder", ["app/kiosk", "app/widgets"])
def test_windows_hand_text_over_at_the_door_only(folder: str) -> None:
    sources = [path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != DOOR]
    assert sources
    assert {path.name: offences(path.read_text("utf-8")) for path in sources if offences(path.read_text("utf-8"))} == {}


def test_the_search_finds_a_text_that_goes_past_the_door() -> None:
    assert offences("label.setText(name)") == ["setText"]
    assert offences("QLabel(name)") == ["QLabel"]
    assert offences("QPushButton('Rock & Roll')") == ["QPushButton with text"]


def test_a_paragraph_breaks_a_word_that_is_longer_than_any_place(qtbot: QtBot) -> None:
    paragraph, usual = PlainParagraph(), PlainParagraph()
    for each in (paragraph, usual):
        qtbot.addWidget(each)
    usual.show_text("W" * 24)
    paragraph.show_text("a " + "W" * 200)
    assert paragraph.minimumSizeHint().width() <= usual.minimumSizeHint().width()
    assert paragraph.accessibleName() == "a " + "W" * 200

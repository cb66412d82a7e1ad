"""What staff are told about the window is what the window does."""

import re
from pathlib import Path

from app.kiosk.words import load_kiosk_words
from app.widgets.theme import GROUNDS
from core.gate.screen import ADMIT_SHOWN_MS, REFUSAL_SHOWN_MS
from core.model.outcomes import LOOKS, OutcomeClass

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "screens.md"
ROW = re.compile(r"^\| (\w+) \| (.+) \| (#\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE)


def test_the_table_of_classes_is_the_programs_own() -> None:
    words = load_kiosk_words()
    told = {row[0]: row[1:] for row in ROW.findall(DOCUMENT.read_text("utf-8"))}
    own = {
        each.value: (words.classes[each].meaning, GROUNDS[each].ground, LOOKS[each].shape, LOOKS[each].sound)
        for each in OutcomeClass
    }
    assert told == own


def test_hints_and_times_are_the_programs_own() -> None:
    text = " ".join(DOCUMENT.read_text("utf-8").split())
    assert [hint for hint in load_kiosk_words().hints.values() if f"*{hint}*" not in text] == []
    assert f"for {ADMIT_SHOWN_MS // 1_000} seconds, everything else for {REFUSAL_SHOWN_MS // 1_000}" in text

"""The window's words: whole, short enough for the door, and every letter of them in the typeface."""

import tomllib
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QRawFont

import resources
from app.kiosk.words import KioskWords, load_kiosk_words, read_kiosk_words
from app.widgets.words import WordsError, load_tables
from core.model.outcomes import TABLE, Outcome, OutcomeClass

LANGUAGES = sorted(path.stem for path in resources.path("words/en.toml").parent.glob("*.toml"))
LONGEST_WORD = 14
MOST_STEPS = 6


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> KioskWords:
    return load_kiosk_words(request.param)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_short_word_and_a_next_step_of_six_words(outcome: Outcome, words: KioskWords) -> None:
    told = words.outcomes[outcome]
    assert 0 < len(told.word) <= LONGEST_WORD
    assert told.word == told.word.upper()
    assert 0 < len(told.next.split()) <= MOST_STEPS


def test_no_word_is_said_by_two_classes(words: KioskWords) -> None:
    said: dict[str, set[OutcomeClass]] = {}
    for outcome, told in words.outcomes.items():
        said.setdefault(told.word, set()).add(TABLE[outcome].outcome_class)
    assert [word for word, classes in said.items() if len(classes) > 1] == []


def test_a_year_has_twelve_months(words: KioskWords) -> None:
    assert len(words.calendar.months) == 12


@pytest.mark.parametrize("weight", ["Regular", "Medium", "Bold"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_typeface_has_every_letter(qapp: QGuiApplication, weight: str, language: str) -> None:
    font = QRawFont(str(resources.path(f"typefaces/Roboto-{weight}.ttf")), 16)
    letters = set("".join(_texts(load_tables(language))))
    assert [letter for letter in letters if not font.supportsCharacter(ord(letter))] == []


def test_a_file_without_one_outcome_stops_the_start() -> None:
    tables = load_tables("en")
    outcomes = tables["outcome"]
    assert isinstance(outcomes, dict)
    del outcomes["admitted"]
    with pytest.raises(WordsError, match="admitted"):
        read_kiosk_words(tables)


def test_words_are_utf8_toml() -> None:
    folder: Path = resources.path("words/en.toml").parent
    assert all(tomllib.loads(path.read_text("utf-8")) for path in folder.rglob("*.toml"))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]

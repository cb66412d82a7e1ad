"""English and German say the same: key by key, with the same placeholders, and nothing is left untranslated.

A new word goes into both files. Where both languages really have the same word, it gets its line in `INTERNATIONAL`.
"""

import re
from collections.abc import Mapping
from string import Formatter

import pytest

import resources
from app.kiosk.words import load_kiosk_words
from app.widgets.words import WordsError, load_tables

OTHERS = sorted(path.stem for path in resources.path("words/en.toml").parent.glob("*.toml") if path.stem != "en")
INTERNATIONAL = {
    "ABC",
    "April",
    "August",
    "Aztec",
    "Code",
    "Codes",
    "Data",
    "Deutsch",
    "Doorlight",
    "EAN",
    "English",
    "GB",
    "ITF",
    "JSON",
    "Kiosk",
    "MB",
    "Matrix",
    "Name",
    "November",
    "Offline",
    "PDF",
    "PIN",
    "Passphrase",
    "QR",
    "September",
    "Server",
    "Stripe",
    "Tickets",
    "USB",
    "Webhook",
    "asdfghjkl",
    "in",
    "live",
    "min",
    "offline",
    "online",
}
"""Words that German has as English has them."""
ENGLISH = {"and", "are", "ask", "for", "from", "gate", "guest", "is", "of", "that", "the", "this", "to", "with", "your"}
"""Words that no German sentence has: what holds one was translated by half."""
COMMAND = re.compile(r"`[^`]*`|\(doorlight [^)]*\)")
LETTERS = re.compile(r"[^\W\d_]{2,}")


def texts_of(tables: Mapping[str, object]) -> dict[str, str]:
    """Every text by its place, such as `outcome.admitted.word`."""
    found: dict[str, str] = {}

    def walk(value: object, where: str) -> None:
        if isinstance(value, str):
            found[where] = value
        elif isinstance(value, Mapping):
            for name, item in value.items():
                walk(item, f"{where}.{name}" if where else name)
        elif isinstance(value, list):
            walk(dict(enumerate(value)), where)

    walk(tables, "")
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def words_in(text: str) -> set[str]:
    """What somebody has to translate: no placeholder, no command to type."""
    said = "".join(literal for literal, *_ in Formatter().parse(COMMAND.sub("", text)))
    return set(LETTERS.findall(said))


def untranslated(english: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Where the other language says what English says, though it has words of its own, or says it by half."""
    same = {where for where in other if other[where] == english.get(where) and words_in(other[where]) - INTERNATIONAL}
    by_half = {where for where, text in other.items() if {word.lower() for word in words_in(text)} & ENGLISH}
    return sorted(same | by_half)


NOT_SAID = ("Aufsicht", "Gate ")
"""German has one word for one thing: Leitung, Tor."""


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> dict[str, str]:
    return texts_of(load_tables(request.param))


def test_german_is_there() -> None:
    assert "de" in OTHERS
    assert load_kiosk_words("de").actions.sound_off == "Ton aus"


def test_languages_have_the_same_keys_and_leave_the_same_ones_empty(other: dict[str, str]) -> None:
    english = texts_of(load_tables("en"))
    assert other.keys() == english.keys()
    assert [where for where in other if bool(other[where].strip()) is not bool(english[where].strip())] == []


def test_languages_have_the_same_placeholders(other: dict[str, str]) -> None:
    english = texts_of(load_tables("en"))
    assert [where for where in other if placeholders(other[where]) != placeholders(english[where])] == []


def test_german_has_one_word_for_one_thing() -> None:
    german = texts_of(load_tables("de"))
    assert [where for where, text in german.items() if any(word in text for word in NOT_SAID)] == []


def test_nothing_is_left_untranslated(other: dict[str, str]) -> None:
    assert untranslated(texts_of(load_tables("en")), other) == []


def test_no_text_is_longer_than_the_language_nobody_speaks(other: dict[str, str]) -> None:
    """What fits in the pseudo-locale fits in each language: two thirds longer than English, and short words by more."""
    english = texts_of(load_tables("en"))
    assert [where for where in other if len(other[where]) > 1.7 * len(english[where]) + 6] == []


@pytest.mark.parametrize("text", ["Let the guest in", "Den Gast einlassen and wave"])
def test_what_is_left_untranslated_is_found(text: str) -> None:
    english, german = texts_of(load_tables("en")), texts_of(load_tables("de"))
    planted = german | {"outcome.admitted.next": text}
    assert untranslated(english, planted) == ["outcome.admitted.next"]


def test_a_command_and_an_abbreviation_need_no_translation() -> None:
    same = {"a": "`doorlight device code --for the gate`", "b": "{count} min", "c": "{time} ± {uncertainty}"}
    assert untranslated(same, same) == []


def test_a_table_in_two_files_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "names", lambda folder, suffix: ["words/de.toml"])
    with pytest.raises(WordsError, match="outcome"):
        load_tables("en")

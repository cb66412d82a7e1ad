"""The words of the organizer's window: whole in every language, though a page's are read when it speaks first."""

from dataclasses import fields

import pytest

from app.organizer.words import LATE, OrganizerWords, load_organizer_words, read_organizer_words
from app.widgets.words import WordsError, load_tables
from core.model.settings import Language


@pytest.mark.parametrize("language", list(Language))
def test_the_words_of_every_page_are_whole_in_every_language(language: Language) -> None:
    words = load_organizer_words(language)
    words.read_all()
    assert set(words.read) == set(LATE)


def test_a_page_has_no_words_before_it_speaks_and_others_in_another_language() -> None:
    words = load_organizer_words("en")
    assert words.read == {}
    english = words.tickets
    assert words.tickets is english
    words.become(load_organizer_words("de"))
    assert words.tickets != english


def test_a_page_whose_words_are_not_whole_is_found_by_reading_all() -> None:
    tables = {name: table for name, table in load_tables("en").items() if name != "organizer_devices"}
    words = read_organizer_words(tables)
    with pytest.raises(WordsError):
        words.read_all()


def test_every_part_that_is_read_late_is_a_part_of_the_words() -> None:
    assert all(isinstance(getattr(OrganizerWords, name), property) for name in LATE)
    assert not set(LATE) & {each.name for each in fields(OrganizerWords)}

"""What a telephone shows: in each language, of each kind of notice, and never more than its row names."""

import pytest

from app.paper import push_text
from app.paper.push_text import FIELDS, MOST_SHOWN, TEST, PushWordsUnfit, language_of, shown_text
from core.delivery.notice import COMMON_FIELDS, RULES, NoticeKind, Told
from core.model.settings import Language

NOW = 1_795_003_600_000


def told(kind: NoticeKind) -> dict[str, Told]:
    """A value for each field that a notice of that kind has."""
    named = {name: NOW if name.endswith("_ms") else f"<{name}>" for name in (*COMMON_FIELDS, *RULES[kind].fields)}
    return {**named, "zone": "Europe/Berlin"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", NoticeKind)
def test_each_notice_has_its_texts(kind: NoticeKind, language: Language) -> None:
    one, more = (shown_text(kind, {**told(kind), "is_gathered": each}, language) for each in (False, True))
    assert one.text != more.text
    for text in (one.title, one.text, more.text):
        assert text
        assert "{" not in text
        assert len(text) <= MOST_SHOWN


@pytest.mark.parametrize("language", Language)
def test_a_test_has_its_texts(language: Language) -> None:
    assert shown_text(TEST, {}, language).title


def test_an_incident_is_said_with_its_gate_and_the_time_at_the_event() -> None:
    fields = told(NoticeKind.INCIDENT) | {"incident": "double_admission", "gate": "North gate", "event_name": "Night"}
    assert shown_text("notice.incident", fields, Language.ENGLISH).title == "Double admission"
    german = shown_text("notice.incident", fields, Language.GERMAN)
    assert german.text.startswith("North gate, 13:06. Night")
    nowhere = shown_text("notice.incident", fields | {"gate": None, "zone": "UTC"}, Language.ENGLISH)
    assert nowhere.text.startswith("\N{EN DASH}, 12:06.")


def test_a_name_from_outside_is_one_line_and_no_template() -> None:
    fields = told(NoticeKind.DEVICE_SILENT) | {"device_name": "Kiosk {zone}\n\N{RIGHT-TO-LEFT OVERRIDE}1"}
    assert shown_text("notice.device_silent", fields, Language.ENGLISH).title == "Kiosk {zone} 1 has fallen silent"


def test_a_telephone_that_speaks_another_language_is_spoken_to_in_english() -> None:
    assert [language_of(name) for name in ("de-AT", "de", "fr", "", None)] == [
        Language.GERMAN,
        Language.GERMAN,
        Language.ENGLISH,
        Language.ENGLISH,
        Language.ENGLISH,
    ]


def test_no_text_speaks_of_a_scan_a_ticket_or_a_person() -> None:
    """A telephone on a table shows its notices to everybody."""
    for language in Language:
        texts = push_text._words(language)
        assert not [name for name, table in texts.items() for text in table.values() if "{ticket}" in text], language
        assert not [name for name, table in texts.items() for text in table.values() if "{scan}" in text], language


@pytest.mark.parametrize(
    "table",
    [
        {"title": "x", "text": "{scan.bytes}", "gathered": "x"},
        {"title": "x", "text": "{holder}", "gathered": "x"},
        {"title": "x", "text": "{incident!r}", "gathered": "x"},
        {"title": "x", "text": "{", "gathered": "x"},
        {"title": "", "text": "x", "gathered": "x"},
        {"title": "x", "text": "x"},
        {"title": "x", "text": "x\ny", "gathered": "x"},
        "x",
    ],
)
def test_a_text_that_speaks_of_more_than_it_may_is_refused(table: object) -> None:
    with pytest.raises(PushWordsUnfit):
        push_text._check(table, set(FIELDS["incident"]), "here")

"""A mail says the same twice, in the words of its template; what guests brought is text, and never markup."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

import resources
from app.paper import mail
from app.paper.mail import (
    SHAPES,
    MailWordsUnfit,
    Picture,
    calendar_of,
    instant_text,
    lines_of,
    mail_text,
    notice_text,
    words_of,
)
from core.delivery.account_trouble import AccountTrouble
from core.delivery.message import Channel
from core.delivery.notice import RULES, NoticeKind
from core.model.settings import Language
from core.redeem.fold import IncidentKind

AT_MS = 1_795_892_400_000  # Saturday, 28 November 2026, 20:00 in Berlin
HOSTILE = '<script>alert("{scan}")</script>\r\nBcc: everybody@mail.example {at_ms!r} \N{RIGHT-TO-LEFT OVERRIDE}&amp;'


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", SHAPES)
def test_every_template_is_there_in_every_language_and_fits_its_shape(template: str, language: Language) -> None:
    words = words_of(template, language)
    filled = mail_text(template, language, dict.fromkeys(SHAPES[template].fields, "x"))
    assert filled.subject
    assert "{" not in filled.text + filled.subject
    assert all("{" in line or line for line in words.lines.values())


def test_every_notice_has_a_template_and_every_file_is_one() -> None:
    assert {kind.value.removeprefix("notice.") for kind in NoticeKind} < set(SHAPES)
    for language in Language:
        files = resources.names(f"mail/{language.value}", ".toml")
        assert {name.rpartition("/")[2].removesuffix(".toml") for name in files} == {*SHAPES, "calendar"}


def test_incidents_have_their_words_in_every_language() -> None:
    for language in Language:
        assert set(words_of("incident", language).said["incident"]) == {kind.value for kind in IncidentKind}


@pytest.mark.parametrize("language", Language)
def test_every_trouble_of_an_account_has_its_words_in_every_language(language: Language) -> None:
    said = words_of("account", language).said
    assert set(said["trouble"]) == {each.value for each in AccountTrouble}
    assert set(said["channel"]) == {each.value for each in Channel}


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (Language.ENGLISH, "Saturday, 28 November 2026, 20:00"),
        (Language.GERMAN, "Samstag, 28. November 2026, 20:00 Uhr"),
    ],
)
def test_an_instant_is_written_in_the_events_zone_as_the_language_does(language: Language, written: str) -> None:
    assert instant_text(AT_MS, "Europe/Berlin", language) == written
    assert calendar_of(language).weekdays[0] in {"Monday", "Montag"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", NoticeKind)
def test_what_came_from_outside_is_text_and_stays_on_its_line(kind: NoticeKind, language: Language) -> None:
    told = dict.fromkeys((*RULES[kind].fields, "event_name"), HOSTILE) | {"zone": "Europe/Berlin", "at_ms": AT_MS}
    said = notice_text(kind.value, language, told, ending=HOSTILE)
    assert not {"\r", "\n", "\N{RIGHT-TO-LEFT OVERRIDE}"} & {*said.subject}
    page = read(said.html)
    assert set(page.tags) <= {"html", "head", "meta", "title", "body", "div", "h1", "p"}
    assert "script" not in page.tags
    assert "\nBcc" not in said.text


def test_markup_would_be_seen_by_the_test_before_this_one() -> None:  # negative control: a text that was not escaped
    assert "script" in read(f"<p>{HOSTILE}</p>").tags


def test_a_notice_puts_stored_values_into_words_and_says_what_is_unknown_with_a_dash() -> None:
    told = {"event_name": "Night", "zone": "Europe/Berlin", "at_ms": AT_MS, "incident": "double_admission"}
    said = notice_text("notice.incident", Language.ENGLISH, told | {"scan": "ab12", "ticket": None})
    assert said.subject == "Double admission at Night"
    assert "Saturday, 28 November 2026, 20:00" in said.text
    assert "Ticket –." in said.text


def test_a_picture_is_named_by_its_cid_and_its_lines_are_in_both_texts() -> None:
    lines = lines_of(
        "tickets",
        "ticket",
        Language.ENGLISH,
        {"class_name": "VIP | <b>", "valid": "20:00", "handle": "0011 2233", "number": "2"},
    )
    assert lines == ("VIP | <b>", "Valid from 20:00", "Ticket 2", "0011 2233")
    values = {"event_name": "Night", "event_when": "tomorrow", "count": "2"}
    said = mail_text("tickets", Language.ENGLISH, values, [Picture("code-1@mail.example", 240, lines)], "The club")
    assert 'src="cid:code-1@mail.example"' in said.html
    assert "VIP | &lt;b&gt;" in said.html
    assert "VIP | <b>\nValid from 20:00\nTicket 2\n0011 2233" in said.text
    assert said.text.endswith("-- \nThe club\n")


@pytest.fixture
def fresh() -> Iterator[None]:
    words_of.cache_clear()
    yield
    words_of.cache_clear()


@pytest.mark.parametrize(
    "broken",
    [
        'subject = "x"\nparagraphs = ["y"]\n',
        'subject = "x"\ntitle = "t"\nparagraphs = []\n',
        'subject = "{secret}"\ntitle = "t"\nparagraphs = ["y"]\n',
        'subject = "{event_name.__class__}"\ntitle = "t"\nparagraphs = ["y"]\n',
        'subject = "{event_name!r}"\ntitle = "t"\nparagraphs = ["y"]\n',
        'subject = "x\\nBcc: y"\ntitle = "t"\nparagraphs = ["y"]\n',
        'subject = "x"\ntitle = "t"\nparagraphs = ["y"]\n[lines]\nmore = "z"\n',
        'subject = "x"\ntitle = "t"\nparagraphs = ["y"]\n[said.secret]\na = "b"\n',
        "no toml at all",
    ],
)
@pytest.mark.usefixtures("fresh")
def test_a_template_that_does_not_fit_is_refused_whole(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail.resources, "read_text", lambda _: broken)
    with pytest.raises(MailWordsUnfit):
        words_of("test", Language.ENGLISH)

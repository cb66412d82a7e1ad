"""What a mail says, in one language: its subject, and the same words as plain text and as HTML.

Owns the way from the templates in `resources/mail/<language>` to a mail's texts. A template is a file of its own; what
each may speak of stands in `SHAPES`, and a file that speaks of anything else, or lacks a line, is refused whole. What
fills a placeholder comes from guests and organizers: it is one line of text, never read as a template, never markup.
"""

import html
import string
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import TypeAlias
from zoneinfo import ZoneInfo

import resources
from app.errors import AppError
from core.delivery.account_trouble import AccountTrouble
from core.delivery.notice import COMMON_FIELDS, RULES, Told
from core.model.settings import Language

TICKETS, TEST = "tickets", "test"
MOST_VALUE = 300
"""Characters of one thing that a mail says: a longer name is a joke, or an attack on whoever reads it."""
_NO_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that are dropped: control and direction marks, halves of characters, separators of lines."""
_DASH = "\N{EN DASH}"
_CALENDAR = "calendar"
_NOTICE = "notice."


class MailWordsUnfit(AppError):
    """A template does not fit the program: `where` names the file and the key."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__("words_unfit", where=where, problem=problem)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a template may speak of in its subject, title and paragraphs, and which lines it has beside them."""

    fields: frozenset[str]
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)


_EVENT = frozenset({"event_name", "event_when"})
_PAPER = frozenset({"class_name", "valid", "handle", "number"})
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        TICKETS: Shape(
            _EVENT | {"count"},
            {
                "still": frozenset(),
                "ticket": _PAPER,
                "live": frozenset(),
                "live_ticket": _PAPER | {"file"},
                "paper": frozenset({"file"}),
            },
        ),
        TEST: Shape(_EVENT),
        **{
            kind.value.removeprefix(_NOTICE): Shape(frozenset({*COMMON_FIELDS, *rule.fields}))
            for kind, rule in RULES.items()
        },
    }
)
"""Every template. Those of notices have the name of their kind without `notice.`, and its fields."""


@dataclass(frozen=True, slots=True)
class Words:
    """One template in one language. `said` puts a field's stored values into words, such as an incident's kind."""

    subject: str
    title: str
    paragraphs: tuple[str, ...]
    lines: Mapping[str, str]
    said: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a language writes an instant."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    instant: str
    day: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the mail's own (`cid`), `side` pixels wide, with lines below it; the first of them stands out."""

    cid: str
    side: int
    lines: tuple[str, ...]


Block: TypeAlias = str | Picture
"""A paragraph, or a picture."""


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's subject, and its words twice."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@cache
def words_of(template: str, language: Language) -> Words:
    """A template's words, checked against its shape. Raises MailWordsUnfit."""
    where = f"mail/{language.value}/{template}.toml"
    shape, table = SHAPES[template], _table(where)
    _same(set(table) - {"lines", "said"}, {"subject", "title", "paragraphs"}, where)
    lines, said = _texts(table.get("lines", {}), where), table.get("said", {})
    _same(set(lines), set(shape.lines), f"{where}: lines")
    texts = _texts({"subject": table["subject"], "title": table["title"]}, where)
    body = _list(table["paragraphs"], where)
    if not isinstance(said, Mapping):
        raise MailWordsUnfit(where, "said is a table of tables")
    for text in (*texts.values(), *body):
        _check(text, shape.fields, where)
    for name, text in lines.items():
        _check(text, shape.lines[name], f"{where}: {name}")
    words = {name: _texts(values, f"{where}: said.{name}") for name, values in said.items()}
    if not set(words) <= shape.fields:
        raise MailWordsUnfit(where, f"says words for {sorted(set(words) - shape.fields)}")
    return Words(texts["subject"], texts["title"], body, lines, words)


@cache
def calendar_of(language: Language) -> Calendar:
    """How a language writes an instant. Raises MailWordsUnfit."""
    where = f"mail/{language.value}/{_CALENDAR}.toml"
    table = _table(where)
    _same(set(table), {"weekdays", "months", "instant", "day"}, where)
    weekdays, months = _list(table["weekdays"], where), _list(table["months"], where)
    if (len(weekdays), len(months)) != (7, 12):
        raise MailWordsUnfit(where, "a week has seven days, a year twelve months")
    parts = frozenset({"weekday", "day", "month", "year", "time"})
    for name in ("instant", "day"):
        _check(str(table[name]), parts, where)
    return Calendar(weekdays, months, str(table["instant"]), str(table["day"]))


def instant_text(at_ms: int, zone: str, language: Language) -> str:
    """An instant as a guest reads it: `Saturday, 28 November 2026, 20:00`."""
    calendar, at = calendar_of(language), datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return calendar.instant.format(
        weekday=calendar.weekdays[at.weekday()],
        day=at.day,
        month=calendar.months[at.month - 1],
        year=at.year,
        time=f"{at:%H:%M}",
    )


def lines_of(template: str, name: str, language: Language, values: Mapping[str, str]) -> tuple[str, ...]:
    """One of a template's `lines`, filled: one line of text, or several where the template has a `|` between them."""
    shown = {each: one_line(value) for each, value in values.items()}
    return tuple(_filled(line, shown) for line in words_of(template, language).lines[name].split("|"))


def mail_text(
    template: str, language: Language, values: Mapping[str, str], blocks: Sequence[Block] = (), ending: str = ""
) -> MailText:
    """A mail: the template's paragraphs, then `blocks`, then the line of who sends it. Raises MailWordsUnfit.

    `values` fills the template's fields, and no other.
    """
    words = words_of(template, language)
    shown = {name: one_line(value) for name, value in values.items()}
    title, subject = _filled(words.title, shown), _filled(words.subject, shown)
    body: list[Block] = [*(_filled(each, shown) for each in words.paragraphs), *blocks]
    return MailText(subject, _plain(title, body, one_line(ending)), _html(title, body, one_line(ending), language))


def notice_text(kind: str, language: Language, told: Mapping[str, Told], ending: str = "") -> MailText:
    """A notice of that kind (with or without `notice.`): instants in the event's zone, words where there are any."""
    template = kind.removeprefix(_NOTICE)
    words, zone = words_of(template, language), str(told.get("zone") or "UTC")

    def shown(name: str) -> str:
        value = told.get(name)
        if value is None or value == "":
            return _DASH
        if name.endswith("_ms") and isinstance(value, int):
            return instant_text(value, zone, language)
        return words.said.get(name, {}).get(str(value), str(value))

    return mail_text(template, language, {name: shown(name) for name in SHAPES[template].fields}, (), ending)


def refusal_text(trouble: AccountTrouble, language: Language = Language.ENGLISH) -> str:
    """Why an account is refused, as its notice says it."""
    return words_of("account", language).said["trouble"][trouble.value]


def one_line(text: str) -> str:
    """A text from outside on one line, without what is no text, and no longer than anybody reads."""
    spaced = " ".join(unicodedata.normalize("NFC", text[: 2 * MOST_VALUE]).split())
    return "".join(char for char in spaced if unicodedata.category(char) not in _NO_TEXT)[:MOST_VALUE]


def _plain(title: str, body: Sequence[Block], ending: str) -> str:
    parts = [title, *("\n".join(each.lines) if isinstance(each, Picture) else each for each in body)]
    return "\n\n".join([*parts, *([f"-- \n{ending}"] if ending else [])]) + "\n"


def _html(title: str, body: Sequence[Block], ending: str, language: Language) -> str:
    frame = string.Template(resources.read_text("mail/frame.html"))
    parts = {
        "language": language.value,
        "title": html.escape(title),
        "body": "\n".join(map(_html_of, body)),
        "ending": html.escape(ending),
    }
    return frame.substitute(parts)


def _html_of(block: Block) -> str:
    if isinstance(block, str):
        return f'<p style="margin:0 0 16px">{html.escape(block)}</p>'
    first, *rest = map(html.escape, block.lines)
    picture = f'<img src="cid:{html.escape(block.cid)}" width="{block.side}" height="{block.side}" alt="{first}">'
    lines = "<br>".join([f"<strong>{first}</strong>", *rest])
    return f'<div style="margin:0 0 40px;text-align:center">{picture}<p style="margin:4px 0 0">{lines}</p></div>'


def _filled(text: str, values: Mapping[str, str]) -> str:
    return text.format_map(values)


def _table(where: str) -> dict[str, object]:
    try:
        return tomllib.loads(resources.read_text(where))
    except (FileNotFoundError, tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise MailWordsUnfit(where, str(err)) from err


def _texts(table: object, where: str) -> dict[str, str]:
    if not isinstance(table, Mapping) or not all(isinstance(each, str) and each.strip() for each in table.values()):
        raise MailWordsUnfit(where, "a text is missing")
    return {str(name): str(text) for name, text in table.items()}


def _list(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise MailWordsUnfit(where, "a list is missing")
    return tuple(_texts({str(at): each for at, each in enumerate(value)}, where).values())


def _check(text: str, fields: frozenset[str], where: str) -> None:
    """A text speaks of what it may speak of, each thing by its bare name."""
    try:
        used = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    except ValueError as err:
        raise MailWordsUnfit(where, str(err)) from err
    if any(spec or conversion or name not in fields for name, spec, conversion in used) or "\n" in text:
        raise MailWordsUnfit(where, f"speaks of {[name for name, *_ in used]}, and may of {sorted(fields)}")


def _same(found: set[str], wanted: set[str], where: str) -> None:
    if found != wanted:
        raise MailWordsUnfit(where, f"missing {sorted(wanted - found)}, unknown {sorted(found - wanted)}")

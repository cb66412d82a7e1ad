"""What a telephone shows of a notice, in one language: a title and a line or two.

Owns the way from `resources/push/<language>.toml` to these texts. A table for each kind of notice, which may speak of
what its row in `core.delivery.notice` names and of nothing else; a file that does, or that lacks a text, is refused
whole. Kinds of incidents are said as the mails say them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from string import Formatter
from zoneinfo import ZoneInfo

import resources
from app.errors import AppError
from app.paper.mail import one_line, words_of
from core.delivery.notice import COMMON_FIELDS, RULES, NoticeKind, Told
from core.model.settings import Language

TEST = "test"
MOST_SHOWN = 500
"""Characters of a text with usual names: what a telephone shows before somebody opens it is far less."""
_DASH = "\N{EN DASH}"
_NOTICE = "notice."
_TEXTS = ("title", "text", "gathered")
FIELDS: Mapping[str, frozenset[str]] = {
    TEST: frozenset(),
    **{
        kind.value.removeprefix(_NOTICE): frozenset({*COMMON_FIELDS, *rule.fields} - {"zone"})
        for kind, rule in RULES.items()
    },
}
"""What the texts of each kind may speak of; an instant as its time of day at the event (`at_ms`: `{at_time}`)."""


class PushWordsUnfit(AppError):
    """A file of texts does not fit the program: `where` names the file and the table."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__("words_unfit", where=where, problem=problem)


@dataclass(frozen=True, slots=True)
class ShownText:
    """What a telephone shows."""

    title: str = field(repr=False)
    text: str = field(repr=False)


def language_of(name: str | None) -> Language:
    """The language that a telephone asked for, such as `de` or `de-AT`; English where there is none of that name."""
    return Language.of_locale(name or "")


def shown_text(kind: str, told: Mapping[str, Told | bool], language: Language) -> ShownText:
    """A notice's texts. Raises KeyError for a kind that this program does not know, PushWordsUnfit."""
    table = kind.removeprefix(_NOTICE)
    words, fields = _words(language)[table], FIELDS[table]
    zone = ZoneInfo(str(told.get("zone") or "UTC"))
    shown = {_name(name): _shown(table, name, told.get(name), zone, language) for name in fields}
    text = words["gathered"] if told.get("is_gathered") else words["text"]
    return ShownText(words["title"].format_map(shown), text.format_map(shown))


def _shown(table: str, name: str, value: Told | bool, zone: ZoneInfo, language: Language) -> str:
    if value is None or value == "":
        return _DASH
    if name.endswith("_ms") and isinstance(value, int):
        return f"{datetime.fromtimestamp(value / 1000, UTC).astimezone(zone):%H:%M}"
    said = words_of(table, language).said.get(name, {})
    return one_line(said.get(str(value), str(value)))


def _name(field_name: str) -> str:
    return f"{field_name.removesuffix('_ms')}_time" if field_name.endswith("_ms") else field_name


@cache
def _words(language: Language) -> Mapping[str, Mapping[str, str]]:
    """All texts of a language, checked. Raises PushWordsUnfit."""
    where = f"push/{language.value}.toml"
    try:
        tables = tomllib.loads(resources.read_text(where))
    except (FileNotFoundError, tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise PushWordsUnfit(where, str(err)) from err
    if set(tables) != set(FIELDS):
        raise PushWordsUnfit(where, f"missing or unknown: {sorted(set(tables) ^ set(FIELDS))}")
    for name, table in tables.items():
        _check(table, {_name(each) for each in FIELDS[name]}, f"{where}: {name}")
    return tables


def _check(table: object, fields: set[str], where: str) -> None:
    if not isinstance(table, Mapping) or set(table) != set(_TEXTS):
        raise PushWordsUnfit(where, f"has {', '.join(_TEXTS)}, and no more")
    for text in table.values():
        if not isinstance(text, str) or not text.strip() or "\n" in text:
            raise PushWordsUnfit(where, "a text is missing, or of several lines")
        try:
            used = [part for part in Formatter().parse(text) if part[1] is not None]
        except ValueError as err:
            raise PushWordsUnfit(where, str(err)) from err
        if any(spec or conversion or name not in fields for _, name, spec, conversion in used):
            raise PushWordsUnfit(where, f"speaks of {[part[1] for part in used]}, and may of {sorted(fields)}")


KNOWN = frozenset(kind.value for kind in NoticeKind)
"""The kinds of messages that there are texts for."""

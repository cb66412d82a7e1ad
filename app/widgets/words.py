"""The words of one language, read once, checked whole.

Owns the way from `resources/words/<language>.toml`, and the page's own files in `resources/words/<language>/`, to typed
sections. A key that is missing, unknown or misused stops the program at its start: never a blank label at the door.
Refuses to know any window's keys: each window describes its own sections as frozen dataclasses, enum by enum.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from string import Formatter
from typing import TYPE_CHECKING, Self, TypeVar, get_args, get_type_hints

import resources
from app.errors import AppError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Section = TypeVar("Section", bound="DataclassInstance")
Member = TypeVar("Member", bound=StrEnum)
Value = TypeVar("Value")

Table = Mapping[str, object]


class WordsError(AppError):
    """A language's file does not fit the program: `where` names the key."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__("words_unfit", where=where, problem=problem)


@dataclass(frozen=True, slots=True)
class Template:
    """A line with `{placeholders}`; what fills them is never read as a template itself.

    A section declares which it uses: `first_used: Annotated[Template, "time", "gate"]`.
    """

    text: str

    def fill(self, **values: object) -> str:
        """The line with its placeholders filled."""
        return self.text.format(**values)


class Spoken:
    """The words of a window, kept by everybody who shows some: in another language they stay the same object."""

    __slots__ = ()

    def become(self, other: Self) -> None:
        """Takes the words of another language. Whoever inherits is a dataclass."""
        for each in fields(self):  # type: ignore[arg-type]
            setattr(self, each.name, getattr(other, each.name))


def load_tables(language: str) -> dict[str, object]:
    """All tables of a language, such as `en`: those of its file, and those of each page that has a file of its own."""
    tables: dict[str, object] = {}
    for name in (f"words/{language}.toml", *resources.names(f"words/{language}", ".toml")):
        for table, value in _read_file(name).items():
            if table in tables:
                raise WordsError(table, f"twice, the second time in {name}")
            tables[table] = value
    return tables


def _read_file(name: str) -> dict[str, object]:
    try:
        return tomllib.loads(resources.read_text(name))
    except FileNotFoundError as error:
        raise WordsError(name, "no such language") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(name, str(error)) from error


def table_at(tables: Table, name: str) -> Table:
    """The table `[name]` of a file."""
    found = tables.get(name)
    if not isinstance(found, Mapping):
        raise WordsError(name, "no such table")
    return found


def read_section(table: Table, section: type[Section], where: str) -> Section:
    """`table` as a `section`: the same keys, the same types, the same placeholders."""
    _same_keys(set(table), {each.name for each in fields(section)}, where)
    kinds = get_type_hints(section, include_extras=True)
    return section(**{name: _read_value(table[name], kind, f"{where}.{name}") for name, kind in kinds.items()})


def read_by_member(
    table: Table, members: type[Member], read: Callable[[object, str], Value], where: str
) -> dict[Member, Value]:
    """`table` with one entry per member of an enum, none missing, none unknown."""
    _same_keys(set(table), {member.value for member in members}, where)
    return {member: read(table[member.value], f"{where}.{member.value}") for member in members}


def read_text(value: object, where: str) -> str:
    """A plain text."""
    if not isinstance(value, str):
        raise WordsError(where, "not a text")
    return value


def _read_value(value: object, kind: object, where: str) -> object:
    if kind is str:
        return read_text(value, where)
    first, *placeholders = get_args(kind)
    if first is Template:
        return read_template(value, frozenset(placeholders), where)
    if not isinstance(value, list):
        raise WordsError(where, "not a list")
    return tuple(read_text(item, where) for item in value)


def read_template(value: object, placeholders: frozenset[str], where: str) -> Template:
    """A line with exactly these placeholders."""
    text = read_text(value, where)
    try:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise WordsError(where, str(error)) from error
    if used != placeholders:
        raise WordsError(where, f"uses {sorted(used)}, not {sorted(placeholders)}")
    return Template(text)


def _same_keys(found: set[str], wanted: set[str], where: str) -> None:
    if found != wanted:
        raise WordsError(where, f"missing {sorted(wanted - found)}, unknown {sorted(found - wanted)}")

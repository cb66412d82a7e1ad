"""Whose column is what in a shop's list: the headers that shops write, and what a person says over them.

Owns the meaning of a header, and of a shop's own words for classes and states; a file without a usable header is no
list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

MAX_COLUMNS = 256


class Field(StrEnum):
    """What a column can be. The value is what a person types for it."""

    __hash__ = str.__hash__  # the usual one of members runs in the interpreter, and each row looks up a dozen

    CODE = "code"
    REF = "external_ref"
    POSITION = "position"
    ORDER = "order"
    CLASS = "class"
    VARIATION = "variation"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    STATUS = "status"
    CANCELED = "canceled"
    NBF = "nbf"
    EXP = "exp"


class Preset(StrEnum):
    """Whose export a file is."""

    DOORLIGHT = "doorlight"
    PRETIX = "pretix"
    EVENTBRITE = "eventbrite"


HEADERS: dict[Preset, dict[Field, tuple[str, ...]]] = {
    Preset.DOORLIGHT: {each: (each.value,) for each in Field},
    Preset.PRETIX: {
        Field.CODE: ("Ticket secret", "Secret", "Ticket code", "Geheimnis", "Ticket-Code"),
        Field.ORDER: ("Order code", "Order", "Bestellnummer"),
        Field.POSITION: ("Position ID", "Positionid", "Positions-ID", "Positionsnummer"),
        Field.CLASS: ("Product", "Item", "Produkt"),
        Field.VARIATION: ("Variation", "Variante"),
        Field.NAME: ("Attendee name", "Teilnehmername", "Name des Teilnehmers"),
        Field.EMAIL: ("Attendee email", "Email", "E-mail", "E-Mail", "E-Mail des Teilnehmers"),
        Field.STATUS: ("Status", "Order status", "Paid", "Bezahlt"),
        Field.CANCELED: ("Canceled", "Cancelled", "Storniert"),
        Field.NBF: ("Valid from",),
        Field.EXP: ("Valid until",),
    },
    Preset.EVENTBRITE: {
        Field.CODE: ("Barcode #", "Barcode", "Barcode number"),
        Field.REF: ("Attendee #", "Attendee ID"),
        Field.ORDER: ("Order #", "Order no.", "Order ID"),
        Field.CLASS: ("Ticket Type", "Ticket name"),
        Field.FIRST_NAME: ("First Name", "Attendee first name"),
        Field.LAST_NAME: ("Last Name", "Surname", "Attendee Surname", "Attendee last name"),
        Field.EMAIL: ("Attendee email", "Email", "Email Address"),
        Field.STATUS: ("Attendee Status",),
    },
}
"""The headers that each shop writes, the best first: pretix's check-in list and order data, Eventbrite's attendees."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A file that is no list of tickets at all, and what to do."""

    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which headers mean what, over a preset, and what a shop's own words for classes and states mean here."""

    preset: Preset = Preset.DOORLIGHT
    columns: Mapping[Field, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, bool] = field(default_factory=dict)


PLAIN = Columns()
"""Doorlight's own headers, and nothing said over them."""


def column_of(text: str, wanted: Columns) -> Columns | Unfit:
    """The columns with a person's `FIELD=HEADER`, `class:PRODUCT=CLASS`, or `status:WORD=valid` (or `=canceled`)."""
    name, _, header = text.partition("=")
    kind, colon, _ = name.partition(":")
    if colon and kind.strip().lower() in {"class", "status"}:
        word, _, meaning = text.partition(":")[2].rpartition("=")
        if kind.strip().lower() == "class" and word.strip() and meaning.strip():
            return replace(wanted, classes={**wanted.classes, folded(word): meaning.strip()})
        if kind.strip().lower() == "status" and meaning.strip().lower() in {"valid", "canceled"}:
            is_valid = meaning.strip().lower() == "valid"
            return replace(wanted, statuses={**wanted.statuses, folded(word): is_valid})
    elif header.strip() and name.strip().lower() in set(Field):
        return replace(wanted, columns={**wanted.columns, Field(name.strip().lower()): header})
    known = ", ".join(Field)
    return Unfit(
        f"'{text}' names no column", f"say FIELD=HEADER, where FIELD is one of {known}, or class:PRODUCT=CLASS"
    )


def folded(text: str) -> str:
    """A header as it is compared: its letters and digits, and `#`."""
    return "".join(char for char in text.casefold() if char.isalnum() or char == "#")


KEYS = frozenset({Field.CODE, Field.REF, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME})
"""What a row may be known by: a list without any of them is none."""


def found_in(header: Sequence[str], preset: Preset) -> dict[Field, int]:
    """Where a preset finds its columns in a header."""
    at = {folded(name): place for place, name in reversed(list(enumerate(header)))}
    places: dict[Field, int] = {}
    for each, names in HEADERS[preset].items():
        found = [at[folded(name)] for name in names if folded(name) in at]
        if found:
            places[each] = found[0]
    return places


def likeliest(header: Sequence[str]) -> Preset:
    """The preset that finds most of its columns in a header; the plain one where two find as many."""
    return max(Preset, key=lambda preset: (len(found_in(header, preset)), preset is Preset.DOORLIGHT))


def places_in(header: Sequence[str], wanted: Columns) -> dict[Field, int] | Unfit:
    """Where each column is that the header has, by a preset and a person's word."""
    if len(header) > MAX_COLUMNS:
        return Unfit(f"the file has more than {MAX_COLUMNS} columns", "export fewer")
    at = {folded(name): place for place, name in reversed(list(enumerate(header)))}
    places = found_in(header, wanted.preset)
    for each, name in wanted.columns.items():
        if folded(name) not in at:
            return Unfit(f"there is no column '{name}'", f"the file has {_named(header)}")
        places[each] = at[folded(name)]
    if not places.keys() & KEYS:
        cure = f"say which is which with --preset or --column FIELD=HEADER; the file has {_named(header)}"
        return Unfit("no column is a code, a reference or a name", cure)
    return places


def _named(header: Sequence[str]) -> str:
    shown = ("".join(char for char in name if char.isprintable()).strip()[:40] for name in header)
    names = [name for name in shown if name][:20]
    return ", ".join(names) or "no header"

"""A shop's list of tickets, read from a file: its rows, and which of them can't be used.

Owns the reading: bytes become rows of text, without a word about what the ledger makes of them (`shop_columns` says
whose column is what). Total and bounded: any file has an answer. Codes stay text, and one that a spreadsheet has
spoiled is refused by its line, with the cure. No refusal repeats a code or a name.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from app.ledger.long_lists import on_a_long_list
from core.sync.import_messages import NOT_UTF8, RowFlaw
from core.sync.shop_columns import PLAIN, Columns, Field, Unfit, folded, places_in

MAX_BYTES = 256 * 1024 * 1024
MAX_CELL = 512
_DELIMITERS = ",;\t"
_SPOILED_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[Ee]\+?[0-9]+")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
AS_TEXT = "format the column as text and export again"
_LEAST_DIGITS = 6
"""Shorter numbers are counters, and differ in length by nature."""
_FEW = 4
"""Numbers that are too short are suspect while at most one in four is."""
_NUMBERS = (Field.CODE, Field.REF, Field.POSITION, Field.ORDER)
"""The columns whose long numbers a spreadsheet spoils."""

STATUSES: dict[str, bool] = {
    **dict.fromkeys(("valid", "paid", "p", "yes", "bezahlt", "ja", "gültig"), True),
    **dict.fromkeys(("attending", "checked in", "completed", "free order"), True),
    **dict.fromkeys(("canceled", "cancelled", "c", "refunded", "expired", "e", "deleted"), False),
    **dict.fromkeys(("not attending", "transferred", "storniert", "abgelaufen", "erstattet"), False),
}
"""The words for a ticket that counts, and for one that was called off. Any other word refuses its row."""
UNPAID = "unpaid"
"""The word for a ticket that counts once its order is paid: doors hold its guest until then."""
_YES_OR_NO = {"": False, "no": False, "false": False, "0": False, "nein": False} | dict.fromkeys(
    ("yes", "true", "1", "x", "ja"), True
)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that can't be used: its line in the file (the first is 1), what is wrong, and the cure.

    `external_ref` is there where the row says whose it is.
    """

    line: int
    cause: str
    cure: str
    external_ref: str | None = None
    flaw: RowFlaw = field(default=RowFlaw.OTHER, compare=False)
    about: str = field(default="", compare=False)
    """What the flaw is about, where it is about something: a line, a word."""


@dataclass(frozen=True, slots=True)
class ShopRow:
    """One ticket as its shop tells it. Empty where the file says nothing; None where it has no such column.

    `nbf` and `exp` are unix seconds.
    """

    line: int
    external_ref: str = ""
    code: str = field(default="", repr=False)
    cls: str = ""
    name: str | None = field(default=None, repr=False)
    order: str | None = None
    nbf: int | None = None
    exp: int | None = None
    is_canceled: bool = False
    is_unpaid: bool = False
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ShopFile:
    """What a file says: its sound rows, the others, and remarks. `is_whole`: it could be read to its end."""

    rows: tuple[ShopRow, ...]
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()
    is_whole: bool = True


def read_file(body: bytes, wanted: Columns = PLAIN, *, zone: str = "UTC") -> ShopFile | Unfit:
    """The tickets of a CSV file.

    1. its characters: UTF-16 or UTF-8 by their mark, UTF-8, else Windows' western alphabet with a remark
    2. its delimiter: the one of `, ; TAB` that the header has most of
    3. its columns by their headers, in any case and with any blanks
    4. each row; times without an offset are the event's own (`zone`)
    5. what only the column as a whole shows: numbers that lost their leading zeros, references that come twice
    """
    if len(body) > MAX_BYTES:
        return Unfit(f"the file is larger than {MAX_BYTES // 2**20} MiB", "split it")
    text, notes = _decoded(body)  # (1)
    return read_lines(_lines(text), wanted, zone=zone, notes=notes)


@on_a_long_list()
def read_lines(
    lines: Iterable[str],
    wanted: Columns = PLAIN,
    *,
    zone: str = "UTC",
    notes: tuple[str, ...] = (),
) -> ShopFile | Unfit:
    """The tickets of a CSV file's lines: steps 2 to 5 of `read_file`."""
    source = iter(lines)
    first = next(source, "").removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=first.count)  # (2)
    reader = csv.reader(chain([first], source), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except csv.Error as err:
        return Unfit(f"the header is not readable as CSV ({err})", "save the file as CSV with a header line")
    places = places_in(header, wanted)  # (3)
    if isinstance(places, Unfit):
        return places
    rows: list[ShopRow] = []
    refused: list[RefusedRow] = []
    is_whole = True
    words = {folded(word): counts for word, counts in STATUSES.items()} | dict(wanted.statuses)
    for line, cells in _cells(reader):
        if isinstance(cells, str):
            cure = "save the file as CSV with double quotes; what follows was not read"
            refused.append(RefusedRow(line, f"not readable as CSV ({cells})", cure, None, RowFlaw.NO_CSV))
            is_whole = False
            break
        if not any(cells):
            continue
        width = len(cells)
        named = {each: cells[at] if at < width else "" for each, at in places.items()}
        read = _Row(line, named, wanted.classes, words).read(zone)
        (rows if isinstance(read, ShopRow) else refused).append(read)  # type: ignore[arg-type]  # (4)
    sound, doubtful = _each_once(*_with_all_digits(rows))  # (5)
    return ShopFile(tuple(sound), tuple(sorted([*refused, *doubtful], key=lambda row: row.line)), notes, is_whole)


def is_storable(text: str) -> bool:
    """Whether UTF-8 and every database can hold a text: no NUL, no half of a surrogate pair."""
    return _NOT_STORABLE.search(text) is None


def is_spoiled(text: str) -> bool:
    """Whether a spreadsheet has turned a long number into a short one: `8.1E+17`."""
    return ("E" in text or "e" in text) and _SPOILED_NUMBER.fullmatch(text) is not None


# --- characters ---------------------------------------------------------------------------------------------------


def _decoded(body: bytes) -> tuple[str, tuple[str, ...]]:
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return body.decode("utf-16", "replace"), ()
    try:
        return body.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace"), (NOT_UTF8,)


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, cut at LF, CRLF and CR alone: a form feed or U+2028 inside a cell is no line's end."""
    start = 0
    for match in re.finditer(r"\r\n|\n|\r", text):
        yield text[start : match.end()]
        start = match.end()
    if start < len(text):
        yield text[start:]


# --- rows ---------------------------------------------------------------------------------------------------------


def _cells(reader: "csv.Reader") -> Iterator[tuple[int, list[str] | str]]:  # type: ignore[name-defined]
    """The rows with their line numbers; a text in place of a row that can't be read, after which nothing follows."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield reader.line_num, str(err)
            return
        yield reader.line_num, [cell.strip() for cell in row]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row's cells by their meaning."""

    line: int
    cells: Mapping[Field, str] = field(repr=False)
    classes: Mapping[str, str]
    statuses: Mapping[str, bool]

    def read(self, zone: str) -> ShopRow | RefusedRow:
        """The row, or what is wrong with it."""
        ref = self._ref()
        flaw = self._flaw()
        if flaw is not None:
            return self._refuse(ref, *flaw)
        counts = self._counts()
        if counts is None:
            word = self._cell(Field.STATUS)
            cure = "finish the order in the shop, or say --column 'status:WORD=valid' (or =canceled)"
            cause = f"the status '{word[:40]}' is neither valid, unpaid nor canceled"
            return self._refuse(ref, cause, cure, RowFlaw.STATUS, word[:40])
        nbf, exp = _instant(self._cell(Field.NBF), zone), _instant(self._cell(Field.EXP), zone)
        if isinstance(nbf, str) or isinstance(exp, str):
            cure = "say it as 2026-12-31T20:00, or in unix seconds"
            return self._refuse(ref, "a time that can't be read", cure, RowFlaw.TIME)
        return ShopRow(
            line=self.line,
            external_ref=ref,
            code=self._cell(Field.CODE),
            cls=self._class(),
            name=self._name(),
            order=self.cells.get(Field.ORDER),
            nbf=nbf,
            exp=exp,
            is_canceled=not counts,
            is_unpaid=counts and Field.STATUS in self.cells and folded(self.cells[Field.STATUS]) == UNPAID,
            email=self.cells.get(Field.EMAIL),
        )

    def _cell(self, of: Field) -> str:
        return self.cells.get(of, "")

    def _refuse(self, ref: str, cause: str, cure: str, flaw: RowFlaw, about: str = "") -> RefusedRow:
        return RefusedRow(self.line, cause, cure, ref or None, flaw, about)

    def _flaw(self) -> tuple[str, str, RowFlaw] | None:
        whole = "".join(self.cells.values())
        if len(whole) > MAX_CELL and any(len(cell) > MAX_CELL for cell in self.cells.values()):
            return "a cell is too long", f"at most {MAX_CELL} characters", RowFlaw.TOO_LONG
        if not is_storable(whole):
            return "a cell holds a character that no text has", "export the file again as text", RowFlaw.NO_TEXT
        for each in _NUMBERS:
            if is_spoiled(self.cells.get(each, "")):
                return f"its {each.value} lost its digits in a spreadsheet", AS_TEXT, RowFlaw.SPOILED
        return None

    def _ref(self) -> str:
        """The shop's own reference: its column, else order and position together. An order alone has many tickets."""
        order, position = self._cell(Field.ORDER), self._cell(Field.POSITION)
        return self._cell(Field.REF) or (f"{order}-{position}" if order and position else "")

    def _class(self) -> str:
        product, variation = self._cell(Field.CLASS), self._cell(Field.VARIATION)
        whole = f"{product} – {variation}" if variation else product
        if not self.classes:
            return whole
        known = (self.classes.get(folded(name)) for name in (whole, product))
        return next(filter(None, known), whole)

    def _name(self) -> str | None:
        if Field.NAME in self.cells:
            return self._cell(Field.NAME)
        if not self.cells.keys() & {Field.FIRST_NAME, Field.LAST_NAME}:
            return None
        return " ".join(filter(None, (self._cell(Field.FIRST_NAME), self._cell(Field.LAST_NAME))))

    def _counts(self) -> bool | None:
        """Whether the ticket counts; None for a word that nobody knows."""
        if Field.STATUS not in self.cells and Field.CANCELED not in self.cells:
            return True
        canceled = _YES_OR_NO.get(self._cell(Field.CANCELED).casefold())
        word = self._cell(Field.STATUS)
        counts = self.statuses.get(folded(word), folded(word) == UNPAID or None) if word else True
        return None if canceled is None or counts is None else counts and not canceled


def _instant(text: str, zone: str) -> int | str | None:
    """Unix seconds of a time; None where there is none, an empty text where it can't be read."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    try:
        at = datetime.fromisoformat(text)
        seconds = int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp())
    except (ValueError, OverflowError, OSError):
        return ""
    return seconds if 0 <= seconds < 1 << 32 else ""


# --- what the whole column shows ----------------------------------------------------------------------------------


def _with_all_digits(rows: Sequence[ShopRow]) -> tuple[list[ShopRow], list[RefusedRow]]:
    """The rows without those whose number is shorter than all the others': a spreadsheet drops leading zeros."""
    lengths = Counter(len(row.code) for row in rows if _is_number(row.code))
    usual = max(lengths, default=0)
    short = sum(count for length, count in lengths.items() if length < usual)
    if usual < _LEAST_DIGITS or not short or (short > 1 and short * _FEW > lengths.total()):
        return list(rows), []
    cause = f"its code has fewer than the {usual} digits of the others: it lost leading zeros in a spreadsheet"
    lost = [row for row in rows if _is_number(row.code) and len(row.code) < usual]
    lines = {row.line for row in lost}
    refused = [
        RefusedRow(row.line, cause, AS_TEXT, row.external_ref or None, RowFlaw.LOST_ZEROS, str(usual)) for row in lost
    ]
    return [row for row in rows if row.line not in lines], refused


def _is_number(code: str) -> bool:
    return code.isascii() and code.isdigit()


def _each_once(rows: Sequence[ShopRow], refused: Sequence[RefusedRow]) -> tuple[list[ShopRow], list[RefusedRow]]:
    """The rows without those whose reference was there before: nobody could say which of the two counts."""
    first: dict[str, int] = {}
    sound: list[ShopRow] = []
    twice: list[RefusedRow] = []
    for row in rows:
        line = first.setdefault(row.external_ref, row.line) if row.external_ref else row.line
        if line == row.line:
            sound.append(row)
        else:
            cause = f"its reference is in line {line} already"
            flaw, cure = RowFlaw.REFERENCE_TWICE, "remove one of the two rows"
            twice.append(RefusedRow(row.line, cause, cure, row.external_ref, flaw, str(line)))
    return sound, [*refused, *twice]

"""Reading a shop's file: its characters, its columns, its rows, and what a spreadsheet did to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.shop_files import STATUSES, RefusedRow, ShopFile, ShopRow, read_file
from core.sync.shop_columns import HEADERS, Columns, Field, Preset, Unfit, column_of


def read(text: str | bytes, columns: Columns | None = None, zone: str = "Europe/Berlin") -> ShopFile:
    file = read_file(text if isinstance(text, bytes) else text.encode(), columns or Columns(), zone=zone)
    assert isinstance(file, ShopFile), file
    return file


def rows(text: str | bytes, columns: Columns | None = None) -> list[ShopRow]:
    file = read(text, columns)
    assert file.refused == ()
    return list(file.rows)


def causes(text: str, columns: Columns | None = None) -> list[tuple[int, str]]:
    return [(row.line, row.cause) for row in read(text, columns).refused]


# --- characters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_spelling_of_a_file_reads_alike(encoding: str, delimiter: str, end: str) -> None:
    lines = [["code", "name"], ["0012345", "Zoë Ångström"], ["0067890", "Łucja"]]
    text = end.join(delimiter.join(line) for line in lines) + end
    assert [(row.code, row.name) for row in rows(text.encode(encoding))] == [tuple(line) for line in lines[1:]]


def test_a_windows_file_is_read_with_a_remark() -> None:
    file = read("code,name\n1,Jörg\n".encode("cp1252"))
    assert (file.rows[0].name, len(file.notes)) == ("Jörg", 1)
    assert "Windows-1252" in file.notes[0]


def test_a_line_break_inside_a_cell_is_no_new_row() -> None:
    (one, two) = rows('code,name\nA1234,"Ann\nLee"\nB1234,Ben\n')
    assert (one.name, one.line, two.line) == ("Ann\nLee", 3, 4)


def test_a_form_feed_ends_no_row() -> None:
    (one,) = rows("code,name\nA1234,Ann\x0c\u2028Lee\n")
    assert one.name == "Ann\x0c\u2028Lee"


@pytest.mark.parametrize("body", [b"", b"\n", b"\xff\xfe", b"a,b\n1,2\n", bytes(range(256)), b'"', b"code" * 300])
def test_a_file_that_is_no_list_says_what_to_do(body: bytes) -> None:
    file = read_file(body, Columns())
    assert isinstance(file, Unfit)
    assert file.cause
    assert file.cure


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"code,name,status\n{text}".encode()))
def test_any_file_has_an_answer(body: bytes) -> None:
    assert isinstance(read_file(body, Columns()), ShopFile | Unfit)


# --- columns ------------------------------------------------------------------------------------------------------


def test_headers_are_known_in_any_case_and_with_any_blanks() -> None:
    (row,) = rows("  CODE , External Ref,Class\nA1234,7,VIP\n")
    assert (row.code, row.external_ref, row.cls) == ("A1234", "7", "VIP")


PRETIX_CHECKIN = """Order code,Attendee name,Product,Price,Checked in,Checked out,Secret,E-mail,Company
ABC12,Ann Lee,Day ticket – Student,10.00,,,f00dfeedf00dfeedf00dfeedf00dfeed,ann@example.org,
"""
PRETIX_POSITIONS = """Event slug,Order code,Position ID,Status,Product,Variation,Attendee name,Ticket secret,Valid from
e,ABC12,1,paid,Day ticket,,Ann Lee,f00dfeedf00dfeedf00dfeedf00dfeed,2026-11-18T10:00
e,ABC12,2,canceled,Day ticket,Student,Ben,beefbeefbeefbeefbeefbeefbeefbeef,
"""
EVENTBRITE = """Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee #,Barcode #,Attendee Status
1121191,11/29/24 22:28,John,Doe,j@example.org,1,General Admission,18441583423,112119118441583423001,Attending
1121192,11/29/24 22:28,Jane,Doe,j@example.org,1,VIP,18441583424,112119218441583424001,Not Attending
"""


def test_a_check_in_list_of_pretix_is_read() -> None:
    (row,) = rows(PRETIX_CHECKIN, Columns(Preset.PRETIX))
    assert (row.code, row.name, row.order) == ("f00dfeedf00dfeedf00dfeedf00dfeed", "Ann Lee", "ABC12")
    assert (row.external_ref, row.cls) == ("", "Day ticket – Student"), "an order alone has many tickets"


def test_order_data_of_pretix_are_read() -> None:
    one, two = rows(PRETIX_POSITIONS, Columns(Preset.PRETIX))
    assert [(row.external_ref, row.cls, row.is_canceled) for row in (one, two)] == [
        ("ABC12-1", "Day ticket", False),
        ("ABC12-2", "Day ticket – Student", True),
    ]
    assert (one.nbf, two.nbf) == (1_794_992_400, None), "in the event's own zone"


def test_attendees_of_eventbrite_are_read() -> None:
    one, two = rows(EVENTBRITE, Columns(Preset.EVENTBRITE))
    assert (one.external_ref, one.code, one.name, one.order) == (
        "18441583423",
        "112119118441583423001",
        "John Doe",
        "1121191",
    )
    assert [row.is_canceled for row in (one, two)] == [False, True]


def test_a_person_says_which_column_is_what() -> None:
    columns = column_of("code=Scan me", Columns())
    assert isinstance(columns, Columns)
    columns = column_of("class:Early bird = cheap=Standard", columns)
    assert isinstance(columns, Columns)
    columns = column_of("status:angezahlt=valid", columns)
    assert isinstance(columns, Columns)
    (row,) = rows("SCAN ME,Class,Status\nA1234,early bird = cheap,Angezahlt\n", columns)
    assert (row.code, row.cls, row.is_canceled) == ("A1234", "Standard", False)


@pytest.mark.parametrize("text", ["", "code", "code=", "color=Red", "class:=Standard", "class:X=", "status:x=maybe"])
def test_a_mapping_that_names_nothing_is_refused(text: str) -> None:
    found = column_of(text, Columns())
    assert isinstance(found, Unfit)
    assert "external_ref" in found.cure


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    file = read_file(b"a,b\n1,2\n", Columns(columns={Field.CODE: "c"}))
    assert isinstance(file, Unfit)
    assert (file.cause, file.cure) == ("there is no column 'c'", "the file has a, b")


@pytest.mark.parametrize("preset", list(Preset))
def test_every_preset_can_name_a_ticket(preset: Preset) -> None:
    assert HEADERS[preset].keys() >= {Field.CODE, Field.CLASS, Field.STATUS}


# --- rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["8.1E+17", "1,23E+08", "4E12", "8.1e+17"])
def test_a_number_that_lost_its_digits_is_refused_with_the_cure(code: str) -> None:  # G26
    file = read(f'code,name\n"{code}",Ann\n00123456,Ben\n')
    assert [(row.line, row.cause, row.cure) for row in file.refused] == [
        (2, "its code lost its digits in a spreadsheet", "format the column as text and export again")
    ]
    assert len(file.rows) == 1


def test_a_reference_that_lost_its_digits_is_refused() -> None:
    assert causes("code,external_ref\nA1234,8.1E+17\n") == [(2, "its external_ref lost its digits in a spreadsheet")]


def test_leading_zeros_and_long_digits_survive() -> None:  # G26
    codes = ["00000001", "00123456", "99999999"]
    assert [row.code for row in rows("code\n" + "\n".join(codes) + "\n")] == codes
    assert rows("code\n123456789012345678901234\n")[0].code == "123456789012345678901234"


def test_a_number_that_lost_its_zeros_is_refused_by_its_line() -> None:  # G26
    text = "code,external_ref\n00123456,A\n12345678,B\n123457,C\n00000099,D\n00000098,E\n"
    file = read(text)
    (lost,) = file.refused
    assert (lost.line, lost.external_ref) == (4, "C")
    assert "8 digits" in lost.cause
    assert "text" in lost.cure
    assert [row.external_ref for row in file.rows] == ["A", "B", "D", "E"]


@pytest.mark.parametrize(
    "codes",
    [["1", "22", "333"], ["99999", "100000", "7", "88"], ["A1", "B22", "C333"], ["12345", "123456", "1234", "123"]],
)
def test_numbers_that_differ_by_nature_are_taken(codes: list[str]) -> None:
    assert [row.code for row in rows("code\n" + "\n".join(codes) + "\n")] == codes


@pytest.mark.parametrize("word", [*STATUSES, "", "PAID", " Checked In "])
def test_every_known_state_is_read(word: str) -> None:
    (row,) = rows(f"code,status\nA1234,{word}\n")
    assert row.is_canceled != STATUSES.get(word.strip().lower(), True)


def test_an_unknown_state_refuses_its_row() -> None:
    (row,) = read("code,status\nA1234,pending\n").refused
    assert "'pending'" in row.cause
    assert "status:" in row.cure


@pytest.mark.parametrize(("word", "is_canceled"), [("Yes", True), ("no", False), ("", False)])
def test_a_column_of_cancels_is_read(word: str, is_canceled: bool) -> None:
    (row,) = rows(f"code,canceled\nA1234,{word}\n")
    assert row.is_canceled is is_canceled


@pytest.mark.parametrize(
    ("text", "at"),
    [("1795003600", 1_795_003_600), ("2026-11-18T10:00", 1_794_992_400), ("2026-11-18T10:00+00:00", 1_794_996_000)],
)
def test_times_are_the_events_own(text: str, at: int) -> None:
    (row,) = rows(f"code,nbf\nA1234,{text}\n")
    assert row.nbf == at


@pytest.mark.parametrize("text", ["soon", "31.12.2026", "1900-01-01", "9999-01-01", "99999999999"])
def test_a_time_that_can_not_be_read_refuses_its_row(text: str) -> None:
    assert causes(f"code,nbf\nA1234,{text}\n") == [(2, "a time that can't be read")]


def test_a_reference_that_comes_twice_is_refused_with_both_lines() -> None:
    assert causes("code,external_ref\nA1,7\nB1,8\nC1,7\n") == [(4, "its reference is in line 2 already")]


def test_blank_rows_are_nothing_and_short_rows_are_read() -> None:
    assert [(row.code, row.name) for row in rows("code,name\n\n,,\nA1234\n")] == [("A1234", "")]


def test_what_is_missing_is_told_from_what_is_blank() -> None:
    assert (rows("code\nA1234\n")[0].name, rows("code,name\nA1234,\n")[0].name) == (None, "")


def test_a_row_out_of_bounds_is_refused() -> None:
    assert causes(f"code\n{'x' * 513}\nA\x00B\n") == [
        (2, "a cell is too long"),
        (3, "a cell holds a character that no text has"),
    ]


def test_a_quote_that_never_ends_says_that_the_rest_was_not_read() -> None:
    file = read('code,name\nA1234,Ann\nB1234,"Ben\nC1234,Cleo\n')
    assert ([row.code for row in file.rows], file.is_whole) == (["A1234"], False)
    assert "was not read" in file.refused[0].cure


def test_neither_codes_nor_names_are_in_a_refusal() -> None:
    file = read("code,name,status\nSECRETCODE,Ann Secret,soon\n")
    assert isinstance(file.refused[0], RefusedRow)
    assert "SECRET" not in repr(file).upper().replace("SECRETS", "")


def test_a_programs_bytes_never_reach_the_terminal() -> None:
    file = read_file(b"\x7fELF\x02\x1b[2J\x1b]0;x\x07,\x00\x08b\n1,2\n", Columns())
    assert isinstance(file, Unfit)
    assert (file.cause + file.cure).isprintable()

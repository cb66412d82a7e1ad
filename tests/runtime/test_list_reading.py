"""A shop's list on a disk: read within bounds, sent part by part, and noticed when it changes meanwhile."""

import hashlib
import os
from pathlib import Path

import pytest

from app.runtime import list_reading
from app.runtime.list_reading import MOST_WORDS, ListFlaw, ShopList, read_list, read_part

HEADER = "Ticket No;Class;Name\n"


def written(folder: Path, body: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def taken(path: Path) -> ShopList:
    found = read_list(path)
    assert isinstance(found, ShopList), found
    return found


def test_a_list_tells_its_columns_its_rows_and_the_words_of_its_classes(tmp_path: Path) -> None:
    rows = "".join(f"T-{n};{'VIP' if n % 3 else 'Early bird'};Guest {n}\n" for n in range(300))
    body = (HEADER + rows + "\n\n").encode()
    found = taken(written(tmp_path, body))
    assert (found.header, found.delimiter, found.encoding) == (("Ticket No", "Class", "Name"), ";", "utf-8-sig")
    assert (found.rows, found.is_looked_through) == (300, True)
    assert found.words == {1: ("VIP", "Early bird")}, "300 names are no classes"
    assert (found.parcel.size, found.parcel.sha256) == (len(body), hashlib.sha256(body).digest())
    assert len([n for n in range(300) if n % 3 == 0]) > MOST_WORDS


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_letters_are_read_as_the_server_reads_them(tmp_path: Path, encoding: str, expected: str) -> None:
    body = (HEADER + "T-1;Ermäßigt;Jörg\n").encode(encoding)
    found = taken(written(tmp_path, body))
    assert (found.encoding, found.words[1], found.header[0]) == (expected, ("Ermäßigt",), "Ticket No")


def test_parts_make_the_file_again(tmp_path: Path) -> None:
    body = os.urandom(300_000)
    found = taken(written(tmp_path, body))
    parts = [read_part(found, number) for number in range(found.parcel.parts)]
    assert b"".join(part for part in parts if isinstance(part, bytes)) == body
    assert read_part(found, found.parcel.parts) is ListFlaw.CHANGED


@pytest.mark.parametrize("how", ["longer", "other", "gone"])
def test_a_file_that_changes_while_it_is_sent_is_noticed(tmp_path: Path, how: str) -> None:
    path = written(tmp_path, HEADER.encode() * 20_000)
    found = taken(path)
    assert isinstance(read_part(found, 0), bytes)
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(HEADER.encode() * (20_001 if how == "longer" else 20_000))
        os.utime(path, ns=(1, found.changed_ns + 1_000_000))
    assert read_part(found, 1) is (ListFlaw.OUT_OF_REACH if how == "gone" else ListFlaw.CHANGED)


def test_what_is_no_list_has_its_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_list(tmp_path / "nothing.csv") is ListFlaw.OUT_OF_REACH
    assert read_list(tmp_path / "a\0b") is ListFlaw.OUT_OF_REACH
    assert read_list(tmp_path) in {ListFlaw.NO_FILE, ListFlaw.OUT_OF_REACH}
    assert read_list(written(tmp_path, b"")) is ListFlaw.EMPTY
    assert read_list(written(tmp_path, ",".join("c" * 300).encode())) is ListFlaw.TOO_MANY_COLUMNS
    assert read_list(written(tmp_path, HEADER.encode()), lambda: True) is ListFlaw.STOPPED
    monkeypatch.setattr(list_reading, "MAX_FILE_BYTES", 10)
    assert read_list(written(tmp_path, HEADER.encode())) is ListFlaw.TOO_LARGE
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert read_list(tmp_path / "pipe") is ListFlaw.NO_FILE, "nobody waits for who never writes"


def test_a_cell_without_an_end_ends_the_look_and_nothing_else(tmp_path: Path) -> None:
    """The server says which line it is."""
    found = taken(written(tmp_path, (HEADER + 'T-1;VIP;"' + "x" * 200_000).encode()))
    assert found.rows == 0
    assert found.parcel.size > 200_000


def test_a_long_list_is_looked_through_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_reading, "MOST_LOOKED_ROWS", 10)
    found = taken(written(tmp_path, (HEADER + "T;VIP;A\n" * 11).encode()))
    assert (found.rows, found.is_looked_through) == (10, False)

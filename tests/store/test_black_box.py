"""The second copy of the journal's rows: appended durable, read whatever happened to it."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store import black_box
from app.store.black_box import MARKER, MOST_RECORD_BYTES, BlackBox, read_box, read_frames, write_box

RECORDS = [f'{{"seq":{number},"text":"{"x" * number}"}}'.encode() for number in range(1, 6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.box"


def fill(path: Path, records: list[bytes]) -> bytes:
    with closing(BlackBox(path)) as box:
        for record in records:
            box.append(record)
    return path.read_bytes()


def test_what_was_appended_is_read_in_order(path: Path) -> None:
    fill(path, RECORDS[:3])
    fill(path, RECORDS[3:])
    reading = read_box(path)
    assert reading.records == tuple(RECORDS)
    assert (reading.end, reading.torn, reading.gaps) == (path.stat().st_size, 0, 0)
    assert path.stat().st_mode & 0o077 == 0


def test_no_box_is_an_empty_one(path: Path) -> None:
    assert read_box(path).records == ()


def test_a_record_is_on_the_disk_when_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real: Callable[[int], None] = black_box._sync

    def sync(handle: int) -> None:
        real(handle)
        synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr(black_box, "_sync", sync)
    size = len(fill(path, RECORDS[:2]))
    assert (len(synced), synced[-1]) == (2, size)


@given(st.data())
def test_a_torn_tail_costs_no_whole_record(data: st.DataObject) -> None:
    frames = _frames(RECORDS)
    cut = data.draw(st.integers(0, len(frames)))
    reading = read_frames(frames[:cut])
    assert reading.records == tuple(RECORDS[: len(reading.records)])
    assert (reading.gaps, reading.end + reading.torn) == (0, cut)


def test_the_next_record_cuts_a_torn_tail_away(path: Path) -> None:
    whole = fill(path, RECORDS[:2])
    path.write_bytes(whole + _frames(RECORDS[2:3])[:-2])
    fill(path, RECORDS[3:4])
    assert read_box(path).records == (*RECORDS[:2], RECORDS[3])
    assert read_box(path).torn == 0


def test_a_damaged_record_costs_itself_alone(path: Path) -> None:
    data = bytearray(fill(path, RECORDS))
    data[data.index(b'"seq":3')] ^= 0x40
    path.write_bytes(bytes(data))
    reading = read_box(path)
    assert reading.records == (*RECORDS[:2], *RECORDS[3:])
    assert reading.gaps == 1


@given(st.integers(0, 400), st.binary(max_size=40))
def test_any_bytes_are_read_without_trust(at: int, noise: bytes) -> None:
    frames = _frames(RECORDS)
    spoiled = frames[:at] + noise + frames[at + len(noise) :]
    assert set(read_frames(spoiled).records) <= set(RECORDS)


def test_a_length_beyond_any_record_is_noise(path: Path) -> None:
    huge = MARKER + (MOST_RECORD_BYTES + 1).to_bytes(4) + bytes(4) + bytes(MOST_RECORD_BYTES + 1)
    assert read_frames(huge + _frames(RECORDS[:1])).records == (RECORDS[0],)


def test_two_programs_append_by_turns(path: Path) -> None:
    with closing(BlackBox(path)) as one, closing(BlackBox(path)) as other:
        for number, record in enumerate(RECORDS):
            (one, other)[number % 2].append(record)
    assert read_box(path).records == tuple(RECORDS)


def test_a_box_that_was_written_anew_is_found_by_who_has_it_open(path: Path) -> None:
    with closing(BlackBox(path)) as box:
        box.append(RECORDS[0])
        write_box(path, iter(RECORDS[1:3]))
        box.append(RECORDS[3])
    assert read_box(path).records == tuple(RECORDS[1:4])


class Full:
    """A file on a disk that takes `room` bytes more."""

    def __init__(self, file: object, room: int) -> None:
        self._file = file
        self._room = room

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, data: memoryview) -> int:
        if self._room == 0:
            raise OSError(28, "No space left on device")
        taken = data[: self._room]
        self._room -= len(taken)
        return self._file.write(taken)  # type: ignore[attr-defined]


def test_a_full_disk_leaves_what_was_there(path: Path) -> None:  # G5
    fill(path, RECORDS[:2])
    with closing(BlackBox(path)) as box:
        box.append(RECORDS[2])
        real = box._file
        box._file = Full(real, 7)  # type: ignore[assignment]
        with pytest.raises(OSError, match="No space"):
            box.append(RECORDS[3])
        box._file = real
        assert read_box(path).records == tuple(RECORDS[:3])
        assert read_box(path).torn == 0
        box.append(RECORDS[4])
    assert read_box(path).records == (*RECORDS[:3], RECORDS[4])


def _frames(records: list[bytes]) -> bytes:
    return b"".join(_each(records))


def _each(records: list[bytes]) -> Iterator[bytes]:
    for record in records:
        yield black_box._HEAD.pack(MARKER, len(record), black_box.zlib.crc32(record)) + record

"""A hundred thousand and a million old codes on a kiosk: what they weigh, and what one look-up costs (G10).

Bytes and comparisons are bounded here; seconds are measured by `packaging/bench/lists.py`, over the real download.
"""

import math
import tracemalloc
from collections.abc import Callable

import pytest

from core.model.ids import ClassId, CodeDigest, TicketHandle
from core.ticket.lists import Listed
from core.ticket.segments import MOST_BYTES, Flawed, Kind, ListsOfSegments, Records, legacy_record, records_from

MANY = (100_000, 1_000_000)
FEW = 20_000
SPARE_BYTES = 64 * 1024
"""What a load may take beside the list itself, however long that is."""
STRIDE = 7_919 << 100
"""Between the digests of two codes: spread over their whole range, like those of real codes."""


def digest(number: int) -> CodeDigest:
    return CodeDigest((number * STRIDE % (1 << 128)).to_bytes(16))


def ticket(number: int) -> Listed:
    return Listed(TicketHandle(number.to_bytes(8)), 0, ClassId(1 + number % 9), 0, 0xFFFFFFFF)


@pytest.fixture(scope="module", params=MANY)
def body(request: pytest.FixtureRequest) -> bytes:
    """A list as it lies in its file."""
    return b"".join(sorted(legacy_record(digest(number), ticket(number)) for number in range(request.param)))


def grown_by(work: Callable[[], object]) -> int:
    """The most that was in memory at once, in bytes, beyond what was there before."""
    tracemalloc.start()
    try:
        kept = work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept is not None
    return peak


def loaded(body: bytes) -> Records:
    records = records_from(Kind.LEGACY, body)
    assert not isinstance(records, Flawed)
    return records


class Counted(bytes):
    """Counts how often something is read of it."""

    reads = 0

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        self.reads += 1
        return super().__getitem__(key)


def reads_for(body: bytes, look: Callable[[Records], object]) -> int:
    """How many reads of the list a look takes."""
    counted = Counted(body)
    look(Records(Kind.LEGACY, counted))
    return counted.reads


def reads_to_find(body: bytes, key: bytes) -> int:
    return reads_for(body, lambda records: records.find(key))


def test_a_list_in_memory_is_its_file_and_nothing_beside_it(body: bytes) -> None:
    records = loaded(body)
    assert records.body is body, "not even a copy"
    assert len(body) == records.count * Kind.LEGACY.width <= MOST_BYTES


def test_a_load_takes_no_more_for_a_longer_list(body: bytes) -> None:
    few = body[: FEW * Kind.LEGACY.width]
    assert grown_by(lambda: loaded(few)) < SPARE_BYTES
    table = grown_by(lambda: {record[:16]: record for record in loaded(few)})
    assert table > len(few) + SPARE_BYTES, "a table of objects would be seen"


def test_a_look_up_reads_as_often_as_the_list_can_be_halved(body: bytes) -> None:
    records = loaded(body)
    most = math.ceil(math.log2(records.count)) + 2
    lists = ListsOfSegments(legacy=records)
    for number in (0, 1, records.count // 2, records.count - 2, records.count - 1):
        assert lists.listed(digest(number)) == ticket(number)
        assert reads_to_find(body, digest(number)) <= most
    stranger = CodeDigest(b"\x00" * 15 + b"\x01")
    assert lists.listed(stranger) is None
    assert reads_to_find(body, stranger) <= most


def test_control_a_list_that_is_walked_would_be_seen(body: bytes) -> None:
    few = body[: FEW * Kind.LEGACY.width]
    last = few[-Kind.LEGACY.width :][:16]
    assert reads_for(few, lambda each: next(record for record in each if record[:16] == last)) == FEW

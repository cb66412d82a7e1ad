"""What a chain says of a set of rows: which belong, and where some are missing."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.journal.chain import Break, Link, breaks, chosen
from core.journal.scan import NO_PREDECESSOR
from core.model.ids import DeviceId, EventId

JOURNAL = (EventId(UUID(int=1)), DeviceId(UUID(int=2)), 1)


def mark(seq: int, version: int = 0) -> bytes:
    return bytes([seq, version]) * 16


def link(seq: int, version: int = 0, before: int = 0, journal=JOURNAL) -> Link[str]:
    """Row `seq`, which follows on version `before` of the one in front."""
    previous = mark(seq - 1, before) if seq > 1 else NO_PREDECESSOR
    return Link(journal, seq, mark(seq, version), previous, f"{seq}.{version}")


def rows(links: list[Link[str]]) -> list[str]:
    return [each.row for each in links]


def test_a_whole_chain_has_no_break() -> None:
    links = chosen([link(3), link(1), link(2)])
    assert rows(links) == ["1.0", "2.0", "3.0"]
    assert breaks(links) == []


def test_of_two_rows_at_a_place_the_one_that_the_next_names_belongs() -> None:
    orphan, true = link(2, 7), link(2)
    assert rows(chosen([link(1), orphan, true, link(3)])) == ["1.0", "2.0", "3.0"]
    assert rows(chosen([link(1), true, orphan])) == ["1.0", "2.0"], "at the end the first one given"


def test_missing_rows_and_altered_ones_are_breaks() -> None:
    found = breaks(chosen([link(1), link(2), link(5), link(6, before=3)]))
    assert found == [Break(JOURNAL, 5, 2), Break(JOURNAL, 6, 0)]
    assert breaks([link(3)]) == [Break(JOURNAL, 3, 2)]


def test_each_journal_has_a_chain_of_its_own() -> None:
    other = (*JOURNAL[:2], 2)
    assert breaks(chosen([link(1, journal=other), link(2), link(1), link(2, journal=other)])) == []


@given(st.sets(st.integers(1, 20), min_size=1), st.permutations(list(range(1, 21))))
def test_as_many_are_missing_as_were_lost_before_the_last(kept: set[int], order: list[int]) -> None:
    found = breaks(chosen([link(seq) for seq in order if seq in kept]))
    assert sum(each.missing for each in found) == max(kept) - len(kept)

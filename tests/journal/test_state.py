"""The legs of a fact's journey."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.journal.state import AFTER, NEXT, Arrival, Leg


def test_the_tables_have_a_row_for_every_member() -> None:
    assert set(NEXT) == set(Leg)
    assert set(AFTER) == set(Arrival)


def test_a_settled_fact_moves_only_to_be_sent_again() -> None:  # G23
    assert NEXT[Leg.CLOSED] == NEXT[Leg.QUARANTINED] == {Leg.QUEUED}


def test_each_arrival_leads_where_a_queued_fact_may_go() -> None:
    assert AFTER == {
        Arrival.APPLIED: Leg.CLOSED,
        Arrival.REPLAYED: Leg.CLOSED,
        Arrival.QUARANTINED: Leg.QUARANTINED,
        Arrival.LATER: Leg.QUEUED,
    }
    assert set(AFTER.values()) <= NEXT[Leg.QUEUED]


@given(st.lists(st.sampled_from(list(Arrival)), min_size=1))
def test_a_fact_is_queued_until_the_server_settled_it(arrivals: list[Arrival]) -> None:  # I9
    legs = [Leg.QUEUED]
    for arrival in arrivals:
        if legs[-1] is Leg.QUEUED:
            legs.append(AFTER[arrival])
    assert all(after in NEXT[before] for before, after in pairwise(legs))
    assert (legs[-1] is Leg.QUEUED) is all(arrival is Arrival.LATER for arrival in arrivals)

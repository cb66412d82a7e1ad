"""Each test is run once, and no worker meets a long one at its end."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.order import in_shares


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 4))
def test_every_item_is_in_one_share_and_the_long_ones_begin(are_long: list[bool], workers: int) -> None:
    found = in_shares(range(len(are_long)), lambda item: are_long[item], workers)
    assert sorted(found) == list(range(len(are_long)))
    size = -(-len(found) // workers) or 1
    if sum(are_long) <= len(found) // (2 * workers):
        for start in range(0, len(found), size):
            share = [are_long[item] for item in found[start : start + size]]
            assert share == sorted(share, reverse=True)

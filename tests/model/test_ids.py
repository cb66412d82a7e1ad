"""UUIDv7 as RFC 9562 draws it."""

from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import uuid7

MOMENTS = st.integers(0, 2**48 - 1)
RANDOM = st.binary(min_size=10, max_size=10)


def test_the_example_of_the_rfc_comes_out() -> None:
    # RFC 9562, appendix A.6: rand_a = CC3, rand_b = 18C4DC0C0C07398F
    tail = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10)
    assert str(uuid7(0x017F22E279B0, tail)) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(MOMENTS, RANDOM)
def test_version_and_variant_are_set_and_the_moment_can_be_read_back(at_ms: int, random: bytes) -> None:
    made = uuid7(at_ms, random)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == at_ms


@given(st.tuples(MOMENTS, RANDOM), st.tuples(MOMENTS, RANDOM))
def test_ids_sort_by_their_moment(one: tuple[int, bytes], other: tuple[int, bytes]) -> None:
    if one[0] < other[0]:
        assert uuid7(*one) < uuid7(*other)


def test_each_random_bit_that_has_a_place_counts() -> None:
    ids = {uuid7(0, bytes(10)), *(uuid7(0, (1 << bit).to_bytes(10)) for bit in range(74))}
    assert len(ids) == 75


@pytest.mark.parametrize("length", [0, 9, 11])
def test_another_amount_of_randomness_is_a_mistake(length: int) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        uuid7(0, bytes(length))

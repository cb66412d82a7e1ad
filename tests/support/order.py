"""In which order tests are run: as they come, but for the longest, which begin."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

LONGEST = {
    "test_contract.py",
    "test_defects.py",
    "test_demo.py",
    "test_ledger_machine.py",
    "test_power.py",
    "test_power_cuts.py",
    "test_simulation.py",
}
"""The modules with single tests of several seconds: they come first, so that no worker is left alone with one at the
end."""


def in_shares(items: Sequence[T], is_long: Callable[[T], bool], workers: int) -> list[T]:
    """The items in as many shares as there are workers, the long ones in front, the order otherwise as it was."""
    long, short = [item for item in items if is_long(item)], [item for item in items if not is_long(item)]
    size = -(-len(items) // workers) or 1
    shares = []
    for number in range(workers):
        own = long[number::workers]
        left = max(0, min(size, len(items) - number * size) - len(own))
        shares += own + short[:left]
        short = short[left:]
    return shares + short

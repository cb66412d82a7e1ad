"""What a door does before it lets a guest go on: look at an ID, hand out a wristband, open the ramp.

Owns the kinds and the items. An event names its items once, by number; a class of tickets and a single ticket name the
numbers that concern them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_ITEMS = 16
"""Numbered from 1: a ticket's own fit into two octets of a list."""


class AttentionKind(StrEnum):
    """What an item is about. The organizer's text says what to do."""

    AGE = "age"
    WRISTBAND = "wristband"
    ACCESS = "access"
    VIP = "vip"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One thing to do: its number in the event (1 to `MOST_ITEMS`), and what staff read."""

    number: int
    kind: AttentionKind
    text: str


def items_of(numbers: Collection[int], of: Mapping[int, AttentionItem]) -> tuple[AttentionItem, ...]:
    """The items with these numbers, in order; a number that the event does not name says nothing."""
    return tuple(of[number] for number in sorted(numbers) if number in of)


def to_bits(numbers: Collection[int]) -> int:
    """Two octets: the lowest bit is number 1. Raises ValueError for a number that is none."""
    if any(not 1 <= number <= MOST_ITEMS for number in numbers):
        raise ValueError(f"an attention item has a number from 1 to {MOST_ITEMS}")
    return sum(1 << number - 1 for number in set(numbers))


def from_bits(bits: int) -> frozenset[int]:
    """The inverse of `to_bits`; higher bits say nothing."""
    return frozenset(number for number in range(1, MOST_ITEMS + 1) if bits >> number - 1 & 1)

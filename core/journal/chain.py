"""The chain that runs through a device's journal: each row carries the fingerprint of the one before.

Owns what it says of a set of rows: where it is broken, and which of several rows at one place belongs there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.journal.scan import NO_PREDECESSOR
from core.model.ids import DeviceId, EventId

Journal = tuple[EventId, DeviceId, int]
"""Whose rows these are: event, device, incarnation."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link(Generic[T]):
    """One row in its chain: its place, its own fingerprint, its predecessor's, and whatever it is worth keeping for."""

    journal: Journal
    seq: int
    fingerprint: bytes
    previous: bytes
    row: T


@dataclass(frozen=True, slots=True)
class Break:
    """A place whose row does not follow on the one before, and how many places are missing in front of it."""

    journal: Journal
    seq: int
    missing: int


def chosen(candidates: Iterable[Link[T]]) -> list[Link[T]]:
    """One row for each place, in the order of the chains.

    Of several, the one that the next row names as its predecessor; where none does, the first that was given.
    """
    places: dict[Journal, dict[int, list[Link[T]]]] = {}
    for link in candidates:
        places.setdefault(link.journal, {}).setdefault(link.seq, []).append(link)
    return [link for journal in sorted(places, key=_order) for link in _chosen_of(places[journal])]


def _chosen_of(places: Mapping[int, Sequence[Link[T]]]) -> list[Link[T]]:
    kept: list[Link[T]] = []
    for seq in sorted(places, reverse=True):
        wanted = kept[-1].previous if kept and kept[-1].seq == seq + 1 else None
        kept.append(next((link for link in places[seq] if link.fingerprint == wanted), places[seq][0]))
    return kept[::-1]


def breaks(links: Iterable[Link[T]]) -> list[Break]:
    """Where chains are broken; `links` as `chosen` orders them."""
    found: list[Break] = []
    before: Link[T] | None = None
    for link in links:
        is_first = before is None or before.journal != link.journal
        seq, head = (0, NO_PREDECESSOR) if is_first or before is None else (before.seq, before.fingerprint)
        if link.seq != seq + 1 or link.previous != head:
            found.append(Break(link.journal, link.seq, link.seq - seq - 1))
        before = link
    return found


def _order(journal: Journal) -> tuple[bytes, bytes, int]:
    event, device, incarnation = journal
    return (event.bytes, device.bytes, incarnation)

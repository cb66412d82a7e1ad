"""What staff type from a ticket whose code can't be read any more: its number in groups of four, or a whole code.

Owns the forgiving reading: spaces, case and look-alikes, as far as the alphabet leaves no doubt, and which group to
look at again. A ticket's number (`tid`) is printed as 16 hex digits; it has no check digit, so a slip that makes
another number is known only by the tickets that there are (`group_that_differs`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.model.ids import TID_BYTES, TicketHandle
from core.ticket.wire import PREFIX

GROUP = 4
DIGITS = 2 * TID_BYTES
GROUPS = DIGITS // GROUP
MOST_TYPED = 300
"""Characters that are read: a whole Ed25519 code with its spaces, and some more."""
_HEX, _BASE32 = frozenset("0123456789ABCDEF"), frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_AS_HEX = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "|": "1", "Z": "2", "S": "5", "G": "6"})
"""Hex has none of the letters on the left, so that only the digits can be meant."""
_AS_BASE32 = str.maketrans({"0": "O", "1": "I", "8": "B"})
"""Base32 has none of the digits on the left."""
_BETWEEN = re.compile(r"[\s\-_.,·–—]+")
_T1 = re.compile(r"T[1IL][:;Ö]", re.IGNORECASE)
_WHOLE = (64, 141)
"""Characters behind the prefix of a whole code (`core.ticket.wire`)."""


@dataclass(frozen=True, slots=True)
class Number:
    """A ticket's number, whole."""

    tid: TicketHandle


@dataclass(frozen=True, slots=True)
class WholeCode:
    """A code to be presented as it is."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """So many characters are missing."""

    missing: int


@dataclass(frozen=True, slots=True)
class WrongGroups:
    """These groups, counted from 1, hold a character that no code has."""

    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TooLong:
    """More than a code has."""


Typed = Number | WholeCode | Unfinished | WrongGroups | TooLong


def read_typed(typed: str, *, has_old_codes: bool = False) -> Typed:
    """What was typed, as far as it goes.

    1. behind `T1:` a whole code, which nobody types but who has nothing else
    2. a ticket's number
    3. in an event with codes of another shop: what is no number is such a code, to the letter
    """
    typed = typed[:MOST_TYPED].strip()
    if _T1.match(typed):
        return _read_whole(typed[len(PREFIX) :])  # (1)
    folded = _folded(typed).translate(_AS_HEX)
    wrong = _groups_with(folded, _HEX)
    if has_old_codes and typed and (wrong or len(folded) != DIGITS):
        return WholeCode(typed)  # (3)
    if wrong:
        return WrongGroups(wrong)
    if len(folded) > DIGITS:
        return TooLong()
    return Number(TicketHandle(bytes.fromhex(folded))) if len(folded) == DIGITS else Unfinished(DIGITS - len(folded))


def grouped(typed: str) -> tuple[str, ...]:
    """The same in groups of four, as they stand on a ticket; a whole code's prefix is a group by itself."""
    typed = typed[:MOST_TYPED].strip()
    if _T1.match(typed):
        return (PREFIX, *_groups(_folded(typed[len(PREFIX) :]).translate(_AS_BASE32)))
    return _groups(_folded(typed).translate(_AS_HEX))


def group_that_differs(tid: TicketHandle, others: Iterable[TicketHandle]) -> int | None:
    """The group, counted from 1, in which alone one of the others differs; None where none does, or several do.

    Two tickets of a million differ in one group only once in four thousand events.
    """
    mine, found = int.from_bytes(tid), set[int]()
    for other in others:
        difference = mine ^ int.from_bytes(other)
        places = [place for place in range(GROUPS) if difference >> 16 * (GROUPS - 1 - place) & 0xFFFF]
        if len(places) == 1:
            found.add(places[0] + 1)
    return found.pop() if len(found) == 1 else None


def _read_whole(body: str) -> Typed:
    folded = _folded(body).translate(_AS_BASE32)
    wrong = _groups_with(folded, _BASE32)
    if wrong:
        return WrongGroups(wrong)
    if len(folded) in _WHOLE:
        return WholeCode(PREFIX + folded)
    if len(folded) > max(_WHOLE):
        return TooLong()
    return Unfinished(next(whole for whole in _WHOLE if whole > len(folded)) - len(folded))


def _folded(typed: str) -> str:
    return _BETWEEN.sub("", typed).upper()


def _groups(folded: str) -> tuple[str, ...]:
    return tuple(folded[at : at + GROUP] for at in range(0, len(folded), GROUP))


def _groups_with(folded: str, alphabet: frozenset[str]) -> tuple[int, ...]:
    """The groups with a character beyond an alphabet."""
    return tuple(place for place, group in enumerate(_groups(folded), 1) if not set(group) <= alphabet)

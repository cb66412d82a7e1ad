"""The guest list in memory as it is searched: by name, order or reference, with typos forgiven.

Holds the list's own JSON, one folded line per guest and the distinct words of all names, and reads a row only when it
is found: no million objects. Everything is done in pieces, so that whoever shares the interpreter has its turn between
two of them. What is searched for, and who comes first, is `core.people.search`.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from zlib import crc32

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.model.ids import TID_BYTES, TicketHandle
from core.people.folding import MOST_LETTERS, fold_code, fold_words
from core.sync.attendees import Attendee, person_on

MOST_SIBLINGS = 60
"""Of one order that are shown: a school class with its teachers."""
PIECE_ROWS = 2_000
"""Rows read between two turns of others: some milliseconds."""
_PIECE_BYTES = 2 * 1024 * 1024
_PIECE_WORDS = 10_000
_MOST_ALTERNATIVES = 40
"""Words that a mistyped one may stand for."""
_CHAINS = 1 << 16
_MOST_KNOWN = 100_000
"""Parts of names whose folding is remembered while a list is read."""


def never() -> bool:
    """For a search that nobody takes back."""
    return False


class Chains:
    """Which guests have a code (an order, a reference): a chain for each of 65,536 hashes, four bytes a guest."""

    def __init__(self) -> None:
        self._heads = array("I", bytes(4 * _CHAINS))
        self._before = array("I")

    def add(self, code: str) -> None:
        """The next guest's code; empty for one who has none."""
        place = crc32(code.encode()) % _CHAINS
        self._before.append(self._heads[place] if code else 0)
        if code:
            self._heads[place] = len(self._before)

    def numbers(self, code: str) -> list[int]:
        """The guests who may have it, in the list's order: some who share its hash are among them."""
        found = []
        number = self._heads[crc32(code.encode()) % _CHAINS] if code else 0
        while number:
            found.append(number - 1)
            number = self._before[number - 1]
        return found[::-1]


class IndexBuilder:
    """Makes an index of a list (`core.sync.attendees.one_a_line`), a piece at a time."""

    def __init__(self, plain: bytes) -> None:
        self._plain = plain
        self._at = 0
        self._rows = array("I")
        self._starts = array("I")
        self._lines = bytearray()
        self._orders, self._references = Chains(), Chains()
        self._words: set[str] = set()
        self._known: dict[str, str] = {}
        self.unreadable = 0
        """Lines that are no guest: none in a list that a server made."""

    @property
    def share(self) -> float:
        """How much has been read, from 0 to 1."""
        return min(1.0, self._at / max(1, len(self._plain)))

    def read(self, most: int = PIECE_ROWS) -> bool:
        """Reads at most `most` lines more; whether some are left."""
        plain, at = self._plain, self._at
        for _ in range(most):
            if at >= len(plain):
                break
            end = plain.find(b"\n", at)
            end = len(plain) if end < 0 else end
            if end - at > 2:  # brackets have lines of their own
                self._add(at, plain[at:end])
            at = end + 1
        self._at = at
        return at < len(plain)

    def built(self) -> "GuestIndex":
        """The index of what was read."""
        self._lines += b"\n"
        words = sorted(self._words) if len(self._words) < _PIECE_WORDS else list(self._words)
        pieces = [words[first : first + _PIECE_WORDS] for first in range(0, len(words), _PIECE_WORDS)]
        chains = (self._orders, self._references)
        return GuestIndex(self._plain, self._rows, bytes(self._lines), self._starts, pieces, chains)

    def _add(self, at: int, line: bytes) -> None:
        person = person_on(line)
        if person is None:
            self.unreadable += 1
            return
        words = " ".join(filter(None, map(self._folded, person.name[:MOST_LETTERS].split(" "))))
        self._rows.append(at)
        self._starts.append(len(self._lines))
        order, reference = fold_code(person.order or ""), fold_code(person.reference or "")
        self._orders.add(order)
        self._references.add(reference)
        self._lines += f"\n {words} \t{order}\t{reference}\t".encode()

    def _folded(self, part: str) -> str:
        """A part of a name, folded; most names are shared by many guests, and are folded once."""
        known = self._known.get(part)
        if known is None:
            words = fold_words(part)
            self._words.update(words)
            known = " ".join(words)
            if len(self._known) < _MOST_KNOWN:
                self._known[part] = known
        return known


class GuestIndex:
    """One list. Made once, read from one thread."""

    def __init__(
        self,
        plain: bytes,
        rows: "array[int]",
        lines: bytes,
        starts: "array[int]",
        words: list[list[str]],
        chains: tuple[Chains, Chains],
    ) -> None:
        self._plain = plain
        self._rows = rows
        self._lines = lines
        self._starts = starts
        self._words = words
        self._chains = chains

    @property
    def count(self) -> int:
        """How many guests."""
        return len(self._rows)

    def siblings(self, order: str, most: int = MOST_SIBLINGS) -> tuple[Attendee, ...]:
        """The guests of an order, `most` of them at most."""
        people = list[Attendee]()
        for number in self._chains[0].numbers(fold_code(order)):
            person = self.person(number)
            if person is not None and person.order == order:
                people.append(person)
            if len(people) == most:
                break
        return tuple(people)

    def with_code(self, code: str) -> Iterator[int]:
        """The guests whose order or reference, folded, is this one."""
        pattern = f"\t{code}\t".encode()
        for chain in self._chains:
            yield from (number for number in chain.numbers(code) if pattern in self.line(number))

    def of_ticket(self, tid: TicketHandle) -> Attendee | None:
        """Whose ticket it is. The list is in the order of its tickets' handles."""
        wanted, rows, plain = tid.hex().encode(), self._rows, self._plain

        def handle(number: int) -> bytes:
            return plain[rows[number] + 2 : rows[number] + 2 + 2 * TID_BYTES]

        number = bisect_left(range(len(rows)), wanted, key=handle)
        person = self.person(number) if number < len(rows) else None
        return person if person is not None and person.tid == tid else None

    def tickets(self) -> Iterator[TicketHandle]:
        """The numbers of all tickets, in their order."""
        for at in self._rows:
            yield TicketHandle(bytes.fromhex(self._plain[at + 2 : at + 2 + 2 * TID_BYTES].decode()))

    def words_like(self, word: str, most: int, is_over: Callable[[], bool]) -> dict[str, int]:
        """The words of all names within so many typos of a word, the nearest first, each with its typos."""
        found: list[tuple[int, str]] = []
        for piece in self._words if most else ():
            told = process.extract(word, piece, scorer=OSA.distance, score_cutoff=most, limit=_MOST_ALTERNATIVES)
            found += [(int(distance), other) for other, distance, _ in told if other != word]
            if is_over():
                break
        return {other: distance for distance, other in sorted(found)[:_MOST_ALTERNATIVES]}

    def lines_with(self, pattern: bytes, is_over: Callable[[], bool]) -> Iterator[int]:
        """The guests whose folded line has these bytes, each once, in the list's order."""
        lines, last, at = self._lines, -1, 0
        while at < len(lines):
            end = min(len(lines), at + _PIECE_BYTES)
            place = lines.find(pattern, at, min(len(lines), end + len(pattern) - 1))
            if place < 0:
                at = end
                if is_over():
                    return
                continue
            number = bisect_right(self._starts, place) - 1
            if number >= 0 and number != last:
                last = number
                yield number
            at = self._starts[number + 1] if number + 1 < len(self._starts) else len(lines)

    def line(self, number: int) -> bytes:
        """A guest's folded line."""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._lines)
        return self._lines[self._starts[number] : end]

    def person(self, number: int) -> Attendee | None:
        """Whose line it is."""
        at = self._rows[number]
        end = self._plain.find(b"\n", at)
        return person_on(self._plain[at : end if end >= 0 else len(self._plain)])

"""Who is meant by what somebody types: by name, order or reference, with typos forgiven.

Owns what counts as fitting, and who of those comes first. The list itself is `core.people.index`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from core.people.folding import fold_code, fold_words
from core.people.index import GuestIndex, never
from core.sync.attendees import Attendee

LEAST_LETTERS = 3
"""Typed before a search begins: fewer are too many guests."""
MOST_HITS = 20
"""Shown at once: whoever sees more than a page types another letter."""
MOST_CANDIDATES = 400
"""Looked at for the best of them."""
MOST_TYPED = 80


class Match(IntEnum):
    """How well a guest fits what was typed; the best first."""

    WHOLE = 0
    BEGINS = 1
    TYPO = 2
    INSIDE = 3


Rank = tuple[Match, int]
"""How well somebody fits, and with how many typos; less is better."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Who was found, the best first; `is_cut`: there are more."""

    people: tuple[Attendee, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was typed, folded: the longest word first, and all of it as an order or a reference."""

    words: tuple[str, ...]
    code: str


def search(index: GuestIndex, typed: str, most: int = MOST_HITS, is_over: Callable[[], bool] = never) -> Hits:
    """Whom these words may mean: every word fits a word of the name, or all of it the order or the reference.

    A word fits as a whole, as a beginning, with a typo or two, or inside another word; the best come first. Nobody
    is found by fewer than `LEAST_LETTERS` letters. `is_over` is asked between two pieces: nobody wants to know it
    any more.
    """
    wanted = _wanted(typed)
    if wanted is None:
        return Hits()
    found: dict[int, Rank] = {}
    for number, rank in _Search(index, wanted, is_over).run(most):
        found[number] = min(rank, found.get(number, rank))
        if len(found) >= MOST_CANDIDATES or is_over():
            break
    return _best(index, found, most)


def is_enough(typed: str) -> bool:
    """Whether so much was typed that a search is worth it."""
    return _wanted(typed) is not None


def _wanted(typed: str) -> _Wanted | None:
    text = typed[:MOST_TYPED]
    if sum(letter.isalnum() for letter in text) < LEAST_LETTERS:
        words_alone = "".join(fold_words(text))
        if len(words_alone) < LEAST_LETTERS:  # one letter of another script may be several of ours
            return None
    words = sorted(dict.fromkeys(fold_words(text)), key=len, reverse=True)
    return _Wanted(tuple(words), fold_code(text)) if words else None


def _typos_in(word: str) -> int:
    """How many letters of a word may be wrong, missing, too many or swapped with a neighbour."""
    if len(word) < LEAST_LETTERS + 1:
        return 0
    return 1 if len(word) < 6 else 2


class _Search:
    """One search: what was typed, and what mistyped words may stand for, worked out once."""

    def __init__(self, index: GuestIndex, wanted: _Wanted, is_over: Callable[[], bool]) -> None:
        self._index = index
        self._wanted = wanted
        self._is_over = is_over
        self._alternatives: dict[str, dict[str, int]] = {}

    def run(self, most: int) -> Iterator[tuple[int, Rank]]:
        """Guests and how well they fit, roughly the best first.

        1. the whole of an order or a reference
        2. names with the longest word as it is, then as a beginning; the other words in any of the ways
        3. orders and references that begin so; 4. names with a typo; 5. and inside of words, where that was not enough
        """
        code, words = self._wanted.code, self._wanted.words
        found: set[int] = set()
        if len(code) >= LEAST_LETTERS:  # (1)
            for number in self._index.with_code(code):
                found.add(number)
                yield number, (Match.WHOLE, 0)
        longest, others = words[0], words[1:]
        yield from self._by(f" {longest} ", (Match.WHOLE, 0), others, found)  # (2)
        yield from self._by(f" {longest}", (Match.BEGINS, 0), others, found)
        if len(found) < most and len(code) >= LEAST_LETTERS:  # (3)
            yield from self._by(f"\t{code}", (Match.BEGINS, 0), (), found)
        if len(found) >= most:
            return
        for word, typos in self._meant_by(longest).items():  # (4)
            yield from self._by(f" {word} ", (Match.TYPO, typos), others, found)
        if len(longest) >= LEAST_LETTERS:  # (5)
            yield from self._by(longest, (Match.INSIDE, 0), others, found)

    def _by(self, pattern: str, rank: Rank, others: tuple[str, ...], found: set[int]) -> Iterator[tuple[int, Rank]]:
        for number in self._index.lines_with(pattern.encode(), self._is_over):
            fit = self._fit(number, others)
            if fit is not None:
                found.add(number)
                yield number, (max(rank[0], fit[0]), rank[1] + fit[1])

    def _fit(self, number: int, words: tuple[str, ...]) -> Rank | None:
        """How well a guest's line fits the other words; None where one of them is missing."""
        match, typos, line = Match.WHOLE, 0, self._index.line(number)
        for word in words:
            if f" {word} ".encode() in line:
                continue
            if f" {word}".encode() in line:
                match = max(match, Match.BEGINS)
                continue
            fits = [more for other, more in self._meant_by(word).items() if f" {other} ".encode() in line]
            if not fits:
                return None
            match, typos = max(match, Match.TYPO), typos + min(fits)
        return match, typos

    def _meant_by(self, word: str) -> dict[str, int]:
        """The words of the list that a mistyped one may stand for, with the typos that takes; the nearest first."""
        if word not in self._alternatives:
            self._alternatives[word] = self._index.words_like(word, _typos_in(word), self._is_over)
        return self._alternatives[word]


def _best(index: GuestIndex, found: dict[int, Rank], most: int) -> Hits:
    read = [(rank, person) for number, rank in found.items() if (person := index.person(number)) is not None]
    ordered = sorted(read, key=lambda each: (each[0], each[1].name, each[1].order or "", each[1].tid))
    people = tuple(person for _, person in ordered[:most])
    return Hits(people, is_cut=len(ordered) > most)

"""Presentations out of frames: a code held up for two seconds is one guest, not thirty.

Owns when a text that a camera or a scanner reports is a presentation of its own, the same one still, or the same one
back. Refuses clocks (time is passed in, monotonic milliseconds) and any judgement of the text, which is known by its
exact string alone. Remembers at most `MOST_HELD` texts, whatever is held up to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

GAP_MS = 700
"""A code that is held goes unread now and then: away for no longer, it was never away."""
RETURN_MS = 3_000
"""Away for no longer and nobody else in between, it is the same guest again."""
REST_MS = 400
"""No two guests can hold up their codes faster: bounds what a film of codes can do."""
TURN_MS = 5_000
"""How long the one presented keeps the others in the picture waiting; after it, it may as well be a poster."""
MOST_HELD = 32
"""Texts remembered at once. Forgetting the one seen longest ago can only present it anew, never hide it."""


@dataclass(frozen=True, slots=True)
class NewPresentation:
    """Somebody holds up this code: scan it."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SamePresentation:
    """Still the code that was presented."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """The code presented last is back after `away_ms`, with no other in between: just scanned here."""

    text: str = field(repr=False)
    away_ms: int


@dataclass(frozen=True, slots=True)
class Several:
    """More codes than one in front of the camera: one at a time, please. `waiting` are not presented yet."""

    texts: tuple[str, ...] = field(repr=False)
    waiting: tuple[str, ...] = field(repr=False)


Sight = NewPresentation | SamePresentation | Returned | Several


@dataclass(slots=True)
class _Held:
    """A text in front of the camera: when it was seen last, and when it was presented, if it was."""

    seen_at: int
    presented_at: int | None = None


class Sighting:
    """One lane's memory of what is held up. A text is presented once for as long as it is held."""

    def __init__(
        self, *, gap_ms: int = GAP_MS, return_ms: int = RETURN_MS, rest_ms: int = REST_MS, turn_ms: int = TURN_MS
    ) -> None:
        self._gap_ms = gap_ms
        self._return_ms = max(return_ms, gap_ms)
        self._rest_ms = rest_ms
        self._turn_ms = turn_ms
        self._held: dict[str, _Held] = {}
        self._latest: str | None = None
        self._latest_at = 0
        self._stranger_at: int | None = None
        self._now = 0

    @property
    def held(self) -> int:
        """How many texts are remembered, at most `MOST_HELD`."""
        return len(self._held)

    def seen(self, texts: Iterable[str], at_ms: int) -> tuple[Sight, ...]:
        """What one frame's texts mean, each text in at least one answer; the one nearest to the centre comes first.

        1. what went too long ago is forgotten
        2. a presented text that is held, or back soon with nobody in between, is the same guest
        3. of the others, the first is presented unless it has to wait; at most one per frame
        4. several in the frame, or one that waits, are reported together

        `at_ms` is monotonic; an earlier one than the last counts as the last.
        """
        self._now = max(self._now, at_ms)
        self._forget()  # (1)
        names = tuple(dict.fromkeys(texts))[:MOST_HELD]
        told: list[Sight] = []
        waiting: list[str] = []
        for text in names:
            answer: Sight | None = self._known(text)  # (2)
            if answer is None and not waiting and not _any_new(told) and not self._must_wait(text, names):  # (3)
                answer = self._present(text)
            if answer is None:
                waiting.append(text)
            else:
                told.append(answer)
        self._remember(names, waiting)
        if len(names) > 1 or waiting:  # (4)
            told.append(Several(names, tuple(waiting)))
        return tuple(told)

    def _known(self, text: str) -> SamePresentation | Returned | None:
        held = self._held.get(text)
        if held is None or held.presented_at is None:
            return None
        away = self._now - held.seen_at
        if away <= self._gap_ms:
            return SamePresentation(text)
        nobody_between = self._stranger_at is None or self._stranger_at < held.seen_at
        return Returned(text, away) if text == self._latest and nobody_between else None

    def _must_wait(self, text: str, names: tuple[str, ...]) -> bool:
        """Too soon after the last guest, or beside a guest whose turn it is."""
        if self._latest is None:
            return False
        age = self._now - self._latest_at
        if age < self._rest_ms:
            return True
        latest = self._held.get(self._latest)
        if latest is None or self._now - latest.seen_at > self._gap_ms or age >= self._turn_ms:
            return False
        beside = self._held.get(text)
        return self._latest in names or (beside is not None and beside.presented_at is None)

    def _present(self, text: str) -> NewPresentation:
        self._held[text] = _Held(self._now, self._now)
        self._latest, self._latest_at = text, self._now
        return NewPresentation(text)

    def _remember(self, names: tuple[str, ...], waiting: list[str]) -> None:
        for text in names:
            held = self._held.pop(text, None) or _Held(self._now)
            held.seen_at = self._now
            if text in waiting:
                held.presented_at = None
            self._held[text] = held  # in the order of last sight
        if waiting:
            self._stranger_at = self._now
        for text in list(self._held)[: max(0, len(self._held) - MOST_HELD)]:
            del self._held[text]

    def _forget(self) -> None:
        for text, held in list(self._held.items()):
            limit = self._gap_ms if held.presented_at is None else self._return_ms
            if self._now - held.seen_at > limit:
                del self._held[text]


def _any_new(told: list[Sight]) -> bool:
    return any(isinstance(sight, NewPresentation) for sight in told)

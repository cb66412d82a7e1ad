"""How the organizer's window stands with its server: live, degraded, offline or recovering, since when and why.

Owns the four states, the table of what moves between them, and the hysteresis that keeps a banner from flickering: one
lost question says nothing, a panel's failure counts when it has failed twice (`core.insight.known`), and what is well
again has to stay so for a while. That a server is not reached is another thing than that the server itself reaches no
internet: the second never makes a state, it stands beside it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from core.model.moments import Millis
from core.sync.answers import Later
from core.sync.health import Trouble
from core.sync.messages import Reach

LOST_AFTER = 2
"""So many probes in a row that nobody answers: one packet is lost now and then."""
NEVER = Millis(0)
CALM_MS = 4_000
"""How long nothing may fail before a banner goes: two rounds of the busiest panels, and long enough to read it."""


class State(StrEnum):
    """What the banner says."""

    LIVE = "live"  # no banner
    DEGRADED = "degraded"  # the server is there, and some of what is asked fails
    OFFLINE = "offline"  # nobody answers
    RECOVERING = "recovering"  # it answers again, or for the first time, and not all is known anew yet


class Sign(StrEnum):
    """What may move a state."""

    ANSWERED = "answered"  # the server said something, whatever it was
    LOST = "lost"  # it was probed and did not
    AILING = "ailing"  # it is there, and something that is watched fails
    WELL = "well"  # all that is watched is known, nothing fails, and it has been so for a while


MOVES: Mapping[tuple[State, Sign], State] = {
    (State.LIVE, Sign.ANSWERED): State.LIVE,
    (State.LIVE, Sign.LOST): State.OFFLINE,
    (State.LIVE, Sign.AILING): State.DEGRADED,
    (State.LIVE, Sign.WELL): State.LIVE,
    (State.DEGRADED, Sign.ANSWERED): State.DEGRADED,
    (State.DEGRADED, Sign.LOST): State.OFFLINE,
    (State.DEGRADED, Sign.AILING): State.DEGRADED,
    (State.DEGRADED, Sign.WELL): State.LIVE,
    (State.OFFLINE, Sign.ANSWERED): State.RECOVERING,
    (State.OFFLINE, Sign.LOST): State.OFFLINE,
    (State.OFFLINE, Sign.AILING): State.OFFLINE,
    (State.OFFLINE, Sign.WELL): State.OFFLINE,
    (State.RECOVERING, Sign.ANSWERED): State.RECOVERING,
    (State.RECOVERING, Sign.LOST): State.OFFLINE,
    (State.RECOVERING, Sign.AILING): State.DEGRADED,
    (State.RECOVERING, Sign.WELL): State.LIVE,
}

IS_ABSENCE: Mapping[Trouble, bool] = {
    Trouble.NOT_TRIED: False,
    Trouble.UNREACHABLE: True,
    Trouble.SLOW: True,
    Trouble.BUSY: False,
    Trouble.SERVER_ERROR: False,
    Trouble.REFUSED: True,
    Trouble.CERTIFICATE_NAME: True,
    Trouble.CERTIFICATE_EXPIRED: True,
    Trouble.CERTIFICATE_EARLY: True,
    Trouble.CERTIFICATE_STRANGER: True,
    Trouble.TLS_MISSING: True,
    Trouble.TLS_WANTED: True,
    Trouble.TLS_OLD: True,
    Trouble.DEVICE_REVOKED: False,
}
"""Whether a question that failed so leaves it open that the server is there at all: then it is probed."""


@dataclass(frozen=True, slots=True)
class Now:
    """A moment: the server's time as far as it is known (unix ms), and a clock that only goes forward (ms)."""

    at_ms: Millis
    tick_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands. A window that has just been opened is recovering: nothing was tried yet."""

    state: State = State.RECOVERING
    since_ms: Millis = NEVER
    trouble: Trouble | None = Trouble.NOT_TRIED
    affected: frozenset[str] = frozenset()
    """The names of the questions that fail; offline: of all that are watched."""
    retry_at_ms: Millis | None = None
    """When it tries again by itself (the desk's own time), where it waits for that."""
    has_stream: bool = False
    """Whether changes are told as they happen; else everything is asked for every few seconds."""
    reach: Reach | None = None
    """What the server says of its own way to the internet; None where it does not look, or is too old to say."""
    misses: int = 0
    calm_since_tick_ms: int | None = None

    @property
    def no_internet_since_ms(self) -> Millis | None:
        """Since when the server has reached no internet, by its own word: sales may be newer. None where it has."""
        since_ms = None if self.reach is None else self.reach.missed_since_ms
        return None if since_ms is None else Millis(since_ms)

    @property
    def is_asking(self) -> bool:
        """Whether panels ask: while the server is away one probe asks for all of them."""
        return self.state is not State.OFFLINE

    def after_answer(self, now: Now) -> "Standing":
        """The server answered something."""
        return _moved(replace(self, misses=0), Sign.ANSWERED, now, self.trouble)

    def after_suspicion(self) -> "Standing":
        """A question was not answered; whether the server is there, a probe has to tell. Many at once count once."""
        return replace(self, misses=max(self.misses, 1))

    def after_miss(self, now: Now, trouble: Trouble) -> "Standing":
        """A probe was not answered."""
        missed = replace(self, misses=self.misses + 1)
        if missed.misses < LOST_AFTER and self.state is not State.OFFLINE:
            return missed
        return _moved(replace(missed, calm_since_tick_ms=None), Sign.LOST, now, trouble)

    def after_round(self, now: Now, failing: Mapping[str, Later], *, is_complete: bool) -> "Standing":
        """Looks at the panels: those that fail, and whether every watched one was answered since the server is back."""
        if self.state is State.OFFLINE:
            return self
        if failing:
            ailing = replace(self, affected=frozenset(failing), calm_since_tick_ms=None)
            return _moved(ailing, Sign.AILING, now, worst(failing))
        if not is_complete:
            return replace(self, affected=frozenset(), calm_since_tick_ms=None)
        calm_since = now.tick_ms if self.calm_since_tick_ms is None else self.calm_since_tick_ms
        calm = replace(self, affected=frozenset(), calm_since_tick_ms=calm_since)
        is_first = self.trouble is Trouble.NOT_TRIED
        if self.state is State.LIVE or not (is_first or now.tick_ms - calm_since >= CALM_MS):
            return calm
        return _moved(calm, Sign.WELL, now, None)

    def with_watched(self, names: frozenset[str]) -> "Standing":
        """While nobody answers, all that is watched is affected."""
        return replace(self, affected=names) if self.state is State.OFFLINE else self


def worst(failing: Mapping[str, Later]) -> Trouble:
    """What most of them suffer from; of several the one that `Trouble` names first."""
    counts = Counter(each.trouble for each in failing.values())
    order = list(Trouble)
    return max(counts, key=lambda each: (counts[each], -order.index(each)))


def _moved(standing: Standing, sign: Sign, now: Now, trouble: Trouble | None) -> Standing:
    state = MOVES[standing.state, sign]
    since_ms = standing.since_ms if state is standing.state and standing.since_ms != NEVER else now.at_ms
    return replace(standing, state=state, since_ms=since_ms, trouble=None if state is State.LIVE else trouble)

"""What the kiosk's screen shows when: its states as two tables.

Owns which face is shown and until when. A verdict lies over everything and leaves by time or touch; beneath it the
screen goes on being idle, hinting or in trouble. Refuses clocks and timers: monotonic milliseconds come in with every
step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.model.outcomes import OutcomeClass


class Face(StrEnum):
    """What fills the large part of the screen."""

    IDLE = "idle"
    HINT = "hint"
    TROUBLE = "trouble"
    VERDICT = "verdict"


class Hint(StrEnum):
    """What helps when a code is seen and cannot be read."""

    HOLD_STILL = "hold_still"
    TILT_AWAY = "tilt_away"
    BRIGHTER_SCREEN = "brighter_screen"
    CLOSER = "closer"


class Step(StrEnum):
    """What can happen to the screen."""

    VERDICT_ARRIVED = "verdict_arrived"
    HINT_SEEN = "hint_seen"
    HINT_GONE = "hint_gone"
    TROUBLE_BEGAN = "trouble_began"
    TROUBLE_ENDED = "trouble_ended"
    TOUCHED = "touched"
    TIME_PASSED = "time_passed"


_F, _S = Face, Step
BENEATH: dict[Face, dict[Step, Face]] = {
    _F.IDLE: {
        _S.VERDICT_ARRIVED: _F.IDLE,
        _S.HINT_SEEN: _F.HINT,
        _S.HINT_GONE: _F.IDLE,
        _S.TROUBLE_BEGAN: _F.TROUBLE,
        _S.TROUBLE_ENDED: _F.IDLE,
        _S.TOUCHED: _F.IDLE,
        _S.TIME_PASSED: _F.IDLE,
    },
    _F.HINT: {
        _S.VERDICT_ARRIVED: _F.IDLE,  # the code that was hard to read has been read
        _S.HINT_SEEN: _F.HINT,
        _S.HINT_GONE: _F.IDLE,
        _S.TROUBLE_BEGAN: _F.TROUBLE,
        _S.TROUBLE_ENDED: _F.HINT,
        _S.TOUCHED: _F.HINT,
        _S.TIME_PASSED: _F.HINT,
    },
    _F.TROUBLE: {
        _S.VERDICT_ARRIVED: _F.TROUBLE,  # a hand scanner works without a camera
        _S.HINT_SEEN: _F.TROUBLE,
        _S.HINT_GONE: _F.TROUBLE,
        _S.TROUBLE_BEGAN: _F.TROUBLE,
        _S.TROUBLE_ENDED: _F.IDLE,
        _S.TOUCHED: _F.TROUBLE,
        _S.TIME_PASSED: _F.TROUBLE,
    },
}
"""What lies beneath a verdict, or is shown when there is none."""

ADMIT_SHOWN_MS = 5_000
"""A green screen left standing would invite the next guest in."""
REFUSAL_SHOWN_MS = 8_000
"""Long enough to be read and explained; a touch ends it earlier."""

SHOWN_MS: dict[OutcomeClass, int] = {
    OutcomeClass.ADMIT: ADMIT_SHOWN_MS,
    OutcomeClass.LEAVE: ADMIT_SHOWN_MS,
    OutcomeClass.ADMIT_AND_ACT: ADMIT_SHOWN_MS,
    OutcomeClass.HOLD: REFUSAL_SHOWN_MS,
    OutcomeClass.DENY: REFUSAL_SHOWN_MS,
    OutcomeClass.SYSTEM: REFUSAL_SHOWN_MS,
}
"""How long a verdict of each class stays when no other one follows."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The state of the screen. `verdict_ends_ms` is monotonic; None when no verdict is shown."""

    beneath: Face = Face.IDLE
    verdict_ends_ms: int | None = None
    shown_ms: Mapping[OutcomeClass, int] = field(default_factory=lambda: SHOWN_MS)

    @property
    def face(self) -> Face:
        """What fills the large part of the screen."""
        return self.beneath if self.verdict_ends_ms is None else Face.VERDICT

    def after_verdict(self, outcome_class: OutcomeClass, now_ms: int) -> "Screen":
        """The screen once a verdict has arrived: it replaces whatever was shown, at once."""
        ends_ms = now_ms + self.shown_ms[outcome_class]
        return replace(self, beneath=BENEATH[self.beneath][Step.VERDICT_ARRIVED], verdict_ends_ms=ends_ms)

    def after(self, step: Step, now_ms: int) -> "Screen":
        """The screen after any other step. The verdict's last millisecond is outside."""
        ends_ms = self.verdict_ends_ms
        if step is Step.TOUCHED or (ends_ms is not None and now_ms >= ends_ms):
            ends_ms = None
        return replace(self, beneath=BENEATH[self.beneath][step], verdict_ends_ms=ends_ms)

    def remaining_ms(self, now_ms: int) -> int | None:
        """How long the verdict still stays; None when there is none."""
        return None if self.verdict_ends_ms is None else max(0, self.verdict_ends_ms - now_ms)

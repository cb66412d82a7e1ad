"""When a message is tried again: the channel's schedule, spread a little, and never before the other side asked for it.

Owns the waits' jitter and the bound of what another may ask for. Chance is an argument: a number from 0 to 1.
"""

from core.delivery.message import WAITS_S, Channel, most_attempts

SPREAD = 0.1
"""How far a wait is spread to both sides: messages that failed together do not come back together."""
LONGEST_ASKED_S = 24 * 60 * 60
"""A receiver may ask for patience, up to the schedule's own longest wait: a year would be a way to lose messages."""


def tries_counted(channel: Channel, attempt: int, most: int) -> int:
    """Which of the schedule's attempts a message has come to, at its attempt of that number of so many.

    One that counted against nobody gave the message another, and is none of the schedule's.
    """
    return most_attempts(channel) - (most - attempt)


def run_at(channel: Channel, attempt: int, now_ms: int, *, asked_s: float | None, chance: float) -> int:
    """When (unix ms) a message is due again whose attempt of that number (from 1) failed now.

    Attempts beyond the schedule, as a person's replay makes them, wait as long as the last one did.
    """
    waits = WAITS_S[channel]
    wait_s = waits[min(attempt, len(waits) - 1)] * (1 - SPREAD + 2 * SPREAD * chance)
    return now_ms + int(1000 * max(wait_s, bounded_s(asked_s)))


def bounded_s(asked_s: float | None) -> float:
    """What the other side asked for, so far as it is obeyed; 0 where it asked for nothing, or for nonsense."""
    if asked_s is None or not asked_s > 0:  # NaN too
        return 0.0
    return min(asked_s, float(LONGEST_ASKED_S))

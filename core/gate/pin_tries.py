"""Wrong PINs at one kiosk: after some of them, a wait that grows.

Owns how long a hand that guesses has to wait. Refuses clocks: monotonic milliseconds come in. A restart forgives, as it
must for a door; the budget of a shift and the name in every fact bound what a guessed PIN is good for.
"""

from dataclasses import dataclass

FREE_TRIES = 3
"""A slip with a glove on; a third wrong PIN is hardly one."""
FIRST_WAIT_MS = 15_000
LONGEST_WAIT_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class PinTries:
    """How many PINs in a row were wrong, and until when (monotonic) none is looked at."""

    wrong: int = 0
    until_ms: int = 0

    def wait_ms(self, now_ms: int) -> int:
        """How long until another PIN is looked at; 0 for now."""
        return max(0, self.until_ms - now_ms)

    def after_wrong(self, now_ms: int) -> "PinTries":
        """The same once another PIN was wrong: from the third in a row on there is a wait, twice as long each time."""
        wrong = self.wrong + 1
        if wrong < FREE_TRIES:
            return PinTries(wrong)
        wait_ms = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(wrong - FREE_TRIES, 10))
        return PinTries(wrong, now_ms + wait_ms)

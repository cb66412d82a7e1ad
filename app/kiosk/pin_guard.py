"""The PINs at one kiosk: right, wrong, or not looked at for a while."""

from app.clock import Clock
from app.kiosk.words import KioskWords
from app.widgets.times import duration_text
from core.gate.operators import Operator
from core.gate.pin_tries import PinTries


class PinGuard:
    """One for all pages of a kiosk: whoever guesses on one waits on all."""

    def __init__(self, clock: Clock, words: KioskWords) -> None:
        self._clock = clock
        self._words = words
        self._tries = PinTries()

    def check(self, operator: Operator, pin: str) -> str:
        """What is wrong; empty for the right PIN. Takes some hundredths of a second, whatever was typed."""
        now_ms = self._clock.monotonic_ms()
        if wait_ms := self._tries.wait_ms(now_ms):
            return self._wait(wait_ms)
        if operator.is_pin(pin):
            self._tries = PinTries()
            return ""
        self._tries = self._tries.after_wrong(now_ms)
        wait_ms = self._tries.wait_ms(now_ms)
        return self._wait(wait_ms) if wait_ms else self._words.staff.override.wrong_pin

    def _wait(self, wait_ms: int) -> str:
        return self._words.staff.override.wait.fill(time=duration_text(wait_ms, self._words.calendar))

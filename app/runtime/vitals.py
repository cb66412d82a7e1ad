"""How this kiosk is, told to the server while it works: an organizer sees a door that is about to fail before it does.

Owns when it is told, and where its own figures come from. What only the window knows (the camera, what was read) is
noted by it. One thread tells; notes may come from any.
"""

import shutil
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.runtime.trust_box import TrustBox
from app.settings import VERSION
from core.gate.pace import MOST_VERDICTS, pace_of
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import Vitals, VitalsReply

EVERY_MS = 30_000
"""How often it is told: four times before an organizer's window calls a kiosk silent (two minutes)."""
UNKNOWN_EVERY_MS = 300_000
"""How often a server is told that takes no such word, being older than this kiosk."""
WORD_S = 10.0
LAST_WORD_S = 1.5
"""How long the end of a program waits until its last word was heard; nobody who closes a door notices it."""
_UNKNOWN = (404, 405)
_POWER = Path("/sys/class/power_supply")
_MIB = 2**20


class Listener(Protocol):
    """Who hears how this kiosk is."""

    def tell_vitals(self, vitals: Vitals, timeout_s: float) -> Done[VitalsReply] | Later | Rejected:
        """Takes it, within so long; the last word counts."""


@dataclass(frozen=True, slots=True)
class Power:
    """What the computer runs on: the charge in percent, and whether it is at the mains. None: it can't tell."""

    percent: int | None
    is_on_mains: bool | None


class VitalSigns:
    """The figures of one kiosk."""

    def __init__(
        self,
        folder: Path,
        listener: Listener,
        box: TrustBox,
        now_ms: Callable[[], int],
        monotonic_ms: Callable[[], int],
        power: Callable[[], Power] = lambda: read_power(_POWER),
    ) -> None:
        self._folder = folder
        self._listener = listener
        self._box = box
        self._now_ms = now_ms
        self._monotonic_ms = monotonic_ms
        self._power = power
        self._started_at_ms = now_ms()
        self._told_at_ms: int | None = None
        self._every_ms = EVERY_MS
        self._camera = ""
        self._reads = self._misses = 0
        self._was_read = self._was_hinted = False
        self._verdicts_ms: deque[int] = deque(maxlen=MOST_VERDICTS)
        self._shown, self._idle_since_ms = 0, monotonic_ms()

    def note_camera(self, state: str) -> None:
        """How the camera is, in the window's words for the program."""
        self._camera = state

    def note_sight(self, *, is_read: bool, is_hinted: bool) -> None:
        """One picture: whether a code was read in it, and whether one is seen that can't be read.

        A code is read once for as long as it is held up; one that goes away unread is missed.
        """
        if is_read and not self._was_read:
            self._reads += 1
        elif self._was_hinted and not (is_hinted or is_read):
            self._misses += 1
        self._was_read, self._was_hinted = is_read, is_hinted and not is_read

    def note_verdict(self) -> None:
        """A guest was shown a verdict."""
        now_ms = self._monotonic_ms()
        self._verdicts_ms.append(now_ms)
        self._shown, self._idle_since_ms = self._shown + 1, now_ms

    def tell(self, queue: int) -> None:
        """Tells how this kiosk is, where it is time; `queue` is how many facts wait to be sent."""
        now_ms = self._monotonic_ms()
        if self._told_at_ms is not None and now_ms - self._told_at_ms < self._every_ms:
            return
        self._told_at_ms = now_ms
        answer = self._listener.tell_vitals(self.now(queue), WORD_S)
        is_unknown = isinstance(answer, Rejected) and answer.status in _UNKNOWN
        self._every_ms = UNKNOWN_EVERY_MS if is_unknown else EVERY_MS

    def tell_end(self, queue: int) -> None:
        """Tells, as the last word, that this kiosk ends in order. One that is not heard is as good as none."""
        self._told_at_ms = None  # whoever goes on all the same says so at once
        self._listener.tell_vitals(replace(self.now(queue), is_ending=True), LAST_WORD_S)

    def now(self, queue: int) -> Vitals:
        """How this kiosk is."""
        power, taken, now_ms = self._power(), self._box.taken, self._monotonic_ms()
        return Vitals(
            started_at_ms=self._started_at_ms,
            version=VERSION,
            queue=queue,
            manifest_version=taken.manifest.version if taken else 0,
            manifest_at_ms=taken.manifest.issued_at_ms if taken else None,
            camera=self._camera,
            reads=self._reads,
            misses=self._misses,
            battery_percent=power.percent,
            is_on_mains=power.is_on_mains,
            disk_free_mib=self._disk_free_mib(),
            pace_ms=pace_of(tuple(self._verdicts_ms), now_ms),
            shown=self._shown,
            idle_ms=now_ms - self._idle_since_ms,
        )

    def _disk_free_mib(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free // _MIB
        except OSError:
            return None


def read_power(supplies: Path) -> Power:
    """What Linux says of the power (Documentation/ABI/testing/sysfs-class-power); nothing on other systems.

    Of several batteries the emptiest counts. A mouse's battery is none of the computer's: its `scope` is `Device`.
    """
    charges: list[int] = []
    mains: list[bool] = []
    for supply in sorted(supplies.glob("*")) if supplies.is_dir() else ():
        kind = _word(supply / "type")
        if kind == "Battery" and _word(supply / "scope") != "Device":
            with suppress(ValueError):
                charges.append(min(100, max(0, int(_word(supply / "capacity")))))
        elif kind in {"Mains", "USB"} and _word(supply / "online"):
            mains.append(_word(supply / "online") != "0")
    return Power(min(charges, default=None), any(mains) if mains else None)


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()[:32]
    except OSError:
        return ""

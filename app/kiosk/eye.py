"""What the camera and the decoder tell, in the words of the lane and of the window.

Owns the reading of readings: which texts are in front of the camera now, and which hint has been true for long enough
to be worth a line. Pure; time is passed in.
"""

from app.device.camera import FROZEN, SILENT, Phase
from app.device.camera import CameraState as SourceState
from app.device.decoder import Hint as DecoderHint
from app.device.decoder import Reading
from app.kiosk.words import CameraState
from core.gate.screen import Hint

HINT_AFTER_MS = 300
"""A code that is read within this time needs no advice."""
HINT_GONE_MS = 700

_HINTS: dict[DecoderHint, Hint] = {
    DecoderHint.HOLD_STILL: Hint.HOLD_STILL,
    DecoderHint.TILT_AWAY: Hint.TILT_AWAY,
    DecoderHint.BRIGHTER_SCREEN: Hint.BRIGHTER_SCREEN,
    DecoderHint.COME_CLOSER: Hint.CLOSER,
}
_STATES: dict[Phase, CameraState] = {
    Phase.SEARCHING: CameraState.STARTING,
    Phase.LIVE: CameraState.WORKING,
    Phase.STALLED: CameraState.STALLED,
    Phase.GONE: CameraState.MISSING,
    Phase.FAILED: CameraState.TAKEN,
}
_BY_REASON: dict[str, CameraState] = {
    FROZEN.reason: CameraState.FROZEN,
    SILENT.reason: CameraState.TAKEN,
    "camera_refused": CameraState.REFUSED,
}
"""Where the cure is another than its phase's. A device that fails at its opening is most often in use elsewhere."""


def state_for_window(state: SourceState) -> CameraState:
    """What staff can do something about, of a camera's state."""
    return _BY_REASON.get(state.reason, _STATES[state.phase])


class Eye:
    """What is in front of one camera. A frame that showed nothing new shows what the frame before it showed."""

    def __init__(self) -> None:
        self._texts: tuple[str, ...] = ()
        self._located_since: int | None = None
        self._located_last = 0
        self._hint: Hint | None = None

    def texts(self, reading: Reading) -> tuple[str, ...]:
        """The codes in front of the camera, the one nearest to the centre first."""
        if reading.looked:
            self._texts = tuple(decoded.text for decoded in reading.texts)
        return self._texts

    def hint(self, reading: Reading, at_ms: int) -> Hint | None:
        """What helps with a code that has been seen and not read for a while; None as soon as one is read."""
        if reading.texts:
            self._located_since = self._hint = None
        elif reading.located:
            self._located_last = at_ms
            self._located_since = at_ms if self._located_since is None else self._located_since
            if at_ms - self._located_since >= HINT_AFTER_MS:
                self._hint = _HINTS[reading.located[0].hint]
        elif reading.looked and at_ms - self._located_last > HINT_GONE_MS:
            self._located_since = self._hint = None
        return self._hint

"""The six sounds of the door: which verdict has which, and what the status line says of them."""

from PySide6.QtCore import QObject, Signal, Slot

from app.kiosk.status import SoundState
from app.widgets.sound_box import FindOutput, SoundBox, usual_output
from core.gate.verdict import Verdict
from core.model.outcomes import TABLE, Sound


class SoundPlayer(SoundBox):
    """Plays a verdict's sound. No verdict ever waits for one."""

    state_changed = Signal(object)
    """A `SoundState`."""

    def __init__(self, parent: QObject | None = None, *, find_output: FindOutput = usual_output) -> None:
        super().__init__((sound.value for sound in Sound), parent, find_output=find_output)
        self.changed.connect(self._tell)

    @property
    def state(self) -> SoundState:
        """What the status line says."""
        if not self.available:
            return SoundState.MISSING
        return SoundState.MUTED if self.is_muted else SoundState.ON

    @Slot(object)
    def play(self, verdict: Verdict) -> None:
        """Plays the sound of the verdict's class, unless muted or silent."""
        self.try_out(TABLE[verdict.outcome].look.sound)

    def try_out(self, sound: Sound) -> None:
        """Plays one of them, unless muted or silent."""
        self.play_named(sound.value)

    @Slot()
    def _tell(self) -> None:
        self.state_changed.emit(self.state)

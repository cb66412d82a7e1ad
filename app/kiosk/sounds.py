"""The six sounds of the door.

Owns their playing. A kiosk without a loudspeaker, or with files that cannot be read, stays silent and says so: no
verdict ever waits for a sound.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtMultimedia import QAudioDevice, QMediaDevices, QSoundEffect

import resources
from app.kiosk.status import SoundState
from core.gate.verdict import Verdict
from core.model.outcomes import TABLE, Sound

FULL_VOLUME = 1.0


class SoundPlayer(QObject):
    """Plays a verdict's sound, cutting off the one before. `find_output` is asked again when devices come or go."""

    state_changed = Signal(object)
    """A `SoundState`."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        find_output: Callable[[], QAudioDevice] = QMediaDevices.defaultAudioOutput,
    ) -> None:
        super().__init__(parent)
        self._find_output = find_output
        self._is_muted = False
        self._effects: dict[Sound, QSoundEffect] = {}
        self._playing: QSoundEffect | None = None
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self.look_for_output)
        self.look_for_output()

    @property
    def available(self) -> bool:
        """Whether there is a loudspeaker and no sound failed to load."""
        return len(self._effects) == len(Sound) and not any(map(_is_broken, self._effects.values()))

    @property
    def state(self) -> SoundState:
        """What the status line says."""
        if not self.available:
            return SoundState.MISSING
        return SoundState.MUTED if self._is_muted else SoundState.ON

    @Slot(object)
    def play(self, verdict: Verdict) -> None:
        """Plays the sound of the verdict's class, unless muted or silent."""
        self.try_out(TABLE[verdict.outcome].look.sound)

    def try_out(self, sound: Sound) -> None:
        """Plays one of them, unless muted or silent."""
        effect = self._effects.get(sound)
        if effect is None or self._is_muted or _is_broken(effect):
            return
        if self._playing is not None:
            self._playing.stop()
        self._playing = effect
        effect.play()

    @Slot(bool)
    def set_heard(self, is_heard: bool) -> None:
        """Lets the sounds be heard, or mutes them."""
        self._is_muted = not is_heard
        if self._is_muted and self._playing is not None:
            self._playing.stop()
        self.state_changed.emit(self.state)

    @Slot()
    def look_for_output(self) -> None:
        """Loads all sounds for the present loudspeaker; drops them where there is none."""
        self._drop()
        output = self._find_output()
        if not output.isNull():
            self._effects = {sound: self._loaded(sound, output) for sound in Sound}
        self.state_changed.emit(self.state)

    def stop(self) -> None:
        """Ends what is playing and lets go of the loudspeaker."""
        self._drop()

    def _drop(self) -> None:
        self._playing = None
        for effect in self._effects.values():
            effect.stop()
            effect.deleteLater()
        self._effects = {}

    def _loaded(self, sound: Sound, output: QAudioDevice) -> QSoundEffect:
        effect = QSoundEffect(output, self)
        effect.setVolume(FULL_VOLUME)
        effect.statusChanged.connect(self._tell_when_broken)
        effect.setSource(QUrl.fromLocalFile(str(resources.path(f"sounds/{sound.value}.wav"))))
        return effect

    def _tell_when_broken(self) -> None:
        if not self.available:
            self.state_changed.emit(self.state)


def _is_broken(effect: QSoundEffect) -> bool:
    return effect.status() is QSoundEffect.Status.Error

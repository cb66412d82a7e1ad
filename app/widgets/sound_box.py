"""Sounds of a window: short files that are played at once, the next one cutting off the one before.

Owns their playing. A computer without a loudspeaker, or with files that cannot be read, stays silent and says so:
nothing ever waits for a sound.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, Slot

import resources

if TYPE_CHECKING:  # it looks around for what plays sounds here: loaded by whoever makes a box
    from PySide6.QtMultimedia import QAudioDevice, QSoundEffect

FULL_VOLUME = 1.0
FindOutput = Callable[[], "QAudioDevice"]


def usual_output() -> "QAudioDevice":
    """The loudspeaker of this computer, or none."""
    from PySide6.QtMultimedia import QMediaDevices

    return QMediaDevices.defaultAudioOutput()


class SoundBox(QObject):
    """Plays files of `resources/sounds` by their names. `find_output` is asked again when devices come or go."""

    changed = Signal()
    """Whether anything can be heard may be otherwise now."""

    def __init__(
        self,
        names: Iterable[str],
        parent: QObject | None = None,
        *,
        find_output: FindOutput = usual_output,
    ) -> None:
        from PySide6.QtMultimedia import QMediaDevices

        super().__init__(parent)
        self._names = tuple(names)
        self._find_output = find_output
        self._is_muted = False
        self._effects: dict[str, QSoundEffect] = {}
        self._playing: QSoundEffect | None = None
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self.look_for_output)
        self.look_for_output()

    @property
    def available(self) -> bool:
        """Whether there is a loudspeaker and no sound failed to load."""
        return len(self._effects) == len(self._names) and not any(map(_is_broken, self._effects.values()))

    @property
    def is_muted(self) -> bool:
        """Whether somebody wants no sound."""
        return self._is_muted

    def play_named(self, name: str) -> bool:
        """Plays one of them, unless muted or silent; whether it did."""
        effect = self._effects.get(name)
        if effect is None or self._is_muted or _is_broken(effect):
            return False
        if self._playing is not None:
            self._playing.stop()
        self._playing = effect
        effect.play()
        return True

    @Slot(bool)
    def set_heard(self, is_heard: bool) -> None:
        """Lets the sounds be heard, or mutes them."""
        self._is_muted = not is_heard
        if self._is_muted and self._playing is not None:
            self._playing.stop()
        self.changed.emit()

    @Slot()
    def look_for_output(self) -> None:
        """Loads all sounds for the present loudspeaker; drops them where there is none."""
        self._drop()
        output = self._find_output()
        if not output.isNull():
            self._effects = {name: self._loaded(name, output) for name in self._names}
        self.changed.emit()

    def stop(self) -> None:
        """Ends what is playing and lets go of the loudspeaker."""
        self._drop()

    def _drop(self) -> None:
        self._playing = None
        for effect in self._effects.values():
            effect.stop()
            effect.deleteLater()
        self._effects = {}

    def _loaded(self, name: str, output: "QAudioDevice") -> "QSoundEffect":
        from PySide6.QtMultimedia import QSoundEffect

        effect = QSoundEffect(output, self)
        effect.setVolume(FULL_VOLUME)
        effect.statusChanged.connect(self._tell_when_broken)
        effect.setSource(QUrl.fromLocalFile(str(resources.path(f"sounds/{name}.wav"))))
        return effect

    def _tell_when_broken(self) -> None:
        if not self.available:
            self.changed.emit()


def _is_broken(effect: "QSoundEffect") -> bool:
    return effect.status() is type(effect).Status.Error

"""Cameras of this machine: found, opened at a size that decodes well, followed when they come and go.

Owns the choice of a device and of its format. Everything else is the `LensCamera`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCameraPermission, QCoreApplication, QObject, Qt, Slot
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QCameraFormat,
    QMediaCaptureSession,
    QMediaDevices,
)

from app.device.camera import CameraProblem, CameraState, Phase
from app.device.lens import Feed, LensCamera, Patience

WANTED_LINES = 720
"""Codes read as well as at 1080 lines, at half the price."""
WANTED_FPS = 15.0
DEVICE_PATIENCE = Patience(frozen_ms=2_500)


class DeviceCamera(LensCamera):
    """A camera of this machine: the one that was chosen by name or id, else the `number`-th, counted from 0.

    A chosen one that is not there is replaced by another, and `is_substitute` says so; when it comes back, it films.
    """

    def __init__(self, number: int = 0, patience: Patience | None = None, parent: QObject | None = None) -> None:
        super().__init__(self._find, patience if patience is not None else DEVICE_PATIENCE, parent)
        self._number = number
        self._chosen = ""
        self._is_substitute = False
        self._is_torch_wanted = False
        self.state_changed.connect(self._light_again)
        self._devices = QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self._sources_moved)

    @property
    def is_substitute(self) -> bool:
        """Whether another device films than the one that was chosen."""
        return self._is_substitute

    @property
    def has_torch(self) -> bool:
        """Whether the device that films can light what is before it."""
        return isinstance(self._feed, DeviceFeed) and self._feed.has_torch

    def choose(self, device: str) -> None:
        """Films with the device of this name or id from now on; empty: with the `number`-th."""
        if device != self._chosen:
            self._chosen = device
            self.open_again()

    def light(self, *, is_on: bool) -> None:
        """Switches the torch, now and whenever the device is opened; nothing where there is none."""
        self._is_torch_wanted = is_on
        if isinstance(self._feed, DeviceFeed):
            self._feed.light(is_on=is_on)

    @Slot(object)
    def _light_again(self, state: CameraState) -> None:
        """Some devices tell of their torch only once they film."""
        if state.phase is Phase.LIVE and isinstance(self._feed, DeviceFeed):
            self._feed.light(is_on=self._is_torch_wanted)

    def _find(self) -> Feed | None:
        if not _may_film():
            raise CameraProblem("camera_refused")
        devices = QMediaDevices.videoInputs()
        place = place_of(self._chosen, [_named(device) for device in devices], self._number)
        self._is_substitute = place.is_substitute
        if place.number is None:
            return None
        feed = DeviceFeed(devices[place.number], self)
        feed.light(is_on=self._is_torch_wanted)
        return feed

    def _sources_moved(self) -> None:
        held = self._feed.device_id if isinstance(self._feed, DeviceFeed) else None
        if held is not None and all(device.id != held for device in cameras()):
            self.lose()
        elif self._is_substitute and self._is_chosen_there():
            self.open_again()
            self.sources_changed.emit()
            return
        self.look_again()

    def _is_chosen_there(self) -> bool:
        return not place_of(self._chosen, cameras(), self._number).is_substitute


@dataclass(frozen=True, slots=True)
class Named:
    """A camera as the system calls it."""

    id: str
    name: str


def choices_of(devices: Sequence[Named]) -> tuple[Named, ...]:
    """How each camera is chosen so that it is found again: by its name, or by its id where several have that name.

    The `id` of a choice is what `DeviceCamera.choose` takes. A name stays when the plugs are changed, an id may not.
    """
    names = [device.name for device in devices]
    return tuple(Named(each.name if names.count(each.name) == 1 else each.id, each.name) for each in devices)


@dataclass(frozen=True, slots=True)
class Place:
    """Which of several cameras films; None: there is none. `is_substitute`: not the one that was chosen."""

    number: int | None
    is_substitute: bool = False


def place_of(chosen: str, devices: Sequence[Named], number: int) -> Place:
    """The camera of a name or an id; without it the `number`-th, or the first where there are fewer.

    With nothing chosen only the `number`-th will do: whoever asks for the second camera waits for it.
    """
    if not chosen:
        return Place(number if number < len(devices) else None)
    for index, device in enumerate(devices):
        if chosen in {device.id, device.name}:
            return Place(index)
    if not devices:
        return Place(None)
    return Place(number if number < len(devices) else 0, is_substitute=True)


def cameras() -> tuple[Named, ...]:
    """The machine's cameras, in the order of their numbers."""
    return tuple(_named(device) for device in QMediaDevices.videoInputs())


def _named(device: QCameraDevice) -> Named:
    return Named(bytes(device.id().data()).decode("utf-8", "backslashreplace"), device.description())


def _may_film() -> bool:
    """Whether the system lets this program film. Not seen on hardware: Linux has no such permission."""
    application = QCoreApplication.instance()
    if application is None:
        return True
    return application.checkPermission(QCameraPermission()) is not Qt.PermissionStatus.Denied


class DeviceFeed:
    """One opening of one device."""

    def __init__(self, device: QCameraDevice, camera: LensCamera) -> None:
        self.name = device.description()
        self.device_id = _named(device).id
        self._camera = QCamera(device, camera)
        chosen = best_format(device.videoFormats())
        if chosen is not None:
            self._camera.setCameraFormat(chosen)
        self._owner = camera
        self._camera.errorOccurred.connect(self._failed)

    def plug_into(self, session: QMediaCaptureSession) -> None:
        """Films with the device."""
        session.setCamera(self._camera)

    def start(self) -> None:
        """Switches the device on."""
        self._camera.start()

    @property
    def has_torch(self) -> bool:
        """Whether the device says that it has one."""
        return bool(self._camera.isTorchModeSupported(QCamera.TorchMode.TorchOn))

    def light(self, *, is_on: bool) -> None:
        """Switches the torch, where there is one."""
        if self.has_torch:
            self._camera.setTorchMode(QCamera.TorchMode.TorchOn if is_on else QCamera.TorchMode.TorchOff)

    def stop(self) -> None:
        """Switches it off and lets go of it."""
        self._camera.errorOccurred.disconnect(self._failed)
        self._camera.stop()
        self._camera.deleteLater()

    def _failed(self, error: QCamera.Error, _text: str) -> None:
        if error is not QCamera.Error.NoError:
            self._owner.fail("camera_failed")


def best_format(formats: list[QCameraFormat]) -> QCameraFormat | None:
    """The one nearest to 720 lines that is fast enough; None when the device lists none."""
    return min(formats, key=_distance, default=None)


def _distance(offered: QCameraFormat) -> tuple[bool, float, float]:
    too_slow = offered.maxFrameRate() < WANTED_FPS
    return too_slow, abs(offered.resolution().height() - WANTED_LINES), -min(30.0, offered.maxFrameRate())


def camera_names() -> tuple[str, ...]:
    """The machine's cameras in the order of their numbers."""
    return tuple(device.description() for device in QMediaDevices.videoInputs())


def cameras_of_this_machine() -> tuple[str, ...]:
    """The same for a program that has no window."""
    application = QCoreApplication.instance() or QCoreApplication([])
    names = camera_names()
    del application
    return names

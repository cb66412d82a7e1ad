"""Cameras of this machine: found, opened at a size that decodes well, followed when they come and go.

Owns the choice of a device and of its format. Everything else is the `LensCamera`'s.
"""

from PySide6.QtCore import QCoreApplication, QObject, Slot
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QCameraFormat,
    QMediaCaptureSession,
    QMediaDevices,
)

from app.device.lens import Feed, LensCamera, Patience

WANTED_LINES = 720
"""Codes read as well as at 1080 lines, at half the price."""
WANTED_FPS = 15.0
DEVICE_PATIENCE = Patience(frozen_ms=5_000)


class DeviceCamera(LensCamera):
    """The `number`-th camera of the machine, counted from 0, by whatever name it comes back."""

    def __init__(self, number: int = 0, patience: Patience | None = None, parent: QObject | None = None) -> None:
        super().__init__(self._find, patience if patience is not None else DEVICE_PATIENCE, parent)
        self._number = number
        self._devices = QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self._sources_moved)

    @property
    def number(self) -> int:
        """Which of the machine's cameras this is, counted from 0."""
        return self._number

    @Slot()
    def take_next(self) -> None:
        """Films with the machine's next camera, after the last one with the first; stays where there is no other."""
        count = len(camera_names())
        if count > 1:
            self._number = (self._number + 1) % count
            self.open_again()

    def _find(self) -> Feed | None:
        devices = QMediaDevices.videoInputs()
        return DeviceFeed(devices[self._number], self) if self._number < len(devices) else None

    def _sources_moved(self) -> None:
        held = self._feed.device_id if isinstance(self._feed, DeviceFeed) else None
        if held is not None and all(device.id().data() != held for device in QMediaDevices.videoInputs()):
            self.lose()
        self.look_again()


class DeviceFeed:
    """One opening of one device."""

    def __init__(self, device: QCameraDevice, camera: LensCamera) -> None:
        self.name = device.description()
        self.device_id = device.id().data()
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

"""A camera from a word: what `--camera` and the settings may say."""

from PySide6.QtCore import QObject

from app.device.camera import CameraProblem, CameraSource
from app.device.device_camera import DeviceCamera
from app.device.file_camera import FileCamera
from app.device.synthetic import SyntheticCamera

FORMS = ("device:N", "file:PATH", "folder:PATH", "demo")


def open_camera(spec: str, parent: QObject | None = None) -> CameraSource:
    """The camera that `spec` names, stopped: `device:N`, `file:PATH`, `folder:PATH` or `demo`.

    Raises CameraProblem for any other word, and for a file or folder that can't be shown.
    """
    kind, _, rest = spec.partition(":")
    if kind == "demo" and not rest:
        return SyntheticCamera(parent=parent)
    if kind == "device" and rest.isascii() and rest.isdigit() and len(rest) <= 3:
        return DeviceCamera(int(rest), parent=parent)
    if kind in ("file", "folder") and rest:
        return FileCamera(rest, parent=parent)
    raise CameraProblem("camera_spec", spec=spec[:80], forms=FORMS)

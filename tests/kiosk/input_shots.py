"""The ways in which codes come, in the states worth a look: camera, typing, and what the strip says of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from PySide6.QtGui import QImage

from app.device.device_camera import Named
from app.kiosk.camera_present import CameraFacts
from app.kiosk.camera_sheet import CameraSheet
from app.kiosk.input_facts import InputFacts, LensFacts
from app.kiosk.input_words import InputNote
from app.kiosk.typing_sheet import TypingSheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState
from core.gate.typed import Number
from core.model.settings import CameraSettings, Region
from tests.kiosk.states import ONLINE
from tests.support.door import ticket

Act = Callable[[KioskWindow], object]
LONG = {"typing-whole-code"}
"""It scrolls in its field, as any long text does."""
DATA = {"HD Pro Webcam C920", "A7F8", "022A", "4EED", "EF2A", "0X2A", *"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_CHOICES = (Named("Front", "Front"), Named("HD Pro Webcam C920", "HD Pro Webcam C920"))
FACTS = CameraFacts(
    "HD Pro Webcam C920",
    CameraState.WORKING,
    _CHOICES,
    (1280, 720),
    15,
    has_torch=True,
    settings=CameraSettings(region=Region(15, 15, 70, 70)),
)


def input_acts(picture: Callable[[], QImage]) -> Iterator[tuple[str, Act]]:
    """The name of each, and what opens it over the lane; `picture` is what a camera sees."""
    yield "camera", lambda window: _camera(window, FACTS, picture())
    troubled = replace(FACTS, state=CameraState.TAKEN, has_torch=False)
    yield "camera-taken", lambda window: _camera(window, troubled, picture())
    yield "camera-none", lambda window: _camera(window, CameraFacts(state=CameraState.MISSING), QImage())
    yield "typing", lambda window: _typing(window, "")
    yield "typing-wrong-group", lambda window: _typing(window, "A7F8 0X2A 4EED")
    yield "typing-one-differs", _doubtful
    yield "typing-whole-code", lambda window: _typing(window, ticket(1))
    yield "typing-other-shop", lambda window: _typing(window, "AB-0042", has_old_codes=True)
    for note in (InputNote.SCANNER_LAYOUT, InputNote.CAPS_LOCK, InputNote.TOO_LARGE):
        yield f"note-{note}", _note(InputFacts(note=note))
    yield "camera-slow", _note(InputFacts(LensFacts(slow_a_second=2)))
    yield "camera-substitute", _note(InputFacts(LensFacts(substitute="HD Pro Webcam C920")))
    for state in (CameraState.DARK, CameraState.FROZEN, CameraState.TAKEN):
        yield f"lens-{state}", _state(state)


def _camera(window: KioskWindow, facts: CameraFacts, picture: QImage) -> None:
    sheet = CameraSheet(facts, window.words)
    sheet.show_picture(picture)
    window.desk.show(sheet)


def _typing(window: KioskWindow, typed: str, *, has_old_codes: bool = False) -> TypingSheet:
    sheet = TypingSheet(window.words, has_old_codes=has_old_codes)
    window.desk.show(sheet)
    sheet.field.setText(typed)
    return sheet


def _doubtful(window: KioskWindow) -> None:
    sheet = _typing(window, "A7F8 022A 4EED EF2A")
    read = sheet.read
    assert isinstance(read, Number)
    sheet.show_doubt(read.tid, 3)


def _note(inputs: InputFacts) -> Act:
    return lambda window: window.show_status(replace(ONLINE, inputs=inputs))


def _state(state: CameraState) -> Act:
    return lambda window: window.show_camera_state(state)

"""Codes that come by another way than the camera: a hand scanner, the clipboard, a picture that is dropped or chosen.

Owns their ways to the lane, and the note about what came of the last one. What a code is worth is the lane's.
"""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.clock import Clock
from app.device.pipeline import open_pipeline
from app.device.still_lane import StillLane, StillRead
from app.kiosk.handing_in import Handed, Pasted, Pictures, handed
from app.kiosk.input_words import InputNote
from app.kiosk.wedge_filter import WedgeFilter
from app.log import logger
from core.gate.keyboards import Damage, keyed
from core.model.codes import QR_ONLY, Symbology

NOTE_MS = 10_000
"""Long enough to read two lines beside a guest."""
_LASTING = {InputNote.SCANNER_LAYOUT, InputNote.CAPS_LOCK, InputNote.LOOKING}
"""These end by what ends them: a sound code of the scanner, the end of the search."""
_PROBLEMS = {"picture_too_large": InputNote.TOO_LARGE}
_OF_DAMAGE = {Damage.CASE: InputNote.CAPS_LOCK, Damage.LAYOUT: InputNote.SCANNER_LAYOUT}


class Inputs(QObject):
    """The other ways into one window's lane. Lives in the window's thread."""

    code_given = Signal(str)
    note_changed = Signal()

    def __init__(self, window: QWidget, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._note: InputNote | None = None
        self._symbologies: tuple[Symbology, ...] = QR_ONLY
        self._wedge = WedgeFilter(window, clock.monotonic_ms, self)
        self._stills = StillLane()
        self._ending = QTimer(self, singleShot=True, interval=NOTE_MS)
        self._ending.timeout.connect(self._end_note)
        self._wedge.code_scanned.connect(self.take_scanned)
        self._stills.read.connect(self._take_read)
        self._paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), window, self.paste)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @property
    def note(self) -> InputNote | None:
        """What is to be said of what came last."""
        return self._note

    def start(self) -> None:
        """Hears the hand scanner from now on."""
        self._wedge.start()

    @Slot()
    def stop(self) -> None:
        """Ends the search for codes in pictures, and hears nothing any more."""
        self._ending.stop()
        self._wedge.stop()
        self._stills.stop()

    def look_for(self, symbologies: tuple[Symbology, ...]) -> None:
        """Searches pictures for these kinds of code."""
        if symbologies != self._symbologies:
            self._symbologies = symbologies
            self._stills.use(partial(open_pipeline, symbologies))

    @Slot(str)
    def take_scanned(self, text: str) -> None:
        """A hand scanner has typed this. What its keyboard has made unreadable is nobody's fault before the door."""
        meant = keyed(text)
        if meant.damage is not None:
            if self._note is not _OF_DAMAGE[meant.damage]:
                logger(__name__).warning("scanner", damage=meant.damage.value)
            self._tell(_OF_DAMAGE[meant.damage])
        elif self._note in _OF_DAMAGE.values():
            self._tell(None)
        if meant.is_whole:
            self.code_given.emit(meant.text)

    @Slot()
    def paste(self) -> None:
        """Takes what lies in the clipboard."""
        self.take_handed(handed(QGuiApplication.clipboard().mimeData()))

    def take_handed(self, given: Handed | None) -> None:
        """Takes a code's text at once, and pictures to be searched."""
        match given:
            case Pasted(text=text):
                self._tell(None)
                self.code_given.emit(text)
            case Pictures(pictures=pictures):
                self.search(*pictures)
            case None:
                self._tell(InputNote.NOTHING)

    def search(self, *pictures: Path | QImage) -> None:
        """Searches pictures, one after the other, beside the window."""
        are_taken = [self._stills.offer(picture) for picture in pictures]
        self._tell(InputNote.LOOKING if all(are_taken) else InputNote.TOO_MANY)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Takes what is dropped onto the window."""
        if isinstance(event, QDropEvent) and event.type() in {QEvent.Type.DragEnter, QEvent.Type.Drop}:
            given = handed(event.mimeData())
            if given is not None:
                event.acceptProposedAction()
            if event.type() is QEvent.Type.Drop:
                self.take_handed(given)
            return True
        return super().eventFilter(watched, event)

    @Slot(object)
    def _take_read(self, read: StillRead) -> None:
        """One code is a guest's; of several, nobody could say whose turn it is."""
        if read.problem is not None:
            logger(__name__).warning("picture", key=read.problem.key)
            self._tell(_PROBLEMS.get(read.problem.key, InputNote.NO_PICTURE))
        elif len(read.texts) == 1:
            self._tell(None)
            self.code_given.emit(read.texts[0])
        else:
            self._tell(InputNote.SEVERAL_CODES if read.texts else InputNote.NO_CODE)

    def _tell(self, note: InputNote | None) -> None:
        self._ending.stop()
        if note is not None and note not in _LASTING:
            self._ending.start()
        if note is not self._note:
            self._note = note
            self.note_changed.emit()

    @Slot()
    def _end_note(self) -> None:
        self._tell(None)

"""The two sheets about codes: how the camera is set, and what is typed where it can't help.

Owns what their keys open and whom their answers go to.
"""

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from app.kiosk.camera_sheet import CameraSheet
from app.kiosk.handing_in import PICTURES
from app.kiosk.inputs import Inputs
from app.kiosk.lookout import Lookout
from app.kiosk.sheet import Offer, Sheet, SheetName
from app.kiosk.typing_sheet import TypingSheet
from app.kiosk.window import KioskWindow
from core.model.codes import CodeMode, CodeRules
from core.model.ids import TicketHandle


class InputPages(QObject):
    """Offers the pages for codes. Lives in the window's thread."""

    camera_settings_wanted = Signal(object)
    """A `CameraSettings` that staff have chosen."""
    code_given = Signal(str)
    number_given = Signal(object)
    """A `TicketHandle`: the number printed on a ticket whose code can't be read."""

    def __init__(self, window: KioskWindow, lookout: Lookout, inputs: Inputs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._lookout = lookout
        self._inputs = inputs
        self._rules = CodeRules()
        window.desk.offer(SheetName.CAMERA, Offer(self._make_camera_sheet))
        window.desk.offer(SheetName.CODE, Offer(self._make_typing_sheet))
        lookout.pictured.connect(self._show_picture)
        lookout.changed.connect(self._show_facts)

    def show_rules(self, rules: CodeRules) -> None:
        """Takes another event's rules for its codes."""
        self._rules = rules

    @property
    def typing(self) -> TypingSheet | None:
        """The sheet for typed codes, while it is open."""
        sheet = self._window.desk.sheet
        return sheet if isinstance(sheet, TypingSheet) else None

    def _make_camera_sheet(self) -> Sheet:
        sheet = CameraSheet(self._lookout.facts, self._window.words)
        sheet.settings_wanted.connect(self.camera_settings_wanted)
        return sheet

    def _make_typing_sheet(self) -> Sheet:
        sheet = TypingSheet(self._window.words, has_old_codes=self._rules.mode is not CodeMode.T1)
        sheet.code_typed.connect(self.code_given)
        sheet.number_typed.connect(self.number_given)
        sheet.picture_wanted.connect(self._choose_picture)
        return sheet

    @Slot(object, int)
    def show_doubt(self, tid: TicketHandle, group: int) -> None:
        """No ticket has the number that was typed; one differs in this group alone."""
        if self.typing is not None:
            self.typing.show_doubt(tid, group)

    @Slot(object)
    def _show_picture(self, picture: QImage) -> None:
        sheet = self._window.desk.sheet
        if isinstance(sheet, CameraSheet):
            sheet.show_picture(picture)
            sheet.show_facts(self._lookout.facts)

    @Slot()
    def _show_facts(self) -> None:
        sheet = self._window.desk.sheet
        if isinstance(sheet, CameraSheet):
            sheet.show_facts(self._lookout.facts)

    @Slot()
    def _choose_picture(self) -> None:
        """A dialog that only looks: nothing is renamed, made or deleted with it."""
        dialog = QFileDialog(self._window, self._window.words.typing.picture)
        dialog.setOptions(QFileDialog.Option.DontUseNativeDialog | QFileDialog.Option.ReadOnly)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(" ".join(f"*{suffix}" for suffix in sorted(PICTURES)))
        dialog.setDirectory(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
        dialog.fileSelected.connect(self._take_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _take_file(self, name: str) -> None:
        path = Path(name)
        if path.suffix.lower() in PICTURES:
            self._inputs.search(path)

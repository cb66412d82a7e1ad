"""One ticket that is held up against a list: its code typed, scanned, or found in a picture, and which row that is.

Owns the question, and what is said of its answer. Whether a list is looked at now, and which, the wizard says.
"""

from collections.abc import Callable
from pathlib import Path
from typing import assert_never
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.errors import AppError
from app.organizer.chore import Chores
from app.organizer.import_outlook_face import OutlookFace
from app.organizer.import_present import sample_text
from app.organizer.panel_present import cause_text
from app.organizer.refusals import refusal_text
from app.organizer.surroundings import Surroundings
from app.organizer.tickets_questions import sample_deed
from core.sync.answers import Done, Later, Rejected
from core.sync.import_messages import SampleReply

_PICTURES = "PNG, JPEG, WebP, BMP (*.png *.jpg *.jpeg *.webp *.bmp)"


class HeldUpTicket(QObject):
    """What the field *Code of one ticket* does. Belongs to the wizard of its face, which stops its chores.

    `list_of` is the import that is looked at, None while none is; `code_header` the header of its codes, empty where
    nobody knows it.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        face: OutlookFace,
        chores: Chores,
        list_of: Callable[[], UUID | None],
        code_header: Callable[[], str],
    ) -> None:
        super().__init__(face)
        self._at = surroundings
        self._face = face
        self._chores = chores
        self._list_of = list_of
        self._code_header = code_header
        face.sample_wanted.connect(self.ask)
        face.picture_wanted.connect(self.ask_for_picture)

    def ask(self, text: str) -> None:
        """Which row is this code?"""
        text, import_id = text.strip(), self._list_of()
        if text and import_id is not None:
            self._face.show_found(self._at.words.imports.sample.asking)
            self._at.desk.do(sample_deed(import_id, text), self._take_answer)

    def ask_for_picture(self) -> None:
        """Asks for a picture of a ticket, without holding the window up."""
        dialog = QFileDialog(self._face, self._at.words.imports.sample.picture)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(_PICTURES)
        dialog.fileSelected.connect(lambda name: self.take_picture(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_picture(self, path: Path) -> None:
        """Looks for a code in a picture, beside the window."""
        self._face.show_found(self._at.words.imports.sample.asking)
        self._chores.run(lambda _: _texts_in(path), self._take_texts)

    def _take_texts(self, texts: list[str] | None) -> None:
        said = self._at.words.imports.sample
        if not texts:
            self._face.show_found(said.bad_picture if texts is None else said.no_code, is_trouble=True)
            return
        self._face.sample.setText(texts[0])
        self.ask(texts[0])

    def _take_answer(self, told: Done[SampleReply] | Later | Rejected) -> None:
        words = self._at.words.imports
        match told:
            case Done(value=found):
                text, is_trouble = sample_text(found, self._code_header(), words), found.line is None
            case Later():
                text, is_trouble = words.sample.later.fill(cause=cause_text(told, self._at.words)), True
            case Rejected(detail=cause):
                text = words.progress.refused.fill(cause=cause) if cause else refusal_text(told, self._at.words)
                is_trouble = True
            case never:
                assert_never(never)
        self._face.show_found(text, is_trouble=is_trouble)


def _texts_in(path: Path) -> list[str] | None:
    """The codes in a picture; None where it is none."""
    from app.device.still import decode_image  # its libraries load for seconds, and few people hold up a picture

    try:
        return list(decode_image(path)["texts"])
    except AppError:
        return None

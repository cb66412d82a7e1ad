"""A panel kept as a file: a picture of it as it stands, or its values for a spreadsheet.

Owns the question where to (never blocking), that a file is there whole or not at all, and that it is said where it
lies. What was shown when the key was pressed is what is written, however long somebody looks for a folder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, QRect, QRectF, QSaveFile, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.organizer.chore import Chores
from app.organizer.live.words import SaveWords
from app.organizer.surroundings import Teller
from app.spreadsheet import file_of
from app.widgets.plain_text import draw_line, plain
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

PICTURE, TABLE = ".png", ".csv"
SCALE = 2
"""Twice the dots of the screen: a picture is read on paper and on larger screens."""
_MOST_NAME = 80
_HEAD_PX = 5 * GRID_PX
_UNFIT = frozenset('<>:"/\\|?*')
"""What some systems take in no file's name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What may be written: a title, the event's name, when it was so and how complete, rows, and the picture.

    The first of the rows is their head.
    """

    title: str
    name: str
    about: str
    rows: tuple[Sequence[object], ...]
    picture: QImage


@dataclass(frozen=True, slots=True)
class Written:
    """Where it lies; or why it does not."""

    path: Path
    cause: str = ""


class Saver(QObject):
    """Asks where to, writes beside the window, and says how it went."""

    def __init__(self, window: QWidget, teller: Teller) -> None:
        super().__init__(window)
        self._window = window
        self._teller = teller
        self._chores = Chores(self)
        self.dialog: QFileDialog | None = None

    def ask(self, kept: Kept, words: SaveWords) -> None:
        """Opens the question; nothing waits for it."""
        self.drop()
        dialog = QFileDialog(self._window, plain(words.title.fill(title=kept.title)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters([words.picture, words.table])
        dialog.selectFile(file_name(f"{kept.name} {kept.title}") + PICTURE)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.write(Path(path), kept, words, dialog.selectedNameFilter()))
        dialog.destroyed.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def drop(self) -> None:
        """Nobody asks any more."""
        if self.dialog is not None:
            self.dialog.close()
            self.dialog = None

    def write(self, path: Path, kept: Kept, words: SaveWords, chosen: str = "") -> None:
        """Writes what the name's ending says; without one, what was chosen in the list below it."""
        if path.suffix.lower() not in {PICTURE, TABLE}:
            path = path.with_name(path.name + (TABLE if chosen == words.table else PICTURE))
        is_table = path.suffix.lower() == TABLE

        def tell(written: Written) -> None:
            file = plain(str(written.path))
            if written.cause:
                self._teller.tell(words.failed.fill(file=file, cause=plain(written.cause)), is_trouble=True)
            else:
                self._teller.tell(words.done.fill(file=file))

        self._chores.run(lambda _: write_whole(path, body_of(kept, is_table=is_table)), tell)

    def _forget(self) -> None:
        self.dialog = None


def body_of(kept: Kept, *, is_table: bool) -> bytes:
    """What is written."""
    return file_of(table_of(kept)) if is_table else png_of(kept.picture)


def table_of(kept: Kept) -> list[Sequence[object]]:
    """The rows, below what they are and when they were true."""
    return [(kept.title,), (kept.about,), (), *kept.rows]


def write_whole(path: Path, body: bytes) -> Written:
    """Writes a file whole or not at all."""
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return Written(path, file.errorString())
    file.write(body)
    return Written(path) if file.commit() else Written(path, file.errorString())


def png_of(picture: QImage) -> bytes:
    """A picture's file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def picture_of(part: QWidget, place: QRect, head: str, theme: Theme) -> QImage:
    """A part of the window as it stands, twice as large, below a line that says what it is of."""
    width, height = place.width() + 2 * GRID_PX, place.height() + _HEAD_PX + GRID_PX
    picture = QImage(SCALE * width, SCALE * height, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(QColor(theme.ground))
    painter = QPainter(picture)
    painter.setPen(QColor(theme.text))
    painter.setFont(font(2 * GRID_PX, QFont.Weight.Medium))
    draw_line(painter, QRectF(2 * GRID_PX, 0, width - 4 * GRID_PX, _HEAD_PX), Qt.AlignmentFlag.AlignLeft, head)
    painter.end()
    part.render(picture, QPoint(GRID_PX, _HEAD_PX), place)
    return picture


def file_name(text: str) -> str:
    """A name that every system takes."""
    kept = "".join("-" if each in _UNFIT or not each.isprintable() else each for each in plain(text, _MOST_NAME))
    return " ".join(kept.replace("…", "").split()).strip(". ") or "doorlight"

"""What is pasted or dropped onto a window: a code's text, or a picture that may show one.

Owns what is taken of it and how much. Text is a code and nothing else; of addresses only files on this machine's own
disks that are named as pictures are ever opened, and whatever is in them is searched for codes and thrown away.
"""

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

MOST_FILES = 8
MOST_TEXT = 600
"""Characters looked at: beyond the 512 of a code, so that a longer one is still seen to be too long."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text that may be a code: one line, without spaces around it."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures to be searched."""

    pictures: tuple[Path | QImage, ...] = field(repr=False)


Handed = Pasted | Pictures


def handed(data: QMimeData | None) -> Handed | None:
    """What somebody hands in; None when nothing of it may be looked at.

    1. files: pictures on this machine's own disks, by their names
    2. a picture, as a screenshot lies in the clipboard
    3. text: the first line that is not empty
    """
    if data is None:
        return None
    if data.hasUrls():
        files = tuple(path for path in map(_own_picture, data.urls()[:MOST_FILES]) if path is not None)
        return Pictures(files) if files else None  # (1)
    if data.hasImage():
        image = data.imageData()
        return Pictures((image,)) if isinstance(image, QImage) else None  # (2)
    line = first_line(data.text()) if data.hasText() else ""  # (3)
    return Pasted(line) if line else None


def first_line(text: str) -> str:
    """The first line with something in it, cut where no code is so long."""
    head = text.lstrip()[: 2 * MOST_TEXT]
    return head.splitlines()[0].rstrip()[:MOST_TEXT] if head else ""


def _own_picture(url: QUrl) -> Path | None:
    """The path of a picture file on this machine; never an address, a share, or another kind of file."""
    name = url.toLocalFile() if url.isLocalFile() and not url.host() else ""
    if not name or name.startswith(("//", "\\\\")):
        return None
    path = Path(name)
    return path if path.suffix.lower() in PICTURES else None

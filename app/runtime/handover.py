"""What a shift leaves to the next, as a file in the kiosk's folder: plain text, to be copied or printed."""

import os
from datetime import datetime
from pathlib import Path

from app.errors import AppError

HANDOVER_FOLDER = "handover"


class HandoverFailed(AppError):
    """The file could not be written."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("handover_failed", path=path, cause=cause)


def save_handover(folder: Path, text: str, at: datetime) -> Path:
    """Writes the text under the moment's name, for this account's eyes; the file. Raises HandoverFailed."""
    path = folder / HANDOVER_FOLDER / f"shift-{at:%Y-%m-%d-%H%M%S}.txt"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as err:
        raise HandoverFailed(path, str(err)) from err
    return path

"""A report written into a file: there whole or not at all, for its owner alone."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from app.log import logger
from app.organizer.reports_present import incident_sheet, present_night
from app.organizer.reports_words import ReportWords
from app.paper.night_paper import night_paper
from app.spreadsheet import file_of
from core.insight.night_report import Night
from core.sync.answers import Rejected

_LONGEST_NAME = 60
_KEPT = frozenset(" -_")
UNWRITABLE = Rejected(0, "file_unwritable")
"""What the desk says of a file of the server's that can't be written."""


def save_night(night: Night, words: ReportWords, made_ms: int, path: Path) -> Rejected | None:
    """Draws the report and writes it; what was in the way otherwise. Takes a second or so: no work for a window."""
    return _write(night_paper(present_night(night, words, made_ms)), path)


def save_kept_incidents(night: Night, words: ReportWords, path: Path) -> Rejected | None:
    """Writes the incidents that this computer kept as a spreadsheet takes them; what was in the way otherwise."""
    return _write(file_of(incident_sheet(night, words)), path)


def _write(body: bytes, path: Path) -> Rejected | None:
    fresh: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST_NAME]}.", suffix=".new", dir=path.parent)
        fresh = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as err:
        logger(__name__).warning("report_unwritable", cause=type(err).__name__)
        return UNWRITABLE
    finally:
        if fresh is not None:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
    return None


def file_name(event: str, paper: str, extension: str) -> str:
    """A name for a file that any disk takes: letters, digits and spaces of the event's own."""
    kept = "".join(each if each.isalnum() or each in _KEPT else " " for each in event)
    return f"{' '.join(kept.split())[:_LONGEST_NAME] or 'event'} {paper}.{extension}"

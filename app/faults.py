"""A fault: what a program raised and nobody expected. Written down by its kind and its place, never by its words.

Owns how one is told. An exception's words may quote what a guest is called, what was scanned, or a row of a table.
"""

import traceback
from pathlib import Path

from app.log import logger

_FRAMES = 3


def place_of(error: BaseException) -> str:
    """Where it arose, the innermost place last: files and lines."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{Path(each.filename).name}:{each.lineno}" for each in frames)


def log_fault(part: str, error: BaseException) -> None:
    """Writes down in which part it arose, what kind it was and where."""
    logger(__name__).error("fault", part=part, error=type(error).__name__, place=place_of(error))

"""Sheets of tickets, drawn where they are printed and written to a disk: whole or not at all, for their owner only.

Owns how many tickets one file holds, and that nobody finds half of one. Drawing 400 tickets takes seconds: call it off
the window's thread.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.paper.sheet import PaperTicket, ticket_sheet

PER_FILE = 400
"""Fifty pages: what a printer takes at once, and what somebody waits for without a word."""


class SheetFlaw(StrEnum):
    """Why no sheet came of it."""

    FULL = "full"
    OUT_OF_REACH = "out_of_reach"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Pressed:
    """The files that were written, in their order, and how many tickets are on them."""

    files: tuple[Path, ...]
    tickets: int


def press(
    tickets: Sequence[PaperTicket],
    path: Path,
    is_over: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
) -> Pressed | SheetFlaw:
    """Writes the tickets to `path`; more than one file's beside it, numbered. Raises ValueError for none.

    `progress` is told how many tickets are done after each file; what is written when somebody stops it stays.
    """
    if not tickets:
        raise ValueError("a sheet needs a ticket")
    files: list[Path] = []
    for start in range(0, len(tickets), PER_FILE):
        if is_over():
            return SheetFlaw.STOPPED
        into = path if len(tickets) <= PER_FILE else path.with_name(f"{path.stem}-{len(files) + 1}{path.suffix}")
        try:
            _write(into, ticket_sheet(tickets[start : start + PER_FILE]))
        except OSError as err:
            return SheetFlaw.FULL if err.errno == errno.ENOSPC else SheetFlaw.OUT_OF_REACH
        files.append(into)
        progress(min(len(tickets), start + PER_FILE))
    return Pressed(tuple(files), len(tickets))


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise

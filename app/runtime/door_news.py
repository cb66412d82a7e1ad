"""What the server last told this door of the night: who is inside, and the incidents that concern it.

Owns when to ask, and that what was heard is still known after a restart and without a network: in a small file of the
kiosk's folder, which holds no name. One thread listens; what was heard may be read from any.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from app.log import logger
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import DoorReply

NEWS_FILE = "door.json"
EVERY_MS = 10_000
"""How often a door asks at most: a figure of ten seconds ago is a figure of now."""
UNKNOWN_EVERY_MS = 300_000
"""How often a server is asked that knows no such question, being older than this kiosk."""
MAX_BYTES = 256 * 1024
_NOT_FOUND = 404

Place = tuple[int, int]


class Teller(Protocol):
    """Who knows of the night."""

    def door(self) -> Done[DoorReply] | Later | Rejected:
        """What this door should know."""


class Position(Protocol):
    """How far this kiosk's journal is."""

    def place(self) -> Place:
        """The last place."""

    def first_unsent(self) -> Place | None:
        """The first place whose fact waits for the server; None where nothing waits."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply, and how far this kiosk's own journal was when it was asked for.

    From `unsent` on, the reply knows of no fact but by a question that was asked while a guest waited, and after `last`
    of none.
    """

    reply: DoorReply
    unsent: Place
    last: Place


_HEARD = TypeAdapter(Heard)


class DoorNews:
    """The news of one kiosk. `listen` belongs to the thread of the sync."""

    def __init__(self, path: Path, teller: Teller, monotonic_ms: Callable[[], int]) -> None:
        self._path = path
        self._teller = teller
        self._monotonic_ms = monotonic_ms
        self._next_ms: int | None = None
        self.heard: Heard | None = _load(path)

    def listen(self, position: Position, *, is_urgent: bool = False) -> bool:
        """Asks where it is time; whether something was heard. Raises StorageFailed (of the journal)."""
        now_ms = self._monotonic_ms()
        if not is_urgent and self._next_ms is not None and now_ms < self._next_ms:
            return False
        last = position.place()
        unsent = position.first_unsent() or (last[0], last[1] + 1)
        answer = self._teller.door()
        is_unknown = isinstance(answer, Rejected) and answer.status == _NOT_FOUND
        self._next_ms = now_ms + (UNKNOWN_EVERY_MS if is_unknown else EVERY_MS)
        if not isinstance(answer, Done):
            return False
        before, self.heard = self.heard, Heard(answer.value, unsent, last)
        if before != self.heard:
            self._save(self.heard)
        return True

    def _save(self, heard: Heard) -> None:
        """Whole or not at all, for its owner alone. A disk that fails costs the memory of it, and no more."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".new", dir=self._path.parent)
            fresh = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_HEARD.dump_json(heard))
                fresh.replace(self._path)
            except BaseException:
                with suppress(OSError):
                    fresh.unlink()
                raise
        except OSError as err:
            logger(__name__).warning("door_news_not_kept", cause=type(err).__name__)


def _load(path: Path) -> Heard | None:
    """What the file holds; nothing where it is missing, damaged or another program's."""
    try:
        with path.open("rb") as file:
            return _HEARD.validate_json(file.read(MAX_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as err:
        logger(__name__).warning("door_news_unreadable", cause=type(err).__name__)
        return None

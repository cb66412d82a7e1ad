"""How somebody wants the organizer's window at this computer: its language, its colours, whether it is heard.

Owns the one file of it. Which servers there are and who was there is the reception's. A file with values that can't be
never keeps the window from opening: the defaults hold then.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.log import logger
from app.settings import SettingsFailed, write_whole
from core.model.settings import Language, ThemeName

FILE = "organizer.json"
MOST_BYTES = 64 * 1024
"""Three values have a hundred bytes; whatever is longer is no file of ours."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`language` None: that of the computer."""

    language: Language | None = None
    theme: ThemeName = ThemeName.LIGHT
    is_heard: bool = True


_PREFERENCES = TypeAdapter(Preferences)


class PreferenceBook:
    """The preferences of one folder. A disk that fails costs the next start the change, never this window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_kept = True
        """Whether the last change is on the disk."""
        self._now = _load(folder / FILE)

    @property
    def now(self) -> Preferences:
        """The preferences of now."""
        return self._now

    def change(self, **values: object) -> None:
        """Takes other values, and keeps them."""
        wanted = replace(self._now, **values)  # type: ignore[arg-type]
        if wanted == self._now:
            return
        self._now = wanted
        try:
            write_whole(self.folder / FILE, asdict(wanted))
            self.is_kept = True
        except SettingsFailed as err:
            self.is_kept = False
            logger(__name__).warning("preferences", cause=err.key)


def _load(path: Path) -> Preferences:
    try:
        with path.open("rb") as file:
            return _PREFERENCES.validate_json(file.read(MOST_BYTES))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValidationError) as err:
        logger(__name__).warning("preferences", cause=type(err).__name__)
        return Preferences()

"""How somebody wants a window at this computer: its language, its colours, whether it is heard.

Owns the one file of each window, and how a window that starts another says what it was chosen itself. Which servers
there are and who was there is the reception's; a kiosk's are settings of its folder (`app.settings`). A file with
values that can't be never keeps a window from opening: it is by itself then as it was before anybody chose.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.log import logger
from app.settings import SettingsFailed, write_whole
from core.model.settings import Language, ThemeName

MOST_BYTES = 64 * 1024
"""Three values have a hundred bytes; whatever is longer is no file of ours."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody chose; `language` and `theme` are None where nobody has: the window's own usual ones then."""

    language: Language | None = None
    theme: ThemeName | None = None
    is_heard: bool = True

    def or_else(self, usual: "Preferences") -> "Preferences":
        """What was chosen here, and for the rest what was chosen elsewhere."""
        return replace(self, language=self.language or usual.language, theme=self.theme or usual.theme)


NOTHING_CHOSEN = Preferences()
_PREFERENCES = TypeAdapter(Preferences)


class PreferenceBook:
    """The preferences of one folder's file. A disk that fails costs the next start the change, never this window."""

    def __init__(self, folder: Path, file: str) -> None:
        self._path = folder / file
        self.is_kept = True
        """Whether the last change is on the disk."""
        self._now = _load(self._path)

    @property
    def now(self) -> Preferences:
        """What is chosen now."""
        return self._now

    def change(self, **values: object) -> None:
        """Takes other values, and keeps them."""
        wanted = replace(self._now, **values)  # type: ignore[arg-type]
        if wanted == self._now:
            return
        self._now = wanted
        try:
            write_whole(self._path, asdict(wanted))
            self.is_kept = True
        except SettingsFailed as err:
            self.is_kept = False
            logger(__name__).warning("preferences", cause=err.key)


def words_of(chosen: Preferences) -> list[str]:
    """What another window is started with, so that it looks so until somebody chooses there: `--language de`."""
    told = (("--language", chosen.language), ("--theme", chosen.theme))
    return [word for name, value in told if value is not None for word in (name, value.value)]


def _load(path: Path) -> Preferences:
    try:
        with path.open("rb") as file:
            return _PREFERENCES.validate_json(file.read(MOST_BYTES))
    except FileNotFoundError:
        return NOTHING_CHOSEN
    except (OSError, ValidationError) as err:
        logger(__name__).warning("preferences", cause=type(err).__name__)
        return NOTHING_CHOSEN

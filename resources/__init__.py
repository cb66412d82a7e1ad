"""Everything that is shown or heard: words, typefaces, sounds, icons. Data only; this file finds it.

Installed or frozen, the files lie beside this one.
"""

from importlib.resources import files
from pathlib import Path


def path(name: str) -> Path:
    """Where the resource `name`, such as `sounds/rising.wav`, lies. Raises FileNotFoundError for an unknown name."""
    root = Path(str(files(__name__))).resolve()
    found = root.joinpath(*name.split("/")).resolve()
    if not (found.is_file() and found.is_relative_to(root)):
        raise FileNotFoundError(f"no resource {name}")
    return found


def names(folder: str, suffix: str) -> list[str]:
    """The resources in `folder` whose names end in `suffix`, in order; none where there is no such folder."""
    place = Path(str(files(__name__))).resolve().joinpath(*folder.split("/"))
    found = place.iterdir() if place.is_dir() else ()
    return sorted(f"{folder}/{each.name}" for each in found if each.name.endswith(suffix))


def read_text(name: str) -> str:
    """The UTF-8 text of the resource `name`."""
    return path(name).read_text("utf-8")

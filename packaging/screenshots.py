#!/usr/bin/env python3
"""Draws every page of both windows: `python3 packaging/dev.py screenshots [FOLDER]`, `build/screenshots` else.

Which pages there are is the list of `tests/kiosk/shots.py` for door staff and that of `tests/organizer/every_shot.py`
for the organizer (their names begin with `organizer.`), which the tests walk as well. One picture per page, size,
theme and language, and an `index.html` to look through them. To be looked at: what a test can measure is in
`tests/kiosk/test_walk.py` and `tests/organizer/test_walk.py`. `--shot`, `--size`, `--theme` and `--language` draw
less: each may be repeated.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from itertools import product
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.kiosk.words import read_kiosk_words
from app.organizer.words import read_organizer_words
from app.start.words import read_start_words
from app.widgets.theme import ThemeName
from app.widgets.typeface import load_typeface
from app.widgets.words import load_tables
from core.model.settings import Language
from tests.kiosk.shots import OTHER_OUTCOMES, SHOTS
from tests.organizer.every_shot import SHOTS as ORGANIZER_SHOTS
from tests.start.shots import SHOTS as START_SHOTS
from tests.support.pseudo_locale import lengthened
from tests.support.shots import Look, Shot

W = TypeVar("W")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "screenshots"
SIZES = ("800x480", "1280x800", "1920x1080")
PSEUDO = "pseudo"
USUAL = (
    (Language.ENGLISH.value, ThemeName.DARK),
    (Language.ENGLISH.value, ThemeName.LIGHT),
    (Language.ENGLISH.value, ThemeName.HIGH_CONTRAST),
    (Language.GERMAN.value, ThemeName.LIGHT),
    (PSEUDO, ThemeName.DARK),
)
"""Languages and themes of a whole gallery: a language's length does not depend on colours."""
STYLE = """body { font: 15px sans-serif; margin: 16px; background: #ddd; color: #111; }
a { color: #0b5cad; } td { padding: 4px 16px 4px 0; }
figure { display: inline-block; margin: 0 12px 16px 0; vertical-align: top; }
img { display: block; width: 400px; height: auto; border: 1px solid #888; }"""


@cache
def tables_of(language: str) -> dict[str, object]:
    """The texts of a language, or of the one that nobody speaks."""
    return lengthened(load_tables("en")) if language == PSEUDO else load_tables(language)


def size_of(text: str) -> QSize:
    """`800x480` as a size."""
    width, height = text.split("x")
    return QSize(int(width), int(height))


def draw(folder: Path, shots: Iterable[Shot[W]], look: Look[W]) -> Iterator[str]:
    """Writes one PNG per page into `folder`, and tells their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for shot in shots:
        window = shot.open(look)
        path = folder / f"{shot.name}.png"
        if not window.grab().save(str(path)):
            raise OSError(f"cannot write {path}")
        window.close()
        window.deleteLater()
        yield shot.name


def draw_all(folder: Path, begins: tuple[str, ...], language: str, size: QSize, theme: ThemeName) -> list[str]:
    """Writes the pictures of all windows whose names begin so, and tells their names."""
    tables = tables_of(language)
    door = [shot for shot in (*SHOTS, *OTHER_OUTCOMES) if shot.name.startswith(begins)]
    desk = [shot for shot in ORGANIZER_SHOTS if shot.name.startswith(begins)]
    begin = [shot for shot in START_SHOTS if shot.name.startswith(begins)]
    return [
        *draw(folder, begin, Look(read_start_words(tables), size, theme)),
        *draw(folder, door, Look(read_kiosk_words(tables), size, theme)),
        *draw(folder, desk, Look(read_organizer_words(tables), size, theme)),
    ]


def write_page(path: Path, title: str, body: str) -> None:
    """One page of the gallery."""
    head = f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    path.write_text(f"{head}<h1>{escape(title)}</h1>\n{body}\n", "utf-8")


def figures(place: str, names: list[str]) -> str:
    """Pictures with their names, small; a click shows each as it is."""
    return "\n".join(
        f'<figure><a href="{place}/{name}.png"><img src="{place}/{name}.png" loading="lazy" alt="{name}"></a>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name in names
    )


def options_of(argv: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--shot", action="append", metavar="NAME", help="a page whose name begins so")
    parser.add_argument("--size", action="append", metavar="WxH")
    parser.add_argument("--theme", action="append", type=ThemeName, choices=list(ThemeName))
    parser.add_argument("--language", action="append", choices=[*Language, PSEUDO])
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Draws everything that was asked for."""
    options = options_of(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    load_typeface()
    begins = tuple(options.shot or ("",))
    spoken = [(language, theme) for language, theme in USUAL if not options.language or language in options.language]
    if options.theme:
        spoken = list(product(options.language or [Language.ENGLISH.value], options.theme))
    rows, count = [], 0
    for (language, theme), size in product(spoken, options.size or SIZES):
        place = f"{language}-{theme}-{size}"
        names = draw_all(options.folder / place, begins, language, size_of(size), theme)
        write_page(options.folder / f"{place}.html", place, figures(place, names))
        rows.append(f'<tr><td><a href="{place}.html">{place}</a></td><td>{len(names)} pictures</td></tr>')
        count += len(names)
        application.processEvents()
    write_page(options.folder / "index.html", "What the windows show", f"<table>{''.join(rows)}</table>")
    print(f"{count} pictures: open {options.folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

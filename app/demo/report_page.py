"""The demo's report as a page: figures first, then what the organizer saw, then what door staff saw.

Owns the HTML: one file beside its pictures, without any script, any address of another machine, or any name of a guest.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from app.demo.guests import Picture
from app.demo.report import Report
from app.demo.scenes import Scene, scene_file
from app.demo.words import DemoWords

PAGE = "report.html"
NIGHT = "night.pdf"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; }
dt { font-size: 0.9rem; opacity: 0.75; } dd { margin: 0; font-size: 2rem; font-weight: 700; }
dl div { display: flex; flex-direction: column-reverse; }
figure { margin: 0 0 2rem; } img { width: 100%; height: auto; border: 1px solid #8888; border-radius: 8px; }
figcaption { margin-bottom: 0.5rem; font-weight: 600; }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 0 2rem; }
.holds, .fails { border-left: 4px solid #0b7a53; padding-left: 1rem; } .fails { border-color: #b3261e; }
"""


def door_file(picture: Picture) -> str:
    """The name of a picture of a door."""
    return f"kiosk-{picture.value}.png"


def report_page(made: Report, folder: Path, words: DemoWords, language: str) -> str:
    """The page; a picture that was not taken is said to be missing."""
    said = words.page
    parts = (
        f"<h1>{escape(said.title)}</h1><p>{escape(said.told)}</p>",
        _verdict(made, words),
        f"<h2>{escape(said.figures)}</h2>",
        _figures(made, words),
        f'<p><a href="{NIGHT}">{escape(said.night)}</a></p>' if (folder / NIGHT).exists() else "",
        f"<h2>{escape(said.organizer)}</h2><section>",
        *(_figure(folder / scene_file(scene), words.scenes[scene], words) for scene in Scene),
        f"</section><h2>{escape(said.doors)}</h2><section>",
        *(_figure(folder / door_file(each), words.pictures[each], words) for each in Picture),
        "</section>",
    )
    head = f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    title = f"<title>{escape(said.title)}</title><style>{_STYLE}</style></head><body>"
    return f"{head}{view}{title}{''.join(parts)}</body></html>\n"


def _verdict(made: Report, words: DemoWords) -> str:
    said = words.page
    if not made.faults:
        return f'<p class="holds">{escape(said.balances)}</p>'
    faults = "".join(f"<li>{escape(each)}</li>" for each in (*made.faults, *made.surprises, *made.unseen))
    return f'<div class="fails"><p>{escape(said.not_balanced)}</p><ul>{faults}</ul></div>'


def _figures(made: Report, words: DemoWords) -> str:
    return f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{n}</dd></div>' for n, name in _counts(made, words))}</dl>"


def _counts(made: Report, words: DemoWords) -> Iterator[tuple[float, str]]:
    said = words.page
    yield made.scans, said.scans
    yield made.redemptions, said.redemptions
    yield made.offline_admissions, said.offline
    yield made.double_admissions, said.double
    yield made.lost, said.lost
    yield made.waiting, said.waiting
    yield made.seconds, said.seconds


def _figure(path: Path, told: str, words: DemoWords) -> str:
    name = escape(path.name)
    shown = f'<a href="{name}"><img src="{name}" alt="{escape(told)}" loading="lazy"></a>'
    if not path.exists():
        shown = f"<p>{escape(words.page.missing)}</p>"
    return f"<figure><figcaption>{escape(told)}</figcaption>{shown}</figure>"

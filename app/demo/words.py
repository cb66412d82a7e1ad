"""What the demo says at the terminal, in the language of its windows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.demo.guests import Kind, Phase, Picture
from app.demo.scenes import Scene
from app.kiosk.words import KioskWords, read_kiosk_words
from app.widgets.words import Template, load_tables, read_by_member, read_section, read_text, table_at


@dataclass(frozen=True, slots=True)
class DemoLines:
    """The lines about the night as a whole."""

    open: str
    last: str
    not_read: str
    online: str
    offline: str
    stays: str
    scans: Annotated[Template, "count", "outcomes"]
    server: Annotated[Template, "redemptions", "offline", "double", "lost", "waiting"]
    latency: Annotated[Template, "p50", "p95"]
    report: Annotated[Template, "folder"]
    balances: Annotated[Template, "folder"]


@dataclass(frozen=True, slots=True)
class DemoPage:
    """The report as a page."""

    title: str
    told: str
    figures: str
    scans: str
    redemptions: str
    offline: str
    double: str
    lost: str
    waiting: str
    seconds: str
    balances: str
    not_balanced: str
    organizer: str
    doors: str
    night: str
    missing: str


@dataclass(frozen=True, slots=True)
class DemoWords:
    """All words of the demo in one language, with those of the windows that it opens."""

    lines: DemoLines
    phases: Mapping[Phase, str]
    guests: Mapping[Kind, str]
    kiosk: KioskWords
    page: DemoPage
    scenes: Mapping[Scene, str]
    pictures: Mapping[Picture, str]


def load_demo_words(language: str = "en") -> DemoWords:
    """The words of a language. Raises WordsError when a key is missing, unknown or misused."""
    tables = load_tables(language)
    return DemoWords(
        lines=read_section(table_at(tables, "demo"), DemoLines, "demo"),
        phases=read_by_member(table_at(tables, "demo_phase"), Phase, read_text, "demo_phase"),
        guests=read_by_member(table_at(tables, "demo_guest"), Kind, read_text, "demo_guest"),
        kiosk=read_kiosk_words(tables),
        page=read_section(table_at(tables, "demo_page"), DemoPage, "demo_page"),
        scenes=read_by_member(table_at(tables, "demo_scene"), Scene, read_text, "demo_scene"),
        pictures=read_by_member(table_at(tables, "demo_picture"), Picture, read_text, "demo_picture"),
    )

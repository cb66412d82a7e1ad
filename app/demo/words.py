"""What the demo says at the terminal, in the language of its windows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.demo.guests import Kind, Phase
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
class DemoWords:
    """All words of the demo in one language, with those of the windows that it opens."""

    lines: DemoLines
    phases: Mapping[Phase, str]
    guests: Mapping[Kind, str]
    kiosk: KioskWords


def load_demo_words(language: str = "en") -> DemoWords:
    """The words of a language. Raises WordsError when a key is missing, unknown or misused."""
    tables = load_tables(language)
    return DemoWords(
        lines=read_section(table_at(tables, "demo"), DemoLines, "demo"),
        phases=read_by_member(table_at(tables, "demo_phase"), Phase, read_text, "demo_phase"),
        guests=read_by_member(table_at(tables, "demo_guest"), Kind, read_text, "demo_guest"),
        kiosk=read_kiosk_words(tables),
    )

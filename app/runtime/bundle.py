"""What goes into a support bundle of a machine's files, and what does not.

Owns the redaction by what is let through, not by what is kept out: settings by name, log lines by the name of each
field and by what a word of a program looks like, databases by shape and count alone. Whatever nobody has thought of
stays at home.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.log import LOG_FOLDER, REDACTED, redact
from app.settings import JOURNAL_FILE, TRUST_FILE, load_profile
from app.store.database import StorageFailed
from app.store.examination import examine

TAIL_BYTES = 256 * 1024
MOST_LINES = 1_000
FIELDS = frozenset({
    "cause", "duty", "error", "event", "facts", "files", "job", "key", "level", "method", "n", "objection", "phase",
    "place", "reason", "route", "rule", "state", "status", "timestamp", "took_ms", "version", "why",
})  # fmt: skip
"""The fields of a log line that are let through."""
_WORD = re.compile(
    r"[a-z][a-z0-9_.,:/-]{0,59}( [a-z0-9_.,:/-]{1,30}){0,7}"  # a key, a phase, a few words of ours
    r"|/[A-Za-z0-9_./{}-]{0,119}"  # a route's template
    r"|[0-9][0-9TZ:.+-]{0,39}"  # an instant, a number
    r"|GET|POST|PUT|PATCH|DELETE"
    r"|[A-Z][A-Za-z]{2,40}(Error|Exception|Failed|Expired|Busy|Unavailable|Damaged)"
)
"""What a program says, as against what a person is called: no word begins with a capital, but an error's own name."""
_LONG = re.compile(r"[A-Za-z0-9_-]{24,}")
"""Nothing that is told on purpose is this long without a break: a token, a digest, a code would be."""
SHOWN_SETTINGS = ("gate", "incarnation", "direction", "trusted_with", "device", "event")


def log_tails(folder: Path) -> Iterator[tuple[str, str]]:
    """The last lines of each log of a folder, redacted: name and text."""
    for file in sorted((folder / LOG_FOLDER).glob("*.log")):
        yield f"log/{file.name}", "".join(f"{redacted(line)}\n" for line in _tail(file))


def _tail(file: Path) -> list[str]:
    with file.open("rb") as opened:
        opened.seek(0, os.SEEK_END)
        opened.seek(max(0, opened.tell() - TAIL_BYTES))
        lines = opened.read(TAIL_BYTES).decode("utf-8", "replace").splitlines()
    return lines[-MOST_LINES:]


def redacted(line: str) -> str:
    """A line of a log as it may leave the machine."""
    try:
        fields = json.loads(line)
    except ValueError:
        return REDACTED
    if not isinstance(fields, dict):
        return REDACTED
    clean = redact(None, "", {name: value for name, value in fields.items() if name in FIELDS})
    return json.dumps({name: _said(value) for name, value in clean.items()}, sort_keys=True)


def _said(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    is_plain = isinstance(value, str) and _WORD.fullmatch(value) and not _LONG.search(value)
    return value if is_plain else REDACTED


def settings_of(folder: Path) -> dict[str, object]:
    """A kiosk's settings, but for names of people and whatever opens anything."""
    profile = load_profile(folder)
    address = urlsplit(profile.server)
    shown = {name: str(getattr(profile, name)) for name in SHOWN_SETTINGS}
    return shown | {
        "server": f"{address.scheme}://{address.hostname}:{address.port or ''}",
        "has_root_key": profile.root is not None,
        "has_authority": bool(profile.authority),
    }


def shape_of_kiosk(folder: Path) -> dict[str, object]:
    """Tables and counts of a kiosk's databases."""
    return {name: _shape(folder / name) for name in (JOURNAL_FILE, TRUST_FILE)}


def _shape(path: Path) -> dict[str, object]:
    if not path.exists():
        return {"there": False}
    try:
        found = examine(path)
    except StorageFailed as err:
        return {"there": True, "failed": err.key}
    return {"version": found.version, "check": found.check, "tables": found.tables, "counts": found.counts}

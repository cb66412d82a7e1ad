"""Each foreign library has one door: replacing it, or guarding against it, is the work of one package.

import-linter checks the project's own direction (pyproject.toml); it sees a library only as a whole and a package only
once it exists. This test also sees parts of a library, and any file that comes to be.
"""

from collections.abc import Iterator

import pytest

from tests.architecture.sources import Import, Source, imports, is_within, planted, sources

WINDOWS = ("app.widgets", "app.kiosk", "app.organizer", "app.demo", "app.start", "app.device")
# What is heard belongs to what is seen; only capture has its door in app.device.
SOUND = ("app.widgets.sound_box",)

# library, or part of one → where it may be imported. The longest matching row decides.
DOORS: dict[str, tuple[str, ...]] = {
    "PySide6": WINDOWS,
    "PySide6.QtMultimedia": ("app.device",),
    "PySide6.QtMultimedia.QAudioDevice": SOUND,
    "PySide6.QtMultimedia.QMediaDevices": ("app.device", *SOUND),
    "PySide6.QtMultimedia.QSoundEffect": SOUND,
    "cv2": ("app.device",),
    "pyzbar": ("app.device",),
    "zxingcpp": ("app.device",),
    "keyring": ("app.device",),
    "sqlite3": ("app.store",),
    "sqlite_utils": ("app.store",),
    "sqlalchemy": ("app.ledger",),
    "alembic": ("app.ledger",),
    "psycopg": ("app.ledger",),
    "httpx": ("app.net",),
    "httpcore": ("app.net",),
    "httpx_sse": ("app.net",),
    "google": ("app.net.fcm",),
    "aiosmtplib": ("app.net.mail_sender",),
    "tenacity": ("app.net",),
    "standardwebhooks": ("app.net",),
    "stripe": ("app.net",),
    "fastapi": ("app.server",),
    "starlette": ("app.server",),
    "uvicorn": ("app.server",),
    "limits": ("app.server", "app.runtime.pace", "app.runtime.shared_counts"),
    "prometheus_client": ("app.server.metrics",),
    "pyqtgraph": ("app.organizer",),
    "apscheduler": ("app.runtime.schedule",),
    "structlog": ("app.log",),
    "logging": ("app.log",),
    "rapidfuzz": ("core.people",),
    "anyascii": ("core.people",),
    "segno": ("app.paper", "app.device"),  # printed, and drawn into synthetic frames
    "reportlab": ("app.paper",),
    "cryptography": ("core.ticket.seal", "app.device.vault", "app.ledger.authority"),
    "cryptography.x509": ("app.ledger.authority",),
}


def door_of(found: Import) -> tuple[str, ...] | None:
    """Where the imported thing may be imported; None for what has no door."""
    rows = [library for library in DOORS if is_within(found.name, library)]
    return DOORS[max(rows, key=len)] if rows else None


def past_the_door(source: Source) -> Iterator[str]:
    """The imports of `source` that belong elsewhere."""
    for found in imports(source):
        door = door_of(found)
        if door is not None and not any(is_within(source.module, place) for place in door):
            yield f"{source.module}:{found.line}: {found.name} belongs to {', '.join(door)}"


def test_each_library_has_one_door() -> None:
    found = [*sources("core"), *sources("app")]
    assert [wrong for source in found for wrong in past_the_door(source)] == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("app.kiosk.program", "import cv2"),
        ("app.kiosk.program", "from PySide6.QtMultimedia import QCamera"),
        ("app.kiosk.program", "import PySide6.QtMultimedia"),
        ("app.server.program", "def main():\n    from PySide6.QtCore import QObject"),
        ("app.server.routes", "import sqlite3"),
        ("app.server.routes", "from sqlalchemy import select"),
        ("app.device_other", "import cv2"),
        ("app.runtime.scan_line", "import httpx"),
        ("core.journal.scan", "from cryptography.hazmat.primitives import hashes"),
    ],
)
def test_planted_import_past_the_door_is_found(module: str, text: str) -> None:
    assert list(past_the_door(planted(module, text)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("app.device.camera", "import cv2\nfrom PySide6.QtMultimedia import QCamera"),
        ("app.widgets.sound_box", "from PySide6.QtMultimedia import QSoundEffect"),
        ("app.store.journal", "import sqlite3"),
        ("app.server.program", "import json"),
    ],
)
def test_import_at_its_door_is_fine(module: str, text: str) -> None:
    assert list(past_the_door(planted(module, text))) == []

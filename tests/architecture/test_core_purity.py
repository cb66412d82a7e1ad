"""`core` is values in, values out: it can reach no clock, chance, file, thread, network, log or screen.

An allow-list, so that a new way out of `core` is refused before anyone has thought of it.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, imports, is_within, planted, sources

# fmt: off
PURE = [
    "__future__", "abc", "annotated_types", "anyascii", "array", "base64", "binascii", "bisect", "collections", "core",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "heapq", "itertools", "json",
    "math", "operator", "rapidfuzz", "re", "rfc8785", "statistics", "string", "struct", "types", "typing",
    "unicodedata", "uuid", "urllib.parse", "zlib", "zoneinfo",
]
# fmt: on
# The one file with a cryptographic primitive in it may also import these.
SEAL = "core.ticket.seal"
SEALS = ["cryptography", "hashlib", "hmac"]
# Random, or different on every machine: a key or a nonce is an argument too.
IMPURE_PARTS = (
    "cryptography.fernet",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid.uuid6",
    "uuid.uuid7",
    "uuid.getnode",
)
# Built-in doors to the world; `hash` of a text differs from process to process.
IMPURE_CALLS = {
    "open",
    "print",
    "input",
    "exec",
    "eval",
    "compile",
    "__import__",
    "breakpoint",
    "globals",
    "id",
    "hash",
}
# Methods that read the clock or draw by chance, whatever they are called on.
IMPURE_METHODS = {
    "now": "the moment is an argument",
    "utcnow": "the moment is an argument",
    "today": "the moment is an argument",
    "uuid1": "ids are arguments",
    "uuid4": "ids are arguments",
    "uuid6": "ids are arguments",
    "uuid7": "ids are arguments",
    "getnode": "ids are arguments",
    "generate": "keys are arguments",
    "generate_key": "keys are arguments",
    "astimezone()": "the machine's time zone is not the event's",
    "fromtimestamp()": "the machine's time zone is not the event's",
}


def impurities(source: Source) -> Iterator[str]:
    """Everything in `source` by which it could see or change the world, with its line."""
    allowed = PURE + (SEALS if source.module == SEAL else [])
    for found in imports(source):
        is_allowed = any(is_within(found.name, package) for package in allowed)
        if not is_allowed or any(is_within(found.name, part) for part in IMPURE_PARTS):
            yield f"{source.module}:{found.line}: imports {found.name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (why := impure_call(node)):
            yield f"{source.module}:{node.lineno}: {ast.unparse(node)[:60]}: {why}"
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield f"{source.module}:{node.lineno}: {ast.unparse(node)}: state lives in values"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"{source.module}:{node.lineno}: waits"


def impure_call(call: ast.Call) -> str | None:
    """Why `call` does not belong into `core`, if so."""
    match call.func:
        case ast.Name(id=name) if name in IMPURE_CALLS:
            return "reaches outside"
        case ast.Attribute(attr=name):
            # a zone given as an argument makes the last two pure
            lacks_zone = len(call.args) + len(call.keywords) < (2 if name == "fromtimestamp" else 1)
            return IMPURE_METHODS.get(name) or (IMPURE_METHODS.get(f"{name}()") if lacks_zone else None)
    return None


def test_core_is_pure() -> None:
    found = sources("core")
    assert len(found) > 10
    assert [impurity for source in found for impurity in impurities(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import os.path",
        "from random import choice",
        "import secrets, math",
        "from threading import Lock",
        "import logging",
        "import sqlite3",
        "import httpx",
        "from PySide6.QtCore import QObject",
        "from app.clock import SystemClock",
        "import hashlib",
        "from cryptography.hazmat.primitives import hashes",
        "from uuid import uuid4",
        "from pathlib import Path",
        "def f():\n    import socket",
        "import uuid\nx = uuid.uuid4()",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\nx = datetime.utcnow()",
        "from datetime import date\nx = date.today()",
        "from datetime import datetime\nx = datetime.fromtimestamp(0)",
        "def f(moment):\n    return moment.astimezone()",
        "x = open('f')",
        "print('x')",
        "x = __import__('os')",
        "def f():\n    global x\n    x = 1",
        "async def f(): ...",
    ],
)
def test_planted_impurity_is_found(text: str) -> None:
    assert list(impurities(planted("core.model.planted", text)))


@pytest.mark.parametrize(
    "text",
    [
        "from core.model.ids import EventId",
        "import hashlib",
        "from cryptography.hazmat.primitives import hashes",
        "from datetime import UTC, datetime\nx = datetime.fromtimestamp(0, UTC)",
        "def f(moment, zone):\n    return moment.astimezone(zone)",
    ],
)
def test_what_the_seal_needs_is_pure(text: str) -> None:
    assert list(impurities(planted(SEAL, text))) == []

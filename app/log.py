"""What programs say of themselves: on standard error, lines for people or JSON for collectors; and in a file.

Owns the set-up, the file and the redaction: no secret, no holder's name, no scanned text leaves a process this way.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"secret|token|authorization|password|passphrase|code|text|record|payload|holder|body|url|master|key$",
    re.IGNORECASE,
)
_SECRET_TEXTS = re.compile(r"T[0-9]{1,3}:[A-Z2-7]{8,}\S*|(?<=://)[^/\s@]+@|(?:Device|Bearer) \S+")
REDACTED = "[redacted]"
LOG_FOLDER = "log"
FILE_BYTES = 2 * 1024 * 1024
FILES_BEFORE = 4
"""Some 10 MiB in all: a busy night's warnings many times over, and no disk is filled by them."""
_REQUESTS = "app.requests"
"""The logger of lines about requests: to standard error alone, or a busy night would push all else out of the files."""


def _shared() -> list[Any]:
    """What happens to every line before it is written."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]


def set_up(*, is_json: bool, tells_requests: bool = True) -> None:
    """Sends this program's and its libraries' lines to standard error, redacted; without those of single requests if
    whoever reads it wants none.
    """
    shared = _shared()
    last = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").addFilter(_without_trace)
    plain = logging.StreamHandler(sys.stderr)
    requests = logging.getLogger(_REQUESTS)
    requests.handlers, requests.propagate = [plain], False
    requests.disabled = not tells_requests


class _OwnersFile(RotatingFileHandler):
    """Files that their owner alone can read, from their first moment. A full disk costs lines, never the program."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """The line is on standard error as well."""


@contextmanager
def kept_in(folder: Path, name: str) -> Iterator[None]:
    """Writes what the program says into `folder`/log/`name`.log too, as JSON, while the block runs.

    Rotated at 2 MiB, four older files kept. Where the folder can't be written the program goes on without a file.
    """
    try:
        handler = _kept(folder / LOG_FOLDER, name)
    except OSError as err:
        logger(__name__).warning("no_log_file", cause=type(err).__name__)
        yield
        return
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _kept(folder: Path, name: str) -> logging.Handler:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _OwnersFile(folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES_BEFORE, encoding="utf-8")
    last = structlog.processors.JSONRenderer()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=_shared()))
    return handler


def _without_trace(record: logging.LogRecord) -> bool:
    """The framework says of a bug that it was, the server which and where: an error's own text may quote a row."""
    record.exc_info = None
    return True


def say_request(fields: Mapping[str, str | int | float]) -> None:
    """A line about a request, past the redaction, which costs ten times as much: say nothing here that came with it."""
    logging.getLogger(_REQUESTS).info(json.dumps({"event": "request", **fields, "timestamp": _now()}))


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def logger(name: str) -> Any:
    """The logger of a module."""
    return structlog.get_logger(name)


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blanks fields that may hold secrets by their name, and what looks like a code or a credential in any text."""
    for name, value in event.items():
        if name != "event" and _SECRET_NAMES.search(name):
            event[name] = REDACTED
        elif isinstance(value, str):
            event[name] = _SECRET_TEXTS.sub(REDACTED, value)
    return event

"""What programs say of themselves, on standard error: lines for people, or JSON for collectors.

Owns the set-up and the redaction: no secret, no holder's name, no scanned text leaves a process this way.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"secret|token|authorization|password|passphrase|code|text|record|payload|holder|body|url|master|key$",
    re.IGNORECASE,
)
_SECRET_TEXTS = re.compile(r"T[0-9]{1,3}:[A-Z2-7]{8,}\S*|(?<=://)[^/\s@]+@|(?:Device|Bearer) \S+")
REDACTED = "[redacted]"


def set_up(*, is_json: bool) -> None:
    """Sends this program's and its libraries' lines to standard error, redacted."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
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


def _without_trace(record: logging.LogRecord) -> bool:
    """The framework says of a bug that it was, the server which and where: an error's own text may quote a row."""
    record.exc_info = None
    return True


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

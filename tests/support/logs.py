"""Logging as each test found it: a program's set-up writes to a standard error that ends with the test."""

import contextlib
import logging
from collections.abc import Iterator

import pytest
import structlog

LOGGERS = ("", "app", "app.requests", "uvicorn.error")
"""Those that `app.log.set_up` changes."""


@contextlib.contextmanager
def unchanged_logging() -> Iterator[None]:
    """Puts back what a program's set-up of logging changes."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(each.handlers[:], each.level, each.propagate, each.filters[:]) for each in loggers]
    configured = structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        for each, (handlers, level, propagate, filters) in zip(loggers, before, strict=True):
            each.handlers[:], each.propagate, each.filters[:] = handlers, propagate, filters
            each.setLevel(level)
        if configured is None:
            structlog.reset_defaults()
        else:
            structlog.configure(**configured)


@pytest.fixture(autouse=True)
def _unchanged_logging() -> Iterator[None]:
    with unchanged_logging():
        yield

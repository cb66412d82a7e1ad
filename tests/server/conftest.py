"""What tests of the server share."""

import io
import logging
from collections.abc import Iterator

import pytest

from app.log import set_up


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error of a program that logs as the server does."""
    told = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr("sys.stderr", told)
    set_up(is_json=True)
    yield told
    root.handlers = handlers
    root.setLevel(level)
    requests = logging.getLogger("app.requests")
    requests.handlers, requests.propagate = [], True

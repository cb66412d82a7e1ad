"""What a program's set-up of logging changes is put back after each test."""

import logging

import structlog

from app.log import set_up
from tests.support.logs import LOGGERS, unchanged_logging


def _state() -> list[tuple[list[logging.Handler], int, bool]]:
    found = [logging.getLogger(name) for name in LOGGERS]
    return [(each.handlers[:], each.level, each.propagate) for each in found]


def test_a_set_up_of_logging_does_not_outlive_its_test() -> None:
    before, was_configured = _state(), structlog.is_configured()
    with unchanged_logging():
        set_up(is_json=True)
        assert _state() != before, "control: there is something to put back"
    assert (_state(), structlog.is_configured()) == (before, was_configured)

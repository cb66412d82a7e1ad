"""A worker that is killed while it delivers loses nothing, and what died can be sent again."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.killed_worker import Outcome, kill_workers

pytestmark = pytest.mark.slow


def test_five_hundred_messages_survive_five_kills(tmp_path: Path) -> None:
    outcome = kill_workers(tmp_path, news=50, endpoints=10, kills=5, seed=7)
    assert len(outcome.messages) == 500
    assert outcome.wrongs() == []
    for planted in (
        replace(outcome, taken=outcome.taken + Counter([f"msg_{uuid4().hex}"])),
        replace(outcome, taken=Counter(list(outcome.taken)[1:])),
        replace(outcome, messages=outcome.messages | {next(iter(outcome.messages)): "ready"}),
    ):
        assert len(planted.wrongs()) == 1, "the look at it sees each defect"


def test_a_look_at_nothing_finds_nothing() -> None:
    assert Outcome({}, Counter()).wrongs() == []

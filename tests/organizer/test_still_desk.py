"""The still desk keeps the contract of desks, so that a page that works at it works at the other."""

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.insight.question import Deed, Json, Question
from core.insight.reading import Freshness, Reading
from core.model.roles import RIGHTS, Role
from core.sync.answers import Rejected
from tests.organizer.desk_contract import *  # noqa: F403 — the suite
from tests.organizer.desk_contract import DeskRig, Ear, question, until
from tests.organizer.still_desk import AWAY, StillDesk, failed, old


class StillRig:
    """The still desk, which is its own server."""

    def __init__(self) -> None:
        self.desk = StillDesk(rights=RIGHTS[Role.AUDITOR])

    def says(self, question: Question[Any], told: Json) -> None:
        self.desk.tell(question.name, told)

    def refuses(self, question: Question[Any], status: int, code: str) -> None:
        self.desk.tell(question.name, failed(Rejected(status, code)))

    def answers(self, deed: Deed[Any], told: Json | Rejected) -> None:
        self.desk.deeds[(deed.method, deed.path)] = told

    def holds(self, path: str, body: bytes | Rejected) -> None:
        self.desk.files[path] = body

    def deeds(self) -> list[str]:
        return [each.path for each in self.desk.done]


@pytest.fixture
def rig() -> DeskRig:
    return StillRig()


def test_a_still_desk_tells_what_a_test_prepared(qtbot: QtBot) -> None:
    desk = StillDesk({"numbers": old((1, 2), minutes=12)})
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    watching = desk.watch(question(), ear)
    until(qtbot, lambda: ear.heard)
    (told,) = ear.heard
    assert (told.state, told.value, told.fault) == (Freshness.OLD, (1, 2), AWAY)
    assert desk.watched() == ["numbers"]
    watching.ask_again()
    assert desk.asked_again == ["numbers"]
    watching.stop()
    assert desk.watched() == []

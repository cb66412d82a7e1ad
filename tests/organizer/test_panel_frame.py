"""A panel shows the right face for every reading, and a fault in its code stays in it (G22)."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.organizer.boundary import catching
from app.organizer.panel import Panel, PanelBody
from app.organizer.panel_frame import LOADING_MOST_S, PanelFrame
from app.organizer.panel_present import Face
from app.organizer.surroundings import Surroundings
from app.organizer.words import load_organizer_words
from core.insight.question import Question
from core.model.moments import Millis
from core.model.roles import Right
from core.sync.answers import Rejected
from tests.organizer.panel_shots import figure
from tests.organizer.shots import Look, settle, surroundings
from tests.organizer.still_desk import MINUTE_MS, NOW_MS, StillDesk, failed, fresh, old


@pytest.fixture
def desk() -> StillDesk:
    return StillDesk({"figure": 12})


@pytest.fixture
def at(desk: StillDesk) -> Surroundings:
    return surroundings(Look(load_organizer_words(), QSize(1280, 800)), desk)


QUESTION = Question("figure", "/api/v1/figure", int, Right.READ_STATUS)


def shown(frame: PanelFrame, qtbot: QtBot) -> PanelFrame:
    qtbot.addWidget(frame)
    frame.resize(600, 300)
    frame.show()
    return frame


def test_a_panel_goes_through_its_faces_and_tries_again(at: Surroundings, desk: StillDesk, qtbot: QtBot) -> None:
    frame = shown(PanelFrame(replace(figure(), question=QUESTION), at), qtbot)
    assert frame.face is Face.LOADING
    frame.begin()
    settle()
    assert (frame.face, frame.body.figure.text()) == (Face.FRESH, "12")
    desk.tell("figure", old(11))
    settle()
    assert (frame.face, frame.body.figure.text()) == (Face.OLD, "11")
    assert frame.text.note == "as of 19:52 (12 min ago)"
    assert frame.text.cause == "Not new: server unreachable"
    desk.tell("figure", failed(Rejected(403, "forbidden")))
    settle()
    assert (frame.face, frame.body.isVisible(), frame.retry_key.isVisible()) == (Face.FAILED, False, True)
    assert frame.text.lines == ("Your account may not see this, since 20:02.",)
    frame.retry_key.click()
    assert desk.asked_again == ["figure"]
    frame.rest()
    assert desk.watched() == []


def test_the_last_good_answers_age_is_on_the_card(at: Surroundings, qtbot: QtBot) -> None:
    frame = shown(PanelFrame(figure(), at), qtbot)
    frame.show_reading(replace(failed(), as_of_ms=Millis(NOW_MS - 14 * MINUTE_MS)))
    assert frame.text.lines[1] == "The last good answer was of 19:50 (14 min ago)."


def test_nothing_loads_for_ever(at: Surroundings, desk: StillDesk, qtbot: QtBot) -> None:
    frame = shown(PanelFrame(figure(), at), qtbot)
    desk._now_ms = Millis(NOW_MS + LOADING_MOST_S * 1_000)
    frame.tick()
    assert frame.face is Face.LOADING
    desk._now_ms = Millis(NOW_MS + LOADING_MOST_S * 1_000 + 1)
    frame.tick()
    assert (frame.face, frame.text.lines) == (Face.FAILED, ("No answer in time, since 20:04.",))
    frame.show_reading(fresh(3))
    assert frame.face is Face.FRESH


def test_old_figures_are_muted_and_new_ones_are_not(at: Surroundings, qtbot: QtBot) -> None:
    frame = shown(PanelFrame(figure(), at), qtbot)
    frame.show_reading(fresh(1))
    new = frame.body.figure.palette().color(frame.body.figure.foregroundRole()).name()
    frame.show_reading(old(1))
    aged = frame.body.figure.palette().color(frame.body.figure.foregroundRole()).name()
    assert (new.upper(), aged.upper()) == (at.theme.text, at.theme.muted)


# --- faults of a panel's own code -----------------------------------------------------------------------------------


class Fragile(PanelBody):
    """Fails where `where` says; mended when that is empty."""

    where = ""

    def __init__(self) -> None:
        if Fragile.where == "make":
            raise ZeroDivisionError("Anna Muster")
        super().__init__()

    def show_value(self, value: int) -> None:
        if Fragile.where == "feed":
            raise ZeroDivisionError("Anna Muster")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        if Fragile.where == "painting":
            raise ZeroDivisionError("Anna Muster")
        painter.end()
        if Fragile.where == "paint":
            raise ZeroDivisionError("Anna Muster")

    def press(self) -> None:
        raise ZeroDivisionError("Anna Muster")


@pytest.fixture
def fragile() -> Iterator[Panel[Fragile, int]]:
    Fragile.where = ""
    yield Panel("shots.fragile", lambda: "Fragile", Fragile, Fragile.show_value)
    Fragile.where = ""


@pytest.mark.parametrize("where", ["make", "feed", "paint", "painting"])
def test_a_fault_in_a_panels_code_stays_in_it(
    where: str, fragile: Panel[Fragile, int], at: Surroundings, qtbot: QtBot
) -> None:
    # G22
    window = QWidget()
    qtbot.addWidget(window)
    Fragile.where = where
    with catching():
        frame, other = PanelFrame(fragile, at, window), PanelFrame(figure(), at, window)
        frame.setGeometry(0, 0, 400, 200)
        other.setGeometry(0, 200, 400, 200)
        window.show()
        for each in (frame, other):
            each.show_reading(fresh(7))
        qtbot.waitUntil(lambda: frame.face is Face.BROKEN)
        assert (other.face, other.body.figure.text()) == (Face.FRESH, "7")
        assert frame.text.title == "This panel has failed"
        frame.retry_key.click()
        qtbot.waitUntil(lambda: frame.face is Face.BROKEN)
        Fragile.where = ""
        frame.retry_key.click()
        qtbot.waitExposed(window)
        assert frame.face is Face.FRESH
        window.repaint()
        assert frame.face is Face.FRESH


def test_without_the_boundary_a_fault_in_a_paint_leaves_the_panel_as_it_was(
    fragile: Panel[Fragile, int], at: Surroundings, qtbot: QtBot
) -> None:
    """The negative control: what the test above sees is the boundary's work."""
    frame = shown(PanelFrame(fragile, at), qtbot)
    frame.show_reading(fresh(7))
    Fragile.where = "paint"
    with qtbot.captureExceptions() as raised:
        frame.body.update()
        qtbot.waitUntil(lambda: bool(raised))
        Fragile.where = ""
    assert frame.face is Face.FRESH


def test_a_fault_in_a_click_breaks_the_panel_down_and_what_it_said_is_not_logged(
    fragile: Panel[Fragile, int], at: Surroundings, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = shown(PanelFrame(fragile, at), qtbot)
    frame.show_reading(fresh(7))
    frame.retry_key.clicked.connect(frame.body.press)
    with catching():
        frame.retry_key.click()
        qtbot.waitUntil(lambda: frame.face is Face.BROKEN)
    told = "".join(capsys.readouterr())
    assert "ZeroDivisionError" in told
    assert "shots.fragile" in told
    assert "Muster" not in told


def test_a_fault_of_nobodys_is_told_to_the_window_and_an_interrupt_goes_on(qtbot: QtBot) -> None:
    told: list[str] = []
    before = sys.excepthook
    with catching(lambda: told.append("unknown")):
        sys.excepthook(ValueError, ValueError("x"), None)
    assert (told, sys.excepthook) == (["unknown"], before)

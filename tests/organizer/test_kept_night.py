"""What a report is made of is asked now and then while nobody looks at it, and is never a part that fails."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from pytestqt.qtbot import QtBot

from app.organizer.kept_night import KeptNight
from app.organizer.reports_questions import event_told, incidents, kiosks, status
from app.organizer.window import OrganizerWindow
from app.organizer.words import load_organizer_words
from core.model.roles import RIGHTS, Right, Role
from tests.organizer.reports_shots import moved, of_old_figures
from tests.organizer.still_connection import StillConnection
from tests.organizer.still_desk import LOADING, StillDesk, failed, old


class CountingDesk(StillDesk):
    """Remembers all that was ever watched."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.ever: list[str] = []

    def watch(self, question, take):  # type: ignore[no-untyped-def]
        self.ever.append(question.name)
        return super().watch(question, take)


@pytest.fixture
def kept(qtbot: QtBot) -> Iterator[KeptNight]:
    made = KeptNight()
    yield made
    made.stop()


def asked(qtbot: QtBot, kept: KeptNight, desk: CountingDesk) -> list[str]:
    kept.start(desk)
    kept.ask()
    assert kept.is_asking
    qtbot.waitUntil(lambda: not kept.is_asking)
    return desk.ever


def test_all_that_a_report_is_made_of_is_asked_once_and_watched_no_longer(qtbot: QtBot, kept: KeptNight) -> None:
    desk = CountingDesk(moved())
    assert set(asked(qtbot, kept, desk)) == set(moved())
    assert desk.watched() == []
    kept.ask()
    qtbot.waitUntil(lambda: not kept.is_asking)
    assert len(desk.ever) == 2 * len(moved()), "and again the next time"


@pytest.mark.parametrize("question", [event_told(), status(), kiosks(), incidents()], ids=lambda each: each.name)
def test_what_fails_is_not_watched_on(qtbot: QtBot, kept: KeptNight, question: object) -> None:
    """A question that fails says that a part of the window is down: there is none that anybody looks at."""
    name = question.name  # type: ignore[attr-defined]
    desk = CountingDesk(moved(**{name: failed()}))
    asked(qtbot, kept, desk)
    assert desk.watched() == []


def test_a_server_that_is_away_is_not_waited_for(qtbot: QtBot, kept: KeptNight) -> None:
    desk = CountingDesk(of_old_figures())
    asked(qtbot, kept, desk)
    assert desk.watched() == []


def test_what_the_cache_has_is_no_answer(qtbot: QtBot, kept: KeptNight) -> None:
    """An old part without a fault is one that is being asked: it is waited for."""
    told = moved()
    page = incidents().read(told[incidents().name])
    unasked = old(page)
    desk = CountingDesk(told | {incidents().name: type(unasked)(unasked.state, page, unasked.as_of_ms)})
    kept.start(desk)
    kept.ask()
    qtbot.waitUntil(lambda: len(desk.ever) == len(told))
    desk.tell(status().name, told[status().name])
    heard: list[int] = []
    desk._post.post(lambda: heard.append(1))  # behind all that was told until now
    qtbot.waitUntil(lambda: bool(heard))
    assert kept.is_asking
    desk.tell(incidents().name, told[incidents().name])
    qtbot.waitUntil(lambda: not kept.is_asking)


def test_an_answer_that_never_comes_is_given_up(qtbot: QtBot, kept: KeptNight) -> None:
    desk = CountingDesk(moved(**{incidents().name: LOADING}))
    kept.start(desk)
    kept.ask()
    qtbot.waitUntil(lambda: len(desk.ever) == len(moved()))
    assert kept.is_asking
    kept._patience.timeout.emit()
    assert not kept.is_asking
    assert desk.watched() == []


@pytest.mark.parametrize(
    "desk",
    [StillDesk(moved(), event=None), StillDesk(moved(), rights=RIGHTS[Role.OWNER] - {Right.READ_STATUS})],
    ids=["no event", "no right"],
)
def test_nothing_is_asked_where_nobody_may_see_a_report(kept: KeptNight, desk: StillDesk) -> None:
    kept.start(desk)
    assert not kept._asking.isActive()
    kept.ask()
    assert not kept.is_asking


def test_a_window_asks_while_it_is_open_and_anew_for_another_event(qtbot: QtBot) -> None:
    window = OrganizerWindow(load_organizer_words(), StillConnection(moved()), {})
    qtbot.addWidget(window)
    with closing(window):
        assert window.kept_night._first.isActive()
        assert window.kept_night._asking.isActive()
        window.kept_night.ask()
        window.start_event()
        assert not window.kept_night.is_asking, "of the event of before nothing is asked any more"
    assert not window.kept_night._asking.isActive()

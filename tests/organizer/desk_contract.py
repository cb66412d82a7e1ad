"""What every desk promises to a page: one suite for the still desk of tests and the one over the network.

A file that has a desk says how a server behind it is made to speak (a `DeskRig` as the fixture `rig`), and takes the
tests over:

    from tests.organizer.desk_contract import *
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pytestqt.qtbot import QtBot

from app.organizer.desk import Desk
from core.insight.question import Deed, Json, Method, Question, Topic
from core.insight.reading import Freshness, Reading
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

T = TypeVar("T")
PATIENCE_MS = 30_000
PATH = "/api/v1/events/{event}/numbers"
DEED_PATH = "/api/v1/events/{event}/numbers/more"
FILE_PATH = "/api/v1/events/{event}/numbers.csv"


class DeskRig(Protocol):
    """A desk, and the server behind it as a test would have it. Whoever is logged in may all that an auditor may."""

    desk: Desk

    def says(self, question: Question[Any], told: Json) -> None:
        """The server answers this question so from now on; a desk that hears of changes hears of this one."""

    def refuses(self, question: Question[Any], status: int, code: str) -> None:
        """The server refuses this question from now on."""

    def answers(self, deed: Deed[Any], told: "Json | Rejected") -> None:
        """The server answers a deed so."""

    def holds(self, path: str, body: "bytes | Rejected") -> None:
        """The server has this file."""

    def deeds(self) -> list[str]:
        """The paths of the deeds that reached the server, in order; `{event}` stands for the event."""


@dataclass
class Ear(Generic[T]):
    """Remembers what it is told, and by which thread."""

    heard: list[T] = field(default_factory=list)
    threads: set[threading.Thread] = field(default_factory=set)

    def __call__(self, told: T) -> None:
        self.heard.append(told)
        self.threads.add(threading.current_thread())


def numbers(told: Json) -> tuple[int, ...]:
    """Reads a list of numbers."""
    if not (isinstance(told, list) and all(isinstance(each, int) for each in told)):
        raise ValueError("no list of numbers")
    return tuple(told)


def question(name: str = "numbers", path: str = PATH) -> Question[tuple[int, ...]]:
    """Something to be known; the rig's caller may know it."""
    return Question(name, path, numbers, Right.READ_STATUS, frozenset({Topic.FACTS}), every_s=0.2)


def deed() -> Deed[tuple[int, ...]]:
    """Something to be done, after which the question has another answer."""
    return Deed(Method.POST, DEED_PATH, numbers, Right.READ_STATUS, {"n": 1}, frozenset({Topic.FACTS}))


def values(ear: Ear[Reading[T]]) -> list[T | None]:
    """The values that were told as new."""
    return [each.value for each in ear.heard if each.is_new]


def until(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    """Lets the window's loop run until something is so."""
    qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE_MS)


def test_what_is_watched_is_told_in_the_windows_thread_and_never_from_within_the_call(
    rig: DeskRig, qtbot: QtBot
) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1, 2])
    rig.desk.watch(question(), ear)
    assert ear.heard == []
    until(qtbot, lambda: values(ear))
    assert values(ear)[0] == (1, 2)
    assert ear.threads == {threading.current_thread()}
    told = next(each for each in ear.heard if each.is_new)
    assert told.as_of_ms is not None
    assert abs(told.as_of_ms - rig.desk.now_ms()) < 60_000
    assert told.fault is None


def test_what_changes_is_told_again(rig: DeskRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    rig.desk.watch(question(), ear)
    until(qtbot, lambda: (1,) in values(ear))
    rig.says(question(), [2])
    until(qtbot, lambda: (2,) in values(ear))


def test_two_who_watch_the_same_both_hear_and_one_who_stops_hears_no_more(rig: DeskRig, qtbot: QtBot) -> None:
    first: Ear[Reading[tuple[int, ...]]] = Ear()
    second: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    watching = rig.desk.watch(question(), first)
    rig.desk.watch(question(), second)
    until(qtbot, lambda: values(first) and values(second))
    watching.stop()
    watching.stop()
    count = len(first.heard)
    rig.says(question(), [2])
    until(qtbot, lambda: (2,) in values(second))
    watching.ask_again()
    rig.says(question(), [3])
    until(qtbot, lambda: (3,) in values(second))
    assert len(first.heard) == count


def test_one_who_stops_at_once_hears_nothing_of_what_was_on_its_way(rig: DeskRig, qtbot: QtBot) -> None:
    stopped: Ear[Reading[tuple[int, ...]]] = Ear()
    other: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    rig.desk.watch(question(), stopped).stop()
    rig.desk.watch(question(), other)
    until(qtbot, lambda: values(other))
    assert stopped.heard == []


def test_who_watches_may_stop_from_within_what_is_told(rig: DeskRig, qtbot: QtBot) -> None:
    heard: list[Reading[tuple[int, ...]]] = []
    other: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])

    def take(told: Reading[tuple[int, ...]]) -> None:
        heard.append(told)
        watching.stop()

    watching = rig.desk.watch(question(), take)
    rig.desk.watch(question(), other)
    until(qtbot, lambda: values(other))
    assert len(heard) == 1


def test_asking_again_brings_a_newer_answer(rig: DeskRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.refuses(question(), 403, "not_authorised")
    watching = rig.desk.watch(question(), ear)
    until(qtbot, lambda: any(each.state is Freshness.FAILED for each in ear.heard))
    rig.says(question(), [7])
    watching.ask_again()
    until(qtbot, lambda: (7,) in values(ear))


def test_a_refusal_is_a_failure_that_says_why_and_since_when(rig: DeskRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.refuses(question(), 403, "not_authorised")
    rig.desk.watch(question(), ear)
    until(qtbot, lambda: any(each.state is Freshness.FAILED for each in ear.heard))
    told = ear.heard[-1]
    assert isinstance(told.fault, Rejected)
    assert (told.fault.status, told.fault.code) == (403, "not_authorised")
    assert told.value is None
    assert told.fault_since_ms is not None
    assert abs(told.fault_since_ms - rig.desk.now_ms()) < 300_000


def test_an_answer_that_does_not_fit_is_a_failure_of_that_panel_alone(rig: DeskRig, qtbot: QtBot) -> None:  # G22
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    other: Ear[Reading[tuple[int, ...]]] = Ear()
    good = question("others", PATH + "/others")
    rig.says(question(), {"numbers": "none"})
    rig.says(good, [4])
    rig.desk.watch(question(), ear)
    rig.desk.watch(good, other)
    until(qtbot, lambda: any(each.state is Freshness.FAILED for each in ear.heard))
    assert ear.heard[-1].fault == Later(Trouble.SERVER_ERROR)
    until(qtbot, lambda: (4,) in values(other))


def test_a_deed_is_done_once_and_told_in_the_windows_thread_and_never_from_within_the_call(
    rig: DeskRig, qtbot: QtBot
) -> None:
    ear: Ear[Done[tuple[int, ...]] | Later | Rejected] = Ear()
    rig.answers(deed(), [5])
    rig.desk.do(deed(), ear)
    assert ear.heard == []
    until(qtbot, lambda: ear.heard)
    (told,) = ear.heard
    assert isinstance(told, Done)
    assert told.value == (5,)
    assert ear.threads == {threading.current_thread()}
    assert rig.deeds() == [DEED_PATH]


def test_a_deed_that_is_refused_says_why_and_is_not_repeated(rig: DeskRig, qtbot: QtBot) -> None:
    ear: Ear[Done[tuple[int, ...]] | Later | Rejected] = Ear()
    refused = Rejected(409, "import_refused", "it has begun already")
    rig.answers(deed(), refused)
    rig.desk.do(deed(), ear)
    until(qtbot, lambda: ear.heard)
    assert ear.heard == [refused]
    assert rig.deeds() == [DEED_PATH]


def test_what_a_deed_changes_is_asked_again(rig: DeskRig, qtbot: QtBot) -> None:
    ear: Ear[Reading[tuple[int, ...]]] = Ear()
    rig.says(question(), [1])
    rig.desk.watch(question(), ear)
    until(qtbot, lambda: values(ear))
    heard = len(ear.heard)
    rig.answers(deed(), [5])
    rig.desk.do(deed(), Ear())
    until(qtbot, lambda: len(ear.heard) > heard)


def test_a_file_comes_whole(rig: DeskRig, qtbot: QtBot, tmp_path: Path) -> None:
    ear: Ear[Done[int] | Later | Rejected] = Ear()
    rig.holds(FILE_PATH, b"n\r\n1\r\n")
    rig.desk.fetch(FILE_PATH, Right.READ_STATUS, tmp_path / "numbers.csv", ear)
    assert ear.heard == []
    until(qtbot, lambda: ear.heard)
    (told,) = ear.heard
    assert isinstance(told, Done)
    assert told.value == 6
    assert (tmp_path / "numbers.csv").read_bytes() == b"n\r\n1\r\n"
    assert ear.threads == {threading.current_thread()}


def test_a_file_that_is_refused_leaves_the_old_one_as_it_was(rig: DeskRig, qtbot: QtBot, tmp_path: Path) -> None:
    ear: Ear[Done[int] | Later | Rejected] = Ear()
    (tmp_path / "numbers.csv").write_bytes(b"old")
    rig.holds(FILE_PATH, Rejected(404, "event_unknown"))
    rig.desk.fetch(FILE_PATH, Right.READ_STATUS, tmp_path / "numbers.csv", ear)
    until(qtbot, lambda: ear.heard)
    assert ear.heard == [Rejected(404, "event_unknown")]
    assert (tmp_path / "numbers.csv").read_bytes() == b"old"
    assert [each.name for each in tmp_path.glob("*numbers.csv*")] == ["numbers.csv"]


def test_a_desk_knows_what_is_allowed_the_event_and_the_server(rig: DeskRig) -> None:
    assert rig.desk.may(Right.READ_STATUS)
    assert not rig.desk.may(Right.CHANGE_EVENT)
    assert rig.desk.event is not None
    assert rig.desk.server.startswith("http")
    assert not rig.desk.server.endswith("/")

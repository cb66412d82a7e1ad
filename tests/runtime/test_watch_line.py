"""The line's own manners, against a server that counts: no herd, no flicker, no question too many, nothing for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.clock import read_machine
from app.net import organizer_client
from app.runtime import doing, watch_line, watched
from core.insight import known as known_module
from core.insight.question import Deed, Method, Topic
from core.insight.reading import Freshness
from core.insight.standing import State
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from tests.runtime.watch_rig import PATIENCE_S, LineRig, anything, hurry, line_at, stamped
from tests.support.door import EVENT
from tests.support.scripted_server import Question as Asked
from tests.support.scripted_server import Reply, ScriptedServer

FRESH, OLD, FAILED = Freshness.FRESH, Freshness.OLD, Freshness.FAILED
STREAM = {"Content-Type": "text/event-stream"}


class Server:
    """Answers by path; counts who asks, and when."""

    def __init__(self) -> None:
        self.replies: dict[str, Callable[[], Reply]] = {"/api/v1/health": lambda: stamped(HEALTHY)}
        self.times: list[tuple[str, float]] = []
        self.heard = threading.Condition()
        self.scripted = ScriptedServer(self._reply)

    def _reply(self, asked: Asked) -> Reply:
        path = asked.path.partition("?")[0]
        with self.heard:
            self.times.append((path, read_machine().boot_ms / 1000))
            self.heard.notify_all()
        return self.replies.get(path, lambda: stamped([len(self.times)]))()

    def at(self, part: str) -> list[float]:
        """When paths of this part were asked."""
        return [at_s for path, at_s in list(self.times) if part in path]

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Waits until something is so, looking with each question."""
        with self.heard:
            assert self.heard.wait_for(is_so, PATIENCE_S)

    def on(self, path: str, reply: Callable[[], Reply]) -> None:
        self.replies[path.replace("{event}", EVENT.hex)] = reply


HEALTHY = {"status": "ok", "database": "sqlite", "internet": None}


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.on("/api/v1/events/{event}/stream", lambda: Reply(404, b"{}"))
    with made.scripted:
        yield made


@pytest.fixture
def rig(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LineRig]:
    hurry(monkeypatch)
    with line_at(server.scripted.url, tmp_path, EVENT) as made:
        yield made


def panels_of(rig: LineRig, count: int, every_s: float = 60.0) -> list[Any]:
    return [rig.watch(anything(f"p{n}", f"/api/v1/events/{{event}}/p{n}", every_s)) for n in range(count)]


def storm(rig: LineRig, server: Server) -> int:
    """Forty changes, 30 ms apart and more; how many questions came of them beyond one a second, and one at each end."""
    before, began_s = len(server.at("/p0")), time.monotonic()
    for _ in range(40):
        rig.line._hurry(frozenset({Topic.FACTS}))
        threading.Event().wait(0.03)
    took_s = time.monotonic() - began_s
    return len(server.at("/p0")) - before - 2 - int(took_s)


def test_a_storm_of_changes_is_one_question_a_second(rig: LineRig, server: Server) -> None:
    (panel,) = panels_of(rig, 1)
    panel.wait(FRESH)
    before = len(server.at("/p0"))
    assert storm(rig, server) <= 0
    server.wait(lambda: len(server.at("/p0")) > before)
    rig.wait(lambda: panel.now.is_new)


def test_control_without_gathering_a_storm_is_a_herd(
    rig: LineRig, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "GATHER_MS", 0)
    (panel,) = panels_of(rig, 1)
    panel.wait(FRESH)
    assert any(storm(rig, server) > 5 for _ in range(10)), "in one of ten, where the machine is busy"


def test_a_change_of_something_else_asks_nothing(rig: LineRig, server: Server) -> None:
    (panel,) = panels_of(rig, 1)
    panel.wait(FRESH)
    asked = len(server.at("/p0"))
    rig.line._hurry(frozenset({Topic.MANIFEST}))
    threading.Event().wait(0.4)
    assert len(server.at("/p0")) == asked


def _return_times(server: Server, rig: LineRig, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each of twelve panels was due after the server came back, in ms; none was asked sooner."""
    due_ms: dict[str, float] = {}
    come_back = watched.Panel.come_back

    def noting(panel: watched.Panel, at_ms: float) -> None:
        due_ms[panel.question.path.replace("{event}", EVENT.hex)] = at_ms
        come_back(panel, at_ms)

    panels = panels_of(rig, 12)
    for panel in panels:
        panel.wait(FRESH)
    server.on("/api/v1/health", lambda: Reply(lost=True))
    rig.line.retry()
    rig.wait_state(State.OFFLINE)
    for panel in panels:
        panel.wait(OLD)
    rig.wait_until_nothing_is_asked()
    asked = len(server.times)
    monkeypatch.setattr(watched.Panel, "come_back", noting)
    server.on("/api/v1/health", lambda: stamped(HEALTHY))
    rig.line.retry()
    for panel in panels:
        panel.wait(FRESH)
    first: dict[str, float] = {}
    for path, at_s in server.times[asked:]:
        if "/p" in path:
            first.setdefault(path, at_s)
    assert first.keys() == due_ms.keys()
    assert all(at_s * 1000 >= due_ms[path] for path, at_s in first.items())
    return sorted(due_ms.values())


def test_when_the_server_is_back_panels_come_one_after_the_other(
    rig: LineRig, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_line, "SPREAD_MS", 1_500)
    times = _return_times(server, rig, monkeypatch)
    assert times[-1] - times[0] > 400
    rig.wait_state(State.LIVE)


def test_control_without_spreading_they_come_together(
    rig: LineRig, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_line, "SPREAD_MS", 0)
    times = _return_times(server, rig, monkeypatch)
    assert times[-1] == times[0]


def test_while_the_server_is_away_one_asks_for_all_with_growing_patience(rig: LineRig, server: Server) -> None:
    for panel in panels_of(rig, 12):
        panel.wait(FRESH)
    server.on("/api/v1/health", lambda: Reply(lost=True))
    rig.line.retry()
    rig.wait_state(State.OFFLINE)
    rig.wait_until_nothing_is_asked()
    asked, probes = len(server.at("/events/")), len(server.at("/health"))
    threading.Event().wait(2.0)
    assert len(server.at("/events/")) == asked
    assert len(server.at("/health")) - probes <= 14
    standing = rig.standings[-1]
    rig.wait(lambda: rig.line.standing.retry_at_ms is not None)
    assert len(standing.affected) == 12


def test_control_panels_that_went_on_asking_would_be_a_herd(
    rig: LineRig, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself, with the same back-off."""
    monkeypatch.setattr(watch_line.WatchLine, "_may_ask", lambda self, panel: not panel.is_asked)
    monkeypatch.setattr(watch_line.WatchLine, "_is_current", lambda self, panel, epoch: True)
    panels = panels_of(rig, 12)
    for panel in panels:
        panel.wait(FRESH)
    for n in range(12):
        server.on(f"/api/v1/events/{{event}}/p{n}", lambda: Reply(lost=True))
    server.on("/api/v1/health", lambda: Reply(lost=True))
    for panel in panels:
        panel.watcher.ask_again()
    rig.wait_state(State.OFFLINE)
    asked = len(server.at("/events/"))
    server.wait(lambda: len(server.at("/events/")) - asked > 30)


def test_a_server_without_internet_is_told_from_one_that_is_away(rig: LineRig, server: Server) -> None:
    lost = {"is_there": False, "since_ms": 1_795_716_600_000, "looked_ms": 1_795_716_640_000}
    server.on("/api/v1/health", lambda: stamped({**HEALTHY, "internet": lost}))
    (panel,) = panels_of(rig, 1)
    panel.wait(FRESH)
    rig.line.retry()
    rig.wait(lambda: rig.standings[-1].no_internet_since_ms == 1_795_716_600_000)
    assert rig.wait_state(State.LIVE).no_internet_since_ms == 1_795_716_600_000
    server.on("/api/v1/health", lambda: Reply(lost=True))
    rig.line.retry()
    assert rig.wait_state(State.OFFLINE).trouble is Trouble.UNREACHABLE
    there = {"is_there": True, "since_ms": 1_795_717_000_000, "looked_ms": 1_795_717_000_000}
    server.on("/api/v1/health", lambda: stamped({**HEALTHY, "internet": there}))
    rig.line.retry()
    assert rig.wait_state(State.LIVE).no_internet_since_ms is None


def test_nothing_loads_for_ever_even_where_nobody_would_ever_answer(
    rig: LineRig, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_module, "LOADING_MS", 400)
    monkeypatch.setattr(organizer_client, "ASK_S", 5.0)
    server.on("/api/v1/events/{event}/p0", lambda: Reply(hang=True))
    (panel,) = panels_of(rig, 1)
    assert panel.wait(FAILED).fault == Later(Trouble.SLOW)
    assert [each.state for each in panel.heard] == [Freshness.LOADING, FAILED]


def test_a_reader_with_a_bug_fails_its_panel_alone(rig: LineRig) -> None:  # G22
    def broken(told: Any) -> Any:
        raise KeyError("its own mistake")

    question = anything("broken", "/api/v1/events/{event}/broken")

    failing = rig.watch(replace(question, read=broken))
    (other,) = panels_of(rig, 1, every_s=0.3)
    assert failing.wait(FAILED).fault == Later(Trouble.SERVER_ERROR)
    other.wait(FRESH)
    assert rig.wait_state(State.DEGRADED).affected == {"broken"}


def test_what_nobody_watches_is_not_asked_and_is_there_when_somebody_does_again(rig: LineRig, server: Server) -> None:
    (panel,) = panels_of(rig, 1, every_s=0.2)
    panel.wait(FRESH)
    panel.watcher.stop()
    rig.wait_until_nothing_is_asked()
    asked, heard = len(server.at("/p0")), len(panel.heard)
    threading.Event().wait(0.6)
    assert (len(server.at("/p0")), len(panel.heard)) == (asked, heard)
    (again,) = panels_of(rig, 1, every_s=0.2)
    rig.wait(lambda: again.heard)
    assert again.heard[0].value is not None


def test_a_question_of_the_same_name_about_something_else_is_another_one(rig: LineRig, server: Server) -> None:
    server.on("/api/v1/events/{event}/a", lambda: stamped("a"))
    server.on("/api/v1/events/{event}/b", lambda: stamped("b"))
    first = rig.watch(anything("search", "/api/v1/events/{event}/a"))
    assert first.wait(FRESH).value == "a"
    first.watcher.stop()
    assert rig.watch(anything("search", "/api/v1/events/{event}/b")).wait(FRESH).value == "b"


def test_what_names_guests_is_never_kept(rig: LineRig, server: Server, tmp_path: Path) -> None:

    server.on("/api/v1/events/{event}/guests", lambda: stamped(["Zoë Example"]))
    server.on("/api/v1/events/{event}/count", lambda: stamped([41_203]))
    hidden = replace(anything("guests", "/api/v1/events/{event}/guests"), is_kept=False)
    rig.watch(hidden).wait(FRESH)
    rig.watch(anything("count", "/api/v1/events/{event}/count")).wait(FRESH)
    rig.close()
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"41203" in kept
    assert b"Example" not in kept


def test_what_is_kept_of_an_answer_is_what_its_question_says(rig: LineRig, server: Server, tmp_path: Path) -> None:
    """All of it while the window is open; after the next start, without a server, what names no guest."""
    server.on("/api/v1/events/{event}/guests", lambda: stamped(["41203", "Zoë Example"]))
    question = replace(anything("guests", "/api/v1/events/{event}/guests"), keep=lambda told: told[:1])
    assert rig.watch(question).wait(FRESH).value == ["41203", "Zoë Example"]
    rig.close()
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"41203" in kept
    assert b"Example" not in kept
    server.on("/api/v1/events/{event}/guests", lambda: stamped({"code": "busy"}, 503))
    with line_at(server.scripted.url, tmp_path, EVENT) as again:
        assert again.watch(question).wait(OLD).value == ["41203"]


def test_another_account_sees_nothing_of_the_one_before(rig: LineRig, server: Server) -> None:
    (panel,) = panels_of(rig, 1)
    value = panel.wait(FRESH).value
    server.on("/api/v1/events/{event}/p0", lambda: stamped({"code": "not_authorised"}, 403))
    heard = len(panel.heard)
    rig.line.begin("ben")
    panel.wait(FAILED)
    assert all(each.value is None for each in panel.heard[heard:])
    assert value is not None


def test_deeds_and_files_go_on_beside_slow_questions(rig: LineRig, server: Server, tmp_path: Path) -> None:
    for n in range(6):
        server.on(f"/api/v1/events/{{event}}/p{n}", lambda: Reply(hang=True))
    panels_of(rig, 6)
    server.on("/api/v1/events/{event}/deed", lambda: stamped([1]))
    told: list[object] = []
    deed: Deed[Any] = Deed(Method.POST, "/api/v1/events/{event}/deed", lambda answer: answer, Right.READ_STATUS)
    rig.line.do(deed, told.append)
    rig.line.fetch("/api/v1/events/{event}/deed", tmp_path / "file.json", told.append)
    rig.line.fetch("/api/v1/events/{event}/deed", tmp_path / "nowhere" / "file.json", told.append)
    rig.wait(lambda: len(told) == 3)
    assert [type(each) for each in told if not isinstance(each, Rejected)] == [Done, Done]
    (refused,) = [each for each in told if isinstance(each, Rejected)]
    assert (refused.status, refused.code) == (0, doing.UNWRITABLE)


def test_a_deed_whose_reader_has_a_bug_is_told_to_whoever_pressed_the_key(rig: LineRig, server: Server) -> None:
    def broken(told: Any) -> Any:
        raise KeyError("its own mistake")

    told: list[object] = []
    rig.line.do(Deed(Method.POST, "/api/v1/events/{event}/deed", broken, Right.READ_STATUS), told.append)
    rig.wait(lambda: told)
    assert told == [Later(Trouble.SERVER_ERROR)]
    assert len(server.at("/deed")) == 1


def test_without_an_event_a_deed_says_so_and_is_not_sent(rig: LineRig, server: Server) -> None:
    rig.line.show(None)
    told: list[object] = []
    rig.line.do(Deed(Method.POST, "/api/v1/events/{event}/deed", list, Right.READ_STATUS), told.append)
    rig.wait(lambda: told)
    assert told == [doing.NO_EVENT]
    assert server.at("/deed") == []


@pytest.mark.parametrize("code", ["credentials_over", "credentials_wrong"])
def test_every_refusal_of_a_session_is_told_once(rig: LineRig, server: Server, code: str) -> None:  # D4
    for n in range(4):
        server.on(f"/api/v1/events/{{event}}/p{n}", lambda: stamped({"code": code}, 401))
    panels = panels_of(rig, 4)
    rig.wait(lambda: rig.ended)
    for panel in panels:
        assert isinstance(panel.wait(FAILED).fault, Rejected)
    rig.wait_until_nothing_is_asked()
    assert rig.ended == [code]


def test_a_wrong_password_in_a_deed_ends_no_session(rig: LineRig, server: Server) -> None:
    server.on("/api/v1/me/password", lambda: stamped({"code": "log_in_wrong"}, 401))
    told: list[object] = []
    deed: Deed[Any] = Deed(Method.POST, "/api/v1/me/password", lambda answer: answer, Right.READ_STATUS, {})
    rig.line.do(deed, told.append)
    rig.wait(lambda: told)
    assert told == [Rejected(401, "log_in_wrong")]
    assert rig.ended == []

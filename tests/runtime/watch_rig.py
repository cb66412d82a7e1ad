"""A watch line without a window: what it tells is kept, and can be waited for."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.clock import SystemClock, read_machine
from app.net.organizer_client import OrganizerClient
from app.runtime import probing, watch_line, watched
from app.runtime.speaking import Listener
from app.runtime.watch_line import WatchLine
from app.runtime.watched import Watcher
from app.store.panel_cache import CACHE_FILE, PanelCache
from core.insight import standing as standing_module
from core.insight.marks import Marks
from core.insight.question import Question, Topic
from core.insight.reading import Freshness, Reading
from core.insight.standing import Now, Standing, State
from core.model.ids import EventId
from core.model.roles import Right
from core.sync.messages import StatusReply
from tests.support.scripted_server import Reply

PATIENCE_S = 25.0
TOKEN = "dls_" + "0" * 43
_STATUS = TypeAdapter(StatusReply)


class Panel:
    """What one panel was told."""

    def __init__(self, rig: "LineRig") -> None:
        self._rig = rig
        self.heard: list[Reading[Any]] = []

    def __call__(self, reading: Reading[Any]) -> None:
        self.heard.append(reading)

    @property
    def now(self) -> Reading[Any]:
        return self.heard[-1] if self.heard else Reading(Freshness.LOADING)

    def wait(self, *states: Freshness) -> Reading[Any]:
        """Waits until it stands so."""
        self._rig.wait(lambda: self.now.state in states)
        return self.now

    def wait_value(self, value: object) -> Reading[Any]:
        self._rig.wait(lambda: self.now.value == value)
        return self.now


class LineRig:
    """A line, and what it told so far. `jump_ms` moves this computer's wall clock."""

    def __init__(self, url: str, folder: Path, account: str | None = "ana", token: str = TOKEN) -> None:
        self.told = threading.Condition()
        self.standings: list[Standing] = []
        self.marks: list[Marks] = []
        self.ended: list[str] = []
        self.jump_ms = 0
        self.clock = SystemClock(read=self._machine)
        self.client = OrganizerClient(url, learn=self.clock.learn)
        self.client.use(token)
        self.cache = PanelCache(folder / CACHE_FILE)
        listener = Listener(self._post, self._stand, self._mark, self._end)
        self.line = WatchLine(self.client, self.cache, self._now, listener)
        if account is not None:
            self.line.begin(account)
        self.line.start()

    def _machine(self) -> Any:
        reading = read_machine()
        return replace(reading, wall_ms=reading.wall_ms + self.jump_ms)

    def _now(self) -> Now:
        return Now(self.clock.now().at_ms, read_machine().boot_ms)

    def _post(self, what: Callable[[], None]) -> None:
        with self.told:
            what()
            self.told.notify_all()

    def _stand(self, standing: Standing) -> None:
        self._post(lambda: self.standings.append(standing))

    def _mark(self, marks: Marks) -> None:
        self._post(lambda: self.marks.append(marks))

    def _end(self, code: str) -> None:
        self._post(lambda: self.ended.append(code))

    def watch(self, question: Question[Any]) -> Panel:
        panel = Panel(self)
        panel.watcher: Watcher = self.line.watch(question, panel)  # type: ignore[misc]
        return panel

    def wait(self, is_so: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        with self.told:
            assert self.told.wait_for(lambda: bool(is_so()), patience_s), (self.line.standing, is_so)

    def wait_until_nothing_is_asked(self) -> None:
        """Waits until what was on its way has arrived: no question is open, none is handed to somebody who asks."""
        changed = self.line._changed
        with changed:
            assert changed.wait_for(lambda: not any(panel.is_asked for panel in self.line._panels.values()), PATIENCE_S)

    def wait_state(self, state: State) -> Standing:
        self.wait(lambda: bool(self.standings) and self.standings[-1].state is state)
        return self.standings[-1]

    def states(self) -> list[State]:
        """The states in order, each once for as long as it lasted."""
        told = [each.state for each in self.standings]
        return [state for place, state in enumerate(told) if place == 0 or told[place - 1] is not state]

    def close(self) -> None:
        self.line.stop()


@contextmanager
def line_at(url: str, folder: Path, event: EventId | None, **more: Any) -> Iterator[LineRig]:
    """A line that shows an event."""
    with closing(LineRig(url, folder, **more)) as rig:
        rig.line.show(event)
        yield rig


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a test can wait for; their order is kept."""
    monkeypatch.setattr(probing, "PROBE_AGAIN_MS", 60)
    monkeypatch.setattr(probing, "LONGEST_PROBE_WAIT_S", 2.0)
    monkeypatch.setattr(watched, "LONGEST_RETRY_S", 1.0)
    monkeypatch.setattr(watch_line, "SPREAD_MS", 200)
    monkeypatch.setattr(watch_line, "LOOK_MS", 50)
    monkeypatch.setattr(standing_module, "CALM_MS", 300)


def status(name: str = "status", every_s: float = 1.0, path: str = "status") -> Question[StatusReply]:
    """The night so far."""
    topics = frozenset(Topic)
    return Question(
        name, f"/api/v1/events/{{event}}/{path}", _STATUS.validate_python, Right.READ_STATUS, topics, every_s=every_s
    )


def anything(name: str, path: str, every_s: float = 1.0) -> Question[Any]:
    """Whatever the server says there."""
    return Question(name, path, lambda told: told, Right.READ_STATUS, frozenset({Topic.FACTS}), every_s=every_s)


def stamped(told: object, status: int = 200) -> Reply:
    """A reply as our server makes it: with its time."""
    return Reply(status, json.dumps(told).encode(), {"Doorlight-Time": str(time.time_ns() // 1_000_000)})

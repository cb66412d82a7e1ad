"""The stream of an event: who watches hears of what changes, resumes where it was, and learns that nothing answers."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.ledger.engine import LedgerUnavailable
from app.ledger.marks import Marks
from app.server import program
from app.server import pulse as pulse_module
from app.server.program import build_app
from core.model.ids import EventId
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, served

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


@pytest.fixture
def app(house: House, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(pulse_module, "LOOK_EVERY_S", 0.05)
    return build_app(house.office, TOKEN)


@pytest.fixture
def caller(house: House, app: FastAPI) -> Iterator[Caller]:
    with served(app) as url, httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


@contextlib.contextmanager
def watching(caller: Caller, last: str = "", for_s: int = 60) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream, as a browser would read them."""
    headers = caller.headers | ({"Last-Event-ID": last} if last else {})
    with caller.http.stream("GET", caller.url("stream"), params={"for_s": for_s}, headers=headers) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield events(reply.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    read: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            read[name] = json.loads(value) if name == "data" else value
        elif "data" in read:
            yield read
            read = {}
        else:
            read = {}


def test_who_watches_hears_what_is_now_and_then_what_changes(caller: Caller, house: House) -> None:
    with watching(caller) as heard:
        first = next(heard)
        assert first["event"] == "changed"
        assert first["data"]["facts"] == 0
        house.ask(house.scan(house.tickets(1)[0]))
        second = next(heard)
        while second["data"]["facts"] == 0:  # the tickets' own change may be seen by itself
            second = next(heard)
        assert second["data"]["facts"] == 1
        assert second["id"] != first["id"]


def test_who_has_seen_the_newest_hears_of_the_next_alone(caller: Caller, house: House) -> None:
    tid = house.tickets(1)[0]
    with watching(caller) as heard:
        seen = next(heard)
    with watching(caller, seen["id"]) as heard:
        house.ask(house.scan(tid))
        assert next(heard)["data"]["facts"] == 1
    with watching(caller, seen["id"], for_s=0) as heard:
        assert next(heard)["data"]["facts"] == 1, "what happened between two streams is told by the second"


def test_a_stream_without_time_says_what_is_now_and_ends(caller: Caller) -> None:
    with watching(caller, for_s=0) as heard:
        cursors = [each["id"] for each in heard]
    assert len(cursors) == 1
    with watching(caller, cursors[0], for_s=0) as heard:
        assert list(heard) == []


def test_an_incident_is_a_change(caller: Caller, house: House) -> None:
    (tid,) = house.tickets(1)
    house.upload(*house.admit_offline(tid, 0))
    with watching(caller) as heard:
        before = next(heard)["data"]
        house.upload(*house.admit_offline(tid, 1, after_ms=60_000))
        after = next(heard)["data"]
        while after["incidents"] == before["incidents"]:
            after = next(heard)["data"]
    assert (after["incidents"], after["open_incidents"]) == (1, 1)


def test_a_ledger_that_is_away_is_said_and_its_return_too(
    caller: Caller, app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_away = threading.Event()

    def look_or_fail(event: EventId) -> Marks | None:
        if is_away.is_set():
            raise LedgerUnavailable("planted")
        return house.office.marks_of(event)

    monkeypatch.setattr(app.state.pulse, "_look", look_or_fail)
    with watching(caller) as heard:
        assert next(heard)["event"] == "changed"
        is_away.set()
        told = next(heard)
        assert (told["event"], told["data"]) == ("silence", {"code": "database_unavailable"})
        is_away.clear()
        assert next(heard)["event"] == "changed"


def test_all_who_watch_share_one_look_and_nobody_looks_when_they_are_gone(
    caller: Caller, app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    pulse, enough = app.state.pulse, threading.Event()

    def counted(event: EventId) -> Marks | None:
        looks.append(threading.get_ident())
        if len(looks) >= 20:
            enough.set()
        return house.office.marks_of(event)

    monkeypatch.setattr(pulse, "_look", counted)
    with watching(caller) as one, watching(caller) as two, watching(caller) as three:
        assert next(one)["id"] == next(two)["id"] == next(three)["id"]
        assert (pulse.count_watchers(), len(pulse._watched)) == (3, 1)
        assert enough.wait(20), "it goes on looking"
    give_up_at = time.monotonic() + 20
    while pulse._watched:  # until the server has seen that the three have left
        assert time.monotonic() < give_up_at
        threading.Event().wait(0.01)


def test_the_figure_of_streams_is_read_while_they_come_and_go() -> None:
    """Another thread reads it: between two events that are counted, one more begins to be watched."""
    pulse = pulse_module.Pulse(lambda _: None)

    class Coming(list[pulse_module.Watcher]):
        def __len__(self) -> int:
            pulse._watched[EventId(uuid4())] = pulse_module._Watched(None, [])  # type: ignore[arg-type]
            return 1

    for _ in range(2):
        pulse._watched[EventId(uuid4())] = pulse_module._Watched(None, Coming())  # type: ignore[arg-type]
    assert pulse.count_watchers() == 2


def test_a_stream_too_many_is_told_to_come_later(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "MOST_DOORS", 1)
    with watching(caller) as heard:
        next(heard)
        reply = caller.get("stream")
        assert (reply.status_code, reply.json()["code"]) == (503, "server_busy")
        assert "retry-after" in reply.headers
        own = {"Authorization": f"Bearer {TOKEN}"}
        window = caller.http.get(caller.url("stream"), params={"for_s": 0}, headers=own)
        assert window.status_code == 200, "kiosks never take a window's room"


@pytest.mark.parametrize("is_planted", [False, True], ids=["as it is", "control: nobody ends them"])
def test_a_server_that_ends_ends_its_streams(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch, is_planted: bool
) -> None:
    if is_planted:
        monkeypatch.setattr(app.state.pulse, "end", lambda: None)
        monkeypatch.setattr(program, "LAST_WORDS_S", 1)
    with contextlib.ExitStack() as server, httpx.Client(base_url=server.enter_context(served(app)), timeout=20) as http:
        with watching(Caller(http, house)) as heard:
            next(heard)
            ending = threading.Thread(target=server.close)
            ending.start()
            with pytest.raises(httpx.RemoteProtocolError) if is_planted else contextlib.nullcontext():
                assert list(heard) == []
        ending.join(20)


def test_nobody_watches_without_a_right(caller: Caller) -> None:
    assert caller.http.get(caller.url("stream"), params={"for_s": 0}).status_code == 401

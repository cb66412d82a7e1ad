"""The organizer's line against a real server process, through a proxy that does to it what nights do.

Each fault is looked at from the panels (what they may show), from the banner, and from the server's side: how many
requests it cost. Waits are shortened (`hurry`), their order is not.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.net import organizer_client
from app.runtime import probing, watch_line, watched
from app.runtime.probing import PROBERS
from core.insight.marks import Marks
from core.insight.reading import Freshness
from core.insight.standing import LOST_AFTER, State
from core.model.ids import TicketHandle
from core.model.roles import INSTALLATION, Role
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.runtime.watch_rig import LineRig, anything, hurry, line_at, status
from tests.support.fault_proxy import PASS, Fate, FaultProxy
from tests.support.live import DAY, LiveEvent, live_event
from tests.support.passwords import make_passwords_cheap

FRESH, OLD, FAILED = Freshness.FRESH, Freshness.OLD, Freshness.FAILED
CHOSEN = "correct horse battery"
AT_REST_S = 1.5
"""A while in which nothing should happen; what is counted then would be hundreds where it is not bounded."""


@dataclass
class Night:
    """A server with an event, and an owner who may log in: each test for itself, for the oldest sessions end."""

    event: LiveEvent
    log_in: Callable[[], str]

    def change(self) -> None:
        """Something happens that the figures show, and the event's marks."""
        with self.event.office() as office:
            made, _ = office.issue_tickets(self.event.id, DAY, 2)
            office.cancel_ticket(self.event.id, TicketHandle(bytes.fromhex(made.tid)))

    def marks(self) -> Marks:
        """The event's, as the ledger has them now."""
        with self.event.office() as office:
            found = office.marks_of(self.event.id)
        assert found is not None
        return Marks(**asdict(found))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with live_event(tmp_path_factory.mktemp("night")) as event, pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with event.office() as office:
            made = office.accounts.add("ana", Role.OWNER, INSTALLATION)
            first = office.sessions.log_in("ana", made.password)
            office.sessions.change_password(office.sessions.prove(first.token), made.password, CHOSEN)

        def log_in() -> str:
            with event.office() as office:
                return office.sessions.log_in("ana", CHOSEN).token

        yield Night(event, log_in)


@pytest.fixture
def proxy(night: Night) -> Iterator[FaultProxy]:
    with FaultProxy(night.event.server.port) as made:
        yield made


@pytest.fixture
def rig(night: Night, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LineRig]:
    hurry(monkeypatch)
    with line_at(proxy.url, tmp_path / "window", night.event.id, token=night.log_in()) as made:
        yield made


EVENT_ROUTES = ("status", "devices", "incidents", "arrivals", "roles", "gates", "operators", "imports")


def watch_all(rig: LineRig) -> dict[str, Any]:
    """A page's panels: the figures, and seven routes more."""
    panels = {name: rig.watch(anything(name, f"/api/v1/events/{{event}}/{name}")) for name in EVENT_ROUTES[1:]}
    return {"status": rig.watch(status()), **panels}


def all_well(rig: LineRig, panels: dict[str, Any]) -> None:
    """Everything is shown as new, or refused for good; the banner is gone."""
    rig.wait(lambda: all(each.now.is_new or isinstance(each.now.fault, Rejected) for each in panels.values()))
    rig.wait_state(State.LIVE)
    assert panels["status"].now.is_new


def test_a_server_that_goes_away_is_probed_by_one_and_comes_back_by_itself(  # G22, A25
    rig: LineRig, proxy: FaultProxy
) -> None:
    panels = watch_all(rig)
    all_well(rig, panels)
    before = panels["status"].now
    proxy.on_all(Fate(refuse=True))
    standing = rig.wait_state(State.OFFLINE)
    assert standing.trouble is Trouble.UNREACHABLE
    assert standing.affected == set(panels)
    told = panels["status"].wait(OLD)
    assert (told.value, told.fault) == (panels["status"].now.value, Later(Trouble.UNREACHABLE))
    assert told.as_of_ms is not None
    assert before.as_of_ms is not None
    assert told.as_of_ms >= before.as_of_ms
    assert told.fault_since_ms is not None
    rig.wait(lambda: any(each.retry_at_ms is not None for each in rig.standings))
    rig.wait_until_nothing_is_asked()
    since_s = time.monotonic()
    threading.Event().wait(AT_REST_S)
    assert proxy.count("/events/", since_s) == 0, "panels ask nothing while the server is away"
    assert proxy.count("/health", since_s) <= 12, "one probe, with a back-off"
    proxy.clear()
    rig.line.retry()
    all_well(rig, panels)
    assert State.RECOVERING in rig.states()[-2:]


def test_a_server_that_stops_in_the_middle_of_everything_is_away_after_two_looks_at_once(
    rig: LineRig, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:  # G22
    """A process that is stopped, or a line that is half open: connections stand, and nothing comes."""
    monkeypatch.setattr(organizer_client, "PROBE_S", 2.0)
    monkeypatch.setattr(organizer_client, "ASK_S", 60.0)
    panels = watch_all(rig)
    all_well(rig, panels)
    proxy.on_all(Fate(hang=True))
    since_s = time.monotonic()
    rig.line.retry()
    assert rig.wait_state(State.OFFLINE).trouble is Trouble.SLOW
    assert proxy.count("/health", since_s) == LOST_AFTER, "no question had to be given up for it"
    proxy.clear()
    proxy.reset_all()
    rig.line.retry()
    all_well(rig, panels)


def test_a_slow_server_is_looked_at_again_beside_and_is_there(
    rig: LineRig, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:  # G22
    """Its answers come before the probe's time-out, each after the next look was asked: nobody calls it away."""
    monkeypatch.setattr(organizer_client, "PROBE_S", 60.0)
    for name, wait_ms in (("PROBE_EVERY_MS", 300), ("LOOK_AGAIN_MS", 100)):
        monkeypatch.setattr(probing, name, wait_ms)
    panels = watch_all(rig)
    all_well(rig, panels)
    for _ in range(3):
        answering, since_s = threading.Event(), time.monotonic()
        proxy.on("/health", Fate(until=answering))
        rig.line.retry()
        proxy.wait_for(lambda since_s=since_s: proxy.count("/health", since_s) == LOST_AFTER)
        panels["status"].watcher.ask_again()
        answering.set()
        proxy.wait_for(lambda since_s=since_s: proxy.count("/health", since_s) > LOST_AFTER)
    assert State.OFFLINE not in rig.states()


def test_planted_a_probe_that_is_given_up_too_soon_calls_a_slow_server_away(
    rig: LineRig, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels = watch_all(rig)
    all_well(rig, panels)
    monkeypatch.setattr(organizer_client, "PROBE_S", 0.2)
    monkeypatch.setattr(organizer_client, "ASK_S", 60.0)
    answering = threading.Event()
    proxy.on_all(Fate(until=answering))
    rig.line.retry()
    rig.wait_state(State.OFFLINE)
    answering.set()


def test_what_an_outage_takes_to_be_told_is_ten_seconds_and_a_slow_answer_is_five() -> None:
    """The longest way: a server that stops right after it has answered, and two looks that wait for nothing."""
    probe_ms = organizer_client.PROBE_S * 1000
    assert LOST_AFTER == PROBERS, "two looks at once are enough"
    assert probing.PROBE_EVERY_MS + probing.LOOK_AGAIN_MS + probe_ms <= 10_000
    assert probe_ms > 5_000


def test_one_route_that_fails_is_that_panels_affair_alone(rig: LineRig, proxy: FaultProxy) -> None:  # G22
    panels = watch_all(rig)
    all_well(rig, panels)
    proxy.on("/devices", Fate(status=500))
    standing = rig.wait_state(State.DEGRADED)
    assert (standing.affected, standing.trouble) == ({"devices"}, Trouble.SERVER_ERROR)
    panels["devices"].wait(OLD)
    rig.wait(lambda: rig.standings[-1].retry_at_ms is not None)
    since_s = time.monotonic()
    threading.Event().wait(AT_REST_S)
    assert panels["status"].now.is_new
    assert State.OFFLINE not in rig.states()
    assert proxy.count("/devices", since_s) <= 12
    proxy.wait_for(lambda: proxy.count("/devices", since_s) >= 1)
    proxy.clear()
    panels["devices"].watcher.ask_again()
    all_well(rig, panels)


@pytest.mark.parametrize(
    ("fate", "trouble"),
    [
        (Fate(status=200, body=b"<html>Welcome to our guest network</html>"), Trouble.SERVER_ERROR),
        (Fate(status=200, body=b'{"tickets": NaN}'), Trouble.SERVER_ERROR),
        (Fate(status=200, body=b"[" * 20_000), Trouble.SERVER_ERROR),
        (Fate(status=200, body=b"{}", headers={"Content-Length": "5000"}), Trouble.UNREACHABLE),
        (Fate(status=302, headers={"Location": "http://127.0.0.1:9/"}), Trouble.SERVER_ERROR),
        (Fate(endless=True), Trouble.SERVER_ERROR),
        (Fate(cut_at=300), Trouble.UNREACHABLE),
        (Fate(hang=True), Trouble.SLOW),
        (Fate(refuse=True), Trouble.UNREACHABLE),
    ],
    ids=["a portal's page", "no JSON", "too deep", "half a body", "a redirect", "endless", "cut off", "mute", "reset"],
)
def test_whatever_one_route_answers_others_go_on_and_it_says_why(
    rig: LineRig, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, fate: Fate, trouble: Trouble
) -> None:
    if fate.hang:  # the others need no patience, and a busy machine may
        monkeypatch.setattr(organizer_client, "ASK_S", 1.5)
    proxy.on("/status", fate)
    failing, going_on = rig.watch(status()), rig.watch(anything("devices", "/api/v1/events/{event}/devices"))
    told = failing.wait(FAILED)
    assert told.fault == Later(trouble)
    assert going_on.wait(FRESH).value is not None
    standing = rig.wait_state(State.DEGRADED)
    assert standing.affected == {"status"}
    assert State.OFFLINE not in rig.states()
    proxy.clear()
    failing.wait(FRESH)
    rig.wait_state(State.LIVE)


def test_a_slow_route_holds_no_other(rig: LineRig, proxy: FaultProxy) -> None:
    may_go_on = threading.Event()
    proxy.on("/arrivals", Fate(until=may_go_on))
    slow = rig.watch(anything("arrivals", "/api/v1/events/{event}/arrivals"))
    proxy.wait_for(lambda: proxy.count("/arrivals") == 1)
    rig.watch(status()).wait(FRESH)
    assert slow.now.value is None
    proxy.clear()
    may_go_on.set()
    slow.wait(FRESH)


def test_who_asks_for_patience_is_given_it(rig: LineRig, proxy: FaultProxy) -> None:
    busy = json.dumps({"code": "too_many_requests"}).encode()
    proxy.on("/status", Fate(status=429, body=busy, headers={"Retry-After": "2"}))
    panel = rig.watch(status(every_s=0.2))
    proxy.wait_for(lambda: proxy.count("/status") == 2)
    first, second = proxy.times("/status")
    assert second - first >= 1.9
    assert panel.wait(FAILED).fault == Later(Trouble.BUSY, 2.0)
    proxy.clear()
    panel.wait(FRESH)


def test_a_session_that_is_over_stops_everything_and_another_one_goes_on(  # D4
    night: Night, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    token = night.log_in()
    with line_at(proxy.url, tmp_path, night.event.id, token=token) as rig:
        panels = watch_all(rig)
        all_well(rig, panels)
        with night.event.office() as office:
            office.sessions.log_out(token)
        rig.wait(lambda: rig.ended)
        assert rig.ended in (["credentials_wrong"], ["credentials_over"])
        told = panels["status"].wait(OLD)
        assert isinstance(told.fault, Rejected)
        assert told.fault.status == 401
        rig.wait_until_nothing_is_asked()
        since_s = time.monotonic()
        threading.Event().wait(AT_REST_S)
        assert proxy.count("/events/", since_s) == 0, "nothing is asked without a session"
        rig.client.use(night.log_in())
        rig.line.begin("ana")
        panels["status"].wait(FRESH)
        all_well(rig, panels)
        assert len(rig.ended) == 1


def test_control_a_line_that_takes_no_notice_goes_on_asking(
    night: Night, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(watch_line.WatchLine, "_over", lambda self, code: None)
    monkeypatch.setattr(watched, "REFUSED_AGAIN_MS", 100)
    with line_at(proxy.url, tmp_path, night.event.id, token="dls_" + "x" * 43) as rig:
        panel = rig.watch(status())
        panel.wait(FAILED)
        proxy.wait_for(lambda: proxy.count("/status") >= 4)


def test_a_change_is_told_by_the_stream_and_asked_for(rig: LineRig, proxy: FaultProxy, night: Night) -> None:  # A25
    before = night.marks()
    rig.wait(lambda: rig.marks[-1:] == [before] and rig.standings[-1].has_stream)
    panel = rig.watch(status(every_s=60.0))
    tickets = panel.wait(FRESH).value.tickets
    night.change()
    rig.wait(lambda: panel.now.value.tickets == tickets + 2)
    rig.wait(lambda: rig.marks[-1:] == [night.marks()])
    assert rig.line.marks == rig.marks[-1]


def test_without_a_stream_it_is_polled_and_the_stream_is_taken_up_again(
    rig: LineRig, proxy: FaultProxy, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "POLL_MS", 300)
    proxy.on("/stream", Fate(status=503, headers={"Retry-After": "1"}))
    proxy.reset_all()  # it may have been there already
    panel = rig.watch(status(every_s=600.0))
    panel.wait(FRESH)
    rig.wait(lambda: rig.standings[-1].state is State.LIVE and not rig.standings[-1].has_stream)
    asked, streams = proxy.count("/status"), proxy.count("/stream")
    proxy.wait_for(lambda: proxy.count("/status") >= asked + 4)
    tries = proxy.times("/stream")[streams:]
    assert all(later - sooner >= 0.9 for sooner, later in pairwise(tries)), "as the server asked for"
    proxy.clear()
    rig.wait(lambda: rig.standings[-1].has_stream)


def test_a_stream_that_breaks_is_resumed_where_it_was(rig: LineRig, proxy: FaultProxy, night: Night) -> None:
    rig.watch(status(every_s=60.0)).wait(FRESH)
    before = night.marks()
    rig.wait(lambda: rig.marks[-1:] == [before])  # what another test changed is heard by now
    heard = len(rig.marks)
    proxy.reset_all()
    proxy.wait_for(lambda: proxy.count("/stream") >= 2)
    rig.wait(lambda: rig.standings[-1].has_stream)
    night.change()
    rig.wait(lambda: rig.marks[-1] == night.marks())
    assert before not in rig.marks[heard:], "who has seen the newest is told nothing until the next"
    assert State.OFFLINE not in rig.states()


def test_two_windows_at_once_are_both_right_over_one_cache(  # D6
    night: Night, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    one_at = line_at(proxy.url, tmp_path, night.event.id, token=night.log_in())
    with one_at as one, line_at(proxy.url, tmp_path, night.event.id, token=night.log_in()) as two:
        panels = [rig.watch(status()) for rig in (one, two)]
        for panel in panels:
            panel.wait(FRESH)
        night.change()
        tickets = httpx.get(
            f"{night.event.server.url}/api/v1/events/{night.event.id.hex}/status",
            headers={"Authorization": f"Bearer {night.log_in()}"},
        ).json()["tickets"]
        for rig, panel in zip((one, two), panels, strict=True):
            rig.wait(lambda panel=panel: panel.now.is_new and panel.now.value.tickets == tickets)
    proxy.on_all(Fate(refuse=True))
    with line_at(proxy.url, tmp_path, night.event.id) as third:
        told = third.watch(status()).wait(OLD)
        assert told.value.tickets == tickets


def test_a_window_that_opens_without_a_server_is_useful_before_it_knows_that_there_is_none(
    rig: LineRig, proxy: FaultProxy, night: Night, tmp_path: Path
) -> None:
    known = rig.watch(status()).wait(FRESH)
    rig.close()
    proxy.on_all(Fate(hang=True))
    with line_at(proxy.url, tmp_path / "window", night.event.id) as later:
        panel = later.watch(status())
        told = panel.wait(OLD)
        assert State.OFFLINE not in later.states(), "its look for the server is not over yet"
        assert panel.heard[0].state is OLD, "and nothing was said before"
        proxy.on_all(Fate(refuse=True))
        assert told.value == known.value
        assert told.as_of_ms == known.as_of_ms
        rig_standing = later.wait_state(State.OFFLINE)
        assert rig_standing.trouble is Trouble.UNREACHABLE
        later.wait(lambda: panel.now.fault == Later(Trouble.UNREACHABLE))


def test_a_clock_that_is_set_changes_no_age_and_no_wait(rig: LineRig, proxy: FaultProxy) -> None:
    panel = rig.watch(status())
    panel.wait(FRESH)
    rig.wait_state(State.LIVE)
    for jump_ms in (3_600_000, -7_200_000, 0):
        rig.jump_ms = jump_ms
        count = proxy.count("/status")
        proxy.wait_for(lambda count=count: proxy.count("/status") > count + 1)
        rig.wait(lambda: panel.now.is_new)
        age_ms = rig._now().at_ms - (panel.now.as_of_ms or 0)
        assert -1_000 <= age_ms < 5_000
    assert rig.states()[-1] is State.LIVE
    assert proxy.count("/status") < 60


def test_a_line_ends_at_once_whatever_it_waits_for(
    night: Night, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waits for hangs for half a minute and more; it has the time that threads need on a busy machine."""
    hurry(monkeypatch)
    monkeypatch.setattr(organizer_client, "ASK_S", 60.0)
    monkeypatch.setattr(organizer_client, "PROBE_S", 60.0)
    monkeypatch.setattr(watch_line, "LAST_S", 20.0)
    proxy.on("/status", Fate(hang=True))
    proxy.on("/health", Fate(hang=True))
    with closing(LineRig(proxy.url, tmp_path, token=night.log_in())) as rig:
        rig.line.show(night.event.id)
        rig.watch(status())
        proxy.wait_for(lambda: proxy.count("/status") == 1 and proxy.count("/health") == 1)
        proxy.wait_for(lambda: proxy.count("/stream") == 1)
    assert not [each for each in threading.enumerate() if each.name.startswith(("asker", "watch line", "event stream"))]


def test_another_event_is_another_answer_and_none_is_said(rig: LineRig, night: Night) -> None:
    panel = rig.watch(status())
    panel.wait(FRESH)
    rig.line.show(None)
    told = panel.wait(FAILED)
    assert told.fault == Rejected(404, "event_unknown")
    rig.line.show(night.event.id)
    panel.wait(FRESH)


def test_a_server_process_that_is_killed_and_started_again(  # G22
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    with live_event(tmp_path / "server") as event, pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with event.office() as office:
            made = office.accounts.add("ana", Role.OWNER, INSTALLATION)
            first = office.sessions.log_in("ana", made.password)
            session = office.sessions.change_password(office.sessions.prove(first.token), made.password, CHOSEN)
        url = event.server.url
        with line_at(url, tmp_path / "window", event.id, token=session.token) as rig:
            panel = rig.watch(status())
            panel.wait(FRESH)
            rig.wait_state(State.LIVE)
            event.server.kill()
            rig.wait_state(State.OFFLINE)
            panel.wait(OLD)
            event.server.start()
            rig.wait_state(State.LIVE)
            panel.wait(FRESH)
            rig.wait(lambda: rig.standings[-1].has_stream)
            states = rig.states()
            assert states[-3:] == [State.OFFLINE, State.RECOVERING, State.LIVE]
            assert len(states) <= 6, states


def test_all_passes() -> None:
    """The control of the proxy itself: a fate that says nothing lets everything pass."""
    assert Fate() == PASS

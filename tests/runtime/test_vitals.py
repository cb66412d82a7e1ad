"""How a kiosk says that it is: what it tells, how often, and what the organizer sees of it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.net.gate_client import Credential, GateClient
from app.runtime.trust_box import TrustBox
from app.runtime.vitals import EVERY_MS, LAST_WORD_S, UNKNOWN_EVERY_MS, WORD_S, Power, VitalSigns, read_power
from app.server.program import build_app
from app.settings import VERSION
from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import Vitals, VitalsReply
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served
from tests.support.facts import EVENT

TOKEN = "organizers-token-of-the-test"


@dataclass
class Listener:
    """A server's ear."""

    answer: Done[VitalsReply] | Later | Rejected = field(default_factory=lambda: Done(VitalsReply(1), 1))
    heard: list[Vitals] = field(default_factory=list)
    patience_s: float | None = None

    def tell_vitals(self, vitals: Vitals, timeout_s: float) -> Done[VitalsReply] | Later | Rejected:
        self.heard.append(vitals)
        self.patience_s = timeout_s
        return self.answer


@dataclass
class Rig:
    folder: Path
    listener: Listener = field(default_factory=Listener)
    at_ms: int = 1_000

    def __post_init__(self) -> None:
        self.signs = VitalSigns(
            self.folder, self.listener, TrustBox(EVENT), lambda: 5_000, lambda: self.at_ms, lambda: Power(71, False)
        )


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_it_is_told_at_once_and_then_twice_a_minute(rig: Rig) -> None:
    for at_ms in range(0, 2 * EVERY_MS + 1, 1_000):
        rig.at_ms = at_ms
        rig.signs.tell(3)
    assert len(rig.listener.heard) == 3
    told = rig.listener.heard[0]
    assert (told.queue, told.version, told.started_at_ms, told.manifest_version) == (3, VERSION, 5_000, 0)
    assert (told.battery_percent, told.is_on_mains) == (71, False)
    assert told.disk_free_mib is not None
    assert told.disk_free_mib > 0


def test_a_lane_tells_how_long_it_takes_for_a_guest(rig: Rig) -> None:
    assert rig.signs.now(0).pace_ms is None
    for _ in range(6):
        rig.at_ms += 4_000
        rig.signs.note_verdict()
    rig.at_ms += 30_000
    assert rig.signs.now(0).pace_ms == 4_000, "the time since the last guest is nobody's"


def test_a_lane_tells_how_long_nobody_has_come(rig: Rig) -> None:
    rig.at_ms += 7_000
    assert (rig.signs.now(0).shown, rig.signs.now(0).idle_ms) == (0, 7_000), "since it was started"
    rig.signs.note_verdict()
    rig.at_ms += 4_000
    assert (rig.signs.now(0).shown, rig.signs.now(0).idle_ms) == (1, 4_000)


def test_the_last_word_says_that_it_is_and_nobody_who_closes_a_door_waits_for_it(rig: Rig) -> None:
    rig.signs.tell(3)
    assert (rig.listener.heard[-1].is_ending, rig.listener.patience_s) == (False, WORD_S)
    rig.listener.answer = Later(Trouble.SLOW)
    rig.signs.tell_end(2)
    told = rig.listener.heard[-1]
    assert (told.is_ending, told.queue, rig.listener.patience_s) == (True, 2, LAST_WORD_S)
    assert len(rig.listener.heard) == 2, "what was not heard is not said again"
    assert LAST_WORD_S <= 2


def test_a_server_that_fails_hears_again_soon_and_an_older_one_seldom(rig: Rig) -> None:
    rig.listener.answer = Later(Trouble.BUSY)
    rig.signs.tell(0)
    rig.at_ms += EVERY_MS
    rig.listener.answer = Rejected(404, "not_found")
    rig.signs.tell(0)
    assert len(rig.listener.heard) == 2
    rig.at_ms += UNKNOWN_EVERY_MS - 1
    rig.signs.tell(0)
    assert len(rig.listener.heard) == 2
    rig.at_ms += 1
    rig.signs.tell(0)
    assert len(rig.listener.heard) == 3


def test_a_code_is_read_once_for_as_long_as_it_is_held_up_and_missed_once_when_it_goes(rig: Rig) -> None:
    seen = [
        (False, False),
        (False, True),
        (False, True),
        (True, False),
        (True, False),
        (False, False),  # hard to read, then read
    ]
    seen += [(False, True), (False, True), (False, False), (False, False)]  # goes away unread
    seen += [(True, False), (False, False)]
    for is_read, is_hinted in seen:
        rig.signs.note_sight(is_read=is_read, is_hinted=is_hinted)
    told = rig.signs.now(0)
    assert (told.reads, told.misses) == (2, 1)


def supply(folder: Path, **words: str) -> None:
    folder.mkdir(parents=True)
    for name, word in words.items():
        (folder / name).write_text(word + "\n")


def test_the_emptiest_battery_counts_and_a_mouse_does_not(tmp_path: Path) -> None:
    supply(tmp_path / "BAT0", type="Battery", capacity="80")
    supply(tmp_path / "BAT1", type="Battery", capacity="12")
    supply(tmp_path / "hid", type="Battery", capacity="3", scope="Device")
    supply(tmp_path / "AC", type="Mains", online="0")
    assert read_power(tmp_path) == Power(12, False)
    (tmp_path / "AC" / "online").write_text("1\n")
    assert read_power(tmp_path) == Power(12, True)


@pytest.mark.parametrize("words", [{}, {"type": "Battery", "capacity": "much"}, {"type": "Battery"}, {"type": "Ups"}])
def test_what_says_nothing_of_use_is_not_known(tmp_path: Path, words: dict[str, str]) -> None:
    supply(tmp_path / "x", **words)
    assert read_power(tmp_path) == Power(None, None)
    assert read_power(tmp_path / "nowhere") == Power(None, None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Home(None, tmp_path_factory.mktemp("vitals"))) as opened:
        yield opened


def test_the_organizer_sees_what_the_kiosk_told_last(house: House, tmp_path: Path) -> None:
    credential = Credential(house.kiosks[0].hex, house.secrets[0])
    with served(build_app(house.office, TOKEN)) as url, closing(GateClient(url, house.event.hex, credential)) as client:
        signs = VitalSigns(
            tmp_path,
            client,
            TrustBox(house.event),
            lambda: 7_000,
            iter([0, 0, 0, EVERY_MS, EVERY_MS]).__next__,
            lambda: Power(None, True),
        )
        version = house.office.show_event(house.event).manifest_version
        signs.note_camera("dark")
        signs.tell(5)
        signs.tell(2)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        kiosks = httpx.get(f"{url}/api/v1/events/{house.event.hex}/devices", headers=headers).json()
    told = {each["id"]: each["vitals"] for each in kiosks}
    mine = told.pop(house.kiosks[0].hex)
    assert (mine["told"]["queue"], mine["told"]["camera"], mine["told"]["is_on_mains"]) == (2, "dark", True)
    assert mine["at_ms"] == house.now_ms
    assert set(told.values()) == {None}, "the others have told nothing"
    assert house.office.show_event(house.event).manifest_version == version, "no kiosk has to fetch anything for it"
    assert Millis(mine["told"]["started_at_ms"]) == 7_000

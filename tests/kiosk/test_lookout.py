"""A camera that is unplugged, black, frozen, slow, taken or swapped: said within three seconds, and well by itself.

The defects are planted behind the camera's contract; time is what each picture brings with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytestqt.qtbot import QtBot

from app.device import device_camera
from app.device.camera import FROZEN, GONE, LIVE, OVER, SEARCHING, SILENT, STALLED, CameraState, Phase
from app.device.device_camera import DeviceCamera, Named
from app.device.synthetic import DrawnFeed
from app.kiosk import lookout as module
from app.kiosk.input_facts import LensFacts
from app.kiosk.lookout import Lookout, brightest
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState as Said
from app.kiosk.words import load_kiosk_words
from core.gate.lens_health import DARK_BELOW
from core.gate.screen import Face
from core.model.settings import CameraSettings, Region, Turn
from tests.device.pictures import TICKET, code, with_codes
from tests.kiosk.scripted_camera import ScriptedCamera, lit, unlit
from tests.kiosk.states import StillClock
from tests.kiosk.verdicts import ZONE

WORDS = load_kiosk_words()
SAID_WITHIN_MS = 3_000
SOON_MS = 10_000


@dataclass
class Stand:
    """A window and what looks out of it."""

    camera: ScriptedCamera
    window: KioskWindow
    lookout: Lookout
    told: list[Said] = field(default_factory=list)

    def said(self) -> tuple[str, str]:
        """What the page says."""
        return self.window._panel.page.title, self.window._panel.page.step


@pytest.fixture
def stand(qtbot: QtBot) -> Iterator[Stand]:
    window, camera = KioskWindow(WORDS, ZONE, StillClock()), ScriptedCamera()
    qtbot.addWidget(window)
    lookout = Lookout(camera, window)
    made = Stand(camera, window, lookout)
    lookout.changed.connect(lambda: made.told.append(lookout.state))
    lookout.start()
    camera.be(SEARCHING)
    camera.be(LIVE)
    yield made
    lookout.stop()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (GONE, Said.MISSING),
        (OVER, Said.MISSING),
        (STALLED, Said.STALLED),
        (FROZEN, Said.FROZEN),
        (SILENT, Said.TAKEN),
        (CameraState(Phase.FAILED, "camera_failed"), Said.TAKEN),
        (CameraState(Phase.FAILED, "camera_refused"), Said.REFUSED),
    ],
)
def test_each_way_to_fail_has_its_own_words_and_its_own_cure(
    stand: Stand, state: CameraState, said: Said
) -> None:  # G18
    stand.camera.film(lit, 15, 1, 0)
    stand.camera.be(state)
    assert stand.said() == (WORDS.camera[said].title, WORDS.camera[said].step)
    assert stand.window.face is Face.TROUBLE
    stand.camera.be(SEARCHING)
    stand.camera.be(LIVE)
    assert (stand.window.face, stand.lookout.state) == (Face.IDLE, Said.WORKING)


def test_the_cures_differ() -> None:  # G18
    ill = [WORDS.camera[each] for each in Said if each not in {Said.WORKING, Said.STARTING}]
    assert len({each.title for each in ill}) == len({each.step for each in ill}) == len(ill)


def test_a_black_picture_is_said_in_time_and_gone_with_the_first_bright_one(stand: Stand) -> None:  # G18
    began = stand.camera.film(lit, 15, 2, 0)
    assert stand.window.face is Face.IDLE
    stand.camera.film(unlit, 15, SAID_WITHIN_MS / 1_000 - 0.1, began)
    assert stand.said() == (WORDS.camera[Said.DARK].title, WORDS.camera[Said.DARK].step)
    stand.camera.show(lit(), began + SAID_WITHIN_MS)
    assert stand.window.face is Face.IDLE


def test_a_slow_camera_is_said_in_time_and_goes_on_reading(stand: Stand) -> None:  # G18
    began = stand.camera.film(lit, 15, 2, 0)
    assert stand.lookout.lens == LensFacts()
    ended = stand.camera.film(lit, 2, SAID_WITHIN_MS / 1_000, began)
    assert ended - began <= SAID_WITHIN_MS
    assert stand.lookout.lens == LensFacts(slow_a_second=2)
    assert stand.window.face is Face.IDLE, "slow is no reason to stop"
    stand.camera.film(lit, 15, 3, ended)
    assert stand.lookout.lens == LensFacts()


def test_what_is_well_is_told_once(stand: Stand) -> None:
    had = len(stand.told)
    stand.camera.film(lit, 15, 5, 0)
    assert len(stand.told) == had


def test_without_its_eye_for_light_a_covered_lens_would_be_called_well(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a lookout that takes every picture for a bright one."""
    monkeypatch.setattr(module, "brightest", lambda _: 255.0)
    stand.camera.film(unlit, 15, 10, 0)
    assert stand.window.face is Face.IDLE


def test_without_the_times_of_its_pictures_a_slow_camera_would_be_called_well(stand: Stand) -> None:
    """Negative control: the same few pictures, as if they had come fast."""
    stand.camera.film(lit, 15, 0.5, 0)
    assert stand.lookout.lens == LensFacts()


def test_a_lit_phone_in_the_dark_is_no_covered_lens() -> None:
    dark = unlit()
    dark[30:60, 60:100] = 220
    assert brightest(dark) > DARK_BELOW > brightest(unlit())


def test_a_code_is_read_from_the_part_that_is_set_and_seen_as_it_is_set(stand: Stand, qtbot: QtBot) -> None:
    luma = with_codes(code(TICKET))
    pictures: list[object] = []
    stand.lookout.pictured.connect(pictures.append)
    stand.lookout.take_settings(CameraSettings(is_mirrored=True, turn=Turn.RIGHT, region=Region(0, 0, 100, 20)))
    with qtbot.assertNotEmitted(stand.lookout.sight_taken, wait=200):
        stand.camera.show(luma, 1_000)
    assert stand.window._preview.image.size().width() == luma.shape[0], "turned"
    stand.lookout.take_settings(CameraSettings(is_mirrored=True, turn=Turn.RIGHT, region=Region()))
    with qtbot.waitSignal(stand.lookout.sight_taken, timeout=SOON_MS) as caught:
        stand.camera.show(luma, 2_000)
    assert caught.args is not None
    assert caught.args[0] == (TICKET,)
    assert stand.lookout.facts.is_reading
    assert len(pictures) == 2


# --- unplugged, plugged in again, swapped ------------------------------------------------------------------------


class Plugs:
    """The machine's cameras, as a test plugs them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices: list[Named] = []
        monkeypatch.setattr(device_camera.QMediaDevices, "videoInputs", staticmethod(lambda: list(self.devices)))
        monkeypatch.setattr(device_camera, "_named", lambda device: device)
        monkeypatch.setattr(device_camera, "DeviceFeed", _feed)


class _feed(DrawnFeed):  # noqa: N801 — stands for a class
    """Pictures of a camera by its name."""

    has_torch = False

    def __init__(self, device: Named, _owner: object) -> None:
        seeds = iter(range(1_000_000))
        super().__init__(device.name, lambda: lit(next(seeds)), 100)
        self.device_id = device.id

    def light(self, *, is_on: bool) -> None:
        """Has no torch."""


HAND, FRONT = Named("/dev/video2", "Hand"), Named("/dev/video0", "Front")


def test_unplugged_plugged_in_again_and_swapped(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:  # G18
    """Hot plug: each change of the devices is followed at once, and the chosen camera is taken back."""
    plugs = Plugs(monkeypatch)
    plugs.devices = [HAND]
    window, camera = KioskWindow(WORDS, ZONE, StillClock()), DeviceCamera(0)
    qtbot.addWidget(window)
    lookout = Lookout(camera, window, settings=CameraSettings(device="Hand"))
    lookout.start()
    qtbot.waitUntil(lambda: lookout.state is Said.WORKING, timeout=SOON_MS)
    plugs.devices = []
    camera._sources_moved()
    assert window._panel.page.title == WORDS.camera[Said.MISSING].title
    plugs.devices = [FRONT]
    camera._sources_moved()
    qtbot.waitUntil(lambda: lookout.state is Said.WORKING, timeout=SOON_MS)
    assert lookout.lens == LensFacts(substitute="Front")
    plugs.devices = [FRONT, HAND]
    camera._sources_moved()
    qtbot.waitUntil(lambda: camera.name == "Hand", timeout=SOON_MS)
    assert lookout.lens == LensFacts()
    lookout.stop()


class _torch(_feed):  # noqa: N801 — stands for a class
    """A camera with a light; `lit` tells how it was switched, whichever opening it was."""

    has_torch = True
    lit: list[bool] = []  # noqa: RUF012 — of all openings

    def light(self, *, is_on: bool) -> None:
        self.lit.append(is_on)


def test_a_torch_is_lit_as_it_is_set_and_again_when_its_camera_comes_back(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugs = Plugs(monkeypatch)
    monkeypatch.setattr(device_camera, "DeviceFeed", _torch)
    _torch.lit.clear()
    plugs.devices = [HAND]
    window, camera = KioskWindow(WORDS, ZONE, StillClock()), DeviceCamera(0)
    qtbot.addWidget(window)
    lookout = Lookout(camera, window)
    lookout.start()
    qtbot.waitUntil(lambda: lookout.state is Said.WORKING, timeout=SOON_MS)
    assert lookout.facts.has_torch
    assert set(_torch.lit) == {False}
    lookout.take_settings(CameraSettings(is_torch_on=True))
    assert _torch.lit[-1] is True
    plugs.devices = []
    camera._sources_moved()
    assert not lookout.facts.has_torch
    plugs.devices = [HAND]
    camera._sources_moved()
    qtbot.waitUntil(lambda: lookout.state is Said.WORKING, timeout=SOON_MS)
    assert _torch.lit[-1] is True
    lookout.stop()

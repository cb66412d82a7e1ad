"""The watchdog and the way back: stalled, gone, failed, and filming again."""

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from PySide6.QtMultimedia import QMediaCaptureSession
from pytestqt.qtbot import QtBot

from app.device.camera import FROZEN, SILENT, CameraProblem, CameraState, Phase
from app.device.decoder import Luma
from app.device.device_camera import DEVICE_PATIENCE
from app.device.lens import Feed, LensCamera, Patience
from app.device.synthetic import DrawnFeed
from tests.device.pictures import door

QUICK = Patience(frame_ms=150, start_ms=300, retry_ms=(10, 20))
SOON_MS = 10_000
SAID_WITHIN_MS = 3_000


def feed_of(frames: int | None) -> DrawnFeed:
    """A feed that stalls after that many frames; None: never."""
    left = [frames]

    def next_frame() -> Luma | None:
        if left[0] is None:
            return door(0, (320, 180))
        left[0] -= 1
        return door(0, (320, 180)) if left[0] >= 0 else None

    return DrawnFeed("feed", next_frame, 100)


class Bench:
    """Hands out feeds in order, the last one again and again, and keeps what the camera tells."""

    def __init__(self, *feeds: Callable[[], Feed | None]) -> None:
        self.feeds, self.opened = list(feeds), 0
        self.camera = LensCamera(self.find, QUICK)
        self.phases: list[Phase] = []
        self.camera.state_changed.connect(self.note)

    def find(self) -> Feed | None:
        make = self.feeds[min(self.opened, len(self.feeds) - 1)]
        self.opened += 1
        return make()

    def note(self, state: CameraState) -> None:
        self.phases.append(state.phase)


def until(qtbot: QtBot, bench: Bench, *phases: Phase) -> None:
    bench.camera.start()
    qtbot.waitUntil(lambda: bench.phases[: len(phases)] == list(phases), timeout=SOON_MS)
    bench.camera.stop()


def test_a_feed_that_falls_silent_is_stalled_and_restarted(qtbot: QtBot) -> None:  # G18
    bench = Bench(lambda: feed_of(3), lambda: feed_of(None))
    until(qtbot, bench, Phase.SEARCHING, Phase.LIVE, Phase.STALLED, Phase.LIVE)
    assert bench.opened == 2


def feed_frozen_until(is_thawed: Callable[[], bool]) -> DrawnFeed:
    """A feed that shows the same picture until it is thawed, and then a new one each time."""
    seeds = count()
    return DrawnFeed("feed", lambda: door(next(seeds) if is_thawed() else 0, (320, 180)), 100)


def test_a_picture_that_stands_still_is_said_until_it_moves_again(qtbot: QtBot) -> None:  # G18
    thawed: list[bool] = []
    bench = Bench(lambda: feed_frozen_until(lambda: bool(thawed)))
    bench.camera._patience = Patience(frame_ms=2_000, frozen_ms=50, retry_ms=(10,))
    told: list[CameraState] = []
    bench.camera.state_changed.connect(told.append)
    bench.camera.start()
    qtbot.waitUntil(lambda: bench.opened >= 3, timeout=SOON_MS)
    assert told[-1] == FROZEN
    assert [state.phase for state in told] == [Phase.SEARCHING, Phase.LIVE, Phase.STALLED], "said once, not in turns"
    thawed.append(True)
    qtbot.waitUntil(lambda: told[-1].phase is Phase.LIVE, timeout=SOON_MS)
    bench.camera.stop()


def test_a_covered_lens_is_dark_and_not_frozen(qtbot: QtBot) -> None:  # G18
    """Its pictures are equal to the last bit as well; opening it anew would help nobody."""
    black = np.zeros((180, 320), np.uint8)
    bench = Bench(lambda: DrawnFeed("feed", lambda: black, 100))
    bench.camera._patience = Patience(frame_ms=2_000, frozen_ms=30, retry_ms=(10,))
    frames: list[object] = []
    bench.camera.frame_arrived.connect(frames.append)
    bench.camera.start()
    qtbot.waitUntil(lambda: len(frames) >= 12, timeout=SOON_MS)
    assert (bench.opened, bench.phases) == (1, [Phase.SEARCHING, Phase.LIVE])
    bench.camera.stop()


def test_a_feed_that_never_speaks_is_in_use_elsewhere(qtbot: QtBot) -> None:  # G18
    bench = Bench(lambda: feed_of(0))
    until(qtbot, bench, Phase.SEARCHING, Phase.STALLED)
    assert Phase.LIVE not in bench.phases
    assert SILENT.reason == "camera_silent"


def test_a_slow_starter_is_said_and_not_opened_anew_before_its_time(qtbot: QtBot) -> None:  # G18
    """Told in time, and still given the seconds that it needs: opened anew at once it would never film."""
    awake: list[bool] = []
    seeds = count()
    bench = Bench(lambda: DrawnFeed("feed", lambda: door(next(seeds), (320, 180)) if awake else None, 100))
    bench.camera._patience = Patience(frame_ms=50, start_ms=60_000, retry_ms=(10,))
    told: list[CameraState] = []
    bench.camera.state_changed.connect(told.append)
    bench.camera.start()
    qtbot.waitUntil(lambda: told[-1:] == [SILENT], timeout=SOON_MS)
    awake.append(True)
    bench.camera._patience = QUICK
    qtbot.waitUntil(lambda: told[-1].phase is Phase.LIVE, timeout=SOON_MS)
    assert bench.opened == 1
    bench.camera.stop()


def test_a_feed_that_may_not_be_opened_says_why_and_is_tried_again(qtbot: QtBot) -> None:  # G18
    def refused() -> Feed | None:
        raise CameraProblem("camera_refused")

    bench = Bench(refused, lambda: feed_of(None))
    told: list[CameraState] = []
    bench.camera.state_changed.connect(told.append)
    bench.camera.start()
    qtbot.waitUntil(lambda: bench.phases[-1] is Phase.LIVE, timeout=SOON_MS)
    assert CameraState(Phase.FAILED, "camera_refused") in told
    bench.camera.stop()


def test_a_camera_that_is_plugged_in_later_is_found(qtbot: QtBot) -> None:
    until(qtbot, Bench(lambda: None, lambda: None, lambda: feed_of(None)), Phase.SEARCHING, Phase.GONE)
    bench = Bench(lambda: None, lambda: feed_of(None))
    bench.camera.start()
    assert bench.phases == [Phase.SEARCHING, Phase.GONE]
    with qtbot.waitSignal(bench.camera.sources_changed, timeout=SOON_MS):
        bench.camera.look_again()
    qtbot.waitUntil(lambda: bench.phases[-1] is Phase.LIVE, timeout=SOON_MS)
    bench.camera.stop()


@pytest.mark.parametrize(
    ("happens", "phase"),
    [(lambda camera: camera.lose(), Phase.GONE), (lambda camera: camera.fail("camera_failed"), Phase.FAILED)],
    ids=["lost", "failed"],
)
def test_a_camera_that_breaks_comes_back(qtbot: QtBot, happens: Callable[[LensCamera], None], phase: Phase) -> None:
    bench = Bench(lambda: feed_of(None))
    bench.camera.start()
    qtbot.waitUntil(lambda: bench.phases[-1] is Phase.LIVE, timeout=SOON_MS)
    happens(bench.camera)
    assert bench.phases[-1] is phase
    qtbot.waitUntil(lambda: bench.phases[-1] is Phase.LIVE, timeout=SOON_MS)
    between = bench.phases[bench.phases.index(phase) + 1 : -1]
    assert between == ([Phase.SEARCHING] if phase is Phase.GONE else []), "what failed is said until it films again"
    bench.camera.stop()


def test_a_stopped_camera_does_not_come_back(qtbot: QtBot) -> None:
    bench = Bench(lambda: feed_of(0))
    bench.camera.start()
    bench.camera.stop()
    bench.camera.fail("camera_failed")
    bench.camera.lose()
    with qtbot.assertNotEmitted(bench.camera.state_changed, wait=2 * QUICK.frame_ms):
        pass
    assert bench.phases == [Phase.SEARCHING, Phase.GONE]


def test_without_its_watchdog_a_silent_camera_would_stay_live(qtbot: QtBot) -> None:
    """Negative control: the same silence, with a watchdog too patient to notice."""
    bench = Bench(lambda: feed_of(3))
    bench.camera._patience = Patience(frame_ms=3_600_000)
    bench.camera.start()
    qtbot.waitUntil(lambda: Phase.LIVE in bench.phases, timeout=SOON_MS)
    with qtbot.assertNotEmitted(bench.camera.state_changed, wait=3 * QUICK.frame_ms):
        pass
    bench.camera.stop()


def test_waits_grow_and_stay_at_the_last() -> None:
    assert list(Patience().retry_ms) == sorted(Patience().retry_ms)
    assert Patience().frame_ms < SAID_WITHIN_MS
    assert DEVICE_PATIENCE.frame_ms < SAID_WITHIN_MS
    assert DEVICE_PATIENCE.frozen_ms is not None
    assert DEVICE_PATIENCE.frozen_ms < SAID_WITHIN_MS, "G18"


class Recorder:
    """A feed that notes what is asked of it."""

    name = "recorder"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def plug_into(self, session: QMediaCaptureSession) -> None:
        self.asked.append("plugged")

    def start(self) -> None:
        self.asked.append("started")

    def stop(self) -> None:
        self.asked.append("stopped")


def test_a_feed_is_plugged_started_and_let_go_of_once(qapp: object) -> None:
    feed = Recorder()
    camera = LensCamera(lambda: feed, QUICK)
    camera.start()
    camera.start()
    camera.stop()
    camera.stop()
    assert feed.asked == ["plugged", "started", "stopped"]

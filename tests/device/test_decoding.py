"""The decoder beside the window: the latest frame wins, the window never waits, no thread is left."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QMetaObject, Qt, QThread, QTimer
from pytestqt.qtbot import QtBot

from app.device.camera import Frame, grey_picture
from app.device.decoder import Decoded, Decoder, DecoderMissing, Luma, Reading
from app.device.decoding import DecodeLane, Mailbox, Sighted
from app.device.pipeline import open_pipeline
from tests.device.pictures import TICKET, code, with_codes

SOON_MS = 10_000


def frame(number: int, luma: Luma | None = None) -> Frame:
    shown = np.full((30, 30), number, np.uint8) if luma is None else luma
    return Frame(shown, number, lambda: grey_picture(shown))


def test_the_latest_frame_wins_and_the_replaced_are_counted() -> None:
    box = Mailbox()
    assert box.put(frame(1))
    assert not box.put(frame(2))
    assert not box.put(frame(3))
    taken = box.take()
    assert taken is not None
    assert taken.at_ns == 3
    assert box.take() is None
    assert box.dropped == 2


class Slow:
    """A decoder that waits to be let go on, and remembers where it ran."""

    name = "slow"

    def __init__(self) -> None:
        self.go_on, self.is_busy = threading.Semaphore(0), threading.Event()
        self.threads: set[object] = set()

    def decode(self, luma: Luma) -> Reading:
        self.threads.add(QThread.currentThread())
        self.is_busy.set()
        assert self.go_on.acquire(timeout=10)
        return Reading((Decoded(str(luma[0, 0]), ((0, 0),) * 4),))


def test_frames_that_come_while_it_is_busy_replace_each_other(qtbot: QtBot) -> None:
    slow = Slow()
    lane = DecodeLane(lambda: slow)
    told: list[Sighted] = []
    lane.decoded.connect(told.append)
    lane.start()
    lane.offer(frame(1))
    assert slow.is_busy.wait(10)
    for number in (2, 3, 4, 5):
        lane.offer(frame(number))
    slow.go_on.release(2)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=SOON_MS)
    lane.stop()
    assert [sighted.at_ns for sighted in told] == [1, 5]
    assert [sighted.reading.texts[0].text for sighted in told] == ["1", "5"]
    assert lane.dropped == 3
    assert slow.threads.isdisjoint({QThread.currentThread()})


def test_a_real_decoder_reads_in_its_thread(qtbot: QtBot) -> None:
    lane = DecodeLane(open_pipeline)
    lane.start()
    with qtbot.waitSignal(lane.decoded, timeout=SOON_MS) as told:
        lane.offer(frame(7, with_codes(code(TICKET))))
    lane.stop()
    sighted = told.args[0]
    assert sighted.reading.texts[0].text == TICKET
    assert sighted.took_ms > 0
    assert sighted.at_ms == 0


def test_a_machine_without_decoders_is_told_once(qtbot: QtBot) -> None:
    def missing() -> object:
        raise DecoderMissing("decoder_missing", library="zxing-cpp")

    lane = DecodeLane(missing)  # type: ignore[arg-type]
    told: list[object] = []
    lane.failed.connect(told.append)
    with qtbot.waitSignal(lane.failed, timeout=SOON_MS):
        lane.start()
    lane.offer(frame(1))
    with qtbot.assertNotEmitted(lane.decoded, wait=50):
        lane.offer(frame(2))
    lane.stop()
    assert len(told) == 1


class Named:
    """A decoder that reads its own name in every frame, and does something while it looks for the first time."""

    def __init__(self, name: str, once: Callable[[], None] = lambda: None) -> None:
        self.name, self._once = name, once

    def decode(self, luma: Luma) -> Reading:
        once, self._once = self._once, lambda: None
        once()
        return Reading((Decoded(f"{self.name} {luma[0, 0]}", ((0, 0),) * 4),))


def texts_of(told: list[Sighted]) -> list[str]:
    return [sighted.reading.texts[0].text for sighted in told]


def test_another_decoder_has_the_next_frame_of_a_camera_that_is_never_waited_for(qtbot: QtBot) -> None:
    """The next frame lies there before the look at this one ends, as on a kiosk slower than its camera."""

    def change() -> None:
        lane.offer(frame(2))
        lane.use(lambda: after)

    before, after = Named("before", change), Named("after")
    lane = DecodeLane(lambda: before)
    told: list[Sighted] = []
    lane.decoded.connect(told.append)
    lane.start()
    lane.offer(frame(1))
    qtbot.waitUntil(lambda: len(told) == 2, timeout=SOON_MS)
    lane.stop()
    assert texts_of(told) == ["before 1", "after 2"]


def test_a_lane_that_had_no_decoder_looks_when_it_is_given_one(qtbot: QtBot) -> None:
    def missing() -> Decoder:
        raise DecoderMissing("decoder_missing", library="zxing-cpp")

    lane = DecodeLane(missing)
    told: list[Sighted] = []
    lane.decoded.connect(told.append)
    with qtbot.waitSignal(lane.failed, timeout=SOON_MS):
        lane.start()
    lane.offer(frame(1))
    QMetaObject.invokeMethod(lane._worker, "look", Qt.ConnectionType.BlockingQueuedConnection)  # behind that frame's
    lane.use(lambda: Named("found"))
    with qtbot.waitSignal(lane.decoded, timeout=SOON_MS):
        lane.offer(frame(2))
    lane.stop()
    assert texts_of(told) == ["found 2"]


def test_it_stops_and_starts_any_number_of_times(qtbot: QtBot) -> None:
    lane = DecodeLane(open_pipeline)
    for _ in range(3):
        lane.start()
        with qtbot.waitSignal(lane.decoded, timeout=SOON_MS):
            lane.offer(frame(1, with_codes(code(TICKET))))
        lane.stop()
        lane.stop()
        assert not lane._thread.isRunning()


def beats_per_look(qtbot: QtBot, lane: DecodeLane, looks: int = 4) -> float:
    """How often the window's loop turned for each frame of noise that was looked at, without a break between them."""
    large = np.kron(with_codes(code(TICKET, 2)), np.ones((3, 3), np.uint8))[:1080, :1920]
    crowded = np.random.default_rng(1).integers(0, 255, large.shape).astype(np.uint8)
    looked: list[object] = []
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        lane.offer(frame(beats % 200, crowded))

    timer = QTimer()
    timer.timeout.connect(beat)
    lane.decoded.connect(looked.append)
    lane.start()
    timer.start(2)
    qtbot.waitUntil(lambda: len(looked) >= looks, timeout=SOON_MS)
    timer.stop()
    lane.stop()
    return beats / len(looked)


def test_decoding_does_not_hold_up_the_window(qtbot: QtBot) -> None:  # G14
    assert beats_per_look(qtbot, DecodeLane(open_pipeline)) > 5


def test_decoding_in_the_windows_thread_would_be_seen(qtbot: QtBot) -> None:
    """Negative control: a window that decodes by itself turns once for each look."""
    lane = DecodeLane(open_pipeline)
    decoder = open_pipeline()
    lane.offer = lambda given: lane.decoded.emit(decoder.decode(given.luma))  # type: ignore[method-assign]
    assert beats_per_look(qtbot, lane) < 2


def test_it_is_the_decoders_that_let_go_of_the_interpreter() -> None:
    """Each library's work runs beside Python's own: a counter in this thread goes on while a decoder is at work."""
    busy = np.random.default_rng(1).integers(0, 255, (1080, 1920)).astype(np.uint8)
    pipeline = open_pipeline()
    for decoder in (pipeline._first, pipeline._zbar):
        assert decoder is not None
        counted = 0
        work = threading.Thread(target=decoder.decode, args=(busy,))
        work.start()
        while work.is_alive():
            counted += 1
        work.join()
        assert counted > 1_000


@pytest.mark.parametrize("number", [0])
def test_nothing_comes_after_stop(qtbot: QtBot, number: int) -> None:
    lane = DecodeLane(open_pipeline)
    lane.start()
    lane.offer(frame(number, with_codes(code(TICKET))))
    lane.stop()
    with qtbot.assertNotEmitted(lane.decoded, wait=50):
        lane.offer(frame(1))

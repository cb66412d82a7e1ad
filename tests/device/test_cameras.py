"""What every camera keeps: one suite, each implementation, through Qt's own session where it has one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.device.camera import CameraProblem, CameraSource, CameraState, Frame, Phase
from app.device.device_camera import DeviceCamera, best_format, camera_names
from app.device.file_camera import FileCamera, is_film
from app.device.lens import LensCamera
from app.device.opening import open_camera
from app.device.pipeline import open_pipeline
from app.device.props import Guest, Prop, draw_guest
from app.device.synthetic import DrawnFeed, SyntheticCamera
from app.device.vision import cv2
from tests.device.pictures import OTHER, SIZE, TICKET, code, with_codes

SOON_MS = 15_000


def picture(folder: Path, name: str = "ticket.png", text: str = TICKET) -> Path:
    cv2.imwrite(str(folder / name), with_codes(code(text)))
    return folder / name


def film(folder: Path, frames: int = 6) -> Path:
    made = cv2.VideoWriter(str(folder / "door.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 15, SIZE)
    for seed in range(frames):
        made.write(cv2.cvtColor(with_codes(code(TICKET), seed=seed), cv2.COLOR_GRAY2BGR))
    made.release()
    return folder / "door.avi"


def album(folder: Path) -> Path:
    (folder / "notes.txt").write_text("not a picture", "utf-8")
    picture(folder, "b.png", OTHER)
    picture(folder, "a.png")
    return folder


def behind_the_device_s_contract(_: Path) -> CameraSource:
    frame = with_codes(code(TICKET))
    return LensCamera(lambda: DrawnFeed("stand-in", lambda: frame, 50))


def synthetic(_: Path) -> CameraSource:
    camera = SyntheticCamera(SIZE, fps=50, seed=3)
    camera.show(TICKET, Prop.PHONE, frames=8, pause=1)
    return camera


MAKERS: dict[str, Callable[[Path], CameraSource]] = {
    "lens": behind_the_device_s_contract,
    "synthetic": synthetic,
    "picture": lambda folder: FileCamera(picture(folder), fps=50, again=True),
    "folder": lambda folder: FileCamera(album(folder), fps=50, frames_each=2, again=True),
    "film": lambda folder: FileCamera(film(folder), fps=50, again=True),
}


@pytest.fixture(params=MAKERS)
def camera(request: pytest.FixtureRequest, tmp_path: Path, qapp: object) -> Iterator[CameraSource]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.stop()


def frames_of(camera: CameraSource, qtbot: QtBot, count: int) -> list[Frame]:
    frames: list[Frame] = []
    camera.frame_arrived.connect(frames.append)
    camera.start()
    qtbot.waitUntil(lambda: len(frames) >= count, timeout=SOON_MS)
    return frames


def test_frames_arrive_with_their_luminance_and_their_time(camera: CameraSource, qtbot: QtBot) -> None:
    frames = frames_of(camera, qtbot, 4)
    for frame in frames:
        assert frame.luma.shape == (SIZE[1], SIZE[0])
        assert frame.luma.dtype == np.uint8
        assert frame.luma.std() > 5
    assert [frame.at_ns for frame in frames] == sorted({frame.at_ns for frame in frames})
    assert frames[0].at_ms == frames[0].at_ns // 1_000_000


def test_a_frame_can_be_painted(camera: CameraSource, qtbot: QtBot) -> None:
    painted = frames_of(camera, qtbot, 1)[0].picture()
    assert (painted.width(), painted.height()) == SIZE


def test_a_ticket_held_to_it_is_read(camera: CameraSource, qtbot: QtBot) -> None:
    pipeline, read = open_pipeline(), set[str]()
    camera.frame_arrived.connect(lambda frame: read.update(found.text for found in pipeline.decode(frame.luma).texts))
    camera.start()
    qtbot.waitUntil(lambda: TICKET in read, timeout=SOON_MS)
    assert read <= {TICKET, OTHER}


def test_states_are_told_once_each(camera: CameraSource, qtbot: QtBot) -> None:
    states: list[CameraState] = []
    camera.state_changed.connect(states.append)
    frames_of(camera, qtbot, 2)
    assert [state.phase for state in states] == [Phase.SEARCHING, Phase.LIVE]
    assert camera.state.phase is Phase.LIVE
    assert camera.name
    camera.stop()
    assert states[-1].phase is Phase.GONE


def test_after_stop_nothing_comes_and_it_can_start_again(camera: CameraSource, qtbot: QtBot) -> None:
    frames = frames_of(camera, qtbot, 1)
    camera.start()  # twice is once
    camera.stop()
    camera.stop()
    had = len(frames)
    with qtbot.assertNotEmitted(camera.frame_arrived, wait=60):
        pass
    assert len(frames) == had
    camera.start()
    qtbot.waitUntil(lambda: len(frames) > had, timeout=SOON_MS)


def test_a_recording_ends_by_saying_so(tmp_path: Path, qtbot: QtBot) -> None:
    camera = FileCamera(film(tmp_path, 5), fps=100)
    frames: list[Frame] = []
    camera.frame_arrived.connect(frames.append)
    with qtbot.waitSignal(camera.state_changed, timeout=SOON_MS, check_params_cb=lambda s: s.phase is Phase.GONE):
        camera.start()
    assert camera.state.reason == "camera_recording_over"
    assert len(frames) == 5
    camera.stop()


def test_a_folder_is_shown_in_the_order_of_its_names(tmp_path: Path, qtbot: QtBot) -> None:
    camera, pipeline = FileCamera(album(tmp_path), fps=100, frames_each=2), open_pipeline()
    texts: list[str] = []
    camera.frame_arrived.connect(lambda frame: texts.extend(read.text for read in pipeline.decode(frame.luma).texts))
    with qtbot.waitSignal(camera.state_changed, timeout=SOON_MS, check_params_cb=lambda s: s.phase is Phase.GONE):
        camera.start()
    camera.stop()
    assert texts == [TICKET, TICKET, OTHER, OTHER]


def test_a_broken_picture_in_a_folder_is_a_failed_camera(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    camera = FileCamera(tmp_path, fps=100)
    with qtbot.waitSignal(camera.state_changed, timeout=SOON_MS, check_params_cb=lambda s: s.phase is Phase.FAILED):
        camera.start()
    assert camera.state.reason == "picture_unknown"
    camera.stop()


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ("", "camera_spec"),
        ("device:", "camera_spec"),
        ("device:-1", "camera_spec"),
        ("device:²", "camera_spec"),
        ("demo:x", "camera_spec"),
        ("file:", "camera_spec"),
        ("/dev/video0", "camera_spec"),
        ("rtsp://10.0.0.1/door", "camera_spec"),
        ("file:rtsp://10.0.0.1/door", "camera_address_refused"),
        ("file:http://example.org/a.mp4", "camera_address_refused"),
        ("file:concat:a.mp4", "camera_address_refused"),
        ("file://server/share/a.mp4", "camera_address_refused"),
        ("file:\\\\server\\a.mp4", "camera_address_refused"),
        ("folder:smb://x/y", "camera_address_refused"),
        ("file:no-such-file.mp4", "camera_file_missing"),
    ],
)
def test_a_bad_spec_is_told_by_its_reason(spec: str, key: str, qapp: object) -> None:
    with pytest.raises(CameraProblem) as told:
        open_camera(spec)
    assert told.value.key == key


def test_a_play_list_is_no_film_whatever_its_name(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "a.mp4").write_text("#EXTM3U\nhttp://example.org/a.ts\n", "utf-8")
    with pytest.raises(CameraProblem) as told:
        open_camera(f"file:{tmp_path / 'a.mp4'}")
    assert told.value.key == "camera_file_unknown"
    assert is_film(film(tmp_path).read_bytes()[:64])


def test_an_empty_folder_is_told(tmp_path: Path, qapp: object) -> None:
    with pytest.raises(CameraProblem) as told:
        open_camera(f"folder:{tmp_path}")
    assert told.value.key == "camera_folder_empty"


def test_each_form_opens_its_kind(tmp_path: Path, qapp: object) -> None:
    assert isinstance(open_camera("demo"), SyntheticCamera)
    assert isinstance(open_camera("device:0"), DeviceCamera)
    assert isinstance(open_camera(f"file:{picture(tmp_path)}"), FileCamera)
    assert isinstance(open_camera(f"folder:{tmp_path}"), FileCamera)


def test_a_machine_without_that_camera_says_gone_and_goes_on_looking(qtbot: QtBot) -> None:
    camera = DeviceCamera(99)
    with qtbot.waitSignal(camera.state_changed, check_params_cb=lambda state: state.phase is Phase.GONE):
        camera.start()
    assert camera.state.reason == "camera_gone"
    camera.stop()
    assert best_format([]) is None
    assert isinstance(camera_names(), tuple)


def test_guests_come_in_order_and_are_named(qtbot: QtBot) -> None:
    camera, pipeline = SyntheticCamera(SIZE, fps=60, seed=3), open_pipeline()
    told: list[tuple[str, int]] = []
    read: list[str] = []
    camera.presentation_started.connect(lambda number: told.append(("started", number)))
    camera.presentation_finished.connect(lambda number: told.append(("finished", number)))
    camera.frame_arrived.connect(lambda frame: read.extend(found.text for found in pipeline.decode(frame.luma).texts))
    numbers = [camera.show(text, frames=9, pause=2) for text in (TICKET, OTHER, TICKET)]
    assert camera.waiting == 3
    camera.start()
    qtbot.waitUntil(lambda: len(told) == 6, timeout=SOON_MS)
    camera.stop()
    assert numbers == [0, 1, 2]
    assert told == [(what, number) for number in numbers for what in ("started", "finished")]
    assert list(dict.fromkeys(read)) == [TICKET, OTHER]
    assert camera.waiting == 0


@pytest.mark.parametrize("prop", Prop)
def test_the_same_seed_draws_the_same_guest_and_it_can_be_read(prop: Prop) -> None:
    guest = Guest(TICKET, prop, 8, SIZE, 7, 2)
    first, second = draw_guest(guest), draw_guest(guest)
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[4], draw_guest(Guest(TICKET, prop, 8, SIZE, 8, 2))[4])
    assert [read.text for read in open_pipeline().decode(first[4]).texts] == [TICKET]


def test_a_text_that_no_code_holds_is_refused_when_shown(qapp: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        SyntheticCamera(SIZE).show("x" * 5_000)

"""The sheet about the camera: what it says, what each touch makes of the settings, and the part drawn with a finger."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.device.camera import grey_picture
from app.device.device_camera import Named
from app.kiosk.camera_present import (
    PARTS,
    CameraFacts,
    present_camera,
    with_mirror,
    with_next_camera,
    with_next_part,
    with_next_turn,
    with_torch,
)
from app.kiosk.camera_sheet import CameraSheet
from app.kiosk.part_picker import PartPicker, region_of
from app.kiosk.words import CameraState, load_kiosk_words
from core.model.settings import CameraSettings, Flaw, Region, Setting, Settings, Turn, changed, value_of
from tests.device.pictures import door

WORDS = load_kiosk_words()
SAID = WORDS.camera_sheet
TWO = CameraFacts("Hand", CameraState.WORKING, (Named("Front", "Front"), Named("Hand", "Hand")), (1280, 720), 15)


def fits(settings: CameraSettings) -> bool:
    """Whether the settings' own rules take them: what a sheet makes can be kept."""
    whole = replace(Settings(), camera=settings)
    each = (Setting.CAMERA, Setting.MIRROR, Setting.TURN, Setting.REGION, Setting.TORCH)
    return not any(isinstance(changed(Settings(), one, value_of(whole, one)), Flaw) for one in each)


def test_a_camera_that_works_is_told_with_its_figures() -> None:
    text = present_camera(TWO, WORDS)
    assert (text.name, text.picture) == ("Films: Hand", "1280 × 720, 15 a second")
    assert (text.trouble, text.reading, text.torch, text.next) == ("", SAID.reads_nothing, "", SAID.next)
    assert present_camera(replace(TWO, is_reading=True), WORDS).reading == SAID.reads


def test_trouble_is_said_with_its_cure() -> None:
    text = present_camera(replace(TWO, state=CameraState.TAKEN), WORDS)
    assert text.trouble == f"{WORDS.camera[CameraState.TAKEN].title}. {WORDS.camera[CameraState.TAKEN].step}"


def test_what_cannot_be_done_has_no_key() -> None:
    alone = present_camera(CameraFacts(), WORDS)
    assert (alone.name, alone.next, alone.torch, alone.picture) == (SAID.none, "", "", "")
    lit = replace(TWO, has_torch=True, settings=with_torch(CameraSettings()))
    assert present_camera(lit, WORDS).torch == SAID.torch_on


def test_the_next_camera_is_chosen_by_what_finds_it_again() -> None:
    assert with_next_camera(TWO).device == "Front"
    assert with_next_camera(replace(TWO, name="Front")).device == "Hand"
    assert with_next_camera(replace(TWO, settings=CameraSettings(device="Front"))).device == "Hand"
    assert with_next_camera(replace(TWO, name="gone")).device == "Front"
    assert with_next_camera(CameraFacts()) == CameraSettings()


def test_four_turns_are_none_and_two_mirrors_are_none() -> None:
    settings = CameraSettings(region=Region(10, 20, 30, 40))
    assert with_mirror(settings).region == Region(60, 20, 30, 40), "it stays where it is in the room"
    assert with_mirror(with_mirror(settings)) == settings
    turned = settings
    for _ in Turn:
        turned = with_next_turn(turned)
    assert turned == replace(settings, region=Region())


def test_the_usual_parts_come_round_and_a_drawn_one_is_followed_by_all_of_it() -> None:
    settings = CameraSettings()
    for part in (*PARTS[1:], PARTS[0]):
        settings = with_next_part(settings)
        assert settings.region == part
        assert fits(settings)
    assert with_next_part(CameraSettings(region=Region(1, 2, 50, 50))).region.is_whole


numbers = st.floats(-500, 1_500, allow_nan=False)


@given(numbers, numbers, numbers, numbers)
def test_whatever_is_drawn_can_be_kept(x: float, y: float, u: float, v: float) -> None:
    drawn = QRectF(min(x, u), min(y, v), abs(u - x), abs(v - y))
    assert fits(CameraSettings(region=region_of(drawn, QRectF(40, 0, 640, 360))))


def test_what_is_drawn_is_what_is_kept() -> None:
    assert region_of(QRectF(40 + 64, 36, 320, 180), QRectF(40, 0, 640, 360)) == Region(10, 10, 50, 50)
    assert region_of(QRectF(40, 0, 9, 9), QRectF(40, 0, 640, 360)) == Region(0, 0, 20, 20)


def test_a_finger_draws_the_part_and_a_slip_draws_none(qtbot: QtBot) -> None:
    picker = PartPicker("Picture")
    qtbot.addWidget(picker)
    picker.resize(640, 360)
    picker.show_image(grey_picture(door()))
    picker.show()
    drawn: list[Region] = []
    picker.part_chosen.connect(drawn.append)
    for start, end in ((QPoint(64, 36), QPoint(384, 216)), (QPoint(64, 36), QPoint(70, 40))):
        QTest.mousePress(picker, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(picker, end)
        picker.grab()
        QTest.mouseRelease(picker, Qt.MouseButton.LeftButton, pos=end)
    assert drawn == [Region(10, 10, 50, 50)]


def test_each_key_asks_for_one_change_and_shows_it(qtbot: QtBot) -> None:
    sheet = CameraSheet(replace(TWO, has_torch=True), WORDS)
    qtbot.addWidget(sheet)
    sheet.show()
    wanted: list[CameraSettings] = []
    sheet.settings_wanted.connect(wanted.append)
    for key in sheet.keys:
        key.click()
    before = CameraSettings()
    assert wanted == [
        replace(before, device="Front"),
        replace(before, is_mirrored=True),
        replace(before, turn=Turn.RIGHT),
        replace(before, region=PARTS[1]),
        replace(before, is_torch_on=True),
    ]
    sheet.show_facts(replace(TWO, settings=wanted[1]))
    assert sheet.mirror_key.told == SAID.mirrored
    assert not sheet.torch_key.isVisibleTo(sheet)

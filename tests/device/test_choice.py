"""Which of several cameras films: the one that was chosen, wherever it is plugged in."""

import pytest

from app.device.device_camera import Named, Place, choices_of, place_of

FRONT, HAND, SECOND_HAND = Named("/dev/video0", "Front"), Named("/dev/video2", "Hand"), Named("/dev/video4", "Hand")


@pytest.mark.parametrize(
    ("chosen", "devices", "number", "place"),
    [
        ("", [], 0, Place(None)),
        ("", [FRONT], 0, Place(0)),
        ("", [FRONT], 1, Place(None)),
        ("", [FRONT, HAND], 1, Place(1)),
        ("Hand", [FRONT, HAND], 0, Place(1)),
        ("Hand", [HAND, FRONT], 1, Place(0)),
        ("/dev/video4", [FRONT, HAND, SECOND_HAND], 0, Place(2)),
        ("Hand", [FRONT], 0, Place(0, is_substitute=True)),
        ("Hand", [FRONT], 3, Place(0, is_substitute=True)),
        ("Hand", [], 0, Place(None)),
    ],
)
def test_the_chosen_camera_films_and_another_only_in_its_place(  # G18
    chosen: str, devices: list[Named], number: int, place: Place
) -> None:
    assert place_of(chosen, devices, number) == place


def test_a_camera_is_chosen_by_its_name_unless_two_have_it() -> None:
    assert choices_of([FRONT, HAND]) == (Named("Front", "Front"), Named("Hand", "Hand"))
    assert choices_of([HAND, SECOND_HAND]) == (Named("/dev/video2", "Hand"), Named("/dev/video4", "Hand"))
    for choice, device in zip(choices_of([FRONT, HAND, SECOND_HAND]), (0, 1, 2), strict=True):
        assert place_of(choice.id, [FRONT, HAND, SECOND_HAND], 0) == Place(device)

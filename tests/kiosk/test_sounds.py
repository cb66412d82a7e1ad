"""A kiosk that cannot be heard says so and goes on."""

import pytest
from PySide6.QtMultimedia import QAudioDevice
from pytestqt.qtbot import QtBot

from app.kiosk.sounds import SoundPlayer
from app.kiosk.status import SoundState
from core.model.outcomes import Outcome
from tests.kiosk.verdicts import verdict

pytestmark = pytest.mark.qt_log_ignore("^Couldn't (load|resolve) ", extend=True)  # what Qt misses and we don't use


def test_without_a_loudspeaker_nothing_is_played_and_nothing_fails(qtbot: QtBot) -> None:
    player = SoundPlayer(find_output=QAudioDevice)
    for outcome in Outcome:
        player.play(verdict(outcome))
    assert (player.available, player.state) == (False, SoundState.MISSING)


def test_a_change_of_devices_is_told(qtbot: QtBot) -> None:
    player = SoundPlayer(find_output=QAudioDevice)
    with qtbot.waitSignal(player.state_changed) as told:
        player.look_for_output()
    assert told.args == [SoundState.MISSING]


def test_a_mute_kiosk_without_loudspeaker_is_still_without_loudspeaker(qtbot: QtBot) -> None:
    player = SoundPlayer(find_output=QAudioDevice)
    with qtbot.waitSignal(player.state_changed) as told:
        player.set_heard(False)
    assert told.args == [SoundState.MISSING]


def test_whatever_this_machine_has_is_survived(qtbot: QtBot) -> None:
    player = SoundPlayer()
    player.set_heard(False)
    player.play(verdict(Outcome.ADMITTED))
    assert player.state in (SoundState.MUTED, SoundState.MISSING)
    player.stop()

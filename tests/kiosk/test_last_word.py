"""A door that is closed says so to its server, so that nobody looks for it; one that is killed says nothing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from app.kiosk.kiosk import Kiosk
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.ledger.admin import Office
from app.ledger.kiosk_telling import kiosks_told
from app.runtime.station import Station
from app.runtime.vitals import VitalSigns
from app.server.program import build_app
from core.insight.hearing import SILENT_MS, Hearing, hearing_of
from core.sync.kiosk_replies import KioskReply
from tests.server.serving import served
from tests.support.live import LiveEvent, LiveKiosk

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000


@dataclass
class Here:
    """A server in this process, as an event's rig wants it."""

    folder: Path
    url: str = ""


@dataclass
class Rig:
    """A server, and a kiosk of it whose window can be opened again and again."""

    qtbot: QtBot
    office: Office
    event: LiveEvent
    station: Station

    @contextmanager
    def open(self) -> Iterator[Kiosk]:
        """A door that works, and that its server has heard of."""
        window = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), self.station.clock)
        self.qtbot.addWidget(window)
        kiosk = Kiosk(self.station, None, window)
        kiosk.start()
        try:
            self.qtbot.waitUntil(lambda: self.is_told_as(is_ending=False), timeout=PATIENCE_MS)
            yield kiosk
        finally:
            kiosk.stop()

    def told(self) -> KioskReply:
        (one,) = kiosks_told(self.office, self.event.id)
        return one

    def is_told_as(self, *, is_ending: bool) -> bool:
        vitals = self.told().vitals
        return vitals is not None and vitals.told.is_ending is is_ending


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    here = Here(tmp_path / "server")
    here.folder.mkdir()
    event = LiveEvent(here)  # type: ignore[arg-type]
    with closing(event.office()) as office, served(build_app(office, "the-organizers-token-of-this-test")) as url:
        here.url = url
        kiosk = LiveKiosk(event, tmp_path / "kiosk")
        kiosk.connect(url)
        yield Rig(qtbot, office, event, kiosk.station)
        kiosk._stack.close()


def test_a_door_that_is_closed_is_off_at_once_and_heard_when_it_is_opened_again(rig: Rig) -> None:
    for _ in range(2):
        with rig.open() as kiosk:
            assert rig.told().hearing == Hearing.HEARD.value
            kiosk.stop()
            assert rig.told().hearing == Hearing.OFF.value
        one = rig.told()
        assert hearing_of(one, (one,), (one.last_seen_ms or 0) + 10 * SILENT_MS) is Hearing.OFF, "and it stays so"


def test_a_door_that_says_nothing_as_it_ends_is_silent(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kiosk leaves whose power fails; and the test above fails where the last word is not said."""
    monkeypatch.setattr(VitalSigns, "tell_end", lambda _self, _queue: None)
    with rig.open():
        pass
    one = rig.told()
    assert one.hearing == Hearing.HEARD.value
    assert hearing_of(one, (one,), (one.last_seen_ms or 0) + SILENT_MS) is Hearing.SILENT

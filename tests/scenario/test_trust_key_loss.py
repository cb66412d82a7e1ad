"""G6: a kiosk that loses its keys loses no scan. The real server, the real journal."""

import argparse
import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import door_files
from app.clock import SystemClock
from app.device.vault import FileVault
from app.runtime.enrolling import enrol
from app.runtime.redeem_line import RedeemLine
from app.runtime.station import CredentialLost, Station
from core.model.ids import GateId
from core.model.outcomes import Outcome
from tests.support.live import LiveKiosk, live_event, live_kiosk

pytestmark = pytest.mark.slow
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")


def scanned_offline(kiosk: LiveKiosk, texts: list[str]) -> None:
    """Guests in front of a door without a network."""
    kiosk.connect(NOWHERE)
    assert {kiosk.line.present(text).outcome for text in texts} == {Outcome.ADMITTED_OFFLINE}


def test_a_kiosk_that_lost_every_key_delivers_its_scans_after_enrolling_again(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    with live_event(tmp_path / "server") as event:
        texts = event.tickets(3)
        with live_kiosk(event, folder) as kiosk:
            scanned_offline(kiosk, texts)
            facts = {fact.stamp.id.hex for fact in kiosk.journal.every_fact()}
            lost = kiosk.station.profile
        shutil.rmtree(folder / "vault")
        with pytest.raises(CredentialLost):
            Station(folder, lost, SystemClock())
        with event.office() as office:
            code = office.device_code(event.id, GateId("north"), "North 1", replaces=lost.device_id).code
            enrolled = enrol(event.server.url, code, folder)
            office.confirm_device(event.id, enrolled.profile.device_id, enrolled.digits)
        assert enrolled.profile.device != lost.device
        with closing(Station(folder, enrolled.profile, SystemClock())) as station:
            station.load_manifest()
            assert station.refresh_manifest() is None
            with closing(station.open_journal()) as journal:
                line = station.scan_line(journal)
                assert line.present(texts[0]).outcome is Outcome.ALREADY_USED, "the old scans still count here"
                station.sync_line(journal, refresh=lambda: None, ask=lambda question, *_: question()).drain()
                assert journal.queue_length() == 0
                assert journal.summary().by_leg.get("quarantined", 0) == 0
        with event.office() as office:
            assert facts <= office.fact_ids(event.id)
            assert office.status_of(event.id).admissions == 3


def test_a_kiosk_that_lost_its_sealing_key_alone_still_delivers_its_scans(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    with live_event(tmp_path / "server") as event:
        texts = event.tickets(3)
        with live_kiosk(event, folder) as kiosk:
            scanned_offline(kiosk, texts[:2])
            FileVault(folder / "vault").delete("sealing-key")
            kiosk.connect(event.server.url)
            assert kiosk.station.are_keys_lost
            assert kiosk.line.present(texts[2]).outcome is Outcome.NOT_AUTHORISED
            assert kiosk.drain() == 6
            assert kiosk.journal.queue_length() == 0
        with event.office() as office:
            assert office.status_of(event.id).admissions == 2


def test_a_queue_travels_by_stick_and_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "kiosk", tmp_path / "stick" / "queue.bin"
    out.parent.mkdir()
    with live_event(tmp_path / "server") as event:
        texts = event.tickets(3)
        with live_kiosk(event, folder) as kiosk:
            scanned_offline(kiosk, texts)
        args = argparse.Namespace(profile=folder, out=out, json=True)
        assert door_files.export_queue(args) == 0
        assert json.loads(capsys.readouterr().out)["facts"] == 6
        assert not any(text.encode() in out.read_bytes() for text in texts)
        with event.office() as office:
            first = office.import_queue(out.read_bytes(), RedeemLine(office.facts))
            again = office.import_queue(out.read_bytes(), RedeemLine(office.facts))
            assert (first.applied, again.applied, again.replayed) == (6, 0, 6)
            assert office.status_of(event.id).admissions == 3

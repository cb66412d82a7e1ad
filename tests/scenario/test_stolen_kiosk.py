"""A kiosk's disk in a thief's hands, and a kiosk whose key store is gone."""

import argparse
import gc
from contextlib import closing
from pathlib import Path

import pytest

from app.cli.door import renew_credential
from app.clock import SystemClock
from app.device.vault import PassphraseVault
from app.ledger.admin import Office, ProfileUnfit
from app.runtime.enrolling import enrol, enrol_spare
from app.runtime.redeem_line import RedeemLine
from app.runtime.station import CredentialLost, Station
from app.settings import VAULT_FOLDER, load_profile
from core.model.ids import GateId
from core.model.outcomes import Outcome
from core.sync.answers import Rejected
from core.sync.health import Link
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.keyring import Algorithm, VerifyProfile
from core.ticket.verify import Trust
from tests.support.live import DAY, LiveEvent, live_event, live_kiosk
from tests.support.stolen_disk import traces

PASSPHRASE = "correct horse battery"
GUEST = "Erika Mustermann-Musterfrau"
pytestmark = pytest.mark.slow


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The passphrase as somebody types it at each start."""
    path = tmp_path / "typed"
    path.touch(mode=0o600)
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    monkeypatch.setenv("DOORLIGHT_PASSPHRASE_FILE", str(path))
    monkeypatch.delenv("DOORLIGHT_VAULT", raising=False)


def _sold(office: Office, event: LiveEvent) -> list[str]:
    """Tickets of ours and of a shop, with a guest's name."""
    shop = AdapterRow("shop", "url", host="tickets.example.org", field="code")
    office.set_codes(event.id, CodesRow(mode="migrating", adapters=[shop]), {})
    old = "https://tickets.example.org/t?code=000777"
    office.import_tickets(event.id, ["code,external_ref,class,name", f"{old},order-1,Day ticket,{GUEST}"], "shop")
    return [*(ticket.text for ticket in office.issue_tickets(event.id, DAY, 2)), old]


def _secrets(station: Station) -> dict[str, bytes]:
    trust = station.box.trust
    assert isinstance(trust, Trust)
    found = {f"seals {key.kid}": key.verifying for key in trust.keyring.values()}
    found |= {f"rotates {key.kid}": key.rotating for key in trust.keyring.values()}
    found |= {name: station.vault.get(name) for name in ("credential", "sealing-key", "signing-key")}
    found |= {"legacy": trust.legacy_key, "a name": GUEST.encode()}
    return {name: secret for name, secret in found.items() if secret}


def _evening(event: LiveEvent, folder: Path) -> dict[str, bytes]:
    """A kiosk enrols, takes its lists, scans, syncs, looks up a name, and closes; what it knew."""
    with event.office() as office:
        texts = _sold(office, event)
    with live_kiosk(event, folder) as kiosk:
        for text in texts:
            assert kiosk.line.present(text).is_admission
        kiosk.drain()
        people = kiosk.station.attendees()
        assert isinstance(people, list)
        assert [person.name for person in people] == [GUEST]
        secrets = _secrets(kiosk.station)
    gc.collect()
    return secrets


@pytest.mark.usefixtures("typed")
def test_the_disk_of_a_locked_kiosk_holds_no_key_and_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    PassphraseVault(folder / VAULT_FOLDER).set_up(PASSPHRASE)
    with live_event(tmp_path / "server") as event:
        secrets = _evening(event, folder)
    assert {"legacy", "credential", "sealing-key", "signing-key", "a name"} < secrets.keys()
    assert traces(folder, secrets) == []


def test_control_keys_in_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with live_event(tmp_path / "server") as event:
        secrets = _evening(event, tmp_path / "kiosk")
    found = {name.split(": ")[1].split(" (")[0] for name in traces(tmp_path / "kiosk", secrets)}
    assert found == {"credential", "sealing-key", "signing-key"}, "and nothing else lies in clear even then"


@pytest.mark.parametrize("profile", [VerifyProfile.LIST, VerifyProfile.SIG])
def test_a_kiosk_that_is_trusted_with_less_never_has_the_ticket_key(tmp_path: Path, profile: VerifyProfile) -> None:
    with live_event(tmp_path / "server") as event, event.office() as office:
        _sold(office, event)
        if profile is VerifyProfile.SIG:
            with pytest.raises(ProfileUnfit):
                office.device_code(event.id, GateId("north"), "North 1", profile)
            office.rotate_key(event.id, Algorithm.ED25519)
        code = office.device_code(event.id, GateId("north"), "North 1", profile).code
        enrolled = enrol(event.server.url, code, tmp_path / "kiosk")
        office.confirm_device(event.id, enrolled.profile.device_id, enrolled.digits)
        with closing(Station(tmp_path / "kiosk", enrolled.profile, SystemClock())) as station:
            assert station.refresh_manifest() is None
            trust = station.box.trust
    assert isinstance(trust, Trust)
    own = [key for key in trust.keyring.values() if key.event == event.id]
    assert all(key.verifying is None for key in own if key.algorithm is Algorithm.HMAC_SHA256_128)
    assert any(key.verifying for key in own) is (profile is VerifyProfile.SIG)
    assert [key.rotating for key in trust.keyring.values()] == [None] * len(trust.keyring)


def test_a_lost_key_store_loses_no_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # G6
    """The kiosk admits offline, its keys vanish, it enrols again as its own successor, and everything arrives once."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = tmp_path / "kiosk"
    with live_event(tmp_path / "server") as event, event.office() as office:
        texts = _sold(office, event)
        with live_kiosk(event, folder) as kiosk:
            kiosk.connect("http://127.0.0.1:9")
            assert all(kiosk.line.present(text).is_admission for text in texts)
            lost = kiosk.station.profile.device_id
        for path in (folder / VAULT_FOLDER).iterdir():
            path.unlink()
        with pytest.raises(CredentialLost):
            Station(folder, load_profile(folder), SystemClock())
        code = office.device_code(event.id, GateId("north"), "North 1", replaces=lost).code
        enrolled = enrol(event.server.url, code, folder)
        office.confirm_device(event.id, enrolled.profile.device_id, enrolled.digits)
        station = Station(folder, enrolled.profile, SystemClock())
        with closing(station), closing(station.open_journal()) as journal:
            station.sync_line(journal, refresh=lambda: None).drain()
            assert journal.queue_length() == 0
        status = office.status_of(event.id)
    assert (status.redemptions, status.facts, status.quarantined) == (3, 6, 0)


def test_a_revoked_kiosk_delivers_what_it_had_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # G7
    """It hears that it is revoked, lets nobody in any more, and goes on sending; the organizer says that it counts."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with live_event(tmp_path / "server") as event, event.office() as office:
        texts = _sold(office, event)
        with live_kiosk(event, tmp_path / "kiosk") as kiosk:
            kiosk.connect("http://127.0.0.1:9")
            assert all(kiosk.line.present(text).is_admission for text in texts)
            device = kiosk.station.profile.device_id
            office.revoke_device(event.id, device)
            kiosk.connect(event.server.url)
            while not isinstance(kiosk.station.client.me(), Rejected):
                pass  # a proven credential is taken at its word for a second
            kiosk.station.refresh_manifest()
            assert kiosk.line.present(texts[0]).outcome is Outcome.DEVICE_REVOKED
            assert kiosk.drain() == 8
            assert kiosk.journal.summary().by_leg == {"quarantined": 8}
        assert office.status_of(event.id).redemptions == 0
        report = office.salvage.take(event.id, device, RedeemLine(office.facts))
        status = office.status_of(event.id)
    assert (report.applied, report.quarantined) == (8, 0)
    assert (status.redemptions, status.quarantined, status.incidents) == (3, 0, 0)


def test_a_spare_that_nobody_opened_gives_nothing_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with live_event(tmp_path / "server") as event, event.office() as office:
        kit = office.make_spare(event.id, GateId("north"), "Spare", VerifyProfile.MAC)
        stick = tmp_path / "stick"
        stick.mkdir()
        (stick / kit.file_name).write_bytes(kit.kit)
        enrol_spare(stick, kit.code, tmp_path / "kiosk")
        vault = tmp_path / "kiosk" / VAULT_FOLDER
        secrets = {path.name: path.read_bytes() for path in vault.iterdir()}
    assert len(secrets) == 3
    assert traces(stick, secrets | {"code": kit.code.encode()}) == []


def test_a_copied_credential_ends_when_the_kiosk_renews_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    folder = tmp_path / "kiosk"
    with live_event(tmp_path / "server") as event:
        with live_kiosk(event, folder) as kiosk:
            profile = kiosk.station.profile
        copied = (folder / VAULT_FOLDER / "credential").read_bytes()
        assert renew_credential(argparse.Namespace(profile=folder, json=True)) == 0
        assert (folder / VAULT_FOLDER / "credential").read_bytes() != copied
        with closing(Station(folder, profile, SystemClock())) as station:
            assert station.refresh_manifest() is None
            assert station.link.health.link is not Link.OFFLINE
        (folder / VAULT_FOLDER / "credential").write_bytes(copied)
        with closing(Station(folder, profile, SystemClock())) as thief:
            answer = thief.client.me()
    assert isinstance(answer, Rejected)
    assert answer.code == "credentials_wrong"

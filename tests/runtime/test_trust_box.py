"""The manifest's way into force: whole, newest, its secrets apart."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.device.vault import FileVault
from app.net.gate_client import FreshManifest, Unchanged
from app.runtime.link import LinkMonitor
from app.runtime.trust_box import ManifestKeeper, TrustBox
from app.store.snapshot import Snapshot
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.manifest import Unusable
from core.sync.messages import Manifest
from core.ticket.verify import Barred, Trust
from tests.support.door import EVENT, KID, MAC, OTHER_EVENT, SUMMER_NIGHT, manifest

NOW_MS = 1_795_000_000_000
Reply = Done[FreshManifest | Unchanged] | Later | Rejected


def fresh(made: Manifest) -> Done[FreshManifest | Unchanged]:
    return Done(FreshManifest(json.dumps(asdict(made)), made), 5)


class Source:
    """Gives the reply it holds, and remembers which version was said to be held."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.held: list[int | None] = []

    def manifest(self, held: int | None) -> Reply:
        self.held.append(held)
        return self.reply


class Kiosk:
    """A keeper with its box on one folder."""

    def __init__(self, folder: Path) -> None:
        self.box = TrustBox(EVENT)
        self.snapshot = Snapshot(folder / "kiosk.db")
        self.keeper = ManifestKeeper(
            event=EVENT,
            box=self.box,
            snapshot=self.snapshot,
            vault=FileVault(folder / "vault"),
            link=LinkMonitor(lambda: Millis(NOW_MS)),
            now_ms=lambda: NOW_MS,
        )

    def close(self) -> None:
        self.snapshot.close()


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with closing(Kiosk(tmp_path)) as made:
        yield made


def test_a_kiosk_without_a_manifest_is_barred(kiosk: Kiosk) -> None:
    assert kiosk.keeper.load() is None
    assert kiosk.box.trust == Barred(Outcome.SNAPSHOT_EXPIRED)
    assert (kiosk.box.version, kiosk.box.fetched_ms) == (0, None)


def test_a_fresh_manifest_is_in_force_and_survives_a_restart(kiosk: Kiosk, tmp_path: Path) -> None:
    source = Source(fresh(manifest(4)))
    assert kiosk.keeper.refresh(source) is None
    assert source.held == [None]
    with closing(Kiosk(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.box.version == 4
        assert again.box.fetched_ms == NOW_MS
        trust = again.box.trust
        assert isinstance(trust, Trust)
        assert trust.event == SUMMER_NIGHT
        assert trust.keyring[KID].verifying == MAC


def test_no_secret_lies_in_the_database(kiosk: Kiosk, tmp_path: Path) -> None:
    kiosk.keeper.refresh(Source(fresh(manifest(4))))
    kiosk.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("kiosk.db*"))
    assert KID.to_bytes(4) not in stored or MAC.hex().encode() not in stored
    assert MAC.hex().encode() not in stored
    assert MAC.hex().encode() in (tmp_path / "vault" / f"keys-{EVENT.hex}").read_bytes()


def test_an_unchanged_manifest_is_young_again(kiosk: Kiosk) -> None:
    kiosk.box.adopt(manifest(4), NOW_MS - 999)
    source = Source(Done(Unchanged(), 5))
    kiosk.keeper.refresh(source)
    assert source.held == [4]
    assert kiosk.box.fetched_ms == NOW_MS


@pytest.mark.parametrize(
    ("flawed", "reason"),
    [
        (manifest(3), "older"),
        (replace(manifest(5), policy=replace(manifest().policy, event=OTHER_EVENT.hex)), "another event"),
        (replace(manifest(5), policy=replace(manifest().policy, time_zone="Mars/Olympus")), "time zone"),
        (replace(manifest(5), allowed=["abc"]), ""),
    ],
)
def test_a_flawed_manifest_leaves_the_old_one_in_force(kiosk: Kiosk, flawed: Manifest, reason: str) -> None:
    kiosk.keeper.refresh(Source(fresh(manifest(4))))
    refusal = kiosk.keeper.refresh(Source(fresh(flawed)))
    assert isinstance(refusal, Unusable)
    assert reason in refusal.reason
    assert kiosk.box.version == 4
    assert isinstance(kiosk.box.trust, Trust)


@pytest.mark.parametrize("reply", [Later(Trouble.UNREACHABLE), Rejected(404, "unknown")])
def test_without_an_answer_the_old_one_stays_and_ages(kiosk: Kiosk, reply: Reply) -> None:
    kiosk.box.adopt(manifest(4), NOW_MS - 999)
    kiosk.keeper.refresh(Source(reply))
    assert (kiosk.box.version, kiosk.box.fetched_ms) == (4, NOW_MS - 999)
    assert isinstance(kiosk.box.trust, Trust)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Rejected(401, "device_revoked"), Outcome.DEVICE_REVOKED),
        (Rejected(403, "wrong_event"), Outcome.NOT_AUTHORISED),
    ],
)
def test_a_kiosk_that_lost_its_rights_is_barred(kiosk: Kiosk, reply: Reply, outcome: Outcome) -> None:
    kiosk.keeper.refresh(Source(fresh(manifest(4))))
    kiosk.keeper.refresh(Source(reply))
    assert kiosk.box.trust == Barred(outcome)


def test_a_kiosk_that_got_its_rights_back_verifies_again(kiosk: Kiosk) -> None:
    kiosk.keeper.refresh(Source(fresh(manifest(4))))
    kiosk.keeper.refresh(Source(Rejected(401, "device_revoked")))
    source = Source(fresh(manifest(4)))
    kiosk.keeper.refresh(source)
    assert source.held == [None]
    assert isinstance(kiosk.box.trust, Trust)

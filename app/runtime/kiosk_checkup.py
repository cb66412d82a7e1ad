"""A kiosk's folder as a technician looks at it: keys, journal, lists, clock, camera, server, each with its cure.

Owns the checks of the kiosk. None of them changes anything; one question goes to the server, nothing else leaves.
"""

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import urlsplit

from app.device.vault import PassphraseVault, VaultKind, kind_of
from app.device.vaults import passphrases
from app.net.gate_client import Credential, GateClient, OwnDevice, Papers
from app.runtime.checkup import (
    Check,
    Finding,
    Mark,
    addresses,
    age,
    disk,
    findings_of,
    green,
    logs,
    program,
    wall_clock,
)
from app.runtime.genuine import SEALING_KEY
from app.runtime.station import CREDENTIAL, SIGNING_KEY, vault_of
from app.settings import JOURNAL_FILE, SETTINGS_FILE, TRUST_FILE, VAULT_FOLDER, Profile, load_profile
from app.store.clock_memory import clock_of
from app.store.examination import KNOWN, Examined, examine, manifest_in
from core.model.moments import ClockQuality
from core.model.settings import settings_of
from core.sync.answers import Done, Later, Rejected
from core.sync.signing import is_signed, manifest_bytes
from core.ticket.keyring import VerifyProfile

LIBRARIES = ("PySide6.QtWidgets", "PySide6.QtMultimedia", "cv2", "zxingcpp", "pyzbar.pyzbar")
"""What the window, the camera and the decoders load: a missing system library shows here, with its name."""
LONG_QUEUE = 2_000
OLD_MS = 2 * 60 * 60 * 1000
UNSURE_MS = 60_000


def kiosk_findings(folder: Path) -> Iterator[Finding]:
    """All of a kiosk."""
    checks: list[tuple[str, Check]] = [
        ("program", program),
        ("libraries", libraries),
        ("camera", cameras),
        ("disk", partial(disk, folder)),
        ("network", addresses),
        ("machine's clock", wall_clock),
        ("kiosk's clock", partial(_clock, folder)),
        ("profile", partial(_profile, folder)),
        ("journal", partial(_journal, folder)),
        ("lists", partial(_lists, folder)),
        ("keys", partial(_keys, folder)),
        ("settings", partial(_settings, folder)),
        ("server", partial(_server, folder)),
        ("logs", partial(logs, folder)),
    ]
    yield from findings_of(checks)


def libraries() -> Iterator[Finding]:
    """Whether what a window needs can be loaded."""
    for name in LIBRARIES:
        try:
            module = importlib.import_module(name)
        except ImportError as err:
            cure = "install Doorlight again: python3 packaging/dev.py install puts the missing libraries in place"
            yield Finding("libraries", Mark.RED, f"{name} does not load: {err}", cure)
        else:
            top = importlib.import_module(name.partition(".")[0])
            yield green(
                "libraries", f"{name} {getattr(top, '__version__', getattr(module, '__version__', ''))}".strip()
            )


def cameras() -> Finding:
    """The cameras of this machine."""
    from app.device.device_camera import cameras_of_this_machine

    names = cameras_of_this_machine()
    if not names:
        cure = "plug a camera in, and see that this account may use it (on Linux: the group video)"
        return Finding("camera", Mark.RED, "no camera is found", cure)
    return green("camera", ", ".join(f"device:{number} {name}" for number, name in enumerate(names)))


def _profile(folder: Path) -> Finding:
    profile = load_profile(folder)
    told = f"'{profile.device_name}' at gate {profile.gate}, server {shown_address(profile)}"
    if profile.root is None:
        cure = "enrol this folder again: an older program made it, and it knows no root key"
        return Finding("profile", Mark.RED, told, cure)
    return green("profile", told)


def shown_address(profile: Profile) -> str:
    """The server's address without whatever else is in its URL: a password was typed into one before."""
    parts = urlsplit(profile.server)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _clock(folder: Path) -> Finding:
    now = clock_of(folder).now()
    told = f"{now.quality.value}, known to ±{now.uncertainty_ms / 1000:.0f} s"
    if now.quality is not ClockQuality.SYNCED and now.uncertainty_ms > UNSURE_MS:
        cure = "let the kiosk reach its server once, or type the time: doorlight clock set"
        return Finding("kiosk's clock", Mark.AMBER, told, cure)
    return green("kiosk's clock", told)


def _journal(folder: Path) -> Iterator[Finding]:
    path = folder / JOURNAL_FILE
    if not path.exists():
        yield green("journal", "none yet: made by the first scan")
        return
    found = examine(path)
    yield from _database("journal", path.name, found, KNOWN["journal"])
    waiting, rejected = found.counts.get("facts queued", 0), found.counts.get("facts quarantined", 0)
    told = f"{found.counts.get('facts', 0)} facts, {waiting} of them wait for the server"
    if rejected:
        cure = "look at the quarantine on the server: doorlight event show"
        yield Finding("queue", Mark.AMBER, f"{told}, {rejected} were set aside by it", cure)
    elif waiting > LONG_QUEUE:
        cure = "bring the kiosk to the network, or carry its queue by file: doorlight queue export"
        yield Finding("queue", Mark.AMBER, told, cure)
    else:
        yield green("queue", told)


def _database(part: str, name: str, found: Examined, known: int) -> Iterator[Finding]:
    told = f"version {found.version}, journal mode {found.journal_mode}, quick check {found.check[:40]}"
    if found.version > known:
        yield Finding(part, Mark.RED, told, "update this program: a newer one has written this folder")
    elif found.check != "ok":
        cure = f"keep a copy of this folder, then start the kiosk: it rebuilds {name} from its second copy"
        yield Finding(part, Mark.RED, told, cure)
    else:
        yield green(part, told)


def _lists(folder: Path) -> Iterator[Finding]:
    path, profile = folder / TRUST_FILE, load_profile(folder)
    missing = "let the kiosk reach its server, or take the lists from a stick: doorlight manifest load"
    if not path.exists():
        yield Finding("lists", Mark.RED, "no lists are held: nobody can be admitted", missing)
        return
    yield from _database("lists on disk", path.name, examine(path), KNOWN["trust"])
    held = manifest_in(path, profile.event_id.bytes)
    if held is None or profile.root is None:
        yield Finding("lists", Mark.RED, "no manifest is held: nobody can be admitted", missing)
        return
    body, signature, fetched_ms = held
    if not is_signed(profile.root, manifest_bytes(body), signature):
        yield Finding("lists", Mark.RED, "the manifest held is not signed by this installation", missing)
        return
    yield _manifest(json.loads(body), clock_of(folder).now().at_ms, fetched_ms, missing)


def _manifest(manifest: Mapping[str, Any], now_ms: int, fetched_ms: int, missing: str) -> Finding:
    confirmed = age((now_ms - fetched_ms) / 1000)
    told = f"manifest {manifest['version']}, confirmed {confirmed} ago, {manifest['tickets']} tickets"
    left_ms = manifest["lease_until_ms"] - now_ms
    if left_ms <= 0:
        return Finding("lists", Mark.RED, f"{told}; its lease is over: nobody can be admitted", missing)
    told += f"; it may be used for {age(left_ms / 1000)} more"
    if now_ms - fetched_ms > OLD_MS:
        return Finding("lists", Mark.AMBER, told, missing)
    return green("lists", told)


def _keys(folder: Path) -> Finding:
    vault = folder / VAULT_FOLDER
    kind = kind_of(vault)
    if kind is VaultKind.PASSPHRASE and PassphraseVault(vault).is_set and passphrases.from_environment() is None:
        return green("keys", "under a passphrase; whether all are there shows when it is typed")
    opened = vault_of(folder)
    missing = [name for name in (CREDENTIAL, SIGNING_KEY, SEALING_KEY) if opened.get(name) is None]
    if missing:
        cure = "enrol this folder again as a replacement: doorlight device code --replaces, then doorlight enrol"
        return Finding("keys", Mark.RED, f"{kind.value}: {', '.join(missing)} missing", cure)
    if kind is VaultKind.FILES:
        return _open_keys(folder)
    return green("keys", f"all there ({kind.value})")


def _open_keys(folder: Path) -> Finding:
    """What lies open is worth more words the more a thief of the disk could do with it."""
    profile = load_profile(folder)
    told = "all there, in files that a thief of the disk can read"
    cure = "lock them under a passphrase: doorlight vault passphrase"
    held = manifest_in(folder / TRUST_FILE, profile.event_id.bytes) if (folder / TRUST_FILE).exists() else None
    codes = json.loads(held[0])["policy"].get("codes", {}) if held else {}
    if profile.trusted_with is VerifyProfile.MAC:
        told += ", who could forge tickets with them (profile mac)"
        cure += "; or use a desktop's keyring, or enrol again with --trust list"
    elif codes.get("adapters"):
        told += ", who could test old codes against the list with them"
    return Finding("keys", Mark.AMBER, told, cure)


def _settings(folder: Path) -> Finding:
    """What of the settings file counts; looked at without moving anything."""
    path = folder / SETTINGS_FILE
    if not path.exists():
        return green("settings", "the defaults")
    try:
        told = json.loads(path.read_bytes())
        flaws = settings_of(told)[1] if isinstance(told, dict) else None
    except (OSError, ValueError, RecursionError):
        flaws = None
    if flaws is None:
        return Finding(
            "settings", Mark.AMBER, "can't be read: the defaults count", "set them anew: doorlight settings set"
        )
    if flaws:
        names = ", ".join(flaw.setting.value for flaw in flaws)
        return Finding("settings", Mark.AMBER, f"out of bounds: {names}", "set them anew: doorlight settings set")
    return green("settings", "as they were set")


def _server(folder: Path) -> Finding:
    profile = load_profile(folder)
    if kind_of(folder / VAULT_FOLDER) is VaultKind.PASSPHRASE and passphrases.from_environment() is None:
        return green("server", f"{shown_address(profile)} was not asked: the keys are locked")
    secret = vault_of(folder).get(CREDENTIAL)
    if secret is None:
        return Finding("server", Mark.AMBER, "not asked, for the credential is missing", "see 'keys'")
    with closing(_client(folder, profile, secret)) as client:
        return _told(profile, client.me())


def _client(folder: Path, profile: Profile, secret: bytes) -> GateClient:
    papers = Papers(profile.root, None, clock_of(folder).now, profile.authority or None)
    credential = Credential(profile.device_id.hex, secret.decode())
    return GateClient(profile.server, profile.event_id.hex, credential, lambda _at, _took: None, papers)


def _told(profile: Profile, reply: Done[OwnDevice] | Later | Rejected) -> Finding:
    address = shown_address(profile)
    match reply:
        case Done(value, took_ms) if value.state == "active":
            return green("server", f"{address} answers in {took_ms} ms and knows this kiosk")
        case Done():
            cure = "compare the six digits on the server: doorlight device confirm"
            return Finding("server", Mark.AMBER, f"{address} answers; this kiosk is not confirmed yet", cure)
        case Rejected(status, code):
            cure = "ask the organizer for an enrolment code: the server does not take this kiosk's credential"
            return Finding("server", Mark.RED, f"{address} refuses this kiosk: {status} {code}", cure)
        case Later(trouble):
            cure = "look whether the server runs and has another address now: doorlight vault address URL"
            return Finding("server", Mark.AMBER, f"{address} does not answer: {trouble.value}", cure)
    assert_never(reply)

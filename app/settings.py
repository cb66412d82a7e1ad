"""Settings: one frozen object per program, its bounds checked at start.

Owns two files of a kiosk's folder: the one that makes it a kiosk's profile, and the one that says how its staff want
it (`core.model.settings`). Neither holds a secret: those lie in the vault.
"""

import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Annotated
from uuid import UUID

from annotated_types import Ge, MaxLen, MinLen
from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError

from app.errors import AppError
from core.model.event import Direction
from core.model.ids import DeviceId, EventId
from core.model.settings import USUAL, Flaw, Setting, Settings, settings_of, values_of
from core.ticket.keyring import VerifyProfile
from core.ticket.seal import KEY_BYTES

APP_NAME = "doorlight"
VERSION = "0.1.0"
"""This program's version, as pyproject.toml says it too: a test compares."""
PROFILE_FILE = "profile.json"
SETTINGS_FILE = "settings.json"
MOST_SETTINGS_BYTES = 64 * 1024
"""A file of this program has half a kilobyte; whatever is longer is no settings file."""
JOURNAL_FILE = "kiosk.db"
TRUST_FILE = "trust.db"
VAULT_FOLDER = "vault"

_Name = Annotated[str, MinLen(1), MaxLen(64)]


class SettingsFailed(AppError):
    """A settings file is missing, unreadable or out of bounds."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("settings_failed", path=path, cause=cause)


@dataclass(frozen=True, slots=True)
class Profile:
    """Which door this kiosk is: the server that enrolled it, its event, its gate, its name.

    `root_key` is the installation's Ed25519 public key in hex, which signs all that this kiosk trusts; without it the
    folder was made by an older program. `trusted_with` is how much this kiosk was trusted with as it was enrolled.
    `authority` is the certificate (PEM) that alone vouches for the server; empty where public ones do, or nobody.
    """

    server: Annotated[str, MinLen(8), MaxLen(512)]
    event: UUID
    event_name: _Name
    device: UUID
    device_name: _Name
    gate: _Name
    incarnation: Annotated[int, Ge(0)]
    direction: Direction = Direction.ENTRY
    root_key: Annotated[str, MaxLen(64)] = ""
    trusted_with: VerifyProfile = VerifyProfile.MAC
    authority: Annotated[str, MaxLen(8192)] = field(default="", repr=False)

    @property
    def root(self) -> bytes | None:
        """The root key: 32 bytes; None where an older program enrolled this kiosk."""
        return _key_of(self.root_key)

    @property
    def event_id(self) -> EventId:
        """The event, typed."""
        return EventId(self.event)

    @property
    def device_id(self) -> DeviceId:
        """The device, typed."""
        return DeviceId(self.device)


@cache
def _profile_shape() -> TypeAdapter[Profile]:
    """Built where a kiosk's folder is read: every command loads this module."""
    return TypeAdapter(Profile)


_VALUES = TypeAdapter(dict[str, object])


def _key_of(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def default_profile_dir() -> Path:
    """The platform's folder for the kiosk of this account."""
    return user_data_path(APP_NAME, appauthor=False) / "kiosk"


def default_server_dir() -> Path:
    """The platform's folder for the server of this account."""
    return user_data_path(APP_NAME, appauthor=False) / "server"


def default_organizer_dir() -> Path:
    """The platform's folder for the organizer's window of this account."""
    return user_data_path(APP_NAME, appauthor=False) / "organizer"


def load_profile(folder: Path) -> Profile:
    """The profile of a folder. Raises SettingsFailed with what to do."""
    path = folder / PROFILE_FILE
    try:
        return _profile_shape().validate_json(path.read_bytes())
    except FileNotFoundError as err:
        raise SettingsFailed(path, "this folder is no kiosk yet: run `doorlight enrol` first") from err
    except OSError as err:
        raise SettingsFailed(path, str(err)) from err
    except ValidationError as err:
        first = err.errors()[0]
        raise SettingsFailed(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from err


def save_profile(folder: Path, profile: Profile) -> None:
    """Writes the profile, durable and whole or not at all. Raises SettingsFailed."""
    write_whole(folder / PROFILE_FILE, asdict(profile))


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """How the staff want a kiosk, and what could not be had of the file: values that can't be, or all of it.

    `set_aside` is the name under which an unreadable file was kept: the defaults are in use then. `kept` are the
    settings that somebody has chosen: the file has them, and the others may come from elsewhere.
    """

    settings: Settings = field(default_factory=Settings)
    flaws: tuple[Flaw, ...] = ()
    set_aside: str = ""
    kept: frozenset[Setting] = frozenset()


def load_settings(folder: Path, usual: Settings = USUAL) -> LoadedSettings:
    """The settings of a kiosk's folder; those of `usual` where there are none. A start never fails for them.

    A value out of bounds stays at its default and is told of. A file that can't be read as settings is moved aside.
    """
    path = folder / SETTINGS_FILE
    try:
        with path.open("rb") as file:
            told = _VALUES.validate_json(file.read(MOST_SETTINGS_BYTES + 1))
    except FileNotFoundError:
        return LoadedSettings(usual)
    except OSError:  # a disk that fails now may have the file again later
        return LoadedSettings(usual, set_aside=path.name)
    except ValidationError:
        return LoadedSettings(usual, set_aside=_set_aside(path))
    settings, flaws = settings_of(told, usual)
    kept = {setting for setting in Setting if setting.value in told} - {flaw.setting for flaw in flaws}
    return LoadedSettings(settings, flaws, kept=frozenset(kept))


def save_settings(folder: Path, settings: Settings, kept: Collection[Setting] = tuple(Setting)) -> None:
    """Writes those of the settings that somebody has chosen, durable and whole or not at all. Raises SettingsFailed."""
    values = {name: value for name, value in values_of(settings).items() if name in kept}
    write_whole(folder / SETTINGS_FILE, values)


def _set_aside(path: Path) -> str:
    """Moves a file that can't be read to the first name that is free; the name, its own where it can't be moved."""
    names = (path.with_name(f"{path.stem}.damaged-{number}{path.suffix}") for number in count(1))
    target = next(name for name in names if not name.exists())
    with suppress(OSError):
        path.replace(target)
        return target.name
    return path.name


def write_whole(path: Path, fields: object) -> None:
    """Writes JSON, durable and whole or not at all, for this account's eyes. Raises SettingsFailed."""
    write_bytes(path, (json.dumps(fields, default=str, indent=2) + "\n").encode())


def write_bytes(path: Path, body: bytes) -> None:
    """Writes a file of a kiosk's folder for its owner alone, durable, whole or not at all. Raises SettingsFailed."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as err:
        raise SettingsFailed(path, str(err)) from err

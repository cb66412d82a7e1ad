"""A configuration code: settings of a door that the organizer hands out as a QR code, once for twenty kiosks.

Owns the code's text, the bytes under its signature, and the order of what is looked at before anything of it counts.
Total: a text from outside is a setup of this installation, for this event, in its time, with values that all are
right, or it is the reason why it is none. Who may hold one up is the kiosk's to ask (docs/threat-model.md).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import rfc8785

from core.model.ids import EventId
from core.model.moments import LATEST_MS, Millis, Moment
from core.model.settings import Flaw, Setting, Settings, changed, settings_of
from core.sync.signing import is_signed

_VERSION = 1
_KIND = "doorlight/setup"
_BEGINNING = '{"kind":"' + _KIND + '"'
_CODE = b"doorlight/setup/v1\x00"
MOST_TEXT = 2_048
"""What a QR code of error correction Q holds and a camera still reads at arm's length."""
LONGEST_DAYS = 31
"""A code that somebody photographed is worth nothing after that."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Values for some settings, for the kiosks of one event, until a moment."""

    event: EventId
    until_ms: Millis
    values: Mapping[Setting, object]

    def applied(self, settings: Settings) -> Settings:
        """The settings with what the code says in them. Its values were checked when it was read."""
        return settings_of({setting.value: value for setting, value in self.values.items()}, settings)[0]


class SetupFlaw(StrEnum):
    """Why a text changes nothing, in the order in which it is looked at."""

    NO_SETUP = "no_setup"
    NEWER = "newer"
    FOREIGN = "foreign"
    OTHER_EVENT = "other_event"
    OVER = "over"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class NoSetup:
    """A text that changes nothing; `setting` is the one whose value can't be."""

    flaw: SetupFlaw
    setting: Setting | None = None


def is_setup(text: str) -> bool:
    """Whether a text says of itself that it is a configuration code; believed in nothing else yet."""
    return text.startswith(_BEGINNING)


def text_of(setup: Setup, sign: Callable[[bytes], bytes]) -> str:
    """The text of a configuration code, signed by the installation's root key."""
    values = {setting.value: value for setting, value in setup.values.items()}
    signature = sign(_bytes_of(setup.event, setup.until_ms, values)).hex()
    fields = {"kind": _KIND, "v": _VERSION, "event": setup.event.hex, "until": setup.until_ms, "set": values}
    return json.dumps({**fields, "sig": signature}, separators=(",", ":"), ensure_ascii=False)


def setup_from(text: str, root: bytes, event: EventId, now: Moment) -> Setup | NoSetup:
    """The setup of a text.

    1. its form, of a program as old as this one
    2. the installation's root key has signed it
    3. it is for this kiosk's event
    4. it is not over for certain
    5. every name and every value is one that this program knows
    """
    fields = _fields(text)  # (1)
    if fields is None:
        return NoSetup(SetupFlaw.NO_SETUP)
    if fields.version > _VERSION:
        return NoSetup(SetupFlaw.NEWER)
    if not is_signed(root, _bytes_of(fields.event, fields.until_ms, fields.values), fields.signature):  # (2)
        return NoSetup(SetupFlaw.FOREIGN)
    if fields.event != event:  # (3)
        return NoSetup(SetupFlaw.OTHER_EVENT)
    if now.at_ms - now.uncertainty_ms > fields.until_ms:  # (4)
        return NoSetup(SetupFlaw.OVER)
    values: dict[Setting, object] = {}
    for name, value in fields.values.items():  # (5)
        if name not in set(Setting):
            return NoSetup(SetupFlaw.NEWER)
        if isinstance(changed(Settings(), Setting(name), value), Flaw):
            return NoSetup(SetupFlaw.UNFIT, Setting(name))
        values[Setting(name)] = value
    return Setup(fields.event, fields.until_ms, values)


@dataclass(frozen=True, slots=True)
class _Fields:
    """What stands in a code, before anything of it is believed."""

    version: int
    event: EventId
    until_ms: Millis
    values: dict[str, object]
    signature: str


def _fields(text: str) -> _Fields | None:
    if len(text) > MOST_TEXT or not text.startswith("{"):
        return None
    try:
        told = json.loads(text)
        version, until_ms, values = told["v"], told["until"], told["set"]
        is_whole = told["kind"] == _KIND and type(version) is int and version > 0
        is_whole &= type(until_ms) is int and 0 < until_ms <= LATEST_MS
        is_whole &= isinstance(values, dict) and 0 < len(values) <= len(Setting)
        found = _Fields(version, EventId(UUID(told["event"])), Millis(until_ms), values, str(told["sig"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if is_whole else None


def _bytes_of(event: EventId, until_ms: int, values: Mapping[str, object]) -> bytes:
    """Under a code's signature: `doorlight/setup/v1` 00, the event, its end (8 bytes), the values (RFC 8785)."""
    try:
        told = rfc8785.dumps(dict(values))  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError):
        return b""  # nothing that any key has signed
    return _CODE + event.bytes + until_ms.to_bytes(8) + told

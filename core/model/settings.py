"""What the staff of a door may set: camera, language, colours, sound, the locked screen.

Owns each setting's name, its bounds and its default, and the one way from a value of a file, a code or a keyboard to a
typed one. Total: a value out of bounds is a `Flaw` that names its setting, and changes nothing. Refuses whatever says
who may enter, which server is asked or whom to believe, and every secret: those come by enrolment and manifest alone.
Which way a lane goes is the key's that turns it; that it only simulates is kept nowhere: nobody must find a door next
morning that writes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

Json: TypeAlias = "str | int | bool | list[int]"
"""A setting's value as a file or a code has it."""

MOST_DEVICE_NAME = 200
"""What operating systems call a camera is shorter."""
LEAST_REGION = 20
"""Percent of a side: in less of a picture no code is found at arm's length."""


class Language(StrEnum):
    """The languages of the window."""

    ENGLISH = "en"
    GERMAN = "de"

    @property
    def following(self) -> "Language":
        """The language that one press of the language's key leads to."""
        names = list(Language)
        return names[(names.index(self) + 1) % len(names)]

    @classmethod
    def of_locale(cls, name: str) -> "Language":
        """The language of a computer's locale, such as `de_AT`; English where the window does not speak it."""
        spoken = name.replace("-", "_").partition("_")[0].lower()
        return cls(spoken) if spoken in {each.value for each in cls} else cls.ENGLISH


class ThemeName(StrEnum):
    """The neutral surroundings of a verdict: for a night at the door, for the sun, for eyes that need all contrast."""

    DARK = "dark"
    LIGHT = "light"
    HIGH_CONTRAST = "high_contrast"

    @property
    def following(self) -> "ThemeName":
        """The theme that one press of the theme's key leads to."""
        names = list(ThemeName)
        return names[(names.index(self) + 1) % len(names)]


class Turn(IntEnum):
    """By how many degrees a camera's picture is turned, clockwise, before anybody sees or reads it."""

    NONE = 0
    RIGHT = 90
    OVER = 180
    LEFT = 270


@dataclass(frozen=True, slots=True)
class Region:
    """The part of the turned and mirrored picture in which codes are looked for: percent of its sides."""

    left: int = 0
    top: int = 0
    width: int = 100
    height: int = 100

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the picture."""
        return (self.width, self.height) == (100, 100)


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How a camera is used. `device` is its name or its id as the system has it; empty: the first one there is."""

    device: str = ""
    is_mirrored: bool = False
    turn: Turn = Turn.NONE
    region: Region = Region()
    is_torch_on: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set at one kiosk. `is_locked`: the window fills the screen, and is left with a staff PIN."""

    language: Language = Language.ENGLISH
    theme: ThemeName = ThemeName.DARK
    is_heard: bool = True
    is_locked: bool = False
    camera: CameraSettings = field(default_factory=CameraSettings)


USUAL = Settings()
"""How a kiosk is until somebody wants it otherwise."""


class Setting(StrEnum):
    """The settings by the names that files, codes and commands use. A name never changes its meaning."""

    LANGUAGE = "language"
    THEME = "theme"
    SOUND = "sound"
    LOCK = "lock"
    CAMERA = "camera.device"
    MIRROR = "camera.mirror"
    TURN = "camera.turn"
    REGION = "camera.region"
    TORCH = "camera.torch"


@dataclass(frozen=True, slots=True)
class Flaw:
    """A value that its setting can't have; the sentence about it says what it can have."""

    setting: Setting


@dataclass(frozen=True, slots=True)
class _Unfit:
    """Inside a rule: the value is none of this setting's."""


_UNFIT = _Unfit()


@dataclass(frozen=True, slots=True)
class _Rule:
    """One setting: its field of `Settings`, from JSON, to JSON, from what somebody types, and the values to offer."""

    path: tuple[str, ...]
    read: Callable[[object], object]
    write: Callable[[Any], Json]
    typed: Callable[[str], object]
    choices: tuple[Json, ...] = ()


# --- what the program calls ---------------------------------------------------------------------------------------


def changed(settings: Settings, setting: Setting, told: object) -> Settings | Flaw:
    """The settings with one of them as a file or a code tells it."""
    rule = _RULES[setting]
    value = rule.read(told)
    if isinstance(value, _Unfit):
        return Flaw(setting)
    return _with(settings, rule.path, value)


def typed(setting: Setting, text: str) -> object:
    """What somebody typed for a setting, as a file would tell it; not checked yet."""
    return _RULES[setting].typed(text.strip())


def value_of(settings: Settings, setting: Setting) -> Json:
    """The value of a setting, as a file tells it."""
    rule, found = _RULES[setting], settings
    for name in rule.path:
        found = getattr(found, name)
    return rule.write(found)


def choices_of(setting: Setting) -> tuple[Json, ...]:
    """The values to choose from, in order; empty where a setting is not one of a few."""
    return _RULES[setting].choices


def settings_of(values: Mapping[str, object], before: Settings = Settings()) -> tuple[Settings, tuple[Flaw, ...]]:
    """The settings of a file's values, and what of them can't be: those stay as they were before.

    A name that is none of ours is a newer program's, and passed over.
    """
    settings, flaws = before, []
    for setting in Setting:
        if setting.value in values:
            found = changed(settings, setting, values[setting.value])
            if isinstance(found, Flaw):
                flaws.append(found)
            else:
                settings = found
    return settings, tuple(flaws)


def values_of(settings: Settings) -> dict[str, Json]:
    """All settings as a file tells them; the inverse of `settings_of`."""
    return {setting.value: value_of(settings, setting) for setting in Setting}


def differing(before: Settings, after: Settings) -> frozenset[Setting]:
    """The settings in which two kiosks are not alike."""
    return frozenset(each for each in Setting if value_of(before, each) != value_of(after, each))


# --- the table ----------------------------------------------------------------------------------------------------


def _with(settings: Settings, path: tuple[str, ...], value: object) -> Settings:
    name, *rest = path
    if not rest:
        return replace(settings, **{name: value})  # type: ignore[arg-type]
    inner = replace(getattr(settings, name), **{rest[0]: value})
    return replace(settings, **{name: inner})


def _same(value: Any) -> Any:
    return value


def _yes_or_no(told: object) -> object:
    return told if isinstance(told, bool) else _UNFIT


def _typed_yes_or_no(text: str) -> object:
    return {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}.get(text.casefold(), text)


def _typed_number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("270") else text


def _typed_numbers(text: str) -> object:
    return [_typed_number(each.strip()) for each in text.split(",")]


def _language(told: object) -> object:
    return Language(told) if isinstance(told, str) and told in set(Language) else _UNFIT


def _theme(told: object) -> object:
    return ThemeName(told) if isinstance(told, str) and told in set(ThemeName) else _UNFIT


def _turn(told: object) -> object:
    return Turn(told) if type(told) is int and told in set(Turn) else _UNFIT


def _device_name(told: object) -> object:
    return told if isinstance(told, str) and len(told) <= MOST_DEVICE_NAME and told.isprintable() else _UNFIT


def _region(told: object) -> object:
    if not isinstance(told, list) or len(told) != len(_region_values(Region())):
        return _UNFIT
    if not all(type(each) is int for each in told):
        return _UNFIT
    found = Region(*told)
    is_inside = min(found.left, found.top) >= 0 and max(found.left + found.width, found.top + found.height) <= 100
    return found if is_inside and min(found.width, found.height) >= LEAST_REGION else _UNFIT


def _region_values(region: Region) -> list[int]:
    return [region.left, region.top, region.width, region.height]


def _word(value: StrEnum) -> Json:
    return value.value


def _switch(*path: str) -> _Rule:
    return _Rule(path, _yes_or_no, _same, _typed_yes_or_no, (False, True))


_RULES: Mapping[Setting, _Rule] = MappingProxyType(
    {
        Setting.LANGUAGE: _Rule(("language",), _language, _word, _same, tuple(each.value for each in Language)),
        Setting.THEME: _Rule(("theme",), _theme, _word, _same, tuple(each.value for each in ThemeName)),
        Setting.SOUND: _switch("is_heard"),
        Setting.LOCK: _switch("is_locked"),
        Setting.CAMERA: _Rule(("camera", "device"), _device_name, _same, _same),
        Setting.MIRROR: _switch("camera", "is_mirrored"),
        Setting.TURN: _Rule(("camera", "turn"), _turn, int, _typed_number, tuple(int(each) for each in Turn)),
        Setting.REGION: _Rule(("camera", "region"), _region, _region_values, _typed_numbers),
        Setting.TORCH: _switch("camera", "is_torch_on"),
    }
)

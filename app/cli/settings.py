"""A kiosk's settings from a shell: `settings show`, `settings set`, `settings load`.

Whoever has a shell on a kiosk needs no staff PIN: the files of its folder are theirs anyway.
"""

import argparse
from collections.abc import Collection
from pathlib import Path

from app.device.still import decode_image
from app.errors import AppError
from app.kiosk.settings_words import SettingsWords, load_settings_words
from app.runtime.station import EnrolledBefore
from app.settings import LoadedSettings, load_profile, load_settings, save_settings
from app.speech import complain, say, say_json
from app.store.clock_memory import clock_of
from core.model.settings import Flaw, Json, Setting, Settings, changed, typed, value_of, values_of
from core.sync.setup import NoSetup, setup_from


class SettingUnfit(AppError):
    """There is no such setting, or it can't have such a value: `cause` says which it can have."""

    def __init__(self, cause: str) -> None:
        super().__init__("setting_unfit", cause=cause)


def show_settings(args: argparse.Namespace) -> int:
    """All settings; status 1 where something of the file could not be had."""
    loaded, words = load_settings(args.profile), load_settings_words()
    if args.json:
        say_json(values_of(loaded.settings))
    else:
        for setting in Setting:
            say(f"{setting.value}={_typed(value_of(loaded.settings, setting))}  # {words.settings[setting].name}")
    return 1 if _complain(loaded, words) else 0


def set_setting(args: argparse.Namespace) -> int:
    """One setting; a kiosk that runs takes it at its next start."""
    loaded, words = load_settings(args.profile), load_settings_words()
    _complain(loaded, words)
    setting = setting_named(args.setting)
    found = changed(loaded.settings, setting, typed(setting, args.value))
    if isinstance(found, Flaw):
        raise SettingUnfit(words.flaw(found))
    _keep(args, found, loaded.kept | {setting})
    return 0


def load_setup(args: argparse.Namespace) -> int:
    """Takes a configuration code that this installation signed."""
    profile, words = load_profile(args.profile), load_settings_words()
    if profile.root is None:
        raise EnrolledBefore(args.profile)
    loaded = load_settings(args.profile)
    _complain(loaded, words)
    found = setup_from(_text_of(args.code), profile.root, profile.event_id, clock_of(args.profile).now())
    if isinstance(found, NoSetup):
        raise SettingUnfit(words.no_setup(found))
    _keep(args, found.applied(loaded.settings), loaded.kept | found.values.keys())
    return 0


def setting_named(name: str) -> Setting:
    """A setting by its name. Raises SettingUnfit."""
    if name not in set(Setting):
        raise SettingUnfit(f"there is no setting '{name}': it is one of {', '.join(Setting)}")
    return Setting(name)


def _text_of(code: str) -> str:
    """The code's text, from itself or from a picture that shows it. Raises PictureProblem."""
    if code.lstrip().startswith("{"):
        return code.strip()
    texts = decode_image(Path(code))["texts"]
    return texts[0] if len(texts) == 1 else ""


def _keep(args: argparse.Namespace, settings: Settings, kept: Collection[Setting]) -> None:
    save_settings(args.profile, settings, kept)
    if args.json:
        say_json(values_of(settings))
    else:
        say("Kept. A kiosk that is open takes it when it is opened again.")


def _complain(loaded: LoadedSettings, words: SettingsWords) -> bool:
    if loaded.set_aside:
        complain(f"the settings could not be read and are kept as {loaded.set_aside}: the defaults are in use")
    for flaw in loaded.flaws:
        complain(words.flaw(flaw))
    return bool(loaded.set_aside or loaded.flaws)


def _typed(value: Json) -> str:
    """A value as somebody would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)

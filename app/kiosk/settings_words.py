"""The words about settings in one language: their names, their choices, and what is wrong with a value or a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import Table, Template, load_tables, read_by_member, read_section, read_text, table_at
from core.model.settings import Flaw, Json, Setting, choices_of
from core.sync.setup import NoSetup, SetupFlaw


@dataclass(frozen=True, slots=True)
class SettingWords:
    """A setting's name, and the sentence about a value that it can't have."""

    name: str
    unfit: str


@dataclass(frozen=True, slots=True)
class PageWords:
    """The page on which they are changed."""

    intro: str
    scan: str
    scanning: str
    would: Annotated[Template, "changes"]
    pair: Annotated[Template, "name", "value"]
    take: str
    leave: str
    taken: str
    elsewhere: str
    first_camera: str
    not_kept: str
    lost: str


@dataclass(frozen=True, slots=True)
class SettingsWords:
    """All words about settings."""

    settings: Mapping[Setting, SettingWords]
    choices: Mapping[str, str]
    flaws: Mapping[SetupFlaw, str]
    page: PageWords

    def flaw(self, flaw: Flaw) -> str:
        """What is wrong with a value, and what to do."""
        return self.settings[flaw.setting].unfit

    def no_setup(self, found: NoSetup) -> str:
        """Why a code changed nothing, and what to do."""
        why = self.settings[found.setting].unfit if found.setting else ""
        return Template(self.flaws[found.flaw]).fill(why=why)

    def value(self, value: Json) -> str:
        """A value in words; what is none of a few choices as it stands."""
        if isinstance(value, bool):
            return self.choices["yes" if value else "no"]
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return self.choices.get(str(value), str(value))


def load_settings_words(language: str = "en") -> SettingsWords:
    """The words of a language. Raises WordsError when a key is missing, unknown or misused."""
    return read_settings_words(load_tables(language))


def read_settings_words(tables: Table) -> SettingsWords:
    """The sections of a language's tables. Raises WordsError."""
    choices = {str(choice) for setting in Setting for choice in choices_of(setting) if not isinstance(choice, bool)}
    told = table_at(tables, "setting_choice")
    return SettingsWords(
        settings=read_by_member(table_at(tables, "setting"), Setting, _setting, "setting"),
        choices={name: read_text(told.get(name), f"setting_choice.{name}") for name in sorted(choices | {"yes", "no"})},
        flaws=read_by_member(table_at(tables, "setup_flaw"), SetupFlaw, read_text, "setup_flaw"),
        page=read_section(table_at(tables, "settings_page"), PageWords, "settings_page"),
    )


def _setting(value: object, where: str) -> SettingWords:
    return read_section(table_at({where: value}, where), SettingWords, where)

"""The words of the window itself: its header, its banner, its sheets, the log-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.organizer.log_in import LogInTrouble
from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at
from core.model.accounts import PasswordFlaw
from core.model.roles import Role
from core.model.settings import Language, ThemeName


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """Titles, and the names that a screen reader says."""

    title: str
    title_of: Annotated[Template, "event"]
    no_event: str
    events: str
    account: str
    log_in: str
    settings: str
    pages: str
    page_count: Annotated[Template, "page", "count"]
    banner: str
    close: str
    incident_told: Annotated[Template, "count"]
    letter_told: Annotated[Template, "count"]
    refusal_told: str
    fault: str
    page_broken: str
    page_broken_step: str
    not_yet: str
    not_yet_step: str
    not_allowed: str
    not_allowed_step: str
    no_event_step: str
    make_event: str
    unsaved: str
    unsaved_text: str
    leave: str


@dataclass(frozen=True, slots=True)
class BannerWords:
    """How the connection is."""

    connecting: Annotated[Template, "server"]
    degraded: Annotated[Template, "time", "cause"]
    offline: Annotated[Template, "time", "cause"]
    recovering: str
    recovering_line: str
    logged_out: str
    logged_out_line: str
    log_in: str
    no_internet: Annotated[Template, "time"]
    no_internet_line: str
    affected: Annotated[Template, "panels"]
    all_affected: str
    figures: Annotated[Template, "time", "age"]
    nothing_sent: str
    retry_in: Annotated[Template, "time"]
    retrying: str
    retry: str
    details: str
    more: Annotated[Template, "names", "count"]


@dataclass(frozen=True, slots=True)
class DetailsWords:
    """More about the connection."""

    title: str
    server: Annotated[Template, "address"]
    state: Annotated[Template, "state", "time"]
    live: str
    streaming: str
    polling: str
    internet: str
    no_internet: Annotated[Template, "time"]
    internet_unknown: str
    affected: Annotated[Template, "panels"]
    newest: str
    cure_away: str
    cure_ailing: str
    cure_certificate: str
    cure_own: str


@dataclass(frozen=True, slots=True)
class SheetWords:
    """Events, account, settings, help."""

    events: str
    no_events: str
    event_line: Annotated[Template, "day", "tickets"]
    account: str
    account_line: Annotated[Template, "name", "role"]
    offline_account: str
    log_out: str
    log_out_all: str
    other_server: str
    change_password: str
    settings: str
    language: str
    theme: str
    jobs: str
    sound: str
    sound_on: str
    sound_off: str
    no_sound: str
    kept_at: Annotated[Template, "folder"]
    not_kept: str
    help: str
    help_page: Annotated[Template, "key", "page"]
    help_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """What was the matter and what cures it."""

    title: str
    step: str


@dataclass(frozen=True, slots=True)
class LogInWords:
    """Who is there, and at which server."""

    title: str
    again: str
    again_text: str
    server: str
    server_hint: str
    name: str
    password: str
    show: str
    hide: str
    keep: str
    log_in: str
    asking: str
    look: str
    not_now: str
    authority: str
    authority_text: str
    authority_same: str
    authority_other: str
    new_title: str
    new_text: str
    old: str
    new: str
    repeat: str
    take: str
    unprotected: str


@dataclass(frozen=True, slots=True)
class WindowWords:
    """All of them in one language."""

    header: HeaderWords
    banner: BannerWords
    details: DetailsWords
    sheets: SheetWords
    log_in: LogInWords
    troubles: Mapping[LogInTrouble, TroubleWords]
    flaws: Mapping[PasswordFlaw, str]
    roles: Mapping[Role, str]
    languages: Mapping[Language, str]
    themes: Mapping[ThemeName, str]


def read_window_words(tables: Table) -> WindowWords:
    """The sections of a language's tables."""
    at = "organizer_window"
    return WindowWords(
        header=read_section(table_at(tables, at), HeaderWords, at),
        banner=read_section(table_at(tables, "organizer_banner"), BannerWords, "organizer_banner"),
        details=read_section(table_at(tables, "organizer_details"), DetailsWords, "organizer_details"),
        sheets=read_section(table_at(tables, "organizer_sheets"), SheetWords, "organizer_sheets"),
        log_in=read_section(table_at(tables, "organizer_log_in"), LogInWords, "organizer_log_in"),
        troubles=read_by_member(
            table_at(tables, "organizer_log_in_trouble"), LogInTrouble, _trouble, "organizer_log_in_trouble"
        ),
        flaws=read_by_member(table_at(tables, "organizer_password"), PasswordFlaw, read_text, "organizer_password"),
        roles=read_by_member(table_at(tables, "organizer_role"), Role, read_text, "organizer_role"),
        languages=read_by_member(table_at(tables, "organizer_language"), Language, read_text, "organizer_language"),
        themes=read_by_member(table_at(tables, "organizer_theme"), ThemeName, read_text, "organizer_theme"),
    )


def _trouble(value: object, where: str) -> TroubleWords:
    return read_section(table_at({where: value}, where), TroubleWords, where)

"""The organizer's window: a head, one banner, the page that is shown, and what lies over it for a moment.

Owns what is on the screen and what a press leads to. Refuses to ask a server anything but which events there are: who
is logged in, and at which server, comes from the program; what a page shows is the page's.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QIcon, QKeySequence, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

import resources
from app.organizer.badges import Badges
from app.organizer.banner_present import LinkFacts, present_banner, present_details
from app.organizer.confirm_sheet import ConfirmSheet
from app.organizer.connection import Connection
from app.organizer.desk import Watching
from app.organizer.header import Header
from app.organizer.kept_night import KeptNight
from app.organizer.measures import base_px, is_small
from app.organizer.notice_line import NoticeLine
from app.organizer.over_sheet import OverSheet
from app.organizer.page import JOBS, PageName
from app.organizer.page_host import PageEntry, PageHost
from app.organizer.panel_frame import PanelFrame
from app.organizer.panel_present import Face
from app.organizer.questions import EVENTS
from app.organizer.sheets import (
    AccountSheet,
    EventChoice,
    EventsSheet,
    LogInSheet,
    SettingsSheet,
    TextSheet,
    help_lines,
)
from app.organizer.surroundings import Confirmation, Surroundings, Teller
from app.organizer.words import OrganizerWords, load_organizer_words
from app.widgets.banner import Banner, BannerState
from app.widgets.form import form_style
from app.widgets.theme import THEMES, Theme, ThemeName
from app.widgets.times import instant_text, number_text, zone_named
from app.widgets.typeface import font, load_typeface
from core.insight.reading import Reading
from core.insight.standing import Standing, State
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Right, Role
from core.model.settings import Language
from core.sync.messages import EventReply, Me

LEAST = QSize(800, 480)
LISTS_WITHOUT = 2
"""So many lists in which the event that is shown is missing, one after the other, before another one is shown."""
TICK_MS = 1_000
"""How often ages and the time to the next try are said anew."""


class _Dressed(Protocol):
    """A part with colours and a size."""

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""


class WindowTeller(Teller):
    """How pages reach this window."""

    def __init__(self, window: "OrganizerWindow") -> None:
        super().__init__()
        self._window = window

    def tell(self, text: str, *, is_trouble: bool = False) -> None:
        """Says in one line how a deed went."""
        self._window.notice.tell(text, is_trouble=is_trouble)

    def ask(self, confirmation: Confirmation, do: Callable[[], None]) -> None:
        """Asks before a deed, over the page."""
        self._window.confirm.ask(confirmation, do)

    def open_page(self, name: PageName, subject: str = "") -> None:
        """Shows another page, with what it shall show."""
        self._window.show_page(name, subject)

    def open_event(self, event: str) -> None:
        """Shows another event."""
        self._window.event_chosen.emit(event)


class OrganizerWindow(QWidget):
    """The window. `entries` are its pages; a page without an entry says that it is not there yet."""

    event_chosen = Signal(str)
    """The id (32 hex digits) of an event that somebody wants to see."""
    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    sound_chosen = Signal(bool)
    log_in_opened = Signal()
    """Somebody wants to log in: the program says what is known of the server and the name."""
    other_wanted = Signal()
    log_out_wanted = Signal()
    password_wanted = Signal()
    event_seen = Signal(object)
    """The `EventRow` that is shown, whenever more is known of it."""
    incident_told = Signal()
    """An incident is open that was not, or something was not delivered: it shall be heard."""
    closed = Signal()

    badges: Badges
    kept_night: KeptNight
    header: Header
    banner: Banner
    stack: QStackedWidget
    hosts: dict[PageName, PageHost]
    notice: NoticeLine
    confirm: ConfirmSheet

    def __init__(
        self,
        words: OrganizerWords,
        connection: Connection,
        entries: Mapping[PageName, PageEntry],
        *,
        me: Me | None = None,
        theme: ThemeName = ThemeName.LIGHT,
        language: Language = Language.ENGLISH,
    ) -> None:
        super().__init__()
        load_typeface()
        self._words = words
        self._connection = connection
        self._entries = entries
        self._language = language
        self._events: tuple[EventReply, ...] = ()
        self._lists_without: set[Millis | None] = set()
        self._event_name = ""
        self._me = me
        self._is_logged_out = False
        self._watching: Watching | None = None
        self._may_close = False
        self._base_px = 0
        self._page = PageName.LIVE
        self.surroundings = Surroundings(connection, words, THEMES[theme], WindowTeller(self))
        self._build()
        self._connect()
        self.show_connection(connection)
        self.show_theme(theme)
        self.say_anew()
        if me is not None:
            self.show_account(me)
        self.show_page(PageName.LIVE)
        self.setFocus()  # off the first key: nothing is chosen yet

    # --- what it shows ------------------------------------------------------------------------------------------

    @property
    def words(self) -> OrganizerWords:
        """The words of now."""
        return self._words

    @property
    def page(self) -> PageName:
        """The page that is shown."""
        return self._page

    @property
    def host(self) -> PageHost:
        """The place of the page that is shown."""
        return self.hosts[self._page]

    def show_connection(self, connection: Connection) -> None:
        """Takes another connection: another server."""
        if self._watching is not None:
            self._watching.stop()
        self._connection = connection
        self.surroundings.desk = connection
        connection.hear_standing(self._take_standing)
        self._watching = connection.watch(EVENTS, self._take_events)
        self.start_pages_anew()
        self._show_banner()

    def show_account(self, me: Me | None) -> None:
        """Says who is logged in; None: nobody, and what is shown is what was known last."""
        is_other = me != self._me
        self._me, self._is_logged_out = me, me is None
        self.header.show_account(me.name if me is not None else "")
        if is_other:
            self.start_pages_anew()
        self._show_banner()

    def show_logged_out(self) -> None:
        """The session is over; the pages stay as they are, with whatever was typed on them."""
        self._is_logged_out = True
        self._show_banner()

    def show_logged_in(self) -> None:
        """The same account has a session again; the pages stay as they are."""
        self._is_logged_out = False
        self.log_in.close_sheet()
        self._show_banner()

    @property
    def language(self) -> Language:
        """The language of now."""
        return self._language

    def start_event(self) -> None:
        """Another event is shown from now on: its pages begin anew, and its name is said."""
        self._event_name = ""
        self._lists_without.clear()
        self._find_event()
        self.start_pages_anew()
        self._show_banner()

    def start_pages_anew(self) -> None:
        """Makes the pages anew, the one that is shown at once."""
        self.badges.start(self._connection)
        self.kept_night.start(self._connection)
        for host in self.hosts.values():
            host.start_anew()

    def show_page(self, name: PageName, subject: str = "") -> None:
        """Shows a page, with one thing on it."""
        if name is not self._page:
            self.hosts[self._page].rest()
            self._page = name
        self.stack.setCurrentWidget(self.hosts[name])
        self.hosts[name].begin()
        self.header.show_page(name)
        if subject:
            self.hosts[name].show_subject(subject)
        self._show_banner()

    def show_theme(self, name: ThemeName) -> None:
        """Takes other colours."""
        theme = THEMES[name]
        self.surroundings.theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.text))
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(theme.muted))
        self.setStyleSheet(form_style(theme))
        self.setPalette(palette)  # last: a new style sheet brings the palette of the first one back
        for part in self._dressed():
            part.show_theme(theme)

    def show_language(self, language: Language) -> None:
        """Says everything in another language, at once. Raises WordsError."""
        if language is self._language:
            return
        self._words.become(load_organizer_words(language))
        self._language = language
        self.say_anew()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        self.header.say_anew()
        self.banner.show_name(self._words.window.header.banner)
        self.notice.show_close(self._words.window.header.close)
        for sheet in (self.events, self.account, self.settings, self.details, self.help, self.log_in):
            sheet.say_anew()
        self._say_event(self._event_name)
        if self.help.is_open:
            self._open_help()
        for host in self.hosts.values():
            host.say_anew()
        self._show_banner()

    def tell_fault(self) -> None:
        """Something in the window's own code has failed, and nobody knows where it belongs."""
        self.notice.tell(self._words.window.header.fault, is_trouble=True)

    # --- what somebody does -------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Asks before what was typed is lost; then tells the program."""
        names = [self._words.pages[name] for name, host in self.hosts.items() if host.is_unsaved]
        if names and not self._may_close:
            event.ignore()
            told = self._words.window.header
            text = f"{told.unsaved_text} {', '.join(names)}"
            self.confirm.ask(Confirmation(told.unsaved, text, told.leave, is_destructive=True), self._leave)
            return
        self._ticking.stop()
        self.badges.stop()
        self.kept_night.stop()
        super().closeEvent(event)
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes the type scale of the window's size."""
        super().resizeEvent(event)
        self._size()

    def _leave(self) -> None:
        self._may_close = True
        self.close()

    def _size(self) -> None:
        first_px = base_px(self.size())
        self.header.show_small(is_small=is_small(self.size()))
        if first_px == self._base_px:
            return
        self._base_px = first_px
        self.surroundings.base_px = first_px
        self.setFont(font(first_px))
        for part in self._dressed():
            part.show_base(first_px)

    def _open_events(self) -> None:
        if self._may_open(self.events):
            shown = self._connection.event
            self.events.show_choices(self._choices(), shown.hex if shown is not None else "")
            self.events.open_over()

    def _choices(self) -> list[EventChoice]:
        words, now_ms = self._words, self._connection.now_ms()
        return [
            EventChoice(
                each.policy.event,
                each.policy.name,
                words.window.sheets.event_line.fill(
                    day=instant_text(each.policy.starts_ms, zone_named(each.policy.time_zone), now_ms, words.calendar),
                    tickets=number_text(each.tickets, words.calendar),
                ),
            )
            for each in self._events
        ]

    def _open_account(self) -> None:
        if self._is_logged_out:
            self.log_in_opened.emit()
            return
        if self._may_open(self.account):
            me, event = self._me, self._connection.event
            role = self._words.window.roles[role_at(me, event)] if me is not None else ""
            self.account.show_account(me.name if me is not None else "", role, self._connection.server)
            self.account.open_over()

    def _open_settings(self) -> None:
        if self._may_open(self.settings):
            self.settings.show_jobs(may_run=self._connection.may(Right.RUN_INSTALLATION))
            self.settings.open_over()

    def _open_details(self) -> None:
        if self._may_open(self.details):
            self._show_details()
            self.details.open_over(self.details.close_key)

    def _show_details(self) -> None:
        lines = present_details(self._facts(), self._connection.now_ms(), self.surroundings.zone, self._words)
        self.details.show_lines(self._words.window.details.title, [line for line in lines if line])

    def _open_help(self) -> None:
        if self.help.is_open or self._may_open(self.help):
            self.help.show_lines(self._words.window.sheets.help, help_lines(self._words, self.header.pages_shown))
            self.help.open_over(self.help.close_key)

    def _may_open(self, _: OverSheet) -> bool:
        """One sheet at a time: what is open has to be answered first."""
        return not any(sheet.is_open for sheet in self._sheets)

    def _press_page(self, name: PageName) -> None:
        if self._may_open(self.confirm):
            self.show_page(name)

    def _press_number(self, number: int) -> None:
        """The pages are numbered as their keys stand."""
        shown = self.header.pages_shown
        if number <= len(shown):
            self._press_page(shown[number - 1])

    def _ask_again(self) -> None:
        """F5: everything on the page."""
        self._connection.retry_now()
        for frame in self._frames():
            frame.retry()

    def _tell_incidents(self, count: int) -> None:
        """Somebody should look: it is heard, said to screen readers, and stands in the line below."""
        self.notice.tell(self._words.window.header.incident_told.fill(count=count))
        self.incident_told.emit()

    def _tell_letters(self, count: int) -> None:
        """The same of what was not delivered."""
        self.notice.tell(self._words.window.header.letter_told.fill(count=count))
        self.incident_told.emit()

    def _tell_refusal(self) -> None:
        """The same of an account that is refused: everything that would leave by it waits for a person."""
        self.notice.tell(self._words.window.header.refusal_told)
        self.incident_told.emit()

    def _act_on_banner(self) -> None:
        if self._is_logged_out:
            self.log_in_opened.emit()
        else:
            self._connection.retry_now()

    # --- the connection -----------------------------------------------------------------------------------------

    def _take_standing(self, standing: Standing) -> None:
        is_away = standing.state is State.OFFLINE
        if is_away is not self.surroundings.is_away:
            self.surroundings.is_away = is_away
            for frame in self._frames():
                frame.tick()
        self._show_banner()

    def _take_events(self, reading: Reading[list[EventReply]]) -> None:
        if reading.value is None:
            return
        self._events = tuple(reading.value)
        if self._find_event() or not reading.is_new:
            return
        if self._connection.event is not None and not self._is_missing(reading):
            return
        if self._events:
            self.event_chosen.emit(likely_event(self._events, self._connection.now_ms()).policy.event)
        elif self._connection.event is None and self._connection.may(Right.CREATE_EVENT):
            self.show_page(PageName.SET_UP)  # the first start: there is nothing else to do

    def _is_missing(self, reading: Reading[list[EventReply]]) -> bool:
        """Whether the event that is shown is none of this account's: a list may be older than an event just made."""
        self._lists_without.add(reading.as_of_ms)
        return len(self._lists_without) >= LISTS_WITHOUT

    def _find_event(self) -> bool:
        """Says the name of the event that is shown, where it is one of those that are known."""
        shown = self._connection.event
        found = next((each for each in self._events if shown is not None and each.policy.event == shown.hex), None)
        if found is None:
            return False
        self._lists_without.clear()
        if found.policy.name != self._event_name:
            self._say_event(found.policy.name)
        with suppress(ZoneInfoNotFoundError, ValueError):
            self.surroundings.zone = ZoneInfo(found.policy.time_zone)
        self.event_seen.emit(found.policy)
        return True

    def _say_event(self, name: str) -> None:
        self._event_name = name
        self.header.show_event(name)
        told = self._words.window.header
        self.setWindowTitle(told.title_of.fill(event=name) if name else told.title)

    def _facts(self) -> LinkFacts:
        frames = [frame for frame in self._frames() if frame.face in {Face.OLD, Face.FAILED}]
        ages = [frame.reading.as_of_ms for frame in frames if frame.reading.as_of_ms is not None]
        return LinkFacts(
            self._connection.standing,
            self._connection.server,
            self._is_logged_out,
            tuple(dict.fromkeys(frame.title_text for frame in frames)),
            Millis(min(ages)) if ages else None,
        )

    def _frames(self) -> list[PanelFrame]:
        return self.host.findChildren(PanelFrame)

    def _show_banner(self) -> None:
        text = present_banner(self._facts(), self._connection.now_ms(), self.surroundings.zone, self._words)
        self.banner.show_text(text)
        if self.details.is_open:
            self._show_details()

    def _tick(self) -> None:
        self.badges.tick()
        if self.banner.text.state is not BannerState.LIVE:
            self._show_banner()

    def _dressed(self) -> Sequence["_Dressed"]:
        return (self.header, self.banner, self.notice, *self._sheets, *self.hosts.values())

    # --- its parts ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.badges, self.kept_night = Badges(self), KeptNight(self)
        self.header = Header(words, self)
        self.banner = Banner(words.window.header.banner, self)
        self.body = QWidget(self)
        self.stack = QStackedWidget(self.body)
        self.hosts = {name: PageHost(name, self._entries.get(name), self.surroundings, self.stack) for name in PageName}
        for host in self.hosts.values():
            self.stack.addWidget(host)
        self.notice = NoticeLine(words.window.header.close, self.body)
        self.confirm = ConfirmSheet(lambda: words.confirm, self)
        turning = {"up": words.table.up, "down": words.table.down}
        self.events = EventsSheet(words, turning, words.table.page, self)
        self.account, self.settings = AccountSheet(words, self), SettingsSheet(words, self)
        self.details, self.help = TextSheet(words, self), TextSheet(words, self)
        self.log_in = LogInSheet(words, self)
        self._sheets: tuple[OverSheet, ...] = (
            *(self.confirm, self.events, self.account, self.settings),
            *(self.details, self.help, self.log_in),
        )
        inside = QVBoxLayout(self.body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.stack, 1)
        inside.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in ((self.header, 0), (self.banner, 0), (self.body, 1)):
            column.addWidget(part, stretch)
        self.setMinimumSize(LEAST)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setWindowTitle(words.window.header.title)
        self._ticking = QTimer(self, interval=TICK_MS)
        self._ticking.timeout.connect(self._tick)
        self._ticking.start()

    def _connect(self) -> None:
        header = self.header
        header.page_wanted.connect(lambda name: self._press_page(PageName(name)))
        header.events_wanted.connect(self._open_events)
        header.account_wanted.connect(self._open_account)
        header.settings_wanted.connect(self._open_settings)
        self.badges.changed.connect(header.show_badges)
        self.badges.unneeded.connect(header.show_unneeded)
        self.badges.incidents_came.connect(self._tell_incidents)
        self.badges.letters_came.connect(self._tell_letters)
        self.badges.account_refused.connect(self._tell_refusal)
        self.banner.act_wanted.connect(self._act_on_banner)
        self.banner.details_wanted.connect(self._open_details)
        self.events.chosen.connect(self.event_chosen)
        self.account.log_in_wanted.connect(self.log_in_opened)
        self.account.log_out_wanted.connect(self.log_out_wanted)
        self.account.password_wanted.connect(self.password_wanted)
        self.account.other_wanted.connect(self.other_wanted)
        self.settings.jobs_wanted.connect(lambda: self.show_page(PageName.DELIVERIES, JOBS))
        self.settings.language_chosen.connect(self.language_chosen)
        self.settings.theme_chosen.connect(self.theme_chosen)
        self.settings.sound_chosen.connect(self.sound_chosen)
        for number in range(1, len(PageName) + 1):
            self._shortcut(f"Ctrl+{number}", lambda number=number: self._press_number(number))
        self._shortcut("F1", self._open_help)
        self._shortcut("F5", self._ask_again)
        self._shortcut("Ctrl+E", self._open_events)

    def _shortcut(self, keys: str, act: object) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(act)


def likely_event(events: Sequence[EventReply], now_ms: Millis) -> EventReply:
    """The event that somebody most likely wants to see: the one under way, else the next one, else the last one."""
    coming = [each for each in events if each.policy.ends_ms > now_ms]
    return (
        min(coming, key=lambda each: each.policy.starts_ms)
        if coming
        else max(events, key=lambda each: each.policy.ends_ms)
    )


def role_at(me: Me, event: EventId | None) -> Role:
    """What somebody is at an event: by the role for it, else by the one for the installation."""
    by_event = {each.event: each.role for each in me.roles}
    at = event.hex if event is not None else None
    return by_event.get(at) or by_event.get(None) or next(iter(by_event.values()), Role.AUDITOR)

"""What stands behind the organizer's window: which server, whose session, which event, and how somebody wants it.

Owns the way from one to the other: a start that shows what was known last before anybody has answered, the log-in,
a session that is over, another server, another event. What is asked, and when, is the connection's.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QLocale, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.clock import wall_ms
from app.organizer.connection import Connection
from app.organizer.log_in import Outcome, Refused, Session, Typed, WantsAuthority, WantsPassword
from app.organizer.log_in_lane import LogInLane
from app.organizer.network_desk import NetworkDesk
from app.organizer.no_connection import NoConnection
from app.organizer.page import PageName
from app.organizer.page_host import PageEntry
from app.organizer.telephone_desk import TelephoneDesk
from app.organizer.window import OrganizerWindow
from app.organizer.words import load_organizer_words
from app.runtime.handed import NOTHING, Handed
from app.runtime.preferences import NOTHING_CHOSEN, PreferenceBook, Preferences
from app.runtime.reception import Reception, Sitting
from app.widgets.sound_box import SoundBox
from app.widgets.theme import ThemeName
from core.model.ids import EventId
from core.model.settings import Language
from core.sync.messages import EventRow, Me

FILE = "organizer.json"
NEWS = "news"
"""The file of the sound of a new incident."""


class Front(QObject):
    """The window and its connection. `open` it once; `close` it when the application has ended.

    `server` is the address that somebody named; None: the one of last time. `usual` holds until somebody chooses here.
    Raises ServerAddressWrong.
    """

    closed = Signal()

    def __init__(
        self,
        folder: Path,
        server: str | None,
        entries: Mapping[PageName, PageEntry],
        handed: Handed = NOTHING,
        usual: Preferences = NOTHING_CHOSEN,
    ) -> None:
        super().__init__()
        self._folder = folder
        self._handed = handed
        self.book = PreferenceBook(folder, FILE)
        self._usual = usual
        self.reception = Reception(folder)
        self._lane = LogInLane(self.reception)
        self._session: Session | None = None
        """Of somebody whose password has to be changed first, or who wants to change it."""
        self._me: Me | None = None
        self._is_over = False
        self._stays = False
        """Whether somebody wanted to stay logged in, the last time they were asked."""
        self._desk: NetworkDesk | None = None
        self._telephones = TelephoneDesk(folder, self)
        wanted = self._wanted
        language = wanted.language or Language.of_locale(QLocale.system().name())
        words = load_organizer_words(language)
        named = server or self.reception.last_server()
        connection = self._connected(named, is_reaching=False) if named else NoConnection()
        self._me = self.reception.known(named).me if named else None
        self.window = OrganizerWindow(
            words, connection, entries, me=self._me, theme=wanted.theme or ThemeName.LIGHT, language=language
        )
        self.sounds: SoundBox | None = None
        self._connect()

    @property
    def desk(self) -> Connection | None:
        """The connection of now; None where no server is known."""
        return self._desk

    def open(self) -> None:
        """Shows the window: with what was known last, before anybody has answered."""
        self._show_settings()
        self._show_known()
        self.window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())  # where nobody manages windows
        self.window.showMaximized()

    def close(self) -> None:
        """Ends whatever runs."""
        self._is_over = True
        self._telephones.rest()
        self._lane.stop()
        if self.sounds is not None:
            self.sounds.stop()
        if self._desk is not None:
            self._desk.close()

    # --- the connection -----------------------------------------------------------------------------------------

    def _connected(self, server: str, *, is_reaching: bool = True) -> NetworkDesk:
        known = self.reception.known(server)
        desk = NetworkDesk(server, self._folder, known.authority or None, is_reaching=is_reaching)
        desk.hear_log_out(self._end_session)
        desk.show_event(_event_of(known.event))
        if known.me is not None:
            desk.use(None, known.me)
        self._desk = desk
        return desk

    def _show_known(self) -> None:
        """What was known last; then the session that stayed, or the log-in."""
        if self._desk is None:
            self._open_log_in(is_again=False)
            self._reach()
            return
        self.window.show_logged_out()
        self._desk.when_known(self._reach)

    def _reach(self) -> None:
        """What was known is shown, and will be painted next: then comes all that takes longer.

        The network's and the keyring's libraries are loaded by other threads, and would take this one's turns; to look
        for a loudspeaker takes this one's own.
        """
        QTimer.singleShot(0, self, self._look_for_session)

    def _look_for_session(self) -> None:
        if self._is_over:
            return
        if self._desk is not None:
            self._desk.reach()
            self._desk.aside(partial(self._sitting, self._desk.server), self._resume)
        QTimer.singleShot(0, self, self._find_loudspeaker)

    def _sitting(self, server: str) -> Sitting | None:
        """The session that stayed; whom to believe there first, where that was handed over."""
        if self._handed.fingerprint:
            self.reception.trust(server, self._handed.fingerprint)
        return self.reception.resume(server, wall_ms())

    def _resume(self, sitting: Sitting | None) -> None:
        if self._desk is not None and self._handed.fingerprint:
            self._desk.client.trust(self.reception.known(self._desk.server).authority or None)
        if sitting is None or self._desk is None:
            self._open_log_in(is_again=False)
            self._take_handed()
            return
        self._me = sitting.me
        self._session, self._stays = Session(self._desk.server, sitting.token, sitting.me, is_kept=True), True
        self._desk.use(sitting.token, sitting.me)
        self._telephones.speak(self._desk, self._session)
        self.window.show_account(sitting.me)
        self.window.show_logged_in()
        client = self._desk.client
        self._desk.aside(lambda: self.reception.look_again(client.made()), partial(self._take_roles, self._session))

    def _take_roles(self, session: Session, me: Me | None) -> None:
        """What the session's account may do by now: a role is given or taken while nobody sits here."""
        if me is None or me == self._me or self._session is not session or self._desk is None:
            return
        self._me = me
        self._desk.use(session.token, me)
        self.window.show_account(me)

    def _end_session(self) -> None:
        """The server says that it is over: somebody logs in over the page, which keeps what was typed."""
        if self._desk is not None:
            self._desk.aside(partial(self.reception.forget, self._desk.server), lambda _: None)
        self._session = None
        self._telephones.rest()
        self.window.show_logged_out()
        self._open_log_in(is_again=True)

    # --- the log-in ---------------------------------------------------------------------------------------------

    def _open_log_in(self, *, is_again: bool) -> None:
        server = self._desk.server if self._desk is not None else ""
        self.window.log_in.open_log_in(
            server,
            self._me.name if self._me is not None else "",
            is_kept=self._stays,
            is_again=is_again,
            may_look=self._me is not None,
        )

    def _take_handed(self) -> None:
        """The first owner's log-in, once: another password is chosen at it."""
        handed, self._handed = self._handed, NOTHING
        if handed.password and self._desk is not None:
            typed = Typed(self._desk.server, handed.name, handed.password, fingerprint=handed.fingerprint)
            self.window.log_in.form.take(typed)

    def _open_other(self) -> None:
        self.window.log_in.open_log_in("", "", is_kept=False, is_again=False, may_look=True)

    def _log_in(self, typed: Typed) -> None:
        self._lane.log_in(typed, self._take_outcome)

    def _change_password(self, old: str, new: str) -> None:
        if self._session is not None:
            self._lane.change_password(self._session, old, new, self._take_outcome)

    def _open_password(self) -> None:
        self.window.log_in.open_password()

    def _take_outcome(self, outcome: Outcome) -> None:
        form = self.window.log_in.form
        match outcome:
            case Refused():
                form.show_refused(outcome)
            case WantsAuthority():
                form.show_authority(outcome)
            case WantsPassword(session=session):
                self._session = session
                form.show_new_password(outcome)
            case Session():
                form.end()
                self._take_session(outcome)

    def _take_session(self, session: Session) -> None:
        """Somebody is logged in. The pages stay where it is the same account at the same server."""
        is_same = self._desk is not None and self._desk.server == session.server and session.me == self._me
        self._session, self._me, self._stays = session, session.me, session.is_kept
        known = self.reception.known(session.server)
        if self._desk is None or self._desk.server != session.server:
            before = self._desk
            self._connected(session.server)
            if before is not None:
                before.close()
            if self._desk is not None:
                self.window.show_connection(self._desk)
        if self._desk is None:
            return
        self._desk.client.trust(known.authority or None)
        self._desk.use(session.token, session.me)
        self._telephones.speak(self._desk, session)
        self._desk.retry_now()
        if not is_same:
            self.window.show_account(session.me)
        self.window.show_logged_in()

    def _log_out(self) -> None:
        desk = self._desk
        if desk is None:
            return
        session = self._session
        self._telephones.rest()

        def end() -> bool:
            return self.reception.log_out(desk.client.made())

        work = end if session is None else partial(self._telephones.log_out, desk.server, session, end)
        desk.aside(work, lambda _: desk.use(None, None))
        self._session = self._me = None
        self.window.show_account(None)
        self._open_log_in(is_again=False)

    @property
    def _wanted(self) -> Preferences:
        return self.book.now.or_else(self._usual)

    # --- what somebody wants ------------------------------------------------------------------------------------

    def _choose_event(self, id_: str) -> None:
        event = _event_of(id_)
        if self._desk is None or event is None or event == self._desk.event:
            return
        self._desk.show_event(event)
        self._desk.aside(partial(self.reception.note_event, self._desk.server, id_), lambda _: None)
        self.window.start_event()

    def _note_event(self, row: EventRow) -> None:
        """Whatever is shown first is what the next start begins with."""
        desk = self._desk
        if desk is not None and self.reception.known(desk.server).event != row.event:
            desk.aside(partial(self.reception.note_event, desk.server, row.event), lambda _: None)

    def _choose_language(self, language: str) -> None:
        self.window.show_language(Language(language))
        self.book.change(language=Language(language))
        self._show_settings()

    def _choose_theme(self, theme: str) -> None:
        self.window.show_theme(ThemeName(theme))
        self.book.change(theme=ThemeName(theme))
        self._show_settings()

    def _choose_sound(self, is_heard: bool) -> None:
        self.book.change(is_heard=is_heard)
        if self.sounds is not None:
            self.sounds.set_heard(is_heard)
        self._play()
        self._show_settings()

    def _find_loudspeaker(self) -> None:
        if self._is_over:
            return
        self.sounds = SoundBox([NEWS])
        self.sounds.set_heard(self.book.now.is_heard)
        self.sounds.changed.connect(self._show_settings)
        self._show_settings()

    def _play(self) -> None:
        if self.sounds is not None:
            self.sounds.play_named(NEWS)

    def _show_settings(self) -> None:
        self.window.settings.show_loudspeaker(is_there=self.sounds is None or self.sounds.available)
        now, window, theme = self.book.now, self.window, self._wanted.theme or ThemeName.LIGHT
        window.settings.show_settings(
            window.language, theme, str(self._folder), is_heard=now.is_heard, is_kept=self.book.is_kept
        )

    def _connect(self) -> None:
        window = self.window
        window.log_in.form.wanted.connect(self._log_in)
        window.log_in.form.password_chosen.connect(self._change_password)
        window.log_in_opened.connect(lambda: self._open_log_in(is_again=False))
        window.other_wanted.connect(self._open_other)
        window.log_out_wanted.connect(self._log_out)
        window.password_wanted.connect(self._open_password)
        window.event_chosen.connect(self._choose_event)
        window.event_seen.connect(self._note_event)
        window.language_chosen.connect(self._choose_language)
        window.theme_chosen.connect(self._choose_theme)
        window.sound_chosen.connect(self._choose_sound)
        window.incident_told.connect(self._play)
        window.closed.connect(self.closed)


def _event_of(id_: str) -> EventId | None:
    try:
        return EventId(UUID(hex=id_))
    except ValueError:
        return None

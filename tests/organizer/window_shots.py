"""The window itself: each state of its banner, its sheets, the log-in, and pages that are not to be had."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.log_in import LogInTrouble, Refused, Session, WantsAuthority, WantsPassword
from app.organizer.page import Page, PageName
from app.organizer.page_host import PageEntry
from app.organizer.panel_frame import PanelFrame
from app.organizer.surroundings import Confirmation, Surroundings
from app.organizer.window import OrganizerWindow
from app.widgets.theme import Theme
from core.insight.question import Question
from core.insight.standing import Standing
from core.model.accounts import PasswordFlaw
from core.model.roles import Right
from tests.organizer import still_connection as still
from tests.organizer.panel_shots import figure
from tests.organizer.shots import Look, Shot, settle
from tests.organizer.still_connection import StillConnection
from tests.organizer.still_desk import NOW_MS, failed, fresh, old
from tests.support import shots
from tests.support.pseudo_locale import lengthened_text as said

SENT = {"channels": ["webhook"], "waiting": 0, "dead": 3, "newest_ms": NOW_MS - 60_000}
TOLD = {"events": fresh(still.EVENTS), "admitted": fresh(3_812), "gates": fresh(38)}
USED = TOLD | {"deliveries.summary": SENT}
OLD = {"events": old(still.EVENTS), "admitted": old(3_790), "gates": failed()}


class TwoPanels(Page):
    """A page with two panels."""

    def __init__(self, at: Surroundings) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.frames = []
        for name, title in (("admitted", said("Admitted")), ("gates", said("Gates"))):
            panel = figure(title)
            question = Question(name, f"/api/v1/{name}", int, Right.READ_STATUS)
            frame = PanelFrame(type(panel)(name, panel.title, panel.make, panel.show, question), at)
            self.frames.append(frame)
            column.addWidget(frame)

    def begin(self) -> None:
        for frame in self.frames:
            frame.begin()

    def rest(self) -> None:
        for frame in self.frames:
            frame.rest()

    def say_anew(self) -> None:
        for frame in self.frames:
            frame.say_anew()

    def show_theme(self, theme: Theme) -> None:
        for frame in self.frames:
            frame.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        for frame in self.frames:
            frame.show_base(base_px)


class Unsaved(TwoPanels):
    """A page on which something was typed."""

    is_unsaved = True


def broken(_: Surroundings) -> Page:
    """A page whose code fails."""
    raise ZeroDivisionError


ENTRIES = {
    PageName.LIVE: PageEntry(TwoPanels, Right.READ_STATUS),
    PageName.INCIDENTS: PageEntry(broken, Right.READ_INCIDENTS),
    PageName.TICKETS: PageEntry(Unsaved, Right.READ_TICKETS),
    PageName.SET_UP: PageEntry(TwoPanels, Right.SEND_FACTS),
}


def window(name: str, standing: Standing, told: dict[str, Any], *acts: Callable[[OrganizerWindow], object]) -> Shot:
    """The window with a connection that stands so."""

    def open_it(look: Look) -> QWidget:
        connection = StillConnection(told, standing)
        made = OrganizerWindow(look.words, connection, ENTRIES, theme=look.theme)
        made.still = connection  # type: ignore[attr-defined]
        made.show_account(still.ANNA)
        made.header.show_badges({PageName.INCIDENTS: "2", PageName.DEVICES: "7/8"})
        return made

    def act(made: QWidget) -> None:
        assert isinstance(made, OrganizerWindow)
        settle()
        for each in acts:
            each(made)
            settle()
        made._show_banner()
        settle()

    return shots.Shot(f"organizer.window.{name}", open_it, act)


def log_in(name: str, *acts: Callable[[Any], object], is_again: bool = False) -> Shot:
    """The log-in over the window."""

    def open_it(made: OrganizerWindow) -> None:
        made.log_in.open_log_in("https://door.example", "anna", is_kept=True, is_again=is_again, may_look=True)
        for each in acts:
            each(made.log_in.form)

    return window(f"log-in{name}", still.CONNECTING, OLD, open_it)


def refused(trouble: LogInTrouble, flaw: PasswordFlaw | None = None) -> Callable[[Any], object]:
    """It was refused."""
    return lambda form: form.show_refused(Refused(trouble, flaw))


SESSION = Session("https://door.example", "dls_x", still.ANNA, is_kept=True)
CONFIRM = Confirmation(
    said("Revoke North 1?"), said("It lets nobody in from then on."), said("Revoke"), is_destructive=True
)
SHOTS: tuple[Shot, ...] = (
    window("live", still.LIVE, USED),
    window("connecting", still.CONNECTING, OLD),
    window("degraded", still.DEGRADED, {**USED, "gates": failed()}),
    window("offline", still.OFFLINE, OLD),
    window("recovering", still.RECOVERING, OLD),
    window("no-internet", still.NO_INTERNET, USED),
    window("logged-out", still.LIVE, OLD, OrganizerWindow.show_logged_out),
    window("page-broken", still.LIVE, USED, lambda made: made.show_page(PageName.INCIDENTS)),
    window("page-not-there", still.LIVE, USED, lambda made: made.show_page(PageName.REPORTS)),
    window("page-not-allowed", still.LIVE, USED, lambda made: made.show_page(PageName.SET_UP)),
    window("events", still.LIVE, USED, lambda made: made._open_events()),
    window("account", still.LIVE, USED, lambda made: made._open_account()),
    window("settings", still.LIVE, USED, lambda made: made._open_settings()),
    window("help", still.LIVE, USED, lambda made: made._open_help()),
    window("details", still.OFFLINE, OLD, lambda made: made._open_details()),
    window("confirm", still.LIVE, USED, lambda made: made.surroundings.teller.ask(CONFIRM, lambda: None)),
    window("told", still.LIVE, USED, lambda made: made.surroundings.teller.tell(said("Moved. The kiosk hears of it."))),
    log_in(""),
    log_in("-again", is_again=True),
    log_in("-wrong", refused(LogInTrouble.WRONG)),
    log_in("-stranger", refused(LogInTrouble.CERTIFICATE_STRANGER)),
    log_in("-asking", lambda form: form.show_asking()),
    log_in("-authority", lambda form: form.show_authority(WantsAuthority("0f1e2d3c" * 8))),
    log_in("-password", lambda form: form.show_new_password(WantsPassword(SESSION))),
)
DATA: set[str] = {
    *("Summer Night", "Winter Night", "Doorlight", "anna", "Deutsch", "English"),
    *("https://door.example", "https://door.example.org"),
    *(f"Ctrl+{number}" for number in range(1, 8)),
}

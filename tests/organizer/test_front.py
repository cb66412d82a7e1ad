"""The whole window over a real server: an evening with everything that happens to its connection (D1, D4, D6, G22)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.ledger.admin import Office, open_ledger
from app.net.organizer_client import OrganizerClient
from app.organizer.devices_questions import DEVICES
from app.organizer.front import Front
from app.organizer.log_in import LogInTrouble
from app.organizer.log_in_form import FormPage
from app.organizer.page import Page, PageName
from app.organizer.page_host import PageEntry
from app.organizer.panel import Panel, PanelBody
from app.organizer.panel_frame import PanelFrame
from app.organizer.panel_present import Face
from app.organizer.surroundings import Surroundings
from app.runtime.preferences import Preferences
from app.runtime.telephones import Telephones
from app.server.program import build_app
from app.server.tls import TlsWish, context_for
from app.widgets.banner import BannerState
from app.widgets.plain_text import plain_label
from core.delivery.push_intent import Wish
from core.model.roles import Right, Role
from core.model.settings import Language, ThemeName
from core.sync.answers import Done
from core.sync.messages import ClassRow, EventRow, GateRow
from core.ticket.keyring import Algorithm
from tests.runtime.watch_rig import hurry, status
from tests.server.serving import served
from tests.support.fault_proxy import Fate, FaultProxy
from tests.support.passwords import make_passwords_cheap

pytestmark = pytest.mark.usefixtures("no_leftovers")
CHOSEN, OTHER = "correct horse battery", "another horse battery"
FAR_MS = 4_000_000_000_000
PATIENCE_MS = 20_000
PLACES = {"gates": [GateRow("north", "North gate")], "classes": [ClassRow(1, "Standard")]}


class Count(PanelBody):
    """A body with one number."""

    def __init__(self) -> None:
        super().__init__()
        self.label = plain_label("", self)
        QVBoxLayout(self).addWidget(self.label)


class Night(Page):
    """Two panels, and a field to type into."""

    is_unsaved = False

    def __init__(self, at: Surroundings) -> None:
        super().__init__()
        self.field = QLineEdit(self)
        self.field.setAccessibleName("field")
        self.status = self._frame("Status", status(), lambda body, told: body.label.show_text(str(told.tickets)), at)
        devices = replace(DEVICES, every_s=1.0)
        self.devices = self._frame("Devices", devices, lambda body, told: body.label.show_text(str(len(told))), at)
        column = QVBoxLayout(self)
        for each in (self.field, self.status, self.devices):
            column.addWidget(each)

    def _frame(self, title: str, question: object, show: object, at: Surroundings) -> PanelFrame:
        return PanelFrame(Panel(title, lambda: title, Count, show, question), at)

    def begin(self) -> None:
        self.status.begin()
        self.devices.begin()

    def rest(self) -> None:
        self.status.rest()
        self.devices.rest()


ENTRIES = {PageName.LIVE: PageEntry(Night, Right.READ_STATUS)}


@pytest.fixture(autouse=True)
def _at_ease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    make_passwords_cheap(monkeypatch)
    hurry(monkeypatch)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path / "server") as opened:
        for name, starts_ms in (("Summer Night", 1_000), ("Winter Night", FAR_MS - 1_000)):
            row = EventRow("", name, "Europe/Berlin", starts_ms, starts_ms + 1_000, **PLACES)
            opened.create_event(row, Algorithm.HMAC_SHA256_128)
        yield opened


@pytest.fixture
def proxy(office: Office) -> Iterator[FaultProxy]:
    with served(build_app(office, "t" * 32)) as url, FaultProxy(int(url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def opened(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[..., Front]]:
    """Opens windows of one folder, and closes them at the end."""
    with ExitStack() as stack:

        def make(server: str | None = None) -> Front:
            front = stack.enter_context(closing(Front(tmp_path / "window", server, ENTRIES)))
            qtbot.addWidget(front.window)
            front.open()
            return front

        yield make


def wait(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE_MS)


def first_log_in(front: Front, office: Office, qtbot: QtBot, server: str, *, stays: bool = True) -> None:
    """The owner comes for the first time, and chooses a password."""
    first = office.accounts.first_owner()
    form = front.window.log_in.form
    wait(qtbot, lambda: front.window.log_in.is_open)
    form.server.setText(server)
    form.name.setText(first.name)
    form.password.setText(first.password)
    form.keep.setChecked(stays)
    form.log_in_key.click()
    wait(qtbot, lambda: form.page is FormPage.PASSWORD)
    form.new.setText(CHOSEN)
    form.repeat.setText(CHOSEN)
    form.take_key.click()
    wait(qtbot, lambda: not front.window.log_in.is_open)


def night_of(front: Front) -> Night:
    page = front.window.hosts[PageName.LIVE].page
    assert isinstance(page, Night)
    return page


def is_live(front: Front) -> bool:
    page = front.window.hosts[PageName.LIVE].page
    return (
        isinstance(page, Night)
        and {page.status.face, page.devices.face} == {Face.FRESH}
        and front.window.banner.text.state is BannerState.LIVE
    )


def test_a_window_lives_through_whatever_happens_to_its_server(
    office: Office, proxy: FaultProxy, opened: Callable[..., Front], qtbot: QtBot
) -> None:
    # D1, D6, G22
    front = opened()
    assert not front.window.log_in.form.look_key.isVisibleTo(front.window.log_in), "there is nothing to look at yet"
    first_log_in(front, office, qtbot, proxy.url)
    wait(qtbot, lambda: is_live(front))
    assert front.window.header.event_key.told.startswith("Winter Night"), "the event to come, not the one that is over"
    night, window = night_of(front), front.window

    proxy.on("/devices", Fate(status=500))
    wait(qtbot, lambda: window.banner.text.state is BannerState.DEGRADED)
    wait(qtbot, lambda: night.devices.face is Face.OLD)
    assert night.status.face is Face.FRESH, "a panel that fails fails alone"
    wait(qtbot, lambda: "Devices" in window.banner.text.line)
    assert "error in the server" in window.banner.text.title

    proxy.on_all(Fate(refuse=True))
    wait(qtbot, lambda: window.banner.text.state is BannerState.OFFLINE)
    wait(qtbot, lambda: night.status.face is Face.OLD)
    assert night.status.text.note.startswith("as of ")
    assert night.status.body.label.text() == "0"
    wait(qtbot, lambda: "Figures as of" in window.banner.text.line)

    second = opened()  # a start without a server, beside the window that is open
    page = night_of(second)
    wait(qtbot, lambda: page.status.face is Face.OLD)
    assert page.status.body.label.text() == "0"
    assert second.window.header.event_key.told.startswith("Winter Night")
    assert not second.window.log_in.is_open, "the session stayed on this computer"

    proxy.clear()
    for each in (front, second):
        each.window.banner.act_wanted.emit()
        wait(qtbot, lambda each=each: is_live(each))
    assert night is night_of(front), "the page is the one of before"


def test_a_session_that_ends_is_renewed_over_the_page_and_nothing_typed_is_lost(
    office: Office, proxy: FaultProxy, opened: Callable[..., Front], qtbot: QtBot
) -> None:
    # D4
    front = opened(proxy.url)
    first_log_in(front, office, qtbot, proxy.url)
    wait(qtbot, lambda: is_live(front))
    night, form = night_of(front), front.window.log_in.form
    night.field.setText("half a sent")
    night.field.setFocus()
    with closing(OrganizerClient(proxy.url)) as elsewhere:
        session = elsewhere.log_in("owner", CHOSEN)
        assert isinstance(session, Done)
        elsewhere.use(session.value.token)
        assert isinstance(elsewhere.change_password(CHOSEN, OTHER), Done)
    wait(qtbot, lambda: front.window.log_in.is_open)
    assert not night.field.isEnabled(), "the page below waits"
    assert front.window.banner.text.title == "You are logged out"
    assert (form.name.text(), form.password.text(), form.keep.isChecked()) == ("owner", "", True)
    form.password.setText(CHOSEN)
    form.log_in_key.click()
    wait(qtbot, lambda: form.trouble.isVisibleTo(form))
    assert form.trouble.text().startswith("Name or password is wrong")
    assert form._refused.trouble is LogInTrouble.WRONG
    bar = front.window.log_in.scroller.verticalScrollBar()
    wait(qtbot, lambda: bar.maximum() == 0)  # the card grows with what it says: its keys stay in sight
    form.password.setText(OTHER)
    form.log_in_key.click()
    wait(qtbot, lambda: not front.window.log_in.is_open)
    wait(qtbot, lambda: is_live(front))
    assert night is night_of(front)
    assert night.field.text() == "half a sent"
    assert night.field.isEnabled()


def test_another_event_language_and_account_are_taken_at_once_and_kept(
    office: Office, proxy: FaultProxy, opened: Callable[..., Front], qtbot: QtBot, tmp_path: Path
) -> None:
    telephones = Telephones(tmp_path / "window")  # a command wanted one, while the server was away
    telephones.want(proxy.url, "fcm:APA91bE-x_9", Wish.REGISTER)
    front = opened(proxy.url)
    first_log_in(front, office, qtbot, proxy.url, stays=False)
    owner = next(each.id for each in office.accounts.list())
    wait(qtbot, lambda: office.push.of_account(owner))
    wait(qtbot, lambda: is_live(front))
    window, before = front.window, night_of(front)
    window.header.events_wanted.emit()
    other = next(each for each in window._events if each.policy.name == "Summer Night")
    window.events.chosen.emit(other.policy.event)
    assert front.desk.event.hex == other.policy.event
    assert night_of(front) is not before, "nothing of the other event stays on the screen"
    wait(qtbot, lambda: window.header.event_key.told.startswith("Summer Night"))
    window.settings.language_chosen.emit("de")
    window.settings.theme_chosen.emit("dark")
    assert window.header.page_keys[PageName.INCIDENTS].told.startswith("Vorfälle")
    wait(qtbot, lambda: front.reception.known(proxy.url).event == other.policy.event)
    window.log_out_wanted.emit()
    assert window.log_in.is_open
    wait(qtbot, lambda: not telephones.of_server(proxy.url) and not office.push.of_account(owner))
    assert not window.log_in.form.look_key.isVisibleTo(window.log_in), "what was kept for somebody is forgotten"
    again = opened()
    assert again.window.header.page_keys[PageName.LIVE].told == "Jetzt"
    assert again.desk.event.hex == other.policy.event
    wait(qtbot, lambda: again.window.log_in.is_open)


def test_a_window_looks_as_whoever_started_it_until_somebody_chooses_there(qtbot: QtBot, tmp_path: Path) -> None:
    def looks(usual: Preferences, *, theme: str = "") -> tuple[Language, ThemeName]:
        with closing(Front(tmp_path, None, ENTRIES, usual=usual)) as front:
            qtbot.addWidget(front.window)
            if theme:
                front.window.settings.theme_chosen.emit(theme)
            return front.window.language, front.window.surroundings.theme.name

    german = Preferences(Language.GERMAN, ThemeName.HIGH_CONTRAST)
    assert looks(german) == (Language.GERMAN, ThemeName.HIGH_CONTRAST)
    assert looks(Preferences(Language.ENGLISH))[1] is ThemeName.LIGHT, "as it is by itself"
    assert looks(german, theme="dark")[1] is ThemeName.DARK
    assert looks(german) == (Language.GERMAN, ThemeName.DARK), "the colours were chosen here, the language was not"


def test_a_session_that_stayed_has_the_roles_of_now(
    office: Office, proxy: FaultProxy, opened: Callable[..., Front], qtbot: QtBot
) -> None:
    front = opened(proxy.url)
    first_log_in(front, office, qtbot, proxy.url, stays=True)
    wait(qtbot, lambda: is_live(front))
    assert front.desk.may(Right.CHANGE_EVENT)
    front.close()
    (first,) = office.accounts.list()
    office.accounts.add("anna", Role.OWNER)
    office.accounts.give_role(first.name, Role.AUDITOR)
    again = opened()
    assert again.desk.may(Right.CHANGE_EVENT), "what was known last"
    wait(qtbot, lambda: not again.desk.may(Right.CHANGE_EVENT))
    wait(qtbot, lambda: is_live(again))
    assert again.reception.known(proxy.url).me == again._me


def test_a_server_that_vouches_for_itself_is_believed_after_somebody_compared(
    office: Office, opened: Callable[..., Front], qtbot: QtBot
) -> None:
    context = context_for(TlsWish(None, None, ()), office, "127.0.0.1")
    with served(build_app(office, "t" * 32), context) as url:
        front = opened()
        form, first = front.window.log_in.form, office.accounts.first_owner()
        form.server.setText(url)
        form.name.setText(first.name)
        form.password.setText(first.password)
        form.log_in_key.click()
        wait(qtbot, lambda: form.page is FormPage.AUTHORITY)
        assert form.digits.text().replace(" ", "") == office.authorities.fingerprint().hex()
        form.other_key.click()
        assert (form.page, front.reception.known(url).authority) == (FormPage.WHO, "")
        form.password.setText(first.password)
        form.log_in_key.click()
        wait(qtbot, lambda: form.page is FormPage.AUTHORITY)
        form.same_key.click()
        wait(qtbot, lambda: form.page is FormPage.PASSWORD)
        assert front.reception.known(url).authority
        front.close()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("ftp://door", "This is no server's address"), ("http://127.0.0.1:1", "The server does not answer")],
)
def test_what_can_not_be_asked_is_said_with_its_cure(
    typed: str, told: str, opened: Callable[..., Front], qtbot: QtBot
) -> None:
    form = opened().window.log_in.form
    form.server.setText(typed)
    form.name.setText("anna")
    form.password.setText("x")
    form.log_in_key.click()
    wait(qtbot, lambda: form.trouble.isVisibleTo(form))
    assert form.trouble.text().startswith(told)

"""A receiver that fails for good, and a real server: seen in two windows, mended in one, known without a server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from app.net.webhook_sender import WebhookSender
from app.net.webhook_target import TargetRules
from app.organizer.badges import Badges
from app.organizer.deliveries.one_body import OneBody
from app.organizer.deliveries.page import DeliveriesPage
from app.organizer.deliveries.rows_body import RowsBody
from app.organizer.deliveries.typed_sheet import TypedSheet
from app.organizer.deliveries.words import View
from app.organizer.network_desk import NetworkDesk
from app.organizer.page import PageName
from app.organizer.panel_present import Face
from app.runtime.delivery_line import DeliveryLine
from app.runtime.job_table import runner_of
from app.server.program import build_app
from core.delivery.message import Channel
from core.model.roles import Role
from core.sync.messages import Me, RoleRow
from tests.contract.ledger_rig import Home, House, open_house
from tests.organizer.desk_contract import until
from tests.organizer.shots import surroundings_at
from tests.server.serving import served
from tests.support.scripted_server import Reply, ScriptedServer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_leftovers")]
TOKEN = "organizers-token-of-the-test"
ANA = Me("ana", [RoleRow(None, Role.OWNER)], must_change=False)
HERE = TargetRules(is_loopback_allowed=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "house")) as opened:
        yield opened


def desk_at(url: str, house: House, folder: Path) -> NetworkDesk:
    made = NetworkDesk(url, folder)
    made.use(TOKEN, ANA)
    made.show_event(house.event)
    return made


def page_at(desk: NetworkDesk, qtbot: QtBot) -> DeliveriesPage:
    page = DeliveriesPage(surroundings_at(desk))
    qtbot.addWidget(page)
    page.resize(1700, 900)
    page.show()
    page.begin()
    return page


def work(house: House) -> None:
    """A worker sends what is due."""
    line = DeliveryLine(house.office, Channel.WEBHOOK, lambda: WebhookSender(HERE), watch_s=0.05)
    while line.turn():
        pass


def listed(page: DeliveriesPage, place: int) -> list[str]:
    """The titles of a list of the page."""
    body = page.panes[page.view].frames[place].body
    assert isinstance(body, RowsBody)
    return [row.title for row in body.list.rows]


def open_row(page: DeliveriesPage, place: int, number: int) -> None:
    body = page.panes[page.view].frames[place].body
    assert isinstance(body, RowsBody)
    body.list.chosen.emit(body.list.rows[number].name)


def one(page: DeliveriesPage) -> OneBody:
    body = page.panes[page.view].frames[-1].body
    assert isinstance(body, OneBody)
    return body


def say_yes(page: DeliveriesPage) -> None:
    _, do = page.at.teller.asked.pop()
    do()


def test_what_a_receiver_refuses_for_good_is_seen_in_two_windows_mended_in_one_and_arrives(
    house: House, qtbot: QtBot, tmp_path: Path
) -> None:
    """410: the receiver is gone. With another address it is on again, and what was dead arrives there."""
    arrived = Event()

    def takes(_: object) -> Reply:
        arrived.set()
        return Reply(204)

    with (
        ScriptedServer(lambda _: Reply(410, b"this till was moved")) as before,
        ScriptedServer(takes) as after,
        served(build_app(house.office, TOKEN, targets=HERE)) as url,
        closing(desk_at(url, house, tmp_path / "window")) as desk,
        closing(desk_at(url, house, tmp_path / "other")) as other_desk,
    ):
        house.office.endpoints.add(house.event, Channel.WEBHOOK, f"{before.url}/in?key=1", frozenset())
        badges, heard, said = Badges(), [], []
        badges.letters_came.connect(heard.append)
        badges.changed.connect(said.append)
        badges.start(other_desk)
        page, other = page_at(desk, qtbot), page_at(other_desk, qtbot)
        until(qtbot, lambda: other.dead.frames[0].reading.is_new and said)
        house.upload(*house.admit_offline(house.tickets()[0], 0))
        work(house)
        until(qtbot, lambda: "The receiver wants no more" in listed(page, 0))
        open_row(page, 0, 1)
        until(qtbot, lambda: listed(page, 1) == ["Ticket was used"])
        open_row(page, 1, 0)
        until(qtbot, lambda: one(page).cards)
        assert one(page).cards[0].facts.shown["Answer"] == "this till was moved"
        assert one(page).cards[0].facts.shown["webhook-signature"] == "(hidden)"
        assert "key=1" not in one(page).cards[0].facts.shown["Asked"]
        # the other window hears of it without anybody's press, once
        until(qtbot, lambda: other.dead.frames[0].reading.value)
        until(qtbot, lambda: heard == [1])
        assert said[-1][PageName.DELIVERIES] == "1"
        # sent again it would have nobody to go to
        one(page).keys["replay"].click()
        until(qtbot, lambda: page.at.teller.told)
        assert page.at.teller.told.pop().startswith("Nothing was sent again")
        one(page).keys["address"].click()
        sheet = page.sheet
        assert isinstance(sheet, TypedSheet)
        sheet.field.setText(f"{after.url}/in")
        sheet.yes.click()
        until(qtbot, lambda: page.at.teller.told)
        assert page.at.teller.told.pop().startswith("The address is changed, and the receiver is switched on.")
        page.show_view(View.ENDPOINTS)
        until(qtbot, lambda: len(listed(page, 0)) == 1)
        open_row(page, 0, 0)
        until(qtbot, lambda: "test" in one(page).keys)
        one(page).keys["test"].click()
        until(qtbot, lambda: page.at.teller.told)
        work(house)
        until(qtbot, lambda: one(page).note.text().endswith("arrived."))
        page.show_view(View.DEAD)
        page.dead.frames[1].body.acted.emit("replay.all")  # type: ignore[union-attr]
        until(qtbot, lambda: page.at.teller.asked)
        assert page.at.teller.asked[-1][0].title == "Send this message again?"
        say_yes(page)
        until(qtbot, lambda: "The message is being sent again." in page.at.teller.told)
        arrived.clear()
        work(house)
        assert arrived.is_set()
        page.dead.frames[1].retry()
        until(qtbot, lambda: listed(page, 1) == [])
        (first,), again = before.asked, after.asked[-1]
        assert first.headers["webhook-id"] == again.headers["webhook-id"], "whoever had it already could tell"
        badges.stop()
        page.rest()
        other.rest()
    texts = [record.text for record in house.office.audit.page(house.event).records]
    for deed in ("endpoint.changed", "endpoint.tested", "deliveries.replayed"):
        assert any(f'"{deed}"' in text for text in texts), deed


def test_without_a_server_the_window_says_what_it_knew_and_how_old_it_is(
    house: House, qtbot: QtBot, tmp_path: Path
) -> None:
    """The counts, the receivers, the list and the jobs come from the cache; what a message says does not."""
    with ScriptedServer(lambda _: Reply(410)) as shop, served(build_app(house.office, TOKEN, targets=HERE)) as url:
        house.office.endpoints.add(house.event, Channel.WEBHOOK, f"{shop.url}/in", frozenset())
        house.upload(*house.admit_offline(house.tickets()[0], 0))
        work(house)
        runner_of(house.office).run_now("prune")
        with closing(desk_at(url, house, tmp_path / "window")) as desk:
            page = page_at(desk, qtbot)
            until(qtbot, lambda: page.dead.frames[1].reading.is_new and page.dead.frames[0].reading.is_new)
            open_row(page, 1, 0)
            until(qtbot, lambda: page.dead.frames[2].reading.is_new)
            for view in (View.ENDPOINTS, View.JOBS):
                page.show_view(view)
                until(qtbot, lambda view=view: page.panes[view].frames[0].reading.is_new)
            page.rest()
    with closing(NetworkDesk(url, tmp_path / "window")) as desk:
        desk.use(None, ANA)
        desk.show_event(house.event)
        badges, said = Badges(), []
        badges.changed.connect(said.append)
        badges.start(desk)
        page = page_at(desk, qtbot)
        until(qtbot, lambda: page.dead.frames[1].face is Face.OLD and said[-1])
        assert said[-1][PageName.DELIVERIES] == "1"
        assert listed(page, 1) == ["Ticket was used"]
        assert page.dead.frames[1].text.note.startswith("as of ")
        open_row(page, 1, 0)
        until(qtbot, lambda: page.dead.frames[2].face is not Face.OLD)
        assert page.dead.frames[2].reading.value is None, "a body and an answer are never kept"
        for view in (View.ENDPOINTS, View.JOBS):
            page.show_view(view)
            until(qtbot, lambda view=view: page.panes[view].frames[0].face is Face.OLD)
            assert listed(page, 0)
        page.rest()
        badges.stop()

"""The Live page over the network: a real server answers its questions, and it shows what the ledger holds."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.organizer.live.bodies import ChartBody
from app.organizer.live.page import LivePage
from app.organizer.live.ranges import Range
from app.organizer.network_desk import NetworkDesk
from app.organizer.panel_present import Face
from app.server.program import build_app
from core.insight.series import MINUTE_MS
from core.model.roles import Role
from core.sync.messages import Me, RoleRow
from tests.contract.ledger_rig import Home, open_house
from tests.organizer.desk_contract import until
from tests.organizer.shots import surroundings_at
from tests.server.serving import served
from tests.support.fault_proxy import PASS, Fate, FaultProxy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_leftovers")]
TOKEN = "organizers-token-of-the-test"
ANA = Me("ana", [RoleRow(None, Role.OWNER)], must_change=False)


def test_the_night_is_seen_as_the_ledger_has_it_and_follows_it(tmp_path: Path, qtbot: QtBot) -> None:  # A25
    with open_house(Home(None, tmp_path / "house")) as house:
        tids = house.tickets(6)
        for minute, tid in enumerate(tids[:4]):
            house.ask(house.scan(tid, after_ms=minute * MINUTE_MS))
        house.now_ms += 60 * MINUTE_MS
        house.change_event(lambda row: replace(row, capacity=5))
        copy = house.office.edits.copy(house.event, house.now_ms + 86_400_000, "Next Night")[1]
        with (
            served(build_app(house.office, TOKEN)) as url,
            closing(NetworkDesk(url, tmp_path / "window")) as desk,
        ):
            desk.use(TOKEN, ANA)
            desk.show_event(house.event)
            page = LivePage(surroundings_at(desk))
            qtbot.addWidget(page)
            page.show()
            page.begin()
            frames = page.panels.frames
            until(qtbot, lambda: {frame.face for frame in frames.values()} == {Face.FRESH})
            assert page.panels.rows["admitted"][0][1] == 4
            assert page.panels.rows["inside"][0][1:] == (4, 4, 4)
            until(qtbot, lambda: "80 % of the capacity may be inside." in page._at.teller.told)
            page.controls.choose(Range.WHOLE)
            body = frames["curve"].body
            assert isinstance(body, ChartBody)
            until(qtbot, lambda: body.chart is not None and body.chart.shown is not None)
            assert body.chart is not None
            assert body.chart.shown is not None
            assert body.chart.shown.main.series.guests == 4
            page.controls.compare(copy.event)
            until(qtbot, lambda: page._known.compared.is_new)
            house.ask(house.scan(tids[4], after_ms=9 * MINUTE_MS))
            until(qtbot, lambda: page.panels.rows["admitted"][0][1] == 5)
            until(qtbot, lambda: body.chart.shown.main.series.guests == 5)  # type: ignore[union-attr]
            page.rest()


def test_a_route_that_fails_on_the_way_takes_the_gates_alone(tmp_path: Path, qtbot: QtBot) -> None:  # G22
    """The server is well, and one of its routes is answered by something broken in between; then it is mended."""
    with (
        open_house(Home(None, tmp_path / "house")) as house,
        served(build_app(house.office, TOKEN)) as url,
        FaultProxy(int(url.rpartition(":")[2])) as proxy,
        closing(NetworkDesk(proxy.url, tmp_path / "window")) as desk,
    ):
        proxy.on("/lanes", Fate(status=500))
        desk.use(TOKEN, ANA)
        desk.show_event(house.event)
        page = LivePage(surroundings_at(desk))
        qtbot.addWidget(page)
        page.show()
        page.begin()
        frames = page.panels.frames
        well = {name: Face.FRESH for name in frames if name != "gates"}
        until(qtbot, lambda: {name: frame.face for name, frame in frames.items()} == well | {"gates": Face.FAILED})
        proxy.on("/lanes", PASS)
        frames["gates"].retry()
        until(qtbot, lambda: {name: frame.face for name, frame in frames.items()} == well | {"gates": Face.FRESH})
        page.rest()

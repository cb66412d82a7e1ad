"""The Live page at a desk that stands still: panels that fail alone, a curve for the keyboard, files, announcements."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.organizer import saving
from app.organizer.charts import NightChart, whole_step
from app.organizer.live import panels
from app.organizer.live.bodies import BarsBody, ChartBody, FigureBody, LookBody
from app.organizer.live.controls import ALONE
from app.organizer.live.curves_present import curve_of
from app.organizer.live.page import LivePage
from app.organizer.live.panels import PANELS
from app.organizer.live.ranges import Range
from app.organizer.page import PageName
from app.organizer.panel_present import Face
from core.insight.series import MOST_POINTS
from core.model.ids import EventId
from core.model.roles import Role
from tests.organizer import live_shots as shots
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import StillDesk, failed, fresh, old

HEAD_LINES = 3
"""Of a table: what it is of, when, and an empty line."""
RUNS_IT = '=HYPERLINK("http://x")'


def shown(qtbot: QtBot, desk: StillDesk, width: int = 1280) -> LivePage:
    """The page, once the desk has told what lies on it."""
    page = LivePage(surroundings_at(desk))
    qtbot.addWidget(page)
    page.resize(width, 900)
    page.show()
    page.begin()
    settle()
    return page


def faces(page: LivePage) -> dict[str, Face]:
    return {name: frame.face for name, frame in page.panels.frames.items()}


def figure(page: LivePage, name: str) -> str:
    body = page.panels.frames[name].body
    assert isinstance(body, FigureBody)
    return body.tile.shown.figure


def chart_of(page: LivePage) -> NightChart:
    body = page.panels.frames["curve"].body
    assert isinstance(body, ChartBody)
    assert body.chart is not None
    return body.chart


def told(page: LivePage) -> list[str]:
    return page._at.teller.told


# --- panels fail alone --------------------------------------------------------------------------------------------

RESTS_ON = {
    "live.status": {"admitted", "inside", "forecast", "classes", "look"},
    "live.pace": {"rate", "forecast", "gates"},
    "live.lanes": {"gates"},
    "live.devices": {"gates"},
    "live.arrivals.four_hours.240.2": {"curve", "refusals"},
    "events": set(),
}


@pytest.mark.parametrize("question", RESTS_ON)
def test_a_question_that_fails_takes_its_own_panels_and_no_other(qtbot: QtBot, question: str) -> None:  # G22
    desk = shots.desk({question: failed()})
    page = shown(qtbot, desk)
    broken = {name for name, face in faces(page).items() if face is Face.FAILED}
    assert broken == RESTS_ON[question]
    assert {face for name, face in faces(page).items() if name not in broken} == {Face.FRESH}
    desk.tell(question, shots.night()[question])
    settle()
    assert set(faces(page).values()) == {Face.FRESH}, "it comes back by itself"


def test_what_is_old_says_so_beside_what_is_new(qtbot: QtBot) -> None:  # G22
    desk = shots.desk({"live.lanes": old(shots.lanes())})
    page = shown(qtbot, desk)
    assert faces(page)["gates"] is Face.OLD
    assert "19:52" in page.panels.frames["gates"].text.note
    assert [name for name, face in faces(page).items() if face is not Face.FRESH] == ["gates"]
    page.panels.frames["gates"].retry()
    assert {"live.lanes", "live.status"} <= set(desk.asked_again)


def test_a_fault_in_one_panels_code_is_that_panels(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:  # G22
    def fail(*_: object) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(panels, "present_refusals", fail)
        page = shown(qtbot, shots.desk())
        assert faces(page) == dict.fromkeys(PANELS, Face.FRESH) | {"refusals": Face.BROKEN}
    page.panels.frames["refusals"].retry()
    settle()
    assert faces(page)["refusals"] is Face.FRESH


def test_every_panel_says_how_complete_it_is(qtbot: QtBot) -> None:
    page = shown(qtbot, shots.desk())
    for name, frame in page.panels.frames.items():
        assert "7 of 8 devices" in frame._footnote.text(), name
        assert "as of 20:04:00" in frame._footnote.text(), name
    assert figure(page, "inside") == "3,485–3,695"


def test_an_empty_event_says_what_to_do_next(qtbot: QtBot) -> None:  # D2
    page = shown(qtbot, shots.nobody())
    assert set(faces(page).values()) == {Face.FRESH}
    curve, refusals = page.panels.frames["curve"].body, page.panels.frames["refusals"].body
    assert isinstance(curve, ChartBody)
    assert isinstance(refusals, BarsBody)
    assert curve.empty.isVisible()
    assert curve.chart is None  # with nothing to draw, what draws is not even loaded
    assert refusals.bars.empty.isVisible()
    assert figure(page, "forecast") == "–"
    look = page.panels.frames["look"].body
    assert isinstance(look, LookBody)
    assert look.nothing.text() == "Nothing has to be looked at"
    assert not look.show_key.isVisible()


def test_who_may_not_see_kiosks_is_not_asked_to(qtbot: QtBot) -> None:
    desk = shots.desk(role=Role.OPERATOR)
    page = shown(qtbot, desk)
    assert {"live.lanes", "live.devices"}.isdisjoint(desk.watched())
    assert set(faces(page).values()) == {Face.FRESH}
    page.rest()
    assert desk.watched() == []


def test_nothing_of_one_event_is_shown_as_anothers(qtbot: QtBot) -> None:
    desk = shots.desk()
    page = shown(qtbot, desk)
    assert figure(page, "admitted").startswith("3,812")
    page.rest()
    desk._event = EventId(UUID(int=77))
    desk.told.clear()
    page.begin()
    assert set(faces(page).values()) == {Face.LOADING}
    assert page.panels.rows == {}
    assert page.controls.compared is None


# --- the capacity -------------------------------------------------------------------------------------------------


def test_a_level_of_the_capacity_is_announced_once(qtbot: QtBot) -> None:
    desk = shots.desk()
    page = shown(qtbot, desk)
    whole = [replace(each, seen_ms=shots.NOW_MS) for each in shots.status().kiosks]
    level = lambda inside: fresh(replace(shots.status(5_000, inside, 0), kiosks=whole))  # noqa: E731
    for inside in (3_900, 4_000, 3_999, 4_001, 3_990, 4_749, 4_750, 4_749, 4_751):
        desk.tell("live.status", level(inside))
        settle()
    page.say_anew()
    assert told(page) == [
        "80 % of the capacity may be inside.",
        "95 % of the capacity may be inside: nearly full.",
    ]
    desk.tell("live.status", old(replace(shots.status(5_000, 5_000, 0), kiosks=whole)))
    settle()
    assert len(told(page)) == 2, "an old figure announces nothing"


# --- the curve ----------------------------------------------------------------------------------------------------


def test_the_keyboard_reads_the_curve_off(qtbot: QtBot) -> None:
    page = shown(qtbot, shots.desk())
    chart = chart_of(page)
    body = page.panels.frames["curve"].body
    assert isinstance(body, ChartBody)
    with qtbot.waitActive(page):
        page.activateWindow()
    assert body.reading.text() == ""
    chart.setFocus()
    read = []
    for pressed in (Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_PageDown, Qt.Key.Key_Home):
        qtbot.keyClick(chart, pressed)
        read.append(body.reading.text())
    assert [each.partition(":")[0] + each[2:5] for each in read] == ["20:01", "19:59", "19:39", "17:25"]
    assert "Summer Night last year: " in read[0]
    assert "per minute" in read[0]
    chart.clearFocus()
    assert body.reading.text() == ""
    assert chart.accessibleName().startswith("2,7")
    assert "Left and Right" in chart.accessibleDescription()


def test_the_cursor_stays_where_somebody_put_it(qtbot: QtBot) -> None:
    desk = shots.desk()
    page = shown(qtbot, desk)
    chart = chart_of(page)
    shots.point_at(page, 0.4)
    before = chart.reading
    newer = shots.arrivals()
    moved = [replace(each, counts=each.counts[3:]) for each in newer.gates]
    desk.tell("live.arrivals.four_hours.240.2", fresh(replace(newer, since_ms=newer.since_ms + 360_000, gates=moved)))
    settle()
    assert chart.reading.partition(" ")[0] == before.partition(" ")[0]
    wheel = QWheelEvent(
        *(QPoint(9, 9), chart.mapToGlobal(QPoint(9, 9)), QPoint(0, 0), QPoint(0, 120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    at = chart.value()
    QApplication.sendEvent(chart, wheel)
    assert chart.value() == at, "the wheel belongs to the page"


def test_a_curve_never_has_more_points_than_a_screen(qtbot: QtBot) -> None:
    """However often it is drawn: nothing of earlier ones stays in the picture."""
    desk = shots.desk()
    page = shown(qtbot, desk)
    chart = chart_of(page)
    items = len(chart._plot.items())
    for n in range(30):
        desk.tell("live.arrivals.four_hours.240.2", fresh(shots.arrivals(240, 2, scale=1 + n / 10)))
        settle()
    assert len(chart._plot.items()) == items
    assert 0 < chart.points <= 2 * MOST_POINTS
    with pytest.raises(ValueError, match="points"):
        curve_of(shots.arrivals(MOST_POINTS + 1, 1))


def test_marks_are_whole_numbers() -> None:
    assert [whole_step(each) for each in (0.1, 1, 1.5, 3, 7, 12, 99, 101)] == [1, 1, 2, 5, 10, 20, 100, 200]


def test_another_range_and_another_night_are_asked_for(qtbot: QtBot) -> None:
    desk = shots.desk()
    page = shown(qtbot, desk)
    assert page.controls.compared == shots.LAST_YEAR, "the night that it was copied from"
    assert any(each.startswith(f"live.compared.{shots.LAST_YEAR}") for each in desk.watched())
    page.controls.compare(ALONE)
    assert page.controls.compared == shots.LAST_YEAR, "a key that is no night's is chosen in the field alone"
    page.controls.compare_box.choose(ALONE)
    assert page.controls.compared == ""
    assert not any(each.startswith("live.compared") for each in desk.watched())
    for chosen in Range:
        page.controls.keys[chosen].click()
        settle()
        assert [each for each in desk.watched() if each.startswith(f"live.arrivals.{chosen.value}")]
        assert sum(each.startswith("live.arrivals") for each in desk.watched()) == 1
        assert [each for each, made in page.controls.keys.items() if made.isChecked()] == [chosen]


def test_incidents_are_a_key_away(qtbot: QtBot) -> None:
    page = shown(qtbot, shots.desk())
    body = page.panels.frames["look"].body
    assert isinstance(body, LookBody)
    body.show_key.click()
    assert page._at.teller.opened == [(PageName.INCIDENTS, "")]


# --- files --------------------------------------------------------------------------------------------------------


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def save(qtbot: QtBot, page: LivePage, press: Callable[[], object], path: Path) -> None:
    """Presses, answers the question, waits until it is said where the file lies."""
    before = len(told(page))
    press()
    assert page.saver.dialog is not None
    assert page.saver.dialog.isVisible()
    page.saver.dialog.fileSelected.emit(str(path))
    page.saver.drop()
    qtbot.waitUntil(lambda: len(told(page)) > before)


def test_each_panel_is_written_as_a_table_and_as_a_picture(qtbot: QtBot, tmp_path: Path) -> None:  # D5
    page = shown(qtbot, shots.desk())
    for name, key in page._save_keys.items():
        table, picture = tmp_path / f"{name}.csv", tmp_path / f"{name}.png"
        save(qtbot, page, key.click, table)
        assert told(page)[-1] == f"Saved: {table}"
        rows = rows_of(table)
        assert rows[0] == [page.panels.title(name)]
        assert rows[1][0].startswith("Summer Night · 2026-11-26 · 7 of 8 devices reporting")
        assert rows[1][0].endswith("as of 20:04:00")
        assert len(rows) == HEAD_LINES + len(page.panels.rows[name])
        save(qtbot, page, key.click, picture)
        assert QImage(str(picture)).width() > 2 * page.panels.frames[name].width()
        assert key.isVisible()
    save(qtbot, page, page.controls.save_key.click, tmp_path / "figures")
    rows = rows_of_figures(qtbot, page, tmp_path)
    assert rows["Inside now"] == ["3590", "3485", "3695"]
    assert (tmp_path / "figures.png").stat().st_size > 1_000, "without an ending it is the picture"


def rows_of_figures(qtbot: QtBot, page: LivePage, folder: Path) -> dict[str, list[str]]:
    save(qtbot, page, page.controls.save_key.click, folder / "figures.csv")
    return {row[0]: row[1:] for row in rows_of(folder / "figures.csv")[HEAD_LINES:]}


def test_no_name_from_outside_is_run_by_a_spreadsheet(qtbot: QtBot, tmp_path: Path) -> None:  # D5
    pace = shots.arrivals(60, 1)
    pace.gates[0] = replace(pace.gates[0], name=RUNS_IT)
    page = shown(qtbot, shots.desk({"live.pace": fresh(pace)}))
    save(qtbot, page, lambda: page.save("gates"), tmp_path / "gates.csv")
    names = [row[0] for row in rows_of(tmp_path / "gates.csv")[HEAD_LINES:]]
    assert f"'{RUNS_IT}" in names
    assert RUNS_IT not in names


def test_what_can_not_be_written_says_so_and_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:  # D5
    page = shown(qtbot, shots.desk())
    save(qtbot, page, lambda: page.save("gates"), tmp_path / "nowhere" / "gates.csv")
    assert "could not be written" in told(page)[-1]
    assert list(tmp_path.iterdir()) == []
    assert saving.file_name('a/b: "c" <d>') == "a-b- -c- -d-"
    assert saving.file_name("...") == "doorlight"


def test_what_is_not_there_is_not_written(qtbot: QtBot) -> None:
    page = shown(qtbot, shots.desk({"live.lanes": failed()}))
    page.save("gates")
    assert told(page) == ["There is nothing to save yet"]
    assert page.saver.dialog is None

"""The page of reports: what is saved is what was shown, whole or not at all, and each trouble is said with its cure."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.organizer.kept_night import KeptNight
from app.organizer.network_desk import NetworkDesk
from app.organizer.reports_page import ReportsPage
from app.organizer.reports_questions import PATHS, arrivals, event_told, incidents, kiosks, status
from app.organizer.reports_saving import file_name
from app.organizer.reports_words import Paper
from app.organizer.surroundings import Surroundings, Teller
from app.organizer.words import load_organizer_words
from app.store.panel_cache import Shelf
from app.widgets.theme import THEMES, ThemeName
from core.insight.question import Question
from core.model.roles import RIGHTS, Role
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.organizer.network_rig import ANA, NetworkRig
from tests.organizer.reports_shots import moved, of_kept_incidents, of_old_figures
from tests.organizer.still_desk import EVENT, StillDesk, failed

PATIENCE_MS = 30_000
CSV = b"id,device\n'=1+1,North 1\n"


@pytest.fixture
def desk() -> StillDesk:
    return StillDesk(moved(), files={PATHS[Paper.SCANS]: CSV, PATHS[Paper.LEDGER]: Rejected(403, "not_authorised")})


@pytest.fixture
def page(qtbot: QtBot, desk: StillDesk) -> Iterator[ReportsPage]:
    made = ReportsPage(Surroundings(desk, load_organizer_words(), THEMES[ThemeName.LIGHT], Teller()))
    qtbot.addWidget(made)
    made.resize(1_280, 800)
    made.show()
    made.begin()
    yield made
    made.rest()


def told(page: ReportsPage) -> list[str]:
    return page._at.teller.told


def shown(page: ReportsPage) -> str:
    body = page.preview.body
    assert body is not None
    return " ".join(line.text() for _, line, _ in body._rows)  # type: ignore[attr-defined]


def ready(qtbot: QtBot, page: ReportsPage) -> None:
    qtbot.waitUntil(lambda: page._night.value is not None, timeout=PATIENCE_MS)


def saved(qtbot: QtBot, page: ReportsPage, paper: Paper, path: Path) -> str:
    before = len(told(page))
    page.save_to(paper, path)
    assert not page.rows[paper].key.isEnabled(), "one at a time"
    page.save_to(Paper.INCIDENTS, path)  # a second press does nothing
    qtbot.waitUntil(lambda: len(told(page)) > before, timeout=PATIENCE_MS)
    return told(page)[-1]


def text_of(path: Path) -> str:
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(each.extract_text() for each in pages).split())


def test_what_is_saved_is_what_was_shown(qtbot: QtBot, page: ReportsPage, tmp_path: Path) -> None:  # D5, A25
    ready(qtbot, page)
    assert "40 entries of 100 tickets" in shown(page)
    said = saved(qtbot, page, Paper.REPORT, tmp_path / "night.pdf")
    assert str(tmp_path / "night.pdf") in said
    paper = text_of(tmp_path / "night.pdf")
    assert "40 entries of 100 tickets" in paper
    assert "All devices have told all: 1 of 1." in paper
    assert (tmp_path / "night.pdf").stat().st_mode & 0o077 == 0

    said = saved(qtbot, page, Paper.SCANS, tmp_path / "scans.csv")
    assert (tmp_path / "scans.csv").read_bytes() == CSV
    assert str(tmp_path / "scans.csv") in said
    assert "not saved" in saved(qtbot, page, Paper.LEDGER, tmp_path / "ledger.jsonl").lower()
    nowhere = saved(qtbot, page, Paper.REPORT, tmp_path / "nowhere" / "night.pdf")
    assert "Choose another folder" in nowhere
    assert sorted(path.name for path in tmp_path.iterdir()) == ["night.pdf", "scans.csv"], "nothing half is left"


def test_the_page_asks_where_to_while_the_window_goes_on(qtbot: QtBot, page: ReportsPage, tmp_path: Path) -> None:
    ready(qtbot, page)
    page.rows[Paper.REPORT].key.click()
    dialog = page.dialog
    assert isinstance(dialog, QFileDialog)
    page.rows[Paper.SCANS].key.click()
    assert page.dialog is dialog, "one question at a time"
    dialog.setDirectory(str(tmp_path))
    dialog.fileSelected.emit(str(tmp_path / "chosen.pdf"))
    dialog.reject()
    qtbot.waitUntil(lambda: (tmp_path / "chosen.pdf").exists() and bool(told(page)), timeout=PATIENCE_MS)
    assert page.dialog is None


def test_old_figures_are_said_before_and_after_the_report_is_made(
    qtbot: QtBot, page: ReportsPage, desk: StillDesk, tmp_path: Path
) -> None:  # G22, D5
    ready(qtbot, page)
    for name, reading in of_old_figures().items():
        desk.tell(name, reading)
    qtbot.waitUntil(lambda: "Old figures" in shown(page), timeout=PATIENCE_MS)
    assert "could not be had: the incidents" in shown(page)
    said = saved(qtbot, page, Paper.REPORT, tmp_path / "old.pdf")
    assert "Old figures" in said
    paper = text_of(tmp_path / "old.pdf")
    assert "Old figures: the figures" in paper
    assert "Incidents Not known: they could not be had" in paper, "a part that could not be had is no empty part"


def test_without_a_server_incidents_are_what_this_computer_kept_and_nothing_where_it_kept_none(
    qtbot: QtBot, page: ReportsPage, desk: StillDesk, tmp_path: Path
) -> None:  # G22, D5
    ready(qtbot, page)
    for name, reading in of_kept_incidents().items():
        desk.tell(name, reading)
    desk.files[PATHS[Paper.INCIDENTS]] = Later(Trouble.UNREACHABLE)
    qtbot.waitUntil(lambda: "as this computer kept them" in shown(page), timeout=PATIENCE_MS)
    said = saved(qtbot, page, Paper.INCIDENTS, tmp_path / "incidents.csv")
    assert "The server is away" in said
    lines = (tmp_path / "incidents.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "Incidents: Summer Night"
    assert "In all 2, open 1. As of" in lines[1]
    assert [line.split(",")[0] for line in lines[3:4]] == ["Time"]
    assert sum("East gate / North gate" in line for line in lines) == 2
    assert "not saved" in saved(qtbot, page, Paper.ADMISSIONS, tmp_path / "admissions.csv").lower(), "that is not kept"
    desk.tell(incidents().name, failed())
    qtbot.waitUntil(lambda: "Not known" in shown(page), timeout=PATIENCE_MS)
    assert "There was no incident" not in shown(page)
    assert "not saved" in saved(qtbot, page, Paper.INCIDENTS, tmp_path / "none.csv").lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["incidents.csv"], "no empty list for one not known"


def test_a_part_that_fails_is_lacking_and_the_rest_is_told(qtbot: QtBot, page: ReportsPage, desk: StillDesk) -> None:
    ready(qtbot, page)
    desk.tell(kiosks().name, failed(Rejected(403, "not_authorised")))
    qtbot.waitUntil(lambda: "could not be had: the devices" in shown(page), timeout=PATIENCE_MS)
    assert "40 entries" in shown(page)
    desk.tell(incidents().name, {"nonsense": True})
    qtbot.waitUntil(lambda: "the incidents" in shown(page), timeout=PATIENCE_MS)
    desk.tell(status().name, failed(Later(Trouble.UNREACHABLE)))
    qtbot.waitUntil(lambda: page._night.value is None, timeout=PATIENCE_MS)
    page.save(Paper.REPORT)
    assert page.dialog is None
    assert told(page)[-1] == page._words.page.not_yet
    assert page.rows[Paper.SCANS].key.isEnabled(), "the server's own files are another matter"


def test_who_may_not_export_is_told_so_and_may_make_the_report(qtbot: QtBot) -> None:
    at = Surroundings(
        StillDesk(moved(), rights=RIGHTS[Role.SUPERVISOR]), load_organizer_words("de"), THEMES[ThemeName.DARK], Teller()
    )
    page = ReportsPage(at)
    qtbot.addWidget(page)
    page.begin()
    ready(qtbot, page)
    assert not page.rows[Paper.SCANS].key.isEnabled()
    assert at.words.reports.page.not_allowed in page._note.text()
    page.rest()


def test_a_page_at_rest_watches_nothing(qtbot: QtBot, page: ReportsPage, desk: StillDesk) -> None:
    ready(qtbot, page)
    assert len(desk.watched()) == 5
    page.rest()
    assert desk.watched() == []
    page.begin()
    ready(qtbot, page)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("Summer Night", "Summer Night report.pdf"),
        ("../../etc/passwd", "etc passwd report.pdf"),
        ("a/b\\c:d*?\0\n", "a b c d report.pdf"),
        ("", "event report.pdf"),
        ("N" * 200, f"{'N' * 60} report.pdf"),
    ],
)
def test_a_file_has_a_name_that_every_disk_takes(event: str, name: str) -> None:
    assert file_name(event, "report", "pdf") == name


@pytest.mark.parametrize(
    ("was_answered", "was_looked_at"),
    [(True, True), (True, False), (False, True)],
    ids=["kept", "kept though nobody looked", "never heard"],
)
def test_a_window_that_starts_without_its_server_reports_what_it_kept_before(
    qtbot: QtBot, tmp_path: Path, was_answered: bool, was_looked_at: bool
) -> None:  # G22, D5
    """The whole way: answers of a server, the file on the disk, another start. What was never heard is not known."""
    rig = NetworkRig(tmp_path)
    at = Surroundings(rig.desk, load_organizer_words(), THEMES[ThemeName.LIGHT], Teller())
    told = moved()
    asked = [event_told(), status(), kiosks(), *([incidents()] if was_answered else [])]
    for question in (*asked, arrivals(event_told().read(told[event_told().name]).policy)):
        rig.says(replace(question, path=path_with_params(question)), told[question.name])
    with shown_at(qtbot, at) if was_looked_at else asked_by_itself(at):
        shelf = Shelf(rig.desk.server, ANA.name, EVENT.hex)
        names = [question.name for question in asked]
        qtbot.waitUntil(lambda: all(rig.desk.cache.get(shelf, name) for name in names), timeout=PATIENCE_MS)
    rig.close()
    files = b"".join(each.read_bytes() for each in tmp_path.iterdir() if each.is_file())
    assert (b'double_admission"' in files) is was_answered
    assert b"00ff" not in files, "no ticket of an incident lies there"
    later = NetworkDesk(rig.server.url, tmp_path)
    later.use(None, ANA)
    later.show_event(EVENT)
    with closing(later), shown_at(qtbot, replace(at, desk=later)) as page:
        wanted = "as this computer kept them" if was_answered else "Not known"
        qtbot.waitUntil(lambda: wanted in shown(page), timeout=PATIENCE_MS)
        assert "There was no incident" not in shown(page)


@contextmanager
def asked_by_itself(at: Surroundings) -> Iterator[None]:
    """A window in which nobody opens the page."""
    kept = KeptNight()
    kept.start(at.desk)
    kept.ask()
    yield
    kept.stop()


def path_with_params(question: Question[Any]) -> str:
    """As the scripted server sees it."""
    return f"{question.path}?{urlencode(question.params)}" if question.params else question.path


@contextmanager
def shown_at(qtbot: QtBot, at: Surroundings) -> Iterator[ReportsPage]:
    """The page at a desk, for as long as somebody looks."""
    page = ReportsPage(at)
    qtbot.addWidget(page)
    page.show()
    page.begin()
    yield page
    page.rest()

"""The parts that pages share: a table, the question before a deed, a figure, an empty page, how a deed went."""

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.confirm_sheet import ConfirmSheet
from app.organizer.empty_state import EmptyState
from app.organizer.figure_tile import FigureText, FigureTile
from app.organizer.notice_line import NoticeLine
from app.organizer.record_table import Column, Record, RecordTable
from app.organizer.surroundings import Confirmation, Surroundings
from app.widgets.theme import GRID_PX
from core.model.outcomes import OutcomeClass
from tests.organizer.shots import Shot, part
from tests.support.pseudo_locale import lengthened_text as said

COLUMNS = (
    Column(said("Time"), 5),
    Column(said("Gate"), 8, is_wide=True),
    Column(said("Word"), 10, is_wide=True, rank=1),
    Column(said("Queue"), 6, is_right=True, rank=2),
    Column(said("Battery"), 6, is_right=True, rank=3),
)
SIGNS = (OutcomeClass.ADMIT, OutcomeClass.HOLD, OutcomeClass.DENY)


def record(number: int) -> Record:
    """A row."""
    cells = (
        f"20:{number:02}",
        f"Nörth {number}",
        said("a text that takes more than one line"),
        f"{number * 3}",
        "71 %",
    )
    return Record(str(number), cells, (number, None, None, number * 3), SIGNS[number % 3], is_trouble=number % 3 == 2)


def coloured(made: Any, at: Surroundings) -> Any:
    """A part in the colours and sizes of its surroundings."""
    made.show_theme(at.theme)
    made.show_base(at.base_px)
    return made


def table(at: Surroundings) -> QWidget:
    """A table with many rows."""
    made = RecordTable(said("Devices"), at.words.table.hint)
    made.show_records(COLUMNS, tuple(record(n) for n in range(30)), count=said("30 of 412"), more=said("More"))
    return coloured(made, at)


def no_rows(at: Surroundings) -> QWidget:
    """A table without rows."""
    made = RecordTable(said("Devices"), at.words.table.hint)
    made.show_records(COLUMNS, ())
    made.empty.show_text(said("No devices yet."), said("Show the code to the first one."), said("Enrol"))
    return coloured(made, at)


def asking(confirmation: Confirmation) -> Any:
    """A page with the question over it."""

    def make(at: Surroundings) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(table(at))
        page.sheet = coloured(ConfirmSheet(lambda: at.words.confirm, page), at)
        return page

    def ask(page: Any) -> None:
        page.sheet.show_base(16)
        page.sheet.ask(confirmation, lambda: None)

    return make, ask


def figures(at: Surroundings) -> QWidget:
    """Four of them."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setSpacing(2 * GRID_PX)
    for text in (
        FigureText("3,812", said("admitted of 5,000"), said("7 of 8 devices reporting")),
        FigureText("3,590–3,604", said("inside")),
        FigureText("38", said("a minute now"), said("slower than an hour ago"), is_trouble=True),
        FigureText("≈ 21:40", said("all expected in")),
    ):
        tile = coloured(FigureTile(), at)
        tile.show_figure(text)
        row.addWidget(tile)
    return page


def told(*, is_trouble: bool) -> Any:
    """How a deed went."""

    def make(at: Surroundings) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        page.line = coloured(NoticeLine(said("Close")), at)
        column.addWidget(page.line)
        return page

    def tell(page: Any) -> None:
        page.line.tell(said("Could not: not connected. Nothing was changed."), is_trouble=is_trouble)

    return make, tell


def empty(at: Surroundings) -> QWidget:
    """Nothing yet."""
    made = EmptyState()
    made.show_text(said("No incident."), said("Nothing has to be looked at."))
    return coloured(made, at)


MANY = Confirmation(
    said("Withdraw 412 messages?"),
    said("They will not be sent."),
    said("Withdraw 412"),
    is_destructive=True,
    typed="412",
)
FEW = Confirmation(said("Move North 1 to South?"), said("The kiosk hears of it within seconds."), said("Move"))
SHOTS: tuple[Shot, ...] = (
    part("organizer.part.table", table),
    part("organizer.part.sorted", table, lambda made: made.sort_by(3), lambda made: made.mark("5")),
    part("organizer.part.no-rows", no_rows),
    part("organizer.part.confirm", *asking(FEW)),
    part("organizer.part.confirm-many", *asking(MANY)),
    part("organizer.part.figures", figures),
    part("organizer.part.told", *told(is_trouble=False)),
    part("organizer.part.not-done", *told(is_trouble=True)),
    part("organizer.part.empty", empty),
)
DATA: set[str] = set()

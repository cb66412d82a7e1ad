"""The page of reports: what the night's report would hold, and the files that can be taken away.

Owns what is asked and saved, and that only one file is saved at a time. What is said is `reports_present`'s.
"""

from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.organizer.chore import Chores
from app.organizer.page import Page
from app.organizer.panel import Panel, PanelBody
from app.organizer.panel_frame import PanelFrame
from app.organizer.refusals import refusal_text
from app.organizer.reports_present import NEVER_MS, PreviewRow, present_preview, warnings_of
from app.organizer.reports_questions import EXTENSIONS, PATHS
from app.organizer.reports_saving import file_name, save_kept_incidents, save_night
from app.organizer.reports_sources import ReportSources
from app.organizer.reports_words import Paper, ReportWords
from app.organizer.surroundings import Surroundings
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, plain, show_on_button
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.times import instant_text, zone_named
from app.widgets.typeface import font
from core.insight.night_report import Answer, Night
from core.insight.reading import Freshness, Reading
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected

BESIDE_FROM_PX = 1_100
"""Files and preview stand beside each other from here on."""


class PreviewBody(PanelBody):
    """What the report would hold, part by part."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[PlainParagraph, PlainParagraph, PreviewRow]] = []
        self._base_px = 16
        self._theme: Theme | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID_PX // 2)
        self._column.addStretch(1)

    def show_rows(self, rows: tuple[PreviewRow, ...]) -> None:
        """Shows these parts."""
        if [row for _, _, row in self._rows] == list(rows):
            return
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            if item is not None and (part := item.widget()) is not None:
                part.deleteLater()
        self._rows = []
        for row in rows:
            self._add(row)
        self.show_base(self._base_px)
        if self._theme is not None:
            self.show_theme(self._theme)

    def _add(self, row: PreviewRow) -> None:
        part = QWidget(self)
        title, line = PlainParagraph(part), PlainParagraph(part)
        title.show_text(row.title)
        line.show_text(row.line)
        both = QVBoxLayout(part)
        both.setContentsMargins(0, 0, 0, GRID_PX)
        both.setSpacing(2)
        both.addWidget(title)
        both.addWidget(line)
        self._column.insertWidget(self._column.count() - 1, part)
        self._rows.append((title, line, row))

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        for title, line, row in self._rows:
            title.setStyleSheet(f"color: {theme.muted};")
            line.setStyleSheet(f"color: {theme.notice if row.is_trouble else theme.text};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for title, line, _ in self._rows:
            title.setFont(font(type_px(base_px, -1), QFont.Weight.Medium))
            line.setFont(font(base_px))


class PaperRow(QWidget):
    """One file that can be saved: what it is, and its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.told = PlainParagraph(self), PlainParagraph(self)
        self.key: QPushButton = key("", self)
        column = QVBoxLayout()
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self.title)
        column.addWidget(self.told)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GRID_PX, 0, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        row.addLayout(column, 1)
        row.addWidget(self.key, 0)

    def show_text(self, title: str, told: str, act: str) -> None:
        """Says what it is and what a press does."""
        self.title.show_text(title)
        self.told.show_text(told)
        show_on_button(self.key, act)
        self.key.setAccessibleName(plain(f"{act} {title}"))


class ReportsPage(Page):
    """Shows what would be saved before it is."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._night: Reading[Night] = Reading(Freshness.LOADING)
        self._saving: Paper | None = None
        self._chores = Chores(self)
        self._sources = ReportSources(at.desk, self._take_night)
        self.dialog: QFileDialog | None = None
        self._build()
        self.say_anew()
        self.show_base(at.base_px)
        self.show_theme(at.theme)

    # --- what the window asks -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """It is shown from now on."""
        self.preview.begin()
        self._sources.begin()

    def rest(self) -> None:
        """Another page is shown; what is being saved goes on."""
        self._sources.rest()
        self.preview.rest()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self._words.page
        self._heading.show_text(said.papers)
        self._note.show_text(said.formulas if self._may_export else said.not_allowed)
        for paper, row in self.rows.items():
            row.show_text(self._words.papers[paper], self._words.papers_told[paper], said.save)
        self.preview.say_anew()
        self._show_state()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._scroll.show_theme(theme)
        self.preview.show_theme(theme)
        self._heading.setStyleSheet(f"color: {theme.text};")
        self._note.setStyleSheet(f"color: {theme.muted};")
        self._state.setStyleSheet(f"color: {theme.text};")
        for row in self.rows.values():
            row.title.setStyleSheet(f"color: {theme.text};")
            row.told.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.preview.show_base(base_px)
        self._heading.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        for each in (self._note, self._state):
            each.setFont(font(type_px(base_px, -1)))
        for row in self.rows.values():
            row.title.setFont(font(base_px, QFont.Weight.Medium))
            row.told.setFont(font(type_px(base_px, -1)))
            row.key.setFont(font(base_px))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Beside each other, or one above the other."""
        super().resizeEvent(event)
        is_wide = self.width() >= BESIDE_FROM_PX
        self._places.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)

    # --- the night ----------------------------------------------------------------------------------------------

    @property
    def _words(self) -> ReportWords:
        return self._at.words.reports

    @property
    def _may_export(self) -> bool:
        return self._at.desk.may(Right.EXPORT_LEDGER)

    def _take_night(self, reading: Reading[Night]) -> None:
        self._night = reading
        self.preview.show_reading(reading)
        self._show_state()

    def _show_preview(self, body: PreviewBody, night: Night) -> None:
        body.show_rows(present_preview(night, self._words))

    def _show_state(self) -> None:
        """What is being saved, or why the report can't be yet."""
        said = self._words.page
        is_free = self._saving is None
        for paper, row in self.rows.items():
            row.key.setEnabled(is_free and (paper is Paper.REPORT or self._may_export))
        if self._saving is not None:
            self._state.show_text(said.saving.fill(name=self._words.papers[self._saving]))
        else:
            self._state.show_text(said.not_yet if self._night.value is None else "")

    # --- saving -------------------------------------------------------------------------------------------------

    def save(self, paper: Paper) -> None:
        """Asks where to; the window goes on meanwhile."""
        if self._saving is not None or self.dialog is not None:
            return
        if paper is Paper.REPORT and self._night.value is None:
            self._at.teller.tell(self._words.page.not_yet, is_trouble=True)
            return
        name = self._night.value.name if self._night.value is not None else ""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self._words.page.choose, folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(EXTENSIONS[paper])
        dialog.selectFile(file_name(name, paper.value, EXTENSIONS[paper]))
        dialog.fileSelected.connect(lambda chosen: self.save_to(paper, Path(chosen)))
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def save_to(self, paper: Paper, path: Path) -> None:
        """Writes a file, whole or not at all, and says what became of it."""
        if self._saving is not None:
            return
        match paper:
            case Paper.REPORT:
                self._save_report(path)
            case Paper.SCANS | Paper.ADMISSIONS | Paper.INCIDENTS | Paper.LEDGER:
                self._saving = paper
                self._at.desk.fetch(
                    PATHS[paper], Right.EXPORT_LEDGER, path, lambda answer: self._end_fetch(paper, path, answer)
                )
            case _ as other:
                assert_never(other)
        self._show_state()

    def _save_report(self, path: Path) -> None:
        night, words, made_ms = self._night.value, self._words, self._at.desk.now_ms()
        if night is None:
            return
        self._saving = Paper.REPORT
        warnings = " ".join(warnings_of(night, words))
        self._chores.run(
            lambda _: save_night(night, words, made_ms, path), lambda failed: self._end_report(path, failed, warnings)
        )

    def _end_report(self, path: Path, failed: Rejected | None, warnings: str) -> None:
        if failed is None:
            self._say_saved(path, warnings)
        else:
            self._say_failed(refusal_text(failed, self._at.words))

    def _end_fetch(self, paper: Paper, path: Path, answer: Done[int] | Later | Rejected) -> None:
        night = self._night.value
        if isinstance(answer, Done):
            self._say_saved(path, "")
        elif paper is Paper.INCIDENTS and isinstance(answer, Later) and night is not None and night.incidents:
            self._save_kept(night, path)
        else:
            self._say_failed(refusal_text(answer, self._at.words))

    def _save_kept(self, night: Night, path: Path) -> None:
        """The server's own file can't be had: what this computer kept is better than nothing, and says what it is."""
        words = self._words
        as_of_ms = night.old.get(Answer.INCIDENTS, night.as_of_ms)
        time = instant_text(as_of_ms, zone_named(night.zone), NEVER_MS, words.calendar)
        told = words.page.saved_kept.fill(path=path, time=time)
        self._chores.run(lambda _: save_kept_incidents(night, words, path), lambda failed: self._end_kept(told, failed))

    def _end_kept(self, told: str, failed: Rejected | None) -> None:
        if failed is not None:
            self._say_failed(refusal_text(failed, self._at.words))
            return
        self._saving = None
        self._at.teller.tell(told, is_trouble=True)  # it stays to be read: this is not the whole list
        self._show_state()

    def _say_saved(self, path: Path, warnings: str) -> None:
        self._saving = None
        told = self._words.page.saved.fill(path=path)
        self._at.teller.tell(f"{told}. {warnings}" if warnings else told)
        self._show_state()

    def _say_failed(self, cause: str) -> None:
        self._saving = None
        self._at.teller.tell(self._words.page.not_saved.fill(cause=cause), is_trouble=True)
        self._show_state()

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    # --- its parts ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        content = QWidget(self)
        papers = self._papers(content)  # before the preview: Tab goes from one to the other
        panel = Panel("reports.preview", lambda: self._words.page.holds, PreviewBody, self._show_preview)
        self.preview = PanelFrame(panel, self._at, content)
        self.preview.retry_wanted.connect(self._sources.ask_again)
        self._places = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._places.setContentsMargins(0, GRID_PX, 0, 2 * GRID_PX)
        self._places.setSpacing(3 * GRID_PX)
        self._places.addWidget(papers, 1)
        self._places.addWidget(self.preview, 1)
        self._scroll = ScrollPage(content, self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)

    def _papers(self, parent: QWidget) -> QWidget:
        side = QWidget(parent)
        self._heading, self._note, self._state = (PlainParagraph(side) for _ in range(3))
        self.rows = {paper: PaperRow(side) for paper in Paper}
        column = QVBoxLayout(side)
        column.setContentsMargins(0, GRID_PX, 0, 0)
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self._heading)
        for paper, row in self.rows.items():
            row.key.clicked.connect(lambda _=False, paper=paper: self.save(paper))
            column.addWidget(row)
        column.addWidget(self._note)
        column.addWidget(self._state)
        column.addStretch(1)
        return side

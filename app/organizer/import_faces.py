"""The faces of the import wizard, one for each step: the file, its columns, how far it is, what it would do.

Owns the drawing of what `import_present` made, and what somebody chose there. Reads no file and asks no server.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.figure_tile import FigureTile
from app.organizer.import_present import AUTOMATIC, MAX_MB, MISSING, ClassChoice, ColumnChoice, OutlookText
from app.organizer.import_words import ImportWords
from app.organizer.row_list import ListRow, RowList
from app.organizer.wrapped import Wrapped
from app.widgets.choice_box import ChoiceBox
from app.widgets.fitted_key import FittedKey
from app.widgets.form import ShareBar, entry, key, set_tone
from app.widgets.plain_text import PaintedText, PlainParagraph, draw_line, plain, plain_label, show_on_button
from app.widgets.row_key import RowKey, RowText
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, text_on, type_px
from app.widgets.typeface import font
from core.sync.shop_columns import Field, Preset

MAX_SOURCE = 64
MAX_SAMPLE = 4_096
_FIELD_EM, _FIGURE_EM = 13.5, 6.5
_ROWS, _MOST_ROWS = 3, 5
_MOST_REMARKS = 8


class StepLine(PaintedText):
    """Which step of a few this is: numbers in a line, the one of now filled, with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._now = 0
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_step(self, names: Sequence[str], now: int, spoken: str) -> None:
        """Shows the steps; `now` counts from 0."""
        self._names, self._now = tuple(plain(name) for name in names), now
        self.setAccessibleName(plain(spoken))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.setFixedHeight(round(3.6 * base_px))

    def sizeHint(self) -> QSize:  # noqa: N802
        """A line of circles, a line of names."""
        return QSize(6 * TOUCH_PX, round(3.6 * self._base_px))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the circles and the names that fit."""
        if not self._names:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        each, radius = self.width() / len(self._names), 0.95 * self._base_px
        y = radius + 2
        small = font(type_px(self._base_px, -1))
        fit = all(QFontMetricsF(small).horizontalAdvance(name) <= each - GRID_PX for name in self._names)
        painter.setPen(QPen(QColor(theme.line), 2))
        painter.drawLine(QPointF(each / 2, y), QPointF(self.width() - each / 2, y))
        for place, name in enumerate(self._names):
            middle = QPointF(each * (place + 0.5), y)
            is_now, is_past = place == self._now, place < self._now
            ground = theme.focus if is_now else theme.raised
            painter.setPen(QPen(QColor(theme.focus if is_now or is_past else theme.line), 2))
            painter.setBrush(QColor(ground))
            painter.drawEllipse(middle, radius, radius)
            painter.setPen(QColor(text_on(theme.focus) if is_now else theme.text if is_past else theme.muted))
            painter.setFont(font(type_px(self._base_px, -1), QFont.Weight.Medium))
            circle = QRectF(middle.x() - radius, y - radius, 2 * radius, 2 * radius)
            draw_line(painter, circle, Qt.AlignmentFlag.AlignHCenter, str(place + 1))
            if fit or is_now:
                wide = each if fit else min(self.width(), 3 * each)
                left = min(max(0.0, middle.x() - wide / 2), self.width() - wide)
                below = QRectF(left, y + radius, wide, self.height() - y - radius)
                painter.setPen(QColor(theme.text if is_now else theme.muted))
                painter.setFont(small)
                draw_line(painter, below, Qt.AlignmentFlag.AlignHCenter, name)
        painter.end()


class DropZone(QWidget):
    """Where a file is dropped, or chosen by a key."""

    dropped = Signal(object)
    """A `Path`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._theme = THEMES[ThemeName.DARK]
        self._is_over = False
        self.title, self.text = PlainParagraph(self), PlainParagraph(self)
        self.choose = key("", self)
        set_tone(self.choose, "main")
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        column.setSpacing(GRID_PX)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.text.setStyleSheet(f"color: {theme.muted};")
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        self.text.setFont(font(base_px))
        self.choose.setFont(font(base_px))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """One file of this computer is taken, and nothing else."""
        if _file_of(event) is not None:
            self._be_over(is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802, ARG002
        """It went elsewhere."""
        self._be_over(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Tells which file it is."""
        self._be_over(is_over=False)
        found = _file_of(event)
        if found is not None:
            event.acceptProposedAction()
            self.dropped.emit(found)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the edge; it is filled while a file is held over it."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.focus if self._is_over else theme.line), 2, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(theme.sunken if self._is_over else theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), GRID_PX, GRID_PX)
        painter.end()

    def _be_over(self, *, is_over: bool) -> None:
        self._is_over = is_over
        self.update()


def _file_of(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


class FileFace(QWidget):
    """The file, and the imports that somebody left half-way."""

    go_on_wanted = Signal(str)
    throw_away_wanted = Signal(str)
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zone = DropZone(self)
        self.jobs_title, self.jobs_text = plain_label("", self), PlainParagraph(self)
        self.jobs = RowList("", self)
        self.jobs.chosen.connect(lambda _: self._let())
        self.go_on_key, self.throw_key, self.forget_key = (FittedKey(self) for _ in range(3))
        self.go_on_key.clicked.connect(lambda: self.go_on_wanted.emit(self.jobs.current))
        self.throw_key.clicked.connect(lambda: self.throw_away_wanted.emit(self.jobs.current))
        self.forget_key.clicked.connect(self.forget_wanted)
        self.keys = Wrapped(12.0, parent=self)
        self.keys.show_parts((self.go_on_key, self.throw_key, self.forget_key))
        self._open: frozenset[str] = frozenset()
        self._base_px = 16
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        for part in (self.zone, self.jobs_title, self.jobs_text, self.jobs, self.keys):
            column.addWidget(part)

    def say(self, words: ImportWords) -> None:
        """Says everything in the language of now."""
        said = words.wizard
        self.zone.title.show_text(said.drop)
        self.zone.text.show_text(said.drop_or.fill(most=MAX_MB))
        show_on_button(self.zone.choose, said.choose)
        self.jobs_title.show_text(said.unfinished)
        self.jobs_text.show_text(said.unfinished_text)
        self.jobs.setAccessibleName(plain(said.unfinished))
        for each, text in (
            (self.go_on_key, said.go_on),
            (self.throw_key, said.throw_away),
            (self.forget_key, said.forget_done),
        ):
            each.show_text(text)

    def show_jobs(self, rows: Sequence[ListRow], unfinished: frozenset[str], *, has_done: bool) -> None:
        """Shows the imports of the event; `unfinished` names those that can be gone on with."""
        self._open = unfinished
        self.jobs.show_rows(tuple(rows))
        for part in (self.jobs_title, self.jobs_text, self.jobs, self.keys):
            part.setVisible(bool(rows))
        self.forget_key.setEnabled(has_done)
        self._fit_list()
        self._let()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.zone.show_theme(theme)
        self.jobs.show_theme(theme)
        self.jobs_text.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.zone.show_base(base_px)
        self.jobs.show_base(base_px)
        self._base_px = base_px
        self._fit_list()
        self.jobs_title.setFont(font(base_px, QFont.Weight.Medium))
        self.jobs_text.setFont(font(type_px(base_px, -1)))
        for each in (self.go_on_key, self.throw_key, self.forget_key):
            each.setFont(font(base_px))
        self.keys.show_base(base_px)

    def _fit_list(self) -> None:
        self.jobs.setFixedHeight(_list_px(self._base_px, min(_ROWS, len(self.jobs.rows) or 1)))

    def _let(self) -> None:
        is_chosen = any(row.name == self.jobs.current for row in self.jobs.rows)
        self.go_on_key.setEnabled(is_chosen and self.jobs.current in self._open)
        self.throw_key.setEnabled(is_chosen)


class Labelled(QWidget):
    """A field below what it is called."""

    def __init__(self, label: str, field: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self.field = plain_label(label, self), field
        field.setParent(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.label)
        column.addWidget(field)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.label.setStyleSheet(f"color: {theme.muted};")
        if isinstance(self.field, ChoiceBox):
            self.field.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.label.setFont(font(type_px(base_px, -1)))
        self.field.setFont(font(base_px))


class ColumnsFace(QWidget):
    """Whose list it is, whose column is what, and what its words for classes mean here."""

    changed = Signal()
    """Something was chosen or typed otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self.source = entry("", MAX_SOURCE, self)
        self.source.textChanged.connect(lambda _: self.changed.emit())
        self.preset = ChoiceBox("", self)
        self.preset.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.source_cell = Labelled("", self.source, self)
        self.preset_cell = Labelled("", self.preset, self)
        self.source_text = PlainParagraph(self)
        self.head = Wrapped(20.0, most=2, parent=self)
        self.head.show_parts((self.source_cell, self.preset_cell))
        self.fields = Wrapped(_FIELD_EM, most=3, parent=self)
        self.classes_title = PlainParagraph(self)
        self.classes = Wrapped(_FIELD_EM, most=3, parent=self)
        self.cancel_missing = RowKey(self)
        self.classes_title.hide()
        self._boxes: dict[Field, ChoiceBox] = {}
        self._words: dict[str, ChoiceBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        for part in (self.head, self.source_text, self.fields, self.classes_title, self.classes, self.cancel_missing):
            column.addWidget(part)

    @property
    def fields_in_order(self) -> tuple[QWidget, ...]:
        """As they are read."""
        return (self.source, self.preset, *self._boxes.values(), *self._words.values(), self.cancel_missing)

    @property
    def columns(self) -> dict[Field, str]:
        """What was chosen over the preset."""
        return {field: box.chosen for field, box in self._boxes.items() if box.chosen != AUTOMATIC}

    @property
    def class_names(self) -> dict[str, str]:
        """Which class a word of the list means."""
        return {word: box.chosen for word, box in self._words.items() if box.chosen != MISSING}

    @property
    def chosen_preset(self) -> Preset:
        """Whose export it is."""
        return Preset(self.preset.chosen or Preset.DOORLIGHT)

    def say(self, words: ImportWords) -> None:
        """Says everything in the language of now."""
        said = words.columns
        self.source_cell.label.show_text(said.source)
        self.source.setAccessibleName(plain(said.source))
        self.preset_cell.label.show_text(said.preset)
        self.preset.show_name(said.preset)
        self.preset.show_choices(
            (
                (Preset.DOORLIGHT.value, said.preset_doorlight),
                (Preset.PRETIX.value, said.preset_pretix),
                (Preset.EVENTBRITE.value, said.preset_eventbrite),
            )
        )
        self.source_text.show_text(said.source_text)
        self.classes_title.show_text(said.classes)
        self.classes_title.setVisible(bool(self._words))
        self.cancel_missing.show_row(RowText(said.cancel_missing, "", is_ticked=self.cancel_missing.isChecked()))

    def show_columns(self, choices: Sequence[ColumnChoice]) -> None:
        """Offers the columns of a list."""
        before = {field: box.chosen for field, box in self._boxes.items()}
        self._boxes = {}
        cells = []
        for choice in choices:
            box = self._box(choice.label, choice.choices, before.get(choice.field, AUTOMATIC))
            self._boxes[choice.field] = box
            cells.append(self._cell(choice.label, box))
        self.fields.show_parts(cells)

    def show_classes(self, choices: Sequence[ClassChoice]) -> None:
        """Offers the event's classes for the words that it does not know."""
        if [choice.word for choice in choices] == list(self._words):
            return
        before = {word: box.chosen for word, box in self._words.items()}
        self._words = {}
        cells = []
        for choice in choices:
            box = self._box(choice.word, choice.choices, before.get(choice.word, MISSING))
            self._words[choice.word] = box
            cells.append(self._cell(choice.word, box))
        self.classes.show_parts(cells)
        self.classes.setVisible(bool(cells))
        self.classes_title.setVisible(bool(cells))

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.source_text.setStyleSheet(f"color: {theme.muted};")
        self.cancel_missing.show_theme(theme)
        for part in self._cells():
            part.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.source_text.setFont(font(type_px(base_px, -1)))
        self.classes_title.setFont(font(base_px, QFont.Weight.Medium))
        for part in self._cells():
            part.show_base(base_px)
        for each in (self.head, self.fields, self.classes):
            each.show_base(base_px)
        self.cancel_missing.show_base(base_px)

    def _cells(self) -> list[Labelled]:
        parts = (self.source_cell, self.preset_cell, *self.fields.parts, *self.classes.parts)
        return [part for part in parts if isinstance(part, Labelled)]

    def _box(self, name: str, choices: Sequence[tuple[str, str]], chosen: str) -> ChoiceBox:
        box = ChoiceBox(name, self)
        box.show_choices(choices)
        box.choose(chosen)
        box.currentIndexChanged.connect(lambda _: self.changed.emit())
        return box

    def _cell(self, label: str, box: ChoiceBox) -> Labelled:
        cell = Labelled(label, box, self)
        cell.show_theme(self._theme)
        cell.show_base(self._base_px)
        return cell


class WorkFace(QWidget):
    """How far it is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ShareBar(theme, self)
        self.text = PlainParagraph(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2 * GRID_PX, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.bar)
        column.addWidget(self.text)

    def show_share(self, share: float, text: str, *, is_trouble: bool = False) -> None:
        """Shows how far it is, from 0 to 1, and says it."""
        self.bar.show_share(share, text)
        self.text.show_text(text)
        set_tone(self.text, "trouble" if is_trouble else "")

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.bar.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.text.setFont(font(base_px))


class OutlookFace(QWidget):
    """What a list would do, or did: figures, the ticket that is held up, the rows that somebody looks at."""

    sample_wanted = Signal(str)
    picture_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self.figures = Wrapped(_FIGURE_EM, most=6, parent=self)
        self.remarks = tuple(PlainParagraph(self) for _ in range(_MOST_REMARKS))
        self.allow = RowKey(self)
        self.sample_title, self.sample_text, self.found = (
            plain_label("", self),
            PlainParagraph(self),
            PlainParagraph(self),
        )
        self.sample = entry("", MAX_SAMPLE, self)
        self.sample.returnPressed.connect(lambda: self.sample_wanted.emit(self.sample.text()))
        self.picture = key("", self)
        self.picture.clicked.connect(self.picture_wanted)
        self.bad_title, self.bad_count = plain_label("", self), plain_label("", self)
        self.changed_title, self.changed_count = plain_label("", self), plain_label("", self)
        self.bad, self.changed = RowList("", self), RowList("", self)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addWidget(self.sample, 1)
        line.addWidget(self.picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        for part in (self.figures, *self.remarks, self.allow):
            column.addWidget(part)
        column.addSpacing(GRID_PX)
        column.addWidget(self.sample_title)
        column.addWidget(self.sample_text)
        column.addLayout(line)
        column.addWidget(self.found)
        for title, count, rows in (
            (self.bad_title, self.bad_count, self.bad),
            (self.changed_title, self.changed_count, self.changed),
        ):
            column.addSpacing(GRID_PX)
            column.addWidget(title)
            column.addWidget(count)
            column.addWidget(rows)

    @property
    def allows_cancel(self) -> bool:
        """Whether somebody agreed to the cancels."""
        return self.allow.isChecked() and not self.allow.isHidden()

    def say(self, words: ImportWords) -> None:
        """Says everything in the language of now."""
        sample, said = words.sample, words.preview
        self.sample_title.show_text(sample.title)
        self.sample_text.show_text(sample.text)
        self.sample.setAccessibleName(plain(sample.field))
        self.sample.setPlaceholderText(plain(sample.field))
        show_on_button(self.picture, sample.picture)
        for title, rows, text in (
            (self.bad_title, self.bad, said.bad_rows),
            (self.changed_title, self.changed, said.changed_rows),
        ):
            title.show_text(text)
            rows.setAccessibleName(plain(text))

    def show_outlook(self, text: OutlookText, allow: str, *, is_done: bool) -> None:
        """Shows it. `allow` is what can be agreed to; empty for nothing."""
        tiles = []
        for figure in text.figures:
            tile = FigureTile(self)
            tile.show_figure(figure)
            tile.show_theme(self._theme)
            tile.show_base(self._base_px)
            tiles.append(tile)
        self.figures.show_parts(tiles)
        for place, remark in enumerate(self.remarks):
            remark.show_text(text.remarks[place] if place < len(text.remarks) else "")
        self.allow.setVisible(bool(allow) and not is_done)
        self.allow.show_row(RowText(allow, "", is_ticked=False))
        for part in (self.sample_title, self.sample_text, self.sample, self.picture):
            part.setVisible(not is_done)
        self.found.show_text("")
        for title, count, rows, shown, of in (
            (self.bad_title, self.bad_count, self.bad, text.bad_rows, text.bad_count),
            (self.changed_title, self.changed_count, self.changed, text.changed_rows, text.changed_count),
        ):
            rows.show_rows(shown, stands_still=False)
            count.show_text(of)
            title.setVisible(bool(shown))
            rows.setVisible(bool(shown))
            count.setVisible(bool(of))
        self._fit_lists()

    def show_found(self, text: str, *, is_trouble: bool = False) -> None:
        """Says which row a ticket is."""
        self.found.show_text(text)
        set_tone(self.found, "trouble" if is_trouble else "")
        self.sample.selectAll()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.allow.show_theme(theme)
        for each in (self.sample_text, self.bad_count, self.changed_count):
            each.setStyleSheet(f"color: {theme.muted};")
        for part in (*self.figures.parts, self.bad, self.changed):
            if isinstance(part, FigureTile | RowList):
                part.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for part in (*self.figures.parts, self.bad, self.changed):
            if isinstance(part, FigureTile | RowList):
                part.show_base(base_px)
        for each in (self.sample_title, self.bad_title, self.changed_title):
            each.setFont(font(base_px, QFont.Weight.Medium))
        for each_text in (*self.remarks, self.found, self.sample, self.picture):
            each_text.setFont(font(base_px))
        for small in (self.sample_text, self.bad_count, self.changed_count):
            small.setFont(font(type_px(base_px, -1)))
        self.figures.show_base(base_px)
        self.allow.show_base(base_px)
        self._fit_lists()

    def _fit_lists(self) -> None:
        for rows in (self.bad, self.changed):
            rows.setFixedHeight(_list_px(self._base_px, min(_MOST_ROWS, len(rows.rows) or 1)))


def _list_px(base_px: int, rows: int = _ROWS) -> int:
    """So many rows of a list."""
    return rows * max(TOUCH_PX + GRID_PX, round(3.4 * base_px)) + GRID_PX

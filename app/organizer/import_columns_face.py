"""The second step of the import wizard: whose list it is, whose column is what, what its words for classes mean."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import (
    QFont,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.import_present import AUTOMATIC, MISSING, ClassChoice, ColumnChoice
from app.organizer.import_words import ImportWords
from app.organizer.wrapped import Wrapped
from app.widgets.choice_box import ChoiceBox
from app.widgets.form import entry
from app.widgets.plain_text import PlainParagraph, plain, plain_label
from app.widgets.row_key import RowKey, RowText
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.sync.shop_columns import Field, Preset

MAX_SOURCE = 64
_FIELD_EM = 13.5


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

"""Fields that are answered by a touch: yes or no, one of some, some of some.

Owns that each answer is a row that can be touched, told with a tick and not with a colour.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.widgets.fields import WIDEST, Field
from app.widgets.row_key import RowKey, RowText
from app.widgets.tab_order import tab_with_more
from app.widgets.theme import THEMES, Theme, ThemeName


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its value, what it is called, a few words more."""

    value: object
    title: str
    line: str = ""


class _Rows(Field):
    """Rows to tick."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RowKey] = []
        self._options: tuple[Option, ...] = ()
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16

    def show_options(self, options: Sequence[Option]) -> None:
        """What can be ticked; what is ticked stays so where it is still among them."""
        self._options = tuple(options)
        while len(self.rows) < len(options):
            self.rows.append(self._row(len(self.rows)))
            tab_with_more(self)
        self._show()

    def parts(self) -> list[QWidget]:
        """The rows."""
        return list(self.rows[: len(self._options)])

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self._theme = theme
        for each in self.rows:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self._base_px = base_px
        for each in self.rows:
            each.show_base(base_px)
            each.setMaximumWidth(WIDEST * base_px)

    def _is_ticked(self, option: Option) -> bool:
        raise NotImplementedError

    def _take(self, option: Option) -> None:
        raise NotImplementedError

    def _name_parts(self, name: str) -> None:
        """A row is called by its answer."""

    def _row(self, place: int) -> RowKey:
        made = RowKey(self)
        made.show_theme(self._theme)
        made.show_base(self._base_px)
        made.setMaximumWidth(WIDEST * self._base_px)
        made.clicked.connect(lambda _=False: self._press(place))
        self.body.addWidget(made)
        return made

    def _press(self, place: int) -> None:
        self._take(self._options[place])
        self._show()
        self._note_change()

    def _show(self) -> None:
        for place, each in enumerate(self.rows):
            each.setVisible(place < len(self._options))
            if place < len(self._options):
                option = self._options[place]
                each.show_row(RowText(option.title, option.line, is_ticked=self._is_ticked(option)))


class ChoiceField(_Rows):
    """One of some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: object = None

    @property
    def value(self) -> object:
        """The answer."""
        return self._chosen

    def _is_ticked(self, option: Option) -> bool:
        return option.value == self._chosen

    def _take(self, option: Option) -> None:
        self._chosen = option.value

    def _put(self, value: object) -> None:
        self._chosen = value
        self._show()


class TicksField(_Rows):
    """Some of some, in the order of the options."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: list[object] = []

    @property
    def value(self) -> list[object]:
        """The answers; those that are no option any more stay at the end, until somebody unticks everything."""
        known = [each.value for each in self._options]
        return [each for each in known if each in self._chosen] + [each for each in self._chosen if each not in known]

    def _is_ticked(self, option: Option) -> bool:
        return option.value in self._chosen

    def _take(self, option: Option) -> None:
        if option.value in self._chosen:
            self._chosen.remove(option.value)
        else:
            self._chosen.append(option.value)

    def _put(self, value: object) -> None:
        self._chosen = list(value) if isinstance(value, Collection) else []
        self._show()


class TickField(_Rows):
    """Yes or no: one row, whose words are the field's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_yes = False

    @property
    def value(self) -> bool:
        """Whether it is ticked."""
        return self._is_yes

    def say(self, name: str, help_text: str = "") -> None:
        """Says what a tick means; below, more of it."""
        super().say(name, help_text)
        self._title.hide()
        self.show_options([Option(True, name)])

    def _is_ticked(self, option: Option) -> bool:  # noqa: ARG002
        return self._is_yes

    def _take(self, option: Option) -> None:  # noqa: ARG002
        self._is_yes = not self._is_yes

    def _put(self, value: object) -> None:
        self._is_yes = bool(value)
        self._show()

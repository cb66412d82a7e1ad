"""One of a few choices, a key each: the one that is chosen is filled, and says so to a screen reader."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.organizer.wrapped import Wrapped
from app.widgets.fitted_key import FittedKey
from app.widgets.form import set_tone
from app.widgets.plain_text import plain
from app.widgets.theme import TOUCH_PX
from app.widgets.typeface import font


class PickKeys(Wrapped):
    """The keys, each reached by Tab; `picked` tells the value of another choice, whoever made it."""

    picked = Signal(str)

    def __init__(self, name: str, em: float = 8.0, parent: QWidget | None = None) -> None:
        super().__init__(em, parent=parent)
        self.setAccessibleName(plain(name))
        self.keys: dict[str, FittedKey] = {}

    @property
    def chosen(self) -> str:
        """The value that is chosen; empty for none."""
        return next((value for value, key in self.keys.items() if key.isChecked()), "")

    def show_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offers values with their texts; none is chosen."""
        self.keys = {value: self._key(value, text) for value, text in choices}
        self.show_parts(tuple(self.keys.values()))

    def pick(self, value: str) -> None:
        """Chooses a value in place of another."""
        for each, key in self.keys.items():
            key.setChecked(each == value)
            set_tone(key, "main" if each == value else "")
        self.picked.emit(value)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for key in self.keys.values():
            key.setFont(font(base_px))
        super().show_base(base_px)

    def _key(self, value: str, text: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setCheckable(True)
        made.setMinimumHeight(TOUCH_PX)
        made.setFont(font(self._base_px))
        made.clicked.connect(lambda: self.pick(value))
        return made

"""A field for a time zone: a few letters of a city find it, and what the clock shows there says that it is the one."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from PySide6.QtWidgets import QWidget

from app.organizer.setup.section_words import EventWords
from app.widgets.fields import WIDEST, Field
from app.widgets.form import entry
from app.widgets.moment_field import offset_text
from app.widgets.plain_text import PlainParagraph, show_in_line
from app.widgets.row_key import RowKey, RowText
from app.widgets.theme import Theme, type_px
from app.widgets.times import clock_text
from app.widgets.typeface import font
from core.sync.event_flaws import is_time_zone

MOST_FOUND = 5
_LONGEST = 64
_OLD_NAMES = ("posix/", "right/", "SystemV/", "Etc/", "US/")


@cache
def zone_names() -> tuple[str, ...]:
    """All time zones of this computer (IANA), without spellings that nobody looks for."""
    return tuple(sorted(name for name in available_timezones() if not name.startswith(_OLD_NAMES)))


def found_zones(text: str, most: int = MOST_FOUND) -> tuple[str, ...]:
    """The zones whose name has these letters, those whose city begins with them in front."""
    wanted = "_".join(text.casefold().split())
    if not wanted:
        return ()
    named = [name for name in zone_names() if wanted in name.casefold()]
    return tuple(sorted(named, key=lambda name: not name.casefold().rpartition("/")[2].startswith(wanted)))[:most]


class ZoneField(Field):
    """A time zone by its name."""

    def __init__(self, words: EventWords, now_ms: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._now_ms = words, now_ms
        self.line = entry("", _LONGEST, self)
        self.line.textChanged.connect(self._search)
        self._told = PlainParagraph(self)
        self.body.addWidget(self.line)
        self.rows = [self._row(place) for place in range(MOST_FOUND)]
        self.body.addWidget(self._told)
        self._found: tuple[str, ...] = ()
        self._search()

    @property
    def value(self) -> str:
        """What stands there: a zone, once it is one."""
        return self.line.text().strip()

    @property
    def told(self) -> str:
        """What is said of it."""
        return self._told.text()

    def say_zone(self, words: EventWords) -> None:
        """Takes words, in the language of now."""
        self._words = words
        self._show()

    def parts(self) -> list[QWidget]:
        """The line and what it found."""
        return [self.line, *self.rows]

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self._told.setStyleSheet(f"color: {theme.muted};")
        for each in self.rows:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.line.setMaximumWidth(WIDEST * base_px)
        self.line.setFont(font(base_px))
        self._told.setFont(font(type_px(base_px, -1)))
        for each in self.rows:
            each.show_base(base_px)
            each.setMaximumWidth(WIDEST * base_px)

    def _put(self, value: object) -> None:
        show_in_line(self.line, str(value or ""))

    def _search(self) -> None:
        self._found = () if is_time_zone(self.value) else found_zones(self.value)
        self._show()
        self._note_change()

    def _show(self) -> None:
        for place, each in enumerate(self.rows):
            each.setVisible(place < len(self._found))
            if place < len(self._found):
                each.show_row(RowText(self._found[place].replace("_", " "), self._now_in(self._found[place])))
        if self.value and is_time_zone(self.value):
            self._told.show_text(self._now_in(self.value))
        else:
            self._told.show_text("" if self._found or not self.value else self._words.zone_none)

    def _now_in(self, name: str) -> str:
        zone, now_ms = ZoneInfo(name), self._now_ms()
        return self._words.zone_now.fill(time=clock_text(now_ms, zone), offset=offset_text(now_ms, zone))

    def _row(self, place: int) -> RowKey:
        made = RowKey(self)
        made.clicked.connect(lambda _=False: self._choose(place))
        self.body.addWidget(made)
        made.hide()
        return made

    def _choose(self, place: int) -> None:
        show_in_line(self.line, self._found[place])
        self.line.setFocus()

"""A field for a day and a time, by the clock on the wall of a time zone.

Owns that what was typed is read back in full (weekday, month, distance from UTC), that an hour which clocks skip is
refused, and that of an hour which comes twice somebody says which is meant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.widgets.fields import NUMBER_WIDE, Field
from app.widgets.form import entry, key
from app.widgets.plain_text import PlainParagraph, plain, show_in_line, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from app.widgets.words import Template
from core.model.moments import Millis
from core.model.wall_clock import Once, Skipped, Twice, is_second_time, meant_by, offset_minutes, on_the_wall

_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y%m%d")
_TIMES = ("%H:%M", "%H.%M", "%H%M", "%H")
_LONGEST, _TIME_WIDE = 10, 6


@dataclass(frozen=True, slots=True)
class MomentWords:
    """What is said of days and times."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    whole: Annotated[Template, "weekday", "day", "month", "year", "time", "offset"]
    day_hint: str
    time_hint: str
    day_name: Annotated[Template, "name"]
    time_name: Annotated[Template, "name"]
    earlier: Annotated[Template, "name"]
    later: Annotated[Template, "name"]
    no_day: str
    no_time: str
    missing: str
    skipped: Annotated[Template, "last", "next"]
    first: Annotated[Template, "time", "offset"]
    second: Annotated[Template, "time", "offset"]
    mean_first: str
    mean_second: str


class MomentField(Field):
    """A moment (unix ms), or None where nothing was typed."""

    def __init__(self, words: MomentWords, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._zone = words, zone
        self._means_second = False
        self.day, self.time = entry("", _LONGEST, self), entry("", 5, self)
        self.earlier, self.later = self._stepper("‹", -1), self._stepper("›", 1)
        self.other = key("", self)
        self.other.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.other.clicked.connect(self._mean_other)
        self._read = PlainParagraph(self)
        for line in (self.day, self.time):
            line.textChanged.connect(self._show_read)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        in_order: tuple[QWidget, ...] = (self.earlier, self.day, self.later, self.time)
        for each in in_order:
            row.addWidget(each)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self._read)
        self.body.addWidget(self.other)
        self._show_read()

    @property
    def value(self) -> "int | str | None":
        """The moment; what was typed where it is none; None where nothing was."""
        day, time = self.day.text().strip(), self.time.text().strip()
        if not day and not time:
            return None
        at_ms = self._at_ms()
        return f"{day} {time}" if at_ms is None else at_ms

    @property
    def own_trouble(self) -> str:
        """What is wrong with the day or the time."""
        if self.value is None:
            return ""
        if _parsed(self.day.text(), _DAYS) is None:
            return self._words.no_day
        if _parsed(self.time.text(), _TIMES) is None:
            return self._words.no_time
        meant = self._meant()
        if isinstance(meant, Skipped):
            return self._words.skipped.fill(last=f"{meant.last:%H:%M}", next=f"{meant.next:%H:%M}")
        return "" if meant is not None else self._words.no_day

    @property
    def read(self) -> str:
        """What it was taken for."""
        return self._read.text()

    def show_zone(self, zone: ZoneInfo) -> None:
        """The clock is another one's: what stands on the wall stays, and means another moment."""
        self._zone = zone
        self._quietly(self._show_read)

    def say_moment(self, words: MomentWords) -> None:
        """Takes words, in the language of now."""
        self._words = words
        self._name_parts(self.name)
        self._quietly(self._show_read)

    def parts(self) -> list[QWidget]:
        """Both lines, and the keys."""
        return [self.day, self.time, self.earlier, self.later, self.other]

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self._read.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.day.setFixedWidth(NUMBER_WIDE * base_px)
        self.time.setFixedWidth(_TIME_WIDE * base_px)
        for each in (self.day, self.time, self.earlier, self.later, self.other):
            each.setFont(font(base_px))
        self._read.setFont(font(type_px(base_px, -1)))

    def _put(self, value: object) -> None:
        if not isinstance(value, int):
            self.day.clear()
            self.time.clear()
            return
        local = on_the_wall(value, self._zone)
        self._means_second = is_second_time(value, self._zone)
        show_in_line(self.day, f"{local:%Y-%m-%d}")
        show_in_line(self.time, f"{local:%H:%M}")
        self._show_read()

    def _name_parts(self, name: str) -> None:
        said = self._words
        for part, told in ((self.day, said.day_name), (self.time, said.time_name)):
            part.setAccessibleName(plain(told.fill(name=name)))
        for pressed, told in ((self.earlier, said.earlier), (self.later, said.later)):
            pressed.setAccessibleName(plain(told.fill(name=name)))
        self.day.setPlaceholderText(said.day_hint)
        self.time.setPlaceholderText(said.time_hint)

    def _local(self) -> datetime | None:
        day, time = _parsed(self.day.text(), _DAYS), _parsed(self.time.text(), _TIMES)
        return None if day is None or time is None else datetime.combine(day.date(), time.time())

    def _meant(self) -> Once | Twice | Skipped | None:
        local = self._local()
        if local is None:
            return None
        try:
            return meant_by(local, self._zone)
        except (ValueError, OverflowError):
            return None

    def _at_ms(self) -> Millis | None:
        match self._meant():
            case Once(at_ms):
                return at_ms
            case Twice(first_ms, second_ms):
                return second_ms if self._means_second else first_ms
            case _:
                return None

    def _show_read(self) -> None:
        meant, at_ms = self._meant(), self._at_ms()
        told = "" if at_ms is None else moment_text(at_ms, self._zone, self._words)
        if isinstance(meant, Twice) and at_ms is not None:
            which = self._words.second if self._means_second else self._words.first
            told = which.fill(time=told, offset=offset_text(at_ms, self._zone))
        self._read.show_text(told)
        show_on_button(self.other, self._words.mean_first if self._means_second else self._words.mean_second)
        self.other.setVisible(isinstance(meant, Twice))
        self._note_change()

    def _mean_other(self) -> None:
        self._means_second = not self._means_second
        self._show_read()

    def _stepper(self, text: str, days: int) -> QPushButton:
        made = key(text, self)
        made.setFixedWidth(TOUCH_PX + GRID_PX)
        made.clicked.connect(lambda _=False: self._step(days))
        return made

    def _step(self, days: int) -> None:
        day = _parsed(self.day.text(), _DAYS)
        if day is not None:  # its year has four digits, and so has that of the next day
            show_in_line(self.day, f"{day + timedelta(days=days):%Y-%m-%d}")


def moment_text(at_ms: int, zone: ZoneInfo, words: MomentWords) -> str:
    """`Thursday, 31 December 2026, 20:00 (UTC+01:00)`."""
    local = on_the_wall(at_ms, zone)
    return words.whole.fill(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        offset=offset_text(at_ms, zone),
    )


def offset_text(at_ms: int, zone: ZoneInfo) -> str:
    """`UTC+01:00`."""
    minutes = offset_minutes(at_ms, zone)
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _parsed(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007  what the wall shows has no zone
        except ValueError:
            continue
        if form not in _DAYS or 1970 <= found.year <= 9998:
            return found
    return None

"""An event once more at another date: every date is shown, before and after, ahead of the deed.

Owns that what is shown is what the server would do: both ask `core.sync.event_copy`.
"""

from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.setup import questions
from app.organizer.setup.checking import Bound
from app.organizer.setup.present import failure_text
from app.organizer.setup.setup_words import SetUpWords
from app.organizer.surroundings import Surroundings
from app.widgets.fields import TextField
from app.widgets.form import key, set_tone
from app.widgets.moment_field import MomentField, moment_text
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.event_copy import CopyReply, DateKind, Shift, longer_by_ms, moved_to, shifts
from core.sync.event_flaws import FlawKind
from core.sync.messages import MAX_NAME, EventRow

_HOUR_MS = 3_600_000


class CopyForm(QWidget):
    """Name, start, all dates, and the key."""

    changed = Signal()
    made = Signal(str)
    """The new event's id (32 hex digits)."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._source: EventRow | None = None
        self._is_touched = False
        self.name, self.starts = TextField(MAX_NAME), MomentField(at.words.set_up.moments, at.zone)
        self._build()

    @property
    def is_unsaved(self) -> bool:
        """Whether somebody has begun to make a copy."""
        return self._is_touched

    @property
    def preview(self) -> list[str]:
        """What is said of the dates, line by line."""
        return [each.text() for each in self._lines if not each.isHidden()]

    @property
    def message(self) -> str:
        """What is said of the whole."""
        return self._message.text()

    def show_source(self, row: EventRow) -> None:
        """Which event is copied; what was typed stays."""
        is_other = self._source is None or self._source.event != row.event
        self._source = row
        if is_other:
            self._is_touched = False
            self.starts.show_zone(ZoneInfo(row.time_zone))
            self.starts.show_value(None)
            self.name.show_value(self.at.words.set_up.copy.new_name.fill(name=row.name)[:MAX_NAME])
        self._show_preview()

    def copy(self) -> None:
        """Makes the event, once nothing is wrong."""
        words, start = self.at.words.set_up, self.starts.value
        self._message.show_text("")
        trouble = self.starts.own_trouble or (words.moments.missing if start is None else "")
        self.starts.show_trouble(trouble)
        self.name.show_trouble("" if self.name.value else words.bounds[Bound.MISSING].fill(limit=""))
        if self._source is None or not isinstance(start, int) or trouble or not self.name.value:
            return
        self.copy_key.setEnabled(False)
        self.at.desk.do(questions.copy(self._source.event, start, self.name.value), self._hear)

    def say(self) -> None:
        """In the language of now."""
        words = self.at.words.set_up
        said = words.copy
        self._intro.show_text(said.intro)
        self.name.say(said.name)
        self.starts.say(said.starts)
        self.starts.say_moment(words.moments)
        show_on_button(self.copy_key, said.copy)
        self._message.show_text("")
        self._show_preview()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in (self.name, self.starts):
            each.show_theme(theme)
        self._message.setStyleSheet(f"color: {theme.notice};")
        self._intro.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        for field in (self.name, self.starts):
            field.show_base(base_px)
        for part in (self._intro, self._message, self.copy_key, *self._lines):
            part.setFont(font(base_px))

    def _note_change(self) -> None:
        self._is_touched = True
        self._show_preview()
        self.changed.emit()

    def _show_preview(self) -> None:
        lines = self._told() if self._source is not None else []
        while len(self._lines) < len(lines):
            made = PlainParagraph(self)
            made.setFont(font(self._base_px))
            self._lines.append(made)
            self._preview.addWidget(made)
        for place, each in enumerate(self._lines):
            each.show_text(lines[place] if place < len(lines) else "")
        self.copy_key.setEnabled(self.at.desk.may(Right.CREATE_EVENT) and bool(lines))

    def _told(self) -> list[str]:
        start, source, words = self.starts.value, self._source, self.at.words.set_up
        if source is None or not isinstance(start, int):
            return []
        try:
            after = moved_to(source, start, self.name.value)
        except ValueError:
            return [words.flaws[FlawKind.BEYOND_CALENDAR]]
        lines = [words.copy.preview, *(shift_text(each, source, words) for each in shifts(source, after))]
        hours = longer_by_ms(source, after) / _HOUR_MS
        if hours:
            said = words.copy.longer if hours > 0 else words.copy.shorter
            lines.append(said.fill(hours=f"{abs(hours):g}"))
        return lines

    def _hear(self, told: "Done[CopyReply] | Later | Rejected") -> None:
        self.copy_key.setEnabled(True)
        match told:
            case Done(value=reply):
                self._is_touched = False
                self.at.teller.tell(self.at.words.set_up.copy.made.fill(name=reply.event.policy.name))
                self.made.emit(reply.event.policy.event)
            case Rejected() | Later():
                self._message.show_text(failure_text(told, self.at.words))
            case _:
                assert_never(told)

    def _build(self) -> None:
        self._base_px = self.at.base_px
        self._intro, self._message = PlainParagraph(self), PlainParagraph(self)
        self._message.hide()
        self._lines: list[PlainParagraph] = []
        self._preview = QVBoxLayout()
        self._preview.setSpacing(GRID_PX)
        self.copy_key = key("", self)
        set_tone(self.copy_key, "main")
        self.copy_key.clicked.connect(lambda _=False: self.copy())
        for each in (self.name, self.starts):
            each.changed.connect(self._note_change)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID_PX)
        for part in (self._intro, self.name, self.starts):
            column.addWidget(part)
        column.addLayout(self._preview)
        column.addWidget(self._message)
        column.addWidget(self.copy_key)
        column.setAlignment(self.copy_key, Qt.AlignmentFlag.AlignLeft)


def shift_text(shift: Shift, source: EventRow, words: SetUpWords) -> str:
    """`Ends: Sunday, 5 July 2026, 04:00 (UTC+02:00)  →  Sunday, 4 July 2027, 04:00 (UTC+02:00)`."""
    said, zone = words.copy, ZoneInfo(source.time_zone)
    names = {
        DateKind.STARTS: said.starts_at,
        DateKind.ENDS: said.ends_at,
        DateKind.OLD_CODES_END: said.old_codes_end,
        DateKind.LEASE_ENDS: said.lease_ends,
        DateKind.CLASS_DAY: said.class_day.fill(name=shift.name),
    }
    before, after = (_at_text(each, zone, words) for each in (shift.before, shift.after))
    told = said.same.fill(before=before) if before == after else said.row.fill(before=before, after=after)
    return f"{names[shift.kind]}: {told}"


def _at_text(at: datetime | date, zone: ZoneInfo, words: SetUpWords) -> str:
    if isinstance(at, datetime):
        return moment_text(round(at.timestamp() * 1000), zone, words.moments)
    return at.isoformat()

"""The classes of tickets: what each buys, in one row, and its form behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from app.organizer.setup.class_form import ClassForm
from app.organizer.setup.list_section import ListSection
from app.organizer.surroundings import Surroundings
from app.widgets.item_list import Item
from app.widgets.row_key import RowText
from core.model.event import Reentry
from core.model.wall_clock import on_the_wall
from core.sync.answers import Rejected
from core.sync.messages import ClassRow, EventReply, EventRow

MOST_CLASSES = 200
_MOST_DAYS = 60
"""Days that are offered to choose from; a longer event names those that it has already."""
_LARGEST_ID = 0xFFFF


class ClassesSection(ListSection):
    """All classes. Their numbers stay: tickets carry them."""

    names = ("classes",)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        self.class_form = ClassForm(at)
        super().__init__(at, self.class_form, MOST_CLASSES, parent)

    def show_reply(self, reply: EventReply) -> None:
        """With the gates, days and alerts that there are to choose from now, also where something was typed."""
        row = reply.policy
        self.class_form.show_event(row.gates, days_of(row), row.attention)
        super().show_reply(reply)

    def say(self) -> None:
        """In the language of now."""
        said = self.at.words.set_up.classes
        self.list.say(add=said.add, done=said.done, remove=said.remove, empty=said.empty)
        self.class_form.say()
        if self.row is not None:
            self.class_form.show_event(self.row.gates, days_of(self.row), self.row.attention)

    def describe(self, item: Item) -> RowText:
        """Its name, how often, where."""
        said = self.at.words.set_up.classes
        if not item["opens_doors"]:
            return RowText(str(item["name"]), said.no_door)
        entries = said.one_entry if item["entries"] == 1 else said.some_entries.fill(count=item["entries"])
        parts = [entries, self._gates_told(item)]
        if item["reentry"] == Reentry.AFTER_EXIT:
            parts.append(said.returns)
        return RowText(str(item["name"]), " · ".join(filter(None, parts)))

    def fresh(self, others: Sequence[Item]) -> dict[str, Any]:
        """With the next number: one that was taken away may still be on somebody's ticket."""
        number = max((int(each["id"]) for each in others), default=0) + 1
        taken = {int(each["id"]) for each in others}
        id_ = number if number <= _LARGEST_ID else next(each for each in range(1, _LARGEST_ID) if each not in taken)
        return asdict(ClassRow(id_, self.at.words.set_up.classes.fresh.fill(number=len(others) + 1)))

    def place_refusal(self, refusal: Rejected) -> bool:
        """A class that was taken away has tickets: which, the server alone knows."""
        kept = {each["id"] for each in self.list.items}
        lost = [each["name"] for each in self._base["classes"] if each["id"] not in kept]
        if not lost or "tickets" not in refusal.detail:
            return False
        self.tell(self.at.words.set_up.classes.still_sold.fill(name=", ".join(lost)))
        return True

    def _gates_told(self, item: Item) -> str:
        if item["gates"] is None or self.row is None:
            return self.at.words.set_up.classes.every_gate if item["gates"] is None else ""
        return ", ".join(each.name for each in self.row.gates if each.id in item["gates"])


def days_of(row: EventRow) -> list[str]:
    """The event's own days (ISO 8601), with those that a class names already."""
    named = {day for each in row.classes for day in each.dates or ()}
    return sorted({*_days(row), *named})


def _days(row: EventRow) -> Iterator[str]:
    zone = ZoneInfo(row.time_zone)
    first, last = (on_the_wall(at_ms, zone).date() for at_ms in (row.starts_ms, row.ends_ms))
    for number in range(min((last - first).days + 1, _MOST_DAYS)):
        yield (first + timedelta(number)).isoformat()

"""Messages that died or wait: by reason and receiver, one page of them, one of them with all attempts.

Owns which messages are shown and which are chosen. What is said of them is `present_letters`'s.
"""

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.organizer.deliveries.deeds import Deeds
from app.organizer.deliveries.one_body import OneBody
from app.organizer.deliveries.pane import Pane
from app.organizer.deliveries.present_letters import (
    present_choices,
    present_heaps,
    present_letter,
    present_letters,
    present_waiting,
    which_of,
)
from app.organizer.deliveries.questions import ENDPOINTS, HEAPS, ON_A_PAGE, Chosen, Which, letter, letters, place_behind
from app.organizer.deliveries.rows_body import RowsBody, Turning
from app.organizer.deliveries.texts import Act, Reader
from app.organizer.panel import Panel
from app.organizer.surroundings import Surroundings
from app.widgets.choice_box import ChoiceBox
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.insight.question import Question
from core.model.roles import Right
from core.sync.delivery_replies import DeadHeap, EndpointRow, Letter, OpenLetter

MOST_CHOSEN = 1_000
"""Messages that a server lets one deed name."""
_SEVERAL, _OVER = "several", "over"
_ALL, _SOME = "all", "some"


class LettersPane(Pane):
    """One of two views: what is dead, or what waits."""

    def __init__(self, at: Surroundings, deeds: Deeds, *, is_dead: bool, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self._deeds = deeds
        self.which = Which(is_dead)
        self._places = [""]
        self._behind = ""
        self._rows: list[Letter] = []
        self._heaps: list[DeadHeap] = []
        self._endpoints: dict[str, EndpointRow] = {}
        self._open: OpenLetter | None = None
        self.chosen = ""
        self.ticked: set[str] | None = None
        self._build()
        deeds.done.connect(self._forget_ticks)
        deeds.busy_changed.connect(self._wait)

    # --- what its page asks -------------------------------------------------------------------------------------

    def know(self, endpoints: tuple[EndpointRow, ...]) -> None:
        """Takes the receivers, by whose addresses people know them."""
        known = {each.id: each for each in endpoints}
        if known != self._endpoints:
            self._endpoints = known
            for frame in self.frames:
                if frame.reading.value is not None:
                    frame.show_reading(frame.reading)
            self._offer()

    def reader(self) -> Reader:
        """Who reads, as of now."""
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms(), self._endpoints)

    def show_letter(self, id_: str) -> None:
        """Shows one message, whether it is in the list or not."""
        self.chosen = id_
        self.frames[2].ask(letter(id_))
        self._mark()
        self.go(2)

    def narrow(self, which: Which) -> None:
        """Shows other messages, from the first of them on."""
        self.which = which if self.which.is_dead else which.without_reason()
        self._places = [""]
        self.ticked = None if self.ticked is None else set()
        self._offer()
        self._show_heaps_again()
        self._ask()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        said = self.words.list
        for box, name in ((self.channel, said.channel), (self.endpoint, said.endpoint), (self.reason, said.reason)):
            box.show_name(name)
        self._offer()
        super().say_anew()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for box in self.boxes:
            box.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for box in self.boxes:
            box.setFont(font(base_px))

    def placeholder_text(self) -> str:
        """While no message is chosen; where there is none, nothing is to be chosen."""
        if self.level == 0:
            return "" if self.frames[0].reading.value == [] else self.words.list.choose_heap
        return self.words.list.choose

    def left(self, level: int) -> None:
        """Nothing is chosen any more."""
        if level < 2:
            self.chosen = ""
            self._mark()

    def place_parts(self) -> None:
        """The fields go with the lists."""
        super().place_parts()
        self.top.setVisible(not self.is_alone or self.level < 2)

    # --- by reason and receiver -----------------------------------------------------------------------------------

    def _make_heaps(self) -> RowsBody:
        body = RowsBody(self.words.list.heaps)
        body.chosen.connect(self._choose_heap)
        return body

    def _show_heaps(self, body: RowsBody, told: list[Any]) -> None:
        said, reader = self.words.list, self.reader()
        if self.which.is_dead:
            self._heaps = told
            self._offer()
            self._say_list_deeds()
            rows = present_heaps(told, Which(channel=self.which.channel), reader)
            nothing = (said.heaps_none, said.heaps_none_step)
        else:
            rows = present_waiting(told, Which(channel=self.which.channel), reader)
            nothing = (said.waiting_none, "")
        which = self.which
        body.show_rows(rows, f"{which.channel}\n{which.endpoint}\n{which.reason}", *nothing)
        self.say_placeholder()

    def _choose_heap(self, name: str) -> None:
        self.narrow(self._like(which_of(name)))
        self.go(1)

    def _like(self, other: Which) -> Which:
        return Which(self.which.is_dead, other.channel, other.endpoint, other.reason)

    # --- a page of them -------------------------------------------------------------------------------------------

    def _make_list(self) -> RowsBody:
        body = RowsBody(self.words.list.letters)
        body.chosen.connect(self._choose)
        body.turned.connect(self._turn)
        body.acted.connect(self._act_on_list)
        return body

    def _show_list(self, body: RowsBody, told: list[Letter]) -> None:
        said = self.words.list
        self._rows = told
        self._behind = place_behind(told[-1], self.which) if len(told) == ON_A_PAGE else ""
        nothing = (said.letters_none, said.letters_none_step) if self.which.is_narrowed else ("", "")
        if not self.which.is_narrowed:
            nothing = (said.heaps_none, said.heaps_none_step) if self.which.is_dead else (said.waiting_none, "")
        rows = present_letters(told, self.ticked or (), self.reader(), is_ticking=self.ticked is not None)
        body.show_rows(rows, self.chosen, *nothing)
        number = len(self._places)
        first, before, behind = (
            (said.newest, said.newer, said.older) if self.which.is_dead else (said.soonest, said.sooner, said.later)
        )
        place = said.page.fill(page=number) if number > 1 else first
        body.show_turning(Turning(before, behind, place, number > 1, bool(self._behind)))
        self._say_list_deeds()
        self.frames[1].show_footnote(self._footnote())

    def _footnote(self) -> str:
        if self.ticked is not None:
            return self.words.list.chosen.fill(count=len(self.ticked))
        return ""

    def _say_list_deeds(self) -> None:
        """The keys say how many they are about, which the heaps know: whichever of both comes last."""
        body = self.frames[1].body if len(self.frames) > 1 else None
        if isinstance(body, RowsBody):
            body.show_deeds(self._list_deeds())

    def _list_deeds(self) -> list[tuple[str, str, str]]:
        """The keys below the list: for all of the filter, or for those that were chosen."""
        said, may_change = self.words.deeds, self.at.desk.may(Right.CHANGE_DELIVERIES)
        if not (may_change and self.which.is_dead and self._rows):
            return []
        if self.ticked is None:
            return [
                (f"{Act.REPLAY}.{_ALL}", self._counted(said.replay_all, self._count()), ""),
                (f"{Act.DISCARD}.{_ALL}", self._counted(said.discard_all, self._count()), ""),
                (_SEVERAL, self.words.list.several, ""),
            ]
        count = len(self.ticked)
        return [
            (f"{Act.REPLAY}.{_SOME}", self._counted(said.replay_chosen, count), "main"),
            (f"{Act.DISCARD}.{_SOME}", self._counted(said.discard, count), "danger"),
            (_OVER, self.words.list.several_done, ""),
        ]

    def _counted(self, text: str, count: int) -> str:
        """A key says how much it is about, where that is known."""
        if not count:
            return text
        return self.words.list.view_count.fill(view=text, count=self.reader().number(count))

    def _count(self) -> int:
        """How many dead messages the filter has, as far as is known."""
        return sum(each.count for each in self._heaps if self.which.covers(each))

    def _act_on_list(self, name: str) -> None:
        act, _, scope = name.partition(".")
        if name in {_SEVERAL, _OVER}:
            self.ticked = set() if name == _SEVERAL else None
            self._show_again()
            return
        if scope == _SOME and not self.ticked:
            return
        chosen, count = self._all(), self._count()
        if scope == _SOME and self.ticked:
            chosen, count = Chosen(tuple(sorted(self.ticked))), len(self.ticked)
        if act == Act.REPLAY:
            self._deeds.replay(chosen, count)
        else:
            self._deeds.discard(chosen)

    def _all(self) -> Chosen:
        """All of the filter that are there by now: what is made while somebody reads the question is not touched."""
        return Chosen(which=self.which, before_ms=self.at.desk.now_ms())

    def _choose(self, id_: str) -> None:
        if self.ticked is None:
            self.show_letter(id_)
            return
        if id_ in self.ticked:
            self.ticked.remove(id_)
        elif len(self.ticked) < MOST_CHOSEN:
            self.ticked.add(id_)
        self._show_again()

    def _turn(self, by: int) -> None:
        if by > 0 and self._behind:
            self._places.append(self._behind)
        elif by < 0 and len(self._places) > 1:
            self._places.pop()
        self._ask()

    def _ask(self) -> None:
        body = self.frames[1].body
        if isinstance(body, RowsBody):
            body.begin_anew()
        self.frames[1].ask(letters(self.which, self._places[-1]))

    def _forget_ticks(self) -> None:
        if self.ticked is not None:
            self.ticked = None
            self._show_again()

    def _show_again(self) -> None:
        if self.frames[1].reading.value is not None:
            self.frames[1].show_reading(self.frames[1].reading)

    def _show_heaps_again(self) -> None:
        if self.frames[0].reading.value is not None:
            self.frames[0].show_reading(self.frames[0].reading)

    def _mark(self) -> None:
        body = self.frames[1].body
        if isinstance(body, RowsBody):
            body.list.mark(self.chosen)

    # --- one of them ----------------------------------------------------------------------------------------------

    def _make_one(self) -> OneBody:
        body = OneBody()
        body.wanted.connect(self._act)
        return body

    def _show_one(self, body: OneBody, told: OpenLetter) -> None:
        self._open = told
        may_change = self.at.desk.may(Right.CHANGE_DELIVERIES)
        body.show_one(present_letter(told, self.reader(), may_change=may_change))

    def _act(self, name: str) -> None:
        told = self._open
        if told is None:
            return
        chosen = Chosen((told.message.id,))
        match Act(name):
            case Act.REPLAY:
                self._deeds.replay(chosen, 1)
            case Act.DISCARD:
                self._deeds.discard(chosen)
            case Act.ADDRESS:
                row = self._endpoints.get(told.message.endpoint or "")
                if row is not None:
                    self._deeds.change_address(row)
            case Act.RECIPIENT:
                self._deeds.change_recipient(told.message)
            case _:
                pass

    def _wait(self, is_busy: bool) -> None:
        body = self.frames[2].body
        if isinstance(body, OneBody):
            body.wait(is_waiting=is_busy)

    def _title(self) -> str:
        told = self.frames[2].reading.value if len(self.frames) > 2 else None
        return "" if told is None else self.reader().kind(told.message.kind)

    # --- its parts ------------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        """What the fields offer, and what is chosen in them; nobody has touched them."""
        reader, which = self.reader(), self.which
        choices = present_choices(self._heaps if which.is_dead else [], which, reader)
        for box, offered, chosen in (
            (self.channel, choices.channels, which.channel),
            (self.endpoint, choices.endpoints, which.endpoint),
            (self.reason, choices.reasons, which.reason),
        ):
            was_blocked = box.blockSignals(True)
            box.show_choices(offered)
            box.choose(chosen)
            box.blockSignals(was_blocked)
        self.reason.setVisible(which.is_dead)

    def _pick(self) -> None:
        self.narrow(Which(self.which.is_dead, self.channel.chosen, self.endpoint.chosen, self.reason.chosen))
        if self.level == 0:
            self.go(1)

    def _build(self) -> None:
        row = QHBoxLayout(self.top)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID_PX)
        self.channel, self.endpoint, self.reason = (ChoiceBox("", self.top) for _ in range(3))
        self.boxes = (self.channel, self.endpoint, self.reason)
        for box, share in zip(self.boxes, (2, 3, 3), strict=True):
            box.currentIndexChanged.connect(lambda _: self._pick())
            row.addWidget(box, share)
        first: Question[Any] = HEAPS if self.which.is_dead else ENDPOINTS
        name = "deliveries" if self.which.is_dead else "waiting"
        heaps = Panel(f"{name}.heaps", lambda: self.words.list.heaps, self._make_heaps, self._show_heaps, first)
        self.put(heaps, 5)
        self.put(Panel(f"{name}.list", lambda: self.words.list.letters, self._make_list, self._show_list), 5)
        self.put(Panel(f"{name}.one", self._title, self._make_one, self._show_one), 6)
        self.end(6)
        self.frames[1].ask(letters(self.which))

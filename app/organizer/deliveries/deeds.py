"""What is done from the page of deliveries: counted by the server first, asked before, told how it went.

Owns the questions before a deed and the sentences after it. Nothing is done twice for one yes, and nothing is counted
here: how many messages a deed touches the server says.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.organizer.deliveries.present_endpoints import GIVEN_UP, GONE
from app.organizer.deliveries.questions import Chosen, changing, discarding, readdressing, replaying, running, testing
from app.organizer.deliveries.typed_sheet import TypedSheet
from app.organizer.deliveries.words import DeedWords
from app.organizer.refusals import refusal_text
from app.organizer.surroundings import Confirmation, Surroundings
from app.widgets.times import number_text
from core.insight.question import Deed
from core.sync.answers import Done, Later, Rejected
from core.sync.delivery_replies import EndpointRow, Letter, PutIn, TouchedReply
from core.sync.ticket_messages import MailedReply

T = TypeVar("T")
TYPED_FROM = 20
"""Messages: from here on their number is typed before they are given up."""
MOST_WHY, MOST_TARGET, MOST_EMAIL = 200, 2_048, 254


class Deeds(QObject):
    """The deeds of one page."""

    sheet_wanted = Signal(object)
    """A sheet to be shown in the place of the page."""
    busy_changed = Signal(bool)
    done = Signal()
    """Messages were sent again or given up."""
    tested = Signal(str, str)
    """A receiver, and the id of the test message that is on its way to it."""

    def __init__(self, at: Surroundings, parent: QObject) -> None:
        super().__init__(parent)
        self._at = at
        self._is_busy = False

    @property
    def _said(self) -> DeedWords:
        return self._at.words.deliveries.deeds

    # --- messages -------------------------------------------------------------------------------------------------

    def replay(self, chosen: Chosen, most: int) -> None:
        """Sends dead messages again. `most` is how many are chosen: the others of them have nobody to go to."""
        self._do(replaying(chosen, is_trial=True), partial(self._ask_replay, chosen, most))

    def _ask_replay(self, chosen: Chosen, most: int, counted: TouchedReply) -> None:
        said, count = self._said, counted.touched
        if count == 0:
            self._tell(said.replayed_none)
            return
        left = said.replay_left.fill(count=self._number(most - count)) if most > count else ""
        title = said.replay_title_one if count == 1 else said.replay_title.fill(count=self._number(count))
        asked = Confirmation(title, " ".join(filter(None, (said.replay_text, left))), said.replay)
        self._at.teller.ask(asked, partial(self._do, replaying(chosen, is_trial=False), self._replayed))

    def _replayed(self, reply: TouchedReply) -> None:
        said = self._said
        texts = {0: said.replayed_none, 1: said.replayed_one}
        self._tell(texts.get(reply.touched) or said.replayed.fill(count=self._number(reply.touched)))
        self.done.emit()

    def discard(self, chosen: Chosen) -> None:
        """Gives dead messages up, for a reason that is typed."""
        self._do(discarding(chosen, "", is_trial=True), partial(self._ask_discard, chosen))

    def _ask_discard(self, chosen: Chosen, counted: TouchedReply) -> None:
        said, count = self._said, counted.touched
        if count == 0:
            self._tell(said.nothing)
            return
        title = said.discard_title_one if count == 1 else said.discard_title.fill(count=self._number(count))
        sheet = TypedSheet(self._at, said.discard_why, said.discard_yes, most=MOST_WHY, tone="danger")
        sheet.show_head(title, text=said.discard_text)
        sheet.decided.connect(partial(self._discard_or_ask, sheet, chosen, count, title))
        self.sheet_wanted.emit(sheet)

    def _discard_or_ask(self, sheet: TypedSheet, chosen: Chosen, count: int, title: str, why: str) -> None:
        deed = discarding(chosen, why, is_trial=False)
        act = partial(self._do_on, sheet, deed, self._discarded)
        if count < TYPED_FROM:
            act()
            return
        said = self._said
        asked = Confirmation(title, said.discard_text, said.discard_yes, is_destructive=True, typed=str(count))
        self._at.teller.ask(asked, act)

    def _discarded(self, reply: TouchedReply) -> None:
        said = self._said
        texts = {0: said.discarded_none, 1: said.discarded_one}
        self._tell(texts.get(reply.touched) or said.discarded.fill(count=self._number(reply.touched)))
        self.done.emit()

    def change_recipient(self, letter: Letter) -> None:
        """The guest behind a dead mail has another address, which is typed: its tickets go there."""
        said = self._said
        sheet = TypedSheet(self._at, said.recipient_field, said.recipient_yes, most=MOST_EMAIL)
        was = said.recipient_was.fill(address=letter.recipient or "")
        sheet.show_head(said.recipient_title, was, text=said.recipient_text)
        sheet.decided.connect(lambda email: self._do_on(sheet, readdressing(letter.id, email), self._readdressed))
        self.sheet_wanted.emit(sheet)

    def _readdressed(self, reply: MailedReply) -> None:
        said, address = self._said, ", ".join(reply.recipients)
        one = said.recipient_done_one.fill(address=address)
        many = said.recipient_done.fill(count=self._number(reply.tickets), address=address)
        self._tell(one if reply.tickets == 1 else many)
        self.done.emit()

    # --- receivers ------------------------------------------------------------------------------------------------

    def change_address(self, row: EndpointRow) -> None:
        """Another address, typed over the one of now. A receiver that gave up at the old one is on at the new one."""
        said, is_over = self._said, row.state in {GONE, GIVEN_UP}
        sheet = TypedSheet(self._at, said.address_field, said.address_yes, most=MOST_TARGET, first=row.target)
        sheet.show_head(said.address_title, text=said.address_text.fill(count=self._number(row.dead)))

        def decide(target: str) -> None:
            change = {"target": target} | ({"is_active": True} if is_over else {})
            done = said.address_done_on if is_over else said.address_done
            self._do_on(sheet, changing(row.id, change), lambda _: self._tell(done))

        sheet.decided.connect(decide)
        self.sheet_wanted.emit(sheet)

    def disable(self, row: EndpointRow) -> None:
        """It hears nothing any more: what waits dies."""
        said = self._said
        text = said.disable_text.fill(count=self._number(row.waiting))
        asked = Confirmation(said.disable_title, text, said.disable, is_destructive=True)
        deed = changing(row.id, {"is_active": False})
        self._at.teller.ask(asked, partial(self._do, deed, lambda _: self._tell(said.disabled)))

    def enable(self, row: EndpointRow) -> None:
        """It hears again."""
        self._do(changing(row.id, {"is_active": True}), lambda _: self._tell(self._said.enabled))

    def test(self, row: EndpointRow) -> None:
        """Sends one test message."""

        def take(reply: PutIn) -> None:
            self._tell(self._said.tested)
            self.tested.emit(row.id, reply.message)

        self._do(testing(row.id), take)

    # --- jobs -----------------------------------------------------------------------------------------------------

    def run(self, job: str) -> None:
        """One run, now."""
        self._do(running(job), lambda _: self._tell(self._said.run_asked))

    # --- how they go ----------------------------------------------------------------------------------------------

    def _number(self, count: int) -> str:
        return number_text(count, self._at.words.calendar)

    def _tell(self, text: str) -> None:
        self._at.teller.tell(text)

    def _set_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.busy_changed.emit(is_busy)

    def _do(self, deed: Deed[T], take: Callable[[T], Any]) -> None:
        if self._is_busy:
            return
        self._set_busy(is_busy=True)

        def hear(answer: Done[T] | Later | Rejected) -> None:
            self._set_busy(is_busy=False)
            if isinstance(answer, Done):
                take(answer.value)
                return
            cause = refusal_text(answer, self._at.words)
            self._at.teller.tell(self._said.refused.fill(cause=cause), is_trouble=True)

        self._at.desk.do(deed, hear)

    def _do_on(self, sheet: TypedSheet, deed: Deed[T], take: Callable[[T], Any]) -> None:
        """The same from a sheet, which stays while the server refuses."""
        if sheet.is_busy:
            return
        sheet.wait(is_waiting=True)

        def hear(answer: Done[T] | Later | Rejected) -> None:
            sheet.wait(is_waiting=False)
            if isinstance(answer, Done):
                sheet.left.emit()
                take(answer.value)
                return
            cause = refusal_text(answer, self._at.words)
            sheet.tell(self._said.refused.fill(cause=cause), is_trouble=True)

        self._at.desk.do(deed, hear)

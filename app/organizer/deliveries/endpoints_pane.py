"""Who hears of the event and how they fare: all of them, and one with what can be done about it.

Owns which one is shown, and what came of a test message.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.organizer.deliveries.deeds import Deeds
from app.organizer.deliveries.one_body import OneBody
from app.organizer.deliveries.pane import Pane
from app.organizer.deliveries.present_endpoints import present_endpoint, present_endpoint_rows
from app.organizer.deliveries.present_letters import last_answer
from app.organizer.deliveries.questions import ENDPOINTS, SOON_S, letter
from app.organizer.deliveries.rows_body import RowsBody
from app.organizer.deliveries.texts import Act, Reader, short_target
from app.organizer.deliveries.words import View
from app.organizer.desk import Watching
from app.organizer.panel import Panel
from app.organizer.surroundings import Surroundings
from core.insight.reading import Freshness, Reading
from core.model.roles import Right
from core.sync.delivery_replies import EndpointRow, OpenLetter

_UNDER_WAY = frozenset({"ready", "leased"})


class EndpointsPane(Pane):
    """The receivers."""

    dead_wanted = Signal(str)
    """What did not reach the receiver of this id."""

    def __init__(self, at: Surroundings, deeds: Deeds, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self._deeds = deeds
        self._rows: tuple[EndpointRow, ...] = ()
        self.chosen = ""
        self._tests: dict[str, OpenLetter | None] = {}
        self._watching: Watching | None = None
        self.put(
            Panel(
                "receivers.list", lambda: self.words.views[View.ENDPOINTS], self._make_list, self._show_list, ENDPOINTS
            ),
            5,
        )
        self.put(Panel("receivers.one", self._title, self._make_one, self._show_one), 6)
        self.end(6)
        deeds.tested.connect(self._follow_test)
        deeds.busy_changed.connect(self._wait)

    def reader(self) -> Reader:
        """Who reads, as of now."""
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms(), {each.id: each for each in self._rows})

    def placeholder_text(self) -> str:
        """While none is chosen."""
        return self.words.list.choose_endpoint

    def rest(self) -> None:
        """Something else is seen; what comes of a test is looked up in the list of messages then."""
        super().rest()
        self._stop_following()

    def left(self, level: int) -> None:  # noqa: ARG002
        """None is chosen any more."""
        self.chosen = ""
        self._mark()

    # --- all of them ----------------------------------------------------------------------------------------------

    def _make_list(self) -> RowsBody:
        body = RowsBody(self.words.views[View.ENDPOINTS])
        body.chosen.connect(self.choose)
        return body

    def _show_list(self, body: RowsBody, told: list[EndpointRow]) -> None:
        self._rows = tuple(told)
        said = self.words.endpoint
        body.show_rows(present_endpoint_rows(told, self.reader()), self.chosen, said.none, said.none_step)
        self._show_chosen()

    def choose(self, id_: str) -> None:
        """Shows one."""
        self.chosen = id_
        self._mark()
        self._show_chosen()
        self.go(1)

    def _mark(self) -> None:
        body = self.frames[0].body
        if isinstance(body, RowsBody):
            body.list.mark(self.chosen)

    # --- one of them ----------------------------------------------------------------------------------------------

    def row(self) -> EndpointRow | None:
        """The one that is shown."""
        return next((each for each in self._rows if each.id == self.chosen), None)

    def _show_chosen(self) -> None:
        row, listed = self.row(), self.frames[0].reading
        if row is not None:
            state = Freshness.FRESH if listed.is_new else Freshness.OLD
            self.frames[1].show_reading(Reading(state, row, listed.as_of_ms, listed.fault))
        elif self.chosen and listed.is_new:  # somebody removed it
            self.go(0)

    def _make_one(self) -> OneBody:
        body = OneBody()
        body.wanted.connect(self._act)
        return body

    def _show_one(self, body: OneBody, row: EndpointRow) -> None:
        may_change = self.at.desk.may(Right.CHANGE_DELIVERIES)
        body.show_one(present_endpoint(row, self.reader(), may_change=may_change, note=self._test_text(row.id)))

    def _title(self) -> str:
        row = self.row()
        return "" if row is None else short_target(row.target)

    def _act(self, name: str) -> None:
        row = self.row()
        if row is None:
            return
        match Act(name):
            case Act.ADDRESS:
                self._deeds.change_address(row)
            case Act.ENABLE:
                self._deeds.enable(row)
            case Act.DISABLE:
                self._deeds.disable(row)
            case Act.TEST:
                self._deeds.test(row)
            case Act.SHOW_DEAD:
                self.dead_wanted.emit(row.id)
            case _:
                pass

    def _wait(self, is_busy: bool) -> None:
        body = self.frames[1].body
        if isinstance(body, OneBody):
            body.wait(is_waiting=is_busy)

    # --- a test message -------------------------------------------------------------------------------------------

    def _follow_test(self, endpoint: str, message: str) -> None:
        self._stop_following()
        self._tests[endpoint] = None

        def take(reading: Reading[OpenLetter]) -> None:
            if reading.value is None:
                return
            self._tests[endpoint] = reading.value
            if reading.value.message.state not in _UNDER_WAY:
                self._stop_following()
            self._show_chosen()

        self._watching = self.at.desk.watch(letter(message, SOON_S), take)

    def _stop_following(self) -> None:
        if self._watching is not None:
            self._watching.stop()
            self._watching = None

    def _test_text(self, endpoint: str) -> str:
        told, said = self._tests.get(endpoint), self.words.deeds
        if told is None:
            return said.tested if endpoint in self._tests else ""
        reader = self.reader()
        time = reader.instant(told.message.made_ms)
        if told.message.state in _UNDER_WAY:
            return said.test_waits.fill(time=time)
        if told.message.state == "sent":
            return said.test_sent.fill(time=time)
        return said.test_failed.fill(time=time, cause=last_answer(told, reader))

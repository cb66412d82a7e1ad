"""The answers of a report as they come in: five questions watched, one reading of the night told.

Owns that a night is told only of answers that belong together: one event's. Decides nothing of what it says.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from app.organizer.desk import Desk, Watching
from app.organizer.reports_questions import arrivals, event_told, incidents, kiosks, status
from core.insight.night_report import Answer, Night, NightSources, night_of
from core.insight.question import Question
from core.insight.reading import Freshness, Reading
from core.sync.messages import EventReply, EventRow, StatusReply

T = TypeVar("T")
_LOADING: Reading[Any] = Reading(Freshness.LOADING)


class ReportSources:
    """Watches between `begin` and `rest`; `take` hears of the night whenever it is another."""

    def __init__(self, desk: Desk, take: Callable[[Reading[Night]], None]) -> None:
        self._desk = desk
        self._take = take
        self._watched: dict[str, Watching] = {}
        self._event: Reading[EventReply] = _LOADING
        self._known: dict[Answer, Reading[Any]] = {}
        self._curve_of: EventRow | None = None

    def begin(self) -> None:
        """Watches from now on."""
        if self._watched:
            return
        self._known = {}
        self._event, self._curve_of = _LOADING, None
        self._watch("event", event_told(), self._take_event)
        self._watch("status", status(), lambda reading: self._put(Answer.STATUS, reading))
        self._watch("kiosks", kiosks(), lambda reading: self._put(Answer.KIOSKS, reading))
        self._watch("incidents", incidents(), lambda reading: self._put(Answer.INCIDENTS, reading))

    def rest(self) -> None:
        """Watches no more."""
        for each in self._watched.values():
            each.stop()
        self._watched = {}

    @property
    def has_fault(self) -> bool:
        """Whether something keeps a newer answer away."""
        return any(each.fault is not None for each in (self._event, *self._known.values()))

    def ask_again(self) -> None:
        """Somebody wants newer answers."""
        for each in self._watched.values():
            each.ask_again()

    def _watch(self, name: str, question: Question[T], take: Callable[[Reading[T]], None]) -> None:
        if name in self._watched:
            self._watched[name].stop()
        self._watched[name] = self._desk.watch(question, take)

    def _take_event(self, reading: Reading[EventReply]) -> None:
        self._event = reading
        policy = None if reading.value is None else reading.value.policy
        if policy is not None and policy != self._curve_of:
            self._curve_of = policy
            self._known.pop(Answer.ARRIVALS, None)
            self._watch("arrivals", arrivals(policy), lambda told: self._put(Answer.ARRIVALS, told))
        self._tell()

    def _put(self, answer: Answer, reading: Reading[Any]) -> None:
        self._known[answer] = reading
        self._tell()

    def _tell(self) -> None:
        self._take(night_reading(self._event, self._known))


def night_reading(event: Reading[EventReply], known: dict[Answer, Reading[Any]]) -> Reading[Night]:
    """The night of what is known by now. It is as old as its figures, and there is none without event and figures.

    An answer that is awaited still is waited for; one that failed is lacking, and the report says so.
    """
    figures: Reading[StatusReply] = known.get(Answer.STATUS, _LOADING)
    if event.value is None:
        return Reading(event.state, None, None, event.fault, event.fault_since_ms)
    if figures.value is None:
        return Reading(figures.state, None, None, figures.fault, figures.fault_since_ms)
    others: dict[Answer, Reading[Any]] = {
        answer: known.get(answer, _LOADING) for answer in Answer if answer is not Answer.STATUS
    }
    if any(each.state is Freshness.LOADING for each in others.values()):
        return _LOADING
    page = others[Answer.INCIDENTS].value
    all_of_them: dict[Answer, Reading[Any]] = {Answer.STATUS: figures, **others}
    old = {
        answer: each.as_of_ms
        for answer, each in all_of_them.items()
        if each.state is Freshness.OLD and each.as_of_ms is not None
    }
    night = night_of(
        NightSources(
            event=event.value.policy,
            status=figures.value,
            arrivals=others[Answer.ARRIVALS].value,
            kiosks=others[Answer.KIOSKS].value,
            incidents=None if page is None else page.incidents,
            has_more=page is not None and page.after is not None,
            old=old,
        )
    )
    return Reading(figures.state, night, figures.as_of_ms, figures.fault, figures.fault_since_ms)

"""What this door has to look at: heard from the server, and found in its own quarantine.

Owns the putting together; what a person found out is written by the lane, as a fact like any other. Belongs to one
thread.
"""

from collections.abc import Callable

from app.runtime.door_news import DoorNews
from app.store.journal_looks import Aside, JournalLooks
from core.model.ids import GateId
from core.people.inbox import QUARANTINED, Conflict, Side, inbox_of
from core.redeem.fold import Severity


class InboxLine:
    """The inbox of one kiosk; `device_name` is what it is called now, `person` whom an operator's id stands for."""

    def __init__(
        self,
        news: DoorNews,
        looks: JournalLooks,
        device_name: Callable[[], str],
        person: Callable[[str], str] = lambda id_: id_,
    ) -> None:
        self._news = news
        self._looks = looks
        self._device_name = device_name
        self._person = person

    def waiting(self) -> tuple[Conflict, ...]:
        """The conflicts that wait for a word. Raises StorageFailed."""
        heard = self._news.heard
        told = heard.reply.incidents if heard is not None else ()
        return inbox_of(told, map(self._conflict, self._looks.quarantined()), self._looks.resolved())

    def _conflict(self, aside: Aside) -> Conflict:
        scan = aside.scan
        moment = scan.stamp.moment
        side = Side(
            gate=GateId(scan.gate),
            device_name=self._device_name(),
            at_ms=moment.at_ms,
            uncertainty_ms=moment.uncertainty_ms,
            quality=moment.quality,
            is_own=True,
            operator=self._person(scan.operator) if scan.operator else None,
            shown=aside.shown,
        )
        return Conflict(
            scan=scan.stamp.id,
            kind=QUARANTINED,
            tid=scan.stamp.tid,
            severity=Severity.NORMAL,
            is_order_provable=True,
            loser=side,
            reason=aside.reason,
        )

"""The notices that wait, turned into messages for whoever is to be told, one after the other.

Owns the round. What a notice becomes is the ledger's, in one transaction for each; a bounded number of them makes a
turn, so that a night of conflicts holds up no other duty's end.
"""

from app.errors import AppError
from app.ledger.admin import Office
from app.log import logger
from app.runtime.delivery_line import UNUSED_REST_S
from app.runtime.rounds import Duty
from core.model.ids import EventId

EVERY_S = 2.0
"""How soon people are told: a telephone that rings after three seconds still finds both guests at the door."""
AT_ONCE = 20


class NoticeLine:
    """The round of one worker; several may go at once."""

    def __init__(self, office: Office) -> None:
        self._notices = office.notices
        self._has_ways = True

    @property
    def duty(self) -> Duty:
        """What goes round."""
        return Duty("notices", EVERY_S, self.turn, rest_s=lambda: EVERY_S if self._has_ways else UNUSED_REST_S)

    def turn(self) -> bool:
        """Turns some notices of each event into messages; whether more wait. Raises LedgerBusy, LedgerUnavailable.

        An event whose notice can't be told holds up no other.
        """
        events = self._notices.waiting()
        self._has_ways = bool(events) or self._notices.has_ways()
        is_more = False
        for event in events:
            is_more |= self._tell(event)
        return is_more

    def _tell(self, event: EventId) -> bool:
        count = 0
        try:
            while count < AT_ONCE and self._notices.fan_out(event):
                count += 1
        except AppError:  # the ledger's: all events' matter
            raise
        except Exception as err:  # noqa: BLE001 — a notice's own fault: it waits, and the next event is told
            logger(__name__).error("notice_not_told", event_id=event.hex, error=type(err).__name__)
            return False
        return count == AT_ONCE

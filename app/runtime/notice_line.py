"""The notices that wait, turned into messages for whoever is to be told, one after the other.

Owns the round. What a notice becomes is the ledger's, in one transaction for each; a bounded number of them makes a
turn, so that a night of conflicts holds up no other duty's end.
"""

from app.ledger.admin import Office
from app.runtime.rounds import Duty

EVERY_S = 2.0
"""How soon people are told: a telephone that rings after three seconds still finds both guests at the door."""
AT_ONCE = 20


class NoticeLine:
    """The round of one worker; several may go at once."""

    def __init__(self, office: Office) -> None:
        self._notices = office.notices

    @property
    def duty(self) -> Duty:
        """What goes round."""
        return Duty("notices", EVERY_S, self.turn)

    def turn(self) -> bool:
        """Turns some notices of each event into messages; whether more wait. Raises LedgerBusy, LedgerUnavailable."""
        is_more = False
        for event in self._notices.waiting():
            count = 0
            while count < AT_ONCE and self._notices.fan_out(event):
                count += 1
            is_more |= count == AT_ONCE
        return is_more

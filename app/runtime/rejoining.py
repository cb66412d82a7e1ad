"""A kiosk notices that its server came back from a backup, and sends again what the backup lacks.

Owns when to look, and the order: the new epoch is known from a signed manifest; the server says what it holds; what it
lacks is queued and the epoch remembered in one transaction, so that a crash between them changes nothing.
"""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from app.log import logger
from app.store.journal import Journal
from core.journal.scan import FINGERPRINT_BYTES
from core.model.ids import DeviceId
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import TallyReply, TallyResult
from core.sync.tally import Tally


class Holder(Protocol):
    """Who holds the other copy of the journal."""

    def held(self) -> Done[TallyReply] | Later | Rejected:
        """What the server holds of this kiosk."""


class Rejoiner:
    """Watches one kiosk's server. `look` belongs to the journal's thread."""

    def __init__(self, holder: Holder, epoch: Callable[[], str]) -> None:
        self._holder = holder
        self._epoch = epoch
        self._known: str | None = None

    def look(self, journal: Journal) -> int:
        """Queues what a new epoch of the ledger lacks; how many facts. Raises StorageFailed.

        A server that can't say now what it holds is asked again at the next look; one that never can gets everything.
        """
        epoch = self._epoch()
        if not epoch or epoch == self._known:
            return 0
        if journal.epoch() == epoch:
            self._known = epoch
            return 0
        answer = self._holder.held()
        if isinstance(answer, Later):
            return 0
        held = [] if isinstance(answer, Rejected) else _tallies(answer.value)
        count = journal.queue_again(epoch, held)
        self._known = epoch
        if count:
            logger(__name__).warning("ledger_restored", resent=count)
        return count


def _tallies(reply: TallyReply) -> list[Tally]:
    """What the server said, as far as it can be read: a chain without a usable row is sent from its beginning."""
    return [tally for tally in map(_tally, reply.tallies) if tally is not None]


def _tally(row: TallyResult) -> Tally | None:
    try:
        device, head = DeviceId(UUID(row.device)), bytes.fromhex(row.head)
    except ValueError:
        return None
    is_read = len(head) == FINGERPRINT_BYTES
    return Tally(device, row.incarnation, row.count, row.max_seq, head) if is_read else None

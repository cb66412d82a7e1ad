"""Whether kiosk and server hold the same facts of a device: count, highest place and head, compared.

Owns the comparison alone; who counts, and when, is the business of both sides. A head is the fingerprint of the last
row: since each row carries the fingerprint of the one before, equal heads mean equal journals.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.journal.scan import NO_PREDECESSOR
from core.model.ids import DeviceId


class Finding(StrEnum):
    """What the comparison of one device and incarnation says; never a word about facts that still wait."""

    EQUAL = "equal"
    SERVER_BEHIND = "server_behind"
    SERVER_AHEAD = "server_ahead"
    HEADS_DIFFER = "heads_differ"


@dataclass(frozen=True, slots=True)
class Tally:
    """What one side holds of one device and incarnation: how many places of its journal, the last, and its fingerprint.

    A fact in quarantine is there like any other. Without any fact `max_seq` is 0 and `head` 32 zero bytes.
    """

    device: DeviceId
    incarnation: int
    count: int = 0
    max_seq: int = 0
    head: bytes = NO_PREDECESSOR

    @property
    def is_whole(self) -> bool:
        """Whether no place is missing in between: seqs count from 1."""
        return self.count == self.max_seq


def compare(kiosk: Tally, server: Tally, known_seq: int) -> Finding:
    """What a kiosk tells of itself against what the server holds as far as that place.

    1. the server lacks places that the kiosk has delivered
    2. the last place is another fact: the journal was copied, or put back
    3. the server holds what the kiosk no longer does: `known_seq` is the highest place that it held when it was last
       asked. It is not what it holds now: a guest's question may have come between the kiosk's counting and this.
    """
    if server.count < kiosk.count or server.max_seq < kiosk.max_seq:
        return Finding.SERVER_BEHIND  # (1)
    if server.head != kiosk.head:
        return Finding.HEADS_DIFFER  # (2)
    if known_seq > kiosk.max_seq or server.count > kiosk.count:
        return Finding.SERVER_AHEAD  # (3)
    return Finding.EQUAL

"""What a kiosk sends again when the server's ledger is another than the one that took its facts.

Owns the decision from which place on. A ledger that came back from a backup begins a new epoch; the facts that it lost
are those that the kiosk still has.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.model.ids import DeviceId
from core.sync.tally import Tally

Chain = tuple[DeviceId, int]
"""A device and one of its incarnations: a journal may hold several."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a kiosk has of a chain as far as the server's last place: how many places, the fingerprint of the last.

    `head` is None where the kiosk has no such place.
    """

    count: int
    head: bytes | None


def held_by(chain: Chain, held: Iterable[Tally]) -> Tally:
    """The server's tally of a chain; an empty one where it holds nothing of it."""
    return next((each for each in held if (each.device, each.incarnation) == chain), Tally(*chain))


def send_after(server: Tally, own: Overlap) -> int:
    """The place after which a kiosk sends its facts again.

    That is the server's last place where both hold the same up to there: as many, and the same fact in the last place.
    Otherwise it is the beginning: a question's scan may have come long before what was shown to the guest before it,
    so that a backup has gaps. What the server holds already it answers as such.
    """
    is_same = server.count == own.count and (server.max_seq == 0 or server.head == own.head)
    return server.max_seq if is_same else 0

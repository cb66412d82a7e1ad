"""What time a guest's phone shows, read from its rotating code.

Owns which presentations tell it: only those whose digits were right, whether or not the door took them.
"""

from core.model.ids import TicketHandle
from core.model.moments import Moment
from core.model.outcomes import Outcome
from core.ticket.verify import Genuine, Refused

_PROOF_CHECK = 11
_PROVEN_BUT_REFUSED = frozenset({Outcome.REPLAYED_CODE, Outcome.CLOCK_UNTRUSTED})
"""What check 11 says after the digits were found right."""


def phone_offset(verified: Genuine | Refused, now: Moment) -> tuple[TicketHandle, int] | None:
    """The ticket and how far its phone is ahead of `now`, in milliseconds; None for a code that does not tell.

    What `core.model.skew` counts.
    """
    code = verified.code
    if code is None or code.proof is None or not _is_proven(verified):
        return None
    return code.claims.tid, code.proof.at_s * 1000 - now.at_ms


def _is_proven(verified: Genuine | Refused) -> bool:
    if isinstance(verified, Genuine):
        return verified.proof_step is not None
    return verified.step == _PROOF_CHECK and verified.outcome in _PROVEN_BUT_REFUSED

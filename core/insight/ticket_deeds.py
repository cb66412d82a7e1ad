"""What can be done with a ticket that was sold, by how it stands: one closed table.

Owns which deed takes which back, and which reasons go with it. The server decides again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.model.roles import Right
from core.sync.ticket_messages import Standing, Why


class TicketDeed(StrEnum):
    """The deeds, by the word that their route ends in; `order` cancels all that was bought together."""

    CANCEL = "cancel"
    RESTORE = "restore"
    BLOCK = "block"
    UNBLOCK = "unblock"
    UNPAID = "unpaid"
    PAID = "paid"
    REISSUE = "reissue"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class DeedTerms:
    """What a deed needs: a right, and the reasons that go with it, the likeliest first."""

    right: Right
    whys: tuple[Why, ...]


_CHANGED_MIND = (Why.MISTAKE, Why.GUEST, Why.OTHER)
TERMS: Mapping[TicketDeed, DeedTerms] = MappingProxyType(
    {
        TicketDeed.CANCEL: DeedTerms(
            Right.CANCEL_TICKETS, (Why.REFUND, Why.GUEST, Why.DUPLICATE, Why.MISTAKE, Why.FRAUD, Why.OTHER)
        ),
        TicketDeed.RESTORE: DeedTerms(Right.CANCEL_TICKETS, _CHANGED_MIND),
        TicketDeed.BLOCK: DeedTerms(Right.CANCEL_TICKETS, (Why.SECURITY, Why.FRAUD, Why.STOLEN, Why.OTHER)),
        TicketDeed.UNBLOCK: DeedTerms(Right.CANCEL_TICKETS, _CHANGED_MIND),
        TicketDeed.UNPAID: DeedTerms(Right.CANCEL_TICKETS, (Why.PAYMENT, Why.MISTAKE, Why.OTHER)),
        TicketDeed.PAID: DeedTerms(Right.CANCEL_TICKETS, (Why.PAYMENT, Why.MISTAKE, Why.OTHER)),
        TicketDeed.REISSUE: DeedTerms(Right.CANCEL_TICKETS, (Why.LOST, Why.STOLEN, Why.GUEST, Why.FRAUD, Why.OTHER)),
        TicketDeed.ORDER: DeedTerms(
            Right.CANCEL_TICKETS, (Why.REFUND, Why.GUEST, Why.DUPLICATE, Why.FRAUD, Why.MISTAKE, Why.OTHER)
        ),
    }
)
_D = TicketDeed
OFFERED: Mapping[Standing, tuple[TicketDeed, ...]] = MappingProxyType(
    {
        Standing.VALID: (_D.CANCEL, _D.BLOCK, _D.UNPAID, _D.REISSUE),
        Standing.UNPAID: (_D.PAID, _D.CANCEL, _D.BLOCK),
        Standing.CANCELED: (_D.RESTORE, _D.BLOCK),
        Standing.BLOCKED: (_D.UNBLOCK, _D.CANCEL),
        Standing.REVOKED: (_D.CANCEL, _D.BLOCK, _D.REISSUE),
    }
)
"""A ticket that is denied gets no new code: what denies it is taken back first."""


def offered(standing: Standing, *, has_order: bool) -> tuple[TicketDeed, ...]:
    """What can be done with a ticket that stands so."""
    return OFFERED[standing] + ((TicketDeed.ORDER,) if has_order else ())

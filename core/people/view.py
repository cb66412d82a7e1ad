"""What door staff see of a guest whom they found: as much as their role needs, and how the door stands to them.

Owns the closed list of fields, and who sees which. What somebody may not see leaves this module empty or masked: no
window has to remember to hide it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from core.model.ids import TicketHandle
from core.model.outcomes import Outcome
from core.model.roles import Right
from core.redeem.answer import Answer, FirstUse
from core.sync.attendees import Attendee

_SHOWN_OF_ORDER = 3
MASK = "…"


class Field(StrEnum):
    """What the guest list tells of a guest."""

    NAME = "name"
    CLASS = "class"
    STANDING = "standing"
    ORDER_END = "order_end"
    ORDER = "order"
    REFERENCE = "reference"


AT_THE_LANE = frozenset({Field.NAME, Field.CLASS, Field.STANDING, Field.ORDER_END})
"""Whom to let in needs a name and how the ticket stands; whole orders and references open doors elsewhere too."""


def fields_for(rights: Collection[Right]) -> frozenset[Field]:
    """What somebody at a door may see: all of it with the right to read tickets, else what the lane needs."""
    return frozenset(Field) if Right.READ_TICKETS in rights else AT_THE_LANE


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest of the list, and what this door would say to them now. `class_name` is empty where none is known."""

    person: Attendee
    class_name: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class GuestView:
    """One guest as one person at the door sees them; `order` is masked or whole.

    `outcome` is what this door would say now. `can_be_presented`: the list tells the ticket's terms, so that it can.
    """

    tid: TicketHandle
    class_name: str
    outcome: Outcome
    entries_used: int
    entries_allowed: int
    first: FirstUse | None
    can_be_presented: bool
    name: str = field(default="", repr=False)
    order: str = field(default="", repr=False)
    reference: str = field(default="", repr=False)

    @property
    def is_redeemed(self) -> bool:
        """Whether an entry of this ticket was taken before."""
        return self.entries_used > 0


def view_of(guest: Guest, seen: Collection[Field]) -> GuestView:
    """A guest with these fields and no others."""
    person, answer = guest.person, guest.answer
    order = person.order or ""
    return GuestView(
        tid=person.tid,
        class_name=guest.class_name,
        outcome=answer.outcome,
        entries_used=answer.entries_used - (answer.entry_number is not None),
        entries_allowed=answer.entries_allowed,
        first=answer.first,
        can_be_presented=person.ticket is not None,
        name=person.name if Field.NAME in seen else "",
        order=order if Field.ORDER in seen else masked(order) if Field.ORDER_END in seen else "",
        reference=(person.reference or "") if Field.REFERENCE in seen else "",
    )


def masked(text: str) -> str:
    """The end of a number, enough to compare with a guest's mail and too little to use it; a short one is all mask."""
    return MASK + text[-_SHOWN_OF_ORDER:] if len(text) >= 3 * _SHOWN_OF_ORDER else MASK if text else ""

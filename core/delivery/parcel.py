"""A message as a sender is handed it, and what a sender hands back.

Owns the shapes between the delivery line and its senders: a sender knows no database, and the line no protocol.
"""

from dataclasses import dataclass, field
from uuid import UUID

from core.delivery.meaning import Heard
from core.model.ids import EventId


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message with where it goes and what it is signed with, the newest secret first. The same id at each attempt.

    `recipient` is whom the endpoint is to reach, where it reaches many: a mail address, the id of a push token;
    `settings` what its channel has to know of the endpoint beside the target.
    """

    id: UUID
    kind: str
    body: str
    target: str
    secrets: tuple[bytes, ...] = field(repr=False)
    recipient: str | None = field(default=None, repr=False)
    settings: str | None = field(default=None, repr=False)
    event: EventId | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """What came back of one attempt, and what was asked (JSON, without secrets) so far as anything was.

    `outcome` is for whoever settles the channel's messages (`DeliveryLine`): what the sender learned that is to be
    written down together with the message's end.
    """

    heard: Heard
    request: str | None = None
    outcome: object = None

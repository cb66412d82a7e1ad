"""What Stripe told, worked on: the payment is looked at, and what it means is written down with the work's end.

Owns the part of Stripe's delivery line that comes in. A message's work is a message of the outbox: leased, tried again,
given up and replayed as any other. Its attempt asks Stripe (`app.net.stripe_look`) outside any transaction; what came
of it is decided and done in the transaction that ends it (`app.ledger.stripe_events`), so that a worker that slept
through its lease changes no ticket.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.stripe_events import Nowhere
from app.net.stripe_look import Ask, look
from core.delivery.meaning import Fate, Heard, Meaning
from core.delivery.parcel import Handed, Parcel
from core.model.ids import EventId
from core.payment.look import Progress, SeenPayment
from core.payment.told_event import SUBJECTS, Subject

ORDER_UNKNOWN = "order_unknown"
DONE = "done"


@dataclass(frozen=True, slots=True)
class _Work:
    """What a message's work is about."""

    event: EventId
    id: str
    object_id: str
    subject: Subject


def is_news(kind: str) -> bool:
    """Whether a message of the channel came from Stripe, by its kind; the others go there."""
    return kind in SUBJECTS


class StripeNews:
    """The work of what Stripe told. `ask_of`: how Stripe is asked for whom a parcel is. Safe between threads."""

    def __init__(self, office: Office, ask_of: Callable[[Parcel], Ask]) -> None:
        self._events = office.stripe_events
        self._ask_of = ask_of

    def send(self, parcel: Parcel) -> Handed:
        """One look at the payment. Raises LedgerBusy, LedgerUnavailable."""
        work = _work_of(parcel.kind, parcel.body)
        seen = look(work.subject, work.object_id, self._ask_of(parcel))
        asked = json.dumps({"looked_at": work.object_id}, separators=(",", ":"))
        if isinstance(seen, Heard):
            return Handed(seen, asked)
        place = self._events.place_of(work.event, seen)
        if place is Nowhere.UNKNOWN and seen.progress is Progress.PAID:
            return Handed(Heard(None, ORDER_UNKNOWN, "no order here was bought with it, so far"), asked)
        return Handed(Heard(None, DONE), asked, seen)

    def aftermath(self, claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:
        """What a payment that was seen means, for the transaction that ends its work."""
        seen = handed.outcome
        if meaning.fate is not Fate.SENT or not isinstance(seen, SeenPayment):
            return None
        work = _work_of(claimed.kind, claimed.body)
        return partial(self._events.settle, event=work.event, id_=work.id, subject=work.subject, seen=seen)


def _work_of(kind: str, body: str) -> _Work:
    """What `app.ledger.stripe_events` wrote."""
    told = json.loads(body)
    return _Work(EventId(UUID(told["event"])), told["id"], told["object"], SUBJECTS[kind])

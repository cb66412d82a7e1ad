"""What Stripe told, worked on: the payment is looked at, and what it means is written down with the work's end.

Owns the part of Stripe's line that comes in. A message's work is a message of the outbox: leased, tried again, given up
and replayed as any other. Its attempt asks Stripe (`app.net.stripe_look`) outside any transaction; what came of it is
decided and done in the transaction that ends it (`app.ledger.stripe_events`), so that a worker that slept through its
lease changes no ticket.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.stripe_events import Nowhere
from app.net.stripe_look import Ask, look
from core.delivery.meaning import Fate, Heard, Meaning
from core.delivery.parcel import Handed, Parcel
from core.model.ids import EventId
from core.payment.answer import Answer, Reading, reading_of
from core.payment.look import Progress, SeenPayment
from core.payment.stripe_objects import Json
from core.payment.told_event import SUBJECTS, Subject

if TYPE_CHECKING:
    from app.net.stripe_gate import StripeGate

ORDER_UNKNOWN, OBJECT_UNKNOWN = "order_unknown", "object_unknown"
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
        asked = json.dumps({"url": parcel.target, "about": work.object_id}, separators=(",", ":"))
        seen = look(work.subject, work.object_id, self._ask_of(parcel))
        if isinstance(seen, Heard):
            return Handed(seen, asked)
        place = self._events.place_of(work.event, seen)
        if place is Nowhere.UNKNOWN and seen.progress is Progress.PAID:
            return Handed(Heard(None, ORDER_UNKNOWN, "no order here was bought with it, so far"), asked)
        return Handed(Heard(None, DONE), asked, seen)


def aftermath_of_news(office: Office) -> Callable[[Claimed, Handed, Meaning], Also | None]:
    """What a payment that was seen means, for the transaction that ends its work."""

    def aftermath(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:
        seen = handed.outcome
        if meaning.fate is not Fate.SENT or not isinstance(seen, SeenPayment):
            return None
        work = _work_of(claimed.kind, claimed.body)
        return lambda connection: office.stripe_events.settle(connection, work.event, work.id, work.subject, seen)

    return aftermath


def asks_of(gate: "StripeGate") -> Callable[[Parcel], Ask]:
    """How Stripe is asked through a gate, with the key of whoever a parcel is for."""
    from app.net.stripe_gate import Account

    def ask_of(parcel: Parcel) -> Ask:
        account = Account(parcel.secrets[0].decode(), parcel.target)

        def ask(path: str, parameters: Mapping[str, Any]) -> Json | Heard:
            answer = gate.get(account, path, parameters)
            return heard_of_reading(answer) if isinstance(answer, Answer) else answer

        return ask

    return ask_of


def heard_of_reading(answer: Answer) -> Heard:
    """What an answer means that is no object: the account's own trouble, an object that is gone, or later."""
    said = " ".join(filter(None, (answer.kind, answer.code, answer.said)))
    if answer.status == 404:
        return Heard(404, OBJECT_UNKNOWN, said)
    if reading_of(answer) is Reading.ACCOUNT:
        return Heard(answer.status, "account_refused", said)
    word = "" if answer.status is not None else answer.code or "no_answer"
    return Heard(answer.status, word, said, answer.asked_s)


def _work_of(kind: str, body: str) -> _Work:
    """What `app.ledger.stripe_events` wrote."""
    told = json.loads(body)
    return _Work(EventId(UUID(told["event"])), told["id"], told["object"], SUBJECTS[kind])

"""What Stripe told, worked on: the payment is looked at, and what it means is written down with the work's end.

Owns the part of Stripe's line that comes in. A message's work is a message of the outbox: leased, tried again, given up
and replayed as any other. Its attempt asks Stripe (`app.net.stripe_look`) outside any transaction; what came of it is
decided and done in the transaction that ends it (`app.ledger.stripe_events`), so that a worker that slept through its
lease changes no ticket.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.stripe_events import Look, Nowhere, StripeEvents, Version, told_in
from app.net.stripe_look import Ask, look, path_of
from core.delivery.meaning import Fate, Heard, Meaning
from core.delivery.parcel import Handed, Parcel
from core.model.ids import EventId
from core.payment.answer import Answer, Reading, reading_of
from core.payment.look import Progress, SeenPayment
from core.payment.stripe_objects import Json
from core.payment.told_event import SUBJECTS

if TYPE_CHECKING:
    from app.net.stripe_gate import StripeGate

ORDER_UNKNOWN, OBJECT_UNKNOWN = "order_unknown", "object_unknown"
DONE = "done"
_PAYMENTS = ("pi_", "ch_", "py_", "cs_")
"""How Stripe's names of what a payment may go by begin."""


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
        event, told = told_in(parcel.kind, parcel.body)
        object_id = told.object_id or ""
        url = parcel.target + path_of(told.subject, object_id)
        asked = json.dumps({"method": "GET", "url": url}, separators=(",", ":"))
        before = _Versions(self._events, event, self._ask_of(parcel))
        seen = look(told.subject, object_id, before.ask)
        if isinstance(seen, Heard):
            return Handed(seen, asked)
        place = self._events.place_of(event, seen)
        if place is Nowhere.UNKNOWN and seen.progress is Progress.PAID:
            return Handed(Heard(None, ORDER_UNKNOWN, "no order here was bought with it, so far"), asked)
        return Handed(Heard(None, DONE), asked, Look(seen, before.of(seen)))


class _Versions:
    """How each payment was here before Stripe was asked for it: only then can a look be told that others overtook."""

    def __init__(self, events: StripeEvents, event: EventId, ask: Ask) -> None:
        self._events = events
        self._event = event
        self._ask = ask
        self._found: dict[str, Version | None] = {}

    def ask(self, path: str, parameters: Mapping[str, Any]) -> Json | Heard:
        """Asks, after a look at what is known of the object."""
        name = path.rpartition("/")[2]
        if name.startswith(_PAYMENTS) and name not in self._found:
            self._found[name] = self._events.version_of(self._event, name)
        return self._ask(path, parameters)

    def of(self, seen: SeenPayment) -> Version | None:
        """How the payment was here before it was asked for."""
        return self._found.get(seen.payment_intent or seen.charge or seen.session or "")


def aftermath_of_news(office: Office) -> Callable[[Claimed, Handed, Meaning], Also | None]:
    """What a payment that was seen means, for the transaction that ends its work."""

    def aftermath(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:
        made = handed.outcome
        if meaning.fate is not Fate.SENT or not isinstance(made, Look):
            return None
        event, told = told_in(claimed.kind, claimed.body)
        return lambda connection: office.stripe_events.settle(connection, event, told, made)

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

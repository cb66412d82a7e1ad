"""Each night: what Stripe says that happened, and how its payments are, compared with what is here.

Owns the order of it. For each event's account that is in use:

1. Stripe's list of its messages, page by page, as far back as something may have been lost
2. what is not kept is put in, as if it had been delivered
3. where nothing waits to be worked on, the payments that changed since then are looked at: one that is otherwise than
   it is here is told to people, and left as it is

A night's messages may be lost in many ways: a server that was down for longer than Stripe tries, a wrong secret, an
endpoint that somebody switched off at Stripe. None of them may be silent.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.stripe_events import Came, held_of
from app.log import logger
from app.net.stripe_look import Ask, look
from core.delivery.meaning import Heard
from core.delivery.parcel import Parcel
from core.model.ids import EventId
from core.payment.look import SeenPayment, is_otherwise
from core.payment.told_event import SUBJECTS, Handling, Subject, ToldEvent, event_from

DAY_S = 24 * 60 * 60
AT_LEAST_S = 3 * DAY_S
"""For so long Stripe goes on trying to deliver: what is older and not here will not come by itself."""
AT_MOST_S = 29 * DAY_S
"""Stripe keeps its list for thirty days."""
PAGE = 50
"""Messages of one answer: each may carry 25 kB of metadata, and an answer is read as far as two megabytes."""
MOST_PAGES = 200
"""Of one account in one night: ten thousand messages. What is left out is said."""
MOST_LOOKS = 300
"""Payments of one account in one night, each a question or two."""
_EVENTS = "/v1/events"
Beat = Callable[[], None]


class NotCompared(AppError):
    """Some account could not be asked: `heard` is what came back of the last of them."""

    def __init__(self, accounts: int, heard: str) -> None:
        super().__init__("stripe_not_compared", accounts=accounts, heard=heard)


@dataclass(slots=True)
class _Found:
    """What a night's comparison found."""

    compared: int = 0
    missing: int = 0
    differ: list[str] = field(default_factory=list)
    is_cut: bool = False
    waits: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """In a line."""
        told = f"{self.compared} messages compared, {self.missing} were missing, {len(self.differ)} payments differ"
        told += f" ({', '.join(self.differ[:3])})" if self.differ else ""
        told += f"; {self.waits} accounts' payments were not looked at, as messages wait" if self.waits else ""
        return told + (", not all were looked at" if self.is_cut else "")


def compare(office: Office, beat: Beat) -> str:
    """Compares all accounts; what it came to. Raises NotCompared where an account could not be asked.

    Stripe's library is loaded where there is an account: it takes half a second.
    """
    events = office.stripe_events.accounts()
    if not events:
        return "no account"
    from app.net.stripe_gate import StripeGate
    from app.runtime.stripe_news import asks_of

    found = _Found()
    with closing(StripeGate()) as gate:
        ask_of = asks_of(gate)
        for event in events:
            account = office.stripe_accounts.show(event)
            address = office.endpoints.address_of(event, account.endpoint)
            if address is None or not address.secrets:
                continue
            ask = ask_of(Parcel(account.endpoint, "", "", address.target, address.secrets))
            heard = _compare(office, event, ask, beat, found)
            if heard is not None:
                found.failed.append(heard.status)
                logger(__name__).warning("stripe_not_compared", of_event=event.hex, status=heard.status)
    if found.failed:
        raise NotCompared(len(found.failed), found.failed[-1])
    return found.said


def _compare(office: Office, event: EventId, ask: Ask, beat: Beat, found: _Found) -> Heard | None:
    """One account; what Stripe answered where it was no list."""
    since_s = _since_s(office, event)
    for page in _pages(ask, since_s, found):  # (1)
        beat()
        if isinstance(page, Heard):
            return page
        told = {each.id: each for each in page}
        found.compared += len(told)
        for id_ in sorted(office.stripe_events.unknown_of(event, told)):  # (2)
            found.missing += office.stripe_events.take(event, told[id_], Came.LISTED)
    if office.stripe_events.has_work(event):
        found.waits += 1
        return None
    return _look_at_payments(office, event, since_s, ask, beat, found)  # (3)


def _since_s(office: Office, event: EventId) -> int:
    """Since when (unix seconds): three days, or longer where nothing has come for longer."""
    now_s = office.now_ms() // 1000
    last_s = office.stripe_events.newest_of(event) // 1000
    return max(min(now_s - AT_LEAST_S, last_s), now_s - AT_MOST_S)


def _pages(ask: Ask, since_s: int, found: _Found) -> Iterator[list[ToldEvent] | Heard]:
    after: Mapping[str, Any] = {}
    for _ in range(MOST_PAGES):
        wanted = {"types": sorted(SUBJECTS), "created": {"gte": since_s}, "limit": PAGE, **after}
        page = ask(_EVENTS, wanted)
        if isinstance(page, Heard):
            yield page
            return
        rows = [told for each in page.get("data") or () if isinstance(told := event_from(each), ToldEvent)]
        yield [each for each in rows if each.handling is Handling.LOOK]
        if not page.get("has_more") or not rows:
            return
        after = {"starting_after": rows[-1].id}
    found.is_cut = True


def _look_at_payments(
    office: Office, event: EventId, since_s: int, ask: Ask, beat: Beat, found: _Found
) -> Heard | None:
    changed = office.stripe_events.payments_since(event, since_s * 1000, MOST_LOOKS + 1)
    found.is_cut = found.is_cut or len(changed) > MOST_LOOKS
    for payment in changed[:MOST_LOOKS]:
        beat()
        name = payment.payment_intent or payment.charge or payment.checkout_session
        if name is None:
            continue
        subject = Subject.PAYMENT if payment.payment_intent else Subject.CHARGE if payment.charge else Subject.SESSION
        seen = look(subject, name, ask)
        if isinstance(seen, Heard) and seen.code != _GONE:
            return seen
        if not isinstance(seen, SeenPayment) or is_otherwise(seen, held_of(payment)):
            found.differ.append(name)
            office.stripe_events.tell_difference(event, name)
    return None


_GONE = 404

"""An event whose tickets are paid at Stripe: its account, its orders, its work, and what a door says of a ticket."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from app.ledger.admin import Office
from app.ledger.dead_letters import Choice, Letter
from app.ledger.payment_book import Told
from app.ledger.shop_files import ShopRow
from app.ledger.stripe_accounts import Wanted
from app.ledger.stripe_events import Came, KeptEvent
from app.net.stripe_gate import StripeGate
from app.runtime.delivery_line import DeliveryLine, Sender
from app.runtime.pace import Rate
from app.runtime.stripe_line import sender_of, stripe_line
from core.delivery.message import Channel, MessageState
from core.delivery.parcel import Handed, Parcel
from core.model.event import Direction
from core.model.ids import EventId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState
from core.payment.told_event import ToldEvent, event_from
from core.ticket.verify import Genuine, Lane, Trust, verify
from tests.contract.ledger_rig import NORTH, NOW, policy
from tests.support.stripe_peer import StripePeer

PRICE = 4_000


class StripeDesk:
    """One event of an office, and its Stripe; `clock` is the office's."""

    def __init__(self, office: Office, clock: list[int], peer: StripePeer, api_base: str) -> None:
        self.office, self.clock, self.peer, self.api_base = office, clock, peer, api_base
        self.gate = StripeGate()
        self.event = EventId(UUID(office.create_event(policy(f"Night {uuid4().hex}")).event))
        self.texts: dict[TicketHandle, str] = {}
        self.account(api_key=peer.key, signing_secret=peer.secret, api_base=api_base)

    def account(self, **wanted: Any) -> None:
        """Another key, secret or policy."""
        self.office.stripe_accounts.set(self.event, Wanted(**wanted))

    def keep(self) -> None:
        """Nothing that Stripe says takes a ticket, but a refund of all."""
        self.account(partial_refund=PartialRefundPolicy.KEEP, dispute=DisputePolicy.KEEP)

    # --- orders ---------------------------------------------------------------------------------------------------

    def sell(self, order: str = "A-1", count: int = 2, *, is_unpaid: bool = True) -> list[TicketHandle]:
        """The tickets of an order, as a shop tells them."""
        made = []
        for number in range(count):
            row = ShopRow(0, f"{order}-{number}", "", "Standard", name="Ada", order=order, is_unpaid=is_unpaid)
            done: Any = self.office.put_ticket(self.event, "shop", row)
            made.append(TicketHandle(done.tid))
            self.texts[made[-1]] = done.text or self.texts.get(made[-1], "")
        return made

    def bought(self, order: str = "A-1", amount: int = PRICE, **told: Any) -> None:
        """The shop says with what an order is bought."""
        self.office.payments.put(self.event, order, "shop", Told(amount, "eur", state=PaymentState.OPEN, **told))

    def order(self, order: str = "A-1", count: int = 2) -> tuple[str, list[TicketHandle]]:
        """An order that waits for its payment: Stripe's name of that, and its tickets."""
        intent, tids = self.peer.begin(PRICE), self.sell(order, count)
        self.bought(order, payment_intent=intent)
        return intent, tids

    # --- what Stripe tells ----------------------------------------------------------------------------------------

    def hear(self, type_: str, about: str, came: Came = Came.DELIVERED) -> str:
        """A message about an object as it is now is kept; its id."""
        return self.hear_again(self.peer.event(type_, about), came)

    def hear_again(self, event: Mapping[str, Any], came: Came = Came.DELIVERED) -> str:
        """A message is kept, whenever it was made."""
        told = event_from(event)
        assert isinstance(told, ToldEvent)
        self.office.stripe_events.take(self.event, told, came)
        return told.id

    def line(self, **more: Any) -> DeliveryLine:
        """A worker's line."""
        settings: dict[str, Any] = {"chance": lambda: 0.5, "pace": Rate(10**6), "watch_s": 0.05}
        settings |= {"make_sender": self.sender, **more}
        return stripe_line(self.office, **settings)

    def sender(self) -> Sender:
        """What asks its Stripe."""
        return sender_of(self.office, self.gate)

    def work(self, line: DeliveryLine | None = None) -> None:
        """All that is due now."""
        own = line or self.line()
        while own.turn():
            pass
        if line is None:
            own.drain()

    def work_for(self, hours: float, step_s: float = 5) -> None:
        """All that comes due meanwhile."""
        end = self.clock[0] + int(hours * 3_600_000)
        line = self.line()
        while self.clock[0] < end:
            self.work(line)
            self.clock[0] = min(end, max(self.clock[0] + int(step_s * 1_000), self._next_due(end)))
        self.work(line)
        line.drain()

    def _next_due(self, end: int) -> int:
        ready = self.office.letters.list(self.event, Choice(channel=Channel.STRIPE), MessageState.READY)
        return min((each.run_at for each in ready), default=end) + 1

    # --- what came of it ------------------------------------------------------------------------------------------

    def said(self, tid: TicketHandle) -> Outcome | None:
        """What a door with the newest lists says of a ticket; None: it counts."""
        trust = self.office.press.trust(self.event)
        assert isinstance(trust, Trust)
        now = Moment(Millis(NOW), 0, ClockQuality.SYNCED, "b")
        verified = verify(self.texts[tid], trust=trust, lane=Lane(NORTH, Direction.ENTRY), now=now)
        return None if isinstance(verified, Genuine) else verified.outcome

    def kept(self, id_: str) -> KeptEvent:
        """A message as it is kept."""
        return next(each for each in self.office.stripe_events.list(self.event) if each.id == id_)

    def state(self, order: str = "A-1") -> tuple[PaymentState, int]:
        """Where an order's payment is, and how much of it went back."""
        held = self.office.payments.show(self.event, order)
        return held.state, held.refunded

    def dead(self) -> list[Letter]:
        """Dead letters of the channel."""
        return self.office.letters.list(self.event, Choice(channel=Channel.STRIPE))

    def audited(self, kind: str = "ticket.") -> list[tuple[str, str]]:
        """What was done, and to what, the newest first: deeds that begin so."""
        told = [json.loads(each.text) for each in self.office.audit.page(self.event).records]
        return [(each["deed"], each["about"]) for each in told if each["deed"].startswith(kind) and each["about"]]


class Relayed:
    """A sender of a test's own around another: the test has its moment before it sends, or after."""

    def __init__(self, inner: Sender, before: Any = None, after: Any = None) -> None:
        self._inner, self._before, self._after = inner, before, after

    def send(self, parcel: Parcel) -> Handed:
        """One attempt."""
        if self._before is not None:
            self._before(parcel)
        handed = self._inner.send(parcel)
        if self._after is not None:
            self._after(parcel)
        return handed


@contextmanager
def stripe_desk(office: Office, clock: list[int]) -> Iterator[StripeDesk]:
    """A desk with a Stripe of its own, in a ledger that others use too; at its end nothing of it is worked on."""
    clock[0] = NOW
    peer = StripePeer(at_s=NOW // 1000)
    with peer.serve() as stripe:
        desk = StripeDesk(office, clock, peer, stripe.url)
        try:
            yield desk
        finally:
            desk.gate.close()
            office.endpoints.change(desk.event, office.stripe_accounts.show(desk.event).endpoint, is_active=False)

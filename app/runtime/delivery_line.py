"""The delivery line of one channel: what is due is claimed, sent, and finished, message by message.

Owns the order of it. Each turn, in this order:

1. leases of what is on its way are extended, and what workers left that are gone is given back
2. the endpoints for which something is due are asked for, in one statement
3. of each that may be tried, no more is claimed than can start now: so many on their way in all, so many to one
   endpoint, and no more than its pace. One that rests is passed over, or tried by a single message
4. each is sent on a thread of its own, outside any transaction, and what came of it is finished under the claim's fence

A slow endpoint holds its own few places and nobody else's. At the end what has begun may end; what has not by then is
given back. Nothing is decided here: `core.delivery` says what an answer means, when again, and who rests.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias, assert_never
from uuid import UUID

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.deliveries import LEASE_MS, Also, Claimed, Course, Waiting
from app.ledger.endpoint_book import TEST_KIND, Address
from app.ledger.root_keys import WrappedKeyBroken
from app.log import logger
from app.runtime.pace import Pace, Rate
from app.runtime.rounds import Duty
from app.runtime.shared_counts import SharedCounts
from app.runtime.worker_name import worker_name
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import (
    EndpointState,
    Permit,
    after_answer,
    after_failure,
    after_refusal,
    after_success,
    permit_of,
)
from core.delivery.meaning import Fate, Heard, Meaning, meaning_of
from core.delivery.message import Channel
from core.delivery.parcel import Handed, Parcel
from core.delivery.schedule import run_at, tries_counted
from core.model.backing_off import doubled

AT_ONCE = 32
"""Messages on their way at the same moment: each is a thread that waits for somebody else's answer."""
PER_ENDPOINT = 4
"""Of those to one endpoint: eight endpoints may all be slow before anybody waits for them."""
PACE = Rate(3_000)
"""To one endpoint, from all workers of a database server together (of the embedded database, from each): fifty a second
is more than all doors of a large event let in."""
BURY_AT_ONCE = 500
SWEEP_EVERY_S = 15.0
SWEEP_AT_ONCE = 100
FIRST_REST_S = 0.25
LONGEST_REST_S = 2.0
"""Between two looks while nothing is due: soon after something was, and no longer than a shop would notice."""
UNUSED_REST_S = 10.0
"""While the channel has no endpoint at all."""
STILL_UNUSED_S = 60.0
"""How long a channel that had nothing to do is taken for a used one before that is looked at again."""
WATCH_S = 0.5
"""How long a turn waits for what is on its way before it looks around again."""
DRAIN_S = 8.0
"""How long what has begun may take at the end: less than the program's last words, so that the rest is given back."""
FINISH_PAUSES_S = (0.1, 0.5, 2.0)
"""Between tries to write down what came of a message: without it, it would be sent a second time."""


Aftermath: TypeAlias = Callable[[Claimed, Handed, Meaning], Also | None]
"""What follows from an attempt, to be written down in the transaction that ends it, or not at all."""


def _nothing_more(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:  # noqa: ARG001
    return None


class Sender(Protocol):
    """What sends on a channel: total, bounded in time and size, safe between threads."""

    def send(self, parcel: Parcel) -> Handed:
        """One attempt."""
        ...


@dataclass(slots=True)
class _Flight:
    """A message on its way, and until when this worker holds it (monotonic seconds)."""

    claimed: Claimed
    held_until_s: float


class DeliveryLine:
    """The line of one channel in one worker. Its turns belong to one thread.

    `make_sender` is called when something is due for the first time: a channel that nobody uses costs nothing.
    `aftermath` says what else is to be written down with the end of an attempt.
    """

    def __init__(
        self,
        office: Office,
        channel: Channel,
        make_sender: Callable[[], Sender],
        *,
        at_once: int = AT_ONCE,
        per_endpoint: int = PER_ENDPOINT,
        pace: Rate = PACE,
        aftermath: Aftermath = _nothing_more,
        chance: Callable[[], float] = random.random,
        owner: str | None = None,
        drain_s: float = DRAIN_S,
        watch_s: float = WATCH_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._office = office
        self._channel = channel
        self._make_sender = make_sender
        self._sender: Sender | None = None
        self._at_once = at_once
        self._per_endpoint = per_endpoint
        self._pace = Pace(pace, None if office.is_embedded else SharedCounts(office.rate_counts))
        self._aftermath = aftermath
        self._chance = chance
        self._drain_s = drain_s
        self._watch_s = watch_s
        self._monotonic = monotonic
        self._owner = owner or worker_name()
        self._changed = threading.Condition()
        self._flights: dict[UUID, _Flight] = {}
        self._ended = 0
        self._last_started: dict[UUID, float] = {}
        self._is_ending = threading.Event()
        self._is_used = True
        self._used_at_s = self._swept_at_s = -1e9
        self._quiet_turns = 0

    @property
    def duty(self) -> Duty:
        """What goes round."""
        name = f"deliveries by {self._channel.value}"
        return Duty(name, LONGEST_REST_S, self.turn, rest_s=self.rest_s, end=self.drain)

    def rest_s(self) -> float:
        """How long to rest after a turn that found nothing more to do."""
        if not self._is_used:
            return UNUSED_REST_S
        return doubled(FIRST_REST_S, self._quiet_turns, LONGEST_REST_S)

    def turn(self) -> bool:
        """One turn; whether more is due at once. Raises LedgerBusy, LedgerUnavailable."""
        if not self._look_whether_used():
            return False
        self._keep_leases()  # (1)
        self._sweep()
        ended = self._ended
        free = self._at_once - self._count()
        moved = self._start_what_is_due(free) if free > 0 else 0
        if moved:
            self._quiet_turns = 0
            return True
        if self._wait_for_one(ended):
            return True
        self._quiet_turns += 1
        return False

    def drain(self) -> None:
        """Waits for what has begun, at most `drain_s`; what has not ended by then is given back."""
        self._is_ending.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._flights, self._drain_s)
            left = [flight.claimed for flight in self._flights.values()]
        self._let_go(left, have_begun=True)

    # --- what is due ----------------------------------------------------------------------------------------------

    def _look_whether_used(self) -> bool:
        """Whether the channel has endpoints; asked again once in a while where it had nothing to do."""
        now_s = self._monotonic()
        is_known = self._is_used and (now_s - self._used_at_s < STILL_UNUSED_S or self._quiet_turns == 0)
        if not is_known:
            self._is_used = self._office.deliveries.has_endpoints(self._channel)
            self._used_at_s = now_s
        return self._is_used

    def _sweep(self) -> None:
        now_s = self._monotonic()
        if now_s - self._swept_at_s >= SWEEP_EVERY_S:
            self._office.deliveries.sweep_all(SWEEP_AT_ONCE)
            self._swept_at_s = now_s

    def _start_what_is_due(self, free: int) -> int:
        """How many messages were started, or buried."""
        on_their_way = self._count_by_endpoint()  # before: what ends meanwhile may change how its endpoint fares
        waiting = self._office.deliveries.waiting(self._channel)  # (2)
        if not waiting:
            return 0
        moved = 0
        ended = [each for each in waiting if each.state is not EndpointState.ACTIVE]
        for each in ended:
            moved += self._office.deliveries.bury(each.event, each.endpoint, BURY_AT_ONCE)
        active = [each for each in waiting if each.state is EndpointState.ACTIVE]
        active.sort(key=lambda each: (on_their_way[each.endpoint], self._last_started.get(each.endpoint, 0.0)))
        share = max(1, free // max(1, len(active)))
        for each in active:  # (3)
            most = min(share, free, self._per_endpoint - on_their_way[each.endpoint])
            if most > 0:
                started = self._start_some(each, most)
                free -= started
                moved += started
        return moved

    def _start_some(self, waiting: Waiting, most: int) -> int:
        permit = permit_of(waiting.health, self._office.now_ms())
        if permit is Permit.OPEN:
            return 0
        probing = waiting.health if permit is Permit.PROBE else None
        allowed = self._pace.take(waiting.endpoint.hex, most if probing is None else 1)
        if not allowed:
            return 0
        address = self._address_of(waiting)
        if address is None:
            return 0
        claimed = self._office.deliveries.claim(waiting.event, waiting.endpoint, self._owner, allowed, probing)
        for place, each in enumerate(claimed):
            try:
                self._start(each, address)
            except Exception:  # no thread to be had: what nobody sends must not be held as if somebody did
                self._let_go(claimed[place:])
                raise
        if claimed:
            self._last_started[waiting.endpoint] = self._monotonic()
        return len(claimed)

    def _address_of(self, waiting: Waiting) -> Address | None:
        """Where to; an endpoint whose secret does not open is sent nothing, and its attempts say so."""
        try:
            return self._office.endpoints.address_of(waiting.event, waiting.endpoint)
        except WrappedKeyBroken as err:
            logger(__name__).warning("endpoint_secret_broken", endpoint=waiting.endpoint.hex, why=err.key)
            return Address("", ())

    # --- one message ----------------------------------------------------------------------------------------------

    def _start(self, claimed: Claimed, address: Address) -> None:
        if self._sender is None:
            self._sender = self._make_sender()
        told = (claimed.kind, claimed.body, address.target, address.secrets, claimed.recipient, address.settings)
        parcel = Parcel(claimed.id, *told, claimed.event)
        with self._changed:
            self._flights[claimed.id] = _Flight(claimed, self._monotonic() + LEASE_MS / 1000)
        threading.Thread(
            target=self._deliver,
            args=(self._sender, claimed, parcel),
            name=f"delivery by {self._channel.value}",
            daemon=True,  # what hangs at the end must not hold the process: it is given back
        ).start()

    def _let_go(self, left: Sequence[Claimed], *, have_begun: bool = False) -> None:
        """Gives messages back that this worker does not finish."""
        with self._changed:
            for claimed in left:
                self._flights.pop(claimed.id, None)
        for claimed in left:
            try:
                self._office.deliveries.give_back(claimed, has_begun=have_begun)
            except AppError as err:  # its lease ends by itself
                logger(__name__).warning("not_given_back", message=claimed.id.hex, why=err.key)
        if left:
            logger(__name__).warning("given_back", channel=self._channel.value, messages=len(left))

    def _deliver(self, sender: Sender, claimed: Claimed, parcel: Parcel) -> None:  # (4)
        try:
            handed = sender.send(parcel)
        except Exception as err:  # noqa: BLE001 — the top of this thread: the message is tried again, others go on
            logger(__name__).error("sender_broke", error=type(err).__name__, channel=self._channel.value)
            handed = Handed(Heard(None, "sender_broke", type(err).__name__))
        try:
            self._write_down(claimed, handed)
        except Exception as err:  # noqa: BLE001 — the same; its lease ends, and it is sent again under its id
            logger(__name__).error("not_written_down", error=type(err).__name__, message=claimed.id.hex)
        finally:
            with self._changed:
                flight = self._flights.get(claimed.id)
                if flight is not None and flight.claimed is claimed:
                    del self._flights[claimed.id]
                self._ended += 1
                self._changed.notify_all()

    def _write_down(self, claimed: Claimed, handed: Handed) -> None:
        for pause_s in FINISH_PAUSES_S:
            try:
                self._finish(claimed, handed)
            except AppError:
                if self._is_ending.wait(pause_s):
                    break
            else:
                return
        self._finish(claimed, handed)

    def _finish(self, claimed: Claimed, handed: Handed) -> bool:
        book, heard, now = self._office.deliveries, handed.heard, self._office.now_ms()
        meaning = meaning_of(self._channel, heard)
        reason = meaning.reason or ""
        also, chance = self._aftermath(claimed, handed, meaning), self._chance()
        tried = tries_counted(self._channel, claimed.attempt, claimed.max_attempts)
        failed = partial(after_failure, now_ms=now, asked_s=heard.asked_s, chance=chance)
        course = Course(handed.request, also=also)
        match meaning.fate:
            case Fate.SENT:
                return book.sent(claimed, heard.status, replace(course, fares=partial(after_success, now_ms=now)))
            case Fate.LATER:
                at = run_at(self._channel, tried, now, asked_s=heard.asked_s, chance=self._chance())
                course = replace(course, fares=after_answer if meaning.is_recipients else failed)
                return book.later(claimed, heard.status, heard.said, at, course)
            case Fate.EARLY:
                at = run_at(self._channel, tried, now, asked_s=None, chance=chance)
                course = replace(course, fares=partial(after_success, now_ms=now))
                return book.later(claimed, heard.status, heard.said, at, course, spent=reason)
            case Fate.RESTS:  # a test is to say so: it is tried once, and does not wait with the others
                trouble = meaning.trouble or AccountTrouble.UNREADABLE
                refused = partial(after_refusal, now_ms=now, trouble=trouble, chance=chance)
                self._log_refusal(claimed, trouble)
                also = self._office.notices.telling_of_account(claimed.event, claimed.endpoint, also)
                course = replace(course, fares=refused, also=also, counts=claimed.kind == TEST_KIND)
                return book.later(claimed, heard.status, heard.said, now, course)
            case Fate.AGAIN:
                course = replace(course, fares=partial(after_success, now_ms=now), counts=False)
                return book.later(claimed, heard.status, heard.said, now, course)
            case Fate.DEAD:  # the endpoint did what it should: it is this message that nobody wants
                course = replace(course, fares=None if heard.code is None else after_answer)
                return book.dead(claimed, heard.status, heard.said, reason, course)
            case Fate.CLOSED:
                course = replace(course, fares=failed, becomes=EndpointState.GONE)
                return book.dead(claimed, heard.status, heard.said, reason, course)
            case Fate.CANCELED:
                return book.canceled(claimed, heard.status, heard.said, reason, course)
            case _:
                assert_never(meaning.fate)

    def _log_refusal(self, claimed: Claimed, trouble: AccountTrouble) -> None:
        """For whoever runs the server: an event may have no way by which its people are told."""
        whose = claimed.endpoint.hex if claimed.endpoint is not None else None
        told = {"event_id": claimed.event.hex, "endpoint": whose, "trouble": trouble.value}
        logger(__name__).warning("account_refused", channel=self._channel.value, **told)

    # --- what is on its way ---------------------------------------------------------------------------------------

    def _count(self) -> int:
        with self._changed:
            return len(self._flights)

    def _count_by_endpoint(self) -> Counter[UUID | None]:
        with self._changed:
            return Counter(flight.claimed.endpoint for flight in self._flights.values())

    def _wait_for_one(self, ended: int) -> bool:
        """Waits until one more message has ended than `ended`, or a while; False where none is on its way, nor was."""
        with self._changed:
            if not self._flights and self._ended == ended:
                return False
            self._changed.wait_for(lambda: self._ended != ended, self._watch_s)
            return True

    def _keep_leases(self) -> None:
        """Extends the leases that are half over; whoever lost one anyway finishes nothing."""
        now_s = self._monotonic()
        half_s = LEASE_MS / 2000
        with self._changed:
            old: Sequence[_Flight] = [each for each in self._flights.values() if each.held_until_s - now_s < half_s]
        for flight in old:
            if self._office.deliveries.extend(flight.claimed):
                flight.held_until_s = now_s + LEASE_MS / 1000

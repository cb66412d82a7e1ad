"""How often who may call: limits per credential (a device's, an account's, a program's) and per address.

Owns the table of limits and whom each request counts for. A busy door is never limited by accident: whoever has proven
a credential within the last ten minutes is counted by it alone, however many share an address; addresses count those
whom nobody knows yet.
"""

import asyncio
import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import Enum

from limits.storage import MemoryStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from app.errors import AppError
from app.log import logger
from app.runtime.pace import Rate
from app.server.addresses import Network, caller_of
from app.server.bounds import is_of_stripe

KNOWN_S = 600.0
"""How long a credential that opened something is taken for a good one, by the limits alone."""
MOST_REMEMBERED = 10_000
"""Good credentials, and addresses that wait: more than one installation has kiosks."""
_TURNED_AWAY = 401


class Rule(Enum):
    """What is counted, with its limit: so many in so many seconds. The reasons stand beside the table below."""

    REDEMPTION = "redemption"
    BATCH = "batch"
    READING = "reading"
    CHANGE = "change"
    NEWCOMER = "newcomer"
    STRANGER = "stranger"
    ENROLMENT = "enrolment"
    LOG_IN = "log_in"
    STRIPE = "stripe"


RATES: dict[Rule, Rate] = {
    # One lane lets in a guest a second at most; a stuck scanner, or one that is shown two codes in turn, reads 20.
    Rule.REDEMPTION: Rate(1_200),
    # A queue drains one batch after the other, each at least 50 ms: a kiosk never sends more, however long its queue.
    Rule.BATCH: Rate(1_200),
    # A kiosk asks for its manifest every 5 s; the first lists are some 40 files; an organizer's page asks ten at once.
    Rule.READING: Rate(1_200),
    # A shop that tells each ticket as it is sold: 50 a second is more than one server process seals.
    Rule.CHANGE: Rate(3_000),
    # Whoever shows no credential, or one not seen lately: load balancers, and 64 kiosks that all start at one moment.
    Rule.NEWCOMER: Rate(1_200),
    # Wrong credentials from one address: ten revoked kiosks that go on asking; nobody guesses 256 bits by this.
    Rule.STRANGER: Rate(120, is_shared=True),
    # 20 doors that are set up together, each with a slip of the hand; a code by itself takes five tries.
    Rule.ENROLMENT: Rate(60, is_shared=True),
    # An office whose five people all mistype; how often one name may be tried is the accounts' own affair.
    Rule.LOG_IN: Rate(30, is_shared=True),
    # Stripe from a few addresses of its own: a sale of 25 orders a second tells four things of each; what is turned
    # away is sent again in hours, and its guests stand unpaid at the door till then.
    Rule.STRIPE: Rate(6_000),
}

LOG_IN_PATHS = frozenset({"/api/v1/sessions", "/api/v1/login"})
ENROL_PATH = "/api/v1/devices/enrol"


class OpenTurnstile:
    """Lets everybody in: for measurements, and behind a proxy that limits by itself."""

    async def wait_s(self, scope: Scope) -> int | None:  # noqa: ARG002
        """Nobody waits."""
        return None

    def left(self, scope: Scope, status: int) -> None:
        """Nothing is counted."""


class LimitingTurnstile:
    """Counts by the table. `shared` is the storage of what all processes count together. Safe between threads."""

    def __init__(
        self,
        shared: Storage | None = None,
        proxies: Sequence[Network] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._own = own
        self._shared = SlidingWindowCounterRateLimiter(shared) if shared is not None else own
        self._proxies = proxies
        self._known = Lately(monotonic)
        self._full = Lately(monotonic)

    async def wait_s(self, scope: Scope) -> int | None:
        """The seconds to wait before this request may come again; None where it may come in."""
        credential = _credential_of(scope)
        if credential is not None and self._known.left_s(credential) > 0:
            return self._hit(_rule_of(scope), credential)
        address = caller_of(scope, self._proxies)
        rules = [Rule.STRIPE if is_of_stripe(scope["path"]) else Rule.NEWCOMER]
        if scope["path"] == ENROL_PATH:
            rules.append(Rule.ENROLMENT)
        elif scope["path"] in LOG_IN_PATHS and scope["method"] == "POST":
            rules.append(Rule.LOG_IN)
        for rule in rules:
            if (wait_s := await self._do(self._hit, rule, address)) is not None:
                return wait_s
        return None if credential is None else await self._do(self._look, Rule.STRANGER, address)

    def left(self, scope: Scope, status: int) -> None:
        """Remembers a good credential, counts a wrong one."""
        credential = _credential_of(scope)
        if credential is None:
            return
        if status != _TURNED_AWAY:
            if status < _TURNED_AWAY:
                self._known.add(credential, KNOWN_S)
            return
        self._known.drop(credential)
        address = caller_of(scope, self._proxies)
        if self._shared is self._own:
            self._hit(Rule.STRANGER, address)
        else:
            asyncio.get_running_loop().run_in_executor(None, self._hit, Rule.STRANGER, address)

    async def _do(self, work: Callable[[Rule, str], int | None], rule: Rule, who: str) -> int | None:
        if RATES[rule].is_shared and self._shared is not self._own:
            return await asyncio.to_thread(work, rule, who)
        return work(rule, who)

    def _hit(self, rule: Rule, who: str) -> int | None:
        return self._counted(rule, who, is_hit=True)

    def _look(self, rule: Rule, who: str) -> int | None:
        return self._counted(rule, who, is_hit=False)

    def _counted(self, rule: Rule, who: str, *, is_hit: bool) -> int | None:
        """The wait, or None. A database that does not answer limits nobody: the request itself will tell.

        Who is told to wait is not counted again before: a flood costs the database one transaction per wait.
        """
        name, rate = f"{rule.value}/{who}", RATES[rule]
        if (left_s := self._full.left_s(name)) > 0:
            return math.ceil(left_s)
        limiter = self._shared if rate.is_shared else self._own
        item = rate.item
        try:
            passes = limiter.hit(item, rule.value, who) if is_hit else limiter.test(item, rule.value, who)
            if passes:
                return None
            reset_s = limiter.get_window_stats(item, rule.value, who).reset_time - time.time()
        except AppError as err:
            logger(__name__).warning("limits_unknown", rule=rule.value, why=err.key)
            return None
        wait_s = max(1, min(math.ceil(reset_s), rate.per_s))
        self._full.add(name, wait_s)
        return wait_s


class Lately:
    """Names that hold for a while; where there are too many, the oldest are forgotten first. Safe between threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until: OrderedDict[str, float] = OrderedDict()

    def left_s(self, name: str) -> float:
        """For how long it still holds; not above zero where it does not."""
        return self._until.get(name, 0.0) - self._monotonic()

    def add(self, name: str, for_s: float) -> None:
        """It holds from now on."""
        with self._lock:
            self._until[name] = self._monotonic() + for_s
            self._until.move_to_end(name)
            while len(self._until) > MOST_REMEMBERED:
                self._until.popitem(last=False)

    def drop(self, name: str) -> None:
        """It holds no more."""
        with self._lock:
            self._until.pop(name, None)


def _credential_of(scope: Scope) -> str | None:
    """What stands for the request's credential; None where it shows none."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value:
            return _hashed(value)
    return None


def _hashed(text: bytes) -> str:
    """A secret is no key of a table: its hash is."""
    return hashlib.sha256(text).hexdigest()[:32]


def _rule_of(scope: Scope) -> Rule:
    path: str = scope["path"]
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return Rule.READING
    if path.endswith("/redemptions"):
        return Rule.REDEMPTION
    if path.endswith("/redemptions/batch"):
        return Rule.BATCH
    return Rule.CHANGE

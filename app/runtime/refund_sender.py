"""A refund's try, from its message to what it came to: Stripe is called, or asked back first.

Owns the order of it. Each try, in this order:

1. the intent is read, and that its key is used is written down (`app.ledger.intent_book`)
2. Stripe is called under the intent's key; or, where a call could do it twice or would only hear the same again, the
   refunds of the payment are read back
3. an answer that ends the key makes us read back as well
4. what it came to is handed back, and written down with the message's end or not at all

Decides nothing: `core.payment` says what an answer means. Imports Stripe's library: whoever may never need it imports
this module when it does.
"""

import json
from uuid import UUID

from app.ledger.admin import Office
from app.ledger.endpoint_book import TEST_KIND
from app.ledger.intent_book import Work
from app.ledger.intent_rows import Intent
from app.ledger.stripe_accounts import is_loopback_base
from app.net.stripe_gate import API_BASE, Account, StripeGate
from app.runtime.refunds import Tried
from core.delivery.meaning import Heard
from core.delivery.parcel import Handed, Parcel
from core.model.ids import EventId
from core.payment.answer import (
    REFUND_FAILED,
    REFUSED,
    AccountRefused,
    Answer,
    Conclusion,
    Done,
    Reading,
    Refused,
    Unknown,
    concluded,
    heard_of,
    reading_of,
)
from core.payment.intent import Step

_REFUNDS = "/v1/refunds"


class RefundSender:
    """Tries refunds, one after the other or at the same time from several threads."""

    def __init__(self, office: Office, gate: StripeGate) -> None:
        self._intents = office.intents
        self._gate = gate

    def send(self, parcel: Parcel) -> Handed:
        """One try. Raises LedgerBusy, LedgerUnavailable."""
        if not parcel.secrets:
            return Handed(Heard(None, "no_secret", "the account has no key: set one with `doorlight stripe set`"))
        if parcel.target != API_BASE and not is_loopback_base(parcel.target):
            return Handed(Heard(None, "target_refused", "a key goes to Stripe, or stays on this computer"))
        account = Account(parcel.secrets[0].decode(), parcel.target)
        if parcel.kind == TEST_KIND:
            return Handed(_checked(self._gate.check(account)), _told(account, "GET", None, None))
        work = self._intents.begun(EventId(UUID(hex=json.loads(parcel.body)["event"])), parcel.id)  # (1)
        if work is None:
            return Handed(Heard(None, REFUSED, "there is no such intent any more"))
        return self._try(account, work)

    def _try(self, account: Account, work: Work) -> Handed:
        intent = work.intent
        match work.step:
            case None:
                return Handed(Heard(None, "done", "it was done before"))
            case Step.CALL:
                called = work.refused or self._called(account, work)
                return _handed(called, intent, _told(account, "POST", intent.key, intent.parameters))
            case Step.READ_BACK:
                read = self._read_back(account, work, None)
                return _handed(read, intent, _told(account, "GET", None, None))

    def _called(self, account: Account, work: Work) -> Conclusion:
        answer = self._gate.refund(account, work.intent.key, json.loads(work.intent.parameters))  # (2)
        match reading_of(answer):
            case Reading.DONE:
                return _made(answer)
            case Reading.SAME_KEY:
                return Unknown(answer)
            case Reading.ACCOUNT:
                return AccountRefused(answer)
            case Reading.READ_BACK:
                return self._read_back(account, work, answer)  # (3)

    def _read_back(self, account: Account, work: Work, before: Answer | None) -> Conclusion:
        mark = work.intent.mark
        read = self._gate.find_refund(account, mark, payment_intent=work.payment_intent, charge=work.charge)
        return concluded(read, before, paid=work.paid)


def _handed(conclusion: Conclusion, intent: Intent, told: str) -> Handed:
    return Handed(heard_of(conclusion), told, Tried(intent, conclusion))  # (4)


def _made(answer: Answer) -> Conclusion:
    """A refund that Stripe has made; one that came to nothing at once is for a person."""
    refund = answer.refund
    if refund is not None and not refund.is_good:
        return Refused(REFUSED, REFUND_FAILED, answer)
    return Done(refund, refund.charge_refunded if refund is not None else None)


def _checked(answer: Answer) -> Heard:
    """What a test message came to."""
    if answer.status == 200:
        return Heard(200, "done", "the account's key is taken")
    is_account = reading_of(answer) is Reading.ACCOUNT
    return heard_of(AccountRefused(answer) if is_account else Unknown(answer))


def _told(account: Account, method: str, key: str | None, parameters: str | None) -> str:
    """What was asked, for a person: never the account's key."""
    told: dict[str, object] = {"method": method, "url": account.api_base + _REFUNDS}
    told |= {"idempotency_key": key} if key is not None else {}
    told |= {"parameters": json.loads(parameters)} if parameters is not None else {}
    return json.dumps(told)

"""What a try of a refund came to, written down in the transaction that ends it.

Owns that handing on. The line that it goes by is `app.runtime.stripe_line`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.intent_rows import Intent
from core.delivery.meaning import Meaning
from core.delivery.parcel import Handed
from core.payment.answer import Conclusion


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try of an intent came to."""

    intent: Intent
    conclusion: Conclusion


def aftermath_of(office: Office) -> Callable[[Claimed, Handed, Meaning], Also | None]:
    """What is written down of a try."""

    def aftermath(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:  # noqa: ARG001
        tried = handed.outcome
        if not isinstance(tried, Tried):
            return None
        return lambda connection: office.intents.settle(connection, tried.intent, tried.conclusion)

    return aftermath

"""What Stripe says has happened: a message of its, read, and what of Stripe's has to be looked at for it.

Owns the reading and the closed table of the types that mean something here. Of a message no more is believed than that
something happened to an object: how the object is now is asked of Stripe itself, so that neither a late message nor one
out of order can say anything that is over.

Reference: Stripe, "The Event object"; "Types of events".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_]{1,255}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9_.]{1,100}", re.ASCII)
_LATEST_S = 2**40


class Subject(StrEnum):
    """What of Stripe's a message is about: by each of them the payment is found."""

    PAYMENT = "payment_intent"
    SESSION = "checkout.session"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"


class Handling(Enum):
    """What is done about a message: its payment is looked at, or it is kept and nothing else."""

    LOOK = "look"
    IGNORE = "ignore"


SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "checkout.session.completed": Subject.SESSION,
        "checkout.session.async_payment_succeeded": Subject.SESSION,
        "checkout.session.async_payment_failed": Subject.SESSION,
        "checkout.session.expired": Subject.SESSION,
        "payment_intent.succeeded": Subject.PAYMENT,
        "payment_intent.payment_failed": Subject.PAYMENT,
        "payment_intent.canceled": Subject.PAYMENT,
        "charge.succeeded": Subject.CHARGE,
        "charge.failed": Subject.CHARGE,
        "charge.refunded": Subject.CHARGE,
        "charge.refund.updated": Subject.REFUND,
        "refund.created": Subject.REFUND,
        "refund.updated": Subject.REFUND,
        "refund.failed": Subject.REFUND,
        "charge.dispute.created": Subject.DISPUTE,
        "charge.dispute.updated": Subject.DISPUTE,
        "charge.dispute.closed": Subject.DISPUTE,
        "charge.dispute.funds_withdrawn": Subject.DISPUTE,
        "charge.dispute.funds_reinstated": Subject.DISPUTE,
    }
)
"""The types that mean something here. Twenty at most: Stripe's list of events takes no more at once."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """A message of Stripe's: its own id, what happened, to which object, when (unix seconds)."""

    id: str
    type: str
    object_id: str | None
    made_at_s: int

    @property
    def handling(self) -> Handling:
        """What is done about it."""
        return Handling.LOOK if self.type in SUBJECTS and self.object_id is not None else Handling.IGNORE

    @property
    def subject(self) -> Subject:
        """What its object is. Raises KeyError for a type that means nothing here: a caller's mistake."""
        return SUBJECTS[self.type]


@dataclass(frozen=True, slots=True)
class NoEvent:
    """What came is no message of Stripe's, though it is signed: `cause` says why."""

    cause: str


def read_event(body: bytes) -> ToldEvent | NoEvent:
    """The message of a body. Total."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return NoEvent("no JSON")
    return event_from(told)


def event_from(told: Any) -> ToldEvent | NoEvent:
    """The same of what was read already. Total."""
    if not isinstance(told, dict):
        return NoEvent("no object")
    id_, type_ = told.get("id"), told.get("type")
    if not isinstance(id_, str) or _ID.fullmatch(id_) is None:
        return NoEvent("no id")
    if not isinstance(type_, str) or _TYPE.fullmatch(type_) is None:
        return NoEvent("no type")
    return ToldEvent(id_, type_, _object_id(told), _time(told.get("created")))


def _time(made_at: Any) -> int:
    is_number = isinstance(made_at, int) and not isinstance(made_at, bool)
    return made_at if is_number and 0 <= made_at < _LATEST_S else 0


def _object_id(told: Mapping[str, Any]) -> str | None:
    data = told.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    id_ = about.get("id") if isinstance(about, dict) else None
    return id_ if is_id(id_) else None


def is_id(text: Any) -> bool:
    """Whether it may be Stripe's name of something: it goes into an address."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None

"""A small Stripe on loopback, for what localstripe lacks: disputes, sessions, events of refunds, statuses that change.

It answers the reading half of the API, keeps the list of its events, and signs them as Stripe does. Whatever it sends
is held against the types of Stripe's library (`stripe_shapes`), so that nothing is tested against an invented shape.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import stripe

from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json
from tests.support.stripe_shapes import misfits

NO_SUCH = {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object"}}
_LISTS = {"refunds": "refund", "disputes": "dispute", "events": "event"}
_PATHS = {"payment_intents": "payment_intent", "charges": "charge", **_LISTS}


@dataclass
class StripePeer:
    """Objects by their ids, in the order in which they came to be. Safe between threads."""

    key: str = "sk_test_peer000000000000"
    secret: str = "whsec_peer0000000000000000"
    at_s: int = field(default_factory=lambda: int(time.time()))
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: Callable[[Question], Reply | None] = lambda _: None
    """What is answered in the place of the truth, where it is not None."""

    def __post_init__(self) -> None:
        self._numbers, self._own = count(1), secrets.token_hex(6)  # as at Stripe, no two objects have one name
        self._lock = threading.RLock()
        self.asked: list[str] = []

    # --- what happens there ---------------------------------------------------------------------------------------

    def begin(self, amount: int = 4_000, **metadata: str) -> str:
        """A payment that is not paid yet; its id."""
        id_ = self._id("pi")
        self._put(
            id_,
            "payment_intent",
            amount=amount,
            amount_capturable=0,
            amount_received=0,
            capture_method="automatic",
            confirmation_method="automatic",
            currency="eur",
            latest_charge=None,
            metadata=metadata,
            payment_method_types=["card"],
            status="requires_payment_method",
        )
        return id_

    def pay(self, id_: str) -> str:
        """It is paid; its charge's id."""
        intent, charge = self.objects[id_], self._id("ch")
        amount = intent["amount"]
        self._put(charge, "charge", **_charge(amount, id_, intent["metadata"]))
        intent |= {"status": "succeeded", "amount_received": amount, "latest_charge": charge}
        return charge

    def paid(self, amount: int = 4_000, **metadata: str) -> str:
        """A payment that is paid; its id."""
        id_ = self.begin(amount, **metadata)
        self.pay(id_)
        return id_

    def refund(self, id_: str, amount: int, status: str = "succeeded", **metadata: str) -> str:
        """So much goes back; the refund's id."""
        refund, charge = self._id("re"), self.objects[id_]["latest_charge"]
        self._put(
            refund,
            "refund",
            amount=amount,
            charge=charge,
            currency="eur",
            metadata=metadata,
            payment_intent=id_,
            status=status,
            livemode=None,
        )
        self._sum_up(charge)
        return refund

    def change_refund(self, id_: str, status: str) -> None:
        """A refund goes on."""
        self.objects[id_]["status"] = status
        self._sum_up(self.objects[id_]["charge"])

    def dispute(self, id_: str, status: str = "needs_response") -> str:
        """The payer's bank objects; the dispute's id."""
        dispute, charge = self._id("du"), self.objects[id_]["latest_charge"]
        self._put(
            dispute,
            "dispute",
            amount=self.objects[charge]["amount"],
            balance_transactions=[],
            charge=charge,
            currency="eur",
            enhanced_eligibility_types=[],
            evidence=_EVIDENCE,
            evidence_details=_DETAILS,
            is_charge_refundable=False,
            metadata={},
            payment_intent=id_,
            reason="fraudulent",
            status=status,
        )
        self.objects[charge]["disputed"] = True
        return dispute

    def session(self, intent: str | None, payment_status: str = "paid", status: str = "complete", **told: str) -> str:
        """A checkout session; its id."""
        id_ = self._id("cs")
        self._put(
            id_,
            "checkout.session",
            amount_total=self.objects[intent]["amount"] if intent else 0,
            automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
            currency="eur",
            custom_fields=[],
            custom_text=dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            expires_at=self.at_s + 86_400,
            metadata=told,
            mode="payment",
            payment_intent=intent,
            payment_method_types=["card"],
            payment_status=payment_status,
            shipping_options=[],
            status=status,
        )
        return id_

    def event(self, type_: str, about: str, made_at_s: int | None = None) -> dict[str, Any]:
        """Something happened to an object: as it is now, stored in the list of events."""
        id_ = self._id("evt")
        data = {"object": json.loads(json.dumps(self.objects[about]))}
        told = {"api_version": stripe.api_version, "pending_webhooks": 1, "type": type_, "data": data, "request": None}
        self._put(id_, "event", **told)
        self.objects[id_]["created"] = self.at_s if made_at_s is None else made_at_s
        return self.objects[id_]

    # --- what it says ---------------------------------------------------------------------------------------------

    def signed(self, event: Mapping[str, Any], secret: str | None = None, at_s: int | None = None) -> tuple[bytes, str]:
        """The body of a message and its header, by Stripe's own library."""
        body = json.dumps(event, indent=2)
        at = self.at_s if at_s is None else at_s
        return body.encode(), stripe.WebhookSignature.generate_signature_header(body, secret or self.secret, at)

    def deliver(self, url: str, event: Mapping[str, Any], at_s: int | None = None) -> httpx.Response:
        """Tells a server what happened."""
        body, header = self.signed(event, at_s=at_s)
        return httpx.post(url, content=body, headers={"Stripe-Signature": header}, timeout=20)

    def serve(self) -> ScriptedServer:
        """The API on a free port, as a context."""
        return ScriptedServer(self.answer)

    def answer(self, question: Question) -> Reply:
        """One answer of the API."""
        with self._lock:
            parts = urlsplit(question.path)
            self.asked.append(parts.path)
            trouble = self.trouble(question)
            if trouble is not None:
                return trouble
            if question.headers.get("Authorization") != f"Bearer {self.key}":
                error = {"type": "invalid_request_error", "message": "Invalid API Key provided"}
                return reply_json({"error": error}, 401)
            words = parts.path.removeprefix("/v1/").split("/")
            query = {name.removesuffix("[]"): values for name, values in parse_qs(parts.query).items()}
            if len(words) == 1 and words[0] in _LISTS:
                return self._list(words[0], query)
            kind = "checkout.session" if words[0] == "checkout" else _PATHS.get(words[0])
            return self._one(kind, words[-1], query)

    def _one(self, kind: str | None, id_: str, query: Mapping[str, list[str]]) -> Reply:
        found = self.objects.get(id_)
        if found is None or found["object"] != kind:
            return reply_json(NO_SUCH, 404)
        told = dict(found)
        wanted = {value for name, values in query.items() if name.startswith("expand") for value in values}
        for name in wanted:
            told[name] = self.objects.get(told[name]) if told[name] else None
        assert misfits(told) == []
        return reply_json(told)

    def _list(self, path: str, query: Mapping[str, list[str]]) -> Reply:
        types = {value for name, values in query.items() if name.startswith("types") for value in values}
        since = int(query.get("created[gte]", ["0"])[0])
        found = [
            each
            for each in reversed(self.objects.values())
            if each["object"] == _LISTS[path]
            and all(each.get(name) == query[name][0] for name in ("payment_intent", "charge") if name in query)
            and (not types or each["type"] in types)
            and each["created"] >= since
        ]
        after = query.get("starting_after", [""])[0]
        begin = next((place + 1 for place, each in enumerate(found) if each["id"] == after), 0)
        most = int(query.get("limit", ["10"])[0])
        page = found[begin : begin + most]
        assert [misfit for each in page for misfit in misfits(each)] == []
        return reply_json({"object": "list", "url": f"/v1/{path}", "data": page, "has_more": len(found) > begin + most})

    def _put(self, id_: str, kind: str, **fields: Any) -> None:
        with self._lock:
            self.objects[id_] = {"id": id_, "object": kind, "created": self.at_s, "livemode": False, **fields}
            if kind == "refund":
                del self.objects[id_]["livemode"]
            assert misfits(self.objects[id_]) == []

    def _sum_up(self, charge: str) -> None:
        gone = {"pending", "requires_action", "succeeded"}
        mine = [each for each in self.objects.values() if each["object"] == "refund" and each["charge"] == charge]
        total = sum(each["amount"] for each in mine if each["status"] in gone)
        told = self.objects[charge]
        told |= {"amount_refunded": total, "refunded": total >= told["amount"]}

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):04}{self._own}"


def _charge(amount: int, intent: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    details = dict.fromkeys(("address", "email", "name", "phone", "tax_id"))
    return {
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "billing_details": details,
        "captured": True,
        "currency": "eur",
        "disputed": False,
        "metadata": dict(metadata),
        "paid": True,
        "payment_intent": intent,
        "refunded": False,
        "status": "succeeded",
    }


_EVIDENCE: dict[str, Any] = {"enhanced_evidence": {}}
_DETAILS = {
    "due_by": None,
    "enhanced_eligibility": {},
    "has_evidence": False,
    "past_due": False,
    "submission_count": 0,
    "submission_method": "not_submitted",
}

"""Money at the command line: an event's Stripe account, what an order was bought with, what goes back.

Owns where secrets are read: from the environment, from standard input, or typed without being shown. Never from an
argument, and never said again.
"""

import argparse
import getpass
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.ledger.admin import Office
from app.ledger.intent_book import IntentUnknown
from app.ledger.intent_rows import Shown, told_of
from app.ledger.payment_book import Payment, Told
from app.ledger.stripe_accounts import MOST_SECRET, StripeAccount, StripeUnset, Wanted
from app.paper.mail import refusal_text
from app.speech import say, say_json
from core.model.ids import EventId
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState
from core.sync.ticket_messages import Why

API_KEY, SIGNING_SECRET = "DOORLIGHT_STRIPE_API_KEY", "DOORLIGHT_STRIPE_SIGNING_SECRET"
_MOST_LINE = MOST_SECRET + 2


def set_account(args: argparse.Namespace) -> int:
    """The account's key, secret and policies."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        api_key, signing_secret = _secrets(args, is_new=_is_new(office, event))
        wanted = Wanted(
            api_key=api_key,
            signing_secret=signing_secret,
            api_base=args.api_base,
            partial_refund=PartialRefundPolicy(args.partial_refund) if args.partial_refund else None,
            dispute=DisputePolicy(args.dispute) if args.dispute else None,
        )
        if wanted == Wanted():
            raise CommandFailed(
                f"nothing was said: set {API_KEY} and {SIGNING_SECRET}, or give the secrets with --stdin, or a policy"
            )
        _say_account(office.stripe_accounts.set(event, wanted), as_json=args.json)
    return 0


def show_account(args: argparse.Namespace) -> int:
    """The account without its secrets."""
    with office_of(args) as office:
        _say_account(office.stripe_accounts.show(chosen_event(office, args.event)), as_json=args.json)
    return 0


def remove_account(args: argparse.Namespace) -> int:
    """Ends the account's use here; payments and what was refunded stay on record."""
    with office_of(args) as office:
        office.stripe_accounts.remove(chosen_event(office, args.event))
    say_json({"removed": True}) if args.json else say("the Stripe account is removed: nothing is refunded any more")
    return 0


def order_payment(args: argparse.Namespace) -> int:
    """Shows what an order was bought with, or says it."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        if args.amount is None:
            found = office.payments.show(event, args.order, args.source)
        else:
            found = office.payments.put(event, args.order, args.source, _told(args))
    if args.json:
        say_json(_fields(found))
        return 0
    names = ", ".join(filter(None, (found.payment_intent, found.charge, found.checkout_session)))
    say(
        f"order {found.order} of {found.source}: {found.amount} {found.currency}, {found.state.value}  {names}".rstrip()
    )
    if found.refunded:
        say(f"  {found.refunded} {found.currency} were refunded")
    for tid, price in sorted(found.prices.items()):
        say(f"  {tid.hex()}  {price} {found.currency}")
    return 0


def list_events(args: argparse.Namespace) -> int:
    """What Stripe told, the newest first."""
    with office_of(args) as office:
        found = office.stripe_events.list(chosen_event(office, args.event), args.last)
    for each in found:
        if args.json:
            say_json(asdict(each))
            continue
        came_to = each.outcome.value if each.outcome is not None else "its work waits, or is dead"
        said = f"{_time(each.received_at)} {each.id} {each.type} {each.object_id or '-'}: {came_to}"
        say(f"{said}, {each.trouble.value}" if each.trouble is not None else said)
    return 0


def list_intents(args: argparse.Namespace) -> int:
    """Refunds, the newest first."""
    with office_of(args) as office:
        found = office.intents.list(chosen_event(office, args.event), order=args.order, most=args.last)
    for each in found:
        say_json(asdict(told_of(each))) if args.json else say(_line(each))
    return 0


def show_intent(args: argparse.Namespace) -> int:
    """One refund with all its attempts."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        shown, attempts = office.intents.show(event, _intent(office, event, args.intent))
    if args.json:
        tries = [{**asdict(each), "id": each.id.hex, "parameters": json.loads(each.parameters)} for each in attempts]
        kept = ("id", "attempt", "key", "parameters", "state", "reason", "called_at", "made_at", "closed_at")
        told = asdict(told_of(shown)) | {"message": shown.intent.message.hex}
        say_json(told | {"attempts": [{name: each[name] for name in kept} for each in tries]})
        return 0
    say(_line(shown))
    for each in attempts:
        called = _time(each.called_at) if each.called_at is not None else "not tried yet"
        say(f"  {each.attempt}. {called}  {each.state.value}  {each.reason or ''}".rstrip())
        say(f"     {each.key}")
    say(f"  `doorlight delivery show {shown.intent.message.hex}` says what was asked and answered")
    return 0


def retry_intent(args: argparse.Namespace) -> int:
    """Tries a refused or stuck refund again, once."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        shown = office.intents.retry(event, _intent(office, event, args.intent))
    say_json(asdict(told_of(shown))) if args.json else say(_line(shown))
    return 0


def refund_why(args: argparse.Namespace) -> Why | None:
    """Why something is canceled, where its money goes back."""
    return Why.REFUND if args.refund or args.refund_amount is not None else None


def refund_fields(refund: Shown | None) -> dict[str, Any] | None:
    """A refund for programs."""
    return None if refund is None else asdict(told_of(refund))


def say_refund(refund: Shown | None, args: argparse.Namespace) -> None:
    """What goes back; or, where it was asked for, that nothing does."""
    if refund is not None:
        say(f"refund {_line(refund)}")
    elif refund_why(args) is not None:
        say("nothing goes back through Stripe: there is no account, no payment, or nothing left of it")


def _line(shown: Shown) -> str:
    intent = shown.intent
    tries = f", {shown.tries} tries" if shown.tries else ""
    due = f", due {_time(shown.due_at)}" if shown.due_at is not None else ""
    what = f"{intent.id.hex[:12]} {shown.fate.value}: {intent.amount} {intent.currency} of order {shown.order}"
    return f"{what}{tries}{due}  {intent.object_id or ''} {intent.reason or ''}".rstrip()


def _intent(office: Office, event: EventId, text: str) -> UUID:
    """The intent of an id or its beginning. Raises IntentUnknown."""
    found = [each.intent.id for each in office.intents.list(event) if text and each.intent.id.hex.startswith(text)]
    if len(found) == 1:
        return found[0]
    try:
        return UUID(hex=text)
    except ValueError as err:
        raise IntentUnknown from err


def _told(args: argparse.Namespace) -> Told:
    if not args.currency:
        raise CommandFailed("say the currency too, such as --currency eur")
    return Told(
        amount=args.amount,
        currency=args.currency,
        payment_intent=args.payment_intent,
        checkout_session=args.checkout_session,
        charge=args.charge,
        state=PaymentState.OPEN if args.open else PaymentState.PAID,
        prices=dict(map(_price, args.price)),
    )


def _price(text: str) -> tuple[str, int]:
    ticket, _, amount = text.rpartition("=")
    if not ticket or not (amount.isascii() and amount.isdigit()) or len(amount) > len(str(2**53)):
        raise CommandFailed(f"'{text}' is no price: say TICKET=N, in the currency's smallest unit")
    return ticket, int(amount)


def _secrets(args: argparse.Namespace, *, is_new: bool) -> tuple[str | None, str | None]:
    """The API key and the signing secret, each None where it stays."""
    told = (os.environ.get(API_KEY) or None, os.environ.get(SIGNING_SECRET) or None)
    if args.stdin:
        lines = [sys.stdin.readline(_MOST_LINE).strip() or None for _ in told]
        return lines[0], lines[1]
    if any(told) or not is_new or not sys.stdin.isatty():
        return told
    asked = (
        getpass.getpass("Stripe API key (sk_… or rk_…): "),
        getpass.getpass("Signing secret (whsec_…), or nothing: "),
    )
    return asked[0].strip() or None, asked[1].strip() or None


def _is_new(office: Office, event: EventId) -> bool:
    try:
        office.stripe_accounts.show(event)
    except StripeUnset:
        return True
    return False


def _say_account(told: StripeAccount, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(told) | {"endpoint": told.endpoint.hex, "is_live": told.is_live})
        return
    money = "real money" if told.is_live else "test money"
    say(f"{told.key}, {money}: {told.state.value}" + (f", at {told.api_base}" if told.api_base else ""))
    say("  signing secret: " + ("set" if told.has_signing_secret else "none: events of Stripe's are refused"))
    if told.old_signing_until is not None:
        say(f"  the one before counts until {_time(told.old_signing_until)}")
    say(f"  a partial refund made at Stripe: {told.partial_refund.value}; a dispute: {told.dispute.value}")
    if told.health.failing_since is not None:
        say(f"  failing since {_time(told.health.failing_since)}, {told.health.failures} times")
    if told.health.trouble is not None:
        say(f"  the account is refused, and what it would send waits: {refusal_text(told.health.trouble)}")


def _fields(each: Payment) -> dict[str, Any]:
    prices = {tid.hex(): price for tid, price in each.prices.items()}
    return {**asdict(each), "event": each.event.hex, "id": each.id.hex, "prices": prices}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

"""The grammar of money: an event's Stripe account, what an order was bought with.

Owns these commands' arguments; `office_grammar` puts them beside the others. No secret is an argument: whoever lists
the computer's processes would read it.
"""

from typing import Any

from app.cli.grammar import count
from core.payment.money import DisputePolicy, PartialRefundPolicy


def add_payments(commands: Any, parser_class: Any) -> list[Any]:
    """`stripe …`"""
    stripe = commands.add_parser("stripe", help="the event's Stripe account")
    verbs = stripe.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    set_ = verbs.add_parser("set", help="the account's key, secret and policies; what is not said stays")
    set_.add_argument(
        "--stdin",
        action="store_true",
        help="read the API key from the first line of standard input, the signing secret from the second",
    )
    set_.add_argument(
        "--partial-refund",
        choices=[each.value for each in PartialRefundPolicy],
        help="what a refund of a part, made at Stripe, does to the tickets (default: keep)",
    )
    set_.add_argument(
        "--dispute",
        choices=[each.value for each in DisputePolicy],
        help="what a payer's dispute does to the tickets (default: cancel)",
    )
    set_.add_argument("--api-base", metavar="URL", help="for development: another server, on this computer")
    set_.set_defaults(command="app.cli.payments:set_account")
    show = verbs.add_parser("show", help="the account, without its secrets, and how it fares")
    show.set_defaults(command="app.cli.payments:show_account")
    remove = verbs.add_parser("remove", help="the end of the account's use here")
    remove.set_defaults(command="app.cli.payments:remove_account")
    events = verbs.add_parser("events", help="what Stripe told of the event's payments, and what came of it")
    events.add_argument("--last", type=count, default=50, metavar="N", help="how many (default: 50)")
    events.set_defaults(command="app.cli.payments:list_events")
    return [set_, show, remove, events, *_add_intents(verbs, parser_class)]


def _add_intents(stripe: Any, parser_class: Any) -> list[Any]:
    intents = stripe.add_parser("intents", help="what Stripe is asked to give back, and what became of it")
    verbs = intents.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    listing = verbs.add_parser("list", help="refunds, the newest first")
    listing.add_argument("--order", metavar="ORDER", help="of this order alone")
    listing.add_argument("--last", type=count, default=50, metavar="N", help="how many (default: 50)")
    listing.set_defaults(command="app.cli.payments:list_intents")
    show = verbs.add_parser("show", help="one refund with all its attempts and keys")
    show.set_defaults(command="app.cli.payments:show_intent")
    retry = verbs.add_parser("retry", help="try a refused or stuck refund again; it is read back first")
    retry.set_defaults(command="app.cli.payments:retry_intent")
    for verb in (show, retry):
        verb.add_argument("intent", metavar="INTENT", help="as `stripe intents list` shows it; its beginning is enough")
    return [listing, show, retry]


def add_refund(cancel: Any) -> None:
    """`--refund`, for what cancels."""
    cancel.add_argument("--refund", action="store_true", help="give back what was paid, where Stripe has it")
    cancel.add_argument(
        "--refund-amount", type=count, metavar="N", help="how much, where not the ticket's price or all that is left"
    )


def add_order_payment(order: Any) -> Any:
    """`order payment …`"""
    payment = order.add_parser("payment", help="what an order was bought with; with --amount says it")
    payment.add_argument("order", metavar="ORDER")
    payment.add_argument("--source", metavar="NAME", help="the shop, where two gave the same number")
    payment.add_argument("--amount", type=count, metavar="N", help="in the currency's smallest unit, such as cents")
    payment.add_argument("--currency", metavar="CUR", help="such as eur")
    payment.add_argument("--payment-intent", metavar="pi_…")
    payment.add_argument("--checkout-session", metavar="cs_…")
    payment.add_argument("--charge", metavar="ch_…")
    payment.add_argument("--open", action="store_true", help="it is not paid yet")
    payment.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="TICKET=N",
        help="what was paid for one ticket, by its number or its shop's reference; may be given several times",
    )
    payment.set_defaults(command="app.cli.payments:order_payment")
    return payment

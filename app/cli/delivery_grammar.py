"""The grammar of deliveries: who hears of an event, and what became of the messages.

Owns these commands' arguments; `office_grammar` puts them beside the others.
"""

import argparse
from typing import Any

from app.cli.grammar import count
from core.delivery.news import NewsKind


def add_deliveries(commands: Any, parser_class: Any) -> list[Any]:
    """`endpoint …`, `delivery …`"""
    return [*_add_endpoints(commands, parser_class), *_add_letters(commands, parser_class)]


def _add_endpoints(commands: Any, parser_class: Any) -> list[Any]:
    endpoint = commands.add_parser("endpoint", help="who hears of the event: webhooks")
    verbs = endpoint.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    add = verbs.add_parser("add", help="a new webhook; its secret is said once")
    add.add_argument("target", metavar="URL", help="https, on port 443 or 8443")
    add.set_defaults(command="app.cli.deliveries:add_endpoint")
    listing = verbs.add_parser("list", help="all of them, and how they fare")
    listing.set_defaults(command="app.cli.deliveries:list_endpoints")
    change = verbs.add_parser("change", help="another target, other kinds; enabled or disabled")
    change.add_argument("--target", metavar="URL")
    change.add_argument("--enabled", choices=["yes", "no"])
    change.set_defaults(command="app.cli.deliveries:change_endpoint")
    rotate = verbs.add_parser("rotate", help="a new secret; the one before counts for a day")
    rotate.set_defaults(command="app.cli.deliveries:rotate_endpoint")
    test = verbs.add_parser("test", help="a test message, before all others")
    test.set_defaults(command="app.cli.deliveries:test_endpoint")
    remove = verbs.add_parser("remove", help="its end; what waits for it is canceled")
    remove.set_defaults(command="app.cli.deliveries:remove_endpoint")
    for verb in (change, rotate, test, remove):
        verb.add_argument("endpoint", metavar="ENDPOINT", help="as `endpoint list` shows it; its beginning is enough")
    for verb, default in ((add, []), (change, None)):
        verb.add_argument(
            "--kind",
            action="append",
            default=default,
            choices=[kind.value for kind in NewsKind],
            help="what it hears of (default: everything); may be given several times",
        )
        verb.add_argument(
            "--to-loopback", action="store_true", help="for development: a target on this computer, http too"
        )
    return [add, listing, change, rotate, test, remove]


def _add_letters(commands: Any, parser_class: Any) -> list[Any]:
    delivery = commands.add_parser("delivery", help="messages that are dead or wait")
    verbs = delivery.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    listing = verbs.add_parser("list", help="dead messages, the oldest first")
    listing.add_argument("--state", choices=["dead", "ready", "leased", "canceled"], default="dead")
    listing.add_argument("--counts", action="store_true", help="how many, by endpoint and reason")
    listing.add_argument("--last", type=count, default=50, metavar="N", help="how many (default: 50)")
    listing.set_defaults(command="app.cli.deliveries:list_letters")
    show = verbs.add_parser("show", help="one message with all its attempts")
    show.add_argument("message", metavar="MESSAGE")
    show.set_defaults(command="app.cli.deliveries:show_letter")
    replay = verbs.add_parser("replay", help="send dead messages again, under their ids")
    replay.set_defaults(command="app.cli.deliveries:replay_letters")
    discard = verbs.add_parser("discard", help="give dead messages up, for a reason")
    discard.add_argument("--why", required=True, metavar="TEXT")
    discard.set_defaults(command="app.cli.deliveries:discard_letters")
    readdress = verbs.add_parser(
        "readdress", help="correct the address behind a dead ticket mail, and mail its tickets"
    )
    readdress.add_argument("message", metavar="MESSAGE")
    readdress.add_argument("--to", required=True, metavar="ADDRESS")
    readdress.set_defaults(command="app.cli.deliveries:readdress_letter")
    for verb in (replay, discard):
        verb.add_argument("messages", metavar="MESSAGE", nargs="*")
        verb.add_argument("--dry-run", action="store_true", help="only say how many it would touch")
    for verb in (listing, replay, discard):
        _add_choice(verb)
    return [listing, show, replay, discard, readdress]


def _add_choice(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--endpoint", metavar="ENDPOINT", help="of this endpoint alone")
    verb.add_argument("--channel", metavar="CHANNEL", help="of this channel alone, such as webhook")
    verb.add_argument("--reason", metavar="REASON", help="dead for this reason, such as attempts_spent")
    verb.add_argument("--before", metavar="ISO", help="made before then")

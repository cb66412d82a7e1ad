"""The grammar of mail: an event's account, tickets mailed once more, addresses that get no more.

Owns these commands' arguments; `office_grammar` puts them beside the others. The password is no argument: whoever lists
the computer's processes would read it.
"""

import argparse
from pathlib import Path
from typing import Any

from core.delivery.mail import Safety
from core.delivery.suppression import Suppressed
from core.model.settings import Language


def add_mail(commands: Any, parser_class: Any) -> list[Any]:
    """`mail …`"""
    mail = commands.add_parser("mail", help="the event's mail account, mailed tickets, addresses without mail")
    verbs = mail.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    set_ = verbs.add_parser("set", help="the account; what is not said stays")
    _add_account(set_)
    show = verbs.add_parser("show", help="the account, without its password, and how it fares")
    show.set_defaults(command="app.cli.mail:show_account")
    test = verbs.add_parser("test", help="a test mail, before all others")
    test.add_argument("to", metavar="ADDRESS", nargs="?", help="to whom (default: to the account's own address)")
    test.set_defaults(command="app.cli.mail:test_account")
    remove = verbs.add_parser("remove", help="its end; what waits for it is canceled")
    remove.set_defaults(command="app.cli.mail:remove_account")
    return [set_, show, test, remove, *_add_tickets(verbs), *_add_addresses(verbs)]


def _add_account(set_: argparse.ArgumentParser) -> None:
    set_.add_argument("--host", metavar="NAME", help="the mail server")
    set_.add_argument("--port", type=int, metavar="N", help="587, 465, 25 or 2525 (default: 587, with tls 465)")
    set_.add_argument("--safety", choices=[each.value for each in Safety], help="default: starttls")
    set_.add_argument("--user", metavar="NAME", help="who logs in; '' for nobody")
    set_.add_argument("--sender", metavar="ADDRESS", help="in whose name mail is sent")
    set_.add_argument("--name", metavar="TEXT", help="the sender's name as guests read it")
    set_.add_argument("--language", choices=[each.value for each in Language], help="default: en")
    set_.add_argument("--tickets", choices=["yes", "no"], help="whether guests get their tickets by mail (default: no)")
    set_.add_argument(
        "--authority", type=Path, metavar="FILE.pem", help="the certificate of the server's own authority"
    )
    set_.add_argument(
        "--local", choices=["yes", "no"], help="a server on this computer or in its network; only there 'none' is safe"
    )
    set_.add_argument("--stdin", action="store_true", help="read the password from the first line of standard input")
    set_.set_defaults(command="app.cli.mail:set_account")


def _add_tickets(verbs: Any) -> list[Any]:
    send = verbs.add_parser("send", help="mail tickets to their guests once more")
    send.add_argument("tickets", metavar="TID", nargs="*")
    send.add_argument("--order", metavar="ORDER", help="all tickets of an order")
    send.add_argument("--source", metavar="SHOP", help="of this shop, where two gave the same number")
    send.add_argument("--unsent", action="store_true", help="every ticket that was in no mail to its address yet")
    send.add_argument("--dry-run", action="store_true", help="with --unsent: only say how many it would be")
    send.set_defaults(command="app.cli.mail:send_tickets")
    return [send]


def _add_addresses(verbs: Any) -> list[Any]:
    suppress = verbs.add_parser("suppress", help="no more mail to an address")
    suppress.add_argument("address", metavar="ADDRESS")
    suppress.add_argument("--reason", choices=[each.value for each in Suppressed], default=Suppressed.ASKED.value)
    suppress.set_defaults(command="app.cli.mail:suppress_address")
    lift = verbs.add_parser("lift", help="mail to an address again")
    lift.add_argument("address", metavar="ADDRESS", help="or its sign, as `mail suppressed` shows it")
    lift.set_defaults(command="app.cli.mail:lift_address")
    listing = verbs.add_parser("suppressed", help="who gets no more mail, masked")
    listing.set_defaults(command="app.cli.mail:list_suppressed")
    return [suppress, lift, listing]

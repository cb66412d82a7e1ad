"""The grammar of an organizer's nouns: event, key, device, ticket.

Owns these commands' arguments; `office_grammar` adds what is done to them from day to day.
"""

import argparse
from pathlib import Path
from typing import TypeAlias

from app.cli.grammar import Commands, Parser, add_database, add_json, add_usual, count, kid
from app.cli.office_grammar import add_groups, add_to_devices, add_to_events, add_to_tickets
from app.cli.payment_grammar import add_refund
from core.model.codes import Symbology

_Verbs: TypeAlias = list[Parser]


def add_organizer(commands: Commands) -> None:
    """`organizer`, then `event`, `key`, `device`, `ticket`, then the groups of `office_grammar`"""
    _add_window(commands)
    parts = [_add_event(commands), _add_key(commands), _add_device(commands), _add_ticket(commands)]
    of_an_event = [verb for _, named in parts for verb in named] + add_groups(commands)
    for verb in of_an_event:
        verb.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    for verb in [verb for others, _ in parts for verb in others] + of_an_event:
        add_database(verb)
        add_json(verb)


def _add_window(commands: Commands) -> None:
    window = commands.add_parser("organizer", help="the window of whoever runs the event")
    window.add_argument("--server", metavar="URL", help="the server's address (default: the one used last)")
    window.add_argument("--data", type=Path, metavar="DIR", help="where the window keeps what it knew last")
    window.add_argument(
        "--handed", action="store_true", help=argparse.SUPPRESS
    )  # by the start window, on its standard input
    add_usual(window)
    window.set_defaults(command="app.cli.window:open_organizer")


def _add_event(commands: Commands) -> tuple[_Verbs, _Verbs]:
    """Its verbs: those that say by themselves which event they are about, and those that do not."""
    event = commands.add_parser("event", help="create, list and show events")
    verbs = event.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    create = verbs.add_parser("create", help="a new event")
    create.add_argument("--name", required=True)
    create.add_argument("--starts", required=True, metavar="ISO", help="when doors open, such as 2026-12-31T20:00")
    create.add_argument("--ends", required=True, metavar="ISO")
    create.add_argument("--zone", default="UTC", metavar="ZONE", help="such as Europe/Berlin (default: UTC)")
    create.add_argument("--gate", action="append", default=[], metavar="ID=NAME", help="may be given several times")
    create.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="NAME[:ENTRIES[:GATE+GATE]]",
        help="may be given several times",
    )
    create.add_argument("--algorithm", choices=["hmac", "ed25519"], default="hmac", help="what seals its tickets")
    create.set_defaults(command="app.cli.organizer:create_event")
    listing = verbs.add_parser("list", help="all events")
    listing.set_defaults(command="app.cli.organizer:list_events")
    show = verbs.add_parser("show", help="one event with its figures")
    show.add_argument("event")
    show.set_defaults(command="app.cli.organizer:show_event")
    lease = verbs.add_parser("lease", help="let kiosks trust the event's manifest for longer")
    lease.add_argument("--event", metavar="E")
    lease.add_argument("--until", required=True, metavar="ISO")
    lease.set_defaults(command="app.cli.trust:extend_lease")
    selling = verbs.add_parser("codes", help="whose codes open the doors: T1, or those of another shop")
    selling.add_argument("--event", metavar="E")
    selling.add_argument("--mode", choices=["t1", "migrating", "foreign"])
    selling.add_argument("--list", choices=["open", "final"], help="whether more tickets may be sold")
    selling.add_argument("--until", metavar="ISO", help="when old codes end (migrating)")
    selling.add_argument(
        "--adapter",
        action="append",
        metavar="NAME=KIND[,OPTION=VALUE…]",
        help="such as shop=url,host=tickets.example.org,field=code; may be given several times",
    )
    selling.add_argument(
        "--symbology",
        action="append",
        choices=[each.value for each in Symbology],
        help="the kinds of printed code that cameras look for (qr); may be given several times",
    )
    selling.add_argument("--adapter-key", action="append", metavar="NAME=FILE", help="the secret of an hmac adapter")
    selling.set_defaults(command="app.cli.codes:set_codes")
    return [create, listing, show, lease, selling], add_to_events(verbs)


def _add_key(commands: Commands) -> tuple[_Verbs, _Verbs]:
    key = commands.add_parser("key", help="the keys that seal tickets")
    key_verbs = key.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    key_list = key_verbs.add_parser("list", help="an event's keys and their states")
    key_list.set_defaults(command="app.cli.trust:list_keys")
    key_show = key_verbs.add_parser("show", help="the key itself, for a shop that seals its own tickets")
    key_show.add_argument("kid", type=kid)
    key_show.set_defaults(command="app.cli.trust:show_key")
    rotate = key_verbs.add_parser("rotate", help="seal with a new key; old tickets go on working")
    rotate.add_argument("--algorithm", choices=["hmac", "ed25519"])
    rotate.set_defaults(command="app.cli.trust:rotate_key")
    state = key_verbs.add_parser("state", help="what a key is still good for")
    state.add_argument("kid", type=kid)
    state.add_argument("state", choices=["active", "verify_only", "listed_only", "revoked"])
    state.set_defaults(command="app.cli.trust:set_key_state")
    return [], [key_list, key_show, rotate, state]


def _add_device(commands: Commands) -> tuple[_Verbs, _Verbs]:
    device = commands.add_parser("device", help="kiosks of an event")
    device_verbs = device.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    code = device_verbs.add_parser("code", help="a one-time enrolment code, good for 15 minutes")
    code.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    code.add_argument("--gate", metavar="G", help="a gate's id (default: the event's first gate)")
    code.add_argument("--name", metavar="N", help="what staff call this kiosk (default: by its gate)")
    code.add_argument("--trust", choices=["mac", "list", "sig"], default="mac", help="docs/threat-model.md")
    code.add_argument("--replaces", metavar="DEVICE", help="a lost kiosk whose facts this one may still deliver")
    code.add_argument("--url", metavar="URL", help="the server's address as kiosks reach it, for the QR code")
    code.add_argument("--out", type=Path, metavar="FILE.png", help="the QR code as a picture")
    code.set_defaults(command="app.cli.devices:device_code")
    address = device_verbs.add_parser("address", help="the server's new address, as a code that its kiosks take")
    address.add_argument("--url", required=True, metavar="URL", help="the server's address as kiosks reach it")
    address.add_argument("--out", type=Path, metavar="FILE.png", help="the QR code as a picture")
    address.set_defaults(command="app.cli.devices:show_address")
    withdraw = device_verbs.add_parser("withdraw", help="end an enrolment code that nobody used")
    withdraw.add_argument("code", metavar="CODE")
    withdraw.set_defaults(command="app.cli.devices:withdraw_code")
    device_list = device_verbs.add_parser("list", help="all kiosks, with what waits for confirmation")
    device_list.set_defaults(command="app.cli.devices:list_devices")
    confirm = device_verbs.add_parser("confirm", help="let a kiosk in whose six digits you have compared")
    confirm.add_argument("device", help="its id or name")
    confirm.add_argument("digits", nargs="+", help="the six digits on the kiosk's screen")
    confirm.set_defaults(command="app.cli.devices:confirm_device")
    revoke = device_verbs.add_parser("revoke", help="take a kiosk's rights away")
    revoke.add_argument("device", help="its id or name")
    revoke.set_defaults(command="app.cli.devices:revoke_device")
    salvage = device_verbs.add_parser("salvage", help="let the facts count that a revoked kiosk brought")
    salvage.add_argument("device", help="its id or name")
    salvage.set_defaults(command="app.cli.devices:salvage_device")
    spare = device_verbs.add_parser("spare", help="a spare kiosk that can start without a network")
    spare.add_argument("--gate", metavar="G")
    spare.add_argument("--name", metavar="N")
    spare.add_argument("--trust", choices=["mac", "list", "sig"], default="list")
    spare.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of `manifest export`")
    spare.set_defaults(command="app.cli.devices:spare_device")
    return [code, address], [withdraw, device_list, confirm, revoke, salvage, spare, *add_to_devices(device_verbs)]


def _add_ticket(commands: Commands) -> tuple[_Verbs, _Verbs]:
    ticket = commands.add_parser("ticket", help="issue, import and verify tickets")
    ticket_verbs = ticket.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    issue = ticket_verbs.add_parser("issue", help="seal new tickets; with --out as PNG and a printable PDF")
    issue.add_argument("--event", required=True)
    issue.add_argument("--class", dest="ticket_class", required=True, metavar="C", help="its number or its name")
    issue.add_argument("--count", type=count, required=True, metavar="N")
    issue.add_argument("--rotating", action="store_true", help="codes that change every 30 seconds (`ticket live`)")
    issue.add_argument("--listed", action="store_true", help="codes that count only while they are on the list")
    issue.add_argument("--email", metavar="ADDRESS", help="mail them there, where the event does that (`mail set`)")
    issue.add_argument("--out", type=Path, metavar="DIR")
    issue.set_defaults(command="app.cli.organizer:issue_tickets")
    importing = ticket_verbs.add_parser("import", help="tickets from a CSV file: shows what would change")
    importing.add_argument("file", type=Path, metavar="FILE.csv")
    importing.add_argument("--source", default="import", metavar="NAME", help="the shop; references are its own")
    importing.add_argument("--preset", choices=["doorlight", "pretix", "eventbrite"], help="whose export this is")
    importing.add_argument("--column", action="append", metavar="FIELD=HEADER", help="which column is what")
    importing.add_argument("--preview", action="store_true", help="change nothing, say what would change")
    importing.add_argument("--cancel", action="store_true", help="cancel tickets of the source that are missing here")
    importing.add_argument("--sample", metavar="TEXT", help="scan one of your tickets: which row is it?")
    importing.set_defaults(command="app.cli.tickets:import_tickets")
    exporting = ticket_verbs.add_parser("export", help="all tickets with the shop's ids, as CSV")
    exporting.add_argument("--out", type=Path, metavar="FILE.csv")
    exporting.set_defaults(command="app.cli.tickets:export_tickets")
    remaining = ticket_verbs.add_parser("remaining", help="old codes that nobody has used or replaced")
    remaining.set_defaults(command="app.cli.tickets:remaining_codes")
    reissue = ticket_verbs.add_parser("reissue", help="a new code for a ticket; the old ones end")
    reissue.add_argument("tid", metavar="TID")
    reissue.add_argument("--out", type=Path, metavar="DIR")
    mailed = "whether the ticket's address gets the new code (default: where the event mails tickets)"
    reissue.add_argument("--mail", choices=["yes", "no"], help=mailed)
    reissue.set_defaults(command="app.cli.tickets:reissue_ticket")
    cancel = ticket_verbs.add_parser("cancel", help="put a ticket on the deny list")
    cancel.add_argument("tid", metavar="TID")
    cancel.add_argument("--reason", choices=["canceled", "revoked", "blocked", "unpaid"], default="canceled")
    add_refund(cancel)
    cancel.set_defaults(command="app.cli.tickets:cancel_ticket")
    live = ticket_verbs.add_parser("live", help="the page that shows a rotating code on its guest's phone")
    live.add_argument("ticket", metavar="TEXT|TID")
    live.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    live.add_argument("--wallet", type=Path, metavar="FILE.json", help="the field values of a Google Wallet pass")
    live.set_defaults(command="app.cli.live:live_ticket")
    verify = ticket_verbs.add_parser(
        "verify", help="whether these codes are genuine and valid now (not whether they were used)"
    )
    verify.add_argument("texts", nargs="+", metavar="TEXT")
    verify.add_argument("--event", help="the event at whose door they are shown (default: each ticket's own)")
    verify.set_defaults(command="app.cli.checking:verify_tickets")
    of_an_event = [importing, exporting, remaining, reissue, cancel, live, *add_to_tickets(ticket_verbs)]
    return [issue, verify], of_an_event

"""The grammar of an organizer's daily commands: changed events, orders, found tickets, kiosks, incidents, files.

Owns these commands' arguments; `parser` puts them beside the others.
"""

import argparse
from pathlib import Path
from typing import Any, TypeAlias

from app.cli.delivery_grammar import add_deliveries
from app.cli.mail_grammar import add_mail
from app.cli.payment_grammar import add_order_payment, add_payments, add_refund
from app.cli.push_grammar import add_push
from core.model.settings import Language

Group: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 — argparse has no public name for it
_KINDS = (
    *("double_admission", "late_cancel", "against_rules", "override_used"),
    *("id_reuse", "journal_fork", "journal_gap", "clock_drift"),
)
_FINDINGS = ("honest_rescan", "shared_code", "staff_error", "other")


def add_to_events(verbs: Group) -> list[Any]:
    """`event …`"""
    update = verbs.add_parser("update", help="change an event; what is not named stays")
    update.add_argument("--name")
    update.add_argument("--starts", metavar="ISO")
    update.add_argument("--ends", metavar="ISO")
    update.add_argument(
        "--gate", action="append", default=[], metavar="ID=NAME", help="a new gate, or a new name of one"
    )
    update.add_argument("--no-gate", action="append", default=[], metavar="ID", help="a gate that is no more")
    update.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="NAME[:ENTRIES[:GATE+GATE]]",
        help="a new class, or other rules of the one with that name",
    )
    update.add_argument(
        "--set", action="append", default=[], metavar="FIELD=JSON", help="any other field, such as checkout_at=04:00"
    )
    update.set_defaults(command="app.cli.event_changes:update_event")
    copy = verbs.add_parser("copy", help="an event once more at another time; shows each date before and after")
    copy.add_argument("--starts", required=True, metavar="ISO")
    copy.add_argument("--name", required=True)
    copy.set_defaults(command="app.cli.event_changes:copy_event")
    recount = verbs.add_parser("recount", help="make an event's counts anew, and judge what was scanned once more")
    recount.set_defaults(command="app.cli.event_changes:recount_event")
    report = verbs.add_parser("report", help="the night on paper: figures, curve, refusals, incidents, devices")
    report.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    report.add_argument("--language", choices=[each.value for each in Language], default=Language.ENGLISH.value)
    report.set_defaults(command="app.cli.night:report_event")
    return [update, copy, recount, report, *_add_duties(verbs)]


def _add_duties(verbs: Group) -> list[Any]:
    notice = verbs.add_parser("attention", help="what the doors do before a guest goes on: look at an ID, a wristband")
    notice.add_argument(
        "--item", action="append", default=[], metavar="N=KIND:TEXT", help="such as 1=age:'18 or older: look at an ID'"
    )
    notice.add_argument("--no-item", action="append", type=int, default=[], metavar="N", help="an item that is no more")
    notice.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="CLASS=N,N",
        help="whom it concerns; CLASS= for none",
    )
    notice.set_defaults(command="app.cli.duties:set_attention")
    ask = verbs.add_parser("question", help="what the doors ask before a first entry")
    ask.add_argument("ticket_class", metavar="CLASS")
    ask.add_argument("--id", required=True, metavar="ID", help="its name in facts, such as plate")
    ask.add_argument("--text", help="what staff say; without it the question is taken away")
    ask.add_argument("--kind", choices=["choice", "text", "number", "yes_no"], default="text")
    ask.add_argument("--choice", dest="choices", action="append", default=[], metavar="TEXT")
    ask.add_argument("--optional", action="store_true", help="staff may pass it over")
    ask.set_defaults(command="app.cli.duties:set_question")
    return [notice, ask]


def add_to_devices(verbs: Group) -> list[Any]:
    """`device …`"""
    rename = verbs.add_parser("rename", help="another name for a kiosk")
    rename.add_argument("device", help="its id or name")
    rename.add_argument("name")
    rename.set_defaults(command="app.cli.devices:rename_device")
    move = verbs.add_parser("move", help="a kiosk to another gate; it learns it with its next manifest")
    move.add_argument("device", help="its id or name")
    move.add_argument("gate", metavar="G")
    move.set_defaults(command="app.cli.devices:move_device")
    setup = verbs.add_parser("setup", help="settings for the event's kiosks, as a code that they take")
    setup.add_argument(
        "--set",
        action="append",
        required=True,
        metavar="NAME=VALUE",
        help="such as camera.turn=180; may be given several times",
    )
    setup.add_argument("--days", type=int, default=7, metavar="N", help="how long it is good for (default: 7)")
    setup.add_argument("--out", type=Path, metavar="FILE.png", help="the QR code as a picture")
    setup.set_defaults(command="app.cli.setups:make_setup")
    return [rename, move, setup]


def add_to_tickets(verbs: Group) -> list[Any]:
    """`ticket …`"""
    find = verbs.add_parser("find", help="tickets by name, order, reference, number, code or digest")
    find.add_argument("text", metavar="TEXT")
    find.set_defaults(command="app.cli.sold:find_tickets")
    history = verbs.add_parser("history", help="everything that happened to a ticket")
    history.add_argument("tid", metavar="TID")
    history.set_defaults(command="app.cli.sold:show_history")
    restore = verbs.add_parser("restore", help="take a cancel or a block back; or it is paid now")
    restore.add_argument("tid", metavar="TID")
    restore.set_defaults(command="app.cli.sold:restore_ticket")
    mark = verbs.add_parser("attention", help="what the doors do for one ticket beside its class")
    mark.add_argument("tid", metavar="TID")
    mark.add_argument("items", metavar="N,N", nargs="?", help="the event's items; without any, nothing more")
    mark.set_defaults(command="app.cli.duties:mark_ticket")
    return [find, history, restore, mark]


def add_groups(commands: Group) -> list[Any]:
    """`order …`, `incident …`, `ledger …`"""
    parser_class = type(commands.add_parser("order", help="what was bought together"))
    order = commands.choices["order"].add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    shown = order.add_parser("show", help="the tickets of an order")
    shown.set_defaults(command="app.cli.sold:show_order")
    ended = order.add_parser("cancel", help="cancel what is left of an order")
    ended.set_defaults(command="app.cli.sold:cancel_order")
    for verb in (shown, ended):
        verb.add_argument("order", metavar="ORDER")
        verb.add_argument("--source", metavar="NAME", help="the shop, where two gave the same number")
    add_refund(ended)
    paid = add_order_payment(order)
    more = (_add_incidents, _add_ledger, _add_staff, add_deliveries, add_mail, add_push, add_payments)
    return [shown, ended, paid, *(verb for add in more for verb in add(commands, parser_class))]


def _add_staff(commands: Group, parser_class: Any) -> list[Any]:
    staff = commands.add_parser("operator", help="the door staff and their PINs")
    verbs = staff.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    listing = verbs.add_parser("list", help="all of them")
    listing.set_defaults(command="app.cli.staff:list_staff")
    add = verbs.add_parser("add", help="somebody new at the doors; asks for a PIN")
    add.add_argument("name")
    add.add_argument("--role", choices=["operator", "supervisor"], default="operator")
    add.add_argument("--budget", type=int, default=20, metavar="N", help="overrides in one shift (default: 20)")
    add.set_defaults(command="app.cli.staff:add_staff")
    change = verbs.add_parser("change", help="another name, role, budget or PIN; or the end of it")
    change.add_argument("operator", help="their name or id")
    change.add_argument("--name")
    change.add_argument("--role", choices=["operator", "supervisor"])
    change.add_argument("--budget", type=int, metavar="N")
    change.add_argument("--pin", action="store_true", help="ask for a new PIN")
    change.add_argument("--works", choices=["yes", "no"])
    change.set_defaults(command="app.cli.staff:change_staff")
    for verb in (add, change):
        verb.add_argument("--pin-file", type=Path, metavar="FILE", help="a file that holds the PIN")
    badge = verbs.add_parser("badge", help="a QR code that brings somebody on shift; their PIN's end is its end")
    badge.add_argument("operator", help="their name or id")
    badge.add_argument("--out", type=Path, metavar="FILE.png", help="the QR code as a picture")
    badge.set_defaults(command="app.cli.staff:print_badge")
    return [listing, add, change, badge]


def _add_incidents(commands: Group, parser_class: Any) -> list[Any]:
    incident = commands.add_parser("incident", help="what a person must look at")
    verbs = incident.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    listing = verbs.add_parser("list", help="incidents, the newest first")
    listing.add_argument("--state", choices=["open", "resolved", "withdrawn"])
    listing.add_argument("--kind", choices=_KINDS)
    listing.add_argument("--severity", choices=["normal", "high"])
    listing.add_argument("--gate", metavar="G")
    listing.add_argument("--since", metavar="ISO")
    listing.set_defaults(command="app.cli.incidents:list_incidents")
    show = verbs.add_parser("show", help="one incident: both sides, notes")
    show.set_defaults(command="app.cli.incidents:show_incident")
    note = verbs.add_parser("note", help="write something down about an incident")
    note.set_defaults(command="app.cli.incidents:note_incident")
    resolve = verbs.add_parser("resolve", help="say what an incident was")
    resolve.set_defaults(command="app.cli.incidents:resolve_incident")
    for verb in (show, note, resolve):
        verb.add_argument("scan", metavar="SCAN", help="as `incident list` shows it; its beginning is enough")
        verb.add_argument("--kind", choices=_KINDS, help="where a scan has several incidents")
    note.add_argument("text", metavar="TEXT")
    resolve.add_argument("finding", choices=_FINDINGS)
    resolve.add_argument("--note", metavar="TEXT")
    return [listing, show, note, resolve]


def _add_ledger(commands: Group, parser_class: Any) -> list[Any]:
    ledger = commands.add_parser("ledger", help="what happened, as files")
    verbs = ledger.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    export = verbs.add_parser("export", help="scans, admissions, incidents; or all facts, signed")
    export.add_argument("what", choices=["scans", "admissions", "incidents", "signed"])
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(command="app.cli.papers:export_ledger")
    verify = verbs.add_parser("verify", help="whether a signed ledger is as it was written; needs no server")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument(
        "--root", metavar="FINGERPRINT", help="whose key it must be, as `device code` shows it to kiosks"
    )
    verify.add_argument("--json", action="store_true", help="one JSON object per line, for programs")
    verify.set_defaults(command="app.cli.papers:verify_ledger")
    return [export]

"""The command line: every command with its arguments, and the name of the function to call for it.

Owns the grammar. Wrong use is one clear line and exit status 2. The functions are named, not imported: only the one
that is called gets loaded, so that `doorlight server` needs neither Qt nor OpenCV.
"""

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

from app.cli.door_grammar import add_settings
from app.cli.office_grammar import add_groups, add_to_devices, add_to_events, add_to_tickets
from app.settings import default_profile_dir, default_server_dir

DEFAULT_PORT = 8480


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Prints one line and ends with status 2."""
        self.exit(2, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def build_parser() -> Parser:
    """The whole grammar; each command leaves the function to call in `command`, as `module:function`."""
    parser = Parser(prog="doorlight", description="Scan tickets at the door, online or not.", allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    _add_door(commands)
    _add_server(commands)
    _add_organizer(commands)
    _add_jobs(commands)
    _add_people(commands)
    _add_trust(commands)
    _add_tools(commands)
    _add_technician(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 — argparse has no public name for it


def _add_door(commands: _Commands) -> None:
    demo = commands.add_parser("demo", help="a whole door on this machine, in under a minute")
    demo.add_argument("--report", type=Path, metavar="DIR", help="where the report goes (default: ./report)")
    demo.add_argument("--headless", action="store_true", help="no windows, even with a display")
    demo.add_argument("--seed", type=int, default=7, metavar="N", help="which guests come (default: 7)")
    demo.set_defaults(command="app.demo.program:demo")

    kiosk = commands.add_parser("kiosk", help="the window of door staff")
    kiosk.add_argument("--camera", default="device:0", metavar="device:N|file:PATH|folder:PATH|demo")
    kiosk.add_argument("--server", metavar="URL", help="another address of the server that enrolled this kiosk")
    _add_profile(kiosk)
    kiosk.set_defaults(command="app.kiosk.program:kiosk")

    enrol = commands.add_parser("enrol", help="make this computer a kiosk, with a one-time code")
    enrol.add_argument("--invitation", metavar="TEXT|PNG", help="the organizer's enrolment code: its text or a picture")
    enrol.add_argument("--server", metavar="URL", help="in place of --invitation")
    enrol.add_argument("--code", metavar="CODE", help="with --server, or with --spare")
    enrol.add_argument(
        "--spare", type=Path, metavar="DIR", help="become a spare kiosk from a folder, without a network"
    )
    enrol.add_argument("--no-wait", action="store_true", help="do not wait for the organizer to compare the six digits")
    _add_profile(enrol)
    _add_json(enrol)
    enrol.set_defaults(command="app.cli.door:enrol")

    scan = commands.add_parser("scan", help="the kiosk's whole line without a window")
    scan.add_argument("texts", nargs="+", metavar="TEXT")
    scan.add_argument("--server", metavar="URL", help="another address of the server that enrolled this kiosk")
    _add_profile(scan)
    _add_json(scan)
    scan.set_defaults(command="app.cli.door:scan")

    for verb in add_settings(commands, Parser):
        _add_profile(verb)
        _add_json(verb)


def _add_trust(commands: _Commands) -> None:
    """What a kiosk trusts and holds: by file, its clock, its keys at rest."""
    manifest = commands.add_parser("manifest", help="what kiosks trust, as files")
    verbs = manifest.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    export = verbs.add_parser("export", help="the signed manifest and its lists into a folder, such as a USB stick's")
    export.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.set_defaults(command="app.cli.files:export_manifest")
    _add_database(export)
    load = verbs.add_parser("load", help="take a manifest from a folder, as from the network")
    load.add_argument("folder", type=Path, metavar="DIR")
    load.set_defaults(command="app.cli.door_files:load_manifest")
    show = verbs.add_parser("show", help="what this kiosk holds, how old it is, and until when it may be used")
    show.set_defaults(command="app.cli.door_files:show_manifest")
    queue = commands.add_parser("queue", help="what waits for the server, as a sealed file")
    queue_verbs = queue.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    out = queue_verbs.add_parser("export", help="the facts of this kiosk, sealed to the server")
    out.add_argument("--out", type=Path, required=True, metavar="FILE")
    out.set_defaults(command="app.cli.door_files:export_queue")
    waiting = queue_verbs.add_parser("show", help="what waits, and whether the server holds all that was sent")
    _add_profile(waiting)
    _add_json(waiting)
    waiting.set_defaults(command="app.cli.door_files:show_queue")
    into = queue_verbs.add_parser("import", help="a kiosk's sealed file into the ledger; again changes nothing")
    into.add_argument("file", type=Path, metavar="FILE")
    into.set_defaults(command="app.cli.files:import_queue")
    _add_database(into)
    journal = commands.add_parser("journal", help="what this kiosk has recorded, and whether all of it is there")
    journal_verbs = journal.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    state = journal_verbs.add_parser(
        "show", help="records, losses, and guests of whom nobody knows whether they entered"
    )
    state.set_defaults(command="app.cli.journals:show_journal")
    accept = journal_verbs.add_parser("accept", help="go on without records that both copies have lost")
    accept.set_defaults(command="app.cli.journals:accept_losses")
    for verb in (state, accept):
        _add_profile(verb)
        _add_json(verb)
    clock = commands.add_parser("clock", help="how this kiosk knows the time")
    clock_verbs = clock.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    told = clock_verbs.add_parser("show", help="the time, and how far it can be trusted")
    told.set_defaults(command="app.cli.clock:show_clock")
    correct = clock_verbs.add_parser("set", help="correct a clock that can't be trusted")
    correct.add_argument("instant", metavar="ISO", help="such as 2026-12-31T20:00+01:00")
    correct.add_argument("--uncertainty", type=int, default=120, metavar="SECONDS")
    correct.set_defaults(command="app.cli.clock:set_clock")
    vault = commands.add_parser("vault", help="where this kiosk keeps its keys")
    vault_verbs = vault.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    passphrase = vault_verbs.add_parser("passphrase", help="lock the keys under a passphrase")
    passphrase.add_argument("--passphrase-file", type=Path, metavar="FILE")
    passphrase.set_defaults(command="app.cli.vault:set_passphrase")
    renew = vault_verbs.add_parser("renew", help="a new credential from the server; the old one ends")
    renew.set_defaults(command="app.cli.door:renew_credential")
    moved = vault_verbs.add_parser("address", help="the server's new address, for good; nothing is enrolled anew")
    moved.add_argument("address", metavar="URL|TEXT|PNG", help="the address, or the server's code for it")
    moved.set_defaults(command="app.cli.door:take_address")
    kind = vault_verbs.add_parser("show", help="which kind of vault this is, and what it protects from")
    kind.set_defaults(command="app.cli.vault:show")
    for verb in (load, show, out, told, correct, passphrase, renew, moved, kind):
        _add_profile(verb)
    for verb in (export, load, show, out, into, told, correct, passphrase, renew, moved, kind):
        _add_json(verb)


def _add_server(commands: _Commands) -> None:
    server = commands.add_parser("server", help="the server that kiosks sync to")
    _add_database(server)
    server.add_argument("--host", default="127.0.0.1", metavar="H")
    server.add_argument("--port", type=_port, default=DEFAULT_PORT, metavar="N", help="0 takes any free port")
    server.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="a proxy in front, or its network, whose X-Forwarded-For counts; may be given several times",
    )
    server.add_argument("--tls", action="store_true", help="speak TLS, with a certificate of its own making")
    server.add_argument(
        "--tls-name", action="append", default=[], metavar="NAME", help="another name or address that kiosks use for it"
    )
    server.add_argument("--certificate", type=Path, metavar="FILE", help="speak TLS with this certificate chain (PEM)")
    server.add_argument("--private-key", type=Path, metavar="FILE", help="its key (PEM), readable by nobody else")
    server.add_argument(
        "--limits", choices=["on", "off"], default="on", help="how often who may call; off for measurements alone"
    )
    inside = server.add_mutually_exclusive_group()
    inside.add_argument(
        "--with-worker",
        dest="is_worker_inside",
        action="store_const",
        const=True,
        help="do in this process what `worker` does (the default with the embedded database)",
    )
    inside.add_argument(
        "--without-worker",
        dest="is_worker_inside",
        action="store_const",
        const=False,
        help="leave it to a `worker` (the default with PostgreSQL)",
    )
    server.set_defaults(command="app.cli.service:server")
    worker = commands.add_parser("worker", help="what is due without anybody asking: run one beside your servers")
    _add_database(worker)
    worker.add_argument("--once", action="store_true", help="do what is due now, then end")
    worker.set_defaults(command="app.cli.service:worker")


def _add_organizer(commands: _Commands) -> None:
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
    selling.add_argument("--adapter-key", action="append", metavar="NAME=FILE", help="the secret of an hmac adapter")
    selling.set_defaults(command="app.cli.codes:set_codes")

    key = commands.add_parser("key", help="the keys that seal tickets")
    key_verbs = key.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    key_list = key_verbs.add_parser("list", help="an event's keys and their states")
    key_list.set_defaults(command="app.cli.trust:list_keys")
    key_show = key_verbs.add_parser("show", help="the key itself, for a shop that seals its own tickets")
    key_show.add_argument("kid", type=_kid)
    key_show.set_defaults(command="app.cli.trust:show_key")
    rotate = key_verbs.add_parser("rotate", help="seal with a new key; old tickets go on working")
    rotate.add_argument("--algorithm", choices=["hmac", "ed25519"])
    rotate.set_defaults(command="app.cli.trust:rotate_key")
    state = key_verbs.add_parser("state", help="what a key is still good for")
    state.add_argument("kid", type=_kid)
    state.add_argument("state", choices=["active", "verify_only", "listed_only", "revoked"])
    state.set_defaults(command="app.cli.trust:set_key_state")

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
    _add_database(address)
    _add_json(address)
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

    ticket = commands.add_parser("ticket", help="issue, import and verify tickets")
    ticket_verbs = ticket.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    issue = ticket_verbs.add_parser("issue", help="seal new tickets; with --out as PNG and a printable PDF")
    issue.add_argument("--event", required=True)
    issue.add_argument("--class", dest="ticket_class", required=True, metavar="C", help="its number or its name")
    issue.add_argument("--count", type=_count, required=True, metavar="N")
    issue.add_argument("--rotating", action="store_true", help="codes that change every 30 seconds (`ticket live`)")
    issue.add_argument("--listed", action="store_true", help="codes that count only while they are on the list")
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
    reissue.set_defaults(command="app.cli.tickets:reissue_ticket")
    cancel = ticket_verbs.add_parser("cancel", help="put a ticket on the deny list")
    cancel.add_argument("tid", metavar="TID")
    cancel.add_argument("--reason", choices=["canceled", "revoked", "blocked", "unpaid"], default="canceled")
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
    of_an_event = [key_list, key_show, rotate, state, withdraw, device_list, confirm, revoke, salvage, spare]
    of_an_event += [importing, exporting, remaining, reissue, cancel, live]
    of_an_event += [*add_to_events(verbs), *add_to_devices(device_verbs), *add_to_tickets(ticket_verbs)]
    of_an_event += add_groups(commands)
    for verb in of_an_event:
        verb.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    for verb in (create, listing, show, lease, selling, code, issue, verify, *of_an_event):
        _add_database(verb)
        _add_json(verb)


def _add_jobs(commands: _Commands) -> None:
    """What the worker does at its time."""
    job = commands.add_parser("job", help="what the worker does by the clock")
    verbs = job.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listing = verbs.add_parser("list", help="each job, when it is due, and how it last went")
    listing.set_defaults(command="app.cli.jobs:list_jobs")
    run = verbs.add_parser("run", help="run a job now, due or not")
    run.add_argument("name", metavar="NAME")
    run.set_defaults(command="app.cli.jobs:run_job")
    save = commands.add_parser("backup", help="the whole ledger into one file, while the server runs")
    save.add_argument("--out", type=Path, required=True, metavar="FILE")
    save.set_defaults(command="app.cli.backup:backup")
    load = commands.add_parser("restore", help="a backup into the place of a ledger that is lost")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument("--replace", action="store_true", help="in place of the events that are there")
    load.set_defaults(command="app.cli.backup:restore_backup")
    person = commands.add_parser("person", help="what is known of one guest")
    person_verbs = person.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    erase = person_verbs.add_parser("erase", help="forget a guest's name, order and answers; the tickets stay")
    erase.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    erase.add_argument("--ticket", metavar="TID", action="append", default=[], help="may be given several times")
    erase.add_argument("--order", metavar="REF", help="all tickets of a shop's order")
    erase.set_defaults(command="app.cli.retention:erase_person")
    for verb in (save, load):
        verb.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="lock it under this passphrase, the master key inside"
        )
    for verb in (listing, run, save, load, erase):
        _add_database(verb)
        _add_json(verb)


def _add_people(commands: _Commands) -> None:
    """Who may do what on the server, and who did."""
    roles = ["owner", "admin", "supervisor", "operator", "auditor"]
    account = commands.add_parser("account", help="people who log in to the server, and their roles")
    verbs = account.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    add = verbs.add_parser("add", help="a new account; its one-time password is said once")
    add.add_argument("--role", choices=roles)
    add.set_defaults(command="app.cli.people:add_account")
    listing = verbs.add_parser("list", help="all accounts with their roles")
    listing.set_defaults(command="app.cli.people:list_accounts")
    disable = verbs.add_parser("disable", help="end an account's rights and log it out")
    disable.add_argument("--undo", action="store_true", help="let it log in again")
    disable.set_defaults(command="app.cli.people:disable_account")
    password = verbs.add_parser("password", help="a one-time password in the place of a forgotten one")
    password.set_defaults(command="app.cli.people:reset_password")
    role = verbs.add_parser("role", help="what an account is, for an event or for the installation")
    role.set_defaults(command="app.cli.people:set_role")
    for verb in (add, disable, password, role):
        verb.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=[*roles, "none"])
    for verb in (add, role):
        verb.add_argument("--event", metavar="E", help="for this event alone (default: the installation)")
    apikey = commands.add_parser("apikey", help="keys with which programs call the server")
    key_verbs = apikey.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    new = key_verbs.add_parser("add", help="a new key, said once")
    new.add_argument("name", metavar="NAME", help="what it is for, such as 'box office'")
    new.add_argument("--right", action="append", required=True, metavar="RIGHT[,RIGHT…]", help="such as tickets:sell")
    new.add_argument("--event", action="append", default=[], metavar="E", help="for these events alone")
    new.add_argument("--until", metavar="ISO", help="when it ends (default: never)")
    new.set_defaults(command="app.cli.people:add_key")
    keys = key_verbs.add_parser("list", help="all keys, without their secrets")
    keys.set_defaults(command="app.cli.people:list_keys")
    revoke = key_verbs.add_parser("revoke", help="end a key")
    revoke.add_argument("key", metavar="KEY", help="its id or name")
    revoke.set_defaults(command="app.cli.people:revoke_key")
    audit = commands.add_parser("audit", help="who did what on the server")
    audit_verbs = audit.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    verify = audit_verbs.add_parser("verify", help="whether every log is what was written")
    verify.add_argument(
        "--expect", action="append", default=[], metavar="[EVENT:]SEQ:HASH", help="an end that was noted before"
    )
    verify.set_defaults(command="app.cli.people:verify_audit")
    show = audit_verbs.add_parser("show", help="the newest records")
    show.add_argument("--event", metavar="E", help="of this event (default: the installation's own)")
    show.add_argument("--last", type=_count, default=50, metavar="N", help="how many (default: 50)")
    show.set_defaults(command="app.cli.people:show_audit")
    for verb in (add, listing, disable, password, role, new, keys, revoke, verify, show):
        _add_database(verb)
        _add_json(verb)


def _add_tools(commands: _Commands) -> None:
    decode = commands.add_parser("decode", help="read QR codes from pictures")
    decode.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    _add_json(decode)
    decode.set_defaults(command="app.cli.tools:decode")
    distribution = commands.add_parser("distribution", help="the SQL that spreads a ledger over a Citus cluster")
    distribution.set_defaults(command="app.cli.tools:distribution")
    vectors = commands.add_parser("vectors", help="check this program against a file of ticket vectors")
    vectors.add_argument("file", type=Path, metavar="FILE")
    _add_json(vectors)
    vectors.set_defaults(command="app.cli.tools:vectors")


def _add_technician(commands: _Commands) -> None:
    """What somebody asks who was called at 19:55."""
    doctor = commands.add_parser("doctor", help="what is well here and what is not, each with its cure")
    doctor.set_defaults(command="app.cli.doctor:doctor")
    bundle = commands.add_parser("bundle", help="one file for whoever helps, without secrets, guests and codes")
    bundle.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    bundle.set_defaults(command="app.cli.doctor:bundle")
    paper = commands.add_parser("paper", help="the list to go on without machines, and what was written on it")
    paper_verbs = paper.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    printed = paper_verbs.add_parser("list", help="every ticket with a box to tick, as a PDF; it holds names")
    printed.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    printed.set_defaults(command="app.cli.paper:print_list")
    typed = paper_verbs.add_parser("admit", help="what was let in on paper; the same again changes nothing")
    typed.add_argument("codes", nargs="*", metavar="FILE.csv|CODE", help="code,time,minutes a line; none: typed here")
    typed.add_argument("--gate", required=True, metavar="G")
    typed.add_argument("--at", metavar="TIME", help="20:15, or ISO: where a line names none (default: now)")
    typed.add_argument("--uncertainty", default=5, metavar="MIN", help="how far times may be off (default: 5)")
    typed.add_argument("--operator", metavar="NAME", help="who typed it (default: this account)")
    typed.set_defaults(command="app.cli.paper:admit_paper")
    for verb in (printed, typed):
        verb.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
        _add_database(verb)
        _add_json(verb)
    for command in (doctor, bundle):
        command.add_argument("--server", action="store_true", help="the server alone")
        command.add_argument("--profile", type=Path, metavar="DIR", help="the kiosk in this folder")
        command.add_argument("--data", type=Path, metavar="DIR", help="the server in this folder")
        command.add_argument("--database", metavar="URL", help="where the server's database is not in its folder")
        command.add_argument("--port", type=_port, default=DEFAULT_PORT, metavar="N", help="where the server listens")
        _add_json(command)


def _add_profile(parser: Parser) -> None:
    parser.add_argument(
        "--profile", type=Path, default=default_profile_dir(), metavar="DIR", help="the kiosk's folder (%(default)s)"
    )


def _add_database(parser: Parser) -> None:
    parser.add_argument("--database", metavar="URL", help="postgresql://… or sqlite:///… (default: a file in --data)")
    parser.add_argument("--distributed", action="store_true", help="a Citus cluster, or a pooler before PostgreSQL")
    parser.add_argument(
        "--data", type=Path, default=default_server_dir(), metavar="DIR", help="the server's folder (%(default)s)"
    )


def _add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line, for programs")


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _count(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _kid(text: str) -> int:
    return _whole(text, 0, 0xFFFF_FFFF)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)

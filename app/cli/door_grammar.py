"""The grammar of a kiosk's commands: the demo, the window, enrolling; and what a kiosk trusts and holds.

Owns these commands' arguments; `parser` puts them beside the others.
"""

import argparse
from pathlib import Path

from app.cli.grammar import Commands, Parser, add_database, add_json, add_profile, add_usual
from core.model.settings import Language


def add_door(commands: Commands) -> None:
    """`demo`, `kiosk`, `enrol`, `scan`"""
    demo = commands.add_parser("demo", help="a whole door on this machine, in under a minute")
    demo.add_argument("--report", type=Path, metavar="DIR", help="where the report goes (default: ./report)")
    demo.add_argument("--headless", action="store_true", help="no windows, even with a display")
    demo.add_argument("--seed", type=int, default=7, metavar="N", help="which guests come (default: 7)")
    demo.add_argument("--language", choices=[*Language], default=Language.ENGLISH, help="of its windows and its words")
    demo.set_defaults(command="app.demo.program:demo")

    rehearsal = commands.add_parser("rehearse", help="a door for practice, with made-up guests and faults at a touch")
    rehearsal.add_argument("--language", choices=[each.value for each in Language], default=Language.ENGLISH.value)
    rehearsal.add_argument("--inside", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    rehearsal.set_defaults(command="app.demo.rehearsal:rehearse")

    kiosk = commands.add_parser("kiosk", help="the window of door staff")
    kiosk.add_argument("--camera", default="device:0", metavar="device:N|file:PATH|folder:PATH|demo")
    kiosk.add_argument("--server", metavar="URL", help="another address of the server that enrolled this kiosk")
    kiosk.add_argument("--watch", action="store_true", help="start it again by itself when it dies or hangs")
    add_profile(kiosk)
    add_usual(kiosk)
    kiosk.set_defaults(command="app.cli.window:open_kiosk")

    enrol = commands.add_parser("enrol", help="make this computer a kiosk, with a one-time code")
    enrol.add_argument("--invitation", metavar="TEXT|PNG", help="the organizer's enrolment code: its text or a picture")
    enrol.add_argument("--server", metavar="URL", help="in place of --invitation")
    enrol.add_argument("--code", metavar="CODE", help="with --server, or with --spare")
    enrol.add_argument(
        "--spare", type=Path, metavar="DIR", help="become a spare kiosk from a folder, without a network"
    )
    enrol.add_argument("--no-wait", action="store_true", help="do not wait for the organizer to compare the six digits")
    add_profile(enrol)
    add_json(enrol)
    enrol.set_defaults(command="app.cli.door:enrol")

    scan = commands.add_parser("scan", help="the kiosk's whole line without a window")
    scan.add_argument("texts", nargs="+", metavar="TEXT")
    scan.add_argument("--server", metavar="URL", help="another address of the server that enrolled this kiosk")
    add_profile(scan)
    add_json(scan)
    scan.set_defaults(command="app.cli.door:scan")
    _add_settings(commands)


def _add_settings(commands: Commands) -> None:
    """`settings …`: what a kiosk's staff and technicians type about them."""
    settings = commands.add_parser("settings", help="how this kiosk's staff want it: camera, language, colours, lock")
    verbs = settings.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    show = verbs.add_parser("show", help="all of them")
    show.set_defaults(command="app.cli.settings:show_settings")
    one = verbs.add_parser("set", help="one of them")
    one.add_argument("setting", metavar="NAME", help="such as camera.turn; `settings show` has them all")
    one.add_argument("value", metavar="VALUE")
    one.set_defaults(command="app.cli.settings:set_setting")
    load = verbs.add_parser("load", help="those of a configuration code of the organizer")
    load.add_argument("code", metavar="TEXT|PNG", help="what `device setup` made")
    load.set_defaults(command="app.cli.settings:load_setup")
    for verb in (show, one, load):
        add_profile(verb)
        add_json(verb)


def add_trust(commands: Commands) -> None:
    """What a kiosk trusts and holds: by file, its clock, its keys at rest."""
    manifest = commands.add_parser("manifest", help="what kiosks trust, as files")
    verbs = manifest.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    export = verbs.add_parser("export", help="the signed manifest and its lists into a folder, such as a USB stick's")
    export.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.set_defaults(command="app.cli.files:export_manifest")
    add_database(export)
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
    add_profile(waiting)
    add_json(waiting)
    waiting.set_defaults(command="app.cli.door_files:show_queue")
    into = queue_verbs.add_parser("import", help="a kiosk's sealed file into the ledger; again changes nothing")
    into.add_argument("file", type=Path, metavar="FILE")
    into.set_defaults(command="app.cli.files:import_queue")
    add_database(into)
    journal = commands.add_parser("journal", help="what this kiosk has recorded, and whether all of it is there")
    journal_verbs = journal.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    state = journal_verbs.add_parser(
        "show", help="records, losses, and guests of whom nobody knows whether they entered"
    )
    state.set_defaults(command="app.cli.journals:show_journal")
    accept = journal_verbs.add_parser("accept", help="go on without records that both copies have lost")
    accept.set_defaults(command="app.cli.journals:accept_losses")
    for verb in (state, accept):
        add_profile(verb)
        add_json(verb)
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
        add_profile(verb)
    for verb in (export, load, show, out, into, told, correct, passphrase, renew, moved, kind):
        add_json(verb)

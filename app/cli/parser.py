"""The command line: every command with its arguments, and the name of the function to call for it.

Owns the grammar. Wrong use is one clear line and exit status 2. The functions are named, not imported: only the one
that is called gets loaded, so that `doorlight server` needs neither Qt nor OpenCV.
"""

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

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
    _add_tools(commands)
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
    enrol.add_argument("--server", required=True, metavar="URL")
    enrol.add_argument("--code", required=True, metavar="CODE")
    _add_profile(enrol)
    _add_json(enrol)
    enrol.set_defaults(command="app.cli.door:enrol")

    scan = commands.add_parser("scan", help="the kiosk's whole line without a window")
    scan.add_argument("texts", nargs="+", metavar="TEXT")
    scan.add_argument("--server", metavar="URL", help="another address of the server that enrolled this kiosk")
    _add_profile(scan)
    _add_json(scan)
    scan.set_defaults(command="app.cli.door:scan")


def _add_server(commands: _Commands) -> None:
    server = commands.add_parser("server", help="the server that kiosks sync to")
    _add_database(server)
    server.add_argument("--host", default="127.0.0.1", metavar="H")
    server.add_argument("--port", type=_port, default=DEFAULT_PORT, metavar="N", help="0 takes any free port")
    server.set_defaults(command="app.cli.service:server")


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
    create.set_defaults(command="app.cli.organizer:create_event")
    listing = verbs.add_parser("list", help="all events")
    listing.set_defaults(command="app.cli.organizer:list_events")
    show = verbs.add_parser("show", help="one event with its figures")
    show.add_argument("event")
    show.set_defaults(command="app.cli.organizer:show_event")

    device = commands.add_parser("device", help="kiosks of an event")
    device_verbs = device.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    code = device_verbs.add_parser("code", help="a one-time enrolment code, good for 15 minutes")
    code.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    code.add_argument("--gate", metavar="G", help="a gate's id (default: the event's first gate)")
    code.add_argument("--name", metavar="N", help="what staff call this kiosk (default: by its gate)")
    code.set_defaults(command="app.cli.organizer:device_code")

    ticket = commands.add_parser("ticket", help="issue, import and verify tickets")
    ticket_verbs = ticket.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    issue = ticket_verbs.add_parser("issue", help="seal new tickets; with --out as PNG and a printable PDF")
    issue.add_argument("--event", required=True)
    issue.add_argument("--class", dest="ticket_class", required=True, metavar="C", help="its number or its name")
    issue.add_argument("--count", type=_count, required=True, metavar="N")
    issue.add_argument("--out", type=Path, metavar="DIR")
    issue.set_defaults(command="app.cli.organizer:issue_tickets")
    importing = ticket_verbs.add_parser("import", help="tickets from a CSV file")
    importing.add_argument("file", type=Path, metavar="FILE.csv")
    importing.add_argument("--event", metavar="E", help="its id or name (default: the only event)")
    importing.set_defaults(command="app.cli.organizer:import_tickets")
    verify = ticket_verbs.add_parser("verify", help="what a door would say of these codes now")
    verify.add_argument("texts", nargs="+", metavar="TEXT")
    verify.add_argument("--event", help="the event at whose door they are shown (default: each ticket's own)")
    verify.set_defaults(command="app.cli.checking:verify_tickets")
    for verb in (create, listing, show, code, issue, importing, verify):
        _add_database(verb)
        _add_json(verb)


def _add_tools(commands: _Commands) -> None:
    decode = commands.add_parser("decode", help="read QR codes from pictures")
    decode.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    _add_json(decode)
    decode.set_defaults(command="app.cli.tools:decode")
    vectors = commands.add_parser("vectors", help="check this program against a file of ticket vectors")
    vectors.add_argument("file", type=Path, metavar="FILE")
    _add_json(vectors)
    vectors.set_defaults(command="app.cli.tools:vectors")


def _add_profile(parser: Parser) -> None:
    parser.add_argument(
        "--profile", type=Path, default=default_profile_dir(), metavar="DIR", help="the kiosk's folder (%(default)s)"
    )


def _add_database(parser: Parser) -> None:
    parser.add_argument("--database", metavar="URL", help="postgresql://… or sqlite:///… (default: a file in --data)")
    parser.add_argument(
        "--data", type=Path, default=default_server_dir(), metavar="DIR", help="the server's folder (%(default)s)"
    )


def _add_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line, for programs")


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _count(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)

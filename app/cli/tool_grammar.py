"""The grammar of tools, and of whoever is called when something is broken: doctor, bundle, paper.

Owns these commands' arguments; `parser` puts them beside the others.
"""

from pathlib import Path

from app.cli.grammar import DEFAULT_PORT, Commands, Parser, add_database, add_json, port


def add_tools(commands: Commands) -> None:
    """`decode`, `distribution`, `vectors`"""
    decode = commands.add_parser("decode", help="read QR codes from pictures")
    decode.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    add_json(decode)
    decode.set_defaults(command="app.cli.tools:decode")
    distribution = commands.add_parser("distribution", help="the SQL that spreads a ledger over a Citus cluster")
    distribution.set_defaults(command="app.cli.tools:distribution")
    vectors = commands.add_parser("vectors", help="check this program against a file of ticket vectors")
    vectors.add_argument("file", type=Path, metavar="FILE")
    add_json(vectors)
    vectors.set_defaults(command="app.cli.tools:vectors")


def add_technician(commands: Commands) -> None:
    """What somebody asks who was called at 19:55."""
    doctor = commands.add_parser("doctor", help="what is well here and what is not, each with its cure")
    doctor.add_argument("--sheet", type=Path, metavar="FILE.pdf", help="the same on a page to print and sign")
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
        add_database(verb)
        add_json(verb)
    for command in (doctor, bundle):
        command.add_argument("--server", action="store_true", help="the server alone")
        command.add_argument("--profile", type=Path, metavar="DIR", help="the kiosk in this folder")
        command.add_argument("--data", type=Path, metavar="DIR", help="the server in this folder")
        command.add_argument("--database", metavar="URL", help="where the server's database is not in its folder")
        command.add_argument("--port", type=port, default=DEFAULT_PORT, metavar="N", help="where the server listens")
        add_json(command)

"""The grammar of `push`: the projects of an event, at the server; an account's telephones, at the organizer's computer.

Owns these commands' arguments; `office_grammar` puts them beside the others.
"""

from pathlib import Path
from typing import Any


def add_push(commands: Any, parser_class: Any) -> list[Any]:
    """`push …`; the verbs of an event alone are returned."""
    push = commands.add_parser("push", help="notices on telephones: an event's push project, an account's telephones")
    verbs = push.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    _add_telephones(verbs)
    return _add_projects(verbs)


def _add_projects(verbs: Any) -> list[Any]:
    add = verbs.add_parser("add", help="a Firebase project that notices go by (at the server)")
    add.set_defaults(command="app.cli.push:add_project")
    renew = verbs.add_parser("renew", help="another key of a project, or another project")
    renew.set_defaults(command="app.cli.push:renew_project")
    remove = verbs.add_parser("remove", help="a project's end; what waits for it is canceled")
    remove.set_defaults(command="app.cli.push:remove_project")
    for verb in (renew, remove):
        verb.add_argument("endpoint", metavar="ENDPOINT", help="as `endpoint list` shows it; its beginning is enough")
    for verb in (add, renew):
        verb.add_argument(
            "key", type=Path, metavar="KEY.json", help="a service account's private key, from the Firebase console"
        )
        verb.add_argument("--to-loopback", metavar="URL", help="for development: a peer on this computer plays Google")
    return [add, renew, remove]


def _add_telephones(verbs: Any) -> None:
    register = verbs.add_parser("register", help="a telephone gets an account's notices (at the organizer's computer)")
    register.add_argument("--language", choices=["en", "de"], help="what the telephone is spoken to in (default: en)")
    register.set_defaults(command="app.cli.telephones:register")
    unregister = verbs.add_parser("unregister", help="it gets no more of them")
    unregister.set_defaults(command="app.cli.telephones:unregister")
    status = verbs.add_parser("status", help="which telephones there are, and whether the server has heard of them")
    status.set_defaults(command="app.cli.telephones:status")
    for verb in (register, unregister):
        verb.add_argument("token", metavar="TOKEN", help="what Firebase gave the telephone's app; - reads it")
        verb.add_argument(
            "--wait", type=float, default=20.0, metavar="S", help="how long to try (default: 20); it stays wanted"
        )
    for verb in (register, unregister, status):
        verb.add_argument("--server", metavar="URL", help="the server's address (default: the one used last)")
        verb.add_argument("--account", metavar="NAME", help="who logs in, where nobody stays logged in here")
        verb.add_argument("--data", type=Path, metavar="DIR", help="the folder of the organizer's window")
        verb.add_argument("--json", action="store_true", help="one JSON object per line, for programs")

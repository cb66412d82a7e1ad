"""The grammar of what a kiosk's staff and technicians type about its settings."""

from typing import Any

Group = Any
"""argparse has no public name for what `add_subparsers` returns."""


def add_settings(commands: Group, parser_class: Any) -> list[Any]:
    """`settings …`"""
    settings = commands.add_parser("settings", help="how this kiosk's staff want it: camera, language, colours, lock")
    verbs = settings.add_subparsers(metavar="VERB", required=True, parser_class=parser_class)
    show = verbs.add_parser("show", help="all of them")
    show.set_defaults(command="app.cli.settings:show_settings")
    one = verbs.add_parser("set", help="one of them")
    one.add_argument("setting", metavar="NAME", help="such as camera.turn; `settings show` has them all")
    one.add_argument("value", metavar="VALUE")
    one.set_defaults(command="app.cli.settings:set_setting")
    load = verbs.add_parser("load", help="those of a configuration code of the organizer")
    load.add_argument("code", metavar="TEXT|PNG", help="what `device setup` made")
    load.set_defaults(command="app.cli.settings:load_setup")
    return [show, one, load]

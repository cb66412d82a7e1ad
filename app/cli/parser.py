"""The command line: every command with its arguments, and the name of the function to call for it.

Owns the order of the commands; each group's grammar is a module of its own. The functions are named, not imported:
only the one that is called gets loaded, so that `doorlight server` needs neither Qt nor OpenCV. Without a command it
opens the start window.
"""

from app.cli.door_grammar import add_door, add_trust
from app.cli.grammar import DEFAULT_PORT, Parser
from app.cli.organizer_grammar import add_organizer
from app.cli.server_grammar import add_jobs, add_people, add_server
from app.cli.tool_grammar import add_technician, add_tools
from app.settings import VERSION


def build_parser() -> Parser:
    """The whole grammar; each command leaves the function to call in `command`, as `module:function`."""
    parser = Parser(prog="doorlight", description="Scan tickets at the door, online or not.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.set_defaults(command="app.cli.start:open_start", port=DEFAULT_PORT)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    add_door(commands)
    add_server(commands)
    add_organizer(commands)
    add_jobs(commands)
    add_people(commands)
    add_trust(commands)
    add_tools(commands)
    add_technician(commands)
    return parser

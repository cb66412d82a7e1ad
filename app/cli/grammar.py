"""What every command's grammar is made of: the parser, the arguments that many commands share, checked numbers.

Owns how wrong use is said: one line, and exit status 2.
"""

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

from app.settings import default_profile_dir, default_server_dir
from core.model.settings import Language, ThemeName

DEFAULT_PORT = 8480


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Prints one line and ends with status 2."""
        self.exit(2, f"{self.prog}: {message} (see '{self.prog} --help')\n")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 — argparse has no public name for it


def add_profile(parser: Parser) -> None:
    """Which kiosk: its folder."""
    parser.add_argument(
        "--profile", type=Path, default=default_profile_dir(), metavar="DIR", help="the kiosk's folder (%(default)s)"
    )


def add_usual(parser: Parser) -> None:
    """How a window is until somebody chooses otherwise in it."""
    parser.add_argument("--language", choices=[*Language], help="until somebody chooses one in the window")
    parser.add_argument("--theme", choices=[*ThemeName], help="its colours, until somebody chooses others in it")


def add_database(parser: Parser) -> None:
    """Which ledger: its database and its folder."""
    parser.add_argument("--database", metavar="URL", help="postgresql://… or sqlite:///… (default: a file in --data)")
    parser.add_argument("--distributed", action="store_true", help="a Citus cluster, or a pooler before PostgreSQL")
    parser.add_argument(
        "--data", type=Path, default=default_server_dir(), metavar="DIR", help="the server's folder (%(default)s)"
    )


def add_json(parser: Parser) -> None:
    """Whether a program reads what is printed."""
    parser.add_argument("--json", action="store_true", help="one JSON object per line, for programs")


def port(text: str) -> int:
    """A TCP port, or 0."""
    return _whole(text, 0, 65_535)


def count(text: str) -> int:
    """How many: 1 to a million."""
    return _whole(text, 1, 1_000_000)


def kid(text: str) -> int:
    """A key's number."""
    return _whole(text, 0, 0xFFFF_FFFF)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)

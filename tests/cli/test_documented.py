"""The documents name every command that there is, with options that it has, and none that there is not."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.parser import build_parser

ROOT = Path(__file__).resolve().parents[2]
TABLES = [ROOT / "docs/operators.md", ROOT / "docs/server.md"]
SENTENCES = (ROOT / "resources/sentences").glob("*.toml")
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *SENTENCES])
MOST_OF_AN_EVENING = 12


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each command by its words, with its options."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield words, {option for action in parser._actions for option in action.option_strings}
    for action in below:
        for word, child in action.choices.items():
            yield from leaves(child, (*words, word))


COMMANDS = dict(leaves(build_parser()))
GROUPS = {words[:count] for words in COMMANDS for count in range(1, len(words))}


def told(text: str) -> Iterator[str]:
    """What a document tells one to type: in backticks, across a line's end too, or on an indented line."""
    for span in re.findall(r"`([^`]+)`", text):
        yield " ".join(span.split())
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.startswith("    "):
            yield from re.split(r"\s{3,}", line.split(" #")[0].strip())


def typed(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each `doorlight …` of a document: the words of its command, and the rest."""
    for line in told(text):
        words = line.split()
        if not words or words[0] != "doorlight" or len(words) < 2 or not words[1].islower() or words[1] == "…":
            continue
        count = 1 + ((words[1],) in GROUPS) + (tuple(words[1:3]) in GROUPS)
        yield tuple(words[1 : 1 + count]), " ".join(words[1 + count :])


def in_tables() -> set[tuple[str, ...]]:
    """The commands in the first column of the two tables."""
    rows = [
        line for page in TABLES for line in page.read_text("utf-8").splitlines() if line.startswith("| `doorlight ")
    ]
    return {words for row in rows for words, _ in typed(row.split(" | ")[0])}


def evening() -> list[str]:
    """The command lines of the organizer's evening."""
    text = (ROOT / "docs/operators.md").read_text("utf-8")
    part = text.split("### An evening", 1)[1].split("\n### ", 1)[0]
    lines = re.sub(r"\\\n\s*", "", part).splitlines()
    return [line.strip() for line in lines if line.startswith("    doorlight ")]


def test_every_command_has_its_line_in_a_table() -> None:
    assert set(COMMANDS) - in_tables() == set()


def test_no_table_names_a_command_that_does_not_exist() -> None:
    assert in_tables() - set(COMMANDS) == set()


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_what_a_document_tells_one_to_type_exists(page: Path) -> None:
    for words, rest in typed(page.read_text("utf-8")):
        if words in GROUPS or words[1:] == ("…",):
            continue
        assert words in COMMANDS, f"{page.name}: doorlight {' '.join(words)}"
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest))
        assert options <= COMMANDS[words], f"{page.name}: doorlight {' '.join(words)}"


def test_the_reading_of_documents_sees_what_is_wrong() -> None:
    """The negative control: a command and an option that do not exist, spread over lines and kinds of text."""
    text = "say `doorlight ticket\nburn TID` or\n\n    doorlight server --colour red   # never\n"
    found = dict(typed(text))
    assert ("ticket", "burn") in found.keys() - COMMANDS.keys()
    assert "--colour" in found["server",]


def test_an_organizers_evening_is_at_most_twelve_commands_that_the_program_understands() -> None:
    lines = evening()
    assert 0 < len(lines) <= MOST_OF_AN_EVENING
    for line in lines:
        arguments = shlex.split(line, comments=True)[1:]
        assert build_parser().parse_args(arguments).command

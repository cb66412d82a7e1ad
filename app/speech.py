"""How the command line speaks: JSON lines for programs, plain lines for people, one line for a failure."""

import json
import sys
import tomllib
from collections.abc import Mapping
from functools import cache

import resources
from app.errors import AppError


def say(line: str) -> None:
    """One line for a person, on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say_json(fields: Mapping[str, object]) -> None:
    """One JSON object on a line of its own, on standard output."""
    say(json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str))


def complain(line: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"doorlight: {line}\n")


def sentence_for(error: AppError) -> str:
    """What happened and what to do, in one line; the bare key and its details where nobody has written a sentence.

    An error that carries another's `code` may have a sentence for each: `enrolment_failed_enrol_code_used`.
    """
    sentences = _sentences()
    pattern = sentences.get(f"{error.key}_{error.details.get('code')}", sentences.get(error.key))
    if pattern is None:
        return str(error)
    return pattern.format_map(_Details({name: str(value) for name, value in error.details.items()}))


class _Details(dict[str, str]):
    """Details of an error; one that a sentence names and the error lacks is a question mark."""

    def __missing__(self, _: str) -> str:
        return "?"


@cache
def _sentences() -> dict[str, str]:
    return tomllib.loads(resources.read_text("sentences/en.toml"))

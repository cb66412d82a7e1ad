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


def sentence_for(error: AppError, language: str = "en") -> str:
    """What happened and what to do, in one line; the bare key and its details where nobody has written a sentence.

    An error that carries another's `code` may have a sentence for each: `enrolment_failed_enrol_code_used`. The command
    line speaks English; a window gives its own language, and what a language lacks is said in English.
    """
    keys = (f"{error.key}_{error.details.get('code')}", error.key)
    spoken = (
        sentences[key] for sentences in (_sentences(language), _sentences("en")) for key in keys if key in sentences
    )
    pattern = next(spoken, None)
    if pattern is None:
        return str(error)
    return pattern.format_map(_Details({name: str(value) for name, value in error.details.items()}))


class _Details(dict[str, str]):
    """Details of an error; one that a sentence names and the error lacks is a question mark."""

    def __missing__(self, _: str) -> str:
        return "?"


@cache
def _sentences(language: str) -> dict[str, str]:
    return tomllib.loads(resources.read_text(f"sentences/{language}.toml"))

"""Every failure that a person at a shell can meet has its sentence, and every sentence its failure."""

import ast
import tomllib
from pathlib import Path
from string import Formatter

import pytest

import resources
from app.errors import AppError
from app.speech import sentence_for

ROOT = Path(__file__).resolve().parents[2]
ONLY_OVER_HTTP = {
    "file_unknown",
    "bad_batch_signature",
    "batch_too_large",
    "credentials_wrong",
    "credentials_over",
    "log_in_wrong",
    "password_change_needed",
    "password_over",
    "password_unfit",
    "too_many_tries",
    "device_revoked",
    "device_key_wrong",
    "enrol_code_expired",
    "enrol_code_withdrawn",
    "event_changed",
    "id_reuse",
    "not_authorised",
    "not_confirmed",
    "not_ready",
    "too_many_requests",
}
"""A server says these to a program, as a problem's code; no command raises them."""


OF_A_KIOSK = ("device", "kiosk", "start", "store", "widgets")
"""The packages of the windows that staff and organizers see: what they raise is said in every language."""


def raised_keys(*folders: str) -> set[str]:
    """The first argument of every AppError made in the program, or in some folders of it, where it is a literal."""
    keys = set()
    for file in [file for folder in folders or ("",) for file in (ROOT / "app" / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _makes_an_error(node.func) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.islower():
                    keys.add(first.value)
    return {key for key in keys if key.replace("_", "").isalnum() and "_" in key}


def _makes_an_error(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "__init__" and isinstance(function.value, ast.Call)
    return isinstance(function, ast.Name) and function.id in {"AppError", "CameraProblem", "PictureProblem"}


def test_every_failure_has_a_sentence() -> None:
    sentences = read("en")
    keys = raised_keys()
    assert len(keys) > 20, "the search itself works"
    assert keys - ONLY_OVER_HTTP - sentences.keys() == set()


def read(language: str) -> dict[str, str]:
    return tomllib.loads(resources.read_text(f"sentences/{language}.toml"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_what_a_kiosk_raises_is_said_in_german_with_the_same_details() -> None:
    english, german = read("en"), read("de")
    assert (raised_keys(*OF_A_KIOSK) & english.keys()) - german.keys() == set()
    assert german.keys() - english.keys() == set()
    assert [key for key in german if placeholders(german[key]) != placeholders(english[key])] == []


@pytest.mark.parametrize("code", ["no_such_code", "unreachable"])
def test_a_window_speaks_its_language_and_english_where_it_has_no_sentence(code: str) -> None:
    error = AppError("enrolment_failed", code=code)
    assert sentence_for(error, "de").startswith("der Server hat diesen Kiosk nicht angemeldet")
    assert sentence_for(AppError("no_active_key", event="E"), "de") == sentence_for(
        AppError("no_active_key", event="E")
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_are_one_line(language: str) -> None:
    sentences = read(language)
    assert [key for key, sentence in sentences.items() if "\n" in sentence or not sentence] == []

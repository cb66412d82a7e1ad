"""Every failure that a person at a shell can meet has its sentence, and every sentence its failure."""

import ast
import tomllib
from pathlib import Path

import resources

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
    "id_reuse",
    "not_authorised",
    "not_confirmed",
    "not_ready",
    "too_many_requests",
}
"""A server says these to a program, as a problem's code; no command raises them."""


def raised_keys() -> set[str]:
    """The first argument of every AppError made in the program, where it is a literal."""
    keys = set()
    for file in (ROOT / "app").rglob("*.py"):
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
    sentences = tomllib.loads(resources.read_text("sentences/en.toml"))
    keys = raised_keys()
    assert len(keys) > 20, "the search itself works"
    assert keys - ONLY_OVER_HTTP - sentences.keys() == set()


def test_sentences_are_one_line() -> None:
    sentences = tomllib.loads(resources.read_text("sentences/en.toml"))
    assert [key for key, sentence in sentences.items() if "\n" in sentence or not sentence] == []

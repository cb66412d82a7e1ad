"""A language's file is whole or the program does not start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import pytest

from app.widgets.words import Template, WordsError, load_tables, read_by_member, read_section, read_text, table_at


class Fruit(StrEnum):
    PEAR = "pear"
    PLUM = "plum"


@dataclass(frozen=True, slots=True)
class Basket:
    title: str
    months: tuple[str, ...]
    count: Annotated[Template, "number"]


WHOLE = {"title": "Fruit", "months": ["Jan"], "count": "{number} pieces"}


def test_a_whole_table_becomes_its_section() -> None:
    assert read_section(WHOLE, Basket, "basket") == Basket("Fruit", ("Jan",), Template("{number} pieces"))


@pytest.mark.parametrize(
    "change",
    [
        {"extra": "x"},
        {"title": 5},
        {"months": "Jan"},
        {"months": [1]},
        {"count": "{numbr} pieces"},
        {"count": "pieces"},
        {"count": "{number} {other}"},
        {"count": "{number"},
        {"count": "{number.real}"},
        {"count": "{0}"},
    ],
)
def test_an_unfit_key_is_an_error_that_names_it(change: dict[str, object]) -> None:
    with pytest.raises(WordsError, match="basket"):
        read_section(WHOLE | change, Basket, "basket")


@pytest.mark.parametrize("gone", WHOLE)
def test_a_missing_key_is_an_error_that_names_it(gone: str) -> None:
    with pytest.raises(WordsError, match=gone):
        read_section({key: value for key, value in WHOLE.items() if key != gone}, Basket, "basket")


@pytest.mark.parametrize("table", [{"pear": "Pear"}, {"pear": "Pear", "plum": "Plum", "fig": "Fig"}])
def test_a_table_by_member_has_each_member_and_no_other(table: dict[str, object]) -> None:
    with pytest.raises(WordsError, match="fruit"):
        read_by_member(table, Fruit, read_text, "fruit")


def test_a_value_that_looks_like_a_template_is_not_one() -> None:
    assert Template("first used at {gate}").fill(gate="{gate.__class__}") == "first used at {gate.__class__}"


@pytest.mark.parametrize("language", ["xx", "../../pyproject"])
def test_an_unknown_language_is_an_error(language: str) -> None:
    with pytest.raises(WordsError):
        load_tables(language)


def test_a_missing_table_is_an_error() -> None:
    with pytest.raises(WordsError, match="fruit"):
        table_at({}, "fruit")

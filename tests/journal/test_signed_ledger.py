"""A signed ledger shows whatever was done to it, wherever."""

import json
import random

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core.journal.signed_ledger import MAX_LINE, Flaw, Tampering, Whole, check_lines, signed_lines
from core.ticket import seal
from tests.support.facts import event as some_event

PRIVATE, OTHER = bytes(range(32)), bytes(range(1, 33))
ROOT = seal.ed25519_public(PRIVATE)
EVENT = some_event().id


def written(count: int = 5, private: bytes = PRIVATE) -> list[str]:
    facts = [{"id": f"{number:032x}", "record": json.dumps({"n": number})} for number in range(count)]
    root = seal.ed25519_public(private)
    return list(
        signed_lines(
            EVENT, "Summer", facts, root_key=root, sign=lambda told: seal.ed25519_sign(private, told), now_ms=7
        )
    )


def canonical(told: object) -> str:
    return rfc8785.dumps(told).decode() + "\n"  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_what_was_written_is_whole(count: int) -> None:
    found = check_lines(written(count))
    assert isinstance(found, Whole)
    assert (found.event, found.facts, found.made_at_ms, found.root_key) == (EVENT, count, 7, ROOT)


@pytest.mark.parametrize("line", range(1, 6))
def test_a_changed_fact_is_found_right_behind_it(line: int) -> None:
    lines = written()
    told = json.loads(lines[line])
    told["fact"]["record"] = "forged"
    lines[line] = canonical(told)
    assert check_lines(lines) == Flaw(line + 2, Tampering.CHANGED)


@pytest.mark.parametrize("line", range(1, 6))
def test_a_missing_a_doubled_and_a_moved_fact_are_found(line: int) -> None:
    missing, doubled, moved = written(), written(), written()
    del missing[line]
    doubled.insert(line, doubled[line])
    other = line % 5 + 1
    moved[line], moved[other] = moved[other], moved[line]
    for lines in (missing, doubled, moved):
        assert isinstance(check_lines(lines), Flaw)


def test_a_file_without_its_end_or_with_more_behind_it_is_found() -> None:
    lines = written()
    assert check_lines(lines[:-1]) == Flaw(7, Tampering.CUT_OFF)
    assert check_lines([*lines, lines[1]]) == Flaw(8, Tampering.CUT_OFF)
    assert check_lines([]) == Flaw(1, Tampering.FOREIGN)


def test_whoever_works_all_hashes_out_again_lacks_the_key() -> None:
    """Everything anew with another key: the file is whole, and its key is not the installation's."""
    forged = check_lines(written(4, OTHER))
    assert isinstance(forged, Whole)
    assert forged.root_key != ROOT
    lines = written(4, OTHER)
    head = json.loads(lines[0])
    head["doorlight-ledger"]["root_key"] = ROOT.hex()
    assert isinstance(check_lines([canonical(head), *lines[1:]]), Flaw)


def test_an_end_of_another_file_fits_nowhere_else() -> None:
    assert check_lines([*written(4)[:-1], written(5)[-1]]) == Flaw(6, Tampering.MISCOUNTED)


@pytest.mark.parametrize(
    "first",
    [
        "",
        "\n",
        "{}\n",
        "[]\n",
        "no json\n",
        '{"doorlight-ledger":1}\n',
        '{"doorlight-ledger":{"v":1}}\n',
        "x" * MAX_LINE * 2,
    ],
)
def test_any_other_file_is_foreign(first: str) -> None:
    assert check_lines([first]) == Flaw(1, Tampering.FOREIGN)


def test_a_later_programs_file_is_named_so() -> None:
    assert check_lines(['{"doorlight-ledger":{"v":2}}\n']) == Flaw(1, Tampering.NEWER)


@given(st.randoms(use_true_random=False))
def test_no_single_changed_character_passes(dice: random.Random) -> None:
    text = "".join(written(3))
    at = dice.randrange(len(text))
    other = dice.choice([char for char in '0a{"}\n,Z' if char != text[at]])
    changed = text[:at] + other + text[at + 1 :]
    assert check_lines(changed.splitlines(keepends=True)) != check_lines(written(3))

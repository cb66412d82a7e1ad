"""docs/ticket-format.md tells the truth: its tables and its examples are held against the code."""

import json
import re
from dataclasses import fields
from pathlib import Path
from uuid import UUID

import pytest

from core.model.ids import ClassId, EventId, KeyId, TicketHandle
from core.model.outcomes import Outcome
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm, KeyState, KeyUse, derive
from core.ticket.proof import secret_of
from core.ticket.terms import STEP_OF
from core.ticket.verify import sealed_bytes
from core.ticket.wire import HEADER_BYTES, MAX_TEXT, Claims, Code, pack, parse, unpack

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ticket-format.md").read_text(encoding="utf-8")


def _table(heading: str) -> list[list[str]]:
    """The rows of every table below a heading, without their heads."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in section.splitlines() if line[:2] == "| "]
    return [row for row in rows if row[0] not in {"offset", "algorithm", "step", "part", "field"}]


def _told() -> dict[str, str]:
    return {row[0]: row[1].strip("`") for row in _table("Example")}


# --- bytes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", _table("Body")[1:-1], ids=lambda row: row[2])
def test_each_field_lies_where_the_table_puts_it(row: list[str]) -> None:
    offset, length, name = int(row[0]), int(row[1]), row[2]
    header = bytearray(HEADER_BYTES)
    header[offset : offset + length] = bytes(range(1, length + 1))
    claims = unpack(bytes(header))
    value = getattr(claims, name)
    told = value if isinstance(value, bytes) else value.to_bytes(length)
    assert told == bytes(range(1, length + 1))
    others = {field.name for field in fields(Claims)} - {name, "flags"}
    assert not any(any(v) if isinstance(v := getattr(claims, other), bytes) else v for other in others)


def test_the_table_covers_every_byte_of_the_header_and_every_claim() -> None:
    rows = _table("Body")
    ends = [int(row[0]) + int(row[1]) for row in rows[:-1]]
    assert [int(row[0]) for row in rows] == [0, *ends]
    assert ends[-1] == HEADER_BYTES
    assert {row[2] for row in rows[1:-1]} == {field.name for field in fields(Claims)} - {"flags"}
    assert rows[-1][1] == " or ".join(str(algorithm.auth_bytes) for algorithm in Algorithm)


def test_algorithms_and_key_states_are_those_of_the_code() -> None:
    assert [(row[0].strip("`"), int(row[1])) for row in _table("Seal")] == [(a.label, a.byte) for a in Algorithm]
    assert all(f"*{state}*" in TEXT for state in KeyState)


# --- the order ----------------------------------------------------------------------------------------------------

STEPS = {int(row[0]): {Outcome(code) for code in re.findall(r"`([a-z_]+)`", row[-1])} for row in _table("Checks")}


def test_steps_are_numbered_without_a_gap() -> None:
    assert list(STEPS) == list(range(13))


def test_the_outcomes_of_checks_8_to_10_are_those_of_the_terms() -> None:
    for step in (8, 9, 10):
        assert STEPS[step] == {outcome for outcome, of in STEP_OF.items() if of == step}


def test_the_outcomes_of_our_vectors_are_in_the_rows_that_they_name() -> None:
    vectors = json.loads((ROOT / "tests" / "vectors" / "t1.json").read_text(encoding="ascii"))
    named = [(re.match(r"\((\d+)\)", row["name"]), row["expect"]) for row in vectors["flawed"]]
    seen = {(int(match[1]), Outcome(expect)) for match, expect in named if match}
    assert {step for step, _ in seen} == set(range(1, 12)) - {9}  # every class is valid at the vectors' door
    assert {(step, outcome) for step, outcome in seen if outcome not in STEPS[step]} == set()


def test_limits_are_those_of_the_code() -> None:
    assert f"at most {MAX_TEXT} characters" in TEXT


# --- examples -----------------------------------------------------------------------------------------------------

MASTER = bytes(range(32))
EVENT = EventId(UUID("0199e3c4-5a00-7d6b-8f10-3a5c7e912b46"))


def _claims(flags: int) -> Claims:
    tid = TicketHandle(bytes.fromhex("a7f8022a4eedef2a"))
    return Claims(flags, KeyId(7), tid, 1, ClassId(3), 1_795_000_000, 1_795_086_400)


def test_the_example_is_what_the_code_makes_of_it() -> None:
    told, claims = _told(), _claims(0)
    key = derive(MASTER, KeyUse.MAC, EVENT, claims.kid)
    text = issue(claims, Algorithm.HMAC_SHA256_128, key)
    code = parse(text)
    assert isinstance(code, Code)
    assert f"`{MASTER.hex()}`" in TEXT
    assert f"`{EVENT}`" in TEXT
    assert told["`mac` key of kid 7"] == key.hex()
    assert told["header"] == pack(claims).hex()
    assert told["under the seal"] == sealed_bytes(Algorithm.HMAC_SHA256_128, pack(claims)).hex()
    assert told["auth"] == code.auth.hex()
    assert told["text"] == text
    assert told["digest"] == code.digest.hex()
    assert told["claims"] == (
        f"flags {claims.flags}, kid {claims.kid}, tid {claims.tid.hex()}, gen {claims.gen}, cls {claims.cls},"
        f" nbf {claims.nbf}, exp {claims.exp}"
    )


def test_the_rotating_example_is_what_a_live_screen_shows() -> None:
    told, claims = _told(), _claims(1)
    rotating = derive(MASTER, KeyUse.ROTATING, EVENT, claims.kid)
    secret = secret_of(rotating, claims)
    text = issue(claims, Algorithm.HMAC_SHA256_128, derive(MASTER, KeyUse.MAC, EVENT, claims.kid))
    assert told["`rot` key of kid 7"] == rotating.hex()
    assert told["secret"] == secret.hex()
    assert told["live text"] == with_proof(text, secret, 1_795_003_600)

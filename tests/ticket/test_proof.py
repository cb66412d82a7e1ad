"""Rotating proofs against the vectors of RFC 6238 and RFC 4226."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ticket.issue import with_proof
from core.ticket.proof import SECRET_BYTES, digits_at, secret_of, step_at
from core.ticket.wire import Code, parse
from tests.support import facts

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at_s", "digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_come_out(at_s: int, digits: str) -> None:
    assert digits_at(RFC_SECRET, at_s) == digits


@pytest.mark.parametrize(
    ("step", "six_digits"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_the_last_six_digits_are_those_of_rfc_4226(step: int, six_digits: str) -> None:
    assert digits_at(RFC_SECRET, step * 30)[-6:] == six_digits


@given(st.binary(min_size=20, max_size=20), st.integers(0, 10**10 - 1))
def test_digits_hold_for_a_step_of_thirty_seconds(secret: bytes, at_s: int) -> None:
    first = at_s - at_s % 30
    assert len(digits_at(secret, at_s)) == 8
    assert digits_at(secret, at_s).isdecimal()
    assert digits_at(secret, first) == digits_at(secret, at_s) == digits_at(secret, first + 29)
    assert step_at(first + 30) == step_at(at_s) + 1


def test_each_edition_of_a_ticket_has_a_secret_of_its_own() -> None:
    secrets = {secret_of(bytes(32), facts.claims(gen=gen)) for gen in range(256)}
    assert len(secrets) == 256
    assert {len(secret) for secret in secrets} == {SECRET_BYTES}


def test_the_secret_does_not_depend_on_what_may_change_without_a_new_edition() -> None:
    assert secret_of(bytes(32), facts.claims(cls=1)) == secret_of(bytes(32), facts.claims(cls=2, nbf=0))


def test_a_live_screen_shows_the_code_with_its_stamp_and_digits() -> None:
    text = facts.text_of(facts.claims(flags=1))
    live = parse(with_proof(text, RFC_SECRET, 59))
    assert isinstance(live, Code)
    assert live.proof is not None
    assert (live.proof.at_s, live.proof.digits) == (59, "94287082")

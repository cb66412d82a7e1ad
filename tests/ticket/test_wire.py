"""The T1 text: total parsing, one spelling per code, and the exact flaw of each step."""

import string
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.model.ids import ClassId, KeyId, TicketHandle
from core.model.outcomes import Outcome
from core.ticket.verify import Genuine, verify
from core.ticket.wire import (
    HEADER_BYTES,
    MAX_TEXT,
    Claims,
    Code,
    Flaw,
    Proof,
    digest_of_stranger,
    pack,
    parse,
    spell,
    strip_transport,
    unpack,
)
from tests.support import facts

GENUINE = facts.text_of(facts.claims())
SIGNED = facts.text_of(facts.claims(kid=facts.ED_KID))
BASE32 = string.ascii_uppercase + "234567"

CLAIMS = st.builds(
    Claims,
    flags=st.integers(0, 3),
    kid=st.integers(0, 2**32 - 1).map(KeyId),
    tid=st.binary(min_size=8, max_size=8).map(TicketHandle),
    gen=st.integers(0, 255),
    cls=st.integers(0, 2**16 - 1).map(ClassId),
    nbf=st.integers(0, 2**32 - 1),
    exp=st.integers(0, 2**32 - 1),
)
AUTHS = st.binary(min_size=16, max_size=16) | st.binary(min_size=64, max_size=64)
PROOFS = st.none() | st.builds(
    Proof, at_s=st.integers(0, 10**10 - 1), digits=st.text("0123456789", min_size=8, max_size=8)
)


# --- any text -----------------------------------------------------------------------------------------------------

_NEARLY = st.builds(
    lambda text, at, piece, cut: text[:at] + piece + text[at + cut :],
    st.sampled_from([GENUINE, SIGNED, GENUINE + ".1795003600.12345678"]),
    st.integers(0, 160),
    st.text(max_size=4) | st.text("T1:.=\\\r\n 07A", max_size=9),
    st.integers(0, 8),
)


@settings(max_examples=500)
@given(st.text(max_size=600) | _NEARLY | st.builds("T1:{}".format, st.text(BASE32 + ".=01", max_size=160)))
@example("\ud800")
@example("T1:\ud800")
@example("T1:" + "A" * 64)
@example("\\000026")
@example("\r\n")
def test_any_text_has_an_answer(text: str) -> None:  # G14
    answer = parse(text)
    assert isinstance(answer, Code | Flaw)
    assert isinstance(answer, Code) or 1 <= answer.step <= 4


@settings(max_examples=300)
@given(st.text(max_size=200) | _NEARLY)
def test_a_text_that_parses_is_the_one_spelling_of_its_code(text: str) -> None:
    answer = parse(text)
    if isinstance(answer, Code):
        assert spell(answer.header, answer.auth, answer.proof) == strip_transport(text)


# --- spell and parse ----------------------------------------------------------------------------------------------


@given(CLAIMS, AUTHS, PROOFS)
def test_parse_undoes_spell(claims: Claims, auth: bytes, proof: Proof | None) -> None:
    found = parse(spell(pack(claims), auth, proof))
    assert found == Code(claims, pack(claims), auth, proof)


@given(CLAIMS)
def test_unpack_undoes_pack(claims: Claims) -> None:
    assert len(pack(claims)) == HEADER_BYTES == 24
    assert unpack(pack(claims)) == claims


def test_the_bytes_are_where_the_format_puts_them() -> None:
    header = pack(Claims(3, KeyId(0x01020304), facts.TID, 5, ClassId(0x0607), 0x08090A0B, 0x0C0D0E0F))
    assert header.hex(" ") == "13 01 02 03 04 a7 f8 02 2a 4e ed ef 2a 05 06 07 08 09 0a 0b 0c 0d 0e 0f"


def test_lengths_are_those_of_the_format() -> None:
    assert len(GENUINE) == 67
    assert len(SIGNED) == 144


@pytest.mark.parametrize(
    "wrong",
    [{"flags": 4}, {"flags": -1}, {"kid": 2**32}, {"gen": 256}, {"cls": 2**16}, {"nbf": 2**32}, {"exp": -1}],
    ids=str,
)
def test_a_claim_that_does_not_fit_is_a_mistake(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"reserved|fit"):
        pack(facts.claims(**wrong))


def test_a_handle_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        pack(Claims(0, facts.KID, TicketHandle(b"short"), 0, ClassId(1), 0, 0))


# --- each step's outcome ------------------------------------------------------------------------------------------

NOT_1 = Flaw(Outcome.NOT_A_TICKET, 1)
NOT_2 = Flaw(Outcome.NOT_A_TICKET, 2)
UPDATE_2 = Flaw(Outcome.UPDATE_REQUIRED, 2)
DAMAGED = Flaw(Outcome.DAMAGED_CODE, 3)
UPDATE_4 = Flaw(Outcome.UPDATE_REQUIRED, 4)
BODY = GENUINE[3:]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("A" * (MAX_TEXT + 1), NOT_1),
        ("T1:" + "A" * (MAX_TEXT - 2), NOT_1),
        ("T1:" + "A" * (MAX_TEXT - 3), DAMAGED),
        ("opaque\x00code", NOT_1),
        ("opaque \ud800", NOT_1),
        ("T1:" + "Ä" * 64, NOT_1),
        (GENUINE + "\n\n", NOT_1),
        (GENUINE + "\t", NOT_1),
        ("", NOT_2),
        ("T:", NOT_2),
        ("T1", NOT_2),
        ("T1234:" + BODY, NOT_2),
        ("t1:" + BODY, NOT_2),
        ("Т1:" + BODY, NOT_2),  # a Cyrillic letter
        (" " + GENUINE, NOT_2),
        ("\\000026\\000026" + GENUINE, NOT_2),
        ("\\00026" + GENUINE, NOT_2),
        ("\\٠٠٠٠٢٦" + GENUINE, NOT_2),  # digits, but not ASCII's
        ("https://tickets.example/t/1", NOT_2),
        ("12345", NOT_2),
        ("T2:" + BODY, UPDATE_2),
        ("T0:", UPDATE_2),
        ("T999:x", UPDATE_2),
        ("T01:" + BODY, UPDATE_2),
        ("T1:", DAMAGED),
        ("T1:" + BODY.lower(), DAMAGED),
        (GENUINE + " ", DAMAGED),
        (GENUINE + "=", DAMAGED),
        (GENUINE + ".", DAMAGED),
        (GENUINE + ".1795003600", DAMAGED),
        (GENUINE + ".1795003600.1234567", DAMAGED),
        (GENUINE + ".179500360.12345678", DAMAGED),
        (GENUINE + ".1795003600.123456789", DAMAGED),
        (GENUINE + ".1795003600.1234567A", DAMAGED),
        (SIGNED[:-1] + "B", DAMAGED),
        ("T1:E" + BODY[1:], UPDATE_4),
        ("T1:A" + BODY[1:], UPDATE_4),
        ("T1:CQ" + BODY[2:], UPDATE_4),
        ("T1:DA" + BODY[2:], UPDATE_4),
    ],
    ids=lambda value: ascii(value)[:40] if isinstance(value, str) else None,
)
def test_each_way_to_be_malformed_has_its_outcome_and_step(text: str, flaw: Flaw) -> None:
    assert parse(text) == flaw


@pytest.mark.parametrize("before", ["", "\\000026", "\\999999"])
@pytest.mark.parametrize("after", ["", "\r", "\n", "\r\n"])
def test_what_a_scanner_adds_is_taken_off(before: str, after: str) -> None:  # A3
    assert parse(before + GENUINE + after) == parse(GENUINE)


def test_a_code_has_at_most_512_characters() -> None:
    assert MAX_TEXT == 512


def test_marks_of_the_transport_do_not_count_as_length() -> None:
    longest = "\\000026T1:" + "A" * (MAX_TEXT - 3) + "\r\n"
    assert parse(longest) == DAMAGED


# --- no neighbour of a genuine code is genuine --------------------------------------------------------------------


def _is_genuine(text: str) -> bool:
    return isinstance(verify(text, trust=facts.trust(), lane=facts.lane(), now=facts.moment()), Genuine)


_TRIED_WITH = BASE32 + "018abz .=-:\u00c4"


def _substitutions(text: str) -> set[str]:
    made = {text[:at] + other + text[at + 1 :] for at in range(len(text)) for other in _TRIED_WITH}
    return made - {text}


def _insertions(text: str) -> set[str]:
    return {text[:at] + other + text[at:] for at in range(len(text) + 1) for other in _TRIED_WITH}


def _deletions(text: str) -> set[str]:
    return {text[:at] + text[at + 1 :] for at in range(len(text))}


def _swaps(text: str) -> set[str]:
    made = {text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)}
    return made - {text}


def _cases_and_blanks(text: str) -> set[str]:
    blanks = {text[:at] + blank + text[at:] for at in range(len(text) + 1) for blank in " \t\u00a0\u200b\ufeff"}
    cases = {text[:at] + text[at].lower() + text[at + 1 :] for at in range(len(text)) if text[at].isalpha()}
    doubled = {text + text, text + "\n" + text, text + "\r\r", "\n" + text, text.swapcase()}
    return blanks | cases | doubled


@pytest.mark.parametrize("vary", [_substitutions, _insertions, _deletions, _swaps, _cases_and_blanks])
def test_no_neighbour_of_a_genuine_code_is_genuine(vary: Callable[[str], set[str]]) -> None:
    assert _is_genuine(GENUINE)
    assert [text for text in vary(GENUINE) if _is_genuine(text)] == []


@pytest.mark.parametrize("vary", [_deletions, _swaps])
def test_no_neighbour_of_a_signed_code_is_genuine(vary: Callable[[str], set[str]]) -> None:
    assert _is_genuine(SIGNED)
    assert [text for text in vary(SIGNED) if _is_genuine(text)] == []


def test_a_spare_bit_makes_no_second_spelling() -> None:
    """88 bytes leave a spare bit in the last letter: a lenient decoder would take two texts for one code."""
    twins = [SIGNED[:-1] + letter for letter in BASE32 if letter != SIGNED[-1]]
    assert not any(_is_genuine(text) for text in twins)
    assert sum(parse(text) == DAMAGED for text in twins) == 16


def test_the_search_for_neighbours_would_find_one() -> None:
    """Negative control: one trailing line end is a genuine neighbour, and the same search sees it."""
    assert [text for text in {GENUINE + "\n", GENUINE + " "} if _is_genuine(text)] == [GENUINE + "\n"]


# --- digests ------------------------------------------------------------------------------------------------------


def test_a_codes_digest_is_over_its_body_not_its_proof() -> None:
    code = parse(GENUINE)
    proven = parse(GENUINE + ".1795003600.12345678")
    assert isinstance(code, Code)
    assert isinstance(proven, Code)
    assert code.digest == proven.digest
    assert len(code.digest) == 16


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_has_a_strangers_digest_of_its_own(one: str, other: str) -> None:
    assert len(digest_of_stranger(one)) == 16
    assert (digest_of_stranger(one) == digest_of_stranger(other)) is (one == other)


def test_a_code_shows_neither_its_seal_nor_its_proof() -> None:
    code = parse(f"{GENUINE}.1795000000.01234567")
    assert isinstance(code, Code)
    assert code.proof is not None
    assert repr(code.auth) not in repr(code)
    assert "01234567" not in repr(code)

"""How a kiosk finds its server, and how two screens show that nobody sits in between."""

import hashlib
import hmac
import json
from dataclasses import asdict
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import DeviceId
from core.model.moments import Millis
from core.sync.enrolment import (
    Invitation,
    NoInvitation,
    code_key,
    enrol_bytes,
    enrol_request,
    enrolled_bytes,
    fingerprint_of,
    invitation_from,
    is_proven,
    letters_of,
    six_digits,
    text_of,
)
from core.sync.protocols import PROTOCOL
from core.ticket import seal

INVITATION = Invitation("https://door.example", "B2ZE-T4PB-HN7M-QGSK-4N5A", Millis(1_795_003_600_000), bytes(range(32)))
ROOT, SEALING, SIGNING = b"r" * 32, b"x" * 32, b"y" * 32
CODE = "B2ZE-T4PB-HN7M-QGSK-4N5A"
DEVICE = DeviceId(UUID(int=7))
keys = st.binary(min_size=32, max_size=32)


# --- the invitation -----------------------------------------------------------------------------------------------


def test_an_invitation_comes_out_as_it_went_in() -> None:
    assert invitation_from(text_of(INVITATION)) == INVITATION


def test_an_invitation_does_not_show_its_code_in_a_log() -> None:
    assert INVITATION.code not in repr(INVITATION)


def test_a_later_invitation_says_update() -> None:
    assert invitation_from(text_of(INVITATION).replace('"v":1', '"v":2')) == NoInvitation(is_newer=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("root", "00" * 31),
        ("root", "x"),
        ("root", None),
        ("url", "ftp://door.example"),
        ("url", "javascript:alert(1)"),
        ("exp", "soon"),
        ("v", 0),
        ("v", "1"),
    ],
)
def test_an_invitation_with_a_wrong_field_is_none(field: str, value: object) -> None:
    told = json.loads(text_of(INVITATION))
    told["doorlight"][field] = value
    assert invitation_from(json.dumps(told)) == NoInvitation()


@pytest.mark.parametrize("gone", ["v", "url", "code", "exp", "root"])
def test_an_invitation_lacks_nothing(gone: str) -> None:
    told = json.loads(text_of(INVITATION))
    del told["doorlight"][gone]
    assert invitation_from(json.dumps(told)) == NoInvitation()


@given(st.text(max_size=200) | st.builds("{}{}".format, st.just('{"doorlight":'), st.text(max_size=50)))
def test_any_text_is_an_invitation_or_none(text: str) -> None:
    assert invitation_from(text) == NoInvitation()


@pytest.mark.parametrize("text", ["T1:AAAA", "[]", '{"doorlight":[]}', "{" * 1_000, "x" * 5_000, '{"doorlight":' * 70])
def test_another_code_is_no_invitation(text: str) -> None:
    assert invitation_from(text) == NoInvitation()


# --- six digits ---------------------------------------------------------------------------------------------------


def test_six_digits_are_two_groups_of_three() -> None:
    """A fixed value: kiosk and server of different versions must agree."""
    by_hand = hashlib.sha256(b"B2ZE" + hashlib.sha256(b"T4PBHN7MQGSK4N5A").digest() + ROOT + SEALING + SIGNING).digest()
    assert int.from_bytes(by_hand) % 1_000_000 == 584799
    assert six_digits(*code_key(CODE), ROOT, SEALING, SIGNING) == "584 799"


@given(keys, keys, keys)
def test_both_sides_show_the_same(root: bytes, sealing: bytes, signing: bytes) -> None:
    codes = ("B2ZE-IOOB", "b2ze ioob", "82ZE-1008", "B2ZEI0O8")
    shown = {six_digits(*code_key(typed), root, sealing, signing) for typed in codes}
    assert len(shown) == 1
    assert len(shown.pop().replace(" ", "")) == 6


@pytest.mark.parametrize("number", range(3))
def test_a_man_in_the_middle_shows_other_digits(number: int) -> None:
    """He has to put a key of his own in the place of the root's or one of the device's."""
    honest = [ROOT, SEALING, SIGNING]
    forged = [b"m" * 32 if place == number else key for place, key in enumerate(honest)]
    assert six_digits(*code_key(CODE), *forged) != six_digits(*code_key(CODE), *honest)


def test_guessing_the_digits_needs_a_million_keys() -> None:
    shown = {six_digits(*code_key(CODE), ROOT, number.to_bytes(32), SIGNING) for number in range(3_000)}
    assert len(shown) > 2_980


def test_another_code_shows_other_digits() -> None:
    shown = {six_digits(*code_key(code), ROOT, SEALING, SIGNING) for code in ("AAAAC", "AAABC", "AAAAD")}
    assert len(shown) == 3


@pytest.mark.parametrize(("typed", "letters"), [("b2ze-t4pb", "B2ZET4PB"), (" 0 1 8 ", "OIB"), ("–", ""), ("ß", "SS")])
def test_only_the_letters_of_a_code_count(typed: str, letters: str) -> None:
    assert letters_of(typed) == letters


def test_a_fingerprint_is_32_bytes_that_stand_for_one_key() -> None:
    assert len(fingerprint_of(ROOT)) == 32
    assert fingerprint_of(ROOT) != fingerprint_of(SEALING)


# --- the code proves itself ---------------------------------------------------------------------------------------

LETTERS = letters_of(CODE)
OLD_REQUEST = {"code": CODE, "protocol": PROTOCOL, "sealing_key": SEALING.hex(), "signing_key": SIGNING.hex()}
"""What a kiosk posted before: the code itself."""


def is_told(told: dict[str, str]) -> bool:
    """Whether a group of a code's secret letters, or all that a server keeps of them, is anywhere in a request."""
    groups = [LETTERS[start : start + 4] for start in range(4, len(LETTERS), 4)]
    text = json.dumps(told)
    return any(each in text for each in [*groups, code_key(CODE)[1].hex()])


def test_a_request_tells_nothing_of_the_secret() -> None:
    assert not is_told(asdict(enrol_request(CODE, PROTOCOL, SEALING, SIGNING)))
    assert is_told(OLD_REQUEST), "the old request did"


@pytest.mark.parametrize("typed", ["b2ze t4pb hn7m qgsk 4n5a", "82ZET4P8HN7MQGSK4N5A"])
def test_a_code_proves_the_same_however_it_is_typed(typed: str) -> None:
    assert enrol_request(typed, PROTOCOL, SEALING, SIGNING) == enrol_request(CODE, PROTOCOL, SEALING, SIGNING)


def test_proofs_are_fixed_bytes() -> None:
    """By hand: kiosk and server of different versions must agree."""
    key = hashlib.sha256(b"T4PBHN7MQGSK4N5A").digest()
    kiosk = b"doorlight/enrol/v1\x00B2ZE\x00" + SEALING + SIGNING
    server = b"doorlight/enrolled/v1\x00" + ROOT + bytes(15) + b"\x07" + SEALING + SIGNING
    assert code_key(CODE) == ("B2ZE", key)
    assert enrol_request(CODE, PROTOCOL, SEALING, SIGNING).proof == hmac.digest(key, kiosk, "sha256").hex()
    assert enrolled_bytes(ROOT, DEVICE, SEALING, SIGNING) == server


@given(keys, keys, st.integers(0, 63))
def test_a_proof_is_about_these_keys_alone(sealing: bytes, signing: bytes, place: int) -> None:
    handle, key = code_key(CODE)
    proof = enrol_request(CODE, PROTOCOL, sealing, signing).proof
    both = bytearray(sealing + signing)
    both[place] ^= 1
    assert is_proven(key, enrol_bytes(handle, sealing, signing), proof)
    assert not is_proven(key, enrol_bytes(handle, bytes(both[:32]), bytes(both[32:])), proof)


@pytest.mark.parametrize("number", range(4))
def test_a_servers_proof_is_about_its_root_its_device_and_the_kiosks_keys(number: int) -> None:
    key = code_key(CODE)[1]
    proof = seal.hmac(key, enrolled_bytes(ROOT, DEVICE, SEALING, SIGNING)).hex()
    changed = [
        (bytes(32), DEVICE, SEALING, SIGNING),
        (ROOT, DeviceId(UUID(int=8)), SEALING, SIGNING),
        (ROOT, DEVICE, bytes(32), SIGNING),
        (ROOT, DEVICE, SEALING, bytes(32)),
    ]
    assert is_proven(key, enrolled_bytes(ROOT, DEVICE, SEALING, SIGNING), proof)
    assert not is_proven(key, enrolled_bytes(*changed[number]), proof)


def test_a_kiosks_proof_is_none_of_a_server() -> None:
    """Whoever returns what he was sent proves nothing."""
    handle, key = code_key(CODE)
    sent = enrol_request(CODE, PROTOCOL, SEALING, SIGNING).proof
    assert not is_proven(key, enrolled_bytes(ROOT, DEVICE, SEALING, SIGNING), sent)
    assert handle == enrol_request(CODE, PROTOCOL, SEALING, SIGNING).handle


@given(st.text(max_size=130))
def test_any_other_text_proves_nothing(text: str) -> None:
    assert not is_proven(code_key(CODE)[1], b"message", text)

"""Cryptographic primitives against the test vectors of the Wycheproof project.

The files lie in this repository (tests/vectors/wycheproof).
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ticket import seal

HERE = Path(__file__).parents[1] / "vectors" / "wycheproof"
HKDF_SHA256_LIMIT = 255 * 32

Case = dict[str, Any]


def _groups(path: Path) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["testGroups"]
    return groups


def _octets(case: Case, name: str) -> bytes:
    return bytes.fromhex(case[name])


def _tags_wrongly_judged(is_tag: Callable[[bytes, bytes, bytes], bool], tag_bits: int) -> list[int]:
    cases = [case for group in _groups(HERE / "hmac_sha256_test.json") if group["tagSize"] == tag_bits
             for case in group["tests"]]  # fmt: skip
    assert len(cases) == 87
    return [
        case["tcId"]
        for case in cases
        if is_tag(_octets(case, "key"), _octets(case, "msg"), _octets(case, "tag")) is not (case["result"] == "valid")
    ]


def test_hmac_judges_every_128_bit_tag_rightly() -> None:
    assert _tags_wrongly_judged(seal.is_hmac_tag, 128) == []


def test_a_whole_tag_is_no_128_bit_tag() -> None:
    """All 256-bit tags are refused, the valid ones too: a seal has one length."""
    assert len(_tags_wrongly_judged(seal.is_hmac_tag, 256)) == sum(
        case["result"] == "valid"
        for group in _groups(HERE / "hmac_sha256_test.json")
        if group["tagSize"] == 256
        for case in group["tests"]
    )


def test_an_hmac_that_looks_at_half_of_the_tag_is_found_out() -> None:
    """Negative control: a comparison of the first 8 bytes accepts changed tags, and the vectors show it."""

    def looks_at_half(key: bytes, message: bytes, tag: bytes) -> bool:
        return seal.hmac_tag(key, message)[:8] == tag[:8]

    assert _tags_wrongly_judged(looks_at_half, 128) != []


def test_ed25519_judges_every_signature_rightly() -> None:
    groups = _groups(HERE / "ed25519_test.json")
    wrong = [
        case["tcId"]
        for group in groups
        for case in group["tests"]
        if seal.is_ed25519_signature(
            bytes.fromhex(group["publicKey"]["pk"]), _octets(case, "msg"), _octets(case, "sig")
        )
        is not (case["result"] == "valid")
    ]
    assert wrong == []
    assert sum(len(group["tests"]) for group in groups) == 151


def test_hkdf_derives_every_key_rightly() -> None:
    cases = [case for group in _groups(HERE / "hkdf_sha256_test.json") for case in group["tests"]]
    assert len(cases) == 86
    for case in cases:
        if case["result"] == "valid":
            derived = seal.hkdf(
                _octets(case, "ikm"), salt=_octets(case, "salt"), info=_octets(case, "info"), length=case["size"]
            )
            assert derived.hex() == case["okm"], case["tcId"]
        else:
            assert case["size"] > HKDF_SHA256_LIMIT, case["tcId"]


def test_hkdf_derives_the_keys_of_rfc_5869() -> None:
    # RFC 5869, appendices A.1 and A.3
    okm = seal.hkdf(b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    okm = seal.hkdf(b"\x0b" * 22, salt=b"", info=b"", length=42)
    assert okm.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"


def test_expand_alone_is_the_second_half_of_hkdf() -> None:
    prk = seal._hmac_sha256(bytes(range(13)), b"\x0b" * 22)
    okm = seal.hkdf_expand(prk, info=bytes(range(0xF0, 0xFA)), length=42)
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


def test_ed25519_signs_as_in_rfc_8032() -> None:
    # RFC 8032, section 7.1, test 1
    private = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert seal.ed25519_public(private).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert seal.ed25519_sign(private, b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065")


@pytest.mark.parametrize(("key", "signature"), [(b"", b"\0" * 64), (b"\0" * 31, b"\0" * 64), (b"\1" * 32, b"\0" * 63)])
def test_a_key_or_a_signature_of_no_right_shape_verifies_nothing(key: bytes, signature: bytes) -> None:
    assert seal.is_ed25519_signature(key, b"message", signature) is False


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_equality_is_equality(left: bytes, right: bytes) -> None:
    assert seal.are_equal(left, right) is (left == right)
    assert seal.are_equal(left, left)


# --- locks and boxes ----------------------------------------------------------------------------------------------

KEY, NONCE = bytes(range(32)), bytes(12)
PRIVATE, STRANGER, EPHEMERAL = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
BOX = seal.seal_to(seal.x25519_public(PRIVATE), b"the keys", ephemeral=EPHEMERAL, about=b"device 1")


def test_aes_256_gcm_is_the_one_of_the_standard() -> None:
    # McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14: a zero key, nonce and block
    locked = seal.lock(bytes(32), bytes(16), nonce=bytes(12), about=b"")
    assert locked.hex() == "00" * 12 + "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"


def test_scrypt_is_the_one_of_rfc_7914() -> None:
    # The parameters are ours, so the standard's vectors can't be asked: another implementation is.
    ours = seal.stretched("pleaseletmein", b"SodiumChloride..")
    assert ours == hashlib.scrypt(
        b"pleaseletmein",
        salt=b"SodiumChloride..",
        n=seal.SCRYPT_N,
        r=seal.SCRYPT_R,
        p=seal.SCRYPT_P,
        dklen=32,
        maxmem=64 * 1024 * 1024,
    )


def test_x25519_agrees_as_in_rfc_7748() -> None:
    # RFC 7748, section 6.1
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645c6b2f2f2d9a9c7a0a8b7d0e2ea4a9a6d")
    assert len(seal.x25519_public(alice)) == 32
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    assert seal.x25519_public(bob).hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_is_locked_opens_with_its_key_for_its_purpose(message: bytes, about: bytes) -> None:
    locked = seal.lock(KEY, message, nonce=NONCE, about=about)
    assert seal.unlock(KEY, locked, about=about) == message
    assert seal.unlock(bytes(32), locked, about=about) is None
    assert seal.unlock(KEY, locked, about=about + b"x") is None


@given(st.integers(0, len(BOX) - 1), st.integers(1, 255))
def test_a_box_with_one_changed_byte_does_not_open(place: int, change: int) -> None:
    changed = bytearray(BOX)
    changed[place] ^= change
    assert seal.open_sealed(PRIVATE, bytes(changed), about=b"device 1") is None


def test_a_box_opens_for_its_holder_and_purpose_alone() -> None:
    assert seal.open_sealed(PRIVATE, BOX, about=b"device 1") == b"the keys"
    assert seal.open_sealed(STRANGER, BOX, about=b"device 1") is None
    assert seal.open_sealed(PRIVATE, BOX, about=b"device 2") is None


@given(st.binary(max_size=80))
def test_what_is_no_box_opens_for_nobody(box: bytes) -> None:
    assert seal.open_sealed(PRIVATE, box, about=b"") is None
    assert seal.unlock(KEY, box, about=b"") is None


def test_a_public_key_of_small_order_gets_nothing_sealed() -> None:
    with pytest.raises(ValueError, match=r".*"):
        seal.seal_to(bytes(32), b"the keys", ephemeral=EPHEMERAL, about=b"")


NEUTRAL = b"\x01" + bytes(31)
FORGED = NEUTRAL + bytes(32)
"""R the neutral element, S zero: right for every key and message whose product is the neutral element too."""


@pytest.mark.parametrize("sign", [0x00, 0x80])
@pytest.mark.parametrize("y", sorted(seal._WEAK_ED25519), ids=lambda y: y.hex()[:6])
def test_a_point_of_small_order_is_a_weak_key(y: bytes, sign: int) -> None:
    key = y[:-1] + bytes([y[-1] | sign])
    assert seal.is_weak_ed25519(key)
    forged = [seal.is_ed25519_signature(key, bytes([number]), FORGED) for number in range(200)]
    assert any(forged)  # the control: with no private key at all


@given(st.binary(min_size=32, max_size=32))
def test_a_key_that_was_made_is_not_weak(private: bytes) -> None:
    public = seal.ed25519_public(private)
    assert not seal.is_weak_ed25519(public)
    assert not any(seal.is_ed25519_signature(public, bytes([number]), FORGED) for number in range(20))


# --- passwords ----------------------------------------------------------------------------------------------------


def test_argon2id_is_the_one_of_its_authors() -> None:
    # the reference implementation's test.c: version 19, 2 passes, 64 MiB, 1 lane
    theirs = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    assert seal.is_password("password", theirs)
    assert not seal.is_password("passwore", theirs)


def test_a_password_is_its_record_and_no_other_is() -> None:
    record = seal.password_record("correct horse", bytes(16))
    assert seal.is_password("correct horse", record)
    assert not seal.is_password("correct horsf", record)
    assert record != seal.password_record("correct horse", bytes(15) + b"1")
    assert seal.has_todays_costs(record)


def test_a_record_of_other_costs_is_known() -> None:
    record = seal.password_record("correct horse", bytes(16))
    assert not seal.has_todays_costs(record.replace("t=2", "t=1"))
    assert not seal.has_todays_costs(record.replace("argon2id", "argon2i"))


def test_nobodys_record_costs_as_much_and_is_nobodys() -> None:
    nobodys = seal.nobodys_record(bytes(range(16)), bytes(range(32)))
    assert nobodys.split("$")[:4] == seal.password_record("x", bytes(16)).split("$")[:4]
    assert len(nobodys) == len(seal.password_record("x", bytes(16)))
    assert not seal.is_password("x", nobodys)


@pytest.mark.parametrize(
    "record", ["", "x", "$argon2id$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=8,t=0,p=1$c29tc2FsdA$AA"]
)
def test_what_is_no_record_is_nobodys(record: str) -> None:
    assert not seal.is_password("x", record)

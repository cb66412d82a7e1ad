"""Codes that existed before T1: which texts an adapter knows, and what of them names the ticket."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.codes import Adapter, AdapterKind
from core.ticket import seal
from core.ticket.legacy import Forged, Recognised, digest_of, recognise

KEY = b"\x07" * 32
SHOP_KEY = b"shop"
OPAQUE = Adapter("paper", AdapterKind.OPAQUE, least=6, most=20)
PREFIXED = Adapter("vip", AdapterKind.OPAQUE, prefix="VIP-", least=6)
IDS = Adapter("ids", AdapterKind.UUID)
LINK = Adapter("link", AdapterKind.URL, host="tickets.example.org", field="code")
PATH = Adapter("path", AdapterKind.URL, host="t.example.org", least=3)
OBJECT = Adapter("object", AdapterKind.JSON, field="secret")
SIGNED = Adapter("signed", AdapterKind.HMAC, least=1)
EVERY = (SIGNED, PREFIXED, IDS, LINK, PATH, OBJECT, OPAQUE)
UUID_TEXT = "3f2b8c1e-0000-4a6b-9d7e-1234567890ab"


def _canonical(text: str, *adapters: Adapter) -> str | None:
    found = recognise(text, adapters, {})
    return found.canonical if isinstance(found, Recognised) else None


def _signed(payload: str, key: bytes = SHOP_KEY) -> str:
    return f"{payload}.{seal._hmac_sha256(key, payload.encode()).hex()}"


@pytest.mark.parametrize(
    ("text", "adapter", "canonical"),
    [
        ("0001234567", OPAQUE, "0001234567"),
        (" 0001234567 ", OPAQUE, "0001234567"),
        ("abc12", OPAQUE, None),
        ("a" * 21, OPAQUE, None),
        ("two words", OPAQUE, None),
        ("https://menu.example", OPAQUE, None),
        ('{"code": 1}', OPAQUE, None),
        ("VIP-00042", PREFIXED, "VIP-00042"),
        ("vip-00042", PREFIXED, None),
        (UUID_TEXT, IDS, UUID_TEXT.replace("-", "")),
        (UUID_TEXT.upper(), IDS, UUID_TEXT.replace("-", "")),
        ("{" + UUID_TEXT + "}", IDS, UUID_TEXT.replace("-", "")),
        ("urn:uuid:" + UUID_TEXT, IDS, UUID_TEXT.replace("-", "")),
        (UUID_TEXT[:-1] + "_", IDS, None),
        (UUID_TEXT[:-1] + "\u0661", IDS, None),
        (UUID_TEXT + "0", IDS, None),
        ("https://tickets.example.org/x?code=007", LINK, "007" if LINK.least <= 3 else None),
        ("https://tickets.example.org/x?code=0007", LINK, "0007"),
        ("HTTPS://Tickets.Example.org/?a=1&code=a%20b%2Bc", LINK, "a b+c"),
        ("https://tickets.example.org/?code=0007&code=0008", LINK, None),
        ("https://tickets.example.org.evil.test/?code=0007", LINK, None),
        ("https://tickets.example.org@evil.test/?code=0007", LINK, None),
        ("ftp://tickets.example.org/?code=0007", LINK, None),
        ("https://[broken/?code=0007", LINK, None),
        ("https://t.example.org/scan/ab%2Fcd/", PATH, "ab/cd"),
        ("https://t.example.org/", PATH, None),
        ('{"secret":"x7y8z9","v":1}', OBJECT, "x7y8z9"),
        ('{"secret":0001}', OBJECT, None),
        ('{"secret":"1234","secret":"5678"}', OBJECT, None),
        ('{"secret":["1234"]}', OBJECT, None),
        ('{"a":' * 40, OBJECT, None),
        ('{"secret":"12\\u00004"}', OBJECT, None),
        ('{"other":"1234"}', OBJECT, None),
        (_signed("order-12"), SIGNED, _signed("order-12")),
        ("order-12." + "0" * 63, SIGNED, None),
        ("order-12." + "A" * 64, SIGNED, None),
        ("." + "0" * 64, SIGNED, None),
    ],
)
def test_a_text_is_read_or_is_not_the_adapters(text: str, adapter: Adapter, canonical: str | None) -> None:
    assert _canonical(text, adapter) == canonical


def test_long_digit_strings_of_json_stay_text() -> None:
    assert _canonical('{"secret":"00123456789012345678901"}', OBJECT) == "00123456789012345678901"


def test_the_first_adapter_that_knows_a_text_takes_it() -> None:
    assert recognise(UUID_TEXT, (OPAQUE, IDS), {}) is not None
    found = recognise("VIP-00042", (PREFIXED, OPAQUE), {})
    assert isinstance(found, Recognised)
    assert found.adapter == "vip"


def test_case_is_folded_where_the_shop_does_not_tell_it() -> None:
    folding = replace(OPAQUE, folds_case=True)
    assert _canonical("AbCdEf1", folding) == "abcdef1"
    assert _canonical("AbCdEf1", OPAQUE) == "AbCdEf1"


def test_a_sealed_payload_is_proven_with_its_key_and_forged_with_another() -> None:
    keys = {"signed": SHOP_KEY}
    assert recognise(_signed("order-12"), (SIGNED,), keys) == Recognised(
        "signed", _signed("order-12"), is_authentic=True
    )
    assert recognise(_signed("order-12", b"other"), (SIGNED,), keys) == Forged("signed")
    assert recognise(_signed("order-12", b"other"), (SIGNED,), {}) == Recognised(
        "signed", _signed("order-12", b"other")
    )


def test_a_digest_depends_on_key_adapter_and_text_alone() -> None:
    one = Recognised("paper", "0001234567")
    assert digest_of(KEY, one).hex() == digest_of(KEY, replace(one, is_authentic=True)).hex()
    others = [replace(one, adapter="other"), replace(one, canonical="001234567"), Recognised("paper\x00", "0001234567")]
    assert len({digest_of(KEY, each) for each in [one, *others]} | {digest_of(b"\x08" * 32, one)}) == 5


def test_the_digest_is_the_formula_of_the_document() -> None:
    # docs/ticket-format.md: HMAC-SHA-256(legacy key, adapter's name 00 canonical text), the first 16 bytes
    by_hand = seal._hmac_sha256(KEY, b"paper\x000001234567")[:16]
    assert digest_of(KEY, Recognised("paper", "0001234567")) == by_hand


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:  # G14
    found = recognise(text, EVERY, {"signed": SHOP_KEY})
    assert found is None or isinstance(found, Recognised | Forged)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
                    max_leaves=8))  # fmt: skip
def test_any_json_has_an_answer(value: object) -> None:
    found = recognise(json.dumps(value), EVERY, {})
    assert found is None or isinstance(found, Recognised)


def test_a_code_does_not_show_itself() -> None:
    assert "0001234567" not in repr(Recognised("paper", "0001234567"))

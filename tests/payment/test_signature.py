"""A message is Stripe's when one of its signatures is, and of now; Stripe's own library says the same of each."""

import hmac
import json
from hashlib import sha256
from unittest import mock

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from core.payment import signature
from core.payment.signature import (
    MOST_HEADER,
    MOST_SIGNATURES,
    TOLERANCE_S,
    SignatureFlaw,
    flaw_of_signature,
)

NOW = 1_795_003_600
SECRET, OLD, OTHER = "whsec_newNEWnew", "whsec_oldOLDold", "whsec_somebodyElse"
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "charge.refunded", "data": {"object": {}}}).encode()
Flaw = SignatureFlaw


def digest(body: bytes = BODY, secret: str = SECRET, at: int = NOW) -> str:
    return hmac.new(secret.encode(), b"%d.%s" % (at, body), sha256).hexdigest()


def header(body: bytes = BODY, secret: str = SECRET, at: int = NOW) -> str:
    """As Stripe's library signs a message for tests."""
    told: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return told


def flaw(told: str | None, body: bytes = BODY, *secrets: str) -> SignatureFlaw | None:
    """Our word, which Stripe's library has to share; it does not look at what comes from the future."""
    ours = flaw_of_signature(told, body, [each.encode() for each in secrets or (SECRET,)], NOW)
    if ours is not Flaw.TOO_EARLY:
        assert (ours is None) == any(is_genuine(told, body, each) for each in secrets or (SECRET,))
    return ours


def is_genuine(told: str | None, body: bytes, secret: str) -> bool:
    """What `stripe.Webhook.construct_event` says, at our time."""
    try:
        with mock.patch("stripe._webhook.time.time", return_value=NOW):
            stripe.Webhook.construct_event(body, told, secret, TOLERANCE_S)
    except (stripe.SignatureVerificationError, ValueError, TypeError):  # the last where a signature is not ASCII
        return False
    return True


def test_what_the_library_signs_is_believed() -> None:
    assert flaw(header()) is None


@pytest.mark.parametrize(("told", "what"), [(None, Flaw.MISSING), ("", Flaw.MISSING)])
def test_a_missing_header(told: str | None, what: SignatureFlaw) -> None:
    assert flaw(told) is what


@pytest.mark.parametrize("told", ["garbage", "=", ",", "t", "t=,v1=", "t=now,v1=00", f"t=-5,v1={digest(at=-5)}"])
def test_garbage(told: str) -> None:
    assert flaw(told) is Flaw.MALFORMED


def test_no_time() -> None:
    assert flaw(f"v1={digest()}") is Flaw.MALFORMED


def test_two_times() -> None:
    """The library takes the first, whatever the second says; which one was signed is not ours to guess."""
    assert flaw_of_signature(f"{header()},t={NOW - 1}", BODY, [SECRET.encode()], NOW) is Flaw.MALFORMED


def test_no_v1() -> None:
    assert flaw(f"t={NOW}") is Flaw.NO_SIGNATURE


def test_v0_only() -> None:
    assert flaw(f"t={NOW},v0={digest()}") is Flaw.NO_SIGNATURE


def test_a_wrong_secret() -> None:
    assert flaw(header(secret=OTHER)) is Flaw.WRONG


def test_an_empty_secret_counts_for_nothing() -> None:
    assert flaw_of_signature(f"t={NOW},v1={digest(secret='')}", BODY, [b""], NOW) is Flaw.WRONG
    assert flaw_of_signature(header(), BODY, [], NOW) is Flaw.WRONG


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_right_one_among_several_v1(place: int) -> None:
    signatures = [digest(secret=OTHER), "no hex at all"]
    signatures.insert(place, digest())
    assert flaw(f"t={NOW}," + ",".join(f"v1={each}" for each in signatures)) is None


def test_the_old_secret_while_a_new_one_takes_its_place() -> None:
    assert flaw(header(secret=OLD), BODY, SECRET, OLD) is None
    assert flaw(header(secret=SECRET), BODY, SECRET, OLD) is None
    assert flaw(header(secret=OLD), BODY, SECRET) is Flaw.WRONG, "and no longer"


@pytest.mark.parametrize("place", [0, len(BODY) // 2, len(BODY) - 1])
def test_a_body_that_changed_by_a_byte(place: int) -> None:
    body = bytearray(BODY)
    body[place] ^= 1
    assert flaw(header(), bytes(body)) is Flaw.WRONG


def test_a_body_with_a_line_more_at_its_end() -> None:
    assert flaw(header(), BODY + b"\n") is Flaw.WRONG


def test_too_old() -> None:
    assert flaw(header(at=NOW - TOLERANCE_S - 1)) is Flaw.TOO_OLD


def test_from_the_future_which_the_library_lets_pass() -> None:
    told = header(at=NOW + TOLERANCE_S + 1)
    assert flaw(told) is Flaw.TOO_EARLY
    assert is_genuine(told, BODY, SECRET)


@pytest.mark.parametrize("at", [NOW - TOLERANCE_S, NOW + TOLERANCE_S])
def test_exactly_at_both_limits(at: int) -> None:
    assert flaw(header(at=at)) is None


def test_a_time_that_was_changed() -> None:
    assert flaw(header().replace(f"t={NOW}", f"t={NOW - 1}")) is Flaw.WRONG


def test_a_header_that_is_not_ascii() -> None:
    assert flaw(f"t={NOW},v1=é{digest()[1:]}") is Flaw.MALFORMED
    arabic = f"t=١٧٩٥٠٠٣٦٠٠,v1={digest()}"
    assert flaw_of_signature(arabic, BODY, [SECRET.encode()], NOW) is Flaw.MALFORMED, "though int() reads them"


def test_a_body_that_is_not_ascii() -> None:
    body = json.dumps({"id": "evt_2", "object": "event", "name": "Zoë 🎟"}, ensure_ascii=False).encode()
    assert flaw(header(body), body) is None


def test_a_huge_header_is_not_computed_with() -> None:
    with mock.patch.object(signature, "is_hmac", side_effect=AssertionError("it was computed")):
        huge = f"t={NOW}," + ",".join(f"v1={digest(secret=str(n))}" for n in range(10_000))
        assert flaw_of_signature(huge, BODY, [SECRET.encode()], NOW) is Flaw.MALFORMED
        many = f"t={NOW}," + ",".join(f"v1={digest()}" for _ in range(MOST_SIGNATURES + 1))
        assert len(many) < MOST_HEADER
        assert flaw_of_signature(many, BODY, [SECRET.encode()], NOW) is Flaw.MALFORMED


def test_all_signatures_are_compared_with_all_secrets_wherever_the_right_one_stands() -> None:
    """Time that depends on where the right one stands would tell which secret it was."""
    first = f"t={NOW},v1={digest()},v1={digest(secret=OTHER)}"
    last = f"t={NOW},v1={digest(secret=OTHER)},v1={digest()}"
    for told in (first, last):
        with mock.patch.object(signature, "is_hmac", wraps=signature.is_hmac) as compared:
            assert flaw_of_signature(told, BODY, [SECRET.encode(), OLD.encode()], NOW) is None
        assert compared.call_count == 4


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda each: each.decode("latin-1")))
def test_whatever_a_header_says_there_is_an_answer_and_it_is_no(told: str) -> None:
    assert flaw_of_signature(told, BODY, [SECRET.encode()], NOW) is not None


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=64), st.integers(-TOLERANCE_S, TOLERANCE_S))
def test_whatever_was_signed_near_now_is_believed(body: bytes, secret: bytes, age_s: int) -> None:
    at = NOW - age_s
    signed = hmac.new(secret, b"%d.%s" % (at, body), sha256).hexdigest()
    assert flaw_of_signature(f"t={at},v1={signed}", body, [secret], NOW) is None

"""Whether a message that says it is Stripe's is Stripe's, and of now.

Owns the reading of the header `Stripe-Signature` and its check. A signature is an HMAC-SHA-256 over the time, a dot and
the body as it came, byte for byte; several may stand in one header, and several secrets may count while one takes the
other's place. Time is an argument.

Reference: Stripe, "Verify webhook signatures manually" (scheme `v1`; `v0` is of test events alone, and counts for
nothing).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from core.ticket.seal import is_hmac

TOLERANCE_S = 300
"""How far the time of a message may be from ours, before or behind: Stripe's own default, for its past alone."""
MOST_HEADER = 2_048
"""Characters of a header: a time and some twenty signatures. Stripe sends two at the most."""
MOST_SIGNATURES = 16
_SCHEME = "v1"
_TIME = re.compile(r"[0-9]{1,11}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class SignatureFlaw(StrEnum):
    """Why a message is not believed. The value is said to whoever sent it."""

    MISSING = "missing"
    MALFORMED = "malformed"
    NO_SIGNATURE = "no_v1_signature"
    WRONG = "wrong_signature"
    TOO_OLD = "too_old"
    TOO_EARLY = "from_the_future"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a header says: when it was signed (unix seconds, in its own digits), and its signatures of our scheme."""

    time: str
    signatures: tuple[bytes, ...]


def flaw_of_signature(header: str | None, body: bytes, secrets: Sequence[bytes], now_s: int) -> SignatureFlaw | None:
    """Why a message is not believed, or None. `secrets` are the texts that Stripe shows (`whsec_…`), as bytes.

    1. the header is there, and can be read
    2. one of its signatures is by one of the secrets; all are compared, in a time that does not tell which
    3. its time is near ours, on both sides: what was kept back is as old as it is, and what is from the future could be
       sent again until then
    """
    if not header:  # (1)
        return SignatureFlaw.MISSING
    told = _read(header)
    if isinstance(told, SignatureFlaw):
        return told
    message = told.time.encode("ascii") + b"." + body
    real = [each for each in secrets if each]  # anybody signs with an empty one
    found = [is_hmac(secret, message, each) for secret, each in product(real, told.signatures)]  # (2)
    if not any(found):
        return SignatureFlaw.WRONG
    age_s = now_s - int(told.time)  # (3)
    if age_s > TOLERANCE_S:
        return SignatureFlaw.TOO_OLD
    return SignatureFlaw.TOO_EARLY if age_s < -TOLERANCE_S else None


def _read(header: str) -> _Told | SignatureFlaw:
    """What a header says. Two times are none: which of them was signed?"""
    if len(header) > MOST_HEADER or not header.isascii():
        return SignatureFlaw.MALFORMED
    parts = [each.partition("=") for each in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or _TIME.fullmatch(times[0]) is None:
        return SignatureFlaw.MALFORMED
    signatures = [value for name, _, value in parts if name == _SCHEME]
    if not signatures:
        return SignatureFlaw.NO_SIGNATURE
    if len(signatures) > MOST_SIGNATURES:
        return SignatureFlaw.MALFORMED
    return _Told(times[0], tuple(bytes.fromhex(each) for each in signatures if _DIGEST.fullmatch(each)))

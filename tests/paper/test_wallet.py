"""A wallet with the field values shows codes that a door admits."""

import hashlib
import hmac
import json
import struct
from typing import Any

import pytest

from app.paper.wallet import rotating_barcode
from core.model.outcomes import Outcome
from core.ticket.issue import with_proof
from core.ticket.proof import secret_of
from core.ticket.verify import Genuine, Refused, verify
from core.ticket.wire import ROTATING
from tests.support import facts

CLAIMS = facts.claims(flags=ROTATING)
TEXT = facts.text_of(CLAIMS)
SECRET = secret_of(facts.mac_key(facts.KID).rotating or b"", CLAIMS)


def shown_by_a_wallet(barcode: dict[str, Any], at_ms: int) -> str:
    """The pattern filled in, by Google's description of it and RFC 6238 alone."""
    details = barcode["totpDetails"]
    assert details["algorithm"] == "TOTP_SHA1"
    (parameters,) = details["parameters"]
    step = at_ms // int(details["periodMillis"])
    mac = hmac.new(bytes.fromhex(parameters["key"]), struct.pack(">Q", step), hashlib.sha1).digest()
    number = int.from_bytes(mac[mac[19] & 15 :][:4]) & 0x7FFF_FFFF
    value = str(number % 10 ** parameters["valueLength"]).zfill(parameters["valueLength"])
    pattern: str = barcode["valuePattern"]
    return pattern.replace("{totp_timestamp_seconds}", str(at_ms // 1000)).replace("{totp_value_0}", value)


def at_the_door(code: str, at_ms: int) -> Genuine | Refused:
    return verify(code, trust=facts.trust(), lane=facts.lane(), now=facts.moment(at_ms))


@pytest.mark.parametrize("later_ms", [0, 999, 14_000, 29_999, 30_000, 3_600_000])
def test_a_door_admits_what_a_wallet_shows(later_ms: int) -> None:
    at_ms = facts.NOW + later_ms
    code = shown_by_a_wallet(rotating_barcode(TEXT, SECRET), at_ms)
    assert code == with_proof(TEXT, SECRET, at_ms // 1000)
    assert isinstance(at_the_door(code, at_ms), Genuine)


def test_a_wallet_with_another_ticket_s_secret_is_refused() -> None:
    code = shown_by_a_wallet(rotating_barcode(TEXT, bytes(20)), facts.NOW)
    refused = at_the_door(code, facts.NOW)
    assert isinstance(refused, Refused)
    assert refused.outcome is Outcome.BAD_PROOF


def test_the_fields_are_google_s() -> None:
    barcode = json.loads(json.dumps(rotating_barcode(TEXT, SECRET)))
    assert barcode == {
        "type": "QR_CODE",
        "renderEncoding": "UTF_8",
        "valuePattern": TEXT + ".{totp_timestamp_seconds}.{totp_value_0}",
        "alternateText": "a7f8 022a 4eed ef2a",
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": "30000",
            "parameters": [{"key": SECRET.hex().upper(), "valueLength": 8}],
        },
    }


@pytest.mark.parametrize(("text", "secret"), [(facts.text_of(facts.claims()), SECRET), (TEXT, SECRET + b"x")])
def test_what_does_not_rotate_has_no_values(text: str, secret: bytes) -> None:
    with pytest.raises(ValueError, match=r"rotating"):
        rotating_barcode(text, secret)

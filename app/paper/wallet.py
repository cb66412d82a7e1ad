"""A rotating ticket in a wallet app: the field values of a Google Wallet pass.

Owns the pass's `rotatingBarcode` and nothing else of it: a pass is made with the organizer's own Google account. The
names are those of Google's reference (developers.google.com/wallet, "RotatingBarcode", with `TotpDetails` and
`TotpParameters`): the wallet puts its own second and RFC 6238's value into `valuePattern`. `key` is base 16 as RFC 4648
spells it, in upper case; `periodMillis` is an int64, and so a string in JSON.
"""

from typing import Any

from app.paper.live_page import check_rotates
from app.paper.sheet import handle_of
from core.ticket.proof import STEP_S

_DIGITS = 8
"""Of a proof's value (docs/ticket-format.md)."""


def rotating_barcode(text: str, secret: bytes) -> dict[str, Any]:
    """The `rotatingBarcode` of an EventTicketObject. It holds the ticket's secret.

    Insert it through the API: in the link by which a guest saves a pass, everybody could read the key. `text` is the T1
    without a proof. Raises ValueError for a text that is no rotating T1, and for a secret that has not 20 bytes.
    """
    check_rotates(text, secret)
    return {
        "type": "QR_CODE",
        "renderEncoding": "UTF_8",
        "valuePattern": f"{text}.{{totp_timestamp_seconds}}.{{totp_value_0}}",
        "alternateText": handle_of(text),
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": str(1000 * STEP_S),
            "parameters": [{"key": secret.hex().upper(), "valueLength": _DIGITS}],
        },
    }

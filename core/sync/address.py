"""A server's new address: what an address code says, and how a server proves that it is the installation's.

Owns the QR's text and the bytes that are signed. Total: a text from outside is an address of this installation or it
is none. A credential is told to nobody before both are known.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from core.sync.signing import is_signed
from core.ticket import seal

PROOF_NONCE_BYTES = 16
_VERSION = 1
_KIND = "doorlight/address"
_CODE = b"doorlight/address/v1\x00"
_PROOF = b"doorlight/installation/v1\x00"
MOST_URL = 512
_MOST_TEXT = 2_048


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is now; `ca` is its authority's SHA-256 fingerprint, where it has one of its own."""

    url: str
    ca: bytes | None = None


@dataclass(frozen=True, slots=True)
class NoAddress:
    """A text that is no address code; `is_foreign` where it is one, and another installation's or nobody's."""

    is_foreign: bool = False


def text_of(address: Address, sign: Callable[[bytes], bytes]) -> str:
    """The text of an address code, signed by the installation's root key."""
    ca = "" if address.ca is None else address.ca.hex()
    signature = sign(_bytes_of(address)).hex()
    fields = {"kind": _KIND, "v": _VERSION, "url": address.url, "ca": ca, "sig": signature}
    return json.dumps(fields, separators=(",", ":"))


def address_from(text: str, root: bytes) -> Address | NoAddress:
    """The address of a code that this root key signed."""
    try:
        fields = json.loads(text[:_MOST_TEXT])
        ca = bytes.fromhex(fields["ca"]) or None
        address, signature, kind = Address(str(fields["url"]), ca), str(fields["sig"]), fields["kind"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return NoAddress()
    is_whole = kind == _KIND and address.url.startswith(("http://", "https://")) and len(address.url) <= MOST_URL
    is_whole &= ca is None or (len(ca) == seal.KEY_BYTES and address.url.startswith("https://"))
    if not is_whole:
        return NoAddress()
    return address if is_signed(root, _bytes_of(address), signature) else NoAddress(is_foreign=True)


def _bytes_of(address: Address) -> bytes:
    """Under a code's signature: `doorlight/address/v1` 00, the authority's fingerprint (or 32 zero bytes), the URL."""
    return _CODE + (address.ca or bytes(seal.KEY_BYTES)) + address.url.encode()


def proof_bytes(nonce: bytes) -> bytes:
    """Under a server's proof: `doorlight/installation/v1` 00, and the question's nonce."""
    return _PROOF + nonce


def is_proven(root: bytes, nonce: bytes, proof_hex: str) -> bool:
    """Whether whoever answered has the root key, or asked somebody who has."""
    return is_signed(root, proof_bytes(nonce), proof_hex)

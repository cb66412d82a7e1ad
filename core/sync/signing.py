"""What is signed between server and kiosk: manifests, times, batches, each under its own words.

Owns the bytes under each signature, so that none of them can be taken for another.
"""

from core.model.ids import DeviceId, EventId
from core.ticket import seal

_MANIFEST = b"doorlight/manifest/v1\x00"
_TIME = b"doorlight/time/v1\x00"
_BATCH = b"doorlight/batch/v1\x00"
_KEYS = b"doorlight/keys/v1\x00"
_QUEUE = b"doorlight/queue/v1\x00"


def manifest_bytes(body: bytes) -> bytes:
    """Under a manifest's signature: `doorlight/manifest/v1` 00, and the bytes as received."""
    return _MANIFEST + body


def time_bytes(nonce: bytes, at_ms: int) -> bytes:
    """Under a time's signature: `doorlight/time/v1` 00, the question's nonce, unix milliseconds (8 bytes)."""
    return _TIME + nonce + at_ms.to_bytes(8)


def batch_bytes(body: bytes) -> bytes:
    """Under a batch's signature: `doorlight/batch/v1` 00, and the body."""
    return _BATCH + body


def about_keys(event: EventId, device: DeviceId, version: int) -> bytes:
    """What a device's sealed box of keys is bound to: its event, itself and the manifest's version."""
    return _KEYS + event.bytes + device.bytes + version.to_bytes(8)


def about_queue(event: EventId, device: DeviceId) -> bytes:
    """What a sealed export of a queue is bound to."""
    return _QUEUE + event.bytes + device.bytes


def is_signed(root: bytes, message: bytes, signature_hex: str) -> bool:
    """Whether hex from outside is the signature of a message; False for anything else."""
    try:
        signature = bytes.fromhex(signature_hex)
    except ValueError:
        return False
    return seal.is_ed25519_signature(root, message, signature)

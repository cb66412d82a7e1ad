"""Prints a derived key in hex: python3 derive.py mac EVENT-ID KID < master.key"""

import hashlib
import hmac
import sys
import uuid


def derive(master, use, event, kid):
    """HKDF-SHA-256 (RFC 5869) with the salt `doorlight/v1`; one block is the whole key. use: mac or rot."""
    info = use.encode() + b"\x00" + uuid.UUID(event).bytes + kid.to_bytes(4, "big")
    extracted = hmac.new(b"doorlight/v1", master, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


if __name__ == "__main__":
    use, event, kid = sys.argv[1:]
    sys.stdout.write(derive(sys.stdin.buffer.read(), use, event, int(kid)).hex() + "\n")

"""Prints a T1 text: T1_KEY=<hex> python3 issue.py '{"kid": 7, "cls": 3, "nbf": 1795000000, "exp": 1795086400}'"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import struct
import sys


def issue(key, *, kid, cls, nbf, exp, tid=None, gen=0, flags=0):
    """The T1 text. key: 32 bytes, tid: 16 hex digits (new where none is given), flags: 1 rotating, 2 must be listed."""
    handle = secrets.token_bytes(8) if tid is None else bytes.fromhex(tid)
    if len(key) != 32 or len(handle) != 8 or flags not in range(4):
        raise ValueError("a key has 32 bytes, a tid 8, and flags are 0 to 3")
    header = struct.pack(">BI8sBHII", 0x10 | flags, kid, handle, gen, cls, nbf, exp)
    seal = hmac.new(key, b"event-ticket/v1\x00\x01" + header, hashlib.sha256).digest()[:16]
    return "T1:" + base64.b32encode(header + seal).decode("ascii").rstrip("=")


if __name__ == "__main__":
    sys.stdout.write(issue(bytes.fromhex(os.environ["T1_KEY"]), **json.loads(sys.argv[1])) + "\n")

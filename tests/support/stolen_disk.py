"""What a thief finds on a disk: every trace of known secrets in the files of a folder, in clear or thinly disguised."""

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

WINDOW = 8
"""Bytes of a secret in a row that count as found: chance puts eight given ones into a small folder never."""


def traces(folder: Path, secrets: Mapping[str, bytes]) -> list[str]:
    """`file: secret (form)` for each file below `folder` that holds a window of a secret; shorter ones count whole."""
    found = []
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        content = path.read_bytes() + path.name.encode()
        for name, secret in secrets.items():
            forms = {form for form, needle in _needles(secret) if needle in content}
            found += [f"{path.name}: {name} ({form})" for form in sorted(forms)]
    return found


def _needles(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Each window of a secret raw, as hex in both cases, and as base64 and base32 at every alignment."""
    for start in range(max(1, len(secret) - WINDOW + 1)):
        window = secret[start : start + WINDOW]
        yield "raw", window
        yield "hex", window.hex().encode()
        yield "hex", window.hex().upper().encode()
        for shift in range(3):
            yield "base64", _inner(base64.b64encode, window, shift, group=3, letters=4)
            yield "base64", _inner(base64.urlsafe_b64encode, window, shift, group=3, letters=4)
        for shift in range(5):
            yield "base32", _inner(base64.b32encode, window, shift, group=5, letters=8)


def _inner(encode: Callable[[bytes], bytes], window: bytes, shift: int, *, group: int, letters: int) -> bytes:
    """The letters that depend on the window alone, when it starts `shift` bytes into a group."""
    encoded = encode(bytes(shift) + window + bytes(-(shift + len(window)) % group))
    bits = group * 8 // letters
    return encoded[-(-shift * 8 // bits) : (shift + len(window)) * 8 // bits]

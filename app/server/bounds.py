"""How long an address and how deep a body may be, looked at before anything is parsed.

Owns these limits. Each look costs time in proportion to what came, never more.
"""

import re

MOST_PATH_BYTES = 8 * 1024
"""A shop's longest reference has 512 characters of four bytes, each written as three: 6 KiB."""
STRIPE_PREFIX = "/api/v1/stripe/"
"""Where Stripe's messages come. Of them no text is kept that somebody wrote, so none of it can be one too many."""
MOST_QUERY_BYTES = 4 * 1024
MOST_DEPTH = 32
"""A fact is four levels deep in its batch, an event's policy six."""
MOST_MEMBERS = 60_000
"""A full batch of 200 facts has some 6,000 members and items, a page of 1,000 tickets 20,000."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""Strings, the last one perhaps cut. Possessive, so that a body of quotes and backslashes is passed over once."""
_NOT_BRACKETS = re.compile(rb"[^\[\]{}]+")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")
_OPENING = b"[{"
_SHAPELESS = bytes(set(range(256)) - set(b'[]{},"'))
"""What neither opens, closes, divides nor quotes; with an escape in a text it can't be left out beforehand."""


def is_of_stripe(path: str) -> bool:
    """Whether a message of Stripe's comes there."""
    return path.startswith(STRIPE_PREFIX)


def flaw_of_address(raw_path: bytes, path: str, query: bytes) -> str | None:
    """The code of a problem with an address, or None. `path` is `raw_path` decoded.

    A NUL fits no text of the databases, and nothing that this server has is called so.
    """
    if len(raw_path) > MOST_PATH_BYTES or len(query) > MOST_QUERY_BYTES:
        return "address_too_long"
    if any(char < " " or char == "\x7f" for char in path) or "%00" in query.decode("latin-1"):
        return "bad_address"
    return None


def flaw_of_json(body: bytes) -> str | None:
    """The code of a problem with a JSON body's shape, or None; what begins as no list and no object passes."""
    if body.lstrip()[:1] not in (b"[", b"{"):
        return None
    bare = _without_texts(body)
    openings = bare.count(b"[") + bare.count(b"{")
    if openings + bare.count(b",") > MOST_MEMBERS:
        return "json_too_large"
    depth = 0
    for bracket in _NOT_BRACKETS.sub(b"", bare):
        depth += 1 if bracket in _OPENING else -1
        if depth > MOST_DEPTH:
            return "json_too_deep"
    return None


def _without_texts(body: bytes) -> bytes:
    """Brackets and commas outside of texts. Two quotes side by side begin and end nothing that could be seen here."""
    if b"\\" in body:
        return _STRINGS.sub(b"", body)
    bare = body.translate(None, _SHAPELESS).replace(b'""', b"")
    return _STRINGS.sub(b"", bare) if b'"' in bare else bare


def has_nul(body: bytes) -> bool:
    """Whether a text of a JSON body has a NUL, which no database takes."""
    is_json = body.lstrip()[:1] in (b"[", b"{")
    return is_json and b"\\u0000" in body and _NUL.search(body) is not None

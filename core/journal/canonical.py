"""Canonical JSON (RFC 8785) of the records that every batch brings.

Owns a short way for records of texts, whole numbers, truth values and nothing, by ASCII names: there the standard
library's encoder writes the same bytes, at a fraction of the cost. Everything else is left to the library of the RFC.
"""

import json
from collections.abc import Mapping
from typing import Any

import rfc8785

_MAX_INT = 2**53 - 1
_DEEPEST = 3
"""A fact's answers lie one level deep; what lies deeper than this is no fact of ours."""
_SCALARS = (str, bool, type(None))
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def canonical_json(record: Mapping[str, Any]) -> bytes:
    """The record's canonical JSON (RFC 8785, section 3), in UTF-8.

    Raises ValueError for what has none: numbers beyond 2^53, halves of surrogate pairs; RecursionError for what is
    nested too deep.
    """
    fields = dict(record)
    if _is_plain(fields, _DEEPEST):
        try:
            return _ENCODE(fields).encode()
        except UnicodeEncodeError:
            pass  # half of a surrogate pair: the library says so in its own words
    return rfc8785.dumps(fields)


def _is_plain(fields: dict[Any, Any], depth: int) -> bool:
    """Whether the order of names by characters and by UTF-16 is the same, and no number is a fraction or too large."""
    for name, value in fields.items():
        if type(name) is not str or not name.isascii():
            return False
        kind = type(value)
        if kind in _SCALARS:
            continue
        if kind is int and -_MAX_INT <= value <= _MAX_INT:
            continue
        if kind is not dict or not depth or not _is_plain(value, depth - 1):
            return False
    return True

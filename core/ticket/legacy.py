"""Codes that existed before T1: recognised, brought into one spelling, and looked up by a keyed digest.

Owns the adapters. Total and linear: any text and any adapters have an answer, and no adapter runs a pattern from
outside. A stolen list can't be turned back into codes without the event's legacy key.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from core.model.codes import Adapter, AdapterKind
from core.model.ids import DIGEST_BYTES, CodeDigest
from core.ticket import seal

MAX_CANONICAL = 256
"""Characters of a code in its one spelling."""
_HEX = frozenset("0123456789abcdef")
_UUID = re.compile(
    r"(?:urn:uuid:)?\{?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\}?", re.IGNORECASE | re.ASCII
)
_HMAC_HEX = 64
_MOST_PARAMETERS = 32
_DEEPEST_JSON = 4


@dataclass(frozen=True, slots=True)
class Recognised:
    """An old code in its one spelling. `is_authentic`: it carries a seal of its own, and the seal is right."""

    adapter: str
    canonical: str = field(repr=False)
    is_authentic: bool = False


@dataclass(frozen=True, slots=True)
class Forged:
    """A code of an adapter's form whose own seal is wrong."""

    adapter: str


def recognise(text: str, adapters: Sequence[Adapter], keys: Mapping[str, bytes]) -> Recognised | Forged | None:
    """What the first adapter that knows a text makes of it; None where none does.

    `keys` are the secrets of `hmac` adapters by name; without its key such a code is recognised, not proven.
    """
    for adapter in adapters:
        canonical = _READERS[adapter.kind](text, adapter)
        if canonical is None or not _is_sound(canonical, adapter):
            continue
        if adapter.folds_case:
            canonical = canonical.casefold()
        if adapter.kind is AdapterKind.HMAC and adapter.name in keys:
            return _proven(text, adapter.name, canonical, keys[adapter.name])
        return Recognised(adapter.name, canonical)
    return None


def digest_of(legacy_key: bytes, recognised: Recognised) -> CodeDigest:
    """What an old code goes by on lists: HMAC-SHA-256(legacy key, adapter 00 canonical text), cut to 16 bytes."""
    message = recognised.adapter.encode() + b"\x00" + recognised.canonical.encode()
    return CodeDigest(seal.hmac_tag(legacy_key, message)[:DIGEST_BYTES])


def _proven(text: str, adapter: str, canonical: str, key: bytes) -> Recognised | Forged:
    payload, _, digest = text.rpartition(".")
    if seal.is_hmac(key, payload.encode(), bytes.fromhex(digest)):
        return Recognised(adapter, canonical, is_authentic=True)
    return Forged(adapter)


def _is_sound(canonical: str, adapter: Adapter) -> bool:
    if len(canonical) > MAX_CANONICAL or not canonical.isprintable():
        return False
    if adapter.kind is AdapterKind.UUID:
        return True
    length = len(canonical) - (_HMAC_HEX + 1 if adapter.kind is AdapterKind.HMAC else 0)
    return max(1, adapter.least) <= length <= adapter.most


def _opaque(text: str, adapter: Adapter) -> str | None:
    text = text.strip(" ")
    if not text.startswith(adapter.prefix) or " " in text or "://" in text or text[:1] in "{[":
        return None
    return text


def _uuid(text: str, adapter: Adapter) -> str | None:
    match = _UUID.fullmatch(text.strip(" ").removeprefix(adapter.prefix))
    return None if match is None else UUID(match[1]).hex


def _url(text: str, adapter: Adapter) -> str | None:
    try:
        parts = urlsplit(text)
        host = parts.hostname
        fields = parse_qsl(parts.query, max_num_fields=_MOST_PARAMETERS) if adapter.field else []
    except ValueError:
        return None
    if parts.scheme not in {"https", "http"} or host != adapter.host.lower():
        return None
    if adapter.field:
        values = [value for name, value in fields if name == adapter.field]
        return values[0] if len(values) == 1 else None
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or None


def _json(text: str, adapter: Adapter) -> str | None:
    if not text.startswith("{") or text.count("{") + text.count("[") > _DEEPEST_JSON:
        return None
    try:
        fields = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_each_once)
    except ValueError:
        return None
    value = fields.get(adapter.field) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object's fields. Raises ValueError for a name that comes twice: nobody could say which of the two counts."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name comes twice")
    return fields


def _hmac(text: str, adapter: Adapter) -> str | None:
    payload, point, digest = text.rpartition(".")
    if not (payload and point) or len(digest) != _HMAC_HEX or set(digest) - _HEX:
        return None
    if not payload.startswith(adapter.prefix):
        return None
    return text  # with its seal: a list then proves the code where the key is not held


_READERS: dict[AdapterKind, Callable[[str, Adapter], str | None]] = {
    AdapterKind.OPAQUE: _opaque,
    AdapterKind.UUID: _uuid,
    AdapterKind.URL: _url,
    AdapterKind.JSON: _json,
    AdapterKind.HMAC: _hmac,
}

"""All facts of an event as one file that proves itself: what was changed, left out, added or moved shows.

Owns the form and its check. Lines of JSON (RFC 8785): a head, a line for each fact, an end. Each line carries the
SHA-256 of the lines before it, so that the first one that is not as it was written is found; the end carries the
installation's Ed25519 signature (RFC 8032) over how many there are and the last hash. Total: any lines are whole or
have a flaw. Whose key it is, only somebody who knows its fingerprint can say.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from core.model.ids import EventId
from core.ticket import seal

VERSION = 1
MAX_LINE = 64 * 1024
"""Characters of one line: a fact has 4 KiB at most, and its text is quoted once more."""
_DOMAIN = b"doorlight/ledger/v1\x00"


class Tampering(StrEnum):
    """What is wrong with a file."""

    FOREIGN = "foreign"  # it is no such file
    NEWER = "newer"  # a later program wrote it
    CHANGED = "changed"  # a line before this one is not what was written, or this one was put there
    CUT_OFF = "cut_off"  # it has no end, or something behind it
    MISCOUNTED = "miscounted"
    WRONG_SIGNATURE = "wrong_signature"


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that is wrong, and in which line (the first is 1)."""

    line: int
    what: Tampering


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is as it was written by whoever holds `root_key` (Ed25519, public)."""

    event: EventId
    facts: int
    made_at_ms: int
    root_key: bytes
    head: bytes


def signed_lines(
    event: EventId,
    name: str,
    facts: Iterable[Mapping[str, Any]],
    *,
    root_key: bytes,
    sign: Callable[[bytes], bytes],
    now_ms: int,
) -> Iterator[str]:
    """The lines of a file with their ends; bounded memory, however many facts there are."""
    head = {"v": VERSION, "event": event.hex, "name": name, "made_at_ms": now_ms, "root_key": root_key.hex()}
    line, last, count = _line({"doorlight-ledger": head}), bytes(32), 0
    last = _next(last, line)
    yield line
    for fact in facts:
        count += 1
        line = _line({"n": count, "previous": last.hex(), "fact": dict(fact)})
        last = _next(last, line)
        yield line
    signature = sign(_signed(event, count, last))
    yield _line({"end": {"facts": count, "head": last.hex(), "signature": signature.hex()}})


def check_lines(lines: Iterable[str]) -> Whole | Flaw:
    """Whether a file is as it was written.

    1. the head
    2. each line carries the hash of all before it, and its number
    3. the end: as many facts as it says, the hash of the last, nothing behind it
    4. the signature
    """
    source = iter(lines)
    first = next(source, "")
    head = _head(first)  # (1)
    if isinstance(head, Tampering):
        return Flaw(1, head)
    event, made_at_ms, root_key = head
    last = _next(bytes(32), first)
    number = 1
    for number, line in enumerate(source, 2):
        count = number - 2  # facts before this line
        told = _object(line)
        if told is None:
            return Flaw(number, Tampering.CHANGED)
        if "end" in told:
            if next(source, None) is not None:
                return Flaw(number + 1, Tampering.CUT_OFF)
            flaw = _flaw_of_end(told["end"], event, count, last, root_key)
            return Whole(event, count, made_at_ms, root_key, last) if flaw is None else Flaw(number, flaw)
        if told.get("n") != count + 1 or told.get("previous") != last.hex():  # (2)
            return Flaw(number, Tampering.CHANGED)
        last = _next(last, line)
    return Flaw(number + 1, Tampering.CUT_OFF)


def _flaw_of_end(told: Any, event: EventId, count: int, last: bytes, root_key: bytes) -> Tampering | None:
    if not isinstance(told, dict) or told.get("facts") != count:  # (3)
        return Tampering.MISCOUNTED
    if told.get("head") != last.hex():
        return Tampering.CHANGED
    try:
        signature = bytes.fromhex(str(told.get("signature")))
    except ValueError:
        return Tampering.WRONG_SIGNATURE
    is_right = seal.is_ed25519_signature(root_key, _signed(event, count, last), signature)  # (4)
    return None if is_right else Tampering.WRONG_SIGNATURE


def _head(line: str) -> tuple[EventId, int, bytes] | Tampering:
    told: Any = (_object(line) or {}).get("doorlight-ledger")
    try:
        if type(told["v"]) is int and told["v"] > VERSION:
            return Tampering.NEWER
        event, root_key = EventId(UUID(told["event"])), bytes.fromhex(told["root_key"])
        made_at_ms = told["made_at_ms"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return Tampering.FOREIGN
    if told["v"] != VERSION or len(root_key) != seal.KEY_BYTES or type(made_at_ms) is not int:
        return Tampering.FOREIGN
    return event, made_at_ms, root_key


def _object(line: str) -> dict[str, Any] | None:
    """A line as an object, in the one way in which it could have been written."""
    if len(line) > MAX_LINE or not line.endswith("\n"):
        return None
    try:
        told = json.loads(line)
        return told if isinstance(told, dict) and _line(told) == line else None
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        return None


def _line(told: Mapping[str, Any]) -> str:
    return rfc8785.dumps(dict(told)).decode() + "\n"


def _next(last: bytes, line: str) -> bytes:
    return seal.sha256(last + line.encode())


def _signed(event: EventId, count: int, last: bytes) -> bytes:
    return _DOMAIN + event.bytes + count.to_bytes(8) + last

"""What is looked at before anything is parsed: addresses, the shape of JSON, NULs in it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.bounds import (
    MOST_DEPTH,
    MOST_MEMBERS,
    MOST_PATH_BYTES,
    MOST_QUERY_BYTES,
    flaw_of_address,
    flaw_of_json,
    has_nul,
)

HOSTILE_S = 30.0
"""A mebibyte of anything takes 50 ms of a processor at most; a search that goes back and forth would take hours."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def depth_of(value: object) -> int:
    """How deep lists and objects are nested."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, inner), default=0)
    return 0


@given(JSON, st.booleans())
def test_small_bodies_pass_whatever_their_texts_are(value: object, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    assert flaw_of_json(body) == ("json_too_deep" if depth_of(value) > MOST_DEPTH else None)


@given(JSON)
def test_the_depth_is_the_real_one(value: object) -> None:
    nested = value
    for _ in range(MOST_DEPTH - depth_of(value)):
        nested = [nested, "]]]", '"']
    if isinstance(nested, list | dict):
        assert flaw_of_json(json.dumps(nested).encode()) is None
        assert flaw_of_json(json.dumps([nested]).encode()) == "json_too_deep"


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"", None),
        (b"[[", None),
        (b"id,name\n[[[[" + b"[" * 99, None),
        (b" \n" + b"[" * 33, "json_too_deep"),
        (b'{"a":' * 33, "json_too_deep"),
        (b'["' + b"[" * 99 + b'"]', None),
        (b'["\\"' + b"[" * 99 + b'"]', None),
        (b'["\\\\"' + b"[" * 99, "json_too_deep"),
        (b"[" + b"1," * (MOST_MEMBERS + 1), "json_too_large"),
        (b"[" + b"[]," * (MOST_MEMBERS // 2 - 1), None),
    ],
)
def test_shapes(body: bytes, flaw: str | None) -> None:
    assert flaw_of_json(body) == flaw


@pytest.mark.parametrize(
    "piece",
    [b"[", b'"', b'\\"', b"\\", b'["]', b"[],", b"\\u0000", b'","', b"{}", b'"\\'],
    ids=lambda piece: piece.decode(),
)
def test_a_hostile_mebibyte_takes_no_time(piece: bytes) -> None:
    body = b'["' + piece * (1024 * 1024 // len(piece))
    started = time.process_time()
    flaw_of_json(body), has_nul(body)
    assert time.process_time() - started < HOSTILE_S


@given(st.text())
def test_a_nul_is_found_and_nothing_else_is_taken_for_one(text: str) -> None:
    assert has_nul(json.dumps([text]).encode()) == ("\x00" in text)
    assert not has_nul(json.dumps([text.replace("\x00", "") + "\\u0000"]).encode())


def test_what_is_no_json_has_no_texts_to_look_into() -> None:
    assert not has_nul(b"code,name\n1,C:\\u0000\n")
    assert has_nul(b' {"name": "\\u0000"}')


@pytest.mark.parametrize(
    ("raw", "path", "query", "flaw"),
    [
        (b"/a", "/a", b"", None),
        (b"/a/%C3%A4", "/a/ä", b"x=%20", None),
        (b"/" * (MOST_PATH_BYTES + 1), "/", b"", "address_too_long"),
        (b"/", "/", b"x" * (MOST_QUERY_BYTES + 1), "address_too_long"),
        (b"/%00", "/\x00", b"", "bad_address"),
        (b"/%0d%0a", "/\r\n", b"", "bad_address"),
        (b"/", "/", b"a=%00", "bad_address"),
    ],
)
def test_addresses(raw: bytes, path: str, query: bytes, flaw: str | None) -> None:
    assert flaw_of_address(raw, path, query) == flaw

"""What a kiosk trusts, over a real socket: the signed manifest, files in ranges, a time signed with a nonce."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from app.ledger.file_store import PART_BYTES
from app.server.program import build_app
from core.sync.messages import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    TIME_SIGNATURE_HEADER,
    FileRow,
)
from core.sync.signing import is_signed, manifest_bytes, time_bytes
from core.ticket import seal
from tests.contract.ledger_rig import NORTH, Home, House, open_house, policy
from tests.server.serving import Caller, served
from tests.support.kiosks import pending

pytestmark = pytest.mark.slow

NONCE = bytes(range(16))
LONG = 2 * PART_BYTES + 12_345


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One event for all tests of this file."""
    with open_house(Home(None, tmp_path_factory.mktemp("manifest"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def long_file(house: House) -> tuple[FileRow, bytes]:
    """A file of three parts."""
    body = (seal.sha256(b"long") * (LONG // 32 + 1))[:LONG]
    return house.office.press._segments.files.put(house.event, body), body


@pytest.fixture(scope="module")
def url(house: House) -> Iterator[str]:
    """A server of it."""
    with served(build_app(house.office, "organizers-token-of-the-test")) as address:
        yield address


@pytest.fixture
def caller(house: House, url: str) -> Iterator[Caller]:
    """A kiosk of it."""
    with httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


# --- the manifest -------------------------------------------------------------------------------------------------


def test_the_manifest_comes_as_it_was_signed(caller: Caller) -> None:  # G21
    reply = caller.get("manifest")
    printed = caller.house.office.press.published(caller.house.event)
    assert (reply.status_code, reply.content) == (200, printed.body)
    assert reply.headers["ETag"] == f'"{printed.version}"'
    root = caller.house.office.roots.root_public
    assert is_signed(root, manifest_bytes(reply.content), reply.headers[SIGNATURE_HEADER])


def test_who_holds_the_version_is_told_so_and_no_more(caller: Caller) -> None:
    tag = caller.get("manifest").headers["ETag"]
    same = caller.get("manifest", **{"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    caller.house.tickets()
    newer = caller.get("manifest", **{"If-None-Match": tag})
    assert newer.status_code == 200
    assert newer.json()["version"] == int(tag.strip('"')) + 1


def test_an_unconfirmed_device_gets_nothing(caller: Caller) -> None:
    waiting = pending(caller.house.office, caller.house.event, NORTH, "waits")
    header = {"Authorization": f"Device {waiting.device}.{waiting.secret}"}
    for path in ("manifest", f"files/{'0' * 64}"):
        assert caller.http.get(caller.url(path), headers=header).json()["code"] == "not_confirmed"


# --- files --------------------------------------------------------------------------------------------------------


def test_every_file_that_the_manifest_names_is_there(caller: Caller) -> None:
    for segment in caller.get("manifest").json()["segments"]:
        for file in (segment["base"], *segment["deltas"]):
            reply = caller.get(f"files/{file['sha256']}")
            assert reply.status_code == 200
            assert len(reply.content) == file["bytes"] == int(reply.headers["Content-Length"])
            assert seal.sha256(reply.content).hex() == file["sha256"]


@pytest.mark.parametrize("breaks", [[1], [PART_BYTES], [PART_BYTES - 1, PART_BYTES + 1], [5, LONG - 1]])
def test_a_download_resumes_where_it_broke(caller: Caller, long_file: tuple[FileRow, bytes], breaks: list[int]) -> None:
    row, body = long_file
    got = b""
    for end in (*breaks, None):
        reply = caller.get(f"files/{row.sha256}", Range=f"bytes={len(got)}-")
        assert reply.status_code == 206
        assert reply.headers["Content-Range"] == f"bytes {len(got)}-{LONG - 1}/{LONG}"
        got += reply.content[: None if end is None else end - len(got)]
    assert got == body
    assert seal.sha256(got).hex() == row.sha256


@pytest.mark.parametrize(
    ("wanted", "status", "start", "end"),
    [
        ("bytes=0-", 206, 0, LONG),
        ("bytes=7-9", 206, 7, 10),
        (f"bytes=7-{10 * LONG}", 206, 7, LONG),
        (f"bytes={LONG - 1}-", 206, LONG - 1, LONG),
        (f"bytes={LONG}-", 416, 0, 0),
        ("bytes=9-7", 416, 0, 0),
        ("bytes=-5", 200, 0, LONG),
        ("bytes=0-1,3-4", 200, 0, LONG),
        ("bytes=x-", 200, 0, LONG),
        ("lines=1-", 200, 0, LONG),
    ],
)
def test_ranges_are_answered_as_http_has_them(
    caller: Caller, long_file: tuple[FileRow, bytes], wanted: str, status: int, start: int, end: int
) -> None:
    row, body = long_file
    reply = caller.get(f"files/{row.sha256}", Range=wanted)
    assert reply.status_code == status
    if status == 416:
        assert reply.headers["Content-Range"] == f"bytes */{LONG}"
        assert reply.json()["code"] == "range_not_satisfiable"
    else:
        assert reply.content == body[start:end]


@pytest.mark.parametrize("name", ["0" * 64, "x", "0" * 63 + "G", "A" * 64, "%20" * 64, "0" * 4000])
def test_a_file_that_is_none_is_said_so(caller: Caller, name: str) -> None:
    reply = caller.get(f"files/{name}")
    assert (reply.status_code, reply.json()["code"]) == (404, "file_unknown")


def test_a_file_belongs_to_its_event(caller: Caller, long_file: tuple[FileRow, bytes]) -> None:
    other = UUID(caller.house.office.create_event(policy("Other")).event)
    assert caller.house.office.press.find_file(other, bytes.fromhex(long_file[0].sha256)) is None
    path = f"/api/v1/events/{other}/files/{long_file[0].sha256}"
    assert caller.http.get(path, headers=caller.headers).status_code == 403


# --- the time -----------------------------------------------------------------------------------------------------


def test_the_time_is_signed_with_the_callers_nonce(caller: Caller) -> None:  # G8
    root = caller.house.office.roots.root_public
    for path in ("manifest", "status"):
        reply = caller.get(path, **{NONCE_HEADER: NONCE.hex()})
        at_ms, signature = int(reply.headers[TIME_HEADER]), reply.headers[TIME_SIGNATURE_HEADER]
        assert is_signed(root, time_bytes(NONCE, at_ms), signature)
        assert not is_signed(root, time_bytes(NONCE, at_ms + 1), signature)
        assert not is_signed(root, time_bytes(bytes(16), at_ms), signature)


@pytest.mark.parametrize("nonce", ["", "00", "zz" * 16, "0" * 31, "00" * 17, " ".join(["00"] * 16)])
def test_what_is_no_nonce_is_passed_over(caller: Caller, nonce: str) -> None:
    reply = caller.get("status", **{NONCE_HEADER: nonce})
    assert reply.status_code == 200
    assert TIME_SIGNATURE_HEADER not in reply.headers
    assert TIME_HEADER in reply.headers


def test_strangers_get_no_signed_time(caller: Caller) -> None:
    told = {NONCE_HEADER: NONCE.hex()}
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Device {'0' * 32}.no"}):
        reply = caller.http.get(caller.url("manifest"), headers={**told, **headers})
        assert reply.status_code == 401
        assert TIME_SIGNATURE_HEADER not in reply.headers

"""Files on a stick: what comes out is what went in, or a flaw that says what is wrong; never an exception."""

import base64
import json
import tracemalloc
import zlib
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.journal.scan import canonical, to_record
from core.model.ids import DeviceId, EventId, GateId
from core.sync import export
from core.sync.export import (
    Flaw,
    OpenedQueue,
    QueueHeader,
    Spare,
    locked_spare,
    open_queue,
    open_spare,
    queue_header,
    sealed_queue,
    spare_file_name,
)
from core.sync.signing import about_queue
from core.ticket import seal
from core.ticket.keyring import VerifyProfile
from tests.support.facts import any_scans, any_shown

SERVER, DEVICE, OTHER = b"s" * 32, b"d" * 32, b"o" * 32
SERVER_KEY, DEVICE_KEY = seal.x25519_public(SERVER), seal.ed25519_public(DEVICE)
EVENT, KIOSK = EventId(UUID(int=1)), DeviceId(UUID(int=2))
EPHEMERAL, SALT, NONCE = b"e" * 32, b"t" * 16, b"n" * 12
CODE = "B2ZE-T4PB-HN7M-QGSK"

SPARE = Spare(
    KIOSK,
    "secret",
    EVENT,
    "Sümmer Night",
    "Door 1",
    GateId("north"),
    1,
    b"r" * 32,
    VerifyProfile.LIST,
    b"x" * 32,
    b"y" * 32,
)


def written(records: list[bytes], facts_told: int | None = None, signing: bytes = DEVICE) -> bytes:
    """A file of these records."""
    header = QueueHeader(EVENT, KIOSK, 7, len(records) if facts_told is None else facts_told)
    data = sealed_queue(header, records, server_key=SERVER_KEY, signing_private=signing, ephemeral=EPHEMERAL)
    assert isinstance(data, bytes)
    return data


def sealed_content(packed: bytes, facts_told: int) -> bytes:
    """A file with any content, sealed and signed by the kiosk itself: what a kiosk that lies could make."""
    about = about_queue(EVENT, KIOSK)
    line = written([], 0).partition(b"\n")[0].replace(b'"facts":0', b'"facts":%d' % facts_told) + b"\n"
    body = line + seal.seal_to(SERVER_KEY, packed, ephemeral=EPHEMERAL, about=about)
    return body + seal.ed25519_sign(DEVICE, about + body)


def opened(data: bytes) -> OpenedQueue | Flaw:
    return open_queue(data, server_private=SERVER, signing_key=DEVICE_KEY)


# --- the queue ----------------------------------------------------------------------------------------------------


@given(st.lists(any_scans() | any_shown(), max_size=5))
@settings(max_examples=50)
def test_a_queue_comes_out_as_it_went_in(told) -> None:
    records = [to_record(fact) for fact in told]
    queue = opened(written([canonical(record) for record in records]))
    assert isinstance(queue, OpenedQueue)
    assert list(queue.records()) == records
    assert queue.header == QueueHeader(EVENT, KIOSK, 7, len(records))


def test_a_long_queue_keeps_its_order() -> None:
    queue = opened(written([b'{"n":%d}' % n for n in range(50_000)]))
    assert isinstance(queue, OpenedQueue)
    assert [record["n"] for record in queue.records()] == list(range(50_000))


def test_nothing_of_a_queue_is_readable_on_the_stick() -> None:
    data = written([b'{"guest":"Ada"}'])
    assert b"Ada" not in data
    assert zlib.compress(b'{"guest":"Ada"}')[2:-4] not in data


QUEUE = written([b'{"n":1}', b'{"n":2}'])


@given(st.integers(0, len(QUEUE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_never_taken(place: int, change: int) -> None:
    changed = bytearray(QUEUE)
    changed[place] ^= change
    assert isinstance(opened(bytes(changed)), Flaw)


@given(st.integers(0, len(QUEUE) - 1))
def test_a_cut_file_is_never_taken(length: int) -> None:
    assert isinstance(opened(QUEUE[:length]), Flaw)


def test_more_after_the_end_is_never_taken() -> None:
    assert opened(QUEUE + b"\x00") is Flaw.WRONG_SIGNATURE


@given(st.binary(max_size=600))
def test_nonsense_is_foreign(data: bytes) -> None:
    assert opened(data) is Flaw.FOREIGN


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"doorlight-queue":1}', '{"doorlight-queue":{"v":true}}', '{"doorlight-queue":{"v":0}}', "[" * 500],
)
def test_another_json_is_foreign(text: str) -> None:
    assert queue_header(text.encode() + b"\n") is Flaw.FOREIGN


@pytest.mark.parametrize(
    ("field", "value"),
    [("made_at_ms", -1), ("made_at_ms", 2**60), ("facts", 1_000_001), ("facts", "2"), ("event", "00"), ("device", 5)],
)
def test_a_header_out_of_bounds_is_foreign(field: str, value: object) -> None:
    head = json.loads(QUEUE.partition(b"\n")[0])
    head["doorlight-queue"][field] = value
    assert queue_header(json.dumps(head).encode() + b"\n") is Flaw.FOREIGN


def test_a_later_form_says_update() -> None:
    assert queue_header(QUEUE.replace(b'"v":1', b'"v":2')) is Flaw.NEWER


def test_another_devices_signature_is_refused() -> None:
    assert opened(written([b"{}"], signing=OTHER)) is Flaw.WRONG_SIGNATURE


def test_a_queue_for_another_server_is_told_apart() -> None:
    assert open_queue(QUEUE, server_private=OTHER, signing_key=DEVICE_KEY) is Flaw.OTHER_SERVER


def test_a_queue_under_another_events_name_does_not_open() -> None:
    about = about_queue(EventId(UUID(int=9)), KIOSK)
    moved = QUEUE[:-64].replace(EVENT.hex.encode(), UUID(int=9).hex.encode())
    assert opened(moved + seal.ed25519_sign(DEVICE, about + moved)) is Flaw.OTHER_SERVER


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (b'{"n":1}\n', 2),
        (b'{"n":1}\n{"n":2}\n', 1),
        (b'{"n":1}', 1),
        (b"[]\n", 1),
        (b"nonsense\n", 1),
        (b"\n", 1),
        (b'{"a":' * 5_000 + b"\n", 1),
    ],
    ids=["fewer", "more", "cut line", "no object", "no JSON", "empty line", "deep"],
)
def test_content_that_contradicts_its_header_is_damaged(lines: bytes, told: int) -> None:
    assert opened(sealed_content(zlib.compress(lines), told)) is Flaw.DAMAGED


@pytest.mark.parametrize(
    "packed", [b"", b"no zlib", zlib.compress(b"{}\n")[:-3], zlib.compress(b"{}\n") + b"more"], ids=str
)
def test_content_that_is_not_packed_is_damaged(packed: bytes) -> None:
    assert opened(sealed_content(packed, 1)) is Flaw.DAMAGED


def test_a_bomb_is_refused_in_bounded_memory() -> None:
    """128 MiB of one line in 128 KiB: it stops at the first line's bound."""
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(128)) + packer.flush()
    data = sealed_content(bomb, 1)
    tracemalloc.start()
    try:
        assert opened(data) is Flaw.TOO_LARGE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def test_a_bomb_of_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_PLAIN_BYTES", 1_000_000)
    packed = zlib.compress((b"{" + b" " * 500 + b"}\n") * 4_000)
    assert opened(sealed_content(packed, 4_000)) is Flaw.TOO_LARGE


def test_more_facts_than_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_FACTS", 3)
    assert opened(sealed_content(zlib.compress(b"{}\n" * 4), 3)) is Flaw.TOO_LARGE
    header = QueueHeader(EVENT, KIOSK, 7, 4)
    keys = {"server_key": SERVER_KEY, "signing_private": DEVICE, "ephemeral": EPHEMERAL}
    assert sealed_queue(header, [b"{}"] * 4, **keys) is Flaw.TOO_LARGE


def test_a_file_beyond_its_size_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_QUEUE_BYTES", len(QUEUE) - 1)
    assert opened(QUEUE) is Flaw.TOO_LARGE


# --- a spare kiosk ------------------------------------------------------------------------------------------------

KIT = locked_spare(SPARE, CODE, salt=SALT, nonce=NONCE)


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), CODE.replace("-", " "), CODE.replace("B", "8")])
def test_a_kit_opens_with_its_code_however_it_is_typed(typed: str) -> None:
    assert open_spare(KIT, typed) == SPARE


@pytest.mark.parametrize("typed", ["", "B2ZE-T4PB-HN7M-QGSL", "\udcff", "ß"])
def test_another_code_is_wrong_not_damage(typed: str) -> None:
    assert open_spare(KIT, typed) is Flaw.WRONG_CODE


def test_no_secret_lies_open_in_a_kit_or_shows_in_a_log() -> None:
    told = KIT + repr(SPARE).encode()
    for secret in (b"secret", SPARE.sealing_private, SPARE.sealing_private.hex().encode(), CODE.encode()):
        assert secret not in told.replace(b"secret=", b"")


@given(st.integers(0, len(KIT) - 1), st.integers(1, 127))
@settings(max_examples=40, deadline=None)
def test_a_changed_kit_is_never_another_spare(place: int, change: int) -> None:
    changed = bytearray(KIT)
    changed[place] ^= change
    assert open_spare(bytes(changed), CODE) in [*Flaw, SPARE]


def test_a_cut_kit_is_a_flaw_and_a_spoilt_one_is_damaged() -> None:
    assert open_spare(KIT[:-9], CODE) is Flaw.FOREIGN
    told = json.loads(KIT)
    locked = bytearray(base64.b64decode(told["doorlight-spare"]["kit"]))
    locked[20] ^= 1
    told["doorlight-spare"]["kit"] = base64.b64encode(locked).decode()
    assert open_spare(json.dumps(told).encode(), CODE) is Flaw.DAMAGED


def test_a_kit_under_another_devices_name_is_damaged() -> None:
    told = json.loads(KIT)
    told["doorlight-spare"]["device"] = UUID(int=9).hex
    assert open_spare(json.dumps(told).encode(), CODE) is Flaw.DAMAGED


@pytest.mark.parametrize("change", [{"root_key": b"short"}, {"signing_private": b""}])
def test_a_kit_with_a_key_of_the_wrong_length_is_damaged(change: dict[str, bytes]) -> None:
    assert open_spare(locked_spare(replace(SPARE, **change), CODE, salt=SALT, nonce=NONCE), CODE) is Flaw.DAMAGED


@pytest.mark.parametrize(
    ("kit", "flaw"),
    [
        (b"", Flaw.FOREIGN),
        (b"[]", Flaw.FOREIGN),
        (QUEUE, Flaw.FOREIGN),
        (b'{"doorlight-spare":{"v":2}}', Flaw.NEWER),
        (b"x" * 20_000, Flaw.TOO_LARGE),
    ],
)
def test_what_is_no_kit_says_so(kit: bytes, flaw: Flaw) -> None:
    assert open_spare(kit, CODE) is flaw


def test_a_kits_file_names_its_device() -> None:
    assert spare_file_name(KIOSK) == f"spare-{KIOSK.hex}.kit"

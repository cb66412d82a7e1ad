"""G21: whoever stands between server and kiosk, or hands over a stick, changes nothing that a door trusts.

Every attack meets the real keeper over a real socket, and once more as a folder. What was held stays in force, is there
after a restart, and the window is told why.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import rfc8785

import app.runtime.genuine as genuine
import app.runtime.keeper as keepers
from app.runtime.manifest_folder import FolderSource
from core.model.ids import TicketHandle
from core.model.moments import ClockQuality
from core.sync.adoption import MAX_MANIFEST_BYTES, Freshness, Objection
from core.sync.attendees import Attendee
from core.sync.attendees import packed as packed_people
from core.sync.messages import FileRow, SegmentRow
from core.sync.signing import manifest_bytes
from core.ticket import seal
from core.ticket.segments import MOST_BYTES, Kind, Records, difference, packed
from tests.support.door import (
    ATTENDEES_KEY,
    END_S,
    EVENT,
    OTHER_EVENT,
    ROOT_PRIVATE,
    START_S,
    SUMMER_NIGHT,
    HandClock,
    Signed,
    device_row,
    digest,
    file_row,
    lists,
    manifest,
    segment,
    sign,
    signed,
    ticket,
)
from tests.support.manifests import ManifestServer, Rig
from tests.support.scripted_server import Question, Reply

LISTED, ADDED = digest(ticket(1)), digest(ticket(2))
HELD = lists(allowed=[LISTED])
GROWN = lists(allowed=[LISTED, ADDED])
FOURTH, FIFTH = signed(4, HELD), signed(5, GROWN)
OTHER_ROOT = bytes([0x66]) * 32


def raw(body: bytes, root: bytes = ROOT_PRIVATE) -> Signed:
    """Any bytes under a right signature."""
    return Signed(manifest(5), body, seal.ed25519_sign(root, manifest_bytes(body)).hex(), {})


def with_allow(row: SegmentRow, *files: bytes) -> Signed:
    """Version 5 with this row in place of the allow list's."""
    others = [each for each in manifest(5, GROWN).segments if each.kind != row.kind]
    return sign(manifest(5, GROWN, segments=[row, *others]), [*files, b""])


def named(signed_: Signed, name: bytes, body: bytes) -> Signed:
    """The same manifest, served with another content under a file's name."""
    return replace(signed_, files=signed_.files | {seal.sha256(name).hex(): body})


ALLOW = GROWN.allow
ROW = segment(ALLOW)
UNSORTED = Records(Kind.ALLOW, b"".join(sorted(ALLOW, reverse=True)))
OTHER_BASE = packed(Kind.ALLOW, [bytes(16), bytes([1]) * 16])
GONE = difference(OTHER_BASE, packed(Kind.ALLOW, [bytes(16)]))

ATTACKS: dict[str, tuple[Signed, Objection]] = {
    "rollback": (signed(3, GROWN), Objection.OLDER),
    "same version, other bytes": (signed(4, GROWN), Objection.SAME_VERSION_OTHER_BYTES),
    "wrong event": (signed(5, GROWN, event=OTHER_EVENT.hex), Objection.OTHER_EVENT),
    "wrong event in the policy": (
        signed(5, GROWN, policy=replace(manifest().policy, event=OTHER_EVENT.hex)),
        Objection.OTHER_EVENT,
    ),
    "tampered body": (replace(FIFTH, body=FIFTH.body.replace(b"North gate", b"South gate")), Objection.BAD_SIGNATURE),
    "blank added to the body": (replace(FIFTH, body=FIFTH.body + b" "), Objection.BAD_SIGNATURE),
    "tampered signature": (replace(FIFTH, signature="00" + FIFTH.signature[2:]), Objection.BAD_SIGNATURE),
    "no signature": (replace(FIFTH, signature=""), Objection.BAD_SIGNATURE),
    "signature of another version": (replace(FIFTH, signature=FOURTH.signature), Objection.BAD_SIGNATURE),
    "root swap": (sign(manifest(5, GROWN), [ALLOW.body], root=OTHER_ROOT), Objection.BAD_SIGNATURE),
    "signed garbage": (raw(b'{"v": 1, "event": '), Objection.UNREADABLE),
    "signed other message": (raw(b'{"facts": []}'), Objection.UNREADABLE),
    "a future form": (raw(rfc8785.dumps(asdict(manifest(5)) | {"v": 2})), Objection.UNREADABLE),
    "over the size limit": (raw(b" " * (MAX_MANIFEST_BYTES + 1)), Objection.TOO_LARGE),
    "mixed with the files of another version": (named(FIFTH, ALLOW.body, HELD.allow.body), Objection.LIST_DIFFERS),
    "a file changed in one bit": (
        named(FIFTH, ALLOW.body, ALLOW.body[:-1] + bytes([ALLOW.body[-1] ^ 1])),
        Objection.LIST_DIFFERS,
    ),
    "a list's wrong hash": (with_allow(replace(ROW, sha256="00" * 32), ALLOW.body), Objection.LIST_DIFFERS),
    "a list's wrong count": (with_allow(replace(ROW, count=3), ALLOW.body), Objection.LIST_DIFFERS),
    "a list out of order": (with_allow(segment(UNSORTED), UNSORTED.body), Objection.LIST_DIFFERS),
    "half a record": (
        with_allow(replace(ROW, base=file_row(ALLOW.body[:-1])), ALLOW.body[:-1]),
        Objection.LIST_DIFFERS,
    ),
    "a delta to another base": (
        with_allow(segment(ALLOW, base=ALLOW.body, deltas=[GONE]), ALLOW.body, GONE),
        Objection.LIST_DIFFERS,
    ),
    "a file longer than said": (
        with_allow(replace(ROW, base=FileRow(ROW.base.sha256, 16)), ALLOW.body),
        Objection.LIST_DIFFERS,
    ),
    "a file shorter than said": (
        with_allow(replace(ROW, base=FileRow(ROW.base.sha256, 48)), ALLOW.body),
        Objection.LIST_DIFFERS,
    ),
    "a file that nobody has": (
        with_allow(replace(ROW, base=file_row(b"nowhere " * 4))),
        Objection.LIST_MISSING,
    ),
    "a file larger than a kiosk takes": (
        with_allow(replace(ROW, base=FileRow(ROW.base.sha256, MOST_BYTES + 1))),
        Objection.LISTS_TOO_LARGE,
    ),
    "more files than a kiosk takes": (
        with_allow(replace(ROW, deltas=[FileRow(f"{number:064x}", MOST_BYTES) for number in range(3)])),
        Objection.LISTS_TOO_LARGE,
    ),
    "more records than a kiosk takes": (
        with_allow(replace(ROW, count=MOST_BYTES)),
        Objection.LISTS_TOO_LARGE,
    ),
    "a list that comes twice": (
        sign(manifest(5, GROWN, segments=[ROW, segment(HELD.allow)]), [ALLOW.body, HELD.allow.body]),
        Objection.UNREADABLE,
    ),
    "a file's name that is a path": (
        with_allow(replace(ROW, base=FileRow("../" * 21 + "x", 32)), ALLOW.body),
        Objection.UNREADABLE,
    ),
    "keys of another version": (signed(5, GROWN, devices=[device_row(4)]), Objection.NO_KEYS_FOR_THIS_DEVICE),
    "keys of another event": (
        signed(5, GROWN, devices=[device_row(5, event=OTHER_EVENT)]),
        Objection.NO_KEYS_FOR_THIS_DEVICE,
    ),
    "keys for somebody else's box": (
        signed(5, GROWN, devices=[device_row(5, sealing=bytes([9]) * 32)]),
        Objection.NO_KEYS_FOR_THIS_DEVICE,
    ),
    "keys of an unheard-of profile": (
        signed(5, GROWN, devices=[replace(device_row(5), profile="all")]),
        Objection.NO_KEYS_FOR_THIS_DEVICE,
    ),
    "without this device": (signed(5, GROWN, devices=[]), Objection.NO_KEYS_FOR_THIS_DEVICE),
    "a policy that makes no sense": (
        signed(5, GROWN, policy=replace(manifest().policy, time_zone="Mars/Olympus")),
        Objection.UNREADABLE,
    ),
    "a lease that is over": (signed(5, GROWN, lease_until_ms=START_S * 1000), Objection.LEASE_OVER),
}


@pytest.fixture
def server() -> Iterator[ManifestServer]:
    with ManifestServer(FOURTH) as made:
        yield made


@pytest.fixture
def rig(tmp_path: Path, server: ManifestServer) -> Iterator[Rig]:
    """A kiosk that holds version 4."""
    with closing(Rig(tmp_path, server.url)) as made:
        assert made.refresh() is None
        assert made.box.version == 4
        yield made


def assert_fourth_holds(rig: Rig, folder: Path) -> None:
    """Version 4 is in force, all of it and nothing else, now and after a restart."""
    with closing(Rig(folder)) as again:
        assert again.keeper.load() is None
        for each in (rig, again):
            assert each.box.version == 4
            assert each.trust.event == SUMMER_NIGHT
            assert each.trust.lists.allows(LISTED)
            assert not each.trust.lists.allows(ADDED)
    held = rig.store.held(EVENT)
    assert held is not None
    assert (held.version, held.body_sha256) == (4, seal.sha256(FOURTH.body))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_over_the_network_is_refused(rig: Rig, server: ManifestServer, tmp_path: Path, attack: str) -> None:
    hostile, objection = ATTACKS[attack]
    server.publish(hostile)
    server.is_stubborn = True
    found = None
    for _ in range(3):  # a short file needs a second look: the wire may have broken
        found = found or rig.refresh()
    assert found is objection
    assert rig.box.objection is objection
    assert_fourth_holds(rig, tmp_path)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_same_attack_by_a_stick_is_refused(rig: Rig, tmp_path: Path, attack: str) -> None:
    hostile, objection = ATTACKS[attack]
    stick = write_folder(tmp_path / "stick", hostile)
    assert rig.keeper.take_from(FolderSource(stick)) is objection
    assert_fourth_holds(rig, tmp_path)


def write_folder(folder: Path, of: Signed) -> Path:
    """A manifest as files."""
    (folder / "files").mkdir(parents=True)
    (folder / "manifest.json").write_bytes(of.body)
    (folder / "manifest.sig").write_text(of.signature + "\n", encoding="ascii")
    for name, body in of.files.items():
        (folder / "files" / name).write_bytes(body)
    return folder


def test_what_is_no_attack_is_taken_by_both_ways(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    server.publish(FIFTH)
    assert rig.refresh() is None
    assert rig.box.version == 5
    stick = write_folder(tmp_path / "stick", signed(6, GROWN))
    assert rig.keeper.take_from(FolderSource(stick)) is None
    assert (rig.box.version, rig.box.objection) == (6, None)
    assert rig.trust.lists.allows(ADDED)


def test_rollback_stays_refused_after_everything_was_erased(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    rig.store.erase(EVENT)
    with closing(Rig(tmp_path, server.url)) as again:
        server.publish(signed(3, GROWN))
        assert again.refresh() is Objection.OLDER
        assert again.box.version == 0


def test_an_endless_manifest_is_cut(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    server.treat = lambda _, reply: Reply(200, b" " * 65_536, {"Doorlight-Signature": "00" * 64}, endless=True)
    assert rig.refresh() is Objection.TOO_LARGE
    assert_fourth_holds(rig, tmp_path)


def test_an_endless_file_is_cut_at_its_size(
    rig: Rig, server: ManifestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    append = rig.store.append

    def note(name: bytes, offset: int, body: bytes) -> bool:
        kept.append(offset + len(body))
        return append(name, offset, body)

    monkeypatch.setattr(rig.store, "append", note)
    server.publish(FIFTH)
    server.treat = _in_place_of_files(Reply(200, b"x" * 65_536, endless=True))
    assert rig.refresh() is Objection.LIST_DIFFERS
    assert kept == [len(ALLOW.body)], "never a byte more than was signed"
    assert_fourth_holds(rig, tmp_path)


def test_a_packed_file_is_not_unpacked(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    server.publish(FIFTH)
    bomb = gzip.compress(bytes(5_000_000))
    server.treat = _in_place_of_files(Reply(200, bomb, {"Content-Encoding": "gzip"}))
    rig.refresh()
    assert rig.store.bytes_held(ALLOW.sha256) == 0
    assert_fourth_holds(rig, tmp_path)


def test_a_rest_that_starts_elsewhere_is_not_taken(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    server.publish(FIFTH)
    rig.store.append(ALLOW.sha256, 0, ALLOW.body[:10])
    rest = Reply(206, ALLOW.body[5:], {"Content-Range": f"bytes 5-{len(ALLOW.body) - 1}/{len(ALLOW.body)}"})
    server.treat = _in_place_of_files(rest)
    assert rig.refresh() is None
    assert rig.store.bytes_held(ALLOW.sha256) == 10
    assert_fourth_holds(rig, tmp_path)


def _in_place_of_files(reply: Reply) -> Callable[[Question, Reply], Reply]:
    return lambda question, right: reply if "/files/" in question.path else right


# --- attendees ----------------------------------------------------------------------------------------------------

ABOUT = b"doorlight/attendees/v1\x00" + EVENT.bytes


def with_attendees(plain: bytes, key: bytes = ATTENDEES_KEY, about: bytes = ABOUT) -> Signed:
    """Version 5 with an attendees' list of these packed bytes."""
    locked = seal.lock(key, plain, nonce=bytes(12), about=about)
    row = SegmentRow("attendees", 1, seal.sha256(locked).hex(), START_S * 1000, file_row(locked))
    of = manifest(5, GROWN)
    return sign(replace(of, segments=[*of.segments, row]), [ALLOW.body, b"", locked])


PEOPLE = [Attendee(TicketHandle(bytes(8)), "Ada Lovelace", "A-1"), Attendee(TicketHandle(b"12345678"), "Zoë")]


def test_attendees_are_opened_on_demand(rig: Rig, server: ManifestServer) -> None:
    server.publish(with_attendees(b"".join(packed_people(PEOPLE))))
    assert rig.refresh() is None
    assert rig.keeper.attendees() == PEOPLE


def test_attendees_lie_encrypted(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    server.publish(with_attendees(b"".join(packed_people(PEOPLE))))
    rig.refresh()
    assert rig.keeper.attendees() == PEOPLE
    rig.close()
    assert b"Lovelace" not in b"".join(file.read_bytes() for file in tmp_path.glob("trust.db*"))


@pytest.mark.parametrize(
    ("hostile", "objection"),
    [
        (with_attendees(zlib.compress(b"[" + b" " * 2_000_000 + b"]")), Objection.LISTS_TOO_LARGE),
        (with_attendees(zlib.compress(b"[]")[:-3]), Objection.LIST_DIFFERS),
        (with_attendees(b"no zlib"), Objection.LIST_DIFFERS),
        (with_attendees(zlib.compress(b"{}")), Objection.LIST_DIFFERS),
        (with_attendees(zlib.compress(b"[1]")), Objection.LIST_DIFFERS),
        (with_attendees(zlib.compress(b'[["00", "Ada", null]]')), Objection.LIST_DIFFERS),
        (with_attendees(zlib.compress(b"[]"), key=bytes(32)), Objection.LIST_DIFFERS),
        (with_attendees(zlib.compress(b"[]"), about=b"something else"), Objection.LIST_DIFFERS),
    ],
    ids=["bomb", "cut", "no zlib", "no list", "no rows", "no person", "another key", "another purpose"],
)
def test_attendees_that_make_no_sense_are_no_list(
    rig: Rig, server: ManifestServer, monkeypatch: pytest.MonkeyPatch, hostile: Signed, objection: Objection
) -> None:
    monkeypatch.setattr(keepers, "MOST_ATTENDEES_BYTES", 1_000_000)
    server.publish(hostile)
    rig.refresh()
    assert rig.keeper.attendees() is objection


# --- freeze -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quality", list(ClockQuality))
def test_a_frozen_server_makes_no_list_young(rig: Rig, quality: ClockQuality) -> None:
    """It says that nothing is new for ever, as whoever holds back a revocation would: banner, and the true age."""
    clock = rig.clock
    assert isinstance(clock, HandClock)
    clock.quality = quality
    assert rig.box.freshness(clock.now()) is Freshness.FRESH
    clock.at_ms = END_S * 1000 + 1  # past fresh_until
    assert rig.refresh() is None
    assert rig.box.version == 4
    assert rig.box.age_ms(clock.now()) == (END_S - START_S) * 1000 + 1
    assert rig.box.freshness(clock.now()) is Freshness.AMBER


def test_the_same_manifest_served_whole_again_makes_no_list_young(rig: Rig, server: ManifestServer) -> None:
    clock = rig.clock
    assert isinstance(clock, HandClock)
    server.is_stubborn = True
    clock.at_ms = END_S * 1000 + 1
    assert rig.refresh() is None
    assert rig.box.age_ms(clock.now()) == (END_S - START_S) * 1000 + 1


# --- negative controls --------------------------------------------------------------------------------------------


def test_control_without_the_signature_check_a_tampered_manifest_would_pass(
    rig: Rig, server: ManifestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genuine, "objection_to_bytes", lambda *_: None)
    server.publish(ATTACKS["root swap"][0])
    rig.refresh()
    assert rig.box.version == 5


def test_control_without_the_version_check_a_rollback_would_pass(
    rig: Rig, server: ManifestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genuine, "objection_to_manifest", lambda *_, **__: None)
    monkeypatch.setattr(rig.store, "save", lambda *_: True)
    server.publish(ATTACKS["rollback"][0])
    rig.refresh()
    assert rig.box.version == 3


def test_control_a_store_without_memory_takes_a_rollback(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    rig.close()
    (tmp_path / "trust.db").unlink()
    server.publish(signed(3, GROWN))
    with closing(Rig(tmp_path, server.url)) as again:
        assert again.refresh() is None


def test_every_objection_to_a_manifest_has_its_attack() -> None:
    assert {objection for _, objection in ATTACKS.values()} == set(Objection)

"""The press: one version has one content, lists follow their tables, secrets go to their device alone."""

import base64
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update

from app.ledger import press as press_module
from app.ledger.admin import open_ledger
from app.ledger.event_book import LEASE_AFTER_END_MS, EventWrong
from app.ledger.file_store import PART_BYTES
from app.ledger.file_sweep import SPARED_MS, SWEEP_EVERY_MS
from app.ledger.lists import deny
from app.ledger.press import KEPT_MANIFESTS, Press, Published
from app.ledger.root_keys import RootKeys
from app.ledger.schema import codes, devices, manifests, segment_parts
from app.ledger.segment_book import MOST_DELTAS, USED_EVERY_MS, SegmentBook
from app.ledger.shop_files import ShopRow
from app.ledger.versions import mark_stale
from core.model.ids import TicketHandle
from core.model.outcomes import Outcome
from core.sync.manifest import secrets_to_json
from core.sync.signing import is_signed, manifest_bytes
from core.ticket.keyring import Algorithm, KeyState, VerifyProfile
from core.ticket.lists import Listed, Used
from core.ticket.segments import Kind, denial_of, listed_of, tag_of, used_of
from core.ticket.wire import parse
from tests.contract.ledger_rig import NORTH, NOW
from tests.ledger.press_rig import Rig, opened_rig, people_of
from tests.support.kiosks import confirm, device_of, enrolled, pending
from tests.support.stolen_disk import traces

TIDS = [bytes([number] * 8) for number in range(1, 41)]


# --- one version, one content -------------------------------------------------------------------------------------


def test_a_manifest_is_signed_by_the_root_and_kept(rig: Rig) -> None:  # G21
    press, root = rig.office.press, rig.office.roots.root_public
    first, again = press.published(rig.event), press.published(rig.event)
    assert first == again
    assert first.version == first.manifest.version == press.version(rig.event)
    assert is_signed(root, manifest_bytes(first.body), first.signature.hex())
    assert not is_signed(root, manifest_bytes(first.body + b" "), first.signature.hex())
    assert not is_signed(rig.office.roots.server_public, manifest_bytes(first.body), first.signature.hex())
    for _ in range(KEPT_MANIFESTS):
        rig.stale()
        press.published(rig.event)
    assert press.stored(rig.event, first.version) is None
    assert press.stored(rig.event, first.version + 1) is not None


def test_two_servers_never_sign_two_contents_of_one_version(
    home: tuple[str | None, Path], rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(rig.office, rig.event, NORTH)  # its box differs each time
    both_have_read = threading.Barrier(2, timeout=20)
    signed: list[bytes] = []
    make, sign = SegmentBook.made, RootKeys.sign

    def made(*args: Any, **named: Any) -> Any:
        found = make(*args, **named)
        both_have_read.wait()
        return found

    def recorded(roots: RootKeys, message: bytes) -> bytes:
        signed.append(message)
        return sign(roots, message)

    monkeypatch.setattr(SegmentBook, "made", made)
    monkeypatch.setattr(RootKeys, "sign", recorded)
    with open_ledger(*home, now_ms=lambda: NOW) as other, ThreadPoolExecutor(2) as pool:
        presses = (rig.office.press, other.press)
        told = list(pool.map(lambda press: press.published(rig.event), presses))
    assert told[0] == told[1]
    assert len(set(signed)) == 2  # the control: each made a content of its own, and one of them was handed out
    assert signed.count(manifest_bytes(told[0].body)) == 1


def test_what_changes_meanwhile_is_said_by_the_next_version(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = parse(rig.issue()[0]).claims
    make = SegmentBook.made

    def interrupted(*args: Any, **named: Any) -> Any:
        found = make(*args, **named)
        monkeypatch.setattr(SegmentBook, "made", make)
        rig.office.cancel_ticket(rig.event, ticket.tid)
        return found

    monkeypatch.setattr(SegmentBook, "made", interrupted)
    first = rig.manifest()
    assert next(row.count for row in first.segments if row.kind == "deny") == 0
    second = rig.manifest()
    assert second.version == first.version + 1
    assert rig.records(Kind.DENY).count == 1


def test_a_list_that_takes_long_keeps_nobody_waiting(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rig.office.press.published(rig.event)
    rig.stale("deny")
    is_making, may_end = threading.Event(), threading.Event()
    make = SegmentBook.made

    def slow(*args: Any, **named: Any) -> Any:
        is_making.set()
        assert may_end.wait(20)
        return make(*args, **named)

    monkeypatch.setattr(SegmentBook, "made", slow)
    monkeypatch.setattr(press_module, "PATIENCE_S", 0.0)
    with ThreadPoolExecutor(1) as pool:
        newer = pool.submit(rig.office.press.published, rig.event)
        assert is_making.wait(20)
        assert rig.office.press.published(rig.event) == before
        rig.issue()  # nor a sale
        may_end.set()
        assert newer.result(20).version > before.version


def test_an_unchanged_version_costs_one_read(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    version, database = rig.office.press.version(rig.event), rig.office.press._database
    reads: list[int] = []
    reading = database.reading
    monkeypatch.setattr(database, "reading", lambda: reads.append(1) or reading())
    monkeypatch.setattr(database, "writing", None)
    assert rig.office.press.version(rig.event) == version
    assert len(reads) == 1


def test_lease_is_48_hours_after_the_end_or_as_the_organizer_says(rig: Rig) -> None:
    first = rig.manifest()
    assert first.lease_until_ms == first.policy.ends_ms + LEASE_AFTER_END_MS
    rig.office.extend_lease(rig.event, first.policy.ends_ms + 5)
    assert rig.manifest().lease_until_ms == first.policy.ends_ms + 5
    with pytest.raises(EventWrong):
        rig.office.extend_lease(rig.event, first.policy.ends_ms - 1)


# --- lists --------------------------------------------------------------------------------------------------------


def test_the_list_of_people_follows_a_ticket_that_is_issued_anew(rig: Rig) -> None:
    """A door judges whom it finds by name by what the list says of the ticket."""
    row = ShopRow(0, "A-1", cls="Standard", name="Ana Müller", order="O-7")
    made = rig.office.put_ticket(rig.event, "shop", row)
    assert made.tid is not None  # type: ignore[union-attr]
    rig.manifest()
    (before,) = people_of(rig)
    assert (before[:4], before[7]) == ([made.tid.hex(), "Ana Müller", "O-7", 0], "A-1")  # type: ignore[union-attr]
    rig.office.reissue_ticket(rig.event, TicketHandle(made.tid))  # type: ignore[union-attr]
    rig.manifest()
    (after,) = people_of(rig)
    assert after[3] == 1


def test_each_list_holds_what_its_table_says(rig: Rig) -> None:
    rig.put_tickets(TIDS)
    rig.sells_elsewhere()
    rig.put_codes({f"S-{tid.hex()}": tid for tid in TIDS})
    rig.put_people({TIDS[1]: "Ana Müller", TIDS[0]: "<b>Bo</b>"})
    rig.redeem(TIDS[3], 1, NOW + 5)
    rig.redeem(TIDS[3], 2, NOW + 9)
    rig.redeem(TIDS[2], 1, NOW + 1)
    rig.stale("legacy", "attendees", "used")
    rig.deny({TIDS[5]: 256, TIDS[4]: 2})
    legacy, used, deny = (rig.records(kind) for kind in (Kind.LEGACY, Kind.USED, Kind.DENY))
    assert legacy.count == len(TIDS)
    record = legacy.find(rig.digest(f"S-{TIDS[7].hex()}"))
    assert record is not None
    assert listed_of(record) == Listed(TicketHandle(TIDS[7]), 0, 1, NOW // 1000 - 9, NOW // 1000 + 9)
    assert [row[:8] for row in used] == [TIDS[2], TIDS[3]]
    device = tag_of("0" * 31 + "7")
    assert used_of(used.find(TIDS[3]) or b"") == Used(2, False, NOW + 5, tag_of(NORTH), device)
    assert [(row[:8], denial_of(row).min_gen) for row in deny] == [(TIDS[4], 2), (TIDS[5], 256)]
    terms = [0, 1, NOW // 1000 - 9, NOW // 1000 + 9, None]
    assert people_of(rig) == [
        [TIDS[0].hex(), "<b>Bo</b>", None, *terms],
        [TIDS[1].hex(), "Ana Müller", None, *terms],
    ]
    assert rig.segment("attendees").count == 2
    assert rig.said(f"S-{TIDS[7].hex()}") is None
    assert rig.said(f"S-{TIDS[5].hex()}") is Outcome.REVOKED
    assert rig.said("S-nobody") is Outcome.UNLISTED


def test_lists_longer_than_a_page_are_whole(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ledger.lists.PAGE_ROWS", 7)
    rig.put_tickets(TIDS)
    for tid in TIDS:
        for number in (1, 2, 3):
            rig.redeem(tid, number)
    rig.deny(dict.fromkeys(TIDS[:21], 256))
    assert rig.records(Kind.DENY).count == 21
    assert [used_of(row).entries for row in rig.records(Kind.USED)] == [3] * len(TIDS)


@pytest.fixture(scope="module")
def long_rig(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One event for many nights."""
    with opened_rig(None, tmp_path_factory.mktemp("deltas")) as opened:
        opened.put_tickets(TIDS)
        yield opened


_DENIED = st.dictionaries(st.sampled_from(TIDS), st.integers(1, 256), max_size=len(TIDS))


@settings(max_examples=25)
@given(nights=st.lists(_DENIED, min_size=2, max_size=4))
def test_differences_bring_a_held_list_to_the_new_one(long_rig: Rig, nights: list[dict[bytes, int]]) -> None:
    rig, held = long_rig, None
    for denied in nights:
        rig.deny(denied)
        records = rig.records(Kind.DENY, held)
        assert {row[:8]: denial_of(row).min_gen for row in records} == denied
        held = (rig.segment("deny"), records)


def test_small_changes_travel_as_differences_until_there_are_many(tmp_path: Path) -> None:
    with opened_rig(None, tmp_path) as rig:
        rig.put_tickets(TIDS)
        rig.deny(dict.fromkeys(TIDS, 256))
        rig.manifest()
        seen = []
        for number in range(MOST_DELTAS + 2):
            rig.deny(dict.fromkeys(TIDS, 256) | {TIDS[number]: 9})
            row = rig.segment("deny")
            seen.append((row.base.sha256, len(row.deltas)))
        bases = [base for base, _ in seen]
        assert [count for _, count in seen] == [*range(1, MOST_DELTAS + 1), 0, 1]
        assert len(set(bases[:MOST_DELTAS])) == 1
        assert bases[MOST_DELTAS] != bases[0]
        rig.deny({})  # a difference as long as the list is a base
        assert (rig.segment("deny").count, rig.segment("deny").deltas) == (0, [])


def test_what_did_not_change_is_not_read_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = SegmentBook._make

    def noted(book: SegmentBook, event: Any, kind: str, *args: Any) -> Any:
        made.append(kind)
        return make(book, event, kind, *args)

    monkeypatch.setattr(SegmentBook, "_make", noted)
    rig.manifest()
    assert made == ["allow", "deny", "used", "attendees"]
    made.clear()
    rig.stale()
    rig.manifest()
    assert made == []
    rig.stale("deny")
    rig.manifest()
    assert made == ["deny"]


def test_used_tickets_are_told_every_20_seconds_while_guests_come(home: tuple[str | None, Path], rig: Rig) -> None:
    rig.put_tickets(TIDS)
    with open_ledger(*home, now_ms=lambda: rig.now[0]) as other:
        first = rig.manifest()
        rig.now[0] += USED_EVERY_MS
        assert rig.manifest() == first  # nobody came
        rig.redeem(TIDS[0])
        rig.now[0] += USED_EVERY_MS
        second = rig.manifest()
        assert (second.version, rig.segment("used").count) == (first.version + 1, 1)
        rig.redeem(TIDS[1])
        rig.now[0] += USED_EVERY_MS - 1
        assert rig.manifest() == other.manifest_of(rig.event) == second  # too soon, for either server
        rig.now[0] += USED_EVERY_MS
        third = other.manifest_of(rig.event)
        assert third == rig.manifest()
        assert (third.version, rig.segment("used").count) == (second.version + 1, 2)
        assert next(row for row in third.segments if row.kind == "used").as_of_ms == rig.now[0]


def test_a_kiosk_without_keys_gets_the_digests_of_all_tickets(rig: Rig) -> None:
    texts = rig.issue(3)
    assert rig.segment("allow").count == 0
    reply = enrolled(rig.office, rig.event, NORTH, profile=VerifyProfile.LIST)
    digests = {parse(text).digest for text in texts}
    assert set(rig.records(Kind.ALLOW)) == digests
    texts += rig.issue(2)
    assert set(rig.records(Kind.ALLOW)) == {parse(text).digest for text in texts}
    rig.office.cancel_ticket(rig.event, parse(texts[0]).claims.tid)
    assert rig.segment("allow").count == 5  # the deny list says why
    rig.office.revoke_device(rig.event, device_of(reply))
    assert rig.segment("allow").count == 0


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_tickets_from_before_digests_were_kept_are_listed_too(tmp_path: Path, algorithm: Algorithm) -> None:
    with opened_rig(None, tmp_path, algorithm) as rig:
        (key,) = rig.keys
        claims = parse(rig.never_issued(key)).claims
        rig.put_tickets([claims.tid], kid=key.kid)
        rig.state(key, KeyState.LISTED_ONLY)
        assert rig.said(rig.never_issued(key)) is None


# --- files --------------------------------------------------------------------------------------------------------


def _files(rig: Rig) -> dict[str, int]:
    with rig.office._database.reading() as connection:
        rows = connection.execute(
            select(segment_parts.c.sha256, func.count())
            .where(segment_parts.c.event_id == rig.event)
            .group_by(segment_parts.c.sha256)
        )
        return {sha256.hex(): count for sha256, count in rows}


def test_files_come_in_parts_and_go_when_nobody_names_them(rig: Rig) -> None:
    many = [number.to_bytes(8) for number in range(1, 12_001)]
    rig.sells_elsewhere()
    for start in range(0, len(many), 1_000):
        piece = many[start : start + 1_000]
        rig.put_tickets(piece)
        rig.put_codes({f"S-{tid.hex()}": tid for tid in piece})
    rig.stale("legacy")
    old = rig.segment("legacy").base
    assert _files(rig)[old.sha256] == -(-old.bytes // PART_BYTES) == 2
    body = rig.file(old.sha256)
    found = rig.office.press.find_file(rig.event, bytes.fromhex(old.sha256))
    assert found is not None
    for start in (0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, old.bytes - 1, old.bytes):
        assert b"".join(rig.office.press.file(rig.event, found, start)) == body[start:]
    rig.do(delete(codes).where(codes.c.event_id == rig.event))
    rig.stale("legacy")
    for _ in range(3):  # the newest three name it no more
        rig.stale()
        rig.manifest()
    rig.now[0] += SWEEP_EVERY_MS  # seen unnamed
    rig.stale()
    rig.manifest()
    rig.now[0] += SPARED_MS - 1
    rig.stale()
    rig.manifest()
    assert old.sha256 in _files(rig)
    rig.now[0] += SWEEP_EVERY_MS
    rig.stale()
    rig.manifest()
    assert old.sha256 not in _files(rig)
    named = {file.sha256 for row in rig.manifest().segments for file in (row.base, *row.deltas)}
    assert named <= set(_files(rig))


def test_a_lost_file_is_made_again(rig: Rig) -> None:
    rig.put_tickets(TIDS)
    rig.deny(dict.fromkeys(TIDS, 256))
    lost = rig.segment("deny").base
    rig.do(delete(segment_parts).where(segment_parts.c.event_id == rig.event))
    assert rig.office.press.find_file(rig.event, bytes.fromhex(lost.sha256)) is None
    rig.stale()
    assert rig.records(Kind.DENY).count == len(TIDS)


# --- whom a secret is for -----------------------------------------------------------------------------------------


def test_a_sealed_box_opens_for_its_device_alone_and_holds_what_its_profile_may_have(rig: Rig) -> None:
    rig.rotate(Algorithm.ED25519)
    rig.office._database.transact(lambda c: rig.book.put_adapter_key(c, rig.event, "shop", b"a shop's own secret"))
    ids = {profile: enrolled(rig.office, rig.event, NORTH, profile.value, profile).device for profile in VerifyProfile}
    mac, other, sig = (rig.opened(profile.value, ids[profile]) for profile in VerifyProfile)
    hmac, signed = rig.keys
    assert mac is not None
    assert mac.mac == {hmac.kid: hmac.verifying}  # no private key, no public one
    assert mac.rotating == {hmac.kid: hmac.rotating, signed.kid: signed.rotating}
    assert mac.adapters == {"shop": b"a shop's own secret"}
    assert other == sig
    assert other is not None
    assert (other.mac, other.rotating, other.adapters) == ({}, {}, {})
    assert (other.legacy, other.attendees) == (rig.book.legacy_key(rig.event), rig.book.attendees_key(rig.event))
    assert rig.opened("sig", ids[VerifyProfile.MAC]) is None


def test_a_box_is_of_one_version(rig: Rig) -> None:
    device = enrolled(rig.office, rig.event, NORTH).device
    boxes = [next(row.sealed for row in rig.manifest().devices if row.id == device) for _ in range(2)]
    rig.stale()
    newer = next(row.sealed for row in rig.manifest().devices if row.id == device)
    assert boxes[0] == boxes[1] != newer


def test_only_active_devices_are_told_secrets(rig: Rig) -> None:
    waiting = pending(rig.office, rig.event, NORTH)
    state = lambda: [(row.state, bool(row.sealed)) for row in rig.manifest().devices]  # noqa: E731
    assert state() in ([("pending", False)], [])
    confirm(rig.office, rig.event, waiting)
    assert state() == [("active", True)]
    rig.office.revoke_device(rig.event, device_of(waiting))
    assert state() == [("revoked", False)]


@pytest.mark.slow  # thousands of needles in a folder
def test_a_copied_folder_holds_no_secret(rig: Rig, tmp_path: Path) -> None:  # G27
    rig.sells_elsewhere()
    rig.put_tickets(TIDS)
    rig.put_codes({f"S-{tid.hex()}": tid for tid in TIDS})
    rig.put_people({TIDS[0]: "Wilhelmina Somebody"})
    rig.rotate(Algorithm.ED25519)
    rig.office._database.transact(lambda c: rig.book.put_adapter_key(c, rig.event, "shop", b"a shop's own secret"))
    for profile in VerifyProfile:
        enrolled(rig.office, rig.event, NORTH, profile.value, profile)
    rig.stale("legacy", "attendees")
    published = rig.office.press.published(rig.event)
    folder = tmp_path / "stick"
    _export(rig, published, folder)
    hmac, signed = rig.keys
    secrets = {
        "mac key": hmac.verifying,
        "rotating key": signed.rotating,
        "ticket key": rig.book.signer(signed).signing,
        "legacy key": rig.book.legacy_key(rig.event),
        "attendees key": rig.book.attendees_key(rig.event),
        "root key": rig.office.roots.root_private,
        "server key": rig.office.roots.server_private,
        "shop's key": b"a shop's own secret",
        "a name": b"Wilhelmina",
    }
    assert traces(folder, secrets) == []
    told = rig.opened("mac", next(row.id for row in published.manifest.devices if row.profile == "mac"))
    assert told is not None
    _unpack_boxes(folder, [base64.b64encode(secrets_to_json(told)).decode()])  # the defect: not sealed
    assert {line.split(": ")[1].partition(" (")[0] for line in traces(folder, secrets)} >= {"mac key", "legacy key"}


def _export(rig: Rig, published: Published, folder: Path) -> None:
    (folder / "files").mkdir(parents=True)
    (folder / "manifest.json").write_bytes(published.body)
    (folder / "manifest.sig").write_text(published.signature.hex())
    for row in published.manifest.segments:
        for file in (row.base, *row.deltas):
            (folder / "files" / file.sha256).write_bytes(rig.file(file.sha256))
    _unpack_boxes(folder, [row.sealed for row in published.manifest.devices])


def _unpack_boxes(folder: Path, boxes: list[str]) -> None:
    """What a thief does first: the base64 of the sealed boxes undone."""
    (folder / "boxes").write_bytes(b"".join(map(base64.b64decode, boxes)))


def test_a_public_key_of_small_order_gets_no_box_and_stops_nobody(rig: Rig) -> None:
    enrolled(rig.office, rig.event, NORTH)
    rig.do(update(devices).where(devices.c.event_id == rig.event).values(sealing_key=bytes(32)))
    rig.stale()
    assert [row.sealed for row in rig.manifest().devices] == [""]


# --- under load ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_versions_only_rise_while_everything_changes_at_once(home: tuple[str | None, Path], rig: Rig) -> None:
    rig.put_tickets(TIDS)
    with open_ledger(*home, now_ms=lambda: NOW) as other:
        told: dict[int, set[bytes]] = {}
        lock = threading.Lock()

        def ask(press: Press) -> Callable[[int], None]:
            def work(_: int) -> None:
                published = press.published(rig.event)
                with lock:
                    told.setdefault(published.version, set()).add(published.body)

            return work

        with ThreadPoolExecutor(6) as pool:
            done = [pool.submit(ask(office.press), n) for n in range(20) for office in (rig.office, other)]
            done.append(pool.submit(lambda: [rig.deny({TIDS[n]: 256}) for n in range(10)]))
            for each in done:
                each.result(60)
    assert all(len(bodies) == 1 for bodies in told.values())
    assert rig.records(Kind.DENY) == deny(rig.office._database, rig.event)
    with rig.office._database.reading() as connection:
        kept = connection.execute(select(func.count()).where(manifests.c.event_id == rig.event)).scalar_one()
    assert kept <= KEPT_MANIFESTS


def test_the_last_piece_of_an_import_is_listed_though_it_raised_no_version(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.sells_elsewhere()
    rig.put_tickets(TIDS[:2])
    rig.put_codes({"S-1": TIDS[0]})
    rig.stale("legacy")
    make = SegmentBook.made

    def interrupted(*args: Any, **named: Any) -> Any:
        found = make(*args, **named)
        monkeypatch.setattr(SegmentBook, "made", make)
        rig.put_codes({"S-2": TIDS[1]})
        database = rig.office._database
        database.transact(lambda connection: mark_stale(database.profile, connection, rig.event, "legacy"))
        return found

    monkeypatch.setattr(SegmentBook, "made", interrupted)
    assert rig.segment("legacy").count == 1  # the control: this list was read before the last piece came
    rig.stale()  # the import's end names no list
    assert rig.segment("legacy").count == 2


def test_facts_are_counted_while_no_scan_waits(rig: Rig) -> None:
    rig.put_tickets(TIDS[:1])
    first = rig.manifest()
    rig.redeem(TIDS[0])
    rig.now[0] += USED_EVERY_MS
    held: list[str] = []

    @event.listens_for(rig.office._database._engine, "before_cursor_execute")
    def noted(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if connection.get_execution_options().get("writes"):
            held.append(statement)

    second = rig.manifest()
    event.remove(rig.office._database._engine, "before_cursor_execute", noted)
    assert second.version == first.version + 1
    assert any("manifest_version" in statement for statement in held)  # the control: a writer was at work
    assert [statement for statement in held if "FROM facts" in statement or "FROM redemptions" in statement] == []

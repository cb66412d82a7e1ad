"""The manifest's way into force: what is asked, what is kept, what is erased, and what a door is told of it."""

import base64
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.device.vault import FileVault
from app.net.gate_client import Received, Sink
from app.runtime import keeper as keepers
from app.runtime.keeper import PAUSE_MS
from app.runtime.manifest_files import SLICE_MS
from core.model.ids import GateId
from core.model.moments import ClockQuality
from core.model.outcomes import Outcome
from core.sync.adoption import Lease, Objection
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Link, Trouble
from core.sync.messages import SegmentRow
from core.ticket import seal
from core.ticket.keyring import VerifyProfile
from core.ticket.lists import Used
from core.ticket.segments import Kind, difference, packed, tag_of
from core.ticket.verify import Barred
from tests.support.door import (
    DEVICE,
    END_S,
    EVENT,
    KID,
    MAC,
    NOON_MS,
    SEALING_PRIVATE,
    SECOND_DEVICE,
    SECRETS,
    SUMMER_NIGHT,
    HandClock,
    Signed,
    device_row,
    digest,
    lists,
    manifest,
    segment,
    sign,
    signed,
    ticket,
    tid,
)
from tests.support.manifests import ManifestReply, ManifestServer, Rig, Source
from tests.support.scripted_server import Reply
from tests.support.stolen_disk import traces

LEASE_END_MS = (END_S + 172_800) * 1000
ONE = lists(allowed=[digest(ticket(1))])
TWO = lists(allowed=[digest(ticket(1)), digest(ticket(2))])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Rig(tmp_path)) as made:
        yield made


@pytest.fixture
def clock(rig: Rig) -> HandClock:
    assert isinstance(rig.clock, HandClock)
    return rig.clock


def test_a_kiosk_without_a_manifest_is_barred(rig: Rig) -> None:
    assert rig.keeper.load() is None
    assert rig.box.trust == Barred(Outcome.SNAPSHOT_EXPIRED)
    assert (rig.box.version, rig.box.fetched_ms, rig.box.holding) == (0, None, None)
    assert rig.box.lease(rig.clock.now()) is Lease.OVER


def test_a_fresh_manifest_is_in_force_and_survives_a_restart(rig: Rig, tmp_path: Path) -> None:
    source = Source(signed(4, ONE))
    assert rig.keeper.refresh(source) is None
    assert source.held == [None]
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert (again.box.version, again.box.fetched_ms) == (4, NOON_MS)
        assert again.trust.event == SUMMER_NIGHT
        assert again.trust.keyring[KID].verifying == MAC
        assert again.trust.lists.allows(digest(ticket(1)))


def test_no_secret_lies_in_the_database(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    rig.close()
    secrets = {"mac": MAC, "rotating": SECRETS.rotating[KID], "sealing key": SEALING_PRIVATE}
    assert {found.split(":")[0] for found in traces(tmp_path, secrets)} == {"sealing-key"}, "the vault's file alone"


def test_an_unchanged_manifest_is_young_again(rig: Rig, clock: HandClock) -> None:
    source = Source(signed(4))
    rig.keeper.refresh(source)
    clock.advance(999)
    assert rig.box.age_ms(clock.now()) == 999
    rig.keeper.refresh(source)
    assert source.held == [None, 4]
    assert rig.box.age_ms(clock.now()) == 0


def test_that_it_was_still_the_newest_is_known_after_a_restart(rig: Rig, clock: HandClock, tmp_path: Path) -> None:
    source = Source(signed(4))
    rig.keeper.refresh(source)
    clock.advance(keepers.CONFIRM_EVERY_MS)
    rig.keeper.refresh(source)
    with closing(Rig(tmp_path, clock=clock)) as again:
        again.keeper.load()
        assert again.box.age_ms(clock.now()) == 0


@pytest.mark.parametrize("reply", [Later(Trouble.UNREACHABLE), Rejected(404, "unknown")])
def test_without_an_answer_the_old_one_stays_and_ages(rig: Rig, clock: HandClock, reply: ManifestReply) -> None:
    rig.keeper.refresh(Source(signed(4)))
    clock.advance(999)
    rig.keeper.refresh(Source(reply))
    assert (rig.box.version, rig.box.age_ms(clock.now())) == (4, 999)
    assert rig.trust


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Rejected(401, "device_revoked"), Outcome.DEVICE_REVOKED),
        (Rejected(403, "not_confirmed"), Outcome.NOT_AUTHORISED),
        (Rejected(403, "not_authorised"), Outcome.NOT_AUTHORISED),
    ],
)
def test_a_kiosk_that_lost_its_rights_is_barred_until_it_has_them_back(
    rig: Rig, reply: ManifestReply, outcome: Outcome
) -> None:
    source = Source(signed(4))
    rig.keeper.refresh(source)
    rig.keeper.refresh(Source(reply))
    assert rig.box.trust == Barred(outcome)
    rig.keeper.refresh(source)
    assert source.held == [None, 4], "nothing is sent twice"
    assert rig.trust


REVOKED = Source(Rejected(401, "device_revoked"))
SILENT = Source(Later(Trouble.UNREACHABLE))


def test_a_revocation_outlives_a_restart_without_network(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    rig.keeper.refresh(REVOKED)
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)
        again.keeper.refresh(SILENT)
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)


def test_a_revoked_kiosk_that_never_had_a_manifest_says_so_after_a_restart(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(REVOKED)
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("is_stick", [False, True])
def test_a_manifest_that_is_accepted_ends_a_revocation(
    rig: Rig, tmp_path: Path, version: int, *, is_stick: bool
) -> None:
    """It came over plain HTTP, from whoever was there; the organizer's signature outweighs it."""
    rig.keeper.refresh(Source(signed(4)))
    rig.keeper.refresh(REVOKED)
    with closing(Rig(tmp_path)) as again:
        again.keeper.load()
        source = Source(signed(version))
        assert (again.keeper.take_from(source) if is_stick else again.keeper.refresh(source)) is None
        assert again.trust
    with closing(Rig(tmp_path)) as once_more:
        once_more.keeper.load()
        assert once_more.box.version == version
        assert once_more.trust


def test_a_manifest_that_is_refused_leaves_a_revocation(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4)))
    rig.keeper.refresh(REVOKED)
    assert rig.keeper.take_from(Source(signed(3))) is Objection.OLDER
    with closing(Rig(tmp_path)) as again:
        again.keeper.load()
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)


def test_a_missing_right_is_asked_for_anew_after_a_restart(rig: Rig, tmp_path: Path) -> None:
    """Control: only a revocation is remembered."""
    rig.keeper.refresh(Source(signed(4)))
    rig.keeper.refresh(Source(Rejected(403, "not_confirmed")))
    with closing(Rig(tmp_path)) as again:
        again.keeper.load()
        assert again.trust


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 451])
def test_a_portal_or_a_proxy_that_refuses_bars_nobody(tmp_path: Path, status: int) -> None:
    """Whoever sits in between says no, in HTML; only our server's own problems take rights away."""
    with ManifestServer(signed(4, ONE)) as server, closing(Rig(tmp_path, server.url)) as rig:
        rig.refresh()
        server.treat = lambda *_: Reply(status, b"<html>Welcome! Please sign in.</html>")
        assert rig.refresh() is None
        assert rig.trust.lists.allows(digest(ticket(1)))
        assert (rig.link.health.link, rig.link.health.trouble) == (Link.DEGRADED, Trouble.REFUSED)


def test_another_problem_of_our_server_bars_nobody(rig: Rig) -> None:
    rig.keeper.refresh(Source(signed(4)))
    rig.keeper.refresh(Source(Rejected(403, "outside_of_hours")))
    assert rig.trust


# --- what this device is trusted with -----------------------------------------------------------------------------


@pytest.mark.parametrize("profile", list(VerifyProfile))
def test_the_manifest_says_how_much_this_kiosk_is_trusted_with(rig: Rig, profile: VerifyProfile) -> None:
    rig.keeper.refresh(Source(signed(4, devices=[device_row(4, profile=profile)])))
    assert rig.trust.profile is profile


def test_a_signed_word_that_this_device_is_revoked_erases_its_keys(rig: Rig, tmp_path: Path) -> None:
    """By file too: a stick with a newer manifest bars a kiosk that has no network."""
    rig.keeper.refresh(Source(signed(4, ONE)))
    rig.keeper.refresh(Source(signed(5, devices=[device_row(5, state="revoked")])))
    assert rig.box.trust == Barred(Outcome.DEVICE_REVOKED)
    assert rig.store.manifest(EVENT) is None
    with closing(Rig(tmp_path)) as again:
        again.keeper.load()
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)
        assert again.keeper.refresh(Source(signed(4, ONE))) is Objection.OLDER
        assert again.box.trust == Barred(Outcome.DEVICE_REVOKED)
        assert again.keeper.refresh(Source(signed(6, ONE))) is None
        assert again.trust


def test_a_sealed_box_opens_for_its_device_alone(tmp_path: Path) -> None:
    """The manifest is the same for all; another kiosk's keys are no use to this one."""
    with closing(Rig(tmp_path, device=SECOND_DEVICE)) as rig:
        assert rig.keeper.refresh(Source(signed(4))) is Objection.NO_KEYS_FOR_THIS_DEVICE
        assert rig.box.trust == Barred(Outcome.NOT_AUTHORISED)


def test_without_its_sealing_key_a_kiosk_is_barred_and_says_so(rig: Rig, tmp_path: Path) -> None:  # G6
    FileVault(tmp_path / "vault").delete("sealing-key")
    assert rig.keeper.refresh(Source(signed(4))) is Objection.NO_KEYS_FOR_THIS_DEVICE
    assert rig.box.objection is Objection.NO_KEYS_FOR_THIS_DEVICE
    assert rig.box.trust == Barred(Outcome.NOT_AUTHORISED)


# --- what is fetched ----------------------------------------------------------------------------------------------


def test_only_what_is_missing_is_fetched(rig: Rig) -> None:
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    first = set(source.fetched)
    source.current = signed(5, ONE, tickets=301)
    rig.keeper.refresh(source)
    assert rig.box.version == 5
    assert set(source.fetched) == first == {ONE.allow.sha256.hex()}, "an empty file is not asked for at all"


def test_a_delta_alone_turns_the_held_list_into_the_new_one(rig: Rig) -> None:  # A23
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    source.fetched.clear()
    change = difference(ONE.allow, TWO.allow)
    source.current = with_rows(5, segment(TWO.allow, base=ONE.allow.body, deltas=[change]), change)
    rig.keeper.refresh(source)
    assert source.fetched == [seal.sha256(change).hex()]
    assert rig.trust.lists.allows(digest(ticket(2)))


def test_a_base_of_what_is_in_memory_needs_no_download(rig: Rig, tmp_path: Path) -> None:
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    change = difference(ONE.allow, TWO.allow)
    source.current = with_rows(5, segment(TWO.allow, base=ONE.allow.body, deltas=[change]), change)
    rig.keeper.refresh(source)
    source.fetched.clear()
    source.current = signed(6, TWO)  # the server has swept its delta up
    rig.keeper.refresh(source)
    assert source.fetched == []
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.trust.lists.allows(digest(ticket(2)))


def test_files_that_no_manifest_names_are_forgotten(rig: Rig) -> None:
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    source.current = signed(5, TWO)
    rig.keeper.refresh(source)
    assert rig.store.bytes_held(ONE.allow.sha256) == 0
    assert rig.store.bytes_held(TWO.allow.sha256) == len(TWO.allow.body)


def test_a_list_of_a_kind_from_the_future_is_left_where_it_is(rig: Rig) -> None:
    known = manifest(4, ONE)
    future = segment(packed(Kind.ALLOW, [bytes(16)]))
    row = replace(future, kind="faces")
    source = Source(sign(manifest(4, ONE, segments=[*known.segments, row]), [ONE.allow.body, b""]))
    assert rig.keeper.refresh(source) is None
    assert rig.box.version == 4


def test_a_damaged_file_on_disk_is_fetched_anew(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    rig.store.put(ONE.allow.sha256, bytes(16))
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is Objection.LIST_MISSING
        assert isinstance(again.box.trust, Barred)
        assert isinstance(again.clock, HandClock)
        again.clock.advance(PAUSE_MS)
        assert again.keeper.refresh(Source(signed(4, ONE))) is None
        assert again.trust.lists.allows(digest(ticket(1)))


def test_a_refused_version_is_not_sent_again_for_a_while(rig: Rig, clock: HandClock) -> None:
    """A list that the server has wrong must not be fetched every five seconds by every kiosk."""
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    source.current = with_rows(5, replace(segment(TWO.allow), sha256="00" * 32), TWO.allow.body)
    assert rig.keeper.refresh(source) is Objection.LIST_DIFFERS
    assert rig.keeper.refresh(source) is None
    assert source.held == [None, 4, 5]
    assert rig.box.objection is Objection.LIST_DIFFERS, "and the window goes on saying so"
    clock.advance(PAUSE_MS)
    rig.keeper.refresh(source)
    assert source.held[-1] == 4
    source.current = signed(6, TWO)
    assert rig.keeper.refresh(source) is None
    assert (rig.box.version, rig.box.objection) == (6, None)


def test_a_long_download_gives_the_queue_its_turn(rig: Rig, clock: HandClock) -> None:
    class Slow(Source):
        """Each piece takes as long as a refresh may."""

        def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
            self.fetched.append(f"{offset}")
            clock.advance(SLICE_MS)
            body = self.files[sha256][offset : offset + min(most, 10)]
            return Done(Received(len(body), is_end=sink(body)), 1)

    source = Slow(signed(4, TWO))
    rounds = 0
    while rig.box.version == 0 and rounds < 10:
        assert rig.keeper.refresh(source) is None
        rounds += 1
        assert rig.keeper.is_unfinished == (rig.box.version == 0)
    assert source.fetched == ["0", "10", "20", "30"]
    assert rig.progress[-1] == (32, 32)


def test_a_stopped_download_keeps_what_has_come(rig: Rig) -> None:
    class Stopping(Source):
        """The kiosk is closed while the first piece comes."""

        def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
            rig.keeper.stop()
            return Done(Received(10, is_end=sink(self.files[sha256][offset : offset + 10])), 1)

    rig.keeper.refresh(Stopping(signed(4, ONE)))
    assert rig.keeper.is_unfinished
    assert rig.store.bytes_held(ONE.allow.sha256) == 10


def test_two_programs_on_one_folder_never_mix_their_bytes(rig: Rig, tmp_path: Path) -> None:
    """`manifest load` while the kiosk fetches: whoever comes second to a byte stops."""
    with closing(Rig(tmp_path)) as other:

        class Meddled(Source):
            """The other program takes the manifest while this one's first file comes."""

            def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
                other.keeper.take_from(Source(signed(4, ONE)))
                return super().file(sha256, offset, sink, most)

        rig.keeper.refresh(Meddled(signed(4, ONE)))
        assert other.box.version == 4
        assert rig.store.hash_of(ONE.allow.sha256) == ONE.allow.sha256
        rig.keeper.refresh(Source(Later(Trouble.UNREACHABLE)))
        assert rig.box.version == 4, "what another program took is noticed, network or not"


def test_an_older_manifest_of_another_program_is_refused_at_the_last_moment(rig: Rig, tmp_path: Path) -> None:
    with closing(Rig(tmp_path)) as other:

        class Overtaken(Source):
            """While this one's file comes, the other program takes a newer manifest."""

            def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
                other.keeper.take_from(Source(signed(6, TWO)))
                self.files |= signed(5, ONE).files
                return super().file(sha256, offset, sink, most)

        assert rig.keeper.refresh(Overtaken(signed(5, ONE))) is Objection.OLDER
        held = rig.store.held(EVENT)
        assert held is not None
        assert held.version == 6


def with_rows(version: int, row: SegmentRow, *files: bytes) -> Signed:
    """The manifest with this row in place of the allow list's."""
    others = [each for each in manifest(version).segments if each.kind != "allow"]
    return sign(manifest(version, segments=[row, *others]), [*files, b""])


# --- what a door is told ------------------------------------------------------------------------------------------


def test_i_hold_two_of_two(rig: Rig) -> None:
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    assert (rig.box.holding.listed, rig.box.holding.declared) == (1, 1)  # type: ignore[union-attr]
    source.current = signed(5, TWO)
    source.file = lambda *_: Later(Trouble.UNREACHABLE)  # type: ignore[method-assign]
    rig.keeper.refresh(source)
    assert (rig.box.holding.listed, rig.box.holding.declared) == (1, 2)  # type: ignore[union-attr]
    assert rig.link.health.link is Link.DEGRADED
    del source.file
    rig.keeper.refresh(source)
    assert (rig.box.holding.listed, rig.box.holding.declared) == (2, 2)  # type: ignore[union-attr]


def test_where_a_key_proves_tickets_all_that_were_issued_are_held(rig: Rig) -> None:
    rig.keeper.refresh(Source(signed(4, tickets=41_203)))
    assert (rig.box.holding.listed, rig.box.holding.declared) == (41_203, 41_203)  # type: ignore[union-attr]


def test_other_doors_go_by_their_names(rig: Rig) -> None:
    uses = {tid(1): Used(1, is_inside=True, first_ms=NOON_MS, gate_tag=tag_of("south"), device_tag=b"who?")}
    rig.keeper.refresh(Source(signed(4, lists(uses=uses))))
    held = rig.box.in_force
    assert held.used_as_of_ms == NOON_MS
    assert held.names[tag_of("south")] == GateId("south")
    assert held.names[tag_of(SECOND_DEVICE.hex)] == "South 1"
    assert held.names[tag_of(DEVICE.hex)] == "North 1"


# --- the lease ----------------------------------------------------------------------------------------------------


def test_the_end_of_the_lease_erases_keys_and_lists(rig: Rig, clock: HandClock, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    box = base64.b64decode(signed(4, ONE).manifest.devices[0].sealed)
    clock.at_ms = LEASE_END_MS + clock.uncertainty_ms
    rig.keeper.check_lease()
    assert rig.trust, "not a moment too early"
    clock.advance(1)
    rig.keeper.check_lease()
    assert rig.box.trust == Barred(Outcome.SNAPSHOT_EXPIRED)
    assert rig.box.taken is None
    assert rig.store.held(EVENT) is not None
    rig.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("trust.db*"))
    assert ONE.allow.body not in stored
    assert b"North gate" not in stored
    assert base64.b64encode(box) not in stored


def test_a_lease_that_ended_while_the_kiosk_was_off_is_over_at_its_start(rig: Rig, tmp_path: Path) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    late = HandClock(at_ms=LEASE_END_MS + 60_000)
    with closing(Rig(tmp_path, clock=late)) as again:
        assert again.keeper.load() is Objection.LEASE_OVER
        assert again.box.trust == Barred(Outcome.SNAPSHOT_EXPIRED)
        assert again.store.manifest(EVENT) is None


@pytest.mark.parametrize(("quality", "is_erased"), [(each, each is not ClockQuality.SUSPECT) for each in ClockQuality])
def test_a_suspect_clock_ends_no_lease(rig: Rig, clock: HandClock, quality: ClockQuality, *, is_erased: bool) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    clock.at_ms, clock.quality = LEASE_END_MS + 10**9, quality
    rig.keeper.check_lease()
    assert (rig.store.manifest(EVENT) is None) == is_erased


def test_a_longer_lease_opens_the_door_again(rig: Rig, clock: HandClock) -> None:
    source = Source(signed(4, ONE))
    rig.keeper.refresh(source)
    clock.at_ms = LEASE_END_MS + 60_000
    assert rig.keeper.refresh(source) is Objection.LEASE_OVER
    assert isinstance(rig.box.trust, Barred)
    source.current = signed(5, ONE, lease_until_ms=LEASE_END_MS + 10**9)
    assert rig.keeper.refresh(source) is None
    assert rig.trust.lists.allows(digest(ticket(1)))


def test_the_lease_is_looked_at_before_a_server_that_does_not_answer(rig: Rig, clock: HandClock) -> None:
    rig.keeper.refresh(Source(signed(4, ONE)))
    clock.at_ms = LEASE_END_MS + 60_000
    rig.keeper.refresh(Source(Later(Trouble.UNREACHABLE)))
    assert rig.box.trust == Barred(Outcome.SNAPSHOT_EXPIRED)

"""A23: a manifest's way over a bad link: nothing is lost, nothing comes twice, and it counts only when it is whole."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.store.trust_store import PART_BYTES
from core.model.ids import CodeDigest
from core.sync.adoption import Objection
from core.ticket import seal
from core.ticket.segments import Records, difference
from tests.support.door import digest, lists, manifest, segment, sign, signed, ticket
from tests.support.manifests import ManifestServer, Rig
from tests.support.scripted_server import Question, Reply

MANY = 40_000
"""Digests: 640,000 bytes, three parts."""


def digests(first: int, count: int) -> list[CodeDigest]:
    return [CodeDigest(seal.sha256(number.to_bytes(8))[:16]) for number in range(first, first + count)]


BEFORE = lists(allowed=[*digests(0, MANY), digest(ticket(1))])
AFTER = lists(allowed=[*digests(0, MANY - 3), digest(ticket(1)), digest(ticket(2)), *digests(MANY, 10_000)])
CHANGE = difference(BEFORE.allow, AFTER.allow)
BASE = BEFORE.allow.sha256.hex()
DELTA = seal.sha256(CHANGE).hex()
FIRST = signed(1, BEFORE)
_ROW = segment(AFTER.allow, base=BEFORE.allow.body, deltas=[CHANGE])
SECOND = sign(
    manifest(2, AFTER, segments=[_ROW, *[row for row in manifest(2).segments if row.kind != "allow"]]),
    [BEFORE.allow.body, CHANGE, b""],
)


@pytest.fixture
def server() -> Iterator[ManifestServer]:
    with ManifestServer(FIRST) as made:
        yield made


@pytest.fixture
def rig(tmp_path: Path, server: ManifestServer) -> Iterator[Rig]:
    with closing(Rig(tmp_path, server.url)) as made:
        yield made


def cut_after(count: int) -> Callable[[Question, Reply], Reply]:
    """Bad Wi-Fi: each file's reply breaks off after so many bytes of it."""

    def treat(question: Question, reply: Reply) -> Reply:
        is_cut = "/files/" in question.path and len(reply.body) > count
        return Reply(reply.status, reply.body, reply.headers, cut_at=count) if is_cut else reply

    return treat


def until_whole(rig: Rig, version: int, most: int = 50) -> list[int]:
    """Refreshes until a version is in force; the versions in force after each refresh."""
    seen: list[int] = []
    while rig.box.version != version and len(seen) < most:
        assert rig.refresh() is None
        seen.append(rig.box.version)
    return seen


def test_a_full_download_comes_in_one_go(rig: Rig, server: ManifestServer) -> None:
    assert until_whole(rig, 1) == [1]
    assert server.asked_for_files() == [(BASE, 0)]
    assert rig.progress[0] == (0, len(BEFORE.allow.body))
    assert rig.progress[-1] == (len(BEFORE.allow.body), len(BEFORE.allow.body))
    assert [done for done, _ in rig.progress] == sorted(done for done, _ in rig.progress)


def test_a_download_that_breaks_once_goes_on_at_the_next_byte(rig: Rig, server: ManifestServer) -> None:
    server.treat = cut_after(300_001)
    assert rig.refresh() is None
    assert (rig.box.version, rig.keeper.is_unfinished) == (0, True)
    server.treat = lambda _, reply: reply
    until_whole(rig, 1)
    assert server.asked_for_files() == [(BASE, 0), (BASE, 300_001)]
    assert rig.trust.lists.allows(digest(ticket(1)))


def test_a_download_that_breaks_again_and_again_comes_to_its_end(rig: Rig, server: ManifestServer) -> None:
    server.treat = cut_after(70_000)
    seen = until_whole(rig, 1)
    assert set(seen[:-1]) == {0}, "the version moves only when all is there"
    size = len(BEFORE.allow.body)
    assert server.asked_for_files() == [(BASE, offset) for offset in range(0, size, 70_000)], "no byte comes twice"


def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path, server: ManifestServer) -> None:
    server.treat = cut_after(70_000)
    for expected in range(0, len(BEFORE.allow.body), 70_000):
        with closing(Rig(tmp_path, server.url)) as rig:
            rig.keeper.load()
            assert rig.box.version == 0
            rig.refresh()
            assert server.asked_for_files()[-1] == (BASE, expected)
    assert rig.box.version == 1


def test_a_power_cut_costs_at_most_one_part(tmp_path: Path, rig: Rig) -> None:
    """What is committed is there for whoever opens the file next; only the part on its way is not."""
    kept: list[int] = []

    def look() -> None:
        with closing(Rig(tmp_path)) as after_the_cut:
            kept.append(after_the_cut.store.bytes_held(BEFORE.allow.sha256))

    rig.progress = _Watching(look)
    until_whole(rig, 1)
    assert {0, PART_BYTES, 2 * PART_BYTES, len(BEFORE.allow.body)} <= set(kept)


class _Watching(list[tuple[int, int]]):
    """A list that calls back at each addition."""

    def __init__(self, told: Callable[[], None]) -> None:
        super().__init__()
        self._told = told

    def append(self, item: tuple[int, int]) -> None:
        super().append(item)
        self._told()


def test_a_delta_comes_alone(rig: Rig, server: ManifestServer) -> None:
    until_whole(rig, 1)
    server.publish(SECOND)
    until_whole(rig, 2)
    assert server.asked_for_files() == [(BASE, 0), (DELTA, 0)]
    assert rig.trust.lists == AFTER


def test_a_delta_that_breaks_leaves_the_old_list_in_force(rig: Rig, server: ManifestServer, tmp_path: Path) -> None:
    until_whole(rig, 1)
    server.publish(SECOND)
    server.treat = cut_after(40_000)
    seen = until_whole(rig, 2)
    assert set(seen[:-1]) == {1}
    assert len(seen) > 2
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.trust.lists == AFTER


def test_a_delta_that_is_missing_leaves_the_old_list_in_force_until_it_comes(
    rig: Rig, server: ManifestServer, tmp_path: Path
) -> None:
    until_whole(rig, 1)
    server.publish(SECOND)
    del server.files[DELTA]
    assert rig.refresh() is Objection.LIST_MISSING
    assert (rig.box.version, rig.trust.lists) == (1, BEFORE)
    with closing(Rig(tmp_path)) as again:
        assert again.keeper.load() is None
        assert again.box.version == 1
    server.publish(signed(3, AFTER))
    until_whole(rig, 3)
    assert rig.trust.lists == AFTER


def test_a_newer_version_in_the_middle_of_a_download_takes_over(rig: Rig, server: ManifestServer) -> None:
    server.treat = cut_after(300_000)
    rig.refresh()
    server.publish(SECOND)  # on the same base: what has come of it still counts
    server.treat = lambda _, reply: reply
    until_whole(rig, 2)
    assert server.asked_for_files() == [(BASE, 0), (BASE, 300_000), (DELTA, 0)]


def test_a_server_that_knows_no_ranges_is_borne_with(rig: Rig, server: ManifestServer) -> None:
    server.treat = cut_after(300_000)
    rig.refresh()

    def whole(question: Question, reply: Reply) -> Reply:
        return Reply(200, server.files[BASE]) if "/files/" in question.path else reply

    server.treat = whole
    until_whole(rig, 1)
    assert rig.trust.lists == BEFORE


def test_control_a_kiosk_that_forgets_its_parts_would_begin_anew(
    rig: Rig, server: ManifestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted defect: nothing of a broken download is kept. The test of resumption would see it."""
    append = rig.store.append

    def forgetful(name: bytes, offset: int, body: bytes) -> bool:
        return len(body) == PART_BYTES and append(name, offset, body)

    monkeypatch.setattr(rig.store, "append", forgetful)
    server.treat = cut_after(70_000)
    for _ in range(3):
        rig.refresh()
    assert server.asked_for_files() == [(BASE, 0)] * 3


def test_the_lists_of_the_test_differ_by_a_delta_worth_breaking() -> None:
    assert isinstance(AFTER.allow, Records)
    assert 80_000 < len(CHANGE) < len(BEFORE.allow.body) / 2

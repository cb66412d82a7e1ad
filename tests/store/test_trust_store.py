"""What is trusted, on a real file: whole, remembered, erased; and a journal that an older program made."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.store.database import DatabaseDamaged, StorageFailed, connect
from app.store.journal import Journal
from app.store.journal_file import LAYOUT
from app.store.trust_store import LAYOUT as TRUST_LAYOUT
from app.store.trust_store import PART_BYTES, Stored, TrustStore, open_trust
from core.sync.adoption import Held
from tests.support.door import EVENT, OTHER_EVENT, new_id, writer

KEY = bytes([5]) * 32
NAME, OTHER = bytes([1]) * 32, bytes([2]) * 32
FOURTH = Stored(b'{"version": 4}', "ab" * 64, bytes(32), 1_000)


def held(version: int, body: bytes = b"a") -> Held:
    return Held(version, body * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trust.db"


@pytest.fixture
def store(path: Path) -> Iterator[TrustStore]:
    with closing(TrustStore(path)) as made:
        yield made


def test_a_new_store_holds_nothing(store: TrustStore) -> None:
    assert (store.manifest(EVENT), store.held(EVENT), store.server_key(EVENT)) == (None, None, None)
    assert store.bytes_held(NAME) == 0
    assert store.read(NAME) == b""


def test_a_manifest_is_there_after_a_restart_as_it_was_received(store: TrustStore, path: Path) -> None:
    assert store.save(EVENT, held(4), KEY, FOURTH)
    with closing(TrustStore(path)) as again:
        assert again.manifest(EVENT) == FOURTH
        assert again.held(EVENT) == held(4)
        assert again.manifest(OTHER_EVENT) is None


@pytest.mark.parametrize(
    ("newer", "is_taken"), [(held(5), True), (held(4), True), (held(4, b"b"), False), (held(3), False)]
)
def test_only_a_newer_one_or_the_same_takes_its_place(store: TrustStore, newer: Held, *, is_taken: bool) -> None:
    store.save(EVENT, held(4), KEY, FOURTH)
    fresh = Stored(b"{}", "cd" * 64, bytes(32), 2_000)
    assert store.save(EVENT, newer, KEY, fresh) is is_taken
    assert store.manifest(EVENT) == (fresh if is_taken else FOURTH)
    assert store.held(EVENT) == (newer if is_taken else held(4))


def test_what_was_erased_is_gone_from_the_disk_and_the_version_is_remembered(store: TrustStore, path: Path) -> None:
    secret = b"a sealed box of keys"
    store.save(EVENT, held(4), KEY, Stored(secret * 500, "ab" * 64, bytes(32), 1_000))
    store.append(NAME, 0, b"a list of digests" * 40_000)
    store.erase(EVENT)
    assert (store.manifest(EVENT), store.bytes_held(NAME)) == (None, 0)
    assert (store.held(EVENT), store.server_key(EVENT)) == (held(4), KEY)
    store.close()
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert secret not in stored
    assert b"a list of digests" not in stored


def test_control_a_plain_deletion_would_leave_it_on_the_disk(store: TrustStore, path: Path) -> None:
    store.append(NAME, 0, b"a list of digests" * 40_000)
    store._connection.execute("PRAGMA secure_delete = OFF")
    store._connection.execute("DELETE FROM parts")
    store.close()
    assert b"a list of digests" in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_a_revocation_is_remembered_until_it_is_taken_back(store: TrustStore, path: Path) -> None:
    assert not store.is_revoked(EVENT)
    store.revoke(EVENT)
    store.revoke(EVENT)
    store.erase(EVENT)
    with closing(TrustStore(path)) as again:
        assert (again.is_revoked(EVENT), again.is_revoked(OTHER_EVENT)) == (True, False)
        again.reinstate(OTHER_EVENT)
        assert again.is_revoked(EVENT)
        again.reinstate(EVENT)
    assert not store.is_revoked(EVENT)


def test_a_manifest_that_is_saved_ends_a_revocation_and_an_older_one_does_not(store: TrustStore) -> None:
    store.save(EVENT, held(4), KEY, FOURTH)
    store.revoke(EVENT)
    assert not store.save(EVENT, held(3), KEY, FOURTH)
    assert store.is_revoked(EVENT)
    assert store.save(EVENT, held(5), KEY, FOURTH)
    assert not store.is_revoked(EVENT)


def test_a_store_of_the_earlier_layout_goes_on(path: Path) -> None:
    with closing(connect(path, TRUST_LAYOUT[:1])) as old:
        old.execute("INSERT INTO held VALUES (?, 4, ?, ?)", (EVENT.bytes, b"a" * 32, KEY))
    with closing(TrustStore(path)) as store:
        assert store.held(EVENT) == held(4)
        assert not store.is_revoked(EVENT)


def test_parts_add_up_in_their_order(store: TrustStore, path: Path) -> None:
    assert store.append(NAME, 0, b"one ")
    assert store.append(NAME, 4, b"two ")
    assert not store.append(NAME, 4, b"late "), "another program was faster"
    assert store.append(NAME, 8, b"three")
    store.append(OTHER, 0, b"another file")
    with closing(TrustStore(path)) as again:
        assert again.read(NAME) == b"one two three"
        assert again.bytes_held(NAME) == 13


def test_a_whole_file_takes_the_place_of_its_parts(store: TrustStore) -> None:
    store.append(NAME, 0, b"half")
    body = bytes(range(256)) * 3_000
    store.put(NAME, body)
    assert store.read(NAME) == body
    assert len(body) > 2 * PART_BYTES


def test_only_what_is_named_is_kept(store: TrustStore) -> None:
    store.append(NAME, 0, b"kept")
    store.append(OTHER, 0, b"dropped")
    store.keep_only([NAME])
    assert (store.read(NAME), store.read(OTHER)) == (b"kept", b"")


def test_only_its_owner_can_read_it(store: TrustStore, path: Path) -> None:
    store.append(NAME, 0, b"kept")
    assert {oct(file.stat().st_mode & 0o077) for file in path.parent.iterdir()} == {"0o0"}


def test_a_damaged_file_is_a_storage_failure(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)
    with pytest.raises(StorageFailed):
        TrustStore(path)


def test_a_journal_of_the_earlier_layout_goes_on(tmp_path: Path) -> None:
    """It held the manifest too; its facts and its queue are as they were."""
    path = tmp_path / "kiosk.db"
    with closing(connect(path, LAYOUT[:1])) as old:
        old.execute("INSERT INTO manifests (event, version, body, fetched_ms) VALUES (x'00', 1, '{}', 1)")
        old.execute(
            "INSERT INTO facts (id, kind, event, device, incarnation, seq, ts, record, fingerprint, leg)"
            " VALUES (x'000102030405060708090a0b0c0d0e0f', 'scan', x'00', x'00', 1, 1, 1, x'7b7d', x'00', 'queued')"
        )
    with closing(Journal(path, writer(), new_id)) as journal:
        assert journal.queue_length() == 1
    with closing(sqlite3.connect(path)) as hand:
        names = {row[0] for row in hand.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {"facts", "losses", "epochs"}


def test_a_store_that_the_disk_has_damaged_is_set_aside_and_begun_anew(tmp_path: Path) -> None:  # G5
    """Without it the sync of a kiosk stood still for ever, though a server would give it all again."""
    path = tmp_path / "trust.db"
    with closing(open_trust(path)) as store:
        store.revoke(EVENT)
    for part in tmp_path.iterdir():
        part.write_bytes(b"no database at all" * 1000)
    with pytest.raises(DatabaseDamaged):
        TrustStore(path)
    with closing(open_trust(path)) as store:
        assert store.manifest(EVENT) is None
    assert (tmp_path / "trust.damaged-1.db").read_bytes().startswith(b"no database")

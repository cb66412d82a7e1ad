"""The window's memory: what it keeps and for whom, and that nothing that happens to its file reaches the window."""

import multiprocessing
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.store import panel_cache
from app.store.panel_cache import CACHE_FILE, Kept, PanelCache, Shelf
from core.model.moments import Millis

MINE = Shelf("https://door.example", "ana", "5a" * 16)
NOW_MS = 1_795_719_840_000
STATUS = {"admitted": 12, "by_gate": [{"name": "Süd", "admitted": 3}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / CACHE_FILE


@pytest.fixture
def cache(path: Path) -> Iterator[PanelCache]:
    with closing(PanelCache(path, lambda: NOW_MS)) as opened:
        yield opened


def put(
    cache: PanelCache, told: object = STATUS, at_ms: int = NOW_MS, name: str = "status", shelf: Shelf = MINE
) -> None:
    cache.put(shelf, name, "status:read", told, Millis(at_ms))


def test_what_was_known_is_known_at_the_next_start(path: Path, cache: PanelCache) -> None:
    put(cache)
    cache.close()
    with closing(PanelCache(path, lambda: NOW_MS)) as again:
        assert again.get(MINE, "status") == Kept(STATUS, Millis(NOW_MS))
        assert again.get(MINE, "devices") is None


@pytest.mark.parametrize(
    "other",
    [
        Shelf("https://other.example", "ana", "5a" * 16),
        Shelf("https://door.example", "ben", "5a" * 16),
        Shelf("https://door.example", "ana", "5b" * 16),
    ],
)
def test_another_server_account_or_event_knows_nothing_of_it(cache: PanelCache, other: Shelf) -> None:
    put(cache)
    assert cache.get(other, "status") is None


def test_the_newer_of_two_answers_stays(cache: PanelCache) -> None:
    put(cache, [2], NOW_MS)
    put(cache, [1], NOW_MS - 1)
    assert cache.get(MINE, "status") == Kept([2], Millis(NOW_MS))
    put(cache, [3], NOW_MS + 1)
    assert cache.get(MINE, "status") == Kept([3], Millis(NOW_MS + 1))


def test_an_answer_of_a_clock_that_was_far_ahead_is_neither_shown_nor_kept_for_ever(cache: PanelCache) -> None:
    year_ms = 365 * 24 * 3_600_000
    put(cache, [1], NOW_MS + year_ms)
    assert cache.get(MINE, "status") is None
    put(cache, [2], NOW_MS)
    assert cache.get(MINE, "status") == Kept([2], Millis(NOW_MS))


def test_who_logs_out_leaves_nothing_and_others_keep_theirs(cache: PanelCache) -> None:
    other = Shelf(MINE.server, "ben", MINE.event)
    put(cache)
    put(cache, shelf=other)
    cache.forget(MINE.server, "ana")
    assert cache.get(MINE, "status") is None
    assert cache.get(other, "status") is not None


def test_what_an_account_may_not_read_any_more_is_forgotten(cache: PanelCache) -> None:
    lost = Shelf(MINE.server, "ana", "5b" * 16)
    put(cache)
    put(cache, shelf=lost)
    cache.put(MINE, "devices", "devices:read", [], Millis(NOW_MS))
    cache.forget_unless(MINE.server, "ana", lambda event, need: event == MINE.event and need == "status:read")
    assert cache.get(MINE, "status") is not None
    assert cache.get(MINE, "devices") is None
    assert cache.get(lost, "status") is None


def test_it_is_for_its_owner_alone(path: Path, cache: PanelCache) -> None:
    put(cache)
    files = list(path.parent.iterdir())
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_stays_within_its_bounds(cache: PanelCache, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_cache, "MOST_ROWS", 10)
    monkeypatch.setattr(panel_cache, "MOST_BYTES", 200)
    monkeypatch.setattr(panel_cache, "PRUNE_EVERY", 2)
    put(cache, "x" * (panel_cache.MOST_TEXT + 1), name="huge")
    assert cache.get(MINE, "huge") is None
    moments = iter(range(NOW_MS, NOW_MS + 100))
    cache._now_ms = lambda: next(moments)
    for number in range(31):
        put(cache, "y" * 18, NOW_MS, name=f"panel {number}")
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, length(told) FROM answers").fetchall()
    assert len(rows) <= 12
    assert ("panel 30", 20) in rows
    assert ("panel 0", 20) not in rows


def test_what_is_too_old_is_no_answer(path: Path) -> None:
    with closing(PanelCache(path, lambda: NOW_MS)) as cache:
        put(cache)
    with closing(PanelCache(path, lambda: NOW_MS + panel_cache.LONGEST_MS)) as later:
        assert later.get(MINE, "status") is None


def damage_head(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def damage_middle(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[4096 : 3 * 4096] = b"\xff" * (2 * 4096)
    path.write_bytes(bytes(body))


def make_foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answers (something TEXT)")


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("damage", [damage_head, damage_middle, make_foreign, make_newer])
def test_a_damaged_file_is_set_aside_and_begun_anew_with_a_word(path: Path, damage: Callable[[Path], None]) -> None:
    with closing(PanelCache(path, lambda: NOW_MS)) as cache:
        for number in range(200):
            put(cache, "z" * 200, name=f"panel {number}")
    damage(path)
    with closing(PanelCache(path, lambda: NOW_MS)) as cache:
        assert cache.get(MINE, "panel 7") is None
        assert cache.set_aside == "panels-1.damaged-1.db"
        assert (path.parent / "panels-1.damaged-1.db").exists()
        put(cache)
        assert cache.get(MINE, "status") is not None


def test_a_file_that_is_damaged_while_it_is_open_is_begun_anew(path: Path, cache: PanelCache) -> None:
    put(cache)
    for each in path.parent.iterdir():
        each.write_bytes(b"\x00garbage" * 4096)
    for number in range(3):
        put(cache, [number], name=f"panel {number}")
    cache.close()
    with closing(PanelCache(path, lambda: NOW_MS)) as again:
        put(again, [9])
        assert again.get(MINE, "status") == Kept([9], Millis(NOW_MS))


def test_a_row_that_is_no_json_is_no_answer(path: Path, cache: PanelCache) -> None:
    put(cache)
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE answers SET told = '{'")
        other.commit()
    assert cache.get(MINE, "status") is None


def test_a_folder_that_can_not_be_written_costs_the_cache_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with closing(PanelCache(tmp_path / "file" / CACHE_FILE)) as cache:
        put(cache)
        assert cache.get(MINE, "status") is None


def test_a_cache_that_is_closed_knows_nothing(cache: PanelCache) -> None:
    put(cache)
    cache.close()
    put(cache)
    assert cache.get(MINE, "status") is None


def _write(path: Path, number: int) -> None:
    with closing(PanelCache(path, lambda: NOW_MS)) as cache:
        for step in range(50):
            put(cache, [number, step], NOW_MS + step, name=f"panel {step % 5}")


def test_two_windows_at_once_keep_what_is_newest(path: Path) -> None:  # D6
    windows = [multiprocessing.get_context("fork").Process(target=_write, args=(path, number)) for number in range(2)]
    for each in windows:
        each.start()
    threads = [threading.Thread(target=_write, args=(path, number)) for number in (2, 3)]
    for each in threads:
        each.start()
    for each in [*windows, *threads]:
        each.join(60)
    assert [each.exitcode for each in windows] == [0, 0]
    with closing(PanelCache(path, lambda: NOW_MS)) as cache:
        assert cache.set_aside is None
        for panel in range(5):
            kept = cache.get(MINE, f"panel {panel}")
            assert kept is not None
            assert kept.told[1] == 45 + panel

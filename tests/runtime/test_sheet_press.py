"""Sheets of tickets on a disk: whole, for their owner, and none where there is no room."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from app.paper.sheet import PaperTicket
from app.runtime import sheet_press
from app.runtime.sheet_press import Pressed, SheetFlaw, press


def papers(count: int) -> list[PaperTicket]:
    return [PaperTicket("Summer Night", "Standard", "2026-11-26 20:00", f"CODE-{n}", n) for n in range(1, count + 1)]


def test_a_sheet_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    told = press(papers(9), tmp_path / "tickets.pdf")
    assert told == Pressed((tmp_path / "tickets.pdf",), 9)
    assert (tmp_path / "tickets.pdf").read_bytes().startswith(b"%PDF")
    assert [each.name for each in tmp_path.iterdir()] == ["tickets.pdf"]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "tickets.pdf").stat().st_mode) == 0o600


def test_many_tickets_are_files_with_numbers_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_press, "PER_FILE", 8)
    done: list[int] = []
    told = press(papers(20), tmp_path / "vip.pdf", progress=done.append)
    assert isinstance(told, Pressed)
    assert [each.name for each in told.files] == ["vip-1.pdf", "vip-2.pdf", "vip-3.pdf"]
    assert done == [8, 16, 20]
    assert (
        press(papers(20), tmp_path / "other.pdf", lambda: len(list(tmp_path.glob("other*"))) > 0) is SheetFlaw.STOPPED
    )
    assert [each.name for each in tmp_path.glob("other*")] == ["other-1.pdf"]


def test_a_disk_that_is_full_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # G5
    (tmp_path / "tickets.pdf").write_bytes(b"before")

    def full(_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    assert press(papers(1), tmp_path / "tickets.pdf") is SheetFlaw.FULL
    assert (tmp_path / "tickets.pdf").read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["tickets.pdf"]
    monkeypatch.undo()
    assert press(papers(1), tmp_path / "nowhere" / "tickets.pdf") is SheetFlaw.OUT_OF_REACH

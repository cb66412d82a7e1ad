"""A kiosk's own records, as a technician asks for them."""

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli.journals import rescue_sentence
from app.settings import JOURNAL_FILE, save_profile
from app.store.journal_file import box_of
from app.store.rescue import Rescue
from tests.store.test_rescue import fill, opened, overwrite, present
from tests.support.door import PROFILE

Said = tuple[int, str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_profile(tmp_path, PROFILE)
    with opened(tmp_path / JOURNAL_FILE) as journal:
        fill(journal, 3)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]):
    def runs(*words: str) -> Said:
        status = main([*words, "--profile", str(folder)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return runs


def test_a_good_journal_is_counted(run) -> None:
    status, out, _ = run("journal", "show")
    assert (status, out) == (0, "3 scans, 3 verdicts shown, 6 facts wait for the server.\n")


def test_a_rebuilt_one_is_told_in_one_sentence(run, folder: Path) -> None:  # G5
    overwrite(folder / JOURNAL_FILE, 0)
    status, out, _ = run("journal", "show")
    assert status == 0
    assert "was rebuilt: 6 records, none missing. Kept for a look: kiosk.damaged-1.db." in out


def test_a_loss_waits_for_a_person(run, folder: Path) -> None:  # G5
    for path in (folder / JOURNAL_FILE, box_of(folder / JOURNAL_FILE)):
        overwrite(path, 0, path.stat().st_size)
    status, out, _ = run("journal", "show", "--json")
    assert (status, json.loads(out)["must_decide"]) == (1, True)
    status, out, err = run("journal", "accept")
    assert (status, out) == (0, "Accepted: 1 places. This kiosk takes scans again.\n")
    assert "once more" in err
    assert run("journal", "accept")[1] == "Nothing is lost here.\n"
    assert run("journal", "show")[0] == 0


def test_guests_who_may_have_entered_are_named(run, folder: Path) -> None:
    scan = present(folder / JOURNAL_FILE)
    _, out, _ = run("journal", "show", "--json")
    assert [asked["scan"] for asked in json.loads(out)["questions"]] == [scan.stamp.id.hex]


def test_every_rescue_has_its_sentence() -> None:
    assert "4 records that a crash" in rescue_sentence(Rescue("x", 9, returned=4))
    assert "2 records are lost" in rescue_sentence(Rescue("x", 9, missing=2, must_decide=True))
    assert "Nobody knows how many" in rescue_sentence(Rescue("x", 9, missing=None, must_decide=True))

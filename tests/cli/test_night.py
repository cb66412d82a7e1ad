"""A night's report at the command line: what stands on paper is what the ledger holds."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.__main__ import main
from core.model.outcomes import Outcome
from tests.contract.ledger_rig import NORTH, SOUTH, VIP, Home, House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


def text_of(path: Path) -> str:
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def night(house: House) -> None:
    """Nine guests at two gates, one of them twice at kiosks that were apart, two refusals."""
    for place, tid in enumerate(house.tickets(6)):
        house.upload(*house.admit_offline(tid, 0, after_ms=place * 60_000))
    for tid in house.tickets(2, VIP):
        scan = house.scan(tid, 1, gate=SOUTH, cls=VIP)
        house.upload(scan, house.shown(scan))
    (twice,) = house.tickets(1)
    house.upload(*house.admit_offline(twice, 0, after_ms=1_000))
    house.upload(*house.admit_offline(twice, 1, after_ms=5_000))
    for outcome in (Outcome.ALREADY_USED, Outcome.NOT_A_TICKET):
        scan = house.scan(None, 0, gate=NORTH)
        house.upload(scan, house.shown(scan, outcome))


def test_the_paper_and_the_ledger_tell_one_night(  # A25, D5
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night(house)
    status = house.office.status_of(house.event)
    assert (status.redemptions, status.double_admissions) == (9, 1), "the night that this test is about"
    out = tmp_path / "night.pdf"
    assert main(["event", "report", "--data", str(tmp_path / "server"), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["entries"] == status.redemptions
    paper = text_of(out)
    for figure in (
        f"{status.redemptions} entries of {status.tickets} tickets",
        f"{sum(each.guests for each in status.classes)} guests came",
        f"{status.remaining} tickets never came",
        f"{status.inside} inside",
        f"{told['refused']} refusals shown",
        f"{status.double_admissions} let in twice",
        f"In all {status.incidents}, open",
    ):
        assert figure in paper
    for gate in status.gates:
        assert f"{gate.name} {gate.admitted} " in paper
    for each in status.classes:
        assert f"{each.name} {each.tickets} {each.admitted} {each.guests} {each.remaining}" in paper
    assert "0 of 3 devices have told all." in paper, "these kiosks have never said what they hold"
    assert out.stat().st_mode & 0o077 == 0


def test_an_event_that_nobody_came_to_has_a_report_too(house: House, tmp_path: Path) -> None:  # D1
    out = tmp_path / "night.pdf"
    words = ["event", "report", "--data", str(tmp_path / "server"), "--out", str(out), "--language", "de"]
    assert main(words) == 0
    paper = text_of(out)
    assert "0 Eintritte von 0 Tickets" in paper
    assert "Es gab keinen Vorfall." in paper


def test_a_folder_that_takes_no_file_keeps_nothing_half(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wall").write_text("")
    words = ["event", "report", "--data", str(tmp_path / "server"), "--out", str(tmp_path / "wall" / "night.pdf")]
    assert main(words) == 1
    assert "can't be written" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server", "wall"]

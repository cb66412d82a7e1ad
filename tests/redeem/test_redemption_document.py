"""docs/redemption.md tells the truth: its cases name tests that exist, its incidents are those of the code."""

import re
from pathlib import Path

from core.redeem.fold import IncidentKind
from core.sync.messages import MAX_BATCH_BYTES, MAX_BATCH_FACTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "redemption.md").read_text(encoding="utf-8")
PLACES = ("redeem", "journal", "sync", "contract", "scenario", "server", "store")


def _section(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_every_case_names_a_test_that_exists() -> None:
    sources = [path.read_text(encoding="utf-8") for place in PLACES for path in (ROOT / "tests" / place).glob("*.py")]
    defined = set(re.findall(r"^def (test_\w+)", "\n".join(sources), re.MULTILINE))
    cases = [line for line in _section("Cases").splitlines() if line.startswith("| ")][1:]
    named = [match[1] for line in cases if (match := re.search(r"`(test_\w+)` \|$", line))]
    assert len(named) == len(cases) == len(set(named))
    assert set(named) - defined == set()


def test_the_incidents_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", _section("Incidents"), re.MULTILINE)
    assert rows == [kind.value for kind in IncidentKind]


def test_the_limits_are_those_of_the_code() -> None:
    assert f"Up to {MAX_BATCH_FACTS} facts or {MAX_BATCH_BYTES // 1024} KiB" in TEXT

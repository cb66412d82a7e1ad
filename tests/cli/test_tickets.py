"""Shops' lists at the command line, as an organizer types them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.cli.codes import adapter
from app.cli.ledger import CommandFailed
from core.sync.messages import AdapterRow


class Desk:
    """Commands on one server folder, in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self.capsys = capsys

    def run(self, *words: object, status: int = 0) -> tuple[str, str]:
        """Standard output and standard error of a command."""
        self.capsys.readouterr()
        told = main([*map(str, words), "--data", str(self.data)])
        said = self.capsys.readouterr()
        assert told == status, said.err
        return said.out, said.err

    def json(self, *words: object, status: int = 0) -> list[dict[str, Any]]:
        """The JSON lines of a command."""
        return [json.loads(line) for line in self.run(*words, "--json", status=status)[0].splitlines()]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A server with one event."""
    made = Desk(tmp_path / "server", capsys)
    times = ["--starts", "2020-01-01T18:00", "--ends", "2099-01-01T02:00", "--zone", "Europe/Berlin"]
    made.run("event", "create", "--name", "Summer Night", *times, "--class", "Standard", "--class", "VIP")
    return made


def sells(desk: Desk, mode: str = "foreign", *more: object) -> None:
    desk.run("event", "codes", "--mode", mode, "--adapter", "shop=opaque,prefix=S", *more)


def written(tmp_path: Path, *rows: str, header: str = "code,external_ref,class,name,status") -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


FIRST = ("SA0001,A-1,Standard,Ann,paid", "SB0002,A-2,VIP,Ben,paid", ",A-3,Standard,Cleo,paid")


def test_a_list_is_previewed_taken_and_taken_again(desk: Desk, tmp_path: Path) -> None:  # G26
    sells(desk)
    path = written(tmp_path, *FIRST)
    (preview,) = desk.json("ticket", "import", path, "--preview")
    assert (preview["new"], preview["guests"]) == (3, 1)
    assert desk.json("ticket", "export") == []
    assert desk.json("ticket", "import", path)[-1]["new"] == 3
    assert desk.json("ticket", "import", path)[-1]["unchanged"] == 3


def test_bad_rows_are_named_by_line_with_the_cure_and_without_their_code(desk: Desk, tmp_path: Path) -> None:  # G26
    sells(desk)
    path = written(tmp_path, *FIRST, "8.1E+17,A-4,VIP,,", "nonsense,A-5,VIP,,", "SC0003,A-6,Balcony,,")
    _, err = desk.run("ticket", "import", path, status=1)
    assert f"{path}:5: its code lost its digits in a spreadsheet: format the column as text" in err
    assert f"{path}:6: no adapter recognises its code (shop)" in err
    assert f"{path}:7: no class of this event: the classes are 1 (Standard), 2 (VIP)" in err
    assert "nonsense" not in err


def test_nobody_is_canceled_unasked(desk: Desk, tmp_path: Path) -> None:  # G26
    sells(desk)
    desk.run("ticket", "import", written(tmp_path, *FIRST))
    path = written(tmp_path, FIRST[0].replace("paid", "canceled"), FIRST[1])
    out, err = desk.run("ticket", "import", path)
    assert "1 tickets are not canceled: say --cancel" in err
    assert {row["status"] for row in desk.json("ticket", "export")} == {"valid"}
    said = desk.json("ticket", "import", path, "--cancel")[-1]
    assert said["canceled"] == 2, "the one that was called off, and the one that is missing"
    assert sorted(row["status"] for row in desk.json("ticket", "export")) == ["canceled", "canceled", "valid"]
    assert out == ""


def test_a_yes_at_the_terminal_cancels(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # G26
    sells(desk)
    desk.run("ticket", "import", written(tmp_path, *FIRST))
    path = written(tmp_path, FIRST[0].replace("paid", "canceled"))
    for answer, status in (("\n", "valid"), ("y\n", "canceled")):
        with monkeypatch.context() as patch:
            typed = io.StringIO(answer)
            typed.isatty = lambda: True  # type: ignore[method-assign]
            patch.setattr("sys.stdin", typed)
            patch.setattr("sys.stderr.isatty", lambda: True)
            _, err = desk.run("ticket", "import", path)
        assert "Cancel 1 tickets? [y/N]" in err
        rows = {row["external_ref"]: row["status"] for row in desk.json("ticket", "export")}
        assert rows["A-1"] == status


def test_a_scanned_ticket_proves_the_mapping(desk: Desk, tmp_path: Path) -> None:  # G26
    sells(desk)
    path = written(tmp_path, *FIRST)
    out, _ = desk.run("ticket", "import", path, "--sample", "SB0002")
    assert out == f"{path}:3: reference A-2, class VIP\n"
    _, err = desk.run("ticket", "import", path, "--sample", "SX0009", status=1)
    assert "no row has it" in err
    assert desk.json("ticket", "export") == []


def test_columns_and_products_are_named_by_a_person(desk: Desk, tmp_path: Path) -> None:
    sells(desk)
    path = written(tmp_path, "SA0001,Early bird", header="Scan,Kind")
    words = ["--column", "code=Scan", "--column", "class=Kind", "--column", "class:Early bird=VIP"]
    assert desk.json("ticket", "import", path, *words)[-1]["new"] == 1
    assert [row["class_name"] for row in desk.json("ticket", "export")] == ["VIP"]
    assert "names no column" in desk.run("ticket", "import", path, "--column", "x", status=1)[1]
    assert "can't be read" in desk.run("ticket", "import", tmp_path / "nothing.csv", status=1)[1]
    assert "no column is a code" in desk.run("ticket", "import", path, status=1)[1]


def test_an_export_can_not_run_in_a_spreadsheet(desk: Desk, tmp_path: Path) -> None:
    sells(desk)
    desk.run("ticket", "import", written(tmp_path, "SA0001,=1+1,Standard,,", "SB0002,-7,VIP,,"))
    out = tmp_path / "export.csv"
    desk.run("ticket", "export", "--out", out)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert sorted(row["external_ref"] for row in rows) == ["'-7", "'=1+1"]
    assert {row["source"] for row in rows} == {"import"}
    assert sorted(row["external_ref"] for row in desk.json("ticket", "export")) == ["-7", "=1+1"]
    assert desk.run("ticket", "export")[0].startswith(
        "source,external_ref,order,tid,class,gen,status,entries,first_use"
    )


def test_a_migration_counts_what_remains(desk: Desk, tmp_path: Path) -> None:
    sells(desk, "migrating", "--until", "2030-06-01T12:00")
    desk.run("ticket", "import", written(tmp_path, *FIRST[:2]))
    first, second = desk.json("ticket", "export")
    (issued,) = desk.json("ticket", "reissue", first["tid"])
    assert issued["tid"] == first["tid"]
    assert issued["text"].startswith("T1:")
    (left,) = desk.json("ticket", "remaining")
    assert (left["tickets"], left["unused"], left["reissued"], left["used"]) == (2, 1, 1, 0)
    assert "2030-06-01 12:00:00+02:00" in desk.run("ticket", "remaining")[0]
    (done,) = desk.json("ticket", "cancel", second["tid"], "--reason", "blocked")
    assert done["manifest_version"] > 0
    (left,) = desk.json("ticket", "remaining")
    assert (left["unused"], left["canceled"]) == (0, 1)


def test_a_new_code_goes_on_paper(desk: Desk, tmp_path: Path) -> None:
    (row,) = desk.json("ticket", "issue", "--event", "Summer Night", "--class", 1, "--count", 1)
    out = tmp_path / "papers"
    desk.run("ticket", "reissue", row["tid"], "--out", out)
    assert [path.name for path in out.glob("*.png")] == [f"{row['tid']}.png"]
    assert "gets no new code" not in desk.run("ticket", "reissue", row["tid"])[1]
    for wrong in ("xyz", "00"):
        assert "no ticket" in desk.run("ticket", "reissue", wrong, status=1)[1]
    assert "there is no ticket" in desk.run("ticket", "cancel", "0" * 16, status=1)[1]


def test_rotating_tickets_are_issued_with_a_hint(desk: Desk) -> None:
    words = ["ticket", "issue", "--event", "Summer Night", "--class", 1, "--count", 1, "--rotating", "--listed"]
    assert "ticket live" in desk.run(*words)[1]


def test_rules_are_said_and_kept(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"the shop's secret\n")
    words = [
        "--mode",
        "foreign",
        "--list",
        "final",
        "--adapter",
        "sealed=hmac,least=3",
        "--adapter-key",
        f"sealed={key}",
    ]
    (rules,) = desk.json("event", "codes", *words)
    assert (rules["mode"], rules["is_final"], rules["adapters"][0]["least"]) == ("foreign", True, 3)
    (again,) = desk.json("event", "codes")
    assert again == rules
    (opened,) = desk.json("event", "codes", "--list", "open")
    assert (opened["is_final"], opened["adapters"]) == (False, rules["adapters"])
    assert "mode foreign, list open" in desk.run("event", "codes")[0]
    (kinds,) = desk.json("event", "codes", "--symbology", "qr", "--symbology", "code128")
    assert (kinds["symbologies"], kinds["adapters"]) == (["qr", "code128"], rules["adapters"])
    assert "cameras look for qr, code128" in desk.run("event", "codes")[0]


def test_an_adapter_in_use_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    sells(desk)
    desk.run("ticket", "import", written(tmp_path, *FIRST))
    _, err = desk.run("event", "codes", "--adapter", "shop=opaque,prefix=X", status=1)
    assert "2 codes are listed under the adapter 'shop'" in err
    assert "import the list again" in err


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("shop=opaque", AdapterRow("shop", "opaque")),
        ("s=url,host=t.example,field=code", AdapterRow("s", "url", host="t.example", field="code")),
        ("s=opaque,least=6,most=12,folds_case=yes", AdapterRow("s", "opaque", least=6, most=12, folds_case=True)),
    ],
)
def test_an_adapter_is_read(text: str, row: AdapterRow) -> None:
    assert adapter(text) == row


@pytest.mark.parametrize("text", ["", "shop", "=opaque", "s=regex", "s=opaque,x=1", "s=opaque,least=0", "s=url,host"])
def test_an_adapter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandFailed):
        adapter(text)

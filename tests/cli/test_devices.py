"""The organizer's commands about kiosks, as a person types them."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

import app.cli.files
from app.__main__ import main
from app.cli.devices import thief_sentence
from app.clock import SystemClock
from app.device.still import decode_image
from app.ledger.admin import open_ledger
from core.model.ids import DeviceId, EventId
from core.sync.enrolment import Invitation, invitation_from
from core.sync.export import QueueHeader, Spare, open_spare, sealed_queue
from core.sync.signing import is_signed, manifest_bytes
from core.ticket.keyring import VerifyProfile
from tests.support.kiosks import keys_of


@dataclass
class Said:
    """What a command said, and its status."""

    status: int
    out: str
    err: str

    @property
    def fields(self) -> dict:
        """Its one JSON line."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command on one server folder with one event."""

    def runs(*words: object, is_terminal: bool = False) -> Said:
        out, err = io.StringIO(), io.StringIO()
        out.isatty = lambda: is_terminal  # type: ignore[method-assign]
        with redirect_stdout(out), redirect_stderr(err):
            status = main([*map(str, words), "--data", str(tmp_path / "server")])
        return Said(status, out.getvalue(), err.getvalue())

    starts = ["--starts", "2020-01-01T18:00", "--ends", "2099-01-01T02:00"]
    made = runs(
        "event", "create", "--name", "Night", *starts, "--gate", "north=North", "--gate", "south=South", "--json"
    )
    assert made.status == 0
    return runs


def enrol(tmp_path: Path, code: str, name: str = "kiosk") -> tuple[str, str]:
    """A kiosk that used the code: its id, and the digits on its own screen."""
    with open_ledger(None, tmp_path / "server") as office:
        reply = office.devices.enrol(keys_of(name).request(code))
    return reply.device, keys_of(name).digits(code, bytes.fromhex(reply.root_key))


# --- codes --------------------------------------------------------------------------------------------------------


def test_a_code_says_all_that_a_kiosk_needs(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    said = run("device", "code", "--url", "https://door.example/", "--out", picture, "--trust", "list", "--json")
    invitation = invitation_from(said.fields["invitation"])
    assert isinstance(invitation, Invitation)
    assert (invitation.url, invitation.code) == ("https://door.example", said.fields["code"])
    with open_ledger(None, tmp_path / "server") as office:
        assert invitation.root == hashlib.sha256(office.roots.root_public).digest()
    assert (said.fields["gate"], said.fields["profile"]) == ("north", "list")
    assert decode_image(picture)["texts"] == [said.fields["invitation"]]
    assert picture.stat().st_mode & 0o077 == 0
    assert "127.0.0.1" not in said.err


def test_a_person_gets_a_picture_in_the_terminal_and_a_warning_without_an_address(run: Run) -> None:
    said = run("device", "code", is_terminal=True)
    code, invitation, *drawn = said.out.splitlines()
    assert re.fullmatch(r"([A-Z2-7]{4}-){4}[A-Z2-7]{4}", code)
    assert isinstance(invitation_from(invitation), Invitation)
    assert len(drawn) > 20
    assert "--url" in said.err
    assert len(run("device", "code").out.splitlines()) == 2, "no picture for a program"


@pytest.mark.parametrize("profile", VerifyProfile)
def test_what_a_thief_could_do_is_said_in_one_sentence(run: Run, profile: VerifyProfile) -> None:
    sentence = thief_sentence(profile)
    assert len(sentence.split()) <= 25
    assert sentence.endswith(".")
    if profile is VerifyProfile.SIG:  # it verifies Ed25519 tickets alone
        assert run("key", "rotate", "--algorithm", "ed25519").status == 0
    assert sentence in run("device", "code", "--trust", profile.value).err
    assert len({thief_sentence(each) for each in VerifyProfile}) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gate", "west"], "no gate"),
        (["--url", "door.example"], "no address"),
        (["--url", "https://" + "x" * 600], "too long"),
        (["--replaces", "nobody"], "no device"),
        (["--event", "nothing"], "no event"),
        (["--out", "/dev/null/code.png"], "can't be written"),
    ],
)
def test_a_code_that_can_not_be_made_says_the_cure(run: Run, words: list[str], said: str) -> None:
    done = run("device", "code", *words)
    assert (done.status, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1


# --- letting in ---------------------------------------------------------------------------------------------------


def test_a_kiosk_is_listed_compared_let_in_and_revoked(run: Run, tmp_path: Path) -> None:  # A22
    code = run("device", "code", "--name", "Door 1", "--json").fields["code"]
    device, digits = enrol(tmp_path, code)
    assert f"compare {digits}" in run("device", "list").out
    other = (int(digits.replace(" ", "")) + 1) % 1_000_000
    wrong = run("device", "confirm", "Door 1", f"{other:06d}")
    assert wrong.status == 1
    assert "do not confirm" in wrong.err
    let_in = run("device", "confirm", "Door 1", *digits.split(), "--json").fields
    assert (let_in["id"], let_in["state"], let_in["digits"]) == (device, "active", None)
    assert "active (mac), never seen" in run("device", "list").out
    again = run("device", "confirm", device, digits)
    assert (again.status, "active already" in again.err) == (1, True)
    revoked = run("device", "revoke", device)
    assert (revoked.status, "key rotate" in revoked.err) == (0, True)
    assert run("device", "list", "--json").fields["state"] == "revoked"


def test_a_replacement_is_announced(run: Run, tmp_path: Path) -> None:  # G6
    for name, words in (("old", []), ("new", ["--replaces", "old"])):
        code = run("device", "code", "--name", name, *words, "--json").fields["code"]
        _, digits = enrol(tmp_path, code, name)
        said = run("device", "confirm", name, digits)
    assert "has no rights any more" in said.out
    listed = run("device", "list").out.splitlines()
    assert "revoked" in listed[0]
    assert "replaces 'old'" in listed[1]


def test_there_is_no_kiosk_yet(run: Run) -> None:
    assert "device code" in run("device", "list").out
    assert run("device", "list", "--json").out == ""
    for words in (["confirm", "nobody", "000", "000"], ["revoke", "nobody"]):
        done = run("device", *words)
        assert (done.status, "no device" in done.err) == (1, True)


# --- by file ------------------------------------------------------------------------------------------------------


def exported(folder: Path) -> tuple[bytes, str, set[str]]:
    """A folder's manifest, its signature, its files; those that are named by their content have it."""
    files = {path.name for path in (folder / "files").iterdir()}
    for name in files - {"notes.txt"}:
        assert hashlib.sha256((folder / "files" / name).read_bytes()).hexdigest() == name
    return (folder / "manifest.json").read_bytes(), (folder / "manifest.sig").read_text(), files


def test_a_folder_holds_the_signed_manifest_and_every_file_that_it_names(run: Run, tmp_path: Path) -> None:  # G27
    stick = tmp_path / "stick"
    said = run("manifest", "export", "--out", stick, "--json")
    body, signature, files = exported(stick)
    with open_ledger(None, tmp_path / "server") as office:
        assert is_signed(office.roots.root_public, manifest_bytes(body), signature)
    manifest = json.loads(body)
    named = {row["sha256"] for each in manifest["segments"] for row in (each["base"], *each["deltas"])}
    assert files == named
    assert said.fields["files"] == len(named) > 0


def test_a_second_export_keeps_what_is_right_mends_what_is_not_and_clears_what_is_old(run: Run, tmp_path: Path) -> None:
    assert run("ticket", "issue", "--event", "Night", "--class", 1, "--count", 3, "--listed").status == 0
    stick = tmp_path / "stick"
    run("manifest", "export", "--out", stick)
    before = exported(stick)
    files = stick / "files"
    listed = max((files / name for name in before[2]), key=lambda path: path.stat().st_size)
    cut = min((files / name for name in before[2] if files / name != listed), key=lambda path: path.stat().st_size)
    foreign, old = files / "notes.txt", files / ("0" * 64)
    listed.write_bytes(bytes(listed.stat().st_size))  # the right size, the wrong bytes
    cut.write_bytes(b"another size")
    foreign.write_text("mine")
    old.write_bytes(b"old")
    (stick / "spare-1.kit").write_text("kit")
    kept = [path for path in files.iterdir() if path.name in before[2] - {listed.name, cut.name}]
    stamps = {path: path.stat().st_mtime_ns for path in kept}
    run("manifest", "export", "--out", stick)
    assert (exported(stick)[:2], exported(stick)[2]) == (before[:2], before[2] | {"notes.txt"})
    assert {path: path.stat().st_mtime_ns for path in kept} == stamps
    assert (stick / "spare-1.kit").exists()


def test_an_export_that_breaks_off_leaves_no_half_file(run: Run, tmp_path: Path, monkeypatch) -> None:
    stick = tmp_path / "stick"
    real = app.cli.files.write_whole

    def full(path: Path, parts) -> int:
        def some():
            yield b"half"
            raise OSError(28, "No space left on device")

        return real(path, some() if path.name == "manifest.json" else parts)

    monkeypatch.setattr(app.cli.files, "write_whole", full)
    done = run("manifest", "export", "--out", stick)
    assert (done.status, "No space left" in done.err) == (1, True)
    assert not (stick / "manifest.json").exists()
    assert [path.name for path in stick.iterdir() if path.name.startswith(".")] == []


def test_a_spare_is_in_the_manifest_beside_its_kit(run: Run, tmp_path: Path) -> None:  # G27
    stick = tmp_path / "stick"
    said = run("device", "spare", "--gate", "south", "--out", stick, "--json").fields
    spare = open_spare(Path(said["kit"]).read_bytes(), said["code"])
    assert isinstance(spare, Spare)
    assert (spare.gate, spare.profile) == ("south", VerifyProfile.LIST)
    (row,) = json.loads(exported(stick)[0])["devices"]
    assert (row["id"], row["state"]) == (spare.device.hex, "active")
    assert row["sealed"], "its keys are sealed to it"
    assert said["code"] not in (stick / "manifest.json").read_text()


def test_a_spare_that_can_not_be_written_has_no_rights(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stick").write_text("a file in the way")
    done = run("device", "spare", "--out", tmp_path / "stick")
    assert (done.status, done.out, "can't be written" in done.err) == (1, "", True)
    assert run("device", "list", "--json").fields["state"] == "revoked"


def test_a_queue_comes_by_file_and_again_changes_nothing(run: Run, tmp_path: Path) -> None:  # G27
    code = run("device", "code", "--json").fields["code"]
    device, digits = enrol(tmp_path, code)
    run("device", "confirm", device, digits)
    with open_ledger(None, tmp_path / "server") as office:
        event, server_key = office.event_named("Night"), office.roots.server_public
    data = sealed_queue(
        QueueHeader(EventId(event), DeviceId(UUID(device)), SystemClock().now().at_ms, 1),
        [b'{"id":"' + b"0" * 32 + b'"}'],
        server_key=server_key,
        signing_private=keys_of("kiosk").signing_private,
        ephemeral=b"e" * 32,
    )
    assert isinstance(data, bytes)
    file = tmp_path / "queue.doorlight"
    file.write_bytes(data)
    told = run("queue", "import", file, "--json").fields
    assert (told["facts"], told["quarantined"], told["applied"]) == (1, 1, 0)
    assert "quarantine" in run("queue", "import", file).err


@pytest.mark.parametrize(("content", "said"), [(b"nonsense", "no exported queue"), (None, "can't be read")])
def test_a_file_that_is_no_queue_says_so(run: Run, tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "queue"
    if content is not None:
        file.write_bytes(content)
    done = run("queue", "import", file)
    assert (done.status, done.out, said in done.err) == (1, "", True)


# --- slips of the hand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", [["12"], ["abc", "def"], ["1234567"], ["12 34"], ["１２３４５６"]])
def test_what_is_no_six_digits_costs_no_try(run: Run, tmp_path: Path, slip: list[str]) -> None:  # A22
    device, digits = enrol(tmp_path, run("device", "code", "--json").fields["code"])
    for _ in range(4):
        refused = run("device", "confirm", device, *slip)
        assert (refused.status, refused.out) == (1, "")
        assert "not six digits" in refused.err
    assert run("device", "confirm", device, *digits.split()).status == 0


def test_digits_are_good_with_and_without_their_gap(run: Run, tmp_path: Path) -> None:
    for number, spell in enumerate((str.split, lambda text: [text], lambda text: [text.replace(" ", "")])):
        device, digits = enrol(tmp_path, run("device", "code", "--json").fields["code"], f"kiosk{number}")
        assert run("device", "confirm", device, *spell(digits)).status == 0


# --- an event that can not be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--class", "Day", "--class", "day"], "two classes have the same name"),
        (["--class", "Day:0"], "no class"),
        (["--class", ":2"], "no class"),
        (["--gate", "=North"], "no gate"),
        (["--name", " "], "has a name"),
    ],
)
def test_an_event_that_can_not_be_says_the_cure(run: Run, words: list[str], said: str) -> None:
    times = ["--name", "Two", "--starts", "2020-01-01T18:00", "--ends", "2099-01-01T02:00"]
    done = run("event", "create", *times, *words)
    assert (done.status, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert len(run("event", "list", "--json").out.splitlines()) == 1


@pytest.mark.parametrize("mode", ["migrating", "foreign"])
def test_old_codes_without_an_adapter_say_which_option_is_missing(run: Run, mode: str) -> None:
    done = run("event", "codes", "--mode", mode)
    assert (done.status, done.out) == (1, "")
    assert "--adapter" in done.err

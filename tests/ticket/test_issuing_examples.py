"""The programs that a shop copies from docs/ticket-format.md print what Doorlight seals, to the letter."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from core.model.codes import Adapter, AdapterKind
from core.model.ids import EventId
from core.ticket.keyring import NO_KID, KeyUse, derive
from core.ticket.legacy import Recognised, digest_of, recognise
from core.ticket.wire import Code, parse, strip_transport

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "docs" / "issuing"
DOCUMENT = (ROOT / "docs" / "ticket-format.md").read_text(encoding="utf-8")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "t1.json").read_text(encoding="ascii"))
MAC_KEYS = {key["kid"]: key["mac_key"] for key in VECTORS["keys"] if "mac_key" in key}
GENUINE = {
    strip_transport(row["text"]).partition(".")[0]: row["fields"]
    for row in VECTORS["genuine"]
    if row["fields"]["kid"] in MAC_KEYS
}
"""Our genuine MAC vectors: the text without transport and proof, and its claims."""
NODE = shutil.which("node")

PYTHON = [sys.executable, "-I", "-S", str(PROGRAMS / "issue.py")]
TYPESCRIPT = [NODE or "node", "--input-type=module", "-"]
LANGUAGES = [
    pytest.param("python", id="python"),
    pytest.param("typescript", id="typescript", marks=pytest.mark.skipif(NODE is None, reason="node is not installed")),
]


def run(language: str, key: str, claims: object) -> subprocess.CompletedProcess[str]:
    """The program with a key in hex and claims as JSON."""
    environment = {**os.environ, "T1_KEY": key}
    program = (PROGRAMS / "issue.ts").read_text(encoding="utf-8") if language == "typescript" else None
    command = TYPESCRIPT if language == "typescript" else PYTHON
    return subprocess.run(
        [*command, json.dumps(claims)],
        input=program or "",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def printed(language: str, key: str, claims: object) -> str:
    done = run(language, key, claims)
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def test_there_are_vectors_of_every_kind() -> None:
    flags = {fields["flags"] for fields in GENUINE.values()}
    assert len(GENUINE) > 20
    assert flags >= {0, 1, 2}
    assert {0, 2**32 - 1} <= {fields["exp"] for fields in GENUINE.values()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_programs_print_our_genuine_texts(language: str) -> None:
    # one start of the program for each key, flag and end; every vector goes through the functions below
    chosen = {json.dumps([fields["flags"], fields["kid"], fields["exp"]]): text for text, fields in GENUINE.items()}
    for text in chosen.values():
        fields = GENUINE[text]
        assert printed(language, MAC_KEYS[fields["kid"]], fields) == text


def test_the_python_function_makes_every_genuine_text() -> None:
    made: dict[str, object] = {"__name__": "issue"}
    exec((PROGRAMS / "issue.py").read_text(encoding="utf-8"), made)  # noqa: S102 — as a shop that copies the function
    issue = made["issue"]
    assert callable(issue)
    for text, fields in GENUINE.items():
        assert issue(bytes.fromhex(MAC_KEYS[fields["kid"]]), **fields) == text


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_typescript_function_makes_every_genuine_text(tmp_path: Path) -> None:
    (tmp_path / "issue.mjs").write_text((PROGRAMS / "issue.ts").read_text(encoding="utf-8"), encoding="utf-8")
    cases = [[MAC_KEYS[fields["kid"]], fields] for fields in GENUINE.values()]
    program = f"""
    import {{ issue }} from "./issue.mjs";
    const made = {json.dumps(cases)}.map(([key, claims]) => issue(Buffer.from(key, "hex"), claims));
    console.log(JSON.stringify(made));
    """
    (tmp_path / "all.mjs").write_text(program, encoding="utf-8")
    command = [NODE or "node", "all.mjs", json.dumps(cases[0][1])]  # what the program itself prints as it is loaded
    environment = {**os.environ, "T1_KEY": cases[0][0]}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, made = done.stdout.splitlines()
    assert first == next(iter(GENUINE))
    assert json.loads(made) == list(GENUINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_ticket_has_a_tid_of_its_own(language: str) -> None:
    claims = {"kid": 1, "cls": 3, "nbf": 1_795_000_000, "exp": 1_795_086_400}
    codes = [parse(printed(language, MAC_KEYS[1], claims)) for _ in range(2)]
    assert all(isinstance(code, Code) for code in codes)
    assert codes[0].claims.tid != codes[1].claims.tid
    assert (codes[0].claims.gen, codes[0].claims.flags) == (0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "wrong",
    [{"gen": 256}, {"kid": 2**32}, {"cls": -1}, {"exp": 1.5}, {"flags": 4}, {"tid": "00"}, {"nbf": None}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_does_not_fit_is_an_error_and_no_ticket(language: str, wrong: dict[str, object]) -> None:
    claims = {"kid": 1, "tid": "00" * 8, "gen": 0, "cls": 3, "nbf": 1_795_000_000, "exp": 1_795_086_400, **wrong}
    done = run(language, MAC_KEYS[1], claims)
    assert (done.returncode != 0, done.stdout) == (True, "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["", "00" * 31, "zz" * 32])
def test_a_key_of_another_length_seals_nothing(language: str, key: str) -> None:
    done = run(language, key, {"kid": 1, "cls": 3, "nbf": 0, "exp": 1})
    assert (done.returncode != 0, done.stdout) == (True, "")


def test_the_organizer_derives_the_key_of_a_kid() -> None:
    for key in VECTORS["keys"]:
        if "mac_key" not in key:
            continue
        for use, told in (("mac", key["mac_key"]), ("rot", key["rot_key"])):
            command = [sys.executable, "-I", "-S", str(PROGRAMS / "derive.py"), use, key["event"], str(key["kid"])]
            done = subprocess.run(
                command, input=bytes.fromhex(VECTORS["master_key"]), capture_output=True, timeout=60, check=True
            )
            assert done.stdout.decode() == told + "\n"


# --- the document -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "language"), [("issue.py", "python"), ("issue.ts", "typescript")])
def test_the_document_shows_the_program_itself_in_40_lines(name: str, language: str) -> None:
    program = (PROGRAMS / name).read_text(encoding="utf-8")
    (shown,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert shown == program
    assert len(program.splitlines()) <= 40


def test_the_programs_need_their_standard_libraries_only() -> None:
    python = (PROGRAMS / "issue.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:import|from) (\w+)", python, re.MULTILINE)) <= sys.stdlib_module_names
    typescript = (PROGRAMS / "issue.ts").read_text(encoding="utf-8")
    assert re.findall(r'from "([^"]+)"', typescript) == ["node:crypto"]


def test_the_example_of_an_old_code_is_what_lists_carry() -> None:
    section = DOCUMENT.split("\n## Codes that existed before T1\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (.+?) \| `(.+?)` \|$", section, re.MULTILINE))
    event = EventId(UUID("0199e3c4-5a00-7d6b-8f10-3a5c7e912b46"))
    key = derive(bytes(range(32)), KeyUse.LEGACY, event, NO_KID)
    shop = Adapter("shop", AdapterKind.URL, host="tickets.example.org", field="code")
    found = recognise(told["code"], [shop], {})
    assert isinstance(found, Recognised)
    assert told["`legacy` key"] == key.hex()
    assert told["one spelling"] == found.canonical
    assert told["digest"] == digest_of(key, found).hex()
    assert all(f"`{kind}`" in section for kind in AdapterKind)

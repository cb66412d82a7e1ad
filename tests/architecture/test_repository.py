"""What the repository may hold: text that ends properly, nothing of one machine, and documents that tell the truth."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, dev_program

NOT_OURS = ("LICENSE", "tests/vectors/")  # other people's words stay as they were published

MACHINE_PATH = re.compile(r"(?<![\w.:/$}-])/(?:work|root|farm|home/[a-z]\w*|Users/\w+)/[\w.]")
REGISTRY = re.compile(r"registry\.npmjs|pypi\.org|pythonhost[e]d|deb\.debian\.org")
COMMAND = re.compile(r"packaging/dev\.py[ \t]+([a-z]\w*)")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
NUMBERED = re.compile(r"[(=<>, ]\?[0-9]")
"""A numbered place in an SQL statement: Ubuntu 24.04's Python 3.12.3 takes it for a name, and warns of its sequence."""
RESOURCE = re.compile(r"""["'](resources/[\w./-]+\.\w+)["']""")


def tracked() -> list[str]:
    """The names of the files that are, or not being ignored could be, committed; also in a copy without git."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        return sorted(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split())]
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in files
        if not any(fnmatch(part, pattern) for part in path.parts for pattern in ignored)
    )


def texts(suffix: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of each of our text files whose name ends in `suffix`; a file with a zero byte is no text."""
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if name.endswith(suffix) and not name.startswith(NOT_OURS) and b"\0" not in content:
            yield name, content.decode("utf-8")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Every place where `pattern` is found."""
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in texts()
        for number, line in enumerate(text.split("\n"), 1)
        if pattern.search(line)
    ]


def test_no_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_address_of_a_package_registry() -> None:
    assert lines_with(REGISTRY) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, 'x = "' + "/ro" + 'ot/x"'),
        (MACHINE_PATH, "see " + "/ho" + "me/someone/x"),
        (REGISTRY, "https://" + "pypi." + "org/simple"),
        (NUMBERED, "WHERE version < " + "?" + "2"),
        (NUMBERED, "VALUES (" + "?" + "1, ?)"),
    ],
)
def test_planted_line_is_found(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_no_statement_numbers_its_places() -> None:
    assert [line for line in lines_with(NUMBERED) if line.partition(":")[0].endswith(".py")] == []


def test_a_web_path_is_not_a_machine_path() -> None:
    assert not MACHINE_PATH.search("GET https://example.org" + "/ho" + "me/page and $ROOT" + "/ro" + "ot/x")


def is_tidy(text: str) -> bool:
    """Whether `text` ends with one newline, if it has any, and its lines end as on Unix."""
    return not text or (text.endswith("\n") and not text.endswith("\n\n") and "\r" not in text)


def test_every_text_file_is_tidy() -> None:
    found = dict(texts())
    assert len(found) > 20
    assert [name for name, text in found.items() if not is_tidy(text)] == []


@pytest.mark.parametrize("text", ["x", "x\n\n", "x\r\n"])
def test_untidy_text_is_found(text: str) -> None:
    assert not is_tidy(text)


def test_the_lock_is_the_hashed_one() -> None:
    assert not [name for name in tracked() if Path(name).name == "uv.lock"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-run.lock", "requirements-uv.lock"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.split("\n") if line and not line.lstrip().startswith("#")]
    assert packages
    assert [line[:60] for line in packages if "--hash=sha256:" not in line] == []


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.match(r"[\w.-]+", entry).group().lower().replace("_", "-").replace(".", "-") for entry in declared}
    lock = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")
    assert names - set(re.findall(r"^([\w.-]+?)(?:\[[\w,-]+\])?==", lock, re.MULTILINE)) == set()


def test_packaging_is_no_package() -> None:
    # with an __init__.py it would be taken for the library `packaging`, which pytest and others import
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_commands_in_the_documents_exist() -> None:
    parser = dev_program().parser()
    known = set(parser._subparsers._group_actions[0].choices)
    named = {(name, command) for name, text in texts(".md") for command in COMMAND.findall(text)}
    assert {place for place in named if place[1] not in known} == set()


def test_readme_says_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"demo", "test"} <= set(COMMAND.findall(readme))


def test_links_between_documents_lead_somewhere() -> None:
    dead = [
        f"{name}: {target}"
        for name, text in texts(".md")
        for target in LINK.findall(text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert dead == []


def test_resources_that_the_code_names_exist() -> None:
    named = {(name, path) for name, text in texts(".py") for path in RESOURCE.findall(text)}
    assert {place for place in named if not (ROOT / place[1]).exists()} == set()

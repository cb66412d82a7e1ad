"""`doctor` and `bundle`: what a technician asks first, and what they send to whoever can help."""

import argparse
import io
import json
import platform
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from app.cli.whole_file import write_whole
from app.ledger.admin import DATABASE_FILE
from app.paper.check_sheet import PaperCheck, PaperRow, check_sheet
from app.runtime.bundle import log_tails, settings_of, shape_of_kiosk
from app.runtime.checkup import Finding, Mark, findings_of, program
from app.runtime.server_checkup import ServerPlace, server_findings, shape_of_server
from app.settings import JOURNAL_FILE, PROFILE_FILE, VERSION, default_profile_dir, default_server_dir
from app.speech import complain, say, say_json
from core.gate import readiness
from core.gate.readiness import TEST_CODE

SIGNS = {Mark.GREEN: "ok   ", Mark.AMBER: "LOOK ", Mark.RED: "RED  "}
_OUTCOMES = {
    Mark.GREEN: readiness.Mark.WELL,
    Mark.AMBER: readiness.Mark.LOOK,
    Mark.RED: readiness.Mark.BROKEN,
}
MOST_ON_PAPER = 14
LIBRARIES = (
    "PySide6-Essentials",
    "opencv-python-headless",
    "zxing-cpp",
    "cryptography",
    "fastapi",
    "sqlalchemy",
    "httpx",
)


def doctor(args: argparse.Namespace) -> int:
    """One line for each part, its cure below it where there is one; status 1 if a part is red."""
    found = [(place, finding) for place, findings in _looked_at(args) for finding in findings]
    if args.json:
        for place, finding in found:
            say_json({"place": place, **asdict(finding), "mark": finding.mark.value})
    else:
        _tell(found)
    if args.sheet is not None:
        _print(args.sheet, found)
    return 1 if any(finding.mark is Mark.RED for _, finding in found) else 0


def _tell(found: list[tuple[str, Finding]]) -> None:
    before = ""
    for place, finding in found:
        if place != before:
            say(f"{place}:")
        before = place
        say(f"  {SIGNS[finding.mark]} {finding.part}: {finding.told}")
        if finding.cure:
            say(f"        -> {finding.cure}")


def _print(path: Path, found: list[tuple[str, Finding]]) -> None:
    """What is not green, each with its cure, and the test code; the rest is counted: one page holds no more."""
    from app.kiosk.words import load_kiosk_words

    said, marks = load_kiosk_words().check.sheet, {finding.mark for _, finding in found}
    outcome = _OUTCOMES[next((mark for mark in (Mark.RED, Mark.AMBER) if mark in marks), Mark.GREEN)]
    rows = [finding for _, finding in found if finding.mark is not Mark.GREEN][:MOST_ON_PAPER]
    well = sum(finding.mark is Mark.GREEN for _, finding in found)
    sheet = PaperCheck(
        title=said.sheet_title.fill(name=", ".join(dict.fromkeys(place for place, _ in found))),
        place=f"{well} of {len(found)} are well",
        made=said.sheet_made.fill(time=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        outcome=said.title(outcome),
        intro=said.intro(outcome),
        rows=[PaperRow(each.part, each.told, said.mark(_OUTCOMES[each.mark]), each.cure) for each in rows],
        code=TEST_CODE,
        code_told=said.sheet_test,
        signed=said.sheet_signed,
    )
    write_whole(path, [check_sheet(sheet)])
    complain(f"the sheet is {path}")


def _looked_at(args: argparse.Namespace) -> Iterator[tuple[str, Iterator[Finding]]]:
    """The kiosk, the server, or both, as they were named; else whichever of them this account has."""
    kiosk, server = _kiosk(args), _server(args)
    if server is not None:
        yield f"server in {server.folder}", server_findings(server)
    if kiosk is not None:
        from app.runtime.kiosk_checkup import kiosk_findings

        yield f"kiosk in {kiosk}", kiosk_findings(kiosk)
    if kiosk is None and server is None:
        complain("neither a server nor a kiosk is here: name its folder with --data or --profile")
        yield "program", findings_of([("program", program)])


def _kiosk(args: argparse.Namespace) -> Path | None:
    if args.profile is not None:
        return Path(args.profile)
    default = default_profile_dir()
    is_asked = not args.server and args.data is None and args.database is None
    return default if is_asked and any((default / name).exists() for name in (PROFILE_FILE, JOURNAL_FILE)) else None


def _server(args: argparse.Namespace) -> ServerPlace | None:
    folder = Path(args.data or default_server_dir())
    is_named = args.server or args.data is not None or args.database is not None
    is_there = args.profile is None and (folder / DATABASE_FILE).exists()
    return ServerPlace(folder, args.database, args.port) if is_named or is_there else None


def bundle(args: argparse.Namespace) -> int:
    """One file for whoever helps: findings, versions, settings, shapes and counts, the logs' last lines; no secrets."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in _contents(args):
            packed.writestr(name, text)
    write_whole(args.out, [body.getvalue()])
    if args.json:
        say_json({"file": str(args.out), "bytes": len(body.getvalue())})
    else:
        say(f"The bundle is {args.out} ({len(body.getvalue()) // 1024} KiB): no secret, no guest, no code is in it.")
    return 0


def _contents(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    findings = [{"place": place, **asdict(f), "mark": f.mark.value} for place, all_ in _looked_at(args) for f in all_]
    yield "doctor.json", _json(findings)
    yield "versions.json", _json(_versions())
    kiosk, server = _kiosk(args), _server(args)
    if kiosk is not None:
        yield "kiosk/settings.json", _json(settings_of(kiosk))
        yield "kiosk/shape.json", _json(shape_of_kiosk(kiosk))
        yield from ((f"kiosk/{name}", text) for name, text in log_tails(kiosk))
    if server is not None:
        yield "server/shape.json", _json(shape_of_server(server))
        yield from ((f"server/{name}", text) for name, text in log_tails(server.folder))


def _versions() -> dict[str, str]:
    there = {dist.metadata["Name"].lower() for dist in metadata.distributions() if dist.metadata["Name"]}
    found = {name: metadata.version(name) for name in LIBRARIES if name.lower() in there}
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "doorlight": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "made": made,
    } | found


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"

"""The organizer's files for kiosks without a network: `manifest export` writes them, `queue import` reads theirs."""

import argparse
import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.cli.whole_file import write_whole
from app.ledger.admin import Office
from app.ledger.press import Published
from app.runtime.redeem_line import RedeemLine
from app.speech import complain, say, say_json
from core.model.ids import EventId
from core.sync.export import FILES_FOLDER, MANIFEST_FILE, MAX_QUEUE_BYTES, SIGNATURE_FILE
from core.sync.messages import FileRow

_OUR_FILE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MIB = 1024 * 1024
_PIECE = 256 * 1024
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Exported:
    """What a folder holds now: the manifest's version, its lists' files, and how many bytes had to be written."""

    version: int
    tickets: int
    files: int
    written_bytes: int


class _FileGoneError(Exception):
    """A newer manifest took a file's place while this one was written."""


def export_manifest(args: argparse.Namespace) -> int:
    """The signed manifest and its lists into a folder; what is there already and right is kept."""
    with office_of(args) as office:
        done = export_into(office, chosen_event(office, args.event), args.out)
    say_exported(done, args.out, as_json=args.json)
    return 0


def say_exported(done: Exported, folder: Path, *, as_json: bool) -> None:
    """What a folder holds now."""
    if as_json:
        say_json({**asdict(done), "folder": str(folder)})
        return
    size = f"{done.written_bytes / _MIB:.1f} MiB written"
    say(f"{folder} holds manifest {done.version}: {done.tickets} tickets in {done.files} files ({size})")
    complain(f"on the kiosk: `doorlight manifest load {folder}`. The folder holds no key in clear")


def export_into(office: Office, event: EventId, folder: Path) -> Exported:
    """Writes an event's newest manifest with all that it names. Raises CommandFailed and what the ledger raises.

    A kiosk that reads the folder half-way refuses it: the signature fits one manifest alone, each file its name alone.

    1. the lists' files; those that are there and right are kept
    2. the signature, then the manifest
    3. files that no manifest of this folder names any more are removed
    """
    for _ in range(MOST_ATTEMPTS):
        published = office.press.published(event)
        try:
            return _write(office, event, published, folder)
        except _FileGoneError:
            continue
    raise CommandFailed("the lists change faster than they can be written: try again")


def _write(office: Office, event: EventId, published: Published, folder: Path) -> Exported:
    manifest = published.manifest
    files = {row.sha256: row for segment in manifest.segments for row in (segment.base, *segment.deltas)}
    written = sum(_write_file(office, event, row, folder / FILES_FOLDER) for row in files.values())  # (1)
    written += write_whole(folder / SIGNATURE_FILE, [published.signature.hex().encode()])  # (2)
    written += write_whole(folder / MANIFEST_FILE, [published.body])
    _remove_others(folder / FILES_FOLDER, set(files))  # (3)
    return Exported(published.version, manifest.tickets, len(files), written)


def _write_file(office: Office, event: EventId, row: FileRow, folder: Path) -> int:
    path = folder / row.sha256
    if _is_right(path, row):
        return 0
    found = office.press.find_file(event, bytes.fromhex(row.sha256))
    if found is None:
        raise _FileGoneError
    size = write_whole(path, office.press.file(event, found))
    if not _is_right(path, row):
        path.unlink(missing_ok=True)
        raise _FileGoneError
    return size


def _is_right(path: Path, row: FileRow) -> bool:
    """Whether a file is there with the bytes that its name stands for."""
    digest = hashlib.sha256()
    try:
        if path.stat().st_size != row.bytes:
            return False
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError:
        return False
    return digest.hexdigest() == row.sha256


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Removes files that are named as ours are and that the manifest does not name; nothing else in the folder."""
    try:
        for path in folder.iterdir() if folder.is_dir() else ():
            if _OUR_FILE.fullmatch(path.name) and path.name not in wanted and path.is_file():
                path.unlink()
    except OSError as err:
        raise CommandFailed(f"an old file in {folder} can't be removed: {err.strerror}") from err


def import_queue(args: argparse.Namespace) -> int:
    """A kiosk's sealed queue into the ledger; status 1 while some of its facts have to come again."""
    data = _read(args.file)
    with office_of(args) as office:
        report = office.import_queue(data, RedeemLine(office.facts))
    if args.json:
        say_json(asdict(report))
    else:
        told = f"{report.applied} new, {report.replayed} known already, {report.quarantined} in quarantine"
        say(f"{report.facts} facts of '{report.device}': {told}")
    if report.is_revoked:
        complain("this kiosk's rights were taken away: its facts are kept, and count nowhere")
    elif report.quarantined:
        complain("what is in quarantine counts nowhere until a person has looked at it")
    if report.incidents:
        complain(f"{report.incidents} facts have an incident: `doorlight event show` counts them")
    if report.later:
        complain(f"{report.later} facts were not taken, because others hold their tickets: import the file again")
    return 1 if report.later else 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_QUEUE_BYTES + 1)
    except OSError as err:
        raise CommandFailed(f"{path} can't be read: {err.strerror}") from err
    return data

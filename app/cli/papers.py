"""What happened, as files: written out, and a signed ledger checked on any machine."""

import argparse
from collections.abc import Iterable, Iterator

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.cli.whole_file import write_whole
from app.ledger.exports import COLUMNS, Export, csv_lines, json_lines
from app.speech import complain, say, say_json
from core.journal.signed_ledger import MAX_LINE, Flaw, Tampering, check_lines
from core.sync.enrolment import fingerprint_of

_SAID: dict[Tampering, str] = {
    Tampering.FOREIGN: "this is no signed ledger",
    Tampering.NEWER: "a newer Doorlight wrote it: update this program",
    Tampering.CHANGED: "it was changed: line {line} does not follow from those before it",
    Tampering.CUT_OFF: "it was cut off, or something was added, at line {line}",
    Tampering.MISCOUNTED: "it does not have as many facts as it says",
    Tampering.WRONG_SIGNATURE: "its signature is wrong: somebody else wrote its end",
}


def export_ledger(args: argparse.Namespace) -> int:
    """A file that is there whole or not at all; as CSV, with --json as JSON lines; the signed one always so."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        root = office.roots.root_public
        if args.what == "signed":
            lines = office.exports.signed(event)
        else:
            what = Export(args.what)
            rows = office.exports.rows(event, what)
            lines = json_lines(rows) if args.json else csv_lines(COLUMNS[what], rows)
        write_whole(args.out, (line.encode() for line in lines))
    complain(f"it is in {args.out}")
    if args.what == "signed":
        say(f"the root key's fingerprint is {fingerprint_of(root).hex()}")
    return 0


def verify_ledger(args: argparse.Namespace) -> int:
    """Status 0 where every line is as it was written, and by whom is said; 1 where not."""
    try:
        with args.file.open(encoding="utf-8", newline="\n", errors="replace") as file:
            found = check_lines(_bounded(file))
    except OSError as err:
        raise CommandFailed(f"{args.file} can't be read: {err.strerror}") from err
    if isinstance(found, Flaw):
        if args.json:
            say_json({"file": str(args.file), "is_whole": False, "line": found.line, "flaw": found.what.value})
        else:
            complain(f"{args.file}: {_SAID[found.what].format(line=found.line)}")
        return 1
    told = fingerprint_of(found.root_key).hex()
    is_ours = args.root is None or _letters(args.root) == _letters(told)
    if args.json:
        fields = {"event": found.event.hex, "facts": found.facts, "made_at_ms": found.made_at_ms}
        say_json({"file": str(args.file), "is_whole": True, **fields, "root": told, "is_expected_root": is_ours})
    elif not is_ours:
        complain(f"{args.file}: another installation signed it ({told})")
    else:
        say(f"{args.file} is whole: {found.facts} facts of event {found.event.hex}, signed by {told}")
        if args.root is None:
            complain("whose key that is, its fingerprint says: compare it with that of your server, or say --root")
    return 0 if is_ours else 1


def _bounded(file: Iterable[str]) -> Iterator[str]:
    """The lines; one that is too long for the form ends the reading, before it fills the memory."""
    reader = getattr(file, "readline", None)
    if reader is None:
        yield from file
        return
    while line := reader(MAX_LINE + 2):
        yield line


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())

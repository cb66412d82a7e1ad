"""The commands of a backup: `backup` and `restore`."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from app.cli.ledger import CommandFailed, database_of, office_of
from app.cli.whole_file import write_whole
from app.clock import wall_ms
from app.device.vaults.passphrases import from_file
from app.ledger.admin import DATABASE_FILE, open_ledger
from app.ledger.backup_file import packed
from app.ledger.engine import open_database
from app.ledger.restore import Restored, restore
from app.ledger.secret_files import keep_master, read_master
from app.speech import say, say_json
from core.journal.audit import Deed


def backup(args: argparse.Namespace) -> int:
    """Writes the whole ledger into one file while it goes on, then proves the file by restoring it aside."""
    passphrase = _passphrase(args)
    with office_of(args) as office:
        master = read_master(args.data)
        size = write_whole(args.out, packed(office.backup_lines(master if passphrase else None), passphrase))
        office.note_deed(Deed.BACKUP_MADE, args.out.name, with_key=passphrase is not None)
    tried = _try(args.out, passphrase, master)
    if args.json:
        say_json({"file": str(args.out), "bytes": size, "with_key": passphrase is not None, **_fields(tried)})
        return 0
    say(f"{args.out} holds {tried.events} events, {tried.rows:,} rows ({size:,} bytes), and restores.")
    if passphrase:
        say("The master key is in it: keep the passphrase apart from the file.")
    else:
        say(f"The master key is not in it: keep a copy of {args.data / 'master.key'} apart from the file.")
    return 0


def restore_backup(args: argparse.Namespace) -> int:
    """Puts a backup into the place of a ledger that is lost. No server may run on it."""
    passphrase = _passphrase(args)
    args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(database_of(args) or f"sqlite:///{args.data / DATABASE_FILE}")
    try:
        done = restore(database, args.data, args.file, passphrase, wall_ms(), replaces=args.replace)
    finally:
        database.close()
    with office_of(args) as office:
        office.note_deed(Deed.BACKUP_RESTORED, args.file.name, made_at=done.made_at, rows=done.rows)
    if args.json:
        say_json(_fields(done))
        return 0
    as_of = datetime.fromtimestamp(done.made_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    say(f"{done.events} events are back as of {as_of} ({done.rows:,} rows).")
    say("Start the server: each kiosk learns of it by itself, and sends again what is missing.")
    say("What was sold, canceled, enrolled or erased after that time has to be done again.")
    return 0


def _try(file: Path, passphrase: str | None, master: bytes | None) -> Restored:
    """Restores a backup into a folder that goes away again. Raises whatever `restore` and `open_ledger` raise."""
    with TemporaryDirectory(prefix=".doorlight-trial-", dir=file.parent) as name:
        folder = Path(name)
        keep_master(folder, master)
        database = open_database(f"sqlite:///{folder / DATABASE_FILE}")
        try:
            done = restore(database, folder, file, passphrase, wall_ms())
        finally:
            database.close()
        with open_ledger(None, folder) as office:
            if len(office.list_events()) != done.events:
                raise CommandFailed(f"{file} does not restore to what it was made of: make another")
        return done


def _passphrase(args: argparse.Namespace) -> str | None:
    return None if args.passphrase_file is None else from_file(args.passphrase_file)


def _fields(done: Restored) -> dict[str, object]:
    return asdict(done) | {"epoch": done.epoch.hex}

"""A backup holds all of a ledger, restores on either database, and is refused unless it is whole."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from app.ledger.admin import Office, open_ledger
from app.ledger.backup import kind_of
from app.ledger.backup_file import PIECE_BYTES, BackupBroken, BackupLocked, check, packed, unpacked
from app.ledger.engine import Database, open_database
from app.ledger.outbox import add_endpoint
from app.ledger.restore import UNCLEAR, Restored, TargetInUse, restore
from app.ledger.schema import events, installation, metadata, outbox
from app.ledger.secret_files import MASTER_FILE, MasterKeyWrong, keep_master, read_master
from app.ledger.upgrade import NewerLedger, upgrade, upgrade_within
from app.runtime.redeem_line import RedeemLine
from core.delivery.message import Channel, MessageState
from core.model.outcomes import Outcome
from tests.contract.conftest import DATABASES
from tests.contract.ledger_rig import NOW, STANDARD, Home, House, open_house
from tests.support.postgres import fresh_database

LATER = NOW + 3_600_000
PASSPHRASE = "four words that nobody guesses"


@pytest.fixture
def busy(own_house: House) -> House:
    """A ledger with facts, an incident, quarantine, a message, a manifest in print."""
    return made_busy(own_house)


@pytest.fixture
def file_home(tmp_path: Path) -> Home:
    """An embedded database."""
    return Home(None, tmp_path / "embedded")


@pytest.fixture
def busy_file(file_home: Home) -> Iterator[House]:
    """The same ledger in a file: for what no database makes a difference to."""
    with open_house(file_home) as house:
        yield made_busy(house)


@pytest.fixture
def beside(file_home: Home, tmp_path: Path) -> Home:
    """An empty folder with that ledger's master key."""
    folder = tmp_path / "beside"
    folder.mkdir(mode=0o700)
    keep_master(folder, read_master(file_home.folder))
    return Home(None, folder)


def made_busy(own_house: House) -> House:
    own_house.office._database.transact(
        lambda connection: add_endpoint(
            connection, own_house.event, Channel.WEBHOOK, "https://shop.example", frozenset(), NOW
        )
    )
    one, other = own_house.tickets(2)
    own_house.ask(own_house.scan(one))
    own_house.upload(*own_house.admit_offline(other, 0), own_house.scan(None))
    own_house.upload(*own_house.admit_offline(other, 1, after_ms=9_000))
    own_house.office.manifest_of(own_house.event)
    return own_house


def backup(office: Office, path: Path, passphrase: str | None = None, master: bytes | None = None) -> Path:
    path.write_bytes(b"".join(packed(office.backup_lines(master), passphrase)))
    return path


@contextmanager
def target(home: Home) -> Iterator[Database]:
    """An empty database in a folder."""
    database = open_database(home.url or f"sqlite:///{home.folder / 'ledger.db'}")
    try:
        yield database
    finally:
        database.close()


def put_back(home: Home, path: Path, passphrase: str | None = None, *, replaces: bool = False) -> Restored:
    with target(home) as database:
        return restore(database, home.folder, path, passphrase, LATER, replaces=replaces)


@pytest.fixture
def other_postgres_url(postgres_server: str) -> Iterator[str]:
    """A second empty database."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=DATABASES)
def elsewhere(request: pytest.FixtureRequest, busy: House, own_home: Home, tmp_path: Path) -> Home:
    """Another, empty database of either kind, with the ledger's master key."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    keep_master(folder, read_master(own_home.folder))
    return Home(request.getfixturevalue("other_postgres_url") if request.param == "postgresql" else None, folder)


def contents(lines: Iterator[Any]) -> dict[str, list[str]]:
    """The rows of each table, in no order."""
    tables: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if isinstance(line, dict):
            name = line.get("table", name)
            tables.setdefault(name, [])
        else:
            tables[name].append(json.dumps(line))
    return {name: sorted(rows) for name, rows in tables.items()}


def test_every_row_comes_back_on_either_database(busy: House, elsewhere: Home, tmp_path: Path) -> None:
    path = backup(busy.office, tmp_path / "b")
    before = contents(unpacked(path, None))
    done = put_back(elsewhere, path)
    with open_ledger(elsewhere.url, elsewhere.folder, now_ms=lambda: LATER) as office:
        after = contents(office.backup_lines(None))
        assert busy.event.hex in office.list_events()[0].policy.event
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"installation", "events", "outbox"}
    assert done.events == 1
    assert done.rows == sum(map(len, before.values()))
    assert all(before[name] for name in ("facts", "redemptions", "incidents", "tickets", "manifests", "outbox"))


def test_a_restored_ledger_is_a_new_epoch_with_newer_manifests_and_unclear_messages(  # G23
    busy: House, elsewhere: Home, tmp_path: Path
) -> None:
    path = backup(busy.office, tmp_path / "b")
    busy.office.issue_tickets(busy.event, STANDARD, 3)
    printed = busy.office.manifest_of(busy.event).version
    put_back(elsewhere, path)
    with target(elsewhere) as database, database.reading() as connection:
        row = connection.execute(select(installation)).one()
        versions = connection.execute(select(events.c.manifest_version)).scalars().all()
        messages = {(each.state, each.reason) for each in connection.execute(select(outbox))}
    with busy.office._database.reading() as connection:
        assert row.epoch != connection.execute(select(installation.c.epoch)).scalar_one()
    assert row.restored_at == LATER
    assert min(versions) > printed
    assert messages == {(MessageState.DEAD.value, UNCLEAR)}


def test_a_second_restore_raises_manifests_above_the_first(busy_file: House, beside: Home, tmp_path: Path) -> None:
    put_back(beside, backup(busy_file.office, tmp_path / "b"))
    with open_ledger(beside.url, beside.folder, now_ms=lambda: LATER) as office:
        first = office.manifest_of(busy_file.event).version
        path = backup(office, tmp_path / "c")
    put_back(beside, path, replaces=True)
    with open_ledger(beside.url, beside.folder, now_ms=lambda: LATER) as office:
        assert office.manifest_of(busy_file.event).version > first


def test_the_doors_go_on_where_the_backup_was_made(busy_file: House, beside: Home, tmp_path: Path) -> None:
    put_back(beside, backup(busy_file.office, tmp_path / "b"))
    with open_ledger(beside.url, beside.folder, now_ms=lambda: LATER) as office:
        again = House(
            office, busy_file.event, busy_file.kiosks, busy_file.secrets, RedeemLine(office.facts), busy_file.seqs
        )
        (new,) = again.tickets()
        used = next(iter(again.entries()))[0]
        assert again.ask(again.scan(new)).answer.outcome is Outcome.ADMITTED  # type: ignore[union-attr]
        repeated = again.ask(again.scan(type(new)(used), after_ms=60_000))
        assert repeated.answer.outcome is Outcome.ALREADY_USED  # type: ignore[union-attr]


def test_a_ledger_with_events_is_not_overwritten_unasked(busy: House, own_home: Home, tmp_path: Path) -> None:
    path = backup(busy.office, tmp_path / "b")
    busy.tickets(5)
    with pytest.raises(TargetInUse):
        put_back(own_home, path)
    assert busy.office.show_event(busy.event).tickets == 7
    put_back(own_home, path, replaces=True)
    with open_ledger(own_home.url, own_home.folder) as office:
        assert office.show_event(busy.event).tickets == 2


def test_the_master_key_is_in_a_locked_backup_alone(busy_file: House, file_home: Home, tmp_path: Path) -> None:
    master = read_master(file_home.folder)
    assert master is not None
    plain, locked = (
        backup(busy_file.office, tmp_path / "b"),
        backup(busy_file.office, tmp_path / "c", PASSPHRASE, master),
    )
    bare = Home(None, tmp_path / "bare")
    bare.folder.mkdir(mode=0o700)
    with pytest.raises(MasterKeyWrong):
        put_back(bare, plain)
    put_back(bare, locked, PASSPHRASE)
    assert read_master(bare.folder) == master
    with open_ledger(None, bare.folder) as office:
        assert len(office.list_events()) == 1


@pytest.mark.parametrize("passphrase", [None, "another"])
def test_without_its_passphrase_a_locked_backup_says_nothing(tmp_path: Path, passphrase: str | None) -> None:
    path = tmp_path / "b"
    path.write_bytes(b"".join(packed([{"name": "Anna"}], PASSPHRASE)))
    assert b"Anna" not in path.read_bytes()
    with pytest.raises(BackupLocked):
        list(unpacked(path, passphrase))


def test_another_installations_key_is_refused_before_anything_changes(busy_file: House, tmp_path: Path) -> None:
    path = backup(busy_file.office, tmp_path / "b")
    folder = tmp_path / "other"
    with open_ledger(None, folder) as office:
        office.create_event(busy_file.office.show_event(busy_file.event).policy)
    key = (folder / MASTER_FILE).read_bytes()
    with pytest.raises(MasterKeyWrong):
        put_back(Home(None, folder), path, replaces=True)
    assert (folder / MASTER_FILE).read_bytes() == key
    with open_ledger(None, folder) as office:
        assert len(office.list_events()) == 1


@pytest.mark.parametrize("locked", [False, True])
def test_a_backup_of_many_pieces_comes_back_as_it_was(tmp_path: Path, locked: bool) -> None:
    chance = random.Random(7)
    told = [[number, chance.randbytes(3_000).hex()] for number in range(400)]
    path = tmp_path / "b"
    path.write_bytes(b"".join(packed(told, PASSPHRASE if locked else None)))
    assert path.stat().st_size > 2 * PIECE_BYTES
    check(path)
    assert list(unpacked(path, PASSPHRASE)) == told


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("place", [0, 5, 40, 200, -1, -40])
def test_one_changed_byte_is_seen(tmp_path: Path, place: int, locked: bool) -> None:
    path = tmp_path / "b"
    data = bytearray(b"".join(packed([["row", number] for number in range(500)], PASSPHRASE if locked else None)))
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupBroken):
        check(path)


def test_a_cut_off_backup_changes_nothing(busy_file: House, file_home: Home, tmp_path: Path) -> None:
    whole = b"".join(packed(busy_file.office.backup_lines(None), None))
    path = tmp_path / "b"
    for length in (0, 10, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupBroken):
            put_back(file_home, path, replaces=True)
    assert len(busy_file.office.list_events()) == 1


def test_a_backup_with_too_few_rows_changes_nothing(busy: House, own_home: Home, tmp_path: Path) -> None:
    """The hash is right, the content is not: the transaction is rolled back as a whole."""
    lines = list(busy.office.backup_lines(None))
    path = tmp_path / "b"
    for wrong in (lines[:-1], lines[:-2] + lines[-1:], [*lines, ["more"]], lines[1:]):
        path.write_bytes(b"".join(packed(wrong, None)))
        with pytest.raises(BackupBroken):
            put_back(own_home, path, replaces=True)
    assert busy.office.show_event(busy.event).tickets == 2


def test_a_backup_of_an_older_program_is_brought_up_to_date(
    busy_file: House, tmp_path: Path, beside: Home
) -> None:  # G28: an older program's
    old = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    with old.writing() as connection:
        upgrade_within(old, connection, "0003")
        columns = {
            name: {column["name"] for column in inspect(connection).get_columns(name)}
            for name in inspect(connection).get_table_names()
        }
    old.close()
    path = tmp_path / "b"
    path.write_bytes(b"".join(packed(_as_of("0003", list(busy_file.office.backup_lines(None)), columns), None)))
    put_back(beside, path)
    with open_ledger(beside.url, beside.folder, now_ms=lambda: LATER) as office:
        assert len(office.fact_ids(busy_file.event)) == len(busy_file.stored())


def _as_of(schema: str, lines: list[Any], columns: dict[str, set[str]]) -> list[Any]:
    """The same backup as a program of that step had made it."""
    told: list[Any] = [lines[0] | {"schema": schema}]
    kept: list[int] = []
    rows = 0
    for line in lines[1:-1]:
        if isinstance(line, dict):
            there = columns.get(line["table"], set())
            kept = [place for place, (name, _) in enumerate(line["columns"]) if name in there]
            if kept:
                told.append({"table": line["table"], "columns": [line["columns"][place] for place in kept]})
        elif kept:
            told.append([line[place] for place in kept])
            rows += 1
    return [*told, {"rows": rows}]


def test_a_backup_of_a_newer_program_is_left_alone(busy_file: House, file_home: Home, tmp_path: Path) -> None:
    first, *rest = busy_file.office.backup_lines(None)
    path = tmp_path / "b"
    path.write_bytes(b"".join(packed([first | {"schema": "9999"}, *rest], None)))  # type: ignore[operator]
    with pytest.raises(NewerLedger):
        put_back(file_home, path, replaces=True)
    assert len(busy_file.office.list_events()) == 1


def test_it_is_of_one_moment_while_others_write(busy: House, tmp_path: Path) -> None:
    """Negative control for the snapshot: what is sold while the backup is read belongs to the next one."""
    lines = busy.office.backup_lines(None)
    head = list(islice(lines, 3))
    busy.tickets(4)
    tables = contents(iter([*head, *lines]))
    assert len(tables["tickets"]) == 2


def test_every_kind_of_column_is_known() -> None:
    for table in metadata.tables.values():
        for column in table.columns:
            assert kind_of(column.type), f"{table.name}.{column.name}"


def test_an_empty_ledger_has_a_backup_too(tmp_path: Path) -> None:
    with open_ledger(None, tmp_path / "a") as office:
        path = backup(office, tmp_path / "b", PASSPHRASE, read_master(tmp_path / "a"))
    other = Home(None, tmp_path / "c")
    other.folder.mkdir(mode=0o700)
    with target(other) as database:
        upgrade(database)
    assert put_back(other, path, PASSPHRASE).events == 0

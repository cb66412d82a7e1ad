"""A second ledger that hears of a night afterwards: all facts, in another order, in other batches, some of them twice.

Owns the feeding. It begins with the first ledger's tickets as they stood at the end, and with no fact.
"""

import json
import random
import shutil
from collections import defaultdict
from uuid import UUID

from app.ledger.admin import Office
from app.ledger.rows import Doubt
from app.runtime.redeem_line import RedeemLine
from core.model.ids import DeviceId
from tests.simulation.books import Books, Kept, read_books
from tests.simulation.estate import database
from tests.simulation.house import LEDGER_FILE
from tests.simulation.night import Night

SECOND_FILE = "second.db"


def fed_anew(night: Night, books: Books) -> Books:
    """What the second ledger knows at the end."""
    folder, second = night.of.folder, database(SECOND_FILE)
    second.close()
    with night.house.database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    night.house.database.close()  # the last connection puts the log into the file
    for suffix in ("", "-wal", "-shm"):
        (folder / (SECOND_FILE + suffix)).unlink(missing_ok=True)
    shutil.copyfile(folder / LEDGER_FILE, folder / SECOND_FILE)
    with second.writing() as connection:
        for table in ("facts", "redemptions", "incidents", "outbox"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 — names of this module
        connection.exec_driver_sql("UPDATE tickets SET is_inside = 0")
    office = Office(second, night.of.master, lambda: night.agenda.now_ms)
    line = RedeemLine(office.facts)
    for batch in _batches(list(books.facts.values()), random.Random(night.plan.seed + 1)):
        records = [json.loads(each.record) for each in batch]
        line.redeem_batch(night.of.event, DeviceId(batch[0].device), records, doubt=_doubt(batch[0]))
    found = read_books(second, night.of.event)
    second.close()
    return found


def _doubt(kept: Kept) -> Doubt | None:
    """What its device was revoked before: the second ledger is told the same."""
    return Doubt.DEVICE_REVOKED if kept.reason == Doubt.DEVICE_REVOKED.value else None


def _batches(facts: list[Kept], draw: random.Random) -> list[list[Kept]]:
    """Runs of one device's facts, cut and mixed; a third of them come a second time."""
    by_device: dict[tuple[UUID, Doubt | None], list[Kept]] = defaultdict(list)
    draw.shuffle(facts)
    for each in facts + draw.sample(facts, k=len(facts) // 3):
        by_device[each.device, _doubt(each)].append(each)
    cut = [every[start : start + 30] for every in by_device.values() for start in range(0, len(every), 30)]
    draw.shuffle(cut)
    return cut

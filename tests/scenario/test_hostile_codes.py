"""Whatever is in a code, the lane says one of its outcomes and goes on (G14)."""

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from core.gate.admit import MAX_FOREIGN, Door
from core.gate.verdict import ForeignDetail
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.ticket.verify import Lane
from tests.support.door import DEVICE, EVENT, NORTH, HandClock, new_id, taken, ticket, writer
from tests.support.hostile import hostile_texts

REFUSALS_OF_TEXTS = {
    Outcome.NOT_A_TICKET,
    Outcome.DAMAGED_CODE,
    Outcome.UPDATE_REQUIRED,
    Outcome.BAD_SIGNATURE,
    Outcome.UNKNOWN_KEY,
}


@pytest.mark.slow
def test_every_hostile_text_has_one_typed_outcome_and_one_record(tmp_path: Path) -> None:  # G14
    clock, box = HandClock(), TrustBox(EVENT)
    box.adopt(taken(), clock.at_ms)
    texts = list(hostile_texts())
    assert len(texts) >= 500
    with closing(Journal(tmp_path / "kiosk.db", writer(), new_id)) as journal:
        line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=clock,
            oracle=NoOracle(),
        )
        seen: Counter[Outcome] = Counter()
        for text in texts:
            clock.advance(2_100)  # at the pace of a queue: faster, they would only be counted
            verdict = line.present(text)
            seen[verdict.outcome] += 1
            if isinstance(verdict.detail, ForeignDetail):
                assert verdict.detail.escaped.isascii()
                assert len(verdict.detail.escaped) <= MAX_FOREIGN
        assert set(seen) <= REFUSALS_OF_TEXTS
        assert journal.summary().shown == len(texts)
        stored = b"".join(item.record for item in journal.queued(10_000))
        assert b"script" not in stored, "a journal keeps digests of strangers, never their text"
        assert line.present(ticket(1)).outcome is Outcome.ADMITTED_OFFLINE

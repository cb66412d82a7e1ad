"""What would only grow is shed in its time; what is dead, or keeps a message from being sent twice, is not."""

from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from app.ledger.outbox import Message, put
from app.ledger.pruning import AT_ONCE, ATTEMPTS_KEPT_MS, CODES_KEPT_MS
from app.ledger.schema import delivery_attempts, enrol_codes, outbox
from app.runtime.job_table import shed
from core.delivery.message import Channel, MessageState
from core.model.ids import GateId
from core.sync.enrolment import code_key
from tests.contract.ledger_rig import NOW, House

DAY_MS = 24 * 60 * 60 * 1000


def messages(house: House, states: dict[MessageState, int], count: int = 1) -> None:
    """Messages that ended so many milliseconds ago, with two attempts each."""
    database, event = house.office._database, house.event
    for state, ago_ms in states.items():
        made = [Message(Channel.WEBHOOK, uuid4(), "ticket.exit", uuid4().hex, "{}") for _ in range(count)]
        with database.writing() as connection:
            ids = put(connection, database.profile, event, made, NOW - ago_ms)
            values = {"state": state.value, "closed_at": NOW - ago_ms}
            mine = (outbox.c.event_id == event) & outbox.c.id.in_(ids)
            connection.execute(update(outbox).where(mine).values(values))
            row = {"event_id": event, "owner": "a", "started_at": NOW - ago_ms}
            tries = [row | {"message": id_, "attempt": number} for id_ in ids for number in (1, 2)]
            connection.execute(insert(delivery_attempts), tries)


def left(house: House) -> tuple[int, int]:
    """How many messages the event has, and how many attempts."""
    with house.office._database.reading() as connection:
        kept, tries = (
            connection.execute(select(table).where(table.c.event_id == house.event)).all()
            for table in (outbox, delivery_attempts)
        )
    return len(kept), len(tries)


@pytest.mark.parametrize("state", list(MessageState))
def test_attempts_of_what_ended_well_go_after_a_month_and_no_message_ever(house: House, state: MessageState) -> None:
    messages(house, {state: ATTEMPTS_KEPT_MS + 1})
    messages(house, {state: ATTEMPTS_KEPT_MS - 1})
    shed(house.office, lambda: None)
    goes = state in {MessageState.SENT, MessageState.CANCELED}
    assert left(house) == (2, 2 if goes else 4)


def test_many_go_in_pieces_with_a_beat_between_them(house: House) -> None:
    messages(house, {MessageState.SENT: ATTEMPTS_KEPT_MS + DAY_MS}, AT_ONCE + 1)
    beats: list[None] = []
    told = shed(house.office, lambda: beats.append(None))
    assert left(house) == (AT_ONCE + 1, 0)
    assert len(beats) >= 2
    assert f"{2 * AT_ONCE + 2} attempts" in told


def test_a_code_that_ended_long_ago_is_forgotten_and_one_that_just_did_is_not(house: House) -> None:
    codes = [house.office.device_code(house.event, GateId("north"), f"kiosk {number}x") for number in range(2)]
    handles = [code_key(each.code)[0] for each in codes]
    with house.office._database.writing() as connection:
        for handle, ago_ms in zip(handles, (CODES_KEPT_MS + 1, CODES_KEPT_MS - 1), strict=True):
            mine = enrol_codes.c.handle == handle
            connection.execute(update(enrol_codes).where(mine).values(expires_at=NOW - ago_ms))
    shed(house.office, lambda: None)
    with house.office._database.reading() as connection:
        there = set(connection.execute(select(enrol_codes.c.handle)).scalars())
    assert [handle in there for handle in handles] == [False, True]

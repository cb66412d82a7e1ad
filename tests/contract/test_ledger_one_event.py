"""A redemption names one event and no other, so that on a cluster one machine alone does it.

With the negative control: a transaction that looks at two events is seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import event, select

from app.ledger.schema import events
from tests.contract.ledger_rig import House


@contextmanager
def named_by(house: House) -> Iterator[list[set[UUID]]]:
    """The events that each statement of the block is given."""
    seen: list[set[UUID]] = []
    engine = house.office._database._engine

    def look(*told: Any) -> None:
        compiled = told[4].compiled
        given = told[4].compiled_parameters if compiled is not None else []
        seen.append({value for row in given for name, value in row.items() if _is_event(name, compiled, value)})

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", look)


def _is_event(name: str, compiled: Any, value: object) -> bool:
    return isinstance(value, UUID) and (name in {"e", "b_event"} or name.startswith("event_id"))


def test_all_that_a_redemption_touches_lies_with_its_event(house: House) -> None:
    house.ask(house.scan(house.tickets()[0]))  # what is read once per process
    with named_by(house) as seen:
        tickets = house.tickets(3)
        start = len(seen)
        house.upload(*[fact for tid in tickets for fact in house.admit_offline(tid, 0)])
        house.ask(house.scan(tickets[0], 1))
        house.upload(*house.admit_offline(tickets[1], 2))
    assert len(seen) - start > 10
    assert set().union(*seen[start:]) == {house.event}


def test_a_transaction_that_looks_at_two_events_is_seen(house: House) -> None:  # negative control
    other = UUID(int=5)
    with named_by(house) as seen, house.office._database.reading() as connection:
        for wanted in (house.event, other):
            connection.execute(select(events.c.policy).where(events.c.event_id == wanted)).all()
    assert set().union(*seen) == {house.event, other}

"""Facts in any order, any batching, any number of copies: the tables hold what the fold says."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import events, facts, incidents, redemptions, tickets
from app.runtime.redeem_line import RedeemLine
from core.journal.scan import Fact, to_record
from core.journal.state import Arrival
from core.redeem.fold import fold
from core.sync.manifest import row_of
from core.sync.messages import EventRow
from core.ticket.terms import Terms
from tests.support.facts import EVENT, EXP_S, KID, NBF_S, NOW, TERMS, TID, event, histories

pytestmark = pytest.mark.slow


@st.composite
def deliveries(draw: st.DrawFn, history: Sequence[Fact]) -> list[list[Fact]]:
    """Batches that bring every fact at least once, in any order; each batch is of one kiosk, as batches are."""
    sent = draw(st.permutations([*history, *draw(st.lists(st.sampled_from(history), max_size=4))] if history else []))
    cuts = draw(st.lists(st.booleans(), min_size=len(sent), max_size=len(sent)))
    batches: list[list[Fact]] = []
    for _, run in groupby(zip(sent, cuts, strict=True), key=lambda item: item[0].stamp.device):
        for fact, is_cut in run:
            if is_cut or not batches or batches[-1][0].stamp.device != fact.stamp.device:
                batches.append([])
            batches[-1].append(fact)
    return batches


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A ledger with the usual event and its usual ticket."""
    with open_ledger(None, tmp_path_factory.mktemp("order"), now_ms=lambda: NOW) as opened:
        opened.create_event(row_of(event()))
        ticket = {"event_id": EVENT, "tid": TID, "kid": KID, "flags": 0, "gen": 0, "cls": 1, "nbf": NBF_S, "exp": EXP_S}
        with opened._database.writing() as connection:
            connection.execute(
                insert(tickets),
                {**ticket, "is_inside": False, "source": "test", "external_ref": None, "issued_at": NOW},
            )
        yield opened


def start_over(office: Office, of: Terms) -> None:
    """The same ticket with other terms and no facts."""
    assert of.ticket_class is not None
    denial = of.denial
    told = {
        "denial": denial.reason.value if denial else None,
        "denial_min_gen": denial.min_gen if denial else None,
        "denial_since": denial.since_version if denial else None,
        "is_inside": False,
    }
    policy = TypeAdapter(EventRow).dump_json(row_of(event(of.ticket_class))).decode()
    with office._database.writing() as connection:
        for table in (facts, redemptions, incidents):
            connection.execute(delete(table).where(table.c.event_id == EVENT))
        connection.execute(update(tickets).where(tickets.c.event_id == EVENT).values(told))
        connection.execute(update(events).where(events.c.event_id == EVENT).values(policy=policy))


def tables(office: Office) -> tuple[dict[int, UUID], set[tuple[object, ...]], bool]:
    """Entries, incidents that stand with what was found out about them, and whether the guest is inside."""
    with office._database.reading() as connection:
        entries = {row.entry_number: row.scan_id for row in connection.execute(select(redemptions))}
        standing = {
            (row.kind, row.scan_id, row.against, row.severity, row.is_order_provable, row.finding)
            for row in connection.execute(select(incidents).where(incidents.c.state != "withdrawn"))
        }
        is_inside = connection.execute(select(tickets.c.is_inside).where(tickets.c.event_id == EVENT)).scalar_one()
    return entries, standing, is_inside


@settings(max_examples=60)
@given(TERMS, histories(), st.data())
def test_tables_hold_what_the_fold_says_in_every_order(
    office: Office, of: Terms, history: list[Fact], data: st.DataObject
) -> None:
    start_over(office, of)
    line = RedeemLine(office.facts)
    for batch in data.draw(deliveries(history)):
        results = line.redeem_batch(EVENT, batch[0].stamp.device, [to_record(fact) for fact in batch])
        assert {result.arrival for result in results} <= {Arrival.APPLIED, Arrival.REPLAYED}
    folded = fold(of, event(of.ticket_class) if of.ticket_class else event(), history)
    wanted = (
        {passage.entry_number: passage.scan.stamp.id for passage in folded.entries},
        {
            (one.kind.value, one.scan, one.against, one.severity.value, one.is_order_provable, one.finding)
            for one in folded.incidents
        },
        folded.is_inside,
    )
    assert tables(office) == wanted


def test_the_policy_survives_its_row() -> None:
    adapter = TypeAdapter(EventRow)
    assert adapter.validate_python(asdict(row_of(event()))) == row_of(event())

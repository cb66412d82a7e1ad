"""A ledger that came back from a backup, and was sent again what it lacked, is the one that was lost."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import delete, select, update

from app.ledger.admin import Office
from app.ledger.outbox import add_endpoint
from app.ledger.restore import _begin_epoch
from app.ledger.schema import facts, incidents, installation, outbox, redemptions
from app.runtime.redeem_line import RedeemLine
from core.delivery.message import Channel, MessageState
from core.journal.scan import Fact, Scan, Undo, to_record
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.ticket.lists import DenialReason
from core.ticket.terms import Terms
from core.ticket.verify import Trust
from tests.contract.ledger_rig import NOW, House
from tests.contract.test_ledger_order import deliveries, start_over, tables
from tests.contract.test_ledger_order import office as office  # noqa: PLC0414 — its fixture
from tests.support.facts import EVENT, TERMS, histories

_ANSWER = TypeAdapter(Answer)


def answers_of(office: Office, event: UUID) -> dict[str, Answer | None]:
    """What the ledger has acknowledged: each fact's id with its answer, as its kiosk keeps it."""
    with office._database.reading() as connection:
        rows = connection.execute(select(facts.c.id, facts.c.answer).where(facts.c.event_id == event)).all()
    return {row.id.hex: _ANSWER.validate_json(row.answer) if row.answer else None for row in rows}


def messages(office: Office, event: UUID) -> set[tuple[str, str]]:
    """Each message by its key, with its state."""
    with office._database.reading() as connection:
        rows = connection.execute(select(outbox.c.dedupe_key, outbox.c.state).where(outbox.c.event_id == event))
        return {(row.dedupe_key, row.state) for row in rows}


@pytest.mark.slow
@settings(max_examples=20)
@given(TERMS, histories(), st.data())
def test_the_state_after_a_restore_is_the_state_without_the_loss(  # G23
    office: Office, of: Terms, history: list[Fact], data: st.DataObject
) -> None:
    batches = data.draw(deliveries(history))
    cut = data.draw(st.integers(0, len(batches)))
    later = data.draw(st.integers(cut, len(batches)))  # what follows was never acknowledged: it is new to both

    def deliver(some: Sequence[Sequence[Fact]], resent: Mapping[str, Answer | None]) -> None:
        line = RedeemLine(office.facts)
        for batch in some:
            mine = {fact.stamp.id.hex for fact in batch} & resent.keys()
            told = {id_: resent[id_] for id_ in mine}
            records = [to_record(fact) for fact in batch]
            line.redeem_batch(EVENT, batch[0].stamp.device, records, resent=told)

    start_over(office, of)
    deliver(batches[:later], {})
    acknowledged = answers_of(office, EVENT)
    deliver(batches[later:], {})
    without_loss, answers = tables(office), answers_of(office, EVENT)

    start_over(office, of)
    deliver(batches[:cut], {})
    with office._database.writing() as connection:
        connection.execute(update(installation).values(restored_at=NOW))
    again = data.draw(st.permutations(batches[cut:]))
    deliver(again, acknowledged)
    assert tables(office) == without_loss
    restored = answers_of(office, EVENT)
    assert {id_: restored[id_] for id_ in acknowledged} == {id_: answers[id_] for id_ in acknowledged}, "I7"
    with office._database.writing() as connection:
        connection.execute(update(installation).values(restored_at=None))


def test_tickets_can_be_canceled_after_a_restore(house: House) -> None:  # G23
    """The versions of a restored ledger's manifests still fit a record of the deny list."""
    tid = house.tickets()[0]
    house.office.press.published(house.event)
    with house.office._database.writing() as connection:
        connection.execution_options(spans_events="a restore is about the whole ledger")
        _begin_epoch(connection, NOW)
    house.office.cancel_ticket(house.event, tid)
    trust = house.office.press.trust(house.event)
    assert isinstance(trust, Trust)
    denial = trust.lists.denial(tid)
    assert denial is not None
    assert denial.reason is DenialReason.CANCELED


def test_an_undo_that_waited_for_its_scan_is_answered_nothing_again(house: House) -> None:  # G23, G30, I7
    scan, shown = house.admit_offline(house.tickets()[0], 0)
    assert isinstance(scan, Scan)
    undo = Undo(house.about(scan, None, 5_000), scan.stamp.id, "ana")
    night = Night(house)
    for fact in (undo, scan, shown):
        night.deliver(fact)
    night.lose()
    assert night.told[undo.stamp.id.hex] is None
    night.sent = [scan, shown, undo]  # the journal's order, not that of the night's network
    night.resend()
    assert answers_of(house.office, house.event) == night.told
    assert (house.entries(), house.inside()) == ({}, [])


class Night:
    """An event whose news somebody wants, some facts that the ledger acknowledged, and its loss."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.office._database.transact(
            lambda connection: add_endpoint(
                connection, house.event, Channel.WEBHOOK, "https://shop.example", frozenset(), NOW
            )
        )
        self.sent: list[Fact] = []
        self.told: dict[str, Answer | None] = {}
        self.keys: set[str] = set()

    def deliver(self, *some: Fact) -> None:
        self.house.upload(*some)
        self.sent += some

    def lose(self) -> None:
        """The backup held nothing of it; the kiosks still do."""
        self.told = answers_of(self.house.office, self.house.event)
        self.keys = {key for key, _ in messages(self.house.office, self.house.event)}
        with self.house.office._database.writing() as connection:
            for table in (facts, redemptions, incidents, outbox):
                connection.execute(delete(table).where(table.c.event_id == self.house.event))
            connection.execute(update(installation).values(restored_at=NOW))

    def resend(self, *, is_marked: bool = True) -> None:
        for fact in self.sent:
            self.house.line.redeem_batch(
                self.house.event, fact.stamp.device, [to_record(fact)], resent=self.told if is_marked else {}
            )

    @property
    def ready(self) -> set[str]:
        """What would be sent now."""
        told = messages(self.house.office, self.house.event)
        return {key for key, state in told if state == MessageState.READY.value}


@pytest.fixture
def night(own_house: House) -> Night:
    return Night(own_house)


def test_what_was_told_before_the_loss_is_not_told_again(night: Night) -> None:  # G23
    one, other = night.house.tickets(2)
    night.deliver(*night.house.admit_offline(one, 0))
    night.deliver(*night.house.admit_offline(other, 0, after_ms=1_000))
    night.deliver(*night.house.admit_offline(other, 1))  # wins, and is told as a correction
    entries, incidents = night.house.entries(), night.house.open_incidents()
    night.lose()
    night.resend()
    assert (night.house.entries(), night.house.open_incidents()) == (entries, incidents)
    assert night.ready == set()
    assert {key for key, _ in messages(night.house.office, night.house.event)} >= {
        key for key in night.keys if ":redeemed:" in key or ":incident:" in key
    }


def test_without_the_mark_everything_would_be_told_again(night: Night) -> None:
    """The negative control of the test above."""
    (tid,) = night.house.tickets()
    night.deliver(*night.house.admit_offline(tid, 0))
    night.lose()
    night.resend(is_marked=False)
    assert night.ready == night.keys != set()


def test_what_is_new_since_the_loss_is_told(night: Night) -> None:
    one, other = night.house.tickets(2)
    night.deliver(*night.house.admit_offline(one, 0))
    night.lose()
    night.resend()
    night.house.upload(*night.house.admit_offline(other, 1))
    night.house.upload(*night.house.admit_offline(one, 1, after_ms=60_000))
    assert sorted(key.split(":")[1] for key in night.ready) == ["incident", "redeemed"]


def test_a_new_scan_that_came_before_the_resent_one_leaves_nobody_with_a_wrong_word(night: Night) -> None:
    (tid,) = night.house.tickets()
    night.deliver(*night.house.admit_offline(tid, 0))
    night.lose()
    night.house.upload(*night.house.admit_offline(tid, 1, after_ms=60_000))  # another kiosk was faster
    night.resend()
    kinds = sorted(key.split(":")[1] for key in night.ready)
    assert kinds == ["corrected", "incident", "redeemed"], "the shop hears who has the entry now"


def test_a_refund_after_the_restore_does_not_reach_back_to_a_guest_who_was_let_in_before(night: Night) -> None:
    (tid,) = night.house.tickets()
    night.deliver(*night.house.admit_offline(tid, 0))
    night.lose()
    night.house.office.cancel_ticket(night.house.event, tid)
    night.resend()
    assert night.house.open_incidents() == set()


def test_without_its_first_answer_that_guest_would_be_an_incident(night: Night) -> None:
    """The negative control of the test above."""
    (tid,) = night.house.tickets()
    night.deliver(*night.house.admit_offline(tid, 0))
    night.lose()
    night.house.office.cancel_ticket(night.house.event, tid)
    night.told = dict.fromkeys(night.told)
    night.resend()
    assert {kind for kind, _ in night.house.open_incidents()} == {"late_cancel"}


def test_a_ledger_that_was_never_restored_believes_no_such_word(night: Night) -> None:
    """A kiosk can keep nobody's news back, and bring no answer of its own, where nothing was lost."""
    (tid,) = night.house.tickets()
    scan, shown = night.house.admit_offline(tid, 0)
    told = {scan.stamp.id.hex: Answer(Outcome.CANCELED), shown.stamp.id.hex: None}
    (result, _) = night.house.line.redeem_batch(
        night.house.event, scan.stamp.device, [to_record(scan), to_record(shown)], resent=told
    )
    assert result.answer is not None
    assert result.answer.outcome is Outcome.ADMITTED
    assert len(night.ready) == 1

"""G13: random rules and random histories, at a kiosk that is alone and at the server: the same outcome every time.

The kiosk is its whole line on a real journal; the server the redeem line on a real ledger. Both hear of the same scans,
of the same ticket; each is asked before it is told what the other said.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import insert, update

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import events, tickets
from app.runtime.oracle import NoOracle
from app.runtime.redeem_line import Question, RedeemLine
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store.journal import Journal
from app.store.journal_file import Writer
from core.gate.admit import Door
from core.journal.scan import Scan, to_record
from core.model.attention import AttentionItem, AttentionKind
from core.model.event import Direction, Event, PassageRules, TicketClass
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.model.questions import Question as DoorQuestion
from core.model.questions import QuestionKind
from core.redeem.undoing import undo_refusal
from core.sync.manifest import row_of
from core.sync.messages import EventRow
from core.ticket.lists import EVERY_GEN, Denial, DenialReason
from core.ticket.verify import Lane
from tests.support import facts
from tests.support.door import (
    DAY,
    DEVICE,
    END_S,
    EVENT,
    KID,
    NOON_MS,
    NORTH,
    START_S,
    SUMMER_NIGHT,
    HandClock,
    lists,
    new_id,
    taken,
    ticket,
    tid,
)

pytestmark = pytest.mark.slow
MINUTE_MS = 60_000
_EVENT_ROW = TypeAdapter(EventRow)
_LONG = {"fresh_until_ms": NOON_MS + 30 * 86_400_000, "lease_until_ms": NOON_MS + 30 * 86_400_000}
"""No history here ends the lease."""
_BY_THE_KIOSK_ALONE = {Outcome.ADMITTED_OFFLINE: Outcome.ADMITTED, Outcome.CONFIRM_IDENTITY: Outcome.ALREADY_INSIDE}
"""What a kiosk that can't ask says in place of what a server says."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some minutes pass, then a guest comes (and is asked, or not) or goes, staff take the last scan back, or the order
    is canceled.
    """

    minutes: int
    what: str


PLATE = DoorQuestion("plate", "Number plate?", QuestionKind.TEXT)
MEAL = DoorQuestion("meal", "Which meal?", QuestionKind.CHOICE, is_required=False, choices=("meat", "fish"))
ANSWERS = {"asked": {"plate": "B-AR 17", "meal": ""}, "asked badly": {"plate": " ", "meal": "soup"}}

STEPS = st.builds(
    Step,
    st.sampled_from([0, 1, 14, 16, 59, 61, 300, 700, 1_500]),
    st.sampled_from(["entry", "entry", "asked", "asked", "asked badly", "exit", "exit", "undo", "cancel"]),
)
RULED = st.builds(
    lambda entries, rules, checkout, questions, items: replace(
        SUMMER_NIGHT,
        attention={1: AttentionItem(1, AttentionKind.AGE, "18 or older")},
        ends_ms=Millis(SUMMER_NIGHT.ends_ms + 3 * 86_400_000),
        classes={
            DAY: TicketClass(DAY, "Day ticket", entries=entries, rules=rules, questions=questions, attention=items)
        },
        checkout_at=checkout,
    ),
    st.integers(1, 3),
    facts.RULES,
    st.none() | st.sampled_from([time(6), time(23, 30)]),
    st.sampled_from([(), (PLATE,), (PLATE, MEAL)]),
    st.sampled_from([frozenset(), frozenset({1})]),
)


class Pair:
    """A kiosk and a server of one event."""

    def __init__(self, office: Office, folder: Path, clock: HandClock) -> None:
        self._office = office
        self._line = RedeemLine(office.facts)
        self._folder = folder
        self._clock = clock
        self._numbers = count(1)

    def play(self, event: Event, steps: Sequence[Step], server: Event | None = None) -> list[tuple[Outcome, Outcome]]:
        """What kiosk and server (of the same event unless told otherwise) say about one ticket, scan by scan."""
        number = next(self._numbers)
        self._clock.at_ms = NOON_MS
        self._sell(server or event, number)
        box = TrustBox(EVENT)
        box.adopt(taken(policy=row_of(event), **_LONG), self._clock.at_ms)
        said: list[tuple[Outcome, Outcome]] = []
        with closing(Journal(self._folder / f"{number}.db", Writer(EVENT, DEVICE, number), new_id)) as journal:
            last: Scan | None = None
            for step in steps:
                self._clock.advance(step.minutes * MINUTE_MS)
                if step.what == "cancel":
                    self._office.cancel_ticket(EVENT, tid(number))
                    denied = {tid(number): Denial(EVERY_GEN, DenialReason.CANCELED, 2)}
                    box.adopt(taken(2, lists(denied=denied), policy=row_of(event), **_LONG), self._clock.at_ms)
                elif step.what == "undo":
                    self._undo(journal, last)
                else:
                    last = self._present(journal, box, number, step.what, said)
        return said

    def _present(
        self, journal: Journal, box: TrustBox, number: int, what: str, said: list[tuple[Outcome, Outcome]]
    ) -> Scan:
        way = Direction.ENTRY if what in ANSWERS else Direction(what)
        line = ScanLine(
            lane=Lane(NORTH, way),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=self._clock,
            oracle=NoOracle(),
        )
        verdict = line.present(ticket(number, exp=END_S + 3 * 86_400))
        scan = self._compare(journal, verdict.outcome, said)
        if verdict.outcome is Outcome.ANSWERS_REQUIRED and what in ANSWERS:
            answered = line.answer(scan.stamp.id, ANSWERS[what])
            assert answered is not None
            scan = self._compare(journal, answered.outcome, said)
        return scan

    def _compare(self, journal: Journal, here: Outcome, said: list[tuple[Outcome, Outcome]]) -> Scan:
        scan, shown = journal.every_fact()[-2:]
        assert isinstance(scan, Scan)
        result = self._line.redeem(Question(EVENT, DEVICE, to_record(scan)))
        assert result.answer is not None, result.reason
        said.append((_BY_THE_KIOSK_ALONE.get(here, here), result.answer.outcome))
        self._line.redeem_batch(EVENT, DEVICE, [to_record(shown)])
        return scan

    def _undo(self, journal: Journal, last: Scan | None) -> None:
        if last is None or undo_refusal(last, DEVICE, self._clock.now()) is not None:
            return
        undo = journal.record_undo(last, self._clock.now())
        (result,) = self._line.redeem_batch(EVENT, DEVICE, [to_record(undo)])
        assert result.answer is not None
        assert result.answer.outcome is Outcome.UNDONE

    def _sell(self, event: Event, number: int) -> None:
        policy = _EVENT_ROW.dump_json(row_of(event)).decode()
        row = {"event_id": EVENT, "tid": tid(number), "kid": KID, "flags": 0, "gen": 0, "cls": DAY, "nbf": START_S}
        told = {"exp": END_S + 3 * 86_400, "is_inside": False, "source": "test", "external_ref": None, "issued_at": 0}
        with self._office._database.writing() as connection:
            connection.execute(update(events).where(events.c.event_id == EVENT).values(policy=policy))
            connection.execute(insert(tickets), row | told)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One ledger and one folder for the journals; each history has a ticket and a journal of its own."""
    clock, folder = HandClock(), tmp_path_factory.mktemp("pair")
    with open_ledger(None, folder / "server", now_ms=lambda: clock.at_ms) as office:
        office.create_event(row_of(SUMMER_NIGHT))
        yield Pair(office, folder, clock)


@settings(max_examples=25)
@given(RULED, st.lists(STEPS, min_size=2, max_size=8))
def test_kiosk_and_server_say_the_same_of_random_rules_and_histories(
    pair: Pair, event: Event, steps: list[Step]
) -> None:  # G13
    for here, there in pair.play(event, steps):
        assert here is there


def test_a_server_with_another_rule_is_found_out(pair: Pair) -> None:
    """Negative control."""
    ruled = replace(SUMMER_NIGHT.classes[DAY], entries=3, rules=PassageRules(per_day=1))
    event = replace(SUMMER_NIGHT, classes={DAY: ruled})
    lax = replace(SUMMER_NIGHT, classes={DAY: replace(ruled, rules=PassageRules())})
    twice = [Step(0, "entry"), Step(1, "entry")]
    assert pair.play(event, twice) == [(Outcome.ADMITTED, Outcome.ADMITTED), (Outcome.LIMIT_REACHED,) * 2]
    assert pair.play(event, twice, lax)[1] == (Outcome.LIMIT_REACHED, Outcome.ADMITTED)


def test_a_server_that_asks_other_questions_is_found_out(pair: Pair) -> None:
    """Negative control, and the rule in short: asked once, answered at one door, good at the next entry."""
    asking = replace(SUMMER_NIGHT.classes[DAY], entries=3, questions=(PLATE,))
    event = replace(SUMMER_NIGHT, classes={DAY: asking})
    silent = replace(SUMMER_NIGHT, classes={DAY: replace(asking, questions=())})
    steps = [Step(0, "asked badly"), Step(1, "asked"), Step(1, "entry")]
    wanted = [Outcome.ANSWERS_REQUIRED] * 3 + [Outcome.ADMITTED] * 2
    assert pair.play(event, steps) == [(each, each) for each in wanted]
    assert pair.play(event, steps, silent)[0] == (Outcome.ANSWERS_REQUIRED, Outcome.ADMITTED)

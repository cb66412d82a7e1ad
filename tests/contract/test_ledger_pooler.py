"""Behind PgBouncer in transaction mode: each transaction may get another session, and the ledger does not mind.

With the negative controls: the plain profile, which settles its bounds at the connection and prepares its statements,
is refused there or fails.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.errors import AppError
from app.ledger.engine import distributed, open_database
from core.journal.state import Arrival
from core.model.outcomes import Outcome
from tests.contract.ledger_rig import Home, House, open_house
from tests.contract.test_ledger_parallel import at_once, check_one_admission, questions
from tests.support.pooler import SESSIONS, pooled, program

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(program() is None, reason="PgBouncer is not installed"),
]


@pytest.fixture
def behind(postgres_url: str, tmp_path: Path) -> Iterator[House]:
    """One event in a ledger behind the pooler, under the `distributed` profile."""
    with pooled(postgres_url) as url, open_house(Home(distributed(url), tmp_path)) as opened:
        yield opened


def test_one_ticket_at_many_doors_is_admitted_once_with_fewer_sessions_than_doors(behind: House) -> None:
    tid = behind.tickets()[0]
    check_one_admission(behind, tid, at_once(questions(behind, behind.line, tid, 4 * SESSIONS)))


def test_uploads_replays_and_conflicts_are_as_without_a_pooler(behind: House) -> None:
    tickets = behind.tickets(30)
    facts = [fact for tid in tickets for fact in behind.admit_offline(tid, 0)]
    for _ in range(2):
        results = behind.upload(*facts)
    assert {result.arrival for result in results} == {Arrival.REPLAYED}
    again = behind.ask(behind.scan(tickets[0], 1))
    assert again.answer is not None
    assert again.answer.outcome is Outcome.ALREADY_USED
    assert len(behind.entries()) == 30


def test_each_transaction_has_its_bounds_and_leaves_none_behind(behind: House) -> None:
    database = behind.office._database
    with database.reading() as one, database.writing() as other:
        for connection in (one, other):
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "2s"
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "15s"
    raw = database._engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    finally:
        raw.close()


def test_the_plain_profile_is_refused_by_the_pooler(postgres_url: str) -> None:  # negative control
    with pooled(postgres_url) as url:
        database = open_database(url)
        with pytest.raises(AppError), database.reading():
            pass
        database.close()


def test_prepared_statements_of_the_plain_profile_fail_there(postgres_url: str, tmp_path: Path) -> None:
    """The negative control of the other half: with its settings ignored, its prepared statements are not there."""
    with pooled(postgres_url, ignores_options=True) as url, open_house(Home(url, tmp_path)) as house:
        results = [
            result for tid in house.tickets(6) for result in at_once(questions(house, house.line, tid, 4 * SESSIONS))
        ]
    assert any(isinstance(result, Exception) for result in results)

"""A job runs exactly once for each time that it is due, whichever worker comes first, and again after a crash."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, text
from sqlalchemy.schema import CreateIndex

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.audit import act_as
from app.ledger.job_book import LEASE_MS, MOST_TRIES, JobBook, RunCause, RunState
from app.ledger.schema import NO_EVENT, job_runs
from app.runtime.jobs import Beat, Job, JobGoesOn, JobRunner, JobUnknown
from core.journal.audit import Actor, ActorKind, Deed
from core.model.roles import INSTALLATION
from tests.contract.ledger_rig import NOW, House

MINUTE = 60_000


class Desk:
    """A ledger's jobs under a clock of the test's own; the job's name is its own too, as the database is shared."""

    def __init__(self, house: House) -> None:
        self.office = house.office
        self.now = NOW
        self.office.now_ms = lambda: self.now
        self.office.jobs = JobBook(self.office._database, lambda: self.now)
        self.name = f"job {secrets.token_hex(8)}"
        self.ran: list[str] = []

    def runner(self, owner: str, work: Callable[[Office, Beat], str] | None = None) -> JobRunner:
        def noted(_: Office, __: Beat) -> str:
            self.ran.append(owner)
            return f"by {owner}"

        return JobRunner(self.office, [Job(self.name, "* * * * *", "UTC", work or noted)], owner)

    def states(self) -> list[tuple[RunState, int]]:
        return [(run.state, run.tries) for run in self.office.jobs.runs(100, self.name)]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_of_many_workers_one_runs_what_is_due(desk: Desk) -> None:
    runners = [desk.runner(f"worker {number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda runner: runner.turn(), runners * 4))
    assert len(desk.ran) == 1
    assert desk.states() == [(RunState.DONE, 1)]


def test_without_the_key_every_worker_would_run_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the first test would be red if a run could be claimed twice."""
    real = JobBook.claim
    places = iter(range(1_000))
    monkeypatch.setattr(JobBook, "claim", lambda book, job, due, *more: real(book, job, due + next(places), *more))
    for number in range(3):
        desk.runner(f"worker {number}").turn()
    assert len(desk.ran) == 3


def test_it_runs_again_when_it_is_due_again_and_does_not_make_up_for_what_was_missed(desk: Desk) -> None:
    runner = desk.runner("a")
    for _ in range(3):
        runner.turn()
        desk.now += MINUTE
    desk.now += 10 * MINUTE
    runner.turn()
    assert len(desk.ran) == 4


def test_a_job_that_fails_is_noted_by_its_kind_and_runs_at_its_next_time(desk: Desk) -> None:
    def fail(_: Office, __: Beat) -> str:
        raise ValueError("Anna Example, seat 7")

    def refuse(_: Office, __: Beat) -> str:
        raise AppError("server_busy")

    desk.runner("a", fail).turn()
    desk.now += MINUTE
    desk.runner("a", refuse).turn()
    desk.now += MINUTE
    desk.runner("a").turn()
    told = [(run.state, run.error) for run in desk.office.jobs.runs(10, desk.name)]
    assert told == [(RunState.DONE, None), (RunState.FAILED, "server_busy"), (RunState.FAILED, "ValueError")]


def test_a_run_whose_worker_died_is_run_again_by_another_when_its_lease_is_over(desk: Desk) -> None:
    class Killed(BaseException):
        """What no handler catches: the process is gone."""

    def die(_: Office, __: Beat) -> str:
        raise Killed

    with pytest.raises(Killed):
        desk.runner("a", die).turn()
    due_at = desk.office.jobs.runs(1, desk.name)[0].due_at
    assert desk.office.jobs.take_over(desk.name, "b") is None, "its lease has not ended"
    desk.now += LEASE_MS + 1
    claim = desk.office.jobs.take_over(desk.name, "b")
    assert claim is not None
    assert (claim.due_at, claim.tries) == (due_at, 2)
    assert desk.office.jobs.finish(claim, "whole", None)
    assert desk.states() == [(RunState.DONE, 2)]


def test_a_worker_that_slept_through_its_lease_stops_and_changes_nothing(desk: Desk) -> None:
    def sleep(_: Office, beat: Beat) -> str:
        desk.now += LEASE_MS + 1
        assert desk.office.jobs.take_over(desk.name, "b") is not None
        beat()
        desk.ran.append("too late")
        return "too late"

    desk.runner("a", sleep).turn()
    assert desk.ran == []
    assert desk.states() == [(RunState.RUNNING, 2)]


def test_a_beat_keeps_a_long_run(desk: Desk) -> None:
    def long(_: Office, beat: Beat) -> str:
        for _piece in range(5):
            desk.now += LEASE_MS - 1
            beat()
        return "whole"

    desk.runner("a", long).turn()
    assert desk.states() == [(RunState.DONE, 1)]


def test_a_run_that_brings_down_every_worker_is_left_to_a_person(desk: Desk) -> None:
    assert desk.office.jobs.claim(desk.name, NOW, "a") is not None
    for _ in range(MOST_TRIES + 2):
        desk.now += LEASE_MS + 1
        desk.office.jobs.take_over(desk.name, "a")
    assert desk.states() == [(RunState.LOST, MOST_TRIES)]


def test_a_job_by_hand_runs_at_once_and_is_a_run_like_any(desk: Desk) -> None:
    run = desk.runner("a").run_now(desk.name)
    assert (run.state, run.outcome) == (RunState.DONE, "by a")
    with pytest.raises(JobUnknown):
        desk.runner("a").run_now("other")


def test_what_was_due_while_no_worker_ran_is_run_once_and_said_to_be_late(desk: Desk) -> None:
    runner = desk.runner("a")
    runner.turn()
    desk.now += 30 * MINUTE
    late = JobRunner(desk.office, [replace(runner.jobs[0], cron="*/10 * * * *")], "a")
    desk.now += 9 * MINUTE
    late.turn()
    late.turn()
    told = [(run.cause, run.due_at) for run in desk.office.jobs.runs(10, desk.name)]
    assert [cause for cause, _ in told] == [RunCause.LATE, RunCause.CLOCK], "one run for three times that were missed"
    assert told[0][1] == desk.now // (10 * MINUTE) * (10 * MINUTE), "the newest of them"


def test_a_run_that_a_person_asks_for_waits_for_a_worker_and_is_audited_once(desk: Desk) -> None:
    book = desk.office.jobs
    act_as(Actor(ActorKind.ACCOUNT, name="anna"))
    asked, again = book.ask(desk.name), book.ask(desk.name)
    act_as(Actor(ActorKind.PROGRAM))
    assert (asked.state, asked.cause, again.due_at) == (RunState.WAITING, RunCause.PERSON, asked.due_at)
    runners = [desk.runner(f"worker {number}") for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda runner: runner.turn(), runners * 3))
    assert desk.states() == [(RunState.DONE, 1), (RunState.DONE, 1)], "the one that was due, and the one asked for"
    assert len(desk.ran) == 2
    records = [json.loads(row.text) for row in desk.office.audit.page(INSTALLATION, None, 50).records]
    mine = [each for each in records if each["about"] == desk.name]
    assert [(each["deed"], each["by"]["name"]) for each in mine] == [(Deed.JOB_RAN.value, "anna")]


def test_of_one_job_one_run_goes_on_at_a_time(desk: Desk) -> None:
    book, seen = desk.office.jobs, []

    def long(_: Office, beat: Beat) -> str:
        desk.now += MINUTE
        beat()
        seen.append(book.claim(desk.name, desk.now, "b"))
        book.ask(desk.name)
        seen.append(book.take_over(desk.name, "b"))
        with pytest.raises(JobGoesOn):
            desk.runner("b").run_now(desk.name)
        return "whole"

    desk.runner("a", long).look(desk.runner("a", long).jobs[0])
    assert seen == [None, None], "neither what was due meanwhile nor what a person asked for begins beside it"
    assert book.claim(desk.name, desk.now, "b") is not None, "what was due meanwhile runs after it"


def test_without_the_index_two_runs_would_go_on_side_by_side(desk: Desk) -> None:
    """The negative control: keys alone tell times apart, and two times of one job are two runs."""
    with desk.office._database.writing() as connection:
        connection.execute(text("DROP INDEX job_runs_going_on"))
    try:
        assert desk.office.jobs.claim(desk.name, NOW, "a") is not None
        assert desk.office.jobs.claim(desk.name, NOW + MINUTE, "b") is not None
    finally:
        with desk.office._database.writing() as connection:
            connection.execute(delete(job_runs).where(job_runs.c.event_id == NO_EVENT, job_runs.c.name == desk.name))
            going_on = next(index for index in job_runs.indexes if index.name == "job_runs_going_on")
            connection.execute(CreateIndex(going_on))


def test_a_run_that_hangs_loses_its_lease_and_its_late_word_counts_for_nothing(desk: Desk) -> None:
    def hang(_: Office, __: Beat) -> str:
        desk.now += LEASE_MS + 1
        assert desk.runner("b").look(desk.runner("b").jobs[0])
        return "by a, too late"

    desk.runner("a", hang).look(desk.runner("a", hang).jobs[0])
    first = desk.office.jobs.runs(10, desk.name)[-1]
    assert (first.state, first.outcome, first.owner, first.tries) == (RunState.DONE, "by b", "b", 2)


def test_old_runs_are_forgotten_and_newer_ones_are_not(desk: Desk) -> None:
    desk.runner("a").turn()
    desk.now += MINUTE
    desk.runner("a").turn()
    desk.office.jobs.forget(desk.now, "another job")
    assert len(desk.states()) == 2
    desk.office.jobs.forget(desk.now, desk.name)
    assert len(desk.states()) == 1


def test_the_parts_of_a_job_are_forgotten_with_it(desk: Desk) -> None:
    claim = desk.office.jobs.claim(f"{desk.name} 0123", NOW, "a")
    assert claim is not None
    assert desk.office.jobs.finish(claim, "whole", None)
    assert desk.office.jobs.forget(desk.now + 1, desk.name) == 1

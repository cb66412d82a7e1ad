"""The owner sees what the worker does by the clock, how it went, and has one of them run now."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.ledger.job_book import RunCause, RunState
from app.runtime.job_table import JOBS, runner_of
from app.server.program import build_app
from core.journal.audit import Deed
from core.model.roles import Role
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served

TOKEN = "t" * 43


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    with (
        served(build_app(house.office, TOKEN)) as url,
        Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}) as opened,
    ):
        yield opened


def test_a_run_that_is_asked_for_waits_for_the_worker_and_is_told_with_its_outcome(
    house: House, client: Client
) -> None:
    told = client.get("/jobs").json()
    assert [each["name"] for each in told] == [job.name for job in JOBS]
    assert all(each["last"] is None and each["next_ms"] > house.office.now_ms() for each in told)
    asked = client.post("/jobs/prune/run")
    assert (asked.status_code, asked.json()["state"], asked.json()["cause"]) == (202, "waiting", "person")
    assert client.post("/jobs/prune/run").json()["due_ms"] == asked.json()["due_ms"], "the same one, while it waits"
    for _ in range(2):  # what is due by the clock, then what is asked for
        runner_of(house.office).turn()
    runs = client.get("/jobs/prune/runs").json()
    assert {each["state"] for each in runs} == {RunState.DONE}
    mine = next(each for each in runs if each["cause"] == RunCause.PERSON)
    assert (mine["outcome"], mine["error"], mine["tries"]) == ("0 runs forgotten", None, 1)
    older = client.get("/jobs/prune/runs", params={"before_ms": runs[0]["started_ms"], "limit": 1}).json()
    assert [each["due_ms"] for each in older] == [runs[1]["due_ms"]][: len(older)]
    listed = next(each for each in client.get("/jobs").json() if each["name"] == "prune")
    assert listed["last"] == runs[0]
    (record,) = [
        each["record"]
        for each in client.get("/audit").json()["records"]
        if each["record"]["deed"] == Deed.JOB_RAN.value
    ]
    assert record["about"] == "prune"


def test_what_is_no_job_is_neither_shown_nor_run(client: Client) -> None:
    for answer in (client.get("/jobs/tidy/runs"), client.post("/jobs/tidy/run")):
        assert (answer.status_code, answer.json()["code"]) == (404, "job_unknown")


def test_nobody_but_an_owner_runs_jobs(house: House, client: Client) -> None:
    """By an account: the matrix of rights tells the rest."""
    made = house.office.accounts.add("ben", Role.ADMIN)
    session = client.post("/sessions", json={"name": "ben", "password": made.password}).json()
    changed = client.post(
        "/me/password",
        json={"old": made.password, "new": "a long enough word of mine"},
        headers={"Authorization": f"Bearer {session['token']}"},
    ).json()
    headers = {"Authorization": f"Bearer {changed['token']}"}
    assert client.post("/jobs/prune/run", headers=headers).status_code == 403

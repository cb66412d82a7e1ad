"""The test server itself: every source of programs works, databases are apart, and a killed test run leaves nothing."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import copy_of_wheel, fresh_database, own_server, system_programs, wheel_programs
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
START_AND_WAIT = """
import sys
from tests.support.postgres import own_server, {source}
with own_server({source}()[0]) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.mark.postgres
def test_each_test_has_a_database_of_its_own(postgres_server: str) -> None:
    with fresh_database(postgres_server) as one, fresh_database(postgres_server) as other:
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE here (x int)")
        with psycopg.connect(other) as connection:
            assert connection.execute("SELECT to_regclass('here')").fetchone() == (None,)


@pytest.mark.postgres
def test_a_commit_is_on_disk_as_in_production(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("source", [system_programs, wheel_programs])
def test_a_killed_test_run_leaves_no_server(source) -> None:
    if not source():
        pytest.skip("this machine does not have these programs")
    command = [sys.executable, "-c", START_AND_WAIT.format(source=source.__name__)]
    with running(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        watcher = psycopg.connect(url, autocommit=True)
        owner.kill()
    with watcher, pytest.raises(psycopg.OperationalError):
        watcher.execute("SELECT pg_sleep(60)")  # cut when the server goes


@pytest.mark.slow
@pytest.mark.postgres
def test_programs_in_a_folder_closed_to_others_serve_as_well(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = copy_of_wheel(wheel_programs()[0], closed)
    with own_server(programs) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_wheel_serves_where_the_system_has_no_postgresql() -> None:
    with own_server(wheel_programs()[0]) as server, fresh_database(server) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

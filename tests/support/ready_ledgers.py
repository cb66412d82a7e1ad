"""Ledgers that cost a test what it does with them: neither the steps of the schema, nor compiling what all tests say.

A pytest plugin. The numbered steps run once in each test process, on an empty file; a new SQLite file of `open_ledger`
is a copy of what they made. Where a test calls `upgrade` itself, meets a database that is there, or starts a program,
the steps run as ever. A statement that one engine has compiled is not compiled again for the next of its dialect.
"""

import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

MOST_COMPILED = 4_000


def pytest_collection_finish(session: pytest.Session) -> None:
    """Puts both in place for the whole run, where any test has to do with a ledger."""
    if "app.ledger.admin" not in sys.modules:
        return
    from sqlalchemy.util import LRUCache

    from app.ledger import admin
    from app.ledger import engine as engines

    undo = pytest.MonkeyPatch()
    undo.setattr(admin, "upgrade", _upgraded)
    make, compiled = engines.create_engine, LRUCache[Any, Any](MOST_COMPILED)

    def create_engine(*args: Any, **options: Any) -> Any:
        engine = make(*args, **options)
        engine._compiled_cache = compiled
        _compare_by_kind(type(engine.dialect))
        return engine

    undo.setattr(engines, "create_engine", create_engine)
    session.config.add_cleanup(undo.undo)


@cache
def _compare_by_kind(dialect: Any) -> None:
    """What is compiled is kept by dialect; two of a kind speak the same, with the settings that the program gives."""
    dialect.__hash__ = lambda self: hash(type(self))
    dialect.__eq__ = lambda self, other: type(self) is type(other)


def _upgraded(database: Any) -> None:
    """`upgrade`, on a file that needs none where it would be new."""
    from app.ledger.engine import SQLITE
    from app.ledger.upgrade import upgrade

    if database.profile is SQLITE:
        path = Path(database._engine.url.database)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(_new_ledger())
    upgrade(database)


@cache
def _new_ledger() -> bytes:
    """An up-to-date database, made by the steps themselves."""
    from app.ledger.engine import open_database
    from app.ledger.upgrade import upgrade

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with closing(open_database(f"sqlite:///{path}")) as database:
            upgrade(database)
        return path.read_bytes()

"""What this account of the computer wants of servers for its telephones: kept on the disk before anything is asked.

Owns one small SQLite file of the organizer's folder, for its owner alone: a token is an address that whoever has it may
write to. A wish is committed before its server is asked, and stays until that has it, through kills and power cuts.
"""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from app.store.database import connect, storage, transaction
from core.delivery.push_intent import Intent, Speaker, Wish

FILE = "telephones.db"
MOST_INTENTS = 200
"""Of one folder: more telephones than any account may register at all its servers."""
_TABLE = (
    "CREATE TABLE intents (server TEXT NOT NULL, token_sha256 TEXT NOT NULL, token TEXT NOT NULL, wish TEXT NOT NULL,"
    " language TEXT NOT NULL, tries INTEGER NOT NULL, due_ms INTEGER NOT NULL, accepted_ms INTEGER, account TEXT,"
    " session TEXT, refused TEXT NOT NULL, made_ms INTEGER NOT NULL, PRIMARY KEY (server, token_sha256)) WITHOUT ROWID"
)
_PUT = "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KEEP = (
    "UPDATE intents SET tries = ?, due_ms = ?, accepted_ms = ?, account = ?, session = ?, refused = ?"
    " WHERE server = ? AND token_sha256 = ? AND wish = ?"
)
_OF_SERVER = "SELECT * FROM intents WHERE server = ? ORDER BY made_ms, token_sha256"
_OLDEST = "DELETE FROM intents WHERE (server, token_sha256) IN (SELECT server, token_sha256 FROM intents"
_PRUNE = f"{_OLDEST} ORDER BY made_ms DESC LIMIT -1 OFFSET ?)"
_DONE = "DELETE FROM intents WHERE server = ? AND token_sha256 = ? AND wish = ?"


class PushIntents:
    """The wishes of one folder. Safe between threads and processes. Raises StorageFailed, NewerDatabase."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def put(self, server: str, token: str, wish: Wish, now_ms: int, language: str = "") -> Intent:
        """Somebody wants it; whatever was wanted of that token before is over. On the disk when this returns."""
        intent = Intent(server.rstrip("/"), token, wish, language)
        row = (intent.server, sign_of(token), token, wish.value, language, 0, 0, None, None, None, "", now_ms)
        with self._open() as connection, storage(self.path), transaction(connection):
            connection.execute(_PUT, row)
            connection.execute(_PRUNE, (MOST_INTENTS,))
        return intent

    def of_server(self, server: str) -> list[Intent]:
        """What is wanted of a server, the oldest wish first; nothing where nobody ever wanted anything."""
        if not self.path.exists():
            return []
        with self._open() as connection, storage(self.path):
            return [_intent(row) for row in connection.execute(_OF_SERVER, (server.rstrip("/"),)).fetchall()]

    def keep(self, intent: Intent) -> None:
        """How it stands with a wish; one that somebody has replaced meanwhile is left alone."""
        by = intent.by or Speaker("", "")
        values = (intent.tries, intent.due_ms, intent.accepted_ms, by.account, by.session, intent.refused)
        with self._open() as connection, storage(self.path), transaction(connection):
            connection.execute(_KEEP, (*values, intent.server, sign_of(intent.token), intent.wish.value))

    def done(self, intent: Intent) -> None:
        """A wish that needs nothing more: a telephone that was withdrawn."""
        with self._open() as connection, storage(self.path), transaction(connection):
            connection.execute(_DONE, (intent.server, sign_of(intent.token), intent.wish.value))

    def forget(self, server: str) -> None:
        """Somebody logged out: nothing is wanted of that server any more."""
        if self.path.exists():
            with self._open() as connection, storage(self.path), transaction(connection):
                connection.execute("DELETE FROM intents WHERE server = ?", (server.rstrip("/"),))

    def _open(self) -> "closing[sqlite3.Connection]":
        connection = connect(self.path, (_TABLE,))
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA secure_delete = ON")  # what was withdrawn does not lie on in free pages
        return closing(connection)


def sign_of(token: str) -> str:
    """What tells a token from others without telling it: the server names it by the first digits of this too."""
    return hashlib.sha256(token.encode()).hexdigest()


def _intent(row: sqlite3.Row) -> Intent:
    by = Speaker(row["account"], row["session"]) if row["accepted_ms"] is not None else None
    return Intent(
        row["server"],
        row["token"],
        Wish(row["wish"]),
        row["language"],
        row["tries"],
        row["due_ms"],
        row["accepted_ms"],
        by,
        row["refused"],
    )

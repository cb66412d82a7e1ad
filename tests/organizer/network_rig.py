"""A desk over the network, and a server on loopback that says what a test tells it to."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.organizer.network_desk import NetworkDesk
from core.insight.question import Deed, Json, Question
from core.model.roles import Role
from core.sync.answers import Rejected
from core.sync.messages import Me, RoleRow
from tests.organizer.still_desk import EVENT
from tests.support.scripted_server import Question as Asked
from tests.support.scripted_server import Reply, ScriptedServer

ANA = Me("ana", [RoleRow(None, Role.AUDITOR)], must_change=False)


def path_at(path: str) -> str:
    return path.replace("{event}", EVENT.hex)


class NetworkRig:
    """A desk, and a server that says what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.replies: dict[str, Callable[[], Reply]] = {}
        self.asked: list[tuple[str, str]] = []
        self.server = ScriptedServer(self._reply)
        self.server.__enter__()
        self.desk = NetworkDesk(self.server.url, folder)
        self.desk.use("dls_token", ANA)
        self.desk.show_event(EVENT)

    def _reply(self, asked: Asked) -> Reply:
        self.asked.append((asked.method, asked.path))
        if asked.path == "/api/v1/health":
            return stamped({"status": "ok", "database": "sqlite"})
        return self.replies.get(asked.path, lambda: stamped({"code": "not_found"}, 404))()

    def says(self, question: Question[Any], told: Json) -> None:
        self.replies[path_at(question.path)] = lambda: stamped(told)

    def refuses(self, question: Question[Any], status: int, code: str) -> None:
        self.replies[path_at(question.path)] = lambda: stamped({"code": code}, status)

    def answers(self, deed: Deed[Any], told: Json | Rejected) -> None:
        self.replies[path_at(deed.path)] = lambda: _reply_of(told)

    def holds(self, path: str, body: bytes | Rejected) -> None:
        self.replies[path_at(path)] = lambda: Reply(200, body) if isinstance(body, bytes) else _reply_of(body)

    def deeds(self) -> list[str]:
        return [path.replace(EVENT.hex, "{event}") for method, path in self.asked if method == "POST"]

    def close(self) -> None:
        self.desk.close()
        self.server.__exit__(None, None, None)


def stamped(told: Json, status: int = 200) -> Reply:
    """A reply as our server makes it: with its time."""
    return Reply(status, json.dumps(told).encode(), {"Doorlight-Time": str(time.time_ns() // 1_000_000)})


def _reply_of(told: Json | Rejected) -> Reply:
    if isinstance(told, Rejected):
        return stamped({"code": told.code, "detail": told.detail}, told.status)
    return stamped(told)

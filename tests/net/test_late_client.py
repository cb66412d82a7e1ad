"""A client that is made by the thread that asks first: as it was told until then, and cut when it should be."""

from contextlib import closing
from pathlib import Path

import pytest

from app.net.address import ServerAddressWrong
from app.net.late_client import LateClient
from core.sync.answers import Done, Later
from core.sync.health import Trouble
from tests.support.scripted_server import Question, Reply, ScriptedServer

ME = b'{"name": "ana", "roles": [], "must_change": false}'
WELL = Reply(200, b'{"status": "ok", "database": "sqlite"}', {"Doorlight-Time": "1700000000000"})


def nothing_learned(_server_ms: int, _rtt_ms: int) -> None:
    """For tests without a clock."""


def test_it_speaks_with_the_token_that_it_was_told_before_it_was_made() -> None:
    asked: list[Question] = []

    def reply(question: Question) -> Reply:
        asked.append(question)
        return Reply(200, ME)

    with ScriptedServer(reply) as server, closing(LateClient(server.url, None, nothing_learned)) as client:
        client.use("dls_one")
        client.use("dls_two")
        assert isinstance(client.made().me(), Done)
    assert [question.headers["Authorization"] for question in asked] == ["Bearer dls_two"]


def test_a_wrong_address_is_told_at_once() -> None:
    with pytest.raises(ServerAddressWrong):
        LateClient("ftp://door.example", None, nothing_learned)


def test_what_was_cut_before_it_was_made_asks_nobody(tmp_path: Path) -> None:
    asked: list[Question] = []

    def reply(question: Question) -> Reply:
        asked.append(question)
        return WELL

    with ScriptedServer(reply) as server:
        client = LateClient(server.url, None, nothing_learned)
        assert isinstance(client.health(), Done)
        late = LateClient(server.url, None, nothing_learned)
        late.cut()
        assert late.health() == Later(Trouble.UNREACHABLE)
        late.close()
        client.close()
    assert len(asked) == 1

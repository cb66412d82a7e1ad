"""A stream is heard within bounds: what is no stream, too long, or silent is over, and says so."""

import threading
import time
from contextlib import closing

import pytest

from app.net import event_stream
from app.net.certificates import client_context
from app.net.deadline import Deadline
from app.net.event_stream import EventStream
from app.net.exchange import Wire
from core.insight.marks import EVERYTHING, Marks, News, Silent
from core.insight.question import Topic
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from tests.support.door import EVENT
from tests.support.scripted_server import Question, Reply, ScriptedServer

HEAD_BYTES = 90
"""Some more than the head of these replies has."""
TYPE = {"Content-Type": "text/event-stream; charset=utf-8"}
MARKS = Marks(3, 41, 2, 1, 99)
CHANGED = (
    'event: changed\nid: 3.41.2.1.99\ndata: {"manifest":3,"facts":41,"incidents":2,"open_incidents":1,'
    '"incidents_at":99}\n\n'
)
SILENCE = 'event: silence\ndata: {"code":"database_unavailable"}\n\n'


def heard(*replies: Reply, times: int = 1) -> tuple[list[News], list[object], list[Question]]:
    """What was heard of the streams, how each ended, and what was asked."""
    left = list(replies)
    news: list[News] = []
    ends: list[object] = []
    with ScriptedServer(lambda _: left.pop(0)) as server, closing(Wire(server.url, client_context(None))) as wire:
        stream = EventStream(wire, EVENT, lambda: {"Authorization": "Bearer t"})
        ends.extend(stream.listen(Deadline(event_stream.DEAD_S), lambda: None, news.append) for _ in range(times))
        return news, ends, server.asked


def told(text: str) -> Reply:
    return Reply(200, text.encode(), TYPE)


def test_what_changed_and_a_silence_are_heard_in_order() -> None:
    news, ends, asked = heard(told("retry: 2000\n\n" + CHANGED + ": beat\n\n" + SILENCE))
    assert news == [MARKS, Silent("database_unavailable")]
    assert isinstance(ends[0], Done)
    assert asked[0].path.startswith(f"/api/v1/events/{EVENT.hex}/stream")
    assert asked[0].headers["Authorization"] == "Bearer t"
    assert "Last-Event-ID" not in asked[0].headers


def test_the_next_stream_begins_where_the_last_one_ended() -> None:
    _, _, asked = heard(told(CHANGED), told(""), times=2)
    assert asked[1].headers["Last-Event-ID"] == "3.41.2.1.99"


def test_an_id_that_is_none_is_not_repeated_to_the_server() -> None:
    odd = CHANGED.replace("3.41.2.1.99", "x" * 500)
    assert "Last-Event-ID" not in heard(told(odd), told(""), times=2)[2][1].headers


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        (Reply(200, CHANGED.encode(), {"Content-Type": "text/html"}), Later(Trouble.SERVER_ERROR)),
        (Reply(200, CHANGED.encode(), {**TYPE, "Content-Encoding": "gzip"}), Later(Trouble.SERVER_ERROR)),
        (told("data: " + "x" * 10_000 + "\n\n"), Later(Trouble.SERVER_ERROR)),
        (told("data: " + "x" * 10_000), Later(Trouble.SERVER_ERROR)),
        (told("data: xxxx\n" * 2_000), Later(Trouble.SERVER_ERROR)),
        (told("event: changed\ndata: {}\n\n"), Later(Trouble.SERVER_ERROR)),
        (told(CHANGED.replace("41", "-1")), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b": beat\n\n", TYPE, endless=True), Later(Trouble.SLOW)),
        (Reply(503, b"{}", {"Retry-After": "4"}), Later(Trouble.BUSY, 4.0)),
        (Reply(401, b'{"code": "credentials_over"}'), Rejected(401, "credentials_over")),
        (Reply(200, CHANGED.encode(), TYPE, cut_at=20), Later(Trouble.UNREACHABLE)),
        (Reply(lost=True), Later(Trouble.UNREACHABLE)),
        (Reply(hang=True), Later(Trouble.SLOW)),
    ],
)
def test_every_stream_ends_in_one_of_three_ways(reply: Reply, end: object, monkeypatch: pytest.MonkeyPatch) -> None:
    if reply.hang:  # the one that waits until a stream is dead: a busy machine may take its time with the others
        monkeypatch.setattr(event_stream, "DEAD_S", 0.3)
    if reply.endless:  # life without an end: cut from outside
        with ScriptedServer(lambda _: reply) as server, closing(Wire(server.url, client_context(None))) as wire:
            deadline, opened = Deadline(event_stream.DEAD_S), threading.Event()
            cutting = threading.Thread(target=lambda: opened.wait(10) and deadline.cut())
            cutting.start()
            ended = EventStream(wire, EVENT, dict).listen(deadline, opened.set, lambda _: None)
            cutting.join()
            assert isinstance(ended, Later)
        return
    news, ends, _ = heard(reply)
    assert (news, ends) == ([], [end])


def test_an_event_of_another_kind_is_passed_over() -> None:
    assert heard(told("event: weather\ndata: rain\n\n" + CHANGED))[0] == [MARKS]


def test_whatever_comes_keeps_a_stream_alive_and_silence_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes 20 ms after the other: lines end all the time, and the whole takes longer than a silence may."""
    monkeypatch.setattr(event_stream, "DEAD_S", 2.0)  # between two beats pass 60 ms: a busy machine has time for them
    beats = Reply(200, b": b\n\n" * 24, TYPE, drips_from=HEAD_BYTES)
    began = time.monotonic()
    assert isinstance(heard(beats)[1][0], Done)
    assert time.monotonic() - began > event_stream.DEAD_S
    monkeypatch.setattr(event_stream, "DEAD_S", 0.5)
    mute = Reply(200, b"x" * 200, TYPE, drips_from=HEAD_BYTES)
    assert heard(mute)[1] == [Later(Trouble.SLOW)], "bytes that end no line are no life"


def test_a_stream_is_cut_from_another_thread_at_once() -> None:
    with (
        ScriptedServer(lambda _: Reply(200, b": b\n\n" * 10_000, TYPE, drips_from=100)) as server,
        closing(Wire(server.url, client_context(None))) as wire,
    ):
        deadline, opened = Deadline(30), threading.Event()
        ends: list[object] = []
        listening = threading.Thread(
            target=lambda: ends.append(EventStream(wire, EVENT, dict).listen(deadline, opened.set, lambda _: None))
        )
        listening.start()
        assert opened.wait(10)
        deadline.cut()
        listening.join(10)  # the drips go on for a quarter of an hour, and each line of them keeps it alive
        assert not listening.is_alive()
        assert isinstance(ends[0], Later)


def test_what_has_changed_is_told_by_the_marks() -> None:
    assert MARKS.topics_since(None) == EVERYTHING
    assert MARKS.topics_since(MARKS) == frozenset()
    assert MARKS.topics_since(Marks(2, 41, 2, 1, 99)) == {Topic.MANIFEST}
    assert MARKS.topics_since(Marks(3, 40, 2, 1, 99)) == {Topic.FACTS}
    assert MARKS.topics_since(Marks(3, 41, 2, 1, 99, 7)) == {Topic.DELIVERIES}
    for other in (Marks(3, 41, 1, 1, 99), Marks(3, 41, 2, 2, 99), Marks(3, 41, 2, 1, 98)):
        assert MARKS.topics_since(other) == {Topic.INCIDENTS}

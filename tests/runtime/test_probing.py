"""The pace of the one question whether the server is there."""

import pytest

from app.runtime.probing import (
    LONGEST_PROBE_WAIT_S,
    LOOK_AGAIN_MS,
    PROBE_AGAIN_MS,
    PROBE_EVERY_MS,
    Probing,
    miss_of,
)
from core.sync.answers import NOT_OURS, Done, Later, Rejected
from core.sync.health import Trouble

NOBODY = Later(Trouble.UNREACHABLE)


@pytest.fixture
def probing() -> Probing:
    return Probing(lambda: 1.0)


def test_the_first_goes_at_once_and_a_second_beside_it_after_a_look(probing: Probing) -> None:
    assert probing.due_ms == 0
    probing.begin(100, is_here=True)
    assert probing.due_ms == 100 + LOOK_AGAIN_MS
    assert probing.may_begin(is_here=True)
    probing.begin(1_100, is_here=True)
    assert not probing.may_begin(is_here=True), "and no third"
    assert probing.due_ms == float("inf")


def test_one_at_a_time_where_the_server_is_known_to_be_away(probing: Probing) -> None:
    probing.begin(100, is_here=False)
    assert not probing.may_begin(is_here=False)
    probing.end()
    assert probing.may_begin(is_here=False)


def test_an_answer_is_good_for_a_while_and_whoever_wants_to_know_waits_for_nothing(probing: Probing) -> None:
    probing.begin(100, is_here=True)
    probing.end()
    probing.note_answer(150)
    assert probing.due_ms == 150 + PROBE_EVERY_MS
    probing.hurry(400)
    assert probing.due_ms == 400
    probing.hurry(900)
    assert probing.due_ms == 400, "never later"


def test_after_a_first_miss_comes_a_second_look_and_then_patience_that_grows_and_ends(probing: Probing) -> None:
    probing.begin(0, is_here=True)
    probing.end()
    probing.note_miss(50, NOBODY, is_away=False)
    assert probing.due_ms == 50 + PROBE_AGAIN_MS
    waits = []
    for _ in range(200):
        probing.note_miss(0, NOBODY, is_away=True)
        waits.append(probing.due_ms)
    assert max(waits[:2]) <= 1_000, "soon at first"
    assert max(waits) > 10_000
    assert max(waits) <= LONGEST_PROBE_WAIT_S * 1000
    probing.note_answer(0)
    probing.note_miss(0, NOBODY, is_away=True)
    assert probing.due_ms <= 500, "an answer ends all patience"


def test_a_server_that_asks_for_patience_gets_it(probing: Probing) -> None:
    probing.note_miss(0, Later(Trouble.BUSY, retry_after_s=45), is_away=True)
    assert probing.due_ms == 45_000


def test_a_miss_beside_one_that_is_on_its_way_says_nothing_yet(probing: Probing) -> None:
    probing.begin(0, is_here=True)
    probing.begin(1_000, is_here=True)
    probing.end()
    probing.note_miss(5_000, NOBODY, is_away=True)
    assert probing.due_ms == float("inf")
    probing.end()
    probing.note_miss(6_000, NOBODY, is_away=False)
    assert probing.due_ms == 6_000 + PROBE_AGAIN_MS


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (NOBODY, Trouble.UNREACHABLE),
        (Rejected(404, NOT_OURS), Trouble.REFUSED),
        (Rejected(401, "credentials_over"), None),
        (Done(None, 1), None),
        (Later(Trouble.BUSY), None),
    ],
    ids=["nobody", "somebody between", "our server's no", "an answer", "a busy server"],
)
def test_what_an_answer_says_against_the_servers_being_there(
    answer: Done[None] | Later | Rejected, trouble: Trouble | None
) -> None:
    miss = miss_of(answer)
    assert (None if miss is None else miss.trouble) is trouble

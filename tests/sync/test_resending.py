"""From which place on a kiosk sends again: nothing that the server lacks is left out, whatever the gaps."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.journal.scan import NO_PREDECESSOR
from core.model.ids import FactId
from core.sync.messages import MAX_BATCH_BYTES
from core.sync.resending import Overlap, held_by, send_after
from core.sync.session import Queued, Window, body
from core.sync.tally import Tally
from core.ticket.seal import sha256
from tests.support.facts import KIOSKS

CHAIN = (KIOSKS[0], 1)


def head(seq: int) -> bytes:
    return sha256(bytes([seq])) if seq else NO_PREDECESSOR


def server_with(seqs: Sequence[int]) -> Tally:
    last = max(seqs, default=0)
    return Tally(*CHAIN, count=len(seqs), max_seq=last, head=head(last))


@given(st.integers(0, 12), st.data())
def test_nothing_that_the_server_lacks_is_left_out(own: int, data: st.DataObject) -> None:  # G23
    held = sorted(data.draw(st.sets(st.integers(1, own)) if own else st.just(set())))
    server = server_with(held)
    after = send_after(server, Overlap(server.max_seq, head(server.max_seq)))
    assert set(range(1, own + 1)) - set(held) <= set(range(after + 1, own + 1))


def test_what_the_server_holds_without_a_gap_is_not_sent_again() -> None:
    assert send_after(server_with(range(1, 8)), Overlap(7, head(7))) == 7


def test_after_a_gap_everything_is_sent() -> None:
    assert send_after(server_with([1, 2, 5]), Overlap(5, head(5))) == 0


def test_another_fact_in_the_last_place_is_another_journal() -> None:
    assert send_after(server_with([1, 2, 3]), Overlap(3, head(9))) == 0
    assert send_after(server_with([1, 2, 3]), Overlap(3, None)) == 0


def test_a_server_without_anything_gets_everything() -> None:
    assert send_after(held_by(CHAIN, [Tally(KIOSKS[1], 1, 4, 4, head(4))]), Overlap(0, None)) == 0


def test_a_batch_of_resent_facts_keeps_its_limit_and_names_them() -> None:
    answer = b'{"outcome":"admitted"}'
    waiting = [Queued(FactId(KIOSKS[0]), b"x" * 2_000, answer * 40) for _ in range(200)]
    batch = Window().batch(waiting)
    assert len(body(batch)) <= MAX_BATCH_BYTES
    assert 0 < len(batch) < 200
    one = body([Queued(FactId(KIOSKS[0]), b"{}", b"null"), Queued(FactId(KIOSKS[1]), b"{}")])
    assert one == b'{"facts":[{},{}],"resent":{"%s":null}}' % KIOSKS[0].hex.encode()

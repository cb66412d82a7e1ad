"""Rotating codes that a kiosk without their key could not check: the server does, from the record alone."""

from dataclasses import replace
from itertools import permutations

import pytest

from core.journal.scan import Fact, Scan, from_record, to_record
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.redeem.fold import decide, fold
from core.ticket.keyring import KeyUse, derive
from core.ticket.proof import digits_at, secret_for, step_at
from core.ticket.terms import Terms
from core.ticket.wire import Proof
from tests.support import facts

KEY = derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID)
TERMS = replace(facts.terms(entries=2), rotating=KEY)
EVENT = facts.event()
NOW_S = facts.NOW // 1000


def _proof(at_s: int, key: bytes = KEY) -> Proof:
    return Proof(at_s, digits_at(secret_for(key, facts.TID, 0), at_s))


def _scan(number: int, proof: Proof | None, *, at_s: int = NOW_S, **changes: object) -> Scan:
    at = facts.moment(at_s * 1000, u_ms=1_000)
    return replace(facts.scan(number, at=at, seq=number), proof=proof, **changes)  # type: ignore[arg-type]


def _decide(scan: Scan, *others: Fact, terms: Terms = TERMS) -> Outcome:
    return decide(scan, fold(terms, EVENT, others), EVENT)


@pytest.mark.parametrize(
    ("proof", "outcome"),
    [
        (_proof(NOW_S), Outcome.ADMITTED),
        (_proof(NOW_S - 31), Outcome.ADMITTED),
        (_proof(NOW_S - 32), Outcome.REPLAYED_CODE),
        (_proof(NOW_S + 32), Outcome.REPLAYED_CODE),
        (_proof(NOW_S, bytes(32)), Outcome.BAD_PROOF),
        (Proof(NOW_S, "00000000"), Outcome.BAD_PROOF),
        (None, Outcome.PROOF_MISSING),
    ],
)
def test_the_server_checks_what_the_kiosk_could_not(proof: Proof | None, outcome: Outcome) -> None:  # G20
    assert _decide(_scan(1, proof)) is outcome
    assert fold(TERMS, EVENT, [_scan(1, proof)]).passages[0].judged is outcome


def test_a_kiosk_that_checked_is_taken_at_its_word() -> None:
    assert _decide(_scan(1, None, proof_step=step_at(NOW_S))) is Outcome.ADMITTED


def test_a_screenshot_is_no_second_entry() -> None:
    """Two entries are paid for; the second guest holds up the first one's picture at another door, seconds later."""
    first = _scan(1, _proof(NOW_S))
    replay = _scan(2, _proof(NOW_S), at_s=NOW_S + 5)
    fresh = _scan(3, _proof(NOW_S + 30), at_s=NOW_S + 30)
    assert _decide(replay, first) is Outcome.REPLAYED_CODE
    assert _decide(fresh, first, replay) is Outcome.ADMITTED
    checked = _scan(1, None, proof_step=step_at(NOW_S))
    assert _decide(replay, checked) is Outcome.REPLAYED_CODE


def test_the_fold_says_the_same_in_every_order() -> None:
    scans = [_scan(1, _proof(NOW_S)), _scan(2, _proof(NOW_S), at_s=NOW_S + 5), _scan(3, None, at_s=NOW_S + 9)]
    judged = {tuple(each.judged for each in fold(TERMS, EVENT, order).passages) for order in permutations(scans)}
    assert judged == {(Outcome.ADMITTED, Outcome.REPLAYED_CODE, Outcome.PROOF_MISSING)}


@pytest.mark.parametrize(
    "changes",
    [{"direction": Direction.EXIT}, {"form": "shop"}],
)
def test_who_leaves_and_who_has_an_old_code_shows_no_proof(changes: dict[str, object]) -> None:
    assert _decide(_scan(1, None, **changes)) in {Outcome.EXIT_WITHOUT_ENTRY, Outcome.ADMITTED}


def test_a_ticket_that_does_not_rotate_needs_no_proof() -> None:
    assert _decide(_scan(1, None), terms=facts.terms()) is Outcome.ADMITTED


def test_a_proof_travels_in_the_record() -> None:
    scan = _scan(1, _proof(NOW_S))
    record = to_record(scan)
    assert record["proof"] == f"{NOW_S:010d}.{_proof(NOW_S).digits}"
    assert from_record(record) == scan
    assert "proof" not in to_record(_scan(1, None))
    for wrong in ("", "1.2", record["proof"] + "0", record["proof"].replace(".", ":"), "x" * 19, None, 7):
        assert not isinstance(from_record(record | {"proof": wrong}), Scan)

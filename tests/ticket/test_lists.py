"""Lists: who is listed, who is denied."""

import pytest

from core.model.ids import CodeDigest, TicketHandle
from core.model.outcomes import Outcome
from core.ticket.lists import EVERY_GEN, Denial, DenialReason, ListsInMemory
from tests.support import facts


def test_an_empty_list_knows_nobody() -> None:
    lists = ListsInMemory()
    assert not lists.allows(CodeDigest(bytes(16)))
    assert lists.denial(facts.TID) is None


def test_a_list_answers_for_exactly_what_it_holds() -> None:
    denied = Denial(3)
    lists = ListsInMemory(frozenset({CodeDigest(b"a" * 16)}), {facts.TID: denied})
    assert lists.allows(CodeDigest(b"a" * 16))
    assert not lists.allows(CodeDigest(b"a" * 15 + b"b"))
    assert lists.denial(facts.TID) is denied
    assert lists.denial(TicketHandle(bytes(8))) is None


@pytest.mark.parametrize("reason", list(DenialReason))
def test_each_reason_is_an_outcome_of_its_name(reason: DenialReason) -> None:
    assert reason.outcome is Outcome[reason.name]


def test_an_entry_without_a_reason_means_revoked() -> None:
    assert Denial(1).reason is DenialReason.REVOKED


def test_every_edition_is_below_the_highest_min_gen() -> None:
    assert all(Denial(EVERY_GEN).refuses(gen) for gen in range(256))
    assert not any(Denial(0).refuses(gen) for gen in range(256))

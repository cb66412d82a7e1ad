"""A guest whom staff found by name: no code was seen, and the ticket counts as it would with one."""

from dataclasses import replace

import pytest

from core.journal.scan import Malformed, Scan, from_record, to_record
from core.model.codes import BY_NAME_FORM, Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Direction, Event
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.redeem.fold import decide, fold
from core.sync.manifest import Unusable, event_of, row_of
from core.ticket.lists import DenialReason, Listed, ListsInMemory
from core.ticket.verify import Barred, Genuine, Lane, Refused, verify_found
from tests.support import facts

SHOP = Adapter("shop", AdapterKind.OPAQUE)
LANE = Lane(facts.NORTH, Direction.ENTRY)


def _event(mode: CodeMode, until_ms: int | None = None) -> Event:
    until = None if until_ms is None else Millis(until_ms)
    return replace(facts.event(), codes=CodeRules(mode, legacy_until_ms=until, adapters=(SHOP,)))


def _found(number: int, **more: object) -> Scan:
    return replace(facts.scan(number), form=BY_NAME_FORM, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", CodeMode)
def test_whom_staff_found_showed_no_old_code(mode: CodeMode) -> None:  # A18
    event = _event(mode, facts.NOW)
    assert decide(_found(1), fold(facts.terms(), event, ()), event) is Outcome.ADMITTED


def test_whom_staff_found_and_who_showed_a_code_share_one_entry() -> None:  # A18
    event, first = facts.event(), _found(1)
    folded = fold(facts.terms(), event, [first, facts.shown(first)])
    assert decide(facts.scan(2, device=facts.KIOSKS[1]), folded, event) is Outcome.ALREADY_USED


def test_no_proof_of_a_rotating_ticket_is_asked_of_whom_staff_found() -> None:
    event, terms = facts.event(), replace(facts.terms(), rotating=bytes(32))
    assert decide(_found(1), fold(terms, event, ()), event) is Outcome.ADMITTED
    assert decide(facts.scan(1), fold(terms, event, ()), event) is Outcome.PROOF_MISSING, "negative control"


def test_the_record_says_that_no_code_was_seen_and_whom_the_guest_came_with() -> None:  # A18, A19
    scan = _found(2, group=facts.scan(1).stamp.id)
    record = to_record(scan)
    assert (record["form"], record["digest"], record["group"]) == ("by_name", None, facts.scan(1).stamp.id.hex)
    assert from_record(record) == scan
    assert not isinstance(from_record(to_record(facts.scan(1))), Malformed)
    assert "form" not in to_record(facts.scan(1)), "a scanned T1 keeps the record, and the fingerprint, that it had"


def test_no_adapter_may_be_named_as_if_no_code_had_been_seen() -> None:
    row = row_of(replace(facts.event(), codes=CodeRules(CodeMode.FOREIGN, adapters=(replace(SHOP, name="by_name"),))))
    assert isinstance(event_of(row), Unusable)


def _listed(gen: int = 0) -> Listed:
    return Listed(facts.TID, gen, facts.terms().ticket_class.id, facts.NBF_S, facts.EXP_S)  # type: ignore[union-attr]


def test_the_checks_of_a_found_ticket_are_those_of_its_terms() -> None:  # A18
    trust = facts.trust()
    good = verify_found(_listed(), trust=trust, lane=LANE, now=facts.moment())
    assert isinstance(good, Genuine)
    assert good.identity.form == BY_NAME_FORM
    late = facts.moment(facts.EXP_S * 1000 + 3_600_000)
    over = verify_found(_listed(), trust=trust, lane=LANE, now=late)
    assert isinstance(over, Refused)
    assert over.outcome is Outcome.TOO_LATE
    denied = replace(trust, lists=ListsInMemory(denied={facts.TID: facts.denial(DenialReason.CANCELED)}))
    gone = verify_found(_listed(), trust=denied, lane=LANE, now=facts.moment())
    assert isinstance(gone, Refused)
    assert (gone.outcome, gone.step) == (Outcome.CANCELED, 8)
    barred = verify_found(_listed(), trust=Barred(Outcome.DEVICE_REVOKED), lane=LANE, now=facts.moment())
    assert isinstance(barred, Refused)
    assert barred.outcome is Outcome.DEVICE_REVOKED

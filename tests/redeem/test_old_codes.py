"""Codes that existed before T1, in the fold: one ticket, one count, whatever was shown of it."""

from dataclasses import replace
from itertools import permutations

import pytest

from core.journal.scan import Fact, Scan
from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Event
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome
from core.redeem.fold import decide, fold
from core.ticket.lists import DenialReason
from tests.support import facts

SHOP = Adapter("shop", AdapterKind.OPAQUE)


def _event(mode: CodeMode, until_ms: int | None = None) -> Event:
    until = None if until_ms is None else Millis(until_ms)
    return replace(facts.event(), codes=CodeRules(mode, legacy_until_ms=until, adapters=(SHOP,)))


def _old(number: int, *, gen: int = 0, minutes: int = 0, **more: object) -> Scan:
    at = facts.moment(facts.NOW + 60_000 * minutes, **more)  # type: ignore[arg-type]
    return replace(facts.scan(number, at=at, device=facts.KIOSKS[number % 3]), form="shop", gen=gen, digest=None)


def _told(scan: Scan, event: Event, *known: Fact, denial: DenialReason | None = None, min_gen: int = 256) -> Outcome:
    terms = facts.terms(denial=None if denial is None else facts.denial(denial, min_gen=min_gen))
    return decide(scan, fold(terms, event, known), event)


@pytest.mark.parametrize(
    ("mode", "told"), [(CodeMode.MIGRATING, Outcome.LEGACY_ADMITTED), (CodeMode.FOREIGN, Outcome.ADMITTED)]
)
def test_an_old_code_is_remarked_on_only_where_it_ends_one_day(mode: CodeMode, told: Outcome) -> None:
    assert _told(_old(1), _event(mode)) is told
    assert _told(facts.scan(1), _event(mode)) is Outcome.ADMITTED


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_an_old_code_and_the_t1_of_one_ticket_share_its_entry(order: tuple[int, ...]) -> None:  # G16
    event = _event(CodeMode.MIGRATING)
    scans = [_old(1), facts.scan(2, at=facts.moment(facts.NOW + 60_000), device=facts.KIOSKS[1])]
    first, second = (scans[place] for place in order)
    assert _told(second, event, first, facts.shown(first, Outcome.ADMITTED)) is Outcome.ALREADY_USED
    both = [each for scan in scans for each in (scan, facts.shown(scan))]
    folded = fold(facts.terms(), event, [both[2 * place + part] for place in order for part in range(2)])
    assert [passage.scan for passage in folded.entries] == [scans[0]]
    assert [(incident.scan, incident.against) for incident in folded.incidents] == [
        (scans[1].stamp.id, scans[0].stamp.id)
    ]


def test_old_codes_end_with_the_migration() -> None:
    event = _event(CodeMode.MIGRATING, facts.NOW)
    assert _told(_old(1, minutes=-1), event) is Outcome.LEGACY_ADMITTED
    assert _told(_old(2), event) is Outcome.LEGACY_EXPIRED
    assert _told(facts.scan(3), event) is Outcome.ADMITTED, "its T1 is as good as ever"
    assert _told(_old(4), _event(CodeMode.FOREIGN, facts.NOW)) is Outcome.ADMITTED


def test_an_uncertain_or_suspect_clock_ends_no_migration() -> None:
    event = _event(CodeMode.MIGRATING, facts.NOW)
    assert _told(_old(1, u_ms=1), event) is Outcome.LEGACY_ADMITTED
    assert _told(_old(2, quality=ClockQuality.SUSPECT), event) is not Outcome.LEGACY_EXPIRED


def test_a_reissue_ends_the_old_code_and_not_the_new_edition() -> None:
    event = _event(CodeMode.MIGRATING)
    assert _told(_old(1), event, denial=DenialReason.REVOKED, min_gen=1) is Outcome.REVOKED
    assert _told(_old(2, gen=1), event, denial=DenialReason.REVOKED, min_gen=1) is Outcome.LEGACY_ADMITTED


def test_a_canceled_tickets_old_code_is_refused_in_every_mode() -> None:  # G17
    for mode in CodeMode:
        assert _told(_old(1), _event(mode), denial=DenialReason.CANCELED) is Outcome.CANCELED

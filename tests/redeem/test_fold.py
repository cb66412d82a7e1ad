"""The fold: what the facts of one ticket add up to, in any order, in any number of copies."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from core.journal.scan import Fact, Scan, Shown
from core.model.event import Direction, PassageRules, Reentry
from core.model.ids import FactId
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, is_admission
from core.redeem import fold as fold_module
from core.redeem.fold import Folded, Incident, IncidentKind, KnownUse, Severity, decide, fold
from core.ticket.lists import DenialReason
from core.ticket.terms import Terms
from tests.support import facts

ENTRY, EXIT = Direction.ENTRY, Direction.EXIT
EVENT = facts.event()
NO = Outcome.ALREADY_USED
HERE, THERE, YONDER = facts.KIOSKS
ENTRIES = facts.histories(directions=[ENTRY])


def _fold(*known: Fact, terms: Terms | None = None, promised: Mapping[FactId, Outcome] | None = None) -> Folded:
    return fold(terms or facts.terms(), EVENT, known, promised=promised)


def _at(minutes: float) -> int:
    return facts.NOW + int(minutes * 60_000)


def _scan(number: int, minutes: float = 0, u_ms: int = 0, **more) -> Scan:  # type: ignore[no-untyped-def]
    return facts.scan(number, at=facts.moment(_at(minutes), u_ms=u_ms), **more)


def _admitted(scan: Scan) -> list[Fact]:
    return [scan, facts.shown(scan)]


def _refused(scan: Scan, outcome: Outcome = NO) -> list[Fact]:
    return [scan, facts.shown(scan, outcome)]


def _numbers(folded: Folded) -> list[int]:
    """The ids of the scans that took an entry, first to last."""
    return [passage.scan.stamp.id.int for passage in folded.entries]


def _doubles(folded: Folded) -> list[Incident]:
    return [incident for incident in folded.incidents if incident.kind is IncidentKind.DOUBLE_ADMISSION]


def _admissions(folded: Folded) -> int:
    entries = [passage for passage in folded.passages if passage.scan.direction is ENTRY]
    return sum(passage.is_admission for passage in entries)


# --- I6: the result depends on the facts alone --------------------------------------------------------------------

Fold = Callable[[Terms, Iterable[Fact]], object]


def _ours(terms: Terms, known: Iterable[Fact]) -> Folded:
    return fold(terms, EVENT, known)


def _shuffled(known: list[Fact], seed: int) -> list[Fact]:
    """In another order, some of them twice."""
    dice = random.Random(seed)
    copies = [*known, *(fact for fact in known if dice.random() < 0.5)]
    return dice.sample(copies, len(copies))


def _is_the_same_in_any_order(folds: Fold, terms: Terms, known: list[Fact], seed: int) -> bool:
    return folds(terms, known) == folds(terms, _shuffled(known, seed))


@settings(max_examples=100)
@given(facts.TERMS, facts.histories(), st.integers(0, 2**32))
def test_neither_order_nor_copies_change_the_result(terms: Terms, known: list[Fact], seed: int) -> None:  # I6, A14, G30
    assert _is_the_same_in_any_order(_ours, terms, known, seed)


@given(facts.TERMS, facts.histories(), st.integers(0, 2**32))
def test_batches_do_not_change_the_result(terms: Terms, known: list[Fact], seed: int) -> None:  # I6
    """Facts that arrive a few at a time end where they end when they arrive at once."""
    dice, arrived = random.Random(seed), []  # type: ignore[var-annotated]
    waiting = _shuffled(known, seed)
    while waiting:
        size = dice.randint(1, 3)
        arrived, waiting = arrived + waiting[:size], waiting[size:]
        _ours(terms, arrived)
    assert _ours(terms, arrived) == _ours(terms, known)


def _by_arrival(terms: Terms, known: Iterable[Fact]) -> Folded:
    """The planted defect: facts are taken as they come."""
    ours = fold_module._in_order
    fold_module._in_order = list  # type: ignore[assignment]
    try:
        return fold(terms, EVENT, known)
    finally:
        fold_module._in_order = ours


@pytest.mark.slow
def test_a_fold_by_arrival_is_found_out() -> None:
    """Negative control: the property is red for a fold that does not sort."""
    case = st.tuples(facts.TERMS, facts.histories(), st.integers(0, 2**32))
    search = settings(max_examples=500, database=None, phases=[Phase.generate])
    assert find(case, lambda it: not _is_the_same_in_any_order(_by_arrival, *it), settings=search)
    with pytest.raises(NoSuchExample):
        find(case, lambda it: not _is_the_same_in_any_order(_ours, *it), settings=search)


# --- I3, I5 -------------------------------------------------------------------------------------------------------


def _apart(folded: Folded) -> int:
    return sum(incident.kind is IncidentKind.OVERRIDE_USED for incident in folded.incidents)


@settings(max_examples=100)
@given(facts.TERMS, facts.histories())
def test_redemptions_never_exceed_the_allowed_entries(terms: Terms, known: list[Fact]) -> None:  # I3
    folded = _ours(terms, known)
    assert len(folded.entries) <= terms.entries
    assert [passage.entry_number for passage in folded.entries] == list(range(1, len(folded.entries) + 1))


@settings(max_examples=100)
@given(facts.PLAIN_TERMS, facts.histories())
def test_every_admission_beyond_the_allowed_ones_owns_one_incident(terms: Terms, known: list[Fact]) -> None:  # I5
    """Neither undone admissions count, nor those that a supervisor let count apart."""
    folded = _ours(terms, known)
    assert len(_doubles(folded)) == max(0, _admissions(folded) - _apart(folded) - terms.entries)


@settings(max_examples=100)
@given(facts.TERMS, facts.histories())
def test_an_admission_takes_an_entry_or_is_a_return_or_owns_an_incident(terms: Terms, known: list[Fact]) -> None:  # I5
    folded = _ours(terms, known)
    without = {p.scan.stamp.id for p in folded.passages if p.is_admission and p.entry_number is None}
    without -= {p.scan.stamp.id for p in folded.passages if p.scan.direction is EXIT}
    owners = {one.scan for one in folded.incidents if one.kind in _ONE_TOO_MANY}
    assert owners <= without
    assert len(without) == len(owners) + folded.standing.returns


_ONE_TOO_MANY = {IncidentKind.DOUBLE_ADMISSION, IncidentKind.OVERRIDE_USED}


@given(facts.TERMS, facts.histories())
def test_no_physical_admission_is_erased(terms: Terms, known: list[Fact]) -> None:  # I9
    folded = _ours(terms, known)
    undone = {passage.scan.stamp.id for passage in folded.passages if passage.undo}
    went_in = {fact.refers_to for fact in known if isinstance(fact, Shown) and fact.is_admission} - undone
    assert went_in <= {p.scan.stamp.id for p in folded.passages if p.is_admission}
    assert Counter(p.scan.stamp.id for p in folded.passages) == Counter(
        fact.stamp.id for fact in known if isinstance(fact, Scan)
    )


@given(facts.TERMS, facts.histories())
def test_an_incident_is_owned_once_per_scan_and_kind(terms: Terms, known: list[Fact]) -> None:
    owned = Counter((incident.scan, incident.kind) for incident in _ours(terms, known).incidents)
    assert all(count == 1 for count in owned.values())


@given(facts.TERMS, ENTRIES)
def test_inside_is_whoever_was_admitted_and_did_not_leave(terms: Terms, known: list[Fact]) -> None:
    folded = _ours(terms, known)
    assert folded.is_inside is (_admissions(folded) > 0)


# --- one ticket, a few facts --------------------------------------------------------------------------------------


def test_no_facts_are_no_state() -> None:
    folded = _fold()
    assert (folded.passages, folded.incidents, folded.is_inside, folded.entries_used) == ((), (), False, 0)


def test_the_first_scan_redeems_the_ticket_and_the_second_is_told_so() -> None:  # A1, A4
    folded = _fold(*_admitted(_scan(1)), *_refused(_scan(2, 1)))
    assert [passage.judged for passage in folded.passages] == [Outcome.ADMITTED, Outcome.ALREADY_USED]
    assert (_numbers(folded), folded.incidents, folded.is_inside) == ([1], (), True)


def test_two_kiosks_offline_keep_both_admissions_one_redemption_one_incident() -> None:  # G1
    north, south = _scan(1, device=HERE, gate=facts.NORTH), _scan(2, 1, device=THERE, gate=facts.SOUTH)
    either = [_fold(*_admitted(north), *_admitted(south)), _fold(*_admitted(south), *_admitted(north))]
    assert either[0] == either[1]
    assert _numbers(either[0]) == [1]
    assert either[0].incidents == (
        Incident(IncidentKind.DOUBLE_ADMISSION, south.stamp.id, north.stamp.id, Severity.HIGH, is_order_provable=True),
    )
    assert _admissions(either[0]) == 2


def test_at_the_same_moment_the_device_decides_and_the_order_is_not_provable() -> None:  # G1
    one, two = _scan(2, device=HERE), _scan(1, device=THERE)
    (incident,) = _fold(*_admitted(two), *_admitted(one)).incidents
    assert (incident.scan, incident.against) == (two.stamp.id, one.stamp.id)
    assert not incident.is_order_provable


@pytest.mark.parametrize(
    ("apart_ms", "u_ms", "provable"),
    [(1, 0, True), (0, 0, False), (2000, 1000, False), (2001, 1000, True), (2000, 999, True)],
)
def test_an_order_is_provable_when_the_uncertainties_do_not_touch(apart_ms: int, u_ms: int, *, provable: bool) -> None:
    one = facts.scan(1, at=facts.moment(facts.NOW, u_ms=u_ms), device=HERE)
    two = facts.scan(2, at=facts.moment(facts.NOW + apart_ms, u_ms=u_ms), device=THERE)
    (incident,) = _fold(*_admitted(one), *_admitted(two)).incidents
    assert incident.is_order_provable is provable


def test_one_kiosk_knows_its_own_order_however_unsure_its_clock() -> None:
    one, two = _scan(1, 0, u_ms=300_000, seq=1), _scan(2, 0.01, u_ms=300_000, seq=5)
    (incident,) = _fold(*_admitted(one), *_admitted(two)).incidents
    assert incident.is_order_provable


def test_a_kiosk_whose_clock_jumped_back_proves_nothing() -> None:  # G8, G31
    """By its journal it wrote the later time first: what the two clocks say is not what happened."""
    first, second = _scan(1, 60, seq=1), _scan(2, 0, seq=5)
    (incident,) = _fold(*_admitted(first), *_admitted(second)).incidents
    assert (incident.scan, incident.is_order_provable) == (first.stamp.id, False)


def test_a_smaller_key_that_arrives_later_moves_the_incident() -> None:  # A14, G1
    one, two, three = (_scan(n, n, device=device) for n, device in enumerate(facts.KIOSKS, 1))
    late = _fold(*_admitted(two), *_admitted(three))
    assert _numbers(late) == [2]
    assert [incident.scan.int for incident in late.incidents] == [3]
    whole = _fold(*_admitted(two), *_admitted(three), *_admitted(one))
    assert _numbers(whole) == [1]
    assert [(incident.scan.int, incident.against and incident.against.int) for incident in whole.incidents] == [
        (2, 1),
        (3, 1),
    ]


def test_suspect_clocks_never_win() -> None:  # G8
    sure = _scan(1, 5, device=HERE)
    suspect = facts.scan(2, at=facts.moment(0, quality=ClockQuality.SUSPECT), device=THERE)
    folded = _fold(*_admitted(suspect), *_admitted(sure))
    assert _numbers(folded) == [1]
    assert [(incident.scan.int, incident.is_order_provable) for incident in folded.incidents] == [(2, False)]


# --- what was shown decides whether somebody went in --------------------------------------------------------------


def test_a_stored_refusal_that_the_door_showed_as_green_is_an_admission() -> None:  # G29
    """The server refused, the answer came late, the kiosk had decided: both guests are inside."""
    first, second = _scan(1, device=HERE), _scan(2, 1, device=THERE)
    promised = {first.stamp.id: Outcome.ADMITTED, second.stamp.id: Outcome.ALREADY_USED}
    before = _fold(first, second, promised=promised)
    assert (_admissions(before), before.incidents) == (1, ())
    after = _fold(first, second, facts.shown(second), promised=promised)
    assert (_admissions(after), _numbers(after)) == (2, [1])
    assert [incident.scan for incident in after.incidents] == [second.stamp.id]


def test_a_promised_admission_that_the_door_refused_frees_the_entry() -> None:  # G29
    first, second = _scan(1, device=HERE), _scan(2, 1, device=THERE)
    promised = {first.stamp.id: Outcome.ADMITTED}
    folded = _fold(*_refused(first, Outcome.TIMEOUT), *_admitted(second), promised=promised)
    assert (_numbers(folded), folded.incidents) == ([2], ())


def test_a_scan_without_shown_counts_as_promised_else_as_the_rules_decide() -> None:  # G29
    first, second = _scan(1), _scan(2, 1)
    assert _numbers(_fold(first, second)) == [1]
    assert _numbers(_fold(first, second, promised={first.stamp.id: Outcome.UNPAID})) == [2]
    both = _fold(first, second, promised={scan.stamp.id: Outcome.ADMITTED for scan in (first, second)})
    assert (_numbers(both), len(_doubles(both))) == ([1], 1)


def test_a_shown_before_its_scan_waits_for_it() -> None:
    scan = _scan(1)
    assert _fold(facts.shown(scan)).passages == ()
    assert _numbers(_fold(facts.shown(scan), scan)) == [1]


def test_what_another_kiosk_says_was_shown_does_not_count() -> None:
    """A door vouches for its own screen alone: no other device can take an admission back."""
    scan = _scan(1, device=HERE)
    foreign = facts.shown(scan, Outcome.ALREADY_USED, number=5000)
    foreign = replace(foreign, stamp=replace(foreign.stamp, device=THERE, seq=99))
    assert _numbers(_fold(scan, facts.shown(scan), foreign)) == [1]
    assert _numbers(_fold(scan, foreign)) == [1]


# --- exits and several entries ------------------------------------------------------------------------------------


def test_an_exit_without_an_entry_is_recorded_as_such() -> None:  # A13
    folded = _fold(_scan(1, direction=EXIT))
    assert [passage.judged for passage in folded.passages] == [Outcome.EXIT_WITHOUT_ENTRY]
    assert (folded.entries, folded.incidents, folded.is_inside) == ((), (), False)


def test_two_exits_in_a_row_are_both_recorded() -> None:  # A13
    folded = _fold(*_admitted(_scan(1)), _scan(2, 1, direction=EXIT), _scan(3, 2, direction=EXIT))
    judged = [passage.judged for passage in folded.passages]
    assert judged == [Outcome.ADMITTED, Outcome.EXIT_RECORDED, Outcome.EXIT_WITHOUT_ENTRY]


def test_an_entry_after_an_exit_is_already_used() -> None:  # A13
    folded = _fold(*_admitted(_scan(1)), _scan(2, 1, direction=EXIT), *_refused(_scan(3, 2)))
    assert folded.passages[-1].judged is Outcome.ALREADY_USED
    assert not folded.is_inside


def test_an_exit_later_than_an_entry_uploaded_later_goes_by_the_time_of_the_scan() -> None:  # A14
    out, entry = _scan(2, 10, direction=EXIT), _scan(1, 0)
    assert _fold(out, *_admitted(entry)).is_inside is False
    assert _fold(out, *_admitted(entry)).passages[-1].judged is Outcome.EXIT_RECORDED


def test_a_ticket_of_three_entries_has_three_and_exits_cost_none() -> None:  # A6
    known: list[Fact] = [_scan(n, n, direction=EXIT) for n in (2, 4)]
    for n in (1, 3, 5):
        known += _admitted(_scan(n, n))
    folded = _fold(*known, *_refused(_scan(6, 6), Outcome.LIMIT_REACHED), terms=facts.terms(entries=3))
    assert _numbers(folded) == [1, 3, 5]
    assert folded.passages[-1].judged is Outcome.LIMIT_REACHED
    assert folded.incidents == ()


def test_a_fourth_admission_of_three_is_an_incident() -> None:  # A6
    known = [fact for n in (1, 2, 3, 4) for fact in _admitted(_scan(n, n))]
    folded = _fold(*known, terms=facts.terms(entries=3))
    assert _numbers(folded) == [1, 2, 3]
    assert [(incident.scan.int, incident.against and incident.against.int) for incident in folded.incidents] == [(4, 1)]


# --- admissions against the terms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [each for each in DenialReason if each is not DenialReason.UNPAID])
@pytest.mark.parametrize(("manifest", "severity"), [(4, Severity.NORMAL), (5, Severity.HIGH), (6, Severity.HIGH)])
def test_a_cancel_that_the_kiosk_already_had_weighs_more(reason: DenialReason, manifest: int, severity: str) -> None:
    terms = facts.terms(denial=facts.denial(reason, since_version=5))
    folded = _fold(*_admitted(_scan(1, manifest_version=manifest)), terms=terms)
    assert [(incident.kind, incident.severity) for incident in folded.incidents] == [
        (IncidentKind.LATE_CANCEL, severity)
    ]
    assert folded.passages[0].judged is reason.outcome


def test_a_canceled_guest_who_was_refused_is_no_incident() -> None:  # G17
    terms = facts.terms(denial=facts.denial())
    folded = _fold(*_refused(_scan(1), Outcome.CANCELED), _scan(2, 1), terms=terms)
    assert (folded.entries, folded.incidents) == ((), ())


@pytest.mark.parametrize(
    ("of", "judged"),
    [
        (facts.ticket_class(gates=[facts.SOUTH]), Outcome.WRONG_GATE),
        (facts.ticket_class(dates=[]), Outcome.WRONG_DATE),
        (facts.ticket_class(opens_doors=False), Outcome.WRONG_PRODUCT),
    ],
)
def test_an_admission_that_the_class_forbids_is_against_the_rules(of, judged: Outcome) -> None:  # type: ignore[no-untyped-def]
    folded = _fold(*_admitted(_scan(1)), terms=facts.terms(of))
    assert folded.passages[0].judged is judged
    assert [incident.kind for incident in folded.incidents] == [IncidentKind.AGAINST_RULES]


# --- entries that others know of ----------------------------------------------------------------------------------


def test_an_entry_elsewhere_is_counted_before_all_facts() -> None:
    known = KnownUse(1, Millis(facts.NOW), "south", "Kiosk 2")
    folded = fold(facts.terms(), EVENT, [_scan(1)], elsewhere=known)
    assert folded.passages[0].judged is Outcome.ALREADY_USED
    assert (folded.entries_used, folded.is_inside) == (1, True)


# --- a door that waits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "used", "outcome"),
    [
        (1, 0, Outcome.ADMITTED),
        (1, 1, Outcome.ALREADY_USED),
        (3, 2, Outcome.ADMITTED),
        (3, 3, Outcome.LIMIT_REACHED),
    ],
)
def test_a_waiting_door_is_told_by_the_count(allowed: int, used: int, outcome: Outcome) -> None:  # A4, A6
    known = [fact for n in range(1, used + 1) for fact in _admitted(_scan(n, n))]
    others = _fold(*known, terms=facts.terms(entries=allowed))
    assert decide(_scan(99, 30), others, EVENT) is outcome


def test_a_clock_that_is_behind_opens_no_door_a_second_time() -> None:  # G8
    """By its time the scan came first; by what is known now the ticket is used."""
    others = _fold(*_admitted(_scan(1, 0)))
    assert decide(_scan(2, -60), others, EVENT) is Outcome.ALREADY_USED


def test_terms_speak_before_the_count_and_exits_ask_for_neither() -> None:
    canceled = _fold(*_admitted(_scan(1)), terms=facts.terms(denial=facts.denial()))
    assert decide(_scan(2, 1), canceled, EVENT) is Outcome.CANCELED
    assert decide(_scan(2, 1, direction=EXIT), canceled, EVENT) is Outcome.EXIT_RECORDED
    assert decide(_scan(2, 1, direction=EXIT), _fold(), EVENT) is Outcome.EXIT_WITHOUT_ENTRY


RETURNING = facts.terms(replace(facts.ticket_class(), rules=PassageRules(reentry=Reentry.AFTER_EXIT)))


def test_nobody_returns_before_the_exit_that_the_return_follows() -> None:  # G8, A13
    """A door whose clock is behind asks a moment later: by its time the guest is still inside."""
    left = _scan(2, 10, direction=EXIT)
    others = _fold(*_admitted(_scan(1, 0)), left, facts.shown(left, Outcome.EXIT_RECORDED), terms=RETURNING)
    assert decide(_scan(3, 9.9, device=YONDER), others, EVENT) is Outcome.ALREADY_INSIDE
    assert decide(_scan(3, 10.1, device=YONDER), others, EVENT) is Outcome.ADMITTED_REENTRY


def test_an_exit_at_a_door_whose_clock_is_in_doubt_keeps_nobody_out() -> None:  # G8, A13
    doubtful = facts.moment(_at(10), quality=ClockQuality.SUSPECT)
    left = facts.scan(2, at=doubtful, direction=EXIT)
    others = _fold(*_admitted(_scan(1, 0)), left, facts.shown(left, Outcome.EXIT_RECORDED), terms=RETURNING)
    assert decide(_scan(3, 11, device=YONDER), others, EVENT) is Outcome.ADMITTED_REENTRY


@given(facts.TERMS, facts.histories(), facts.MOMENTS)
def test_a_door_told_to_admit_makes_no_double_admission(terms, known, at) -> None:  # type: ignore[no-untyped-def]
    """I3 for whoever waits: an admission that `decide` grants never exceeds the entries, wherever its time falls.

    But where an exit has no place in time: then a guest is rather let back in than kept out.
    """
    others = _ours(terms, known)
    assume(not any(passage.is_exit and passage.scan.stamp.moment.is_suspect for passage in others.passages))
    asking = facts.scan(900, at=at, device=YONDER)
    if is_admission(decide(asking, others, EVENT)):
        after = _ours(terms, [*known, asking, facts.shown(asking, Outcome.ADMITTED)])
        assert len(_doubles(after)) == len(_doubles(others))


def test_an_unknown_scan_has_no_passage() -> None:
    with pytest.raises(KeyError):
        _fold().passage(FactId(facts.KIOSKS[0]))

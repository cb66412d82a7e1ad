"""Refusals by reason, classes of tickets, and what somebody should look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.organizer.bars import BarRow, BarText
from app.organizer.live.complete_present import Say
from app.widgets.outcome_words import OutcomeWords
from core.insight.capacity import Fullness, fullness_of
from core.insight.refusals import is_refusal
from core.model.outcomes import Outcome
from core.sync.messages import ArrivalsReply, ClassCount, StatusReply

MOST_REASONS = 8
"""The commonest reasons; the others are added up below them."""


@dataclass(frozen=True, slots=True)
class TableText:
    """Bars as they are shown, and rows as they are written into a table, the head first."""

    shown: BarText
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class LookText:
    """Counts of what somebody should look at, each with what it counts; `nothing` where there is nothing."""

    counts: tuple[tuple[str, str], ...]
    nothing: str
    key: str
    rows: tuple[tuple[object, ...], ...]


def refusals_of(told: ArrivalsReply) -> dict[str, int]:
    """How often each outcome stopped a guest in a range of time, the commonest first."""
    sums = {curve.id: sum(curve.counts) for curve in told.outcomes}
    found = {name: n for name, n in sums.items() if n and is_refusal(name)}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def present_refusals(told: ArrivalsReply, outcomes: Mapping[Outcome, OutcomeWords], say: Say) -> TableText:
    """A bar for each reason, the commonest first; their share of all that doors showed."""
    words, found = say.words.refusals, refusals_of(told)
    shown = sum(sum(curve.counts) for curve in told.outcomes)
    most = max(found.values(), default=0)
    rows = tuple(
        BarRow(
            _reason(name, outcomes),
            n / most,
            words.share.fill(count=say.number(n), percent=_percent(n, shown)),
        )
        for name, n in list(found.items())[:MOST_REASONS]
    )
    others = sum(list(found.values())[MOST_REASONS:])
    text = BarText(
        words.reason,
        words.count,
        rows=rows,
        rest=words.others.fill(count=say.number(others)) if others else "",
        nothing=words.nothing,
        step=words.nothing_step,
    )
    cells = [(_reason(name, outcomes), n) for name, n in found.items()]
    return TableText(text, ((words.reason, words.count), *cells))


def present_classes(status: StatusReply, say: Say) -> TableText:
    """A bar for each class: how many of its guests have come; those that nobody expects today stand aside.

    One with a capacity says how much of it is inside, and asks for a look when it is nearly full.
    """
    words = say.words.classes
    due = [each for each in status.classes if each.is_expected]
    aside = [each for each in status.classes if not each.is_expected and (each.tickets or each.admitted)]
    rows = tuple(_class(each, say) for each in (*due, *aside))
    text = BarText(words.name, words.come, (), rows, nothing=words.nothing, step=words.nothing_step)
    head = (words.name, words.come, words.expected, words.inside, words.capacity)
    cells = [
        (each.name, each.guests, each.guests + each.remaining, each.inside, each.capacity) for each in (*due, *aside)
    ]
    return TableText(text, (head, *cells))


def present_look(status: StatusReply, say: Say) -> LookText:
    """Double admissions, open incidents, and facts that are kept aside."""
    words = say.words.look
    all_of_them = (
        (status.double_admissions, words.doubles),
        (status.incidents, words.open),
        (status.quarantined, words.aside),
    )
    counts = tuple((say.number(n), what) for n, what in all_of_them if n)
    return LookText(counts, "" if counts else words.nothing, words.show, tuple((what, n) for n, what in all_of_them))


def _class(each: ClassCount, say: Say) -> BarRow:
    words, whole = say.words.classes, each.guests + each.remaining
    return BarRow(
        each.name,
        each.guests / whole if whole else 0.0,
        words.of.fill(count=say.number(each.guests), whole=say.number(whole)),
        note=_inside(each, say) if each.is_expected else words.not_expected,
        is_trouble=_is_nearly_full(each),
        is_aside=not each.is_expected,
    )


def _inside(each: ClassCount, say: Say) -> str:
    words, inside = say.words.classes, say.number(each.inside)
    if each.capacity is None:
        return words.inside_now.fill(count=inside)
    percent = 100 * each.inside // each.capacity
    return words.inside_of.fill(count=inside, percent=percent, whole=say.number(each.capacity))


def _is_nearly_full(each: ClassCount) -> bool:
    return each.capacity is not None and fullness_of(each.inside, each.capacity) >= Fullness.NEARLY_FULL


def _reason(name: str, outcomes: Mapping[Outcome, OutcomeWords]) -> str:
    return outcomes[Outcome(name)].word if name in set(Outcome) else name


def _percent(n: int, shown: int) -> str:
    share = 100 * n / shown if shown else 0.0
    return f"{share:.1f}" if share < 10 else f"{share:.0f}"

"""Guests over time, beside another night, and all of it in one sentence."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.organizer.chart_text import ChartText, Line
from app.organizer.live.complete_present import Say
from core.insight.series import Series, coarser, laid_over, series_of, trimmed, until_now
from core.sync.messages import ArrivalsReply, EventRow


@dataclass(frozen=True, slots=True)
class Curve:
    """A chart, or nothing to draw yet; and its rows for a table: when, guests, and those of the other night."""

    chart: ChartText | None
    rows: tuple[tuple[object, ...], ...]
    other: str = ""
    """The other night's name, where there is one."""
    is_beginning: bool = False
    """Whether the only guests of this time came in the step that runs."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another event, and all its arrivals."""

    event: EventRow
    arrivals: ArrivalsReply


def curve_of(told: ArrivalsReply) -> Series:
    """Entries of all gates per minute, as far as their steps are over."""
    series = until_now(series_of(told.since_ms, told.step_ms, [each.counts for each in told.gates]), told.at_ms)
    return trimmed(series)


AHEAD = 0.25
"""How much of another night is shown beyond this one's last step: what may be about to come."""


def beside_of(beside: Beside, event: EventRow, main: Series) -> Series:
    """Another night laid over this one, and some of what came next there: both events begin at the same point."""
    told = beside.arrivals
    whole = until_now(series_of(told.since_ms, told.step_ms, [each.counts for each in told.gates]), told.at_ms)
    by_ms = event.starts_ms - beside.event.starts_ms
    ahead_ms = round(AHEAD * (main.until_ms - main.since_ms))
    return laid_over(coarser(whole, main.step_ms), by_ms, main.since_ms, main.until_ms + ahead_ms)


def present_curve(told: ArrivalsReply, event: EventRow | None, beside: Beside | None, say: Say) -> Curve:
    """The curve of a range; no chart where nobody came in it."""
    words, main = say.words.curve, curve_of(told)
    name = words.tonight if event is None else event.name
    other = None
    if beside is not None and event is not None:
        other = Line(beside.event.name, beside_of(beside, event, main))
    rows = tuple(_rows(main, other, say))
    if not main.guests:
        is_beginning = any(any(each.counts) for each in told.gates)
        return Curve(None, rows, other.name if other else "", is_beginning=is_beginning)
    chart = ChartText(
        main=Line(name, main),
        other=other,
        unit=words.unit,
        summary=_summary(main, say),
        read=lambda step: _read(main, other, step, say),
        instant=lambda at_ms: _instant(at_ms, say),
        zone_ms=lambda at_ms: _ahead_ms(at_ms, say),
        hint=words.hint,
    )
    return Curve(chart, rows, other.name if other else "")


def other_text(row: EventRow, say: Say) -> str:
    """Another night as it is offered: its name, and the day on which it began there."""
    local = datetime.fromtimestamp(row.starts_ms / 1000, UTC).astimezone(say.zone)
    month = say.calendar.months[local.month - 1]
    return say.words.curve.other.fill(name=row.name, day=local.day, month=month, year=local.year)


def _rows(main: Series, other: Line | None, say: Say) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for at, guests in enumerate(main.per_min):
        begins_ms = main.since_ms + at * main.step_ms
        local = datetime.fromtimestamp(begins_ms / 1000, UTC).astimezone(say.zone)
        step = other.series.step_at(main.middle_ms(at)) if other is not None else None
        beside = None if other is None or step is None else round(other.series.per_min[step], 2)
        found.append((local.isoformat(" ", "minutes"), round(guests, 2), beside))
    return found


def _read(main: Series, other: Line | None, step: int, say: Say) -> str:
    words = say.words.curve
    at_ms = main.middle_ms(step)
    parts = [words.read.fill(time=say.clock(main.since_ms + step * main.step_ms), count=_count(main.per_min[step]))]
    there = None if other is None else other.series.step_at(at_ms)
    if other is not None and there is not None:
        parts.append(words.read_other.fill(name=other.name, count=_count(other.series.per_min[there])))
    return " · ".join(parts)


def _count(per_min: float) -> str:
    """Whole where it is whole, else to a tenth: steps of several minutes have parts of guests."""
    return f"{per_min:.0f}" if per_min == round(per_min) or per_min >= 100 else f"{per_min:.1f}"


def _summary(main: Series, say: Say) -> str:
    peak = max(range(len(main.per_min)), key=lambda at: main.per_min[at])
    return say.words.curve.summary.fill(
        guests=say.number(main.guests),
        from_time=_instant(main.since_ms, say),
        to_time=_instant(main.until_ms, say),
        peak=_count(main.per_min[peak]),
        peak_time=say.clock(main.middle_ms(peak)),
        now=_count(main.per_min[-1]),
    )


def _instant(at_ms: int, say: Say) -> str:
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(say.zone)
    if (local.hour, local.minute) == (0, 0):
        return say.words.curve.day.fill(day=local.day, month=say.calendar.months[local.month - 1])
    return f"{local:%H:%M}"


def _ahead_ms(at_ms: int, say: Say) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(say.zone).utcoffset() or timedelta()
    return round(offset.total_seconds() * 1000)

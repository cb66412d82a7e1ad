"""The four large figures: how many have come, how many are inside, how fast they come, when all are in."""

from dataclasses import dataclass
from statistics import fmean
from typing import assert_never

from app.organizer.figure_tile import FigureText
from app.organizer.live.complete_present import Say
from app.organizer.live.words import FullWord
from core.insight.capacity import Fullness
from core.insight.completeness import (
    Bounds,
    Completeness,
    admitted_bounds,
    completeness_of,
    inside_bounds,
)
from core.insight.forecast import (
    NOW_MIN,
    WINDOW_MIN,
    AllIn,
    CantSay,
    Forecast,
    Night,
    NoForecast,
    NotBeforeEnd,
    forecast,
    rate_now,
)
from core.insight.series import series_of, until_now
from core.model.moments import Millis
from core.sync.messages import ArrivalsReply, StatusReply

LEAST_HEARD = 0.5
"""Where fewer of the kiosks report, their rate is not the night's."""
FULL_WORDS: dict[Fullness, FullWord | None] = {
    Fullness.ROOM: None,
    Fullness.BUSY: FullWord.BUSY,
    Fullness.NEARLY_FULL: FullWord.NEARLY_FULL,
    Fullness.FULL: FullWord.FULL,
}
_ROUND_MS = 5 * 60_000
"""A forecast to the minute would promise what it can't hold."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown, and as it is written into a table: what it is, and the number or numbers."""

    shown: FigureText
    row: tuple[object, ...]
    share: float | None = None
    """How much of something it is, from 0; more than 1 where there is more than there should be."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many have come and how many could, of the classes whose guests are expected today."""

    come: int
    remaining: int

    @property
    def expected(self) -> int:
        """All of them."""
        return self.come + self.remaining


def crowd_of(status: StatusReply) -> Crowd:
    """Guests who came at least once, and those still to come."""
    due = [each for each in status.classes if each.is_expected]
    return Crowd(sum(each.guests for each in due), sum(each.remaining for each in due))


def minutes_of(pace: ArrivalsReply) -> tuple[int, ...]:
    """Entries in each whole minute, the newest last."""
    series = series_of(pace.since_ms, pace.step_ms, [each.counts for each in pace.gates])
    return tuple(round(each) for each in until_now(series, pace.at_ms).per_min)


def running_of(pace: ArrivalsReply) -> int:
    """Entries in the minute that runs."""
    return sum(sum(each.counts) for each in pace.gates) - sum(minutes_of(pace))


def heard_of(status: StatusReply, pace: ArrivalsReply | None) -> Completeness:
    """How complete a status is."""
    return completeness_of(status.kiosks, status.at_ms, None if pace is None else rate_now(minutes_of(pace)))


def forecast_of(status: StatusReply, pace: ArrivalsReply, ends_ms: Millis | None) -> Forecast:
    """When all are in. An event whose end nobody knows has none."""
    crowd, heard = crowd_of(status), heard_of(status, pace)
    return forecast(
        Night(
            minutes_of(pace),
            come=crowd.come,
            remaining=crowd.remaining,
            now_ms=Millis(pace.at_ms),
            ends_ms=ends_ms,
            is_heard=heard.kiosks == 0 or heard.reporting >= LEAST_HEARD * heard.kiosks,
            running=running_of(pace),
        )
    )


def present_admitted(status: StatusReply, heard: Completeness, say: Say) -> Figure:
    """`3,812` of 5,000 expected; with bounds while something has not been heard."""
    words, crowd = say.words.figures, crowd_of(status)
    bounds = admitted_bounds(crowd.come, crowd.expected, heard)
    if not crowd.expected:
        return Figure(FigureText(say.number(crowd.come), words.nobody_expected), (words.admitted, 0, 0, 0))
    percent = 100 * crowd.come // crowd.expected
    note = words.to_come.fill(count=say.number(crowd.remaining), percent=percent)
    of_all = words.of_expected.fill(count=say.number(crowd.expected))
    shown = FigureText(_between(bounds, say), of_all, note)
    return Figure(shown, _row(words.admitted, crowd.come, bounds), crowd.come / crowd.expected)


def present_inside(status: StatusReply, heard: Completeness, level: Fullness, say: Say) -> Figure:
    """`3,590–3,604` of a capacity, or of nobody knows how many."""
    words, bounds = say.words.figures, inside_bounds(status, heard)
    row = _row(words.inside, status.inside, bounds)
    if status.capacity is None:
        return Figure(FigureText(_between(bounds, say), words.people), row)
    percent = 100 * bounds.most // status.capacity
    unit = words.of_capacity.fill(percent=percent, count=say.number(status.capacity))
    word = FULL_WORDS[level]
    note = "" if word is None else say.words.full[word]
    shown = FigureText(_between(bounds, say), unit, note, is_trouble=word is not None)
    return Figure(shown, row, bounds.most / status.capacity)


def present_rate(pace: ArrivalsReply, say: Say) -> Figure:
    """`38` guests per minute, beside how many it were before."""
    words, minutes = say.words.figures, minutes_of(pace)
    now = rate_now(minutes)
    if now is None:
        return Figure(FigureText(words.unknown, words.per_minute), (words.rate, None))
    before = minutes[-WINDOW_MIN - NOW_MIN : -NOW_MIN]
    note = words.before.fill(count=say.number(round(fmean(before)))) if len(before) == WINDOW_MIN else ""
    unit = words.one_per_minute if round(now) == 1 else words.per_minute
    return Figure(FigureText(say.number(round(now)), unit, note), (words.rate, round(now, 1)))


def present_forecast(told: Forecast, say: Say) -> Figure:
    """`≈ 21:40` at this rate; or why nobody can say."""
    words = say.words.figures
    match told:
        case AllIn():
            time = say.clock(_rounded(told.at_ms))
            shown = FigureText(words.about.fill(time=time), words.at_this_rate, _window(told, say))
            return Figure(shown, (words.forecast, time))
        case NotBeforeEnd():
            note = words.outside.fill(count=say.number(_about(told.missing)))
            not_by = words.not_by.fill(time=say.clock(told.ends_ms))
            shown = FigureText(not_by, words.at_this_rate, note, is_trouble=True)
            return Figure(shown, (words.forecast, shown.figure))
        case CantSay():
            why = say.words.no_forecast[told.why]
            return Figure(_no_forecast(told.why, why, say), (words.forecast, why))
    assert_never(told)


def _no_forecast(why: NoForecast, told: str, say: Say) -> FigureText:
    words = say.words.figures
    match why:
        case NoForecast.ALL_IN:
            return FigureText(words.all_in, told)
        case NoForecast.OVER:
            return FigureText(words.over, told)
        case _:
            return FigureText(words.unknown, words.cant_say, told)


def _window(told: AllIn, say: Say) -> str:
    words, earliest = say.words.figures, say.clock(told.from_ms)
    if told.to_ms is None:
        return words.from_on.fill(earliest=earliest)
    return words.window.fill(earliest=earliest, latest=say.clock(told.to_ms))


def _between(bounds: Bounds, say: Say) -> str:
    words, figure = say.words.figures, say.number(bounds.least)
    if bounds.most > bounds.least:
        figure = words.between.fill(least=figure, most=say.number(bounds.most))
    return words.or_more.fill(figure=figure) if bounds.is_open else figure


def _row(what: str, known: int, bounds: Bounds) -> tuple[object, ...]:
    return (what, known, bounds.least, None if bounds.is_open else bounds.most)


def _rounded(at_ms: int) -> int:
    return round(at_ms / _ROUND_MS) * _ROUND_MS


def _about(guests: int) -> int:
    """To two digits: nobody counts those who have not come."""
    digits = max(0, len(str(guests)) - 2)
    return round(guests, -digits)

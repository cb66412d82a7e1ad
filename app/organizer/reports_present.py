"""What a night's report says: a `Night` and a language in, a page's texts and numbers out. Refuses Qt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.organizer.incidents_words import kind_word
from app.organizer.reports_words import ReportWords
from app.paper.night_paper import (
    PaperBlock,
    PaperColumn,
    PaperCurve,
    PaperFigure,
    PaperFigures,
    PaperNight,
    PaperTable,
    PaperWarnings,
)
from app.widgets.times import clock_text, instant_text, number_text
from core.insight.night_report import Answer, GateLine, KioskLine, Night, Told
from core.insight.series import Series
from core.journal.scan import Finding
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.sync.incident_replies import Incident

_MARK_EVERY_MIN = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440)
_MOST_MARKS = 8
_MINUTE_MS = 60_000
NEVER_MS = 0
"""Of `instant_text`: on no day of any event, so that each time is told with its day."""


def present_night(night: Night, words: ReportWords, made_ms: int) -> PaperNight:
    """The report, as it is told at `made_ms`."""
    said, zone = words.night, ZoneInfo(night.zone)
    as_of = _dated(night.as_of_ms, zone, words)
    blocks: list[PaperBlock] = []
    warnings = tuple(warnings_of(night, words))
    if warnings:
        blocks.append(PaperWarnings(warnings))
    blocks.append(_figures(night, words, zone))
    if night.series is not None:
        blocks.append(_curve(night, night.series, words, zone))
    blocks += [_gates(night, words, zone), _classes(night, words), _refusals(night, words)]
    blocks += [_incidents(night, words, zone), _kiosks(night, words, zone)]
    begin, end = _with_year(night.starts_ms, zone), _with_year(night.ends_ms, zone)
    made = said.made.fill(made=_with_year(made_ms, zone), as_of=as_of)
    is_whole = night.kiosks is not None and night.told_all == len(night.kiosks)
    return PaperNight(
        title=said.title.fill(name=night.name),
        subtitle=said.when.fill(begin=begin, end=end, zone=night.zone),
        made=f"{made} {completeness_text(night, words)}" if is_whole else made,
        blocks=blocks,
        footer=said.footer.fill(name=night.name, as_of=as_of),
        page=said.page.fill(page="{page}", pages="{pages}"),
    )


def warnings_of(night: Night, words: ReportWords) -> Iterator[str]:
    """What must be known before the figures: they are old, the event is not over, something could not be had."""
    said, zone = words.night, ZoneInfo(night.zone)
    if night.old:
        parts = [
            said.old_part.fill(what=words.answers[answer], time=_dated(night.old[answer], zone, words))
            for answer in Answer
            if answer in night.old
        ]
        yield said.old.fill(parts="; ".join(parts))
    if not night.is_over:
        yield said.running.fill(time=_dated(night.as_of_ms, zone, words))
    if night.lacks:
        yield said.lacks.fill(what=_named(night.lacks, words))
    if night.kiosks and night.told_all < len(night.kiosks):
        yield completeness_text(night, words)
    if night.quarantined:
        yield said.quarantined.fill(count=number_text(night.quarantined, words.calendar))


def completeness_text(night: Night, words: ReportWords) -> str:
    """`7 of 8 devices have told all. North 2 lacks 14 scans here.`"""
    said = words.night
    if night.kiosks is None:
        return said.lacks.fill(what=words.answers[Answer.KIOSKS])
    if not night.kiosks:
        return said.no_kiosk
    if night.told_all == len(night.kiosks):
        return said.complete.fill(all=len(night.kiosks))
    missing = [line for line in night.kiosks if line.told is not Told.ALL]
    names = " ".join(_missing(line, words) for line in missing)
    return said.incomplete.fill(told=night.told_all, all=len(night.kiosks), names=names)


def _missing(line: KioskLine, words: ReportWords) -> str:
    if line.told is Told.MISSING:
        return words.night.missing.fill(name=line.name, count=number_text(line.missing, words.calendar))
    return f"{line.name}: {words.told[line.told]}."


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One part of the report, in a line. `is_trouble`: it asks for a look before the report goes out."""

    title: str
    line: str
    is_trouble: bool = False


def present_preview(night: Night, words: ReportWords) -> tuple[PreviewRow, ...]:
    """What the report would hold if it were made now, part by part."""
    said, number = words.night, _numbers(words)
    entries = f"{number(night.entries)} {said.admitted} {said.admitted_of.fill(total=number(night.tickets))}"
    figures = f"{entries} · {number(night.guests)} {said.guests} · {number(night.remaining)} {said.remaining}"
    rows = [PreviewRow("", line, is_trouble=True) for line in warnings_of(night, words)]
    rows.append(PreviewRow(_begun(words.answers[Answer.STATUS]), figures))
    zone = ZoneInfo(night.zone)
    if night.series is not None:
        rows.append(PreviewRow(said.curve, _curve(night, night.series, words, zone).told))
    gates = " · ".join(f"{line.name} {number(line.admitted)}" for line in night.gates)
    classes = " · ".join(f"{each.name} {number(each.admitted)}" for each in night.classes)
    refusals = " · ".join(f"{outcome_text(name, words)} {number(n)}" for name, n in night.refusals)
    rows.append(PreviewRow(said.gates, gates or said.no_gate))
    rows.append(PreviewRow(said.classes, classes or said.no_class))
    rows.append(PreviewRow(said.refusals, refusals or said.no_refusal))
    rows.append(PreviewRow(said.incidents, _incidents_told(night, words, zone), is_trouble=night.incidents is None))
    if night.kiosks is None:
        rows.append(PreviewRow(said.kiosks, said.not_known, is_trouble=True))
    else:
        rows.append(PreviewRow(said.kiosks, completeness_text(night, words)))
    return tuple(rows)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(answers: frozenset[Answer], words: ReportWords) -> str:
    return ", ".join(words.answers[answer] for answer in Answer if answer in answers)


def _figures(night: Night, words: ReportWords, zone: ZoneInfo) -> PaperFigures:
    said, number = words.night, _numbers(words)
    room = said.inside_of.fill(total=number(night.capacity)) if night.capacity is not None else ""
    figures = [
        PaperFigure(number(night.entries), said.admitted, said.admitted_of.fill(total=number(night.tickets))),
        PaperFigure(number(night.guests), said.guests),
        PaperFigure(number(night.remaining), said.remaining),
        PaperFigure(number(night.inside), said.inside, room),
        PaperFigure(number(night.refused), said.refused),
        PaperFigure(number(night.double), said.double, said.double_told if night.double and night.incidents else ""),
    ]
    if night.peak is not None and night.peak_ms is not None:
        at = said.peak_at.fill(time=clock_text(night.peak_ms, zone))
        figures.append(PaperFigure(number(night.peak), said.peak, at))
    return PaperFigures(figures)


def _curve(night: Night, series: Series, words: ReportWords, zone: ZoneInfo) -> PaperCurve:
    said, number = words.night, _numbers(words)
    told = said.curve_empty
    if night.peak is not None and night.peak_ms is not None:
        told = said.curve_told.fill(
            count=number(night.entries), peak=number(night.peak), time=clock_text(night.peak_ms, zone)
        )
    return PaperCurve(said.curve, series.per_min, tuple(marks_of(series, zone)), said.per_minute, told)


def marks_of(series: Series, zone: ZoneInfo) -> Iterator[tuple[float, str]]:
    """Round times along a curve: their places from 0 to 1, and how they read."""
    length_ms = max(1, series.until_ms - series.since_ms)
    minutes = next(
        (each for each in _MARK_EVERY_MIN if length_ms / (each * _MINUTE_MS) <= _MOST_MARKS), _MARK_EVERY_MIN[-1]
    )
    step_ms = minutes * _MINUTE_MS
    at_ms = -(-series.since_ms // step_ms) * step_ms
    while at_ms <= series.until_ms:
        yield (at_ms - series.since_ms) / length_ms, clock_text(at_ms, zone)
        at_ms += step_ms


def _gates(night: Night, words: ReportWords, zone: ZoneInfo) -> PaperTable:
    said, number = words.night, _numbers(words)
    columns = (
        PaperColumn(said.gate, 0.46),
        PaperColumn(said.entries, 0.16, is_number=True),
        PaperColumn(said.share, 0.12, is_number=True),
        PaperColumn(said.busiest, 0.26, is_number=True),
    )

    def row(line: GateLine) -> tuple[str, ...]:
        share = f"{100 * line.admitted / night.entries:.0f} %" if night.entries else "–"
        busiest = f"{number(line.peak)} · {clock_text(line.peak_ms, zone)}" if line.peak and line.peak_ms else "–"
        return line.name, number(line.admitted), share, busiest

    return PaperTable(said.gates, columns, [row(line) for line in night.gates], said.no_gate)


def _classes(night: Night, words: ReportWords) -> PaperTable:
    said, number = words.night, _numbers(words)
    heads = (said.tickets_short, said.entries, said.guests_short, said.never_came)
    columns = (PaperColumn(said.ticket_class, 0.36), *(PaperColumn(head, 0.16, is_number=True) for head in heads))
    rows = [
        (each.name, number(each.tickets), number(each.admitted), number(each.guests), number(each.remaining))
        for each in night.classes
    ]
    return PaperTable(said.classes, columns, rows, said.no_class)


def _refusals(night: Night, words: ReportWords) -> PaperTable:
    said, number = words.night, _numbers(words)
    columns = (PaperColumn(said.outcome, 0.8), PaperColumn(said.times, 0.2, is_number=True))
    rows = [(outcome_text(name, words), number(n)) for name, n in night.refusals]
    return PaperTable(said.refusals, columns, rows, said.no_refusal, said.refusals_note if rows else "")


def outcome_text(name: str, words: ReportWords) -> str:
    """What a door wrote in large letters; an outcome of a newer server by its code."""
    return words.outcomes[Outcome(name)].word if name in set(Outcome) else name


def _incidents_told(night: Night, words: ReportWords, zone: ZoneInfo) -> str:
    """How many there were, and of when that is where it is not of now; that it is not known is never that none was."""
    said, incidents = words.night, night.incidents
    if incidents is None:
        return said.not_known
    open_ = sum(each.state == "open" for each in incidents)
    told = said.incidents_told.fill(count=len(incidents), open=open_) if incidents else said.no_incident
    kept_ms = night.old.get(Answer.INCIDENTS)
    return told if kept_ms is None else f"{told} {said.kept_incidents.fill(time=_dated(kept_ms, zone, words))}"


def _incidents(night: Night, words: ReportWords, zone: ZoneInfo) -> PaperTable:
    said, incidents = words.night, night.incidents or ()
    columns = (
        PaperColumn(said.time, 0.16),
        PaperColumn(said.what, 0.22),
        PaperColumn(said.where, 0.27),
        PaperColumn(said.state, 0.35),
    )
    told = _incidents_told(night, words, zone)
    more = said.more_incidents.fill(count=len(incidents)) if night.has_more else ""
    rows = [_incident_row(each, words, zone) for each in incidents]
    return PaperTable(said.incidents, columns, rows, told, f"{told} {more}".strip() if rows else "")


def _incident_row(incident: Incident, words: ReportWords, zone: ZoneInfo) -> tuple[str, ...]:
    opened = _dated(Millis(incident.opened_ms), zone, words)
    return opened, words.kinds[kind_word(incident.kind)], place_of(incident), _state(incident, words)


def incident_sheet(night: Night, words: ReportWords) -> tuple[tuple[str, ...], ...]:
    """The incidents that this computer kept, for a spreadsheet: below what they are and of when. Empty without any.

    The server's own file has more columns, and all of them; this is what there is without it.
    """
    if night.incidents is None:
        return ()
    zone = ZoneInfo(night.zone)
    table = _incidents(night, words, zone)
    head = (f"{table.title}: {night.name}",), (_incidents_told(night, words, zone),), ()
    return (*head, tuple(column.head for column in table.columns), *(tuple(row) for row in table.rows))


def place_of(incident: Incident) -> str:
    """Where an incident happened: its gates, or the device whose own it is. No guest is named."""
    gates = [side.gate_name for side in (incident.winner, incident.loser) if side is not None]
    return " / ".join(dict.fromkeys(gates)) or incident.device_name or "–"


def _state(incident: Incident, words: ReportWords) -> str:
    said = words.night
    if incident.state == "open":
        return said.open
    if incident.finding is None or incident.finding not in set(Finding):
        return said.withdrawn
    finding = words.findings[Finding(incident.finding)]
    told = said.resolved.fill(finding=finding, who=incident.found_by) if incident.found_by else finding
    return f"{told}: {incident.found_note}" if incident.found_note else told


def _kiosks(night: Night, words: ReportWords, zone: ZoneInfo) -> PaperTable:
    said, kiosks, kept_ms = words.night, night.kiosks or (), night.old.get(Answer.KIOSKS)
    columns = (
        PaperColumn(said.kiosk, 0.28),
        PaperColumn(said.gate, 0.24),
        PaperColumn(said.seen, 0.18),
        PaperColumn("", 0.30),
    )

    def row(line: KioskLine) -> tuple[str, ...]:
        seen = said.never if line.seen_ms is None else _dated(line.seen_ms, zone, words)
        told = said.missing_short.fill(count=line.missing) if line.told is Told.MISSING else words.told[line.told]
        return line.name, line.gate, seen, f"{told}, {said.revoked}" if line.is_revoked else told

    is_unsure = any(line.told is Told.UNSURE for line in kiosks)
    kept = "" if kept_ms is None else said.kept.fill(time=_dated(kept_ms, zone, words))
    note = f"{kept} {said.kiosks_note if is_unsure else ''}".strip()
    empty = said.not_known if night.kiosks is None else said.no_kiosk_yet
    return PaperTable(said.kiosks, columns, [row(line) for line in kiosks], empty, note)


def _with_year(at_ms: int, zone: ZoneInfo) -> str:
    """As ISO 8601 has it: a report is kept for years, and read by programs too."""
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%Y-%m-%d %H:%M}"


def _dated(at_ms: int, zone: ZoneInfo, words: ReportWords) -> str:
    """With its day, whenever it is read."""
    return instant_text(at_ms, zone, NEVER_MS, words.calendar)


def _numbers(words: ReportWords) -> Callable[[int], str]:
    """Counts in the language's own groups of three."""
    return lambda number: number_text(number, words.calendar)

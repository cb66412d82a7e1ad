"""What the import wizard says: a list, a job and a language in, rows and sentences out.

Owns the words. Refuses Qt, files and the connection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.organizer.figure_tile import FigureText
from app.organizer.import_words import ChangedPart, ImportWords
from app.organizer.panel_present import cause_text
from app.organizer.row_list import ListRow
from app.organizer.tickets_present import BETWEEN, Reader
from app.runtime.list_reading import ListFlaw, ShopList
from app.widgets.times import number_text
from core.insight.import_course import BadRow, ChangedRow, Outlook
from core.model.outcomes import OutcomeClass
from core.sync.answers import Later
from core.sync.import_messages import (
    MAX_FILE_BYTES,
    MISSING_UNSURE,
    NOT_UTF8,
    ImportJob,
    JobState,
    RowFlaw,
    SampleReply,
)
from core.sync.messages import ClassRow
from core.sync.shop_columns import KEYS, MAX_COLUMNS, Field, Preset, folded, found_in

AUTOMATIC, MISSING = "", "-"
MAX_MB = MAX_FILE_BYTES // 1_000_000
_SHOWN = (Field.CODE, Field.REF, Field.ORDER, Field.CLASS, Field.NAME, Field.STATUS)
_NAMES = frozenset({Field.FIRST_NAME, Field.LAST_NAME})


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One field: what it is called, what may be chosen (value, text), and what is chosen already."""

    field: Field
    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassChoice:
    """One word for a class that the event does not have, and the classes that it may mean."""

    word: str
    choices: tuple[tuple[str, str], ...]


def flaw_text(flaw: ListFlaw, words: ImportWords) -> str:
    """Why a file can't be taken."""
    most = MAX_COLUMNS if flaw is ListFlaw.TOO_MANY_COLUMNS else MAX_MB
    return words.flaws[flaw].replace("{most}", str(most))


def columns_shown(header: Sequence[str], preset: Preset) -> tuple[Field, ...]:
    """The fields that somebody may want to look at: the usual ones, and those that the list has."""
    found = found_in(header, preset)
    shown = [field for field in _SHOWN if field is not Field.NAME or not found.keys() & _NAMES]
    return tuple(field for field in Field if field in shown or field in found)


def present_columns(header: Sequence[str], preset: Preset, words: ImportWords) -> tuple[ColumnChoice, ...]:
    """A choice for each field: the column that was found, or any other."""
    found, said = found_in(header, preset), words.columns
    headers = tuple((name, name) for name in dict.fromkeys(header) if name)
    made = []
    for field in columns_shown(header, preset):
        text = said.automatic.fill(header=header[found[field]]) if field in found else said.missing
        made.append(ColumnChoice(field, words.fields[field], ((AUTOMATIC, text), *headers)))
    return tuple(made)


def present_classes(
    file: ShopList, preset: Preset, said: Mapping[Field, str], classes: Sequence[ClassRow], words: ImportWords
) -> tuple[ClassChoice, ...]:
    """The words of the class column that the event does not know, each with the classes that it may mean."""
    place = place_of(file.header, preset, said, Field.CLASS)
    known = {str(each.id) for each in classes} | {each.name.strip().casefold() for each in classes}
    choices = ((MISSING, words.columns.no_class), *((each.name, each.name) for each in classes))
    strange = [word for word in file.words.get(-1 if place is None else place, ()) if word.casefold() not in known]
    return tuple(ClassChoice(word, choices) for word in strange)


def place_of(header: Sequence[str], preset: Preset, said: Mapping[Field, str], field: Field) -> int | None:
    """Where a field's column is, by what was found or said."""
    if said.get(field):
        wanted = folded(said[field])
        return next((place for place, name in enumerate(header) if folded(name) == wanted), None)
    return found_in(header, preset).get(field)


def has_key(header: Sequence[str], preset: Preset, said: Mapping[Field, str]) -> bool:
    """Whether rows can be known by anything."""
    return any(place_of(header, preset, said, field) is not None for field in KEYS)


def list_text(file: ShopList, reader: Reader) -> str:
    """What a list is: its name, how many rows and columns."""
    said, calendar = reader.words.imports.columns, reader.words.calendar
    rows = number_text(file.rows, calendar)
    rows = rows if file.is_looked_through else said.more_rows.fill(rows=rows)
    return said.text.fill(file=file.path.name, rows=rows, columns=len(file.header))


# --- how far it is ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: from 0 to 1, and in a sentence."""

    share: float
    text: str


def present_progress(job: ImportJob | None, parts: int, reader: Reader) -> Progress:
    """`parts`: how many the file has; 0 where it is not at hand."""
    said, calendar = reader.words.imports.progress, reader.words.calendar
    if job is None:
        return Progress(0.0, said.opening)
    rows = {"done": number_text(job.done, calendar), "rows": number_text(job.rows, calendar)}
    share = job.done / job.rows if job.rows else 0.0
    match job.state:
        case JobState.OPEN:
            parts = max(parts, job.parts, 1)
            return Progress(job.parts / parts, said.sending.fill(done=job.parts, parts=parts))
        case JobState.PREVIEWING if job.rows == 0:
            return Progress(0.0, said.looking)
        case JobState.PREVIEWING | JobState.PREVIEWED:
            return Progress(share, said.looking_at.fill(**rows))
        case JobState.APPLYING | JobState.DONE | JobState.FAILED:
            return Progress(share, said.applying.fill(**rows))


def waiting_text(fault: Later, seconds: float, since_ms: int, job: ImportJob | None, parts: int, reader: Reader) -> str:
    """Why it does not go on, where it stands, and when it is tried again."""
    said = reader.words.imports.progress
    where = said.where_none
    if job is not None and job.state is JobState.OPEN and job.parts:
        where = said.where_parts.fill(done=job.parts, parts=max(parts, job.parts))
    elif job is not None and job.state is not JobState.OPEN:
        where = said.where_work
    cause = cause_text(fault, reader.words)
    return said.waiting.fill(
        cause=f"{cause[:1].upper()}{cause[1:]}",
        time=reader.instant(since_ms),
        where=where,
        seconds=max(1, round(seconds)),
    )


def present_jobs(jobs: Sequence[ImportJob], reader: Reader) -> tuple[ListRow, ...]:
    """The imports of an event, the newest first."""
    return tuple(_job(job, reader) for job in jobs)


def _job(job: ImportJob, reader: Reader) -> ListRow:
    words, calendar = reader.words.imports, reader.words.calendar
    is_over = job.state in {JobState.DONE, JobState.FAILED}
    is_sent = job.state is not JobState.OPEN
    rows = words.progress.looking_at if not is_over else words.progress.applying
    counts = {"done": number_text(job.done, calendar), "rows": number_text(job.rows, calendar)}
    line = words.states[job.state]
    if is_sent and job.rows and job.state in {JobState.APPLYING, JobState.PREVIEWING}:
        line = rows.fill(**counts)
    sign = {JobState.DONE: OutcomeClass.ADMIT, JobState.FAILED: OutcomeClass.DENY}.get(job.state, OutcomeClass.HOLD)
    return ListRow(job.id, job.source, line, reader.instant(job.made_ms), sign, is_muted=is_over)


# --- what it would do ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutlookText:
    """What a list would do, or did: figures, remarks, and the rows that a person looks at."""

    figures: tuple[FigureText, ...]
    remarks: tuple[str, ...]
    bad_rows: tuple[ListRow, ...]
    bad_count: str
    changed_rows: tuple[ListRow, ...]
    changed_count: str


def present_outlook(outlook: Outlook, reader: Reader, *, is_done: bool = False) -> OutlookText:
    """Both before it is taken over and after."""
    said, calendar = reader.words.imports.preview, reader.words.calendar
    figures = tuple(
        FigureText(number_text(count, calendar), unit, is_trouble=is_trouble and count > 0)
        for count, unit, is_trouble in (
            (outlook.new, said.new, False),
            (outlook.changed, said.changed, False),
            (outlook.canceled, said.canceled, False),
            (outlook.restored, said.restored, False),
            (outlook.unchanged, said.unchanged, False),
            (outlook.refused, said.refused, True),
        )
    )
    changed = (*outlook.first_changed, *outlook.first_canceled, *outlook.first_restored)
    return OutlookText(
        figures=figures,
        remarks=tuple(_remarks(outlook, reader, is_done=is_done)),
        bad_rows=tuple(_bad(place, row, reader) for place, row in enumerate(outlook.first_refused)),
        bad_count=_shown_of(len(outlook.first_refused), outlook.refused, reader),
        changed_rows=tuple(_changed(place, row, reader) for place, row in enumerate(changed)),
        changed_count=_shown_of(len(changed), outlook.changed + outlook.canceled + outlook.restored, reader),
    )


def _remarks(outlook: Outlook, reader: Reader, *, is_done: bool) -> Iterator[str]:
    said, done, calendar = reader.words.imports.preview, reader.words.imports.done, reader.words.calendar
    if outlook.guests:
        yield said.guests.fill(count=number_text(outlook.guests, calendar))
    if outlook.used:
        yield said.used.fill(count=number_text(outlook.used, calendar))
    if outlook.spared:
        yield said.spared.fill(count=number_text(outlook.spared, calendar))
    if is_done and outlook.issued:
        yield done.issued.fill(count=number_text(outlook.issued, calendar))
    if is_done and outlook.adopted:
        yield done.adopted.fill(count=number_text(outlook.adopted, calendar))
    if is_done and outlook.refused:
        yield done.refused.fill(count=number_text(outlook.refused, calendar))
    if not is_done and outlook.refused and not (outlook.has_work or outlook.unchanged):
        yield said.all_bad
    elif not is_done and not outlook.has_work:
        yield said.same
    known = {NOT_UTF8: reader.words.imports.columns.encoding, MISSING_UNSURE: said.missing_unsure}
    yield from (known.get(note, note) for note in outlook.notes)


def _bad(place: int, row: BadRow, reader: Reader) -> ListRow:
    words = reader.words.imports
    cause, cure = words.rows[row.flaw].said(row.cause, row.cure, row.about)
    cure = f"{cure[:1].upper()}{cure[1:]}"
    line = words.preview.bad_reference.fill(reference=row.external_ref, cure=cure) if row.external_ref else cure
    return ListRow(f"bad {place}", words.preview.bad_row.fill(line=row.line, cause=cause), line, "", OutcomeClass.HOLD)


def _changed(place: int, row: ChangedRow, reader: Reader) -> ListRow:
    words = reader.words.imports
    said = words.preview
    title = said.missing_row if row.line is None else said.changed_row.fill(line=row.line)
    parts = [words.parts[ChangedPart(part)] if part in set(ChangedPart) else part for part in row.parts]
    line = BETWEEN.join(filter(None, (", ".join(parts), said.was_used if row.is_used else "")))
    return ListRow(f"changed {place}", BETWEEN.join(filter(None, (title, row.external_ref or ""))), line)


def _shown_of(shown: int, count: int, reader: Reader) -> str:
    if shown >= count:
        return ""
    calendar = reader.words.calendar
    named = {"shown": number_text(shown, calendar), "count": number_text(count, calendar)}
    return reader.words.imports.preview.shown_of.fill(**named)


def sample_text(told: SampleReply, header: str, words: ImportWords) -> str:
    """Which row a ticket belongs to, or what to look at."""
    said = words.sample
    if told.line is None:
        cause, cure = words.rows[told.flaw].said(told.cause, told.cure, told.about)
        text = said.not_found.fill(cause=cause)
        asks = bool(header) and told.flaw in {RowFlaw.NO_ROW, RowFlaw.NO_ADAPTER}
        return f"{text} {said.is_column.fill(header=header) if asks else f'{cure}.'}"
    parts = ", ".join(filter(None, (told.class_name, told.name, told.external_ref)))
    return (said.found_canceled if told.is_canceled else said.found).fill(line=told.line, parts=parts)

"""The jobs that tell people: what of a night cannot wait for somebody to look, and each day's report.

Owns what is looked at, and when. What is worth telling is decided in `core.insight.night_watch`; whom it reaches, and
how often, by the table of notices.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.ledger.admin import Office
from app.ledger.kiosk_telling import kiosks_told
from app.ledger.night_telling import night_in
from app.runtime.jobs import Beat
from app.runtime.schedule import newest_due
from core.delivery.notice import Notice, NoticeKind, Told, report_about
from core.insight.kiosk_standing import KioskTrouble, Newest
from core.insight.night_watch import Found, is_watched, kiosks_to_tell
from core.model.ids import EventId
from core.model.moments import Millis
from core.sync.messages import EventRow

ALERTS = "alerts"
HEARING_MS = 3 * 60_000
"""A job that looked longer ago than this has no word on who was silent: perhaps nobody listened."""
AFTER_END_MS = 48 * 60 * 60_000
"""Two mornings after the end: kiosks bring what they have until then, and the figures still grow."""
_KINDS = {KioskTrouble.SILENT: NoticeKind.DEVICE_SILENT, KioskTrouble.LISTS_OLD: NoticeKind.LISTS_OLD}


def watch_nights(office: Office, beat: Beat) -> str:
    """Looks at each event that has a way to people: at its doors while it is on, at its dead letters always."""
    is_hearing, nights, found = _is_hearing(office), 0, 0
    for event, row in office.night_watch.events():
        beat()
        found += office.night_watch.look_at_dead(event)
        if is_watched(row, office.now_ms()):
            nights += 1
            found += _look_at_doors(office, event, row, is_hearing=is_hearing)
    return f"{nights} nights watched, {found} things to tell of"


def report_days(office: Office, beat: Beat) -> str:
    """Tells the figures of each event that is on, or was yesterday, to those who want them now by its own wall."""
    now, told = office.now_ms(), 0
    for event, at_min, since_ms in office.report_wishes.times():
        beat()
        row = office.show_event(event).policy
        due_ms = newest_due(f"{at_min % 60} {at_min // 60} * * *", row.time_zone, now)
        is_due = due_ms is not None and due_ms >= since_ms and row.starts_ms <= due_ms < row.ends_ms + AFTER_END_MS
        if due_ms is not None and is_due:
            told += _report(office, event, row, at_min, due_ms)
    return f"{told} reports told"


def _is_hearing(office: Office) -> bool:
    """Whether this job looked a moment ago too: after a pause of the whole server every kiosk has been silent."""
    runs = office.jobs.runs(2, ALERTS)
    return len(runs) == 2 and runs[0].started_at - runs[1].started_at <= HEARING_MS


def _look_at_doors(office: Office, event: EventId, row: EventRow, *, is_hearing: bool) -> int:
    summary, now = office.show_event(event), office.now_ms()
    newest = Newest(summary.manifest_version, lists_amber_ms=row.stale.amber_ms)
    kiosks = kiosks_told(office, event)
    found = list(kiosks_to_tell(kiosks, newest, now, is_hearing=is_hearing))
    for each in found:
        if not office.notices.is_known(event, _KINDS[each.trouble], each.about):
            office.notices.tell(_of_kiosk(event, each, now))
    is_told = row.capacity is not None and office.night_watch.look_at_room(event, row.capacity) is not None
    return len(found) + is_told


def _of_kiosk(event: EventId, found: Found, now_ms: int) -> Notice:
    kiosk, vitals = found.kiosk, found.kiosk.vitals
    told: dict[str, Told] = {"device": kiosk.id, "device_name": kiosk.name, "gate": kiosk.gate}
    if found.trouble is KioskTrouble.SILENT:
        told["last_seen_ms"] = kiosk.last_seen_ms
    else:
        told["lists_at_ms"] = None if vitals is None else vitals.told.manifest_at_ms
    return Notice(_KINDS[found.trouble], event, found.about, Millis(now_ms), told)


def _report(office: Office, event: EventId, row: EventRow, at_min: int, due_ms: int) -> bool:
    """Whether it was told now: of one day, and one time of it, it is told once."""
    day = datetime.fromtimestamp(due_ms / 1000, UTC).astimezone(ZoneInfo(row.time_zone)).date().isoformat()
    about = report_about(day, at_min)
    if office.notices.is_known(event, NoticeKind.DAILY_REPORT, about):
        return False
    night, status = night_in(office, event), office.status_of(event)
    told: dict[str, Told] = {
        "day": day,
        "valid": night.tickets,
        "admitted": night.guests,
        "not_come": night.remaining,
        "inside": night.inside,
        "refused": night.refused,
        "incidents": status.incidents,
    }
    office.notices.tell(Notice(NoticeKind.DAILY_REPORT, event, about, Millis(office.now_ms()), told))
    return True

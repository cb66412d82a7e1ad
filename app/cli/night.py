"""`event report`: a night's report as a PDF, without any window."""

import argparse
from collections.abc import Sequence

from app.cli.ledger import chosen_event, office_of
from app.cli.whole_file import write_whole
from app.ledger.admin import Office
from app.ledger.curves import span_of as curve_span
from app.ledger.incident_book import Wanted
from app.ledger.kiosk_telling import kiosks_told
from app.organizer.reports_present import completeness_text, present_night
from app.organizer.reports_words import load_report_words
from app.paper.night_paper import night_paper
from app.speech import complain, say, say_json
from core.insight.night_report import MOST_INCIDENTS, Night, NightSources, night_of, span_of
from core.model.ids import EventId
from core.sync.incident_replies import Incident


def report_event(args: argparse.Namespace) -> int:
    """Writes the report, whole or not at all; says how complete it is."""
    with office_of(args) as office:
        night = _night(office, chosen_event(office, args.event))
        made_ms = office.now_ms()
    words = load_report_words(args.language)
    size = write_whole(args.out, [night_paper(present_night(night, words, made_ms))])
    if args.json:
        kiosks = len(night.kiosks or ())
        fields = {"entries": night.entries, "refused": night.refused, "kiosks": kiosks, "told_all": night.told_all}
        say_json({"file": str(args.out), "bytes": size, **fields, "is_over": night.is_over})
        return 0
    say(f"The report is {args.out}: {night.entries} entries. {completeness_text(night, load_report_words('en'))}")
    if not night.is_over:
        complain("the event is not over: make it again when it is")
    return 0


def _night(office: Office, event: EventId) -> Night:
    policy = office.show_event(event).policy
    since_ms, until_ms, step_min = span_of(policy, office.now_ms())
    span = curve_span(since_ms, until_ms, step_min)
    incidents, has_more = _incidents(office, event)
    return night_of(
        NightSources(
            event=policy,
            status=office.status_of(event),
            arrivals=None if span is None else office.arrivals_of(event, span),
            kiosks=kiosks_told(office, event, office.devices.list(event)),
            incidents=incidents,
            has_more=has_more,
        )
    )


def _incidents(office: Office, event: EventId) -> tuple[Sequence[Incident], bool]:
    page = office.incidents.list(event, Wanted(), most=MOST_INCIDENTS)
    return page.incidents, page.after is not None

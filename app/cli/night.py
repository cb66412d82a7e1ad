"""`event report`: a night's report as a PDF, without any window."""

import argparse

from app.cli.ledger import chosen_event, office_of
from app.cli.whole_file import write_whole
from app.ledger.admin import Office
from app.ledger.night_telling import night_in
from app.organizer.reports_present import completeness_text, present_night
from app.organizer.reports_words import load_report_words
from app.paper.night_paper import night_paper
from app.speech import complain, say, say_json
from core.model.ids import EventId
from core.model.settings import Language


def report_of(office: Office, event: EventId, language: Language) -> bytes:
    """The report of an event as it stands now (PDF)."""
    night, made_ms = night_in(office, event), office.now_ms()
    return night_paper(present_night(night, load_report_words(language), made_ms))


def report_event(args: argparse.Namespace) -> int:
    """Writes the report, whole or not at all; says how complete it is."""
    with office_of(args) as office:
        night = night_in(office, chosen_event(office, args.event))
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

"""A kiosk's own records: `journal show` and `journal accept`. Neither needs a network."""

import argparse
from contextlib import closing

from app.clock import new_fact_id
from app.runtime.station import writer_of
from app.settings import JOURNAL_FILE, load_profile
from app.speech import complain, say, say_json
from app.store.journal import Journal
from app.store.rescue import Rescue, rescue


def show_journal(args: argparse.Namespace) -> int:
    """What is recorded, what is lost, and of which guests nobody knows whether they entered; 1 while a loss is open."""
    profile, path = load_profile(args.profile), args.profile / JOURNAL_FILE
    found = rescue(path)
    with closing(Journal(path, writer_of(profile), new_fact_id)) as journal:
        summary, losses, questions = journal.summary(), journal.losses(), journal.open_questions()
    is_open = any(not loss.is_accepted for loss in losses)
    if args.json:
        asked = [{"scan": scan.stamp.id.hex, "at_ms": scan.stamp.moment.at_ms, "gate": scan.gate} for scan in questions]
        missing = sum(loss.missing for loss in losses)
        told = {"facts": sum(summary.by_leg.values()), "scans": summary.scans, "shown": summary.shown}
        say_json({**told, "losses": len(losses), "missing": missing, "must_decide": is_open, "questions": asked})
        return int(is_open)
    if found is not None:
        say(rescue_sentence(found))
    say(f"{summary.scans} scans, {summary.shown} verdicts shown, {summary.waiting} facts wait for the server.")
    if losses:
        say(f"Records are missing at {len(losses)} places.")
    if is_open:
        say("Nobody is admitted here before `doorlight journal accept`: keep the damaged files.")
    if questions:
        say(f"{len(questions)} scans have no verdict, after a crash: ask whether those guests entered.")
    return int(is_open)


def accept_losses(args: argparse.Namespace) -> int:
    """A person's word that this kiosk goes on without the records that both copies have lost."""
    profile, path = load_profile(args.profile), args.profile / JOURNAL_FILE
    rescue(path)
    with closing(Journal(path, writer_of(profile), new_fact_id)) as journal:
        accepted = journal.accept_losses()
    if args.json:
        say_json({"accepted": accepted})
    else:
        say(f"Accepted: {accepted} places. This kiosk takes scans again." if accepted else "Nothing is lost here.")
    if accepted:
        complain("tickets scanned in what is lost may open this door once more while it has no network")
    return 0


def rescue_sentence(found: Rescue) -> str:
    """What a start found wrong with a journal, and what it did about it."""
    kept = f" Kept for a look: {', '.join(found.set_aside)}." if found.set_aside else ""
    if found.must_decide:
        lost = "Nobody knows how many records" if found.missing is None else f"{found.missing} records"
        return f"The journal was damaged ({found.cause}): {found.kept} records could be read. {lost} are lost.{kept}"
    if found.set_aside:
        return f"The journal was damaged ({found.cause}) and was rebuilt: {found.kept} records, none missing.{kept}"
    return f"{found.returned} records that a crash had left out of the journal came back from the black box."

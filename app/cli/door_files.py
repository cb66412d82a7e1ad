"""A kiosk by file: `manifest load`, `manifest show`, `queue show`, `queue export`. None of them needs a network."""

import argparse
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import assert_never

from app.cli.whole_file import write_whole
from app.clock import new_fact_id
from app.errors import AppError
from app.kiosk.words import load_kiosk_words
from app.runtime.reckoning import Reckoning
from app.runtime.station import SIGNING_KEY, CredentialLost, Station, vault_of, writer_of
from app.runtime.trust_box import TrustBox
from app.settings import JOURNAL_FILE, TRUST_FILE, Profile, load_profile
from app.speech import complain, say, say_json
from app.store.clock_memory import clock_of
from app.store.journal import Journal
from app.store.rescue import rescue
from app.store.trust_store import TrustStore
from core.journal.state import Leg
from core.model.moments import Moment
from core.sync.export import Flaw, QueueHeader, sealed_queue
from core.sync.tally import Finding
from core.ticket import seal

MOST_FACTS_A_FILE = 50_000
"""About 5 MB when packed: a file that any server takes. A longer queue goes into several files."""
_MINUTE_MS = 60_000


class QueueUnsealable(AppError):
    """This kiosk has never seen a manifest, and so knows no key of the server."""

    def __init__(self) -> None:
        super().__init__("queue_unsealable")


def load_manifest(args: argparse.Namespace) -> int:
    """Takes the manifest of a folder, checked as one from the network."""
    profile, clock = load_profile(args.profile), clock_of(args.profile)
    with closing(Station(args.profile, profile, clock)) as station:
        station.load_manifest()
        objection = station.take_manifest_from(args.folder)
        fields = _fields(station.box, profile, clock.now())
    if args.json:
        say_json(fields | {"objection": objection.value if objection else None})
    elif objection is None and not fields["version"]:
        complain("this kiosk has no rights any more, so no manifest is held: ask the organizer for a new code")
    elif objection is None:
        say(f"Manifest {fields['version']} is in force. {_holding(station.box)}")
    else:
        left = f"manifest {fields['version']} stays in force" if fields["version"] else "no manifest is held"
        why = load_kiosk_words().objections[objection]
        complain(f"this manifest is not taken: {why}; {left}; export it again on the server, for this kiosk's event")
    return 0 if objection is None and fields["version"] else 1


def show_manifest(args: argparse.Namespace) -> int:
    """What this kiosk holds, how old it is, and until when it may be used."""
    profile, clock = load_profile(args.profile), clock_of(args.profile)
    with closing(Station(args.profile, profile, clock)) as station:
        objection = station.load_manifest()
        now, box = clock.now(), station.box
        fields = _fields(box, profile, now) | {"objection": objection.value if objection else None}
    if args.json:
        say_json(fields)
    elif box.taken is None:
        say(f"No manifest is held{f' ({objection.value})' if objection else ''}: nobody can be admitted.")
    else:
        say(f"Manifest {box.version}, {(box.age_ms(now) or 0) // _MINUTE_MS} min old. {_holding(box)}")
        left_ms = box.taken.manifest.lease_until_ms - now.at_ms
        say(f"It may be used for {left_ms / 3_600_000:.1f} h more (lease: {box.lease(now).value}).")
        if box.used_as_of_ms:
            say(f"It knows the other doors' admissions until {(now.at_ms - box.used_as_of_ms) // _MINUTE_MS} min ago.")
        say(f"Profile: {box.taken.trust.profile.value}.")
    return 0


def show_queue(args: argparse.Namespace) -> int:
    """What waits, and whether the server holds all that was sent; it is asked once, where it can be reached."""
    profile, clock = load_profile(args.profile), clock_of(args.profile)
    with closing(Station(args.profile, profile, clock)) as station, closing(station.open_journal()) as journal:
        summary = journal.summary()
        found = station.reckoner.reckon(journal, is_forced=True)
    aside = summary.by_leg.get(Leg.QUARANTINED.value, 0)
    facts = sum(summary.by_leg.values())
    if args.json:
        told = {"finding": found.finding.value if found else None, "missing": found.missing if found else None}
        say_json({"facts": facts, "waiting": summary.waiting, "quarantined": aside, **told})
    else:
        say(f"{facts} facts, {summary.waiting} wait for the server, {aside} in quarantine.")
        say(_compared(found, summary.waiting))
    return 0 if found is None or found.finding is Finding.EQUAL else 1


def _compared(found: Reckoning | None, waiting: int) -> str:
    if found is None:
        return "Not compared: some still wait." if waiting else "Not compared: the server does not answer."
    match found.finding:
        case Finding.EQUAL:
            return "The server holds all of them."
        case Finding.SERVER_BEHIND:
            return f"The server lacks {found.missing} of them: leave this folder as it is, and tell the organizer."
        case Finding.SERVER_AHEAD | Finding.HEADS_DIFFER:
            return "The server holds another journal of this kiosk: was this folder copied or put back?"
        case _ as other:
            assert_never(other)


def export_queue(args: argparse.Namespace) -> int:
    """Facts that the server has not closed, sealed to it and signed by this kiosk; the queue stays as it is."""
    profile, clock = load_profile(args.profile), clock_of(args.profile)
    signing = vault_of(args.profile).get(SIGNING_KEY)
    if signing is None:
        raise CredentialLost(args.profile)
    with closing(TrustStore(args.profile / TRUST_FILE)) as store:
        server_key = store.server_key(profile.event_id)
    if server_key is None:
        raise QueueUnsealable
    count, files = 0, []
    rescue(args.profile / JOURNAL_FILE)
    with closing(Journal(args.profile / JOURNAL_FILE, writer_of(profile), new_fact_id)) as journal:
        for path, records in zip(_paths(args.out), _pages(journal), strict=False):
            header = QueueHeader(profile.event_id, profile.device_id, clock.now().at_ms, len(records))
            ephemeral = os.urandom(seal.KEY_BYTES)
            sealed = sealed_queue(header, records, server_key=server_key, signing_private=signing, ephemeral=ephemeral)
            if isinstance(sealed, Flaw):
                raise RuntimeError("a page of the queue fits a file")  # noqa: TRY004 — a bug
            write_whole(path, [sealed])
            count += len(records)
            files.append(str(path))
    if args.json:
        say_json({"facts": count, "files": files})
    else:
        say(f"{count} facts are in {', '.join(files)}. They stay in this kiosk's queue as well: nothing counts twice.")
    return 0


def _pages(journal: Journal) -> Iterator[list[bytes]]:
    """The queue in files' worth; one empty page where it is empty."""
    after = 0
    while (records := journal.export(after, MOST_FACTS_A_FILE)) or not after:
        yield records
        after += MOST_FACTS_A_FILE


def _paths(out: Path) -> Iterator[Path]:
    """The file's name, then the same with a number: `queue.bin`, `queue-2.bin`."""
    number = 1
    while True:
        yield out if number == 1 else out.with_stem(f"{out.stem}-{number}")
        number += 1


def _holding(box: TrustBox) -> str:
    holding = box.holding
    return "" if holding is None else f"I hold {holding.listed:,} of {holding.declared:,} tickets."


def _fields(box: TrustBox, profile: Profile, now: Moment) -> dict[str, object]:
    taken, holding = box.taken, box.holding
    return {
        "event": str(profile.event),
        "device": str(profile.device),
        "version": box.version,
        "age_ms": box.age_ms(now),
        "freshness": box.freshness(now).value,
        "lease": box.lease(now).value,
        "lease_until_ms": taken.manifest.lease_until_ms if taken else None,
        "listed": holding.listed if holding else 0,
        "declared": holding.declared if holding else 0,
        "used_as_of_ms": box.used_as_of_ms or None,
        "trusted_with": taken.trust.profile.value if taken else profile.trusted_with.value,
    }

"""`key …` and `event lease`: what seals an event's tickets, and how long kiosks may go without news."""

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.ledger.key_book import KeyChange
from app.speech import complain, say, say_json
from core.journal.audit import Deed
from core.model.ids import KeyId
from core.ticket.keyring import Algorithm, Key, KeyState

ALGORITHMS = {"hmac": Algorithm.HMAC_SHA256_128, "ed25519": Algorithm.ED25519}
"""The algorithms by the names of the command line."""
MEANING = {
    KeyState.ACTIVE: "seals new tickets",
    KeyState.VERIFY_ONLY: "its tickets count, it seals no new ones",
    KeyState.LISTED_ONLY: "its tickets count while they are on the list",
    KeyState.REVOKED: "its tickets are refused",
}


def list_keys(args: argparse.Namespace) -> int:
    """An event's keys, the oldest first."""
    with office_of(args) as office:
        keys = office.list_keys(chosen_event(office, args.event))
    for key in keys:
        _say_key(key, as_json=args.json)
    if not any(key.state is KeyState.ACTIVE for key in keys):
        _warn()
    return 0


def show_key(args: argparse.Namespace) -> int:
    """One key's secret, for a shop that seals tickets itself (docs/ticket-format.md). Whoever has it can make tickets.

    The MAC key of an HMAC key; of an Ed25519 key the public half, which seals nothing.
    """
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        keys = {key.kid: key for key in office.list_keys(event)}
        key = keys.get(KeyId(args.kid))
        if key is None or key.verifying is None:
            raise CommandFailed(f"the event has no key {args.kid}: `doorlight key list` names them")
        office.note_deed(Deed.SEAL_SHOWN, str(key.kid), event)
    is_secret = key.algorithm is Algorithm.HMAC_SHA256_128
    part = "mac_key" if is_secret else "public_key"
    if args.json:
        say_json({"kid": key.kid, "algorithm": key.algorithm.label, part: key.verifying.hex()})
    else:
        say(key.verifying.hex())
    if is_secret:
        complain("whoever has this key can make tickets of this event: hand it to the shop alone, and not by e-mail")
    return 0


def rotate_key(args: argparse.Namespace) -> int:
    """A new key seals from now on; tickets of the old one go on working."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        change = office.rotate_key(event, ALGORITHMS[args.algorithm] if args.algorithm else None)
    return _say_change(change, as_json=args.json)


def set_key_state(args: argparse.Namespace) -> int:
    """Leads a key on in its life."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        change = office.set_key_state(event, KeyId(args.kid), KeyState(args.state))
    return _say_change(change, as_json=args.json)


def extend_lease(args: argparse.Namespace) -> int:
    """Lets kiosks trust the event's manifest until another time; they learn it with the next manifest."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = office.show_event(event).policy.time_zone
        until_ms = instant(args.until, zone)
        office.extend_lease(event, until_ms)
    if args.json:
        say_json({"event": event.hex, "lease_until_ms": until_ms})
    else:
        local = datetime.fromtimestamp(until_ms / 1000, ZoneInfo(zone)).isoformat(" ", "minutes")
        say(f"kiosks may go on without news until {local}, {zone}, once they have the next manifest")
    return 0


def _say_change(change: KeyChange, *, as_json: bool) -> int:
    _say_key(change.key, as_json=as_json, version=change.version, seals=change.seals)
    if not change.seals:
        _warn()
    return 0


def _warn() -> None:
    complain("no key of this event seals tickets now: `doorlight key rotate` makes one")


def _say_key(key: Key, *, as_json: bool, **more: object) -> None:
    if as_json:
        say_json({"kid": key.kid, "algorithm": key.algorithm.label, "state": key.state.value, **more})
    else:
        say(f"{key.kid:>10}  {key.algorithm.label:<15}  {key.state.value:<11}  {MEANING[key.state]}")

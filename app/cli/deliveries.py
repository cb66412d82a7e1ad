"""Who hears of an event, and what became of the messages: endpoints and dead letters at the shell."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.ledger.admin import Office
from app.ledger.dead_letters import Choice, Letter, MessageUnknown
from app.ledger.endpoint_book import EndpointSummary, EndpointUnknown, Secret
from app.net.webhook_target import TargetRules, checked_target
from app.paper.mail import refusal_text
from app.speech import say, say_json
from core.delivery.message import Channel, MessageState
from core.delivery.news import NewsKind
from core.model.ids import EventId

_ARE, _WOULD = ("is", "are"), ("would be", "would be")


def add_endpoint(args: argparse.Namespace) -> int:
    """A new webhook; its secret is said once."""
    target = str(checked_target(args.target, TargetRules(args.to_loopback)))
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        made = office.endpoints.add(event, Channel.WEBHOOK, target, _kinds(args.kind))
    _say_secret(made, as_json=args.json)
    return 0


def list_endpoints(args: argparse.Namespace) -> int:
    """Who hears of the event, and how they fare."""
    with office_of(args) as office:
        told = office.endpoints.list(chosen_event(office, args.event))
    for each in told:
        _say_endpoint(each, as_json=args.json)
    return 0


def change_endpoint(args: argparse.Namespace) -> int:
    """Another target, other kinds, enabled or disabled."""
    target = None if args.target is None else str(checked_target(args.target, TargetRules(args.to_loopback)))
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        kinds = None if args.kind is None else _kinds(args.kind)
        is_active = None if args.enabled is None else args.enabled == "yes"
        id_ = _endpoint(office, event, args.endpoint)
        told = office.endpoints.change(event, id_, target=target, kinds=kinds, is_active=is_active)
    _say_endpoint(told, as_json=args.json)
    return 0


def rotate_endpoint(args: argparse.Namespace) -> int:
    """A new secret; for a day messages are signed with both."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        made = office.endpoints.rotate(event, _endpoint(office, event, args.endpoint))
    _say_secret(made, as_json=args.json)
    return 0


def test_endpoint(args: argparse.Namespace) -> int:
    """Puts a test message in front of what waits; the worker sends it."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        message = office.endpoints.test(event, _endpoint(office, event, args.endpoint))
    if args.json:
        say_json({"message": message.hex})
    else:
        say(f"test message {message.hex} is on its way: `doorlight delivery show {message.hex}` says what came of it")
    return 0


def remove_endpoint(args: argparse.Namespace) -> int:
    """Ends an endpoint; what waits for it is canceled."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        told = office.endpoints.show(event, _endpoint(office, event, args.endpoint))
        office.endpoints.remove(event, told.id)
    if args.json:
        say_json({"removed": told.id.hex, "waiting": told.waiting, "dead": told.dead})
    else:
        say(f"endpoint {told.id.hex} is removed: {told.waiting} messages that wait for it are canceled")
    return 0


def list_letters(args: argparse.Namespace) -> int:
    """Dead messages, or those that wait; with `--counts` how many, by endpoint and reason."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        if args.counts:
            return _say_heaps(office, event, as_json=args.json)
        choice = _choice(office, event, args, [])
        letters = office.letters.list(event, choice, MessageState(args.state), args.last)
    for each in letters:
        say_json(_fields(each)) if args.json else say(_line(each))
    return 0


def show_letter(args: argparse.Namespace) -> int:
    """One message with its body and all its attempts."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        told = office.letters.show(event, _message(args.message))
    if args.json:
        tries = [asdict(each) for each in told.attempts]
        say_json({**_fields(told.letter), "body": told.body, "tries": tries})
        return 0
    say(_line(told.letter))
    say(told.body)
    for each in told.attempts:
        ended = "its worker was lost" if each.ended_at is None else (each.status or "")
        say(f"  {each.number}. {_time(each.started_at)}  {ended}  {' '.join((each.error or '').split())}")
    return 0


def replay_letters(args: argparse.Namespace) -> int:
    """Dead messages are sent again, under their ids."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        choice = _choice(office, event, args, args.messages)
        if args.dry_run:
            return _say_touched(office.letters.count(event, choice, is_replay=True), _WOULD, "sent again", args)
        return _say_touched(office.letters.replay(event, choice), _ARE, "sent again", args)


def discard_letters(args: argparse.Namespace) -> int:
    """Dead messages are given up, for a reason that is kept."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        choice = _choice(office, event, args, args.messages)
        if args.dry_run:
            return _say_touched(office.letters.count(event, choice, is_replay=False), _WOULD, "given up", args)
        return _say_touched(office.letters.discard(event, choice, args.why), _ARE, "given up", args)


def readdress_letter(args: argparse.Namespace) -> int:
    """The guest of a dead ticket mail has another address: the tickets go there."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        done = office.ticket_mail.readdress(event, _message(args.message), args.to)
    if args.json:
        say_json({"messages": [each.hex for each in done.messages], "tickets": done.tickets})
    else:
        told = "1 ticket goes" if done.tickets == 1 else f"{done.tickets} tickets go"
        say(f"{told} to {', '.join(done.recipients)}, the dead message is given up")
    return 0


def _say_touched(count: int, verbs: tuple[str, str], what: str, args: argparse.Namespace) -> int:
    if args.json:
        say_json({"touched": count})
    else:
        say(f"1 message {verbs[0]} {what}" if count == 1 else f"{count} messages {verbs[1]} {what}")
    return 0


def _say_heaps(office: Office, event: EventId, *, as_json: bool) -> int:
    for each in office.letters.heaps(event):
        if as_json:
            named = {"endpoint": each.endpoint.hex if each.endpoint else None}
            say_json({**asdict(each), **named})
        else:
            whose = each.endpoint.hex[:8] if each.endpoint else "-"
            what = f"{each.count:7} {each.state.value:6} {each.channel.value} {whose}"
            say(f"{what} since {_time(each.oldest_at)}  {each.reason or ''}".rstrip())
    return 0


def _kinds(names: Sequence[str]) -> frozenset[NewsKind]:
    return frozenset(map(NewsKind, names))


def _endpoint(office: Office, event: EventId, text: str) -> UUID:
    """The endpoint of an id or its beginning. Raises EndpointUnknown."""
    found = [each.id for each in office.endpoints.list(event) if text and each.id.hex.startswith(text)]
    if len(found) != 1:
        raise EndpointUnknown
    return found[0]


def _message(text: str) -> UUID:
    try:
        return UUID(hex=text.removeprefix("msg_"))
    except ValueError as err:
        raise MessageUnknown from err


def _choice(office: Office, event: EventId, args: argparse.Namespace, messages: Sequence[str]) -> Choice:
    zone = office.show_event(event).policy.time_zone
    if args.channel is not None and args.channel not in set(Channel):
        raise CommandFailed(f"'{args.channel}' is no channel: say one of {', '.join(Channel)}")
    return Choice(
        tuple(map(_message, messages)),
        _endpoint(office, event, args.endpoint) if args.endpoint else None,
        Channel(args.channel) if args.channel else None,
        args.reason,
        instant(args.before, zone) if args.before else None,
    )


def _say_secret(made: Secret, *, as_json: bool) -> None:
    if as_json:
        say_json({"id": made.endpoint.hex, "secret": made.text, "old_until": made.old_until})
        return
    say(f"endpoint {made.endpoint.hex}")
    say(f"secret {made.text}")
    say("it is said this once; `doorlight endpoint rotate` makes another")
    if made.old_until is not None:
        say(f"the one before counts until {_time(made.old_until)}")


def _say_endpoint(each: EndpointSummary, *, as_json: bool) -> None:
    if as_json:
        say_json({**asdict(each), "id": each.id.hex, "kinds": sorted(each.kinds)})
        return
    kinds = ", ".join(sorted(each.kinds)) or ("everything" if each.channel is Channel.WEBHOOK else each.channel.value)
    sent = _time(each.health.last_sent_at) if each.health.last_sent_at else "nothing yet"
    say(f"{each.id.hex[:8]} {each.state.value} {each.target}: {kinds}")
    say(f"         last sent {sent}, {each.waiting} wait, {each.dead} dead")
    if each.health.failing_since is not None:
        rests = each.health.open_until
        until = f", left alone until {_time(rests)}" if rests is not None and each.circuit != "half_open" else ""
        say(f"         failing since {_time(each.health.failing_since)}, {each.health.failures} times{until}")
    if each.health.trouble is not None:
        say(f"         the account is refused, and what it would send waits: {refusal_text(each.health.trouble)}")


def _fields(each: Letter) -> dict[str, Any]:
    return {**asdict(each), "id": each.id.hex, "endpoint": each.endpoint.hex if each.endpoint else None}


def _line(each: Letter) -> str:
    whose = each.endpoint.hex[:8] if each.endpoint else "-"
    tries = f"{each.attempts}/{each.max_attempts} tries"
    whom = f" to {each.recipient}" if each.recipient else ""
    told = f"{each.id.hex} {each.state.value} {each.kind} {whose}{whom} {_time(each.made_at)} {tries}"
    return f"{told}  {each.reason or ''}".rstrip()


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

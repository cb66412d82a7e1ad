"""Mail at the command line: an event's account, tickets mailed once more, addresses that get no more.

Owns where the password is read: from the environment, from standard input, or typed without being shown. Never from an
argument, and never said again.
"""

import argparse
import getpass
import os
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.ledger.mail_accounts import MOST_PASSWORD, MailStanding, MailUnset
from app.paper.mail import refusal_text
from app.speech import say, say_json
from core.delivery.mail import MOST_AUTHORITY, MailAccount, Safety
from core.delivery.suppression import Suppressed
from core.model.ids import TID_BYTES, TicketHandle

PASSWORD = "DOORLIGHT_MAIL_PASSWORD"  # noqa: S105 — the variable's name
_PORTS = {Safety.STARTTLS: 587, Safety.TLS: 465, Safety.NONE: 25}


def set_account(args: argparse.Namespace) -> int:
    """The account; what is not said stays as it was."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        try:
            before: MailStanding | None = office.mail_accounts.show(event)
        except MailUnset:
            before = None
        account = _wanted(args, before.account if before else None)
        is_same = before is not None and (before.account.host, before.account.user) == (account.host, account.user)
        password = _password(args, account, has_one=is_same and before is not None and before.has_password)
        _say_account(office.mail_accounts.set(event, account, password), as_json=args.json)
    return 0


def show_account(args: argparse.Namespace) -> int:
    """The account without its password."""
    with office_of(args) as office:
        _say_account(office.mail_accounts.show(chosen_event(office, args.event)), as_json=args.json)
    return 0


def test_account(args: argparse.Namespace) -> int:
    """Puts a test mail in front of what waits; the worker sends it."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        message = office.endpoints.test(event, office.mail_accounts.show(event).endpoint, args.to)
    if args.json:
        say_json({"message": message.hex})
    else:
        say(f"test mail {message.hex} is on its way: `doorlight delivery show {message.hex}` says what came of it")
    return 0


def remove_account(args: argparse.Namespace) -> int:
    """Ends the account; what waits for it is canceled."""
    with office_of(args) as office:
        office.mail_accounts.remove(chosen_event(office, args.event))
    say_json({"removed": True}) if args.json else say("the mail account is removed: no mail is sent any more")
    return 0


def send_tickets(args: argparse.Namespace) -> int:
    """Mails tickets to the address that each has, once more."""
    tids = list(map(_tid, args.tickets))
    if args.unsent and not tids and args.order is None:
        return _send_unsent(args)
    if args.unsent or args.dry_run:
        raise CommandFailed("--unsent stands alone, or with --dry-run")
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        if args.order is not None:
            tids += office.orders.tickets_of(event, args.order, args.source)
        if not tids:
            raise CommandFailed("say which tickets: by their numbers, or --order")
        done = office.ticket_mail.send(event, tids)
    if args.json:
        messages = [each.hex for each in done.messages]
        say_json({"messages": messages, "tickets": done.tickets, "recipients": done.recipients})
    else:
        what = "1 ticket is" if done.tickets == 1 else f"{done.tickets} tickets are"
        say(f"{what} on the way to {', '.join(done.recipients)}")
    return 0


def _send_unsent(args: argparse.Namespace) -> int:
    with office_of(args) as office:
        done = office.ticket_mail.send_unsent(chosen_event(office, args.event), is_trial=args.dry_run)
    if args.json:
        say_json(asdict(done))
    else:
        verb = "would be mailed" if args.dry_run else "are on the way"
        say(f"{done.tickets} tickets {verb}, in {done.addresses} mails at most")
    return 0


def suppress_address(args: argparse.Namespace) -> int:
    """No more mail to an address."""
    with office_of(args) as office:
        put = office.suppressions.add(chosen_event(office, args.event), args.address, Suppressed(args.reason))
    say_json(asdict(put)) if args.json else say(f"{put.shown} gets no more mail ({put.reason.value}, {put.sign})")
    return 0


def lift_address(args: argparse.Namespace) -> int:
    """Mail to an address again."""
    with office_of(args) as office:
        lifted = office.suppressions.lift(chosen_event(office, args.event), args.address)
    say_json(asdict(lifted)) if args.json else say(f"{lifted.shown} gets mail again")
    return 0


def list_suppressed(args: argparse.Namespace) -> int:
    """Who gets no more mail, the newest first."""
    with office_of(args) as office:
        told = office.suppressions.list(chosen_event(office, args.event))
    for each in told:
        if args.json:
            say_json(asdict(each))
        else:
            say(f"{each.sign} {each.shown} {each.reason.value} since {_time(each.made_at)}")
    return 0


def _wanted(args: argparse.Namespace, before: MailAccount | None) -> MailAccount:
    if before is None and not (args.host and args.sender):
        raise CommandFailed("say the mail server (--host) and in whose name mail is sent (--sender)")
    safety = Safety(args.safety) if args.safety else (before.safety if before else Safety.STARTTLS)
    port = _PORTS[safety] if before is None or args.safety else before.port
    own = before or MailAccount(args.host, port, safety, "", args.sender, "", "en", sends_tickets=False)
    said: dict[str, Any] = {"port": port, "safety": safety}
    for field, told in (("host", args.host), ("port", args.port), ("user", args.user), ("sender", args.sender)):
        said |= {} if told is None else {field: told}
    said |= {} if args.name is None else {"sender_name": args.name}
    said |= {} if args.language is None else {"language": args.language}
    said |= {} if args.tickets is None else {"sends_tickets": args.tickets == "yes"}
    said |= {} if args.local is None else {"is_local": args.local == "yes"}
    said |= {} if args.authority is None else {"authority": _pem(args.authority)}
    return replace(own, **said)


def _pem(path: Path) -> str:
    try:
        with path.open("r", encoding="ascii") as file:
            return file.read(MOST_AUTHORITY + 1)
    except (OSError, UnicodeDecodeError) as err:
        raise CommandFailed(f"{path} can't be read as a certificate") from err


def _password(args: argparse.Namespace, account: MailAccount, *, has_one: bool) -> str | None:
    """The password where one is said, or asked for; None where none is needed, or the one before counts on."""
    if not account.user:
        return None
    if args.stdin:
        return sys.stdin.readline(MOST_PASSWORD + 2).rstrip("\r\n") or None
    told = os.environ.get(PASSWORD)
    if told or has_one:
        return told or None
    if sys.stdin.isatty():
        return getpass.getpass(f"password of {account.user} at {account.host}: ") or None
    raise CommandFailed(f"say the password: set {PASSWORD}, or give it with --stdin")


def _tid(text: str) -> TicketHandle:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != TID_BYTES:
        raise CommandFailed(f"'{text}' is no ticket's number: 16 hex digits, as `doorlight ticket find` shows them")
    return TicketHandle(found)


def _say_account(told: MailStanding, *, as_json: bool) -> None:
    account, health = told.account, told.health
    if as_json:
        shown = {**asdict(account), "authority": account.authority is not None}
        fares = {"state": told.state, "circuit": told.circuit, **asdict(health)}
        say_json({"endpoint": told.endpoint.hex, **shown, "has_password": told.has_password, **fares})
        return
    say(f"{told.endpoint.hex[:8]} {told.state.value} {account.target} ({account.safety.value})")
    say(f"         as {account.sender_name or account.sender} <{account.sender}>, in {account.language}")
    say(f"         {'guests get their tickets by mail' if account.sends_tickets else 'tickets are not mailed'}")
    sent = _time(health.last_sent_at) if health.last_sent_at else "nothing yet"
    say(f"         last sent {sent}")
    if health.failing_since is not None:
        say(f"         failing since {_time(health.failing_since)}, {health.failures} times")
    if health.trouble is not None:
        say(f"         the account is refused, and what it would send waits: {refusal_text(health.trouble)}")


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

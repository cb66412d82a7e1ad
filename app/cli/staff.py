"""Door staff at the command line. A PIN is typed, or comes from a file; never as a word of the command."""

import argparse
import getpass
import sys
from dataclasses import asdict
from pathlib import Path

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.cli.whole_file import write_whole
from app.paper.qr import qr_png, qr_terminal
from app.speech import complain, say, say_json
from core.gate.badge import badge_text
from core.gate.operators import MOST_DIGITS, DoorRole
from core.sync.messages import OperatorReply

_SCALE = 8


def list_staff(args: argparse.Namespace) -> int:
    """By their names, those who work no more too."""
    with office_of(args) as office:
        found = office.operators.list(chosen_event(office, args.event))
    for each in found:
        _say(each, as_json=args.json)
    if not found and not args.json:
        say("There is nobody yet: `doorlight operator add` names the first.")
    return 0


def add_staff(args: argparse.Namespace) -> int:
    """Kiosks know them with their next manifest."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        made = office.operators.add(event, args.name, _pin(args.pin_file), DoorRole(args.role), args.budget)
    _say(made, as_json=args.json)
    return 0


def change_staff(args: argparse.Namespace) -> int:
    """Another name, role, budget or PIN; or the end of it, or back again."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        made = office.operators.change(
            event,
            office.operators.named(event, args.operator),
            name=args.name,
            role=DoorRole(args.role) if args.role else None,
            budget=args.budget,
            pin=_pin(args.pin_file) if args.pin or args.pin_file else None,
            is_active=None if args.works is None else args.works == "yes",
        )
    _say(made, as_json=args.json)
    return 0


def print_badge(args: argparse.Namespace) -> int:
    """A QR code that brings somebody on shift at any kiosk of the event."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        badge = office.operators.badge(event, office.operators.named(event, args.operator))
    text = badge_text(badge)
    if args.out is not None:
        write_whole(args.out, [qr_png(text, scale=_SCALE)])
    if args.json:
        say_json({"badge": text, "picture": None if args.out is None else str(args.out)})
        return 0
    say(text)
    if sys.stdout.isatty():
        say(qr_terminal(text))
    complain("print it and keep it like a key; a lost one ends when its owner's PIN is changed")
    return 0


def _pin(path: Path | None) -> str:
    if path is not None:
        try:
            with path.open(encoding="utf-8") as file:
                return file.read(MOST_DIGITS + 2).strip()
        except (OSError, UnicodeDecodeError) as err:
            raise CommandFailed(f"{path} can't be read: {getattr(err, 'strerror', 'it is no text')}") from err
    if not sys.stdin.isatty():
        raise CommandFailed("there is no terminal to type a PIN at: name a file that holds it with --pin-file")
    return getpass.getpass("PIN (6 to 12 digits): ")


def _say(one: OperatorReply, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(one))
    else:
        state = "" if one.is_active else ", works no more"
        say(f"{one.id}  {one.name}  {one.role.value}, {one.budget} overrides a shift{state}")

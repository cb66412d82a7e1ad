"""What the organizer's commands share: the ledger they work on, the event they mean, the error they raise."""

import argparse
import getpass
import os
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.ledger.audit import act_as
from app.ledger.engine import distributed
from core.journal.audit import Actor, ActorKind
from core.model.event import Event
from core.model.ids import TID_BYTES, EventId, TicketHandle
from core.sync.manifest import Unusable, event_of
from core.sync.messages import EventRow


class CommandFailed(AppError):
    """A command's words can't be used, and how to mend them."""

    def __init__(self, cause: str) -> None:
        super().__init__("command_failed", cause=cause)


def office_of(args: argparse.Namespace) -> Office:
    """The ledger of `--database` and `--data`; what is done in it, this account of the computer does. Close it."""
    act_as(Actor(ActorKind.SHELL, name=shell_user()))
    return open_ledger(database_of(args), args.data)


def database_of(args: argparse.Namespace) -> str | None:
    """The URL of `--database`, under the profile of `--distributed`; None for the file in `--data`."""
    if not getattr(args, "distributed", False):
        return str(args.database) if args.database else None
    if not args.database:
        raise CommandFailed("--distributed is for a server's database: say which with --database postgresql://…")
    return distributed(args.database)


def shell_user() -> str:
    """Who types, and as whom; a number where the computer knows no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = f"user {os.getuid()}" if os.name == "posix" else "?"
    behind = os.environ.get("SUDO_USER", "")
    return f"{behind} as {user}" if behind and behind != user else user


def event_from(row: EventRow) -> Event:
    """The event of a stored row."""
    event = event_of(row)
    if isinstance(event, Unusable):
        raise CommandFailed(event.reason)
    return event


def chosen_event(office: Office, text: str | None) -> EventId:
    """The event that was named, or the only one there is. Raises EventUnknown, CommandFailed."""
    if text is not None:
        return office.event_named(text)
    events = office.list_events()
    if len(events) != 1:
        raise CommandFailed(f"there are {len(events)} events: say which with --event (`doorlight event list`)")
    return office.event_named(events[0].policy.event)


def instant(text: str, zone: str) -> int:
    """Unix milliseconds of a time in ISO 8601, in the event's zone where it names none. Raises CommandFailed."""
    try:
        at = datetime.fromisoformat(text)
        local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        return int(local.timestamp() * 1000)
    except (ZoneInfoNotFoundError, IsADirectoryError) as err:
        raise CommandFailed(f"unknown time zone '{zone}': say it as Europe/Berlin") from err
    except (ValueError, OverflowError, OSError) as err:
        raise CommandFailed(f"'{text}' is no time: say it as 2026-12-31T20:00") from err


def tid_of(text: str) -> TicketHandle:
    """The ticket of its number in hex. Raises CommandFailed."""
    try:
        tid = bytes.fromhex(text)
    except ValueError:
        tid = b""
    if len(tid) != TID_BYTES:
        raise CommandFailed(f"'{text}' is no ticket: say its {2 * TID_BYTES} hex digits (`doorlight ticket export`)")
    return TicketHandle(tid)

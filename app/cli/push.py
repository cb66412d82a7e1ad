"""By which push project an event's people are reached on their telephones: its key is given here, and never shown."""

import argparse
from pathlib import Path
from uuid import UUID

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.ledger.admin import Office
from app.ledger.endpoint_book import EndpointSummary, EndpointUnknown
from app.net.fcm import MOST_KEY, FcmKeyWrong, checked_project
from app.speech import say, say_json
from core.delivery.message import Channel
from core.model.ids import EventId


def add_project(args: argparse.Namespace) -> int:
    """A project that notices go by from now on."""
    target, key = _checked(args.key, args.to_loopback)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        told = office.endpoints.show(event, office.endpoints.add_account(event, Channel.PUSH, target, key))
    return _say(told, "reaches telephones from now on", as_json=args.json)


def renew_project(args: argparse.Namespace) -> int:
    """Another key of a project, or another project; it starts without a past."""
    target, key = _checked(args.key, args.to_loopback)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        told = office.endpoints.renew_account(event, _project(office, event, args.endpoint), Channel.PUSH, target, key)
    return _say(told, "has its new key", as_json=args.json)


def remove_project(args: argparse.Namespace) -> int:
    """The project's end; what waits for it is canceled."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        told = office.endpoints.show(event, _project(office, event, args.endpoint))
        office.endpoints.remove(event, told.id, Channel.PUSH)
    return _say(told, "is removed", as_json=args.json)


def _checked(path: Path, url: str | None) -> tuple[str, bytes]:
    """Where a project's pushes go, and its key. `url`: a peer on this computer. Raises FcmKeyWrong, CommandFailed."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_KEY + 1).decode("utf-8")
    except OSError as err:
        raise CommandFailed(f"{path} can't be read ({err.strerror or type(err).__name__})") from err
    except UnicodeDecodeError as err:
        raise FcmKeyWrong("it is no text") from err
    return checked_project(text, url, to_loopback=url is not None), text.encode()


def _project(office: Office, event: EventId, text: str) -> UUID:
    """The project of an id or its beginning. Raises EndpointUnknown."""
    mine = (each.id for each in office.endpoints.list(event) if each.channel is Channel.PUSH)
    found = [id_ for id_ in mine if text and id_.hex.startswith(text)]
    if len(found) != 1:
        raise EndpointUnknown
    return found[0]


def _say(told: EndpointSummary, what: str, *, as_json: bool) -> int:
    if as_json:
        say_json({"id": told.id.hex, "target": told.target, "state": told.state.value})
    else:
        say(f"push project {told.id.hex[:8]} ({told.target}) {what}")
    return 0

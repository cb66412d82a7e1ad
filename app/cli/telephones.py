"""Where this account's telephones are reached: kept here first, and told to the server until it has it.

A token is a secret: `-` reads it from standard input, where no list of processes shows it.
"""

import argparse
import getpass
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app.cli.ledger import CommandFailed
from app.net.organizer_client import OrganizerClient
from app.runtime.reception import Reception, Sitting
from app.runtime.telephones import Telephones, speaker_of
from app.settings import default_organizer_dir
from app.speech import complain, say, say_json
from app.store.push_intents import sign_of
from core.delivery.push_intent import Intent, Speaker, Wish, is_push_token
from core.delivery.push_token import MOST_TOKEN
from core.sync.answers import Done

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 5.0
"""Between two tries while somebody waits before the shell."""


def register(args: argparse.Namespace) -> int:
    """This telephone gets the account's notices. Status 1 where the server has not heard it yet: it stays wanted."""
    return _want(args, Wish.REGISTER)


def unregister(args: argparse.Namespace) -> int:
    """This telephone gets no more of them."""
    return _want(args, Wish.WITHDRAW)


def status(args: argparse.Namespace) -> int:
    """What is wanted of the server, and whether it has it; what it has still to hear is told it now."""
    reception, telephones, server = _opened(args)
    with _speaking(args, reception, server) as spoken:
        if spoken is not None:
            client, speaker = spoken
            telephones.go_round(client, speaker, is_urgent=True)
    for each in telephones.of_server(server):
        if each.wish is not Wish.LOG_OUT:
            _say(each, as_json=args.json)
    if spoken is None:
        complain(_NO_SESSION)
    return 0


_NO_SESSION = "nobody is logged in to that server here: say who with --account, or log in at the organizer's window"


def _want(args: argparse.Namespace, wish: Wish) -> int:
    """Kept before anything is asked; then asked again and again, for a while.

    1. on the disk: from here on the wish survives whatever happens to this process
    2. whoever is logged in speaks for it
    3. until the server has it, or the time is over: the window and later commands go on
    """
    token = sys.stdin.readline(MOST_TOKEN + 2).strip() if args.token == "-" else args.token  # noqa: S105 — a name
    if not is_push_token(token, MOST_TOKEN):
        raise CommandFailed("that is no push token: it has 1 to 4,096 letters, digits and signs of ASCII, no blank")
    reception, telephones, server = _opened(args)
    telephones.want(server, token, wish, getattr(args, "language", None) or "")  # (1)
    with _speaking(args, reception, server) as spoken:  # (2)
        if spoken is not None:
            client, speaker = spoken
            _go_on(telephones, client, speaker, args.wait)  # (3)
    left = next((each for each in telephones.of_server(server) if each.token == token), None)
    is_heard = left is None or (left.accepted_ms is not None and not left.refused)
    if left is not None:
        _say(left, as_json=args.json)
    elif args.json:
        say_json({"server": server, "wish": wish.value, "state": "withdrawn"})
    else:
        say(f"{server} has heard it: that telephone gets no more notices")
    if spoken is None:
        complain(_NO_SESSION)
    return 0 if is_heard else 1


def _go_on(telephones: Telephones, client: OrganizerClient, speaker: Speaker, for_s: float) -> None:
    stopper, until_s, wait_s = threading.Event(), time.monotonic() + for_s, FIRST_WAIT_S
    while telephones.go_round(client, speaker, is_urgent=True):
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return
        stopper.wait(min(wait_s, left_s))
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _opened(args: argparse.Namespace) -> tuple[Reception, Telephones, str]:
    """The organizer's folder, and the server that is meant: the one named, else the one used last."""
    folder = args.data or default_organizer_dir()
    reception = Reception(folder)
    server = args.server or reception.last_server()
    if server is None:
        raise CommandFailed("no server is known here: say which with --server")
    return reception, Telephones(folder), server.rstrip("/")


@contextmanager
def _speaking(
    args: argparse.Namespace, reception: Reception, server: str
) -> "Iterator[tuple[OrganizerClient, Speaker] | None]":
    """A client that speaks with the session which is kept, or that of `--account`; None where there is neither."""
    client = OrganizerClient(server, reception.known(server).authority or None)
    try:
        sitting = _sitting(args, reception, client, server)
        if sitting is not None:
            client.use(sitting.token)
        yield None if sitting is None else (client, speaker_of(sitting.me.name, sitting.token))
    finally:
        client.close()


def _sitting(args: argparse.Namespace, reception: Reception, client: OrganizerClient, server: str) -> Sitting | None:
    kept = reception.resume(server, time.time_ns() // 1_000_000)
    if kept is not None and args.account in (None, kept.me.name):
        return kept
    if args.account is None:
        return None
    password = getpass.getpass(f"Password of {args.account}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    answer = reception.log_in(client, args.account, password, stays=True)
    if isinstance(answer, Done):
        return answer.value
    complain(f"{server} does not let {args.account} in: it stays wanted")
    return None


def _say(each: Intent, *, as_json: bool) -> None:
    sign = sign_of(each.token)[:8]
    if as_json:
        told = {"server": each.server, "telephone": sign, "wish": each.wish.value, "state": _state(each)}
        say_json({**told, "tries": each.tries, "accepted_ms": each.accepted_ms, "refused": each.refused or None})
        return
    match _state(each):
        case "registered":
            at = datetime.fromtimestamp((each.accepted_ms or 0) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            whose = each.by.account if each.by else ""
            say(f"telephone {sign}: {each.server} reaches it for {whose}, told {at}")
        case "refused":
            say(f"telephone {sign}: {each.server} will never take it ({each.refused})")
        case _:
            say(f"telephone {sign}: {each.server} has not heard it yet, tried {each.tries} times; it stays wanted")


def _state(each: Intent) -> str:
    if each.refused:
        return "refused"
    return "registered" if each.wish is Wish.REGISTER and each.accepted_ms is not None else "waiting"

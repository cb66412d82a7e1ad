"""`device setup`: settings for the kiosks of an event as a code that they take, made once for all of them."""

import argparse
import sys

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.cli.whole_file import write_whole
from app.kiosk.settings_words import load_settings_words
from app.paper.qr import qr_png, qr_terminal
from app.speech import complain, say, say_json
from core.model.moments import Millis
from core.model.settings import Flaw, Setting, Settings, changed, typed
from core.sync.setup import LONGEST_DAYS, Setup, text_of

_SCALE = 6
_DAY_MS = 86_400_000


def make_setup(args: argparse.Namespace) -> int:
    """The code as text and as QR code, signed by the installation's root key, good for the event's kiosks alone."""
    if not 1 <= args.days <= LONGEST_DAYS:
        raise CommandFailed(f"a configuration code lasts 1 to {LONGEST_DAYS} days: say it with --days")
    values = dict(_value(told) for told in args.set)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        until_ms = Millis(office.now_ms() + args.days * _DAY_MS)
        text = text_of(Setup(event, until_ms, values), office.roots.sign)
    if args.out is not None:
        write_whole(args.out, [qr_png(text, scale=_SCALE)])
    if args.json:
        picture = None if args.out is None else str(args.out)
        say_json({"setup": text, "until_ms": until_ms, "picture": picture, "set": _named(values)})
        return 0
    say(text)
    if sys.stdout.isatty():
        say(qr_terminal(text))
    complain("on each kiosk: More, Settings, the staff PIN, then show it to the camera; or `doorlight settings load`")
    complain(f"it is good for {args.days} days, and only at kiosks of this event")
    return 0


def _value(told: str) -> tuple[Setting, object]:
    """`camera.turn=180` as a setting and its value."""
    name, is_set, text = told.partition("=")
    if not is_set or name not in set(Setting):
        raise CommandFailed(f"'{told}' sets nothing: say NAME=VALUE, where NAME is one of {', '.join(Setting)}")
    setting = Setting(name)
    value = typed(setting, text)
    if isinstance(changed(Settings(), setting, value), Flaw):
        raise CommandFailed(load_settings_words().flaw(Flaw(setting)))
    return setting, value


def _named(values: dict[Setting, object]) -> dict[str, object]:
    return {setting.value: value for setting, value in values.items()}

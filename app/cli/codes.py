"""Whose codes open the doors: the rules of an event for codes that existed before T1."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.speech import complain, say, say_json
from core.model.codes import AdapterKind
from core.sync.messages import AdapterRow, CodesRow

MAX_KEY_BYTES = 4096
_NUMBERS, _TRUTHS = frozenset({"least", "most"}), frozenset({"folds_case"})
_OPTIONS = tuple(each.name for each in fields(AdapterRow) if each.name not in {"name", "kind"})


def set_codes(args: argparse.Namespace) -> int:
    """Changes what is said and keeps the rest; says the rules that hold now."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        policy = office.show_event(event).policy
        rules = changed(policy.codes, args, policy.time_zone)
        if rules.mode != "t1" and not rules.adapters:
            raise CommandFailed(f"mode {rules.mode} must know how old codes look: add --adapter, such as shop=opaque")
        secrets = _secrets(args.adapter_key or [])
        if rules != policy.codes or secrets:
            rules = office.set_codes(event, rules, secrets)
    _say(rules, policy.time_zone, as_json=args.json)
    return 0


def changed(rules: CodesRow, args: argparse.Namespace, zone: str) -> CodesRow:
    """The rules with what a person said.

    `--adapter` names all adapters, in the order in which they are tried, `--symbology` all kinds of printed code.
    """
    if args.mode is not None:
        rules = replace(rules, mode=args.mode)
    if args.list is not None:
        rules = replace(rules, is_final=args.list == "final")
    if args.until is not None:
        rules = replace(rules, legacy_until_ms=instant(args.until, zone))
    if args.adapter is not None:
        rules = replace(rules, adapters=[adapter(text) for text in args.adapter])
    if args.symbology is not None:
        rules = replace(rules, symbologies=list(dict.fromkeys(args.symbology)))
    return rules


def adapter(text: str) -> AdapterRow:
    """The adapter of `NAME=KIND[,OPTION=VALUE…]`. Raises CommandFailed."""
    head, *options = text.split(",")
    name, _, kind = head.partition("=")
    if not name or kind not in set(AdapterKind):
        raise CommandFailed(f"'{text}' is no adapter: say NAME=KIND, where KIND is one of {', '.join(AdapterKind)}")
    told: dict[str, object] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or key not in _OPTIONS:
            raise CommandFailed(f"'{option}' is no option of an adapter: say one of {', '.join(_OPTIONS)}, with =VALUE")
        told[key] = _value(key, value)
    return AdapterRow(name, kind, **told)  # type: ignore[arg-type]  # each option has its own type by its name


def _value(key: str, value: str) -> object:
    if key in _NUMBERS:
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 256):
            raise CommandFailed(f"'{key}={value}' is no length: say a number from 1 to 256")
        return int(value)
    if key in _TRUTHS:
        if value not in {"yes", "no"}:
            raise CommandFailed(f"'{key}={value}': say yes or no")
        return value == "yes"
    return value


def _secrets(texts: Sequence[str]) -> Mapping[str, bytes]:
    """The secrets of `NAME=FILE`; a line's end behind one is no part of it."""
    found: dict[str, bytes] = {}
    for text in texts:
        name, _, path = text.partition("=")
        try:
            with Path(path).open("rb") as file:
                secret = file.read(MAX_KEY_BYTES + 1).rstrip(b"\r\n")
        except OSError as err:
            raise CommandFailed(f"{path or 'the key file'} can't be read: {err.strerror}") from err
        if not name or not 0 < len(secret) <= MAX_KEY_BYTES:
            raise CommandFailed(f"'{text}' is no key: say NAME=FILE, a file of 1 to {MAX_KEY_BYTES} bytes")
        found[name] = secret
    return found


def _say(rules: CodesRow, zone: str, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(rules))
        return
    until = ""
    if rules.legacy_until_ms is not None:
        at = datetime.fromtimestamp(rules.legacy_until_ms / 1000, ZoneInfo(zone))
        until = f", old codes until {at.isoformat(' ', 'minutes')}"
    say(f"mode {rules.mode}, list {'final' if rules.is_final else 'open'}{until}")
    for row in rules.adapters:
        told = {
            name: value for name, value in asdict(row).items() if value != asdict(AdapterRow(row.name, row.kind))[name]
        }
        say(f"  {row.name}: {row.kind}" + "".join(f", {name}={value}" for name, value in told.items()))
    if rules.symbologies != ["qr"]:
        say(f"  cameras look for {', '.join(rules.symbologies)}")
    if rules.mode != "t1":
        complain("`doorlight ticket import FILE --sample TEXT` shows whether a scanned ticket finds its row")

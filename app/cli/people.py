"""The organizer's commands about people and programs: accounts with their roles, API keys, the audit log.

They work on the database itself, like the other administrative commands: whoever may read the server's folder is its
master already.
"""

import argparse
import json
from datetime import UTC, datetime
from uuid import UUID

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.ledger.accounts import Account, OneTimePassword
from app.ledger.admin import Office
from app.ledger.api_keys import ApiKey, ApiKeyUnknown
from app.ledger.audit import MOST_SHOWN, Report
from app.ledger.report_wishes import minute_of
from app.speech import complain, say, say_json
from core.journal.audit import Row, Tampering
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Right, Role, Scope

FLAWS: dict[Tampering, str] = {
    Tampering.CHANGED: "record {at} is not what was written",
    Tampering.OUT_OF_PLACE: "records are missing or moved before record {at}",
    Tampering.CUT_OFF: "records are missing from number {at} on",
    Tampering.ADDED: "record {at} and those after it were added by somebody else",
    Tampering.UNPROVEN: "the end (record {at}) was not written by this installation",
}


# --- accounts -----------------------------------------------------------------------------------------------------


def add_account(args: argparse.Namespace) -> int:
    """A new account, with its one-time password on standard output, once."""
    with office_of(args) as office:
        made = office.accounts.add(args.name, Role(args.role) if args.role else None, _place(office, args.event))
    return _say_password(made, as_json=args.json)


def reset_password(args: argparse.Namespace) -> int:
    """A one-time password in the place of a forgotten one; every session of the account ends.

    For the first owner it makes the account too, where no server has started yet.
    """
    with office_of(args) as office:
        made = office.accounts.first_owner()
        if made is None or made.name != args.name:
            made = office.accounts.reset_password(args.name)
    return _say_password(made, as_json=args.json)


def list_accounts(args: argparse.Namespace) -> int:
    """All accounts by their names, with their roles."""
    with office_of(args) as office:
        found, names = office.accounts.list(), _event_names(office)
    for account in found:
        if args.json:
            say_json(_account_fields(account))
        else:
            say(f"{account.name}  {_state(account)}  {_roles(account, names)}")
    if not found and not args.json:
        say("There is no account yet: the server makes the first one as it starts.")
    return 0


def disable_account(args: argparse.Namespace) -> int:
    """Ends an account's rights and sessions, or with --undo lets it log in again."""
    with office_of(args) as office:
        change = office.accounts.enable if args.undo else office.accounts.disable
        change(args.name)
        account = office.accounts.show(args.name)
        now_ms = office.now_ms()
        left = [key for key in office.api_keys.list() if key.made_by == account.name and key.is_good_at(now_ms)]
    if args.json:
        say_json(_account_fields(account))
    else:
        say(f"'{account.name}' {'may log in again.' if args.undo else 'has no rights any more, and is logged out.'}")
    if left and not args.undo:
        complain(f"its API keys go on: {', '.join(key.name for key in left)} (`doorlight apikey revoke`)")
    return 0


def set_role(args: argparse.Namespace) -> int:
    """Gives an account its one role for an event or the installation, or takes it (`none`)."""
    with office_of(args) as office:
        place = _place(office, args.event)
        if args.role == "none":
            office.accounts.take_role(args.name, place)
        else:
            office.accounts.give_role(args.name, Role(args.role), place)
        account, names = office.accounts.show(args.name), _event_names(office)
    if args.json:
        say_json(_account_fields(account))
    else:
        say(f"{account.name}  {_state(account)}  {_roles(account, names)}")
    return 0


def set_email(args: argparse.Namespace) -> int:
    """Where an account gets notices by mail, or with --none nowhere."""
    with office_of(args) as office:
        office.accounts.set_email(args.name, None if args.none else args.address)
        account = office.accounts.show(args.name)
    if args.json:
        say_json(_account_fields(account))
    else:
        say(f"'{account.name}' gets notices " + (f"at {account.email}." if account.email else "by no mail any more."))
    return 0


def set_report(args: argparse.Namespace) -> int:
    """Has an account mailed an event's report at a time of each day, or no more; without either, says who is."""
    with office_of(args) as office:
        event, account = chosen_event(office, args.event), office.accounts.show(args.name)
        if args.at or args.never:
            office.report_wishes.put(event, account.name, None if args.never else minute_of(args.at))
        wishes = {each.account: each.at for each in office.report_wishes.of_event(event)}
    at = wishes.get(account.name)
    if args.json:
        say_json({"name": account.name, "at": at, "email": account.email})
        return 0
    say(f"'{account.name}' is mailed the report at {at} each day." if at else f"'{account.name}' is mailed no report.")
    if at and account.email is None:
        complain(f"it has no address yet: `doorlight account email {account.name} ADDRESS`")
    return 0


# --- API keys -----------------------------------------------------------------------------------------------------


def add_key(args: argparse.Namespace) -> int:
    """A new API key, on standard output, once."""
    rights = frozenset(_right(text) for part in args.right for text in part.split(","))
    ends_at_ms = None if args.until is None else instant(args.until, "UTC")
    with office_of(args) as office:
        places = frozenset(office.event_named(text) for text in args.event) or frozenset({INSTALLATION})
        made = office.api_keys.make(args.name, Scope(rights, places), ends_at_ms)
    if args.json:
        say_json({"id": made.id.hex, "key": made.text})
    else:
        say(made.text)
    complain("this is the only time that it is said: `Authorization: Bearer …`")
    return 0


def list_keys(args: argparse.Namespace) -> int:
    """All API keys, the oldest first, without their secrets."""
    with office_of(args) as office:
        found, now_ms = office.api_keys.list(), office.now_ms()
    for key in found:
        if args.json:
            say_json(_key_fields(key))
        else:
            say(f"{key.id.hex}  {key.name}  {_validity(key, now_ms)}  {' '.join(sorted(key.scope.rights))}")
    if not found and not args.json:
        say("There is no API key: `doorlight apikey add` makes one.")
    return 0


def revoke_key(args: argparse.Namespace) -> int:
    """Ends an API key, by its id or by a name that one key alone has."""
    with office_of(args) as office:
        key = _key_named(office, args.key)
        office.api_keys.revoke(key.id)
    if args.json:
        say_json({"id": key.id.hex, "revoked": True})
    else:
        say(f"'{key.name}' opens nothing any more.")
    return 0


# --- the audit log ------------------------------------------------------------------------------------------------


def verify_audit(args: argparse.Namespace) -> int:
    """Reads every log and says whether it is what was written: status 1 where one is not."""
    with office_of(args) as office:
        expected = _expected(args.expect)
        reports, names = office.audit.verify_all(), _event_names(office)
        lost = [text for text, (event, seq, hash_) in expected.items() if not _still(office, event, seq, hash_)]
    for report in reports:
        if args.json:
            say_json(_report_fields(report))
        else:
            say(f"{_name(report.event, names)}: {_finding(report)}")
    for text in lost:
        complain(f"the log does not hold {text} any more: it was taken back or written anew")
    return 1 if lost or any(report.flaw for report in reports) else 0


def show_audit(args: argparse.Namespace) -> int:
    """The newest records of an event, or of the installation, the oldest of them first."""
    with office_of(args) as office:
        place = _place(office, args.event)
        rows: list[Row] = []
        before: int | None = None
        while len(rows) < args.last:
            page = office.audit.page(place, before, min(MOST_SHOWN, args.last - len(rows)))
            rows += page.records
            before = page.before
            if before is None:
                break
    for row in reversed(rows):
        record = json.loads(row.text)
        say(row.text if args.json else _sentence(record))
    return 0


def _sentence(record: dict[str, object]) -> str:
    by = record["by"]
    assert isinstance(by, dict)  # noqa: S101 — as it was written
    who = " ".join(filter(None, [str(by["kind"]), str(by["name"] or by["id"]), str(by["address"])]))
    details = record["details"]
    told = ", ".join(f"{key} {value}" for key, value in details.items()) if isinstance(details, dict) else ""
    parts = [str(record["deed"]), str(record["about"]), told, f"by {who}"]
    at = datetime.fromtimestamp(int(str(record["at_ms"])) / 1000, UTC)
    return f"{record['seq']}  {at:%Y-%m-%d %H:%M:%S}Z  {'  '.join(part for part in parts if part)}"


def _finding(report: Report) -> str:
    if report.flaw is not None:
        return FLAWS[report.flaw.what].format(at=report.flaw.seq)
    return f"{report.seq} records, whole, ends {report.seq}:{report.hash.hex()}"


def _report_fields(report: Report) -> dict[str, object]:
    flaw = report.flaw
    return {
        "event": None if report.event == INSTALLATION else report.event.hex,
        "seq": report.seq,
        "hash": report.hash.hex(),
        "flaw": None if flaw is None else flaw.what.value,
        "at": None if flaw is None else flaw.seq,
    }


def _expected(texts: list[str]) -> dict[str, tuple[EventId, int, bytes]]:
    """Ends of logs that were noted before: `[EVENT:]SEQ:HASH`."""
    found = {}
    for text in texts:
        parts = text.split(":")
        try:
            event = EventId(UUID(parts[-3])) if len(parts) == 3 else INSTALLATION
            found[text] = (event, int(parts[-2]), bytes.fromhex(parts[-1]))
        except (ValueError, IndexError) as err:
            raise CommandFailed(f"'{text}' is no noted end: say it as SEQ:HASH, or EVENT:SEQ:HASH") from err
    return found


def _still(office: Office, event: EventId, seq: int, hash_: bytes) -> bool:
    found = office.audit.page(event, seq + 1, 1).records
    return bool(found) and (found[0].seq, found[0].hash) == (seq, hash_)


# --- shared -------------------------------------------------------------------------------------------------------


def _say_password(made: OneTimePassword, *, as_json: bool) -> int:
    if as_json:
        say_json({"name": made.name, "password": made.password, "until_ms": made.until_ms})
    else:
        say(made.password)
    complain(f"'{made.name}' logs in with it once, within three days, and then chooses another")
    return 0


def _place(office: Office, event: str | None) -> EventId:
    return INSTALLATION if event is None else office.event_named(event)


def _event_names(office: Office) -> dict[EventId, str]:
    return {EventId(UUID(each.policy.event)): each.policy.name for each in office.list_events()}


def _name(event: EventId, names: dict[EventId, str]) -> str:
    return "installation" if event == INSTALLATION else f"{event.hex} ({names.get(event, 'no such event')})"


def _state(account: Account) -> str:
    if not account.is_active:
        return "disabled"
    return "waits for its first log-in" if account.is_one_time else "active"


def _roles(account: Account, names: dict[EventId, str]) -> str:
    held = sorted(account.roles.held.items())
    told = [
        f"{role.value}" if at == INSTALLATION else f"{role.value} of '{names.get(at, at.hex)}'" for at, role in held
    ]
    return ", ".join(told) or "no role"


def _account_fields(account: Account) -> dict[str, object]:
    roles = {at.hex if at != INSTALLATION else "installation": role.value for at, role in account.roles.held.items()}
    return {
        "name": account.name,
        "is_active": account.is_active,
        "is_one_time": account.is_one_time,
        "made_at_ms": account.made_at_ms,
        "roles": roles,
        "email": account.email,
    }


def _right(text: str) -> Right:
    try:
        return Right(text.strip())
    except ValueError as err:
        raise CommandFailed(f"there is no right '{text}': there are {', '.join(Right)}") from err


def _key_named(office: Office, text: str) -> ApiKey:
    found = [key for key in office.api_keys.list() if text in (key.name, key.id.hex, str(key.id))]
    if len(found) != 1:
        raise ApiKeyUnknown(text)
    return found[0]


def _validity(key: ApiKey, now_ms: int) -> str:
    if key.revoked_at_ms is not None:
        return "revoked"
    if not key.is_good_at(now_ms):
        return "over"
    return "good" if key.ends_at_ms is None else f"good until {_day(key.ends_at_ms)}"


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}Z"


def _key_fields(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id.hex,
        "name": key.name,
        "rights": sorted(key.scope.rights),
        "events": None if INSTALLATION in key.scope.events else sorted(event.hex for event in key.scope.events),
        "made_by": key.made_by,
        "made_at_ms": key.made_at_ms,
        "ends_at_ms": key.ends_at_ms,
        "revoked_at_ms": key.revoked_at_ms,
        "used_at_ms": key.used_at_ms,
    }

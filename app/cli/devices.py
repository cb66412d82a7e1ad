"""The organizer's commands about kiosks: how one comes, is let in, goes, and is held in reserve."""

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from app.cli.files import export_into, say_exported
from app.cli.grammar import DEFAULT_PORT
from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.cli.whole_file import write_whole
from app.ledger.admin import Office
from app.ledger.device_rows import DeviceClock, DeviceState, DeviceSummary
from app.ledger.kiosk_telling import kiosks_told
from app.ledger.tallies import TallySummary
from app.paper.qr import qr_png, qr_terminal
from app.runtime.redeem_line import RedeemLine
from app.speech import complain, say, say_json
from app.widgets.words import load_tables, read_by_member, read_text, table_at
from core.insight.hearing import Hearing
from core.model.ids import EventId, GateId
from core.model.moments import Millis
from core.sync.address import Address
from core.sync.address import text_of as address_text
from core.sync.enrolment import Invitation, fingerprint_of, text_of
from core.sync.tally import Finding
from core.ticket.keyring import VerifyProfile

_SCALE = 8
_LONGEST_URL = 512
_DIFFERENCE = {
    Finding.EQUAL: "",
    Finding.SERVER_BEHIND: "{missing} of its facts are missing here",
    Finding.SERVER_AHEAD: "its journal was put back: it lacks facts that are here",
    Finding.HEADS_DIFFER: "its journal is another one than here",
}
_HEARING = {Hearing.OFF.value: "off, ", Hearing.RESTING.value: "at rest, ", Hearing.SILENT.value: "silent, "}
_SIX_DIGITS = re.compile(r"[0-9]{6}")


def device_code(args: argparse.Namespace) -> int:
    """A one-time code for a kiosk, as text and as QR code, with what a thief of that kiosk could do."""
    profile = VerifyProfile(args.trust)
    with office_of(args) as office:
        ca = office.authorities.fingerprint()
        url = _url(args.url, is_tls=ca is not None)
        event = chosen_event(office, args.event)
        replaced = office.devices.show(event, office.devices.named(event, args.replaces)) if args.replaces else None
        gate = _gate(office, event, args.gate or (replaced.gate if replaced else None))
        name = args.name or (replaced.name if replaced else f"Kiosk {gate}")
        code = office.device_code(event, gate, name, profile, replaced.id if replaced else None)
        root = fingerprint_of(office.roots.root_public)
    pinned = ca if url.startswith("https://") else None
    invitation = text_of(Invitation(url, code.code, Millis(code.expires_at_ms), root, pinned))
    if args.out is not None:
        write_whole(args.out, [qr_png(invitation, scale=_SCALE)])
    thief = thief_sentence(profile)
    if args.json:
        fields = {"code": code.code, "expires_at_ms": code.expires_at_ms, "gate": gate, "profile": profile.value}
        picture = None if args.out is None else str(args.out)
        say_json({**fields, "invitation": invitation, "thief": thief, "picture": picture})
    else:
        say(code.code)
        say(invitation)
        if sys.stdout.isatty():
            say(qr_terminal(invitation))
    complain("good once, for 15 minutes: scan it on the kiosk, or `doorlight enrol --invitation TEXT` there")
    complain("then compare the six digits on the kiosk's screen: `doorlight device confirm DEVICE DIGITS`")
    complain(thief)
    if args.url is None:
        complain(f"kiosks on other machines can't reach {url}: say the server's address with --url")
    return 0


def show_address(args: argparse.Namespace) -> int:
    """The server's address as a code that kiosks of this installation take: signed by its root key, good for ever."""
    with office_of(args) as office:
        ca = office.authorities.fingerprint()
        url = _url(args.url, is_tls=ca is not None)
        pinned = ca if url.startswith("https://") else None
        text = address_text(Address(url, pinned), office.roots.sign)
    if args.out is not None:
        write_whole(args.out, [qr_png(text, scale=_SCALE)])
    if args.json:
        say_json({"address": text, "url": url, "picture": None if args.out is None else str(args.out)})
        return 0
    say(text)
    if sys.stdout.isatty():
        say(qr_terminal(text))
    complain("on each kiosk: `doorlight vault address FILE.png`; whoever has this code learns the address and no more")
    return 0


def withdraw_code(args: argparse.Namespace) -> int:
    """Takes a one-time code back that no kiosk has used yet."""
    with office_of(args) as office:
        office.devices.withdraw(chosen_event(office, args.event), args.code)
    if args.json:
        say_json({"withdrawn": True})
    else:
        say("That code makes no kiosk any more.")
    return 0


def list_devices(args: argparse.Namespace) -> int:
    """All kiosks of an event, in the order in which they came."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        devices, now_ms = office.devices.list(event), office.now_ms()
        tallies, waiting = office.tallies.summaries(event), office.salvage.waiting(event)
        hearing = {each.id: each.hearing for each in kiosks_told(office, event)}
    names = {device.id: device.name for device in devices}
    for device in devices:
        own = [tally for tally in tallies if tally.device == device.id]
        if args.json:
            told = [asdict(tally) | {"device": device.id.hex} for tally in own]
            counts = {"salvageable": waiting.get(device.id, 0), "hearing": hearing.get(device.id.hex, "")}
            say_json(_fields(device) | {"tallies": told} | counts)
        else:
            replaced = f", replaces '{names.get(device.replaces, '?')}'" if device.replaces else ""
            stands = _state(device, hearing.get(device.id.hex, ""), now_ms)
            state = f"{stands}{replaced}{_differences(own)}{_salvageable(waiting.get(device.id, 0))}"
            say(f"{device.id.hex}  {device.name}  {device.gate}  {state}")
    if not devices and not args.json:
        say("There is no kiosk yet: `doorlight device code` makes one.")
    return 0


def confirm_device(args: argparse.Namespace) -> int:
    """Lets a kiosk in whose six digits are the ones that were read from its screen.

    What is no six digits at all is a slip of the hand, and costs none of the three tries.
    """
    digits = "".join("".join(args.digits).split())
    if not _SIX_DIGITS.fullmatch(digits):
        raise CommandFailed("that is not six digits: read them from the kiosk's screen, such as 493 027")
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        device = office.confirm_device(event, args.device, digits)
    if args.json:
        say_json(_fields(device))
        return 0
    say(f"'{device.name}' is let in at gate '{device.gate}'.")
    if device.replaces is not None:
        say("The kiosk that it replaces has no rights any more; its facts may still come through this one.")
    return 0


def rename_device(args: argparse.Namespace) -> int:
    """Another name; verdicts and lists use it from the kiosk's next manifest on."""
    return _changed(args, args.name, None)


def move_device(args: argparse.Namespace) -> int:
    """Another gate; the kiosk stands there from its next manifest on, without enrolling anew."""
    return _changed(args, None, GateId(args.gate))


def _changed(args: argparse.Namespace, name: str | None, gate: GateId | None) -> int:
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        id_ = office.devices.named(event, args.device)
        office.devices.change(event, id_, name, gate)
        device = office.devices.show(event, id_)
    if args.json:
        say_json(_fields(device))
    else:
        say(f"'{device.name}' is at gate '{device.gate}'; the kiosk learns it with its next manifest.")
    return 0


def revoke_device(args: argparse.Namespace) -> int:
    """Takes a kiosk's rights away; a running server refuses it within a second."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        id_ = office.devices.named(event, args.device)
        office.revoke_device(event, id_)
        device = office.devices.show(event, id_)
    if args.json:
        say_json(_fields(device))
    else:
        say(f"'{device.name}' has no rights any more.")
        say("What it had not sent may still come, for 72 h: into quarantine, where it counts for nothing.")
    if device.profile is VerifyProfile.MAC:
        complain("if it was stolen: `doorlight key rotate`, then `doorlight key state KID listed_only` for the old key")
    return 0


def salvage_device(args: argparse.Namespace) -> int:
    """Lets what a revoked kiosk brought count, as if it had been uploaded late; again changes nothing."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        report = office.salvage.take(event, office.devices.named(event, args.device), RedeemLine(office.facts))
    if args.json:
        say_json(asdict(report))
        return 0
    if report.facts == 0:
        say(f"Nothing that '{report.device}' brought waits in quarantine because it was revoked.")
        return 0
    say(f"{report.applied} facts of '{report.device}' count now, with {report.incidents} incidents.")
    if report.quarantined:
        say(f"{report.quarantined} stay in quarantine, each for a reason of its own.")
    return 0


def spare_device(args: argparse.Namespace) -> int:
    """A spare kiosk into the folder of the exported manifest, which is written anew: it names the spare.

    The code is said once, on standard output; the kit without it is worth nothing, nor it without the kit.
    """
    profile = VerifyProfile(args.trust)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        gate = _gate(office, event, args.gate)
        spare = office.make_spare(event, gate, args.name or f"Spare {gate}", profile)
        path = args.out / spare.file_name
        try:
            write_whole(path, [spare.kit])
            done = export_into(office, event, args.out)
        except BaseException:
            office.revoke_device(event, spare.device)  # nobody has its keys, or a manifest that names it
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
    thief = thief_sentence(profile)
    if args.json:
        fields = {"device": spare.device.hex, "name": spare.name, "gate": gate, "profile": profile.value}
        say_json({**fields, "code": spare.code, "kit": str(path), "thief": thief, "version": done.version})
    else:
        say(spare.code)
        say_exported(done, args.out, as_json=False)
    complain(f"on the spare: `doorlight enrol --spare {args.out} --code CODE`; carry the code apart from the stick")
    complain(thief)
    return 0


def thief_sentence(profile: VerifyProfile) -> str:
    """What whoever steals a kiosk of this profile could do; the kiosk's own window says the same."""
    return read_by_member(table_at(load_tables("en"), "thief"), VerifyProfile, read_text, "thief")[profile]


def _url(told: str | None, *, is_tls: bool) -> str:
    url = (told or f"{'https' if is_tls else 'http'}://127.0.0.1:{DEFAULT_PORT}").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise CommandFailed(f"'{told}' is no address: say it as http://192.168.1.5:{DEFAULT_PORT}")
    if len(url) > _LONGEST_URL:
        raise CommandFailed("that address is too long for a QR code")
    return url


def _gate(office: Office, event: EventId, told: str | None) -> GateId:
    return GateId(told or office.show_event(event).policy.gates[0].id)


def _fields(device: DeviceSummary) -> dict[str, object]:
    return {
        **asdict(device),
        "id": device.id.hex,
        "replaces": device.replaces.hex if device.replaces else None,
        "clock": asdict(device.clock) if device.clock else None,
    }


def _state(device: DeviceSummary, hearing: str, now_ms: int) -> str:
    """A device's state, and what it waits for or how it does."""
    if device.is_over:
        return "pending: nobody compared its digits in time, it needs a new code"
    if device.state is DeviceState.PENDING:
        return f"pending: compare {device.digits}, then `doorlight device confirm`"
    seen = "never seen" if device.last_seen_ms is None else f"seen {_ago(now_ms - device.last_seen_ms)} ago"
    heard = _HEARING.get(hearing, "")
    return f"{device.state.value} ({device.profile.value}), {heard}{seen}{_clock(device.clock)}"


def _clock(clock: DeviceClock | None) -> str:
    if clock is None:
        return ""
    offset_s = round(clock.offset_ms / 1000, 1) + 0.0  # minus nothing is nothing
    return f", clock {offset_s:+.1f} s ± {clock.uncertainty_ms / 1000:.1f} s ({clock.quality.value})"


def _differences(tallies: Sequence[TallySummary]) -> str:
    """What kiosk and server did not both hold when the kiosk last said what it has; nothing while all is well."""
    told = [_DIFFERENCE[tally.finding].format(missing=tally.missing) for tally in tallies]
    return "".join(f", {text}" for text in told if text)


def _salvageable(facts: int) -> str:
    return f", {facts} facts in quarantine: `doorlight device salvage` lets them count" if facts else ""


def _ago(age_ms: int) -> str:
    """An age in the largest unit that fits."""
    seconds = max(0, age_ms // 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"

"""What the panel of a new kiosk says at each step: a state and a language in, texts out. Refuses Qt.

Owns the states, and which of them follows when the list of kiosks is told anew or time has passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import assert_never
from urllib.parse import urlsplit

from app.organizer.devices_facts import Reader
from app.organizer.devices_present import digits_text
from app.widgets.times import duration_text
from core.insight.kiosk_arrival import CodeMade, arrived
from core.model.moments import Millis
from core.sync.enrolment import Invitation, text_of
from core.sync.kiosk_replies import CodeReply, KioskReply

MOST_URL = 512
"""Characters of an address that a code's picture holds besides all else."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Where it shall stand and what it is trusted with is being chosen. `trouble` says why no code came."""

    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """The server is asked for a code."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A code waits for its kiosk."""

    reply: CodeReply = field(repr=False)
    made: CodeMade
    url: str


@dataclass(frozen=True, slots=True)
class Comparing:
    """A kiosk has come, and two people compare six digits."""

    kiosk: KioskReply
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """A code that nobody used in time."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A kiosk whose digits differed was sent away."""


@dataclass(frozen=True, slots=True)
class LetIn:
    """A kiosk is one of the event's."""

    name: str


EnrolStep = Asking | Making | Showing | Comparing | Over | Refused | LetIn


class Deed(StrEnum):
    """What the panel's keys do."""

    MAKE = "make"
    WITHDRAW = "withdraw"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class EnrolText:
    """One step in words. `code` in groups for whoever types it, `picture` what the QR holds; `digits` large.

    `keys` are what can be done, the first one first; `has_form`: the fields are seen.
    """

    title: str
    lines: tuple[str, ...]
    trouble: str = ""
    code: str = field(default="", repr=False)
    picture: str = field(default="", repr=False)
    digits: str = ""
    left: str = ""
    keys: tuple[tuple[Deed, str], ...] = ()
    has_form: bool = False
    is_busy: bool = False


def next_step(step: EnrolStep, kiosks: Iterable[KioskReply], now_ms: int) -> EnrolStep:
    """The step that follows from what is known now: a kiosk came, was let in elsewhere, or time ran out."""
    match step:
        case Showing():
            come = arrived(kiosks, step.made)
            if come is not None:
                return Comparing(come)
            return Over() if step.reply.expires_at_ms <= now_ms else step
        case Comparing():
            return _compared(step, kiosks, now_ms)
        case Asking() | Making() | Over() | Refused() | LetIn():
            return step
    assert_never(step)


def _compared(step: Comparing, kiosks: Iterable[KioskReply], now_ms: int) -> EnrolStep:
    """Somebody at another window may have said yes or no meanwhile."""
    now = next((each for each in kiosks if each.id == step.kiosk.id), None)
    if now is not None and now.state == "active":
        return LetIn(now.name)
    if now is not None and now.state == "revoked":
        return Refused()
    until_ms = step.kiosk.confirm_until_ms
    is_over = (now is not None and now.is_over) or (until_ms is not None and until_ms <= now_ms)
    return Over() if is_over else step


def invitation_text(reply: CodeReply, url: str) -> str:
    """What the code's picture holds. The server's authority is named where the address speaks TLS, and nowhere else."""
    ca = bytes.fromhex(reply.ca) if reply.ca is not None and url.startswith("https://") else None
    return text_of(Invitation(url, reply.code, Millis(reply.expires_at_ms), bytes.fromhex(reply.root), ca))


def clean_url(typed: str) -> str:
    """An address as kiosks take it: no space around it and no slash at its end. Empty where it can't be one."""
    url = typed.strip().rstrip("/")
    is_one = url.startswith(("https://", "http://")) and len(url) <= MOST_URL and url.isprintable()
    return url if is_one and _host(url) else ""


def is_own_alone(url: str) -> bool:
    """Whether nobody but this computer reaches an address."""
    host = _host(url)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def present_enrolment(step: EnrolStep, replaced: str, reader: Reader) -> EnrolText:
    """One step in words. `replaced`: the name of the kiosk whose place is taken; empty for none."""
    said = reader.words.enrol
    title = said.replace_title.fill(name=replaced) if replaced else said.title
    match step:
        case Asking():
            intro = said.intro_replace if replaced else said.intro
            return EnrolText(title, (intro,), step.trouble, keys=((Deed.MAKE, said.make),), has_form=True)
        case Making():
            return EnrolText(title, (said.making,), keys=((Deed.MAKE, said.make),), has_form=True, is_busy=True)
        case Showing():
            return _showing(step, title, reader)
        case Comparing():
            return _comparing(step, title, reader)
        case Over():
            return EnrolText(title, (said.over, said.over_step), keys=((Deed.AGAIN, said.again),))
        case Refused():
            return EnrolText(title, (said.differed,), keys=((Deed.AGAIN, said.again),))
        case LetIn():
            lines = (said.done.fill(name=step.name), said.done_step)
            return EnrolText(title, lines, keys=((Deed.AGAIN, said.another),))
    assert_never(step)


def _showing(step: Showing, title: str, reader: Reader) -> EnrolText:
    said = reader.words.enrol
    left = _left(step.reply.expires_at_ms, reader)
    return EnrolText(
        title,
        (said.scan, said.type.fill(address=step.url)),
        code=step.reply.code,
        picture=invitation_text(step.reply, step.url),
        left=f"{said.waits} {said.left.fill(time=left)}",
        keys=((Deed.WITHDRAW, said.withdraw),),
    )


def _comparing(step: Comparing, title: str, reader: Reader) -> EnrolText:
    said, kiosk = reader.words.enrol, step.kiosk
    asked = said.compare_step.fill(name=kiosk.name, gate=reader.gate(kiosk.gate))
    until_ms = kiosk.confirm_until_ms
    left = "" if until_ms is None else said.compare_left.fill(time=_left(until_ms, reader))
    return EnrolText(
        title,
        (said.compare, asked),
        digits=digits_text(kiosk.digits or ""),
        left=left,
        keys=((Deed.CONFIRM, said.same), (Deed.REFUSE, said.differ)),
        is_busy=step.is_waiting,
    )


def _left(until_ms: int, reader: Reader) -> str:
    return duration_text(max(0, until_ms - reader.at_ms), reader.calendar)

"""What a kiosk tells of itself, fact by fact: a value and a language in, a text out. Refuses Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.organizer.devices_words import CameraWord, DevicesWords
from app.organizer.words import OrganizerWords
from app.widgets.times import MINUTE_MS, CalendarWords, duration_text, instant_text, number_text
from core.insight.kiosk_standing import Newest, is_older
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import Vitals
from core.ticket.keyring import VerifyProfile

NOT_KNOWN = "–"
EXACT_MS = 1_000
"""A clock that is not farther off is right, as far as anybody at a door can tell."""
_MIB, _MB, _GB = 2**20, 10**6, 10**9


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, where, and as of when; what kiosks are compared with, and how gates are called."""

    all: OrganizerWords
    zone: ZoneInfo
    at_ms: int
    newest: Newest
    gates: Mapping[str, str]

    @property
    def words(self) -> DevicesWords:
        """The page's own."""
        return self.all.devices

    @property
    def calendar(self) -> CalendarWords:
        """Those of times."""
        return self.all.calendar

    def gate(self, gate: str) -> str:
        """The gate's name on its sign."""
        return self.gates.get(gate, gate)

    def since(self, at_ms: int) -> str:
        """How long ago something was."""
        return duration_text(max(0, self.at_ms - at_ms), self.calendar)


def heard_text(kiosk: KioskReply, reader: Reader) -> str:
    """How long ago it was heard."""
    said = reader.words.one
    return said.never if kiosk.last_seen_ms is None else said.ago.fill(time=reader.since(kiosk.last_seen_ms))


def lately_text(kiosk: KioskReply, reader: Reader) -> str:
    """The same in a list: what changes each second, nobody reads there, and a screen reader would say it for ever."""
    seen_ms = kiosk.last_seen_ms
    if seen_ms is not None and reader.at_ms - seen_ms < MINUTE_MS:
        return reader.words.one.just_now
    return heard_text(kiosk, reader)


def lists_text(told: Vitals, reader: Reader) -> str:
    """How far its list of tickets is behind the newest one, and how old it is."""
    said, newest = reader.words.one, reader.newest.manifest_version
    if told.manifest_version == 0:
        return said.no_lists
    if newest is None:
        return str(told.manifest_version)
    if told.manifest_version >= newest:
        return said.newest
    count = newest - told.manifest_version
    if told.manifest_at_ms is None:
        return said.behind.fill(count=count)
    return said.behind_aged.fill(count=count, age=reader.since(told.manifest_at_ms))


def clock_text(kiosk: KioskReply, reader: Reader) -> str:
    """How far its clock is off the server's."""
    said = reader.words.one
    if kiosk.clock is None:
        return NOT_KNOWN
    if abs(kiosk.clock.offset_ms) < EXACT_MS:
        return said.exact
    time = duration_text(abs(kiosk.clock.offset_ms), reader.calendar)
    return (said.ahead if kiosk.clock.offset_ms > 0 else said.slow).fill(time=time)


def camera_text(told: Vitals, reader: Reader) -> str:
    """How its camera is."""
    if not told.camera:
        return reader.words.one.no_camera
    known = set(CameraWord)
    return reader.words.cameras[CameraWord(told.camera) if told.camera in known else CameraWord.UNKNOWN]


def battery_text(told: Vitals, reader: Reader) -> str:
    """What it runs on."""
    said = reader.words.one
    if told.battery_percent is None:
        return said.plugged if told.is_on_mains else NOT_KNOWN
    return (said.mains if told.is_on_mains else said.percent).fill(percent=told.battery_percent)


def disk_text(told: Vitals, reader: Reader) -> str:
    """How much room it has left."""
    if told.disk_free_mib is None:
        return NOT_KNOWN
    octets, said = told.disk_free_mib * _MIB, reader.words.one
    if octets < _GB:
        return said.megabytes.fill(count=octets // _MB)
    return said.gigabytes.fill(count=octets // _GB)


def read_percent(told: Vitals) -> int:
    """How many of a hundred codes that its camera saw it read."""
    looks = told.reads + told.misses
    return 100 * told.reads // looks if looks else 100


def reads_text(told: Vitals, reader: Reader) -> str:
    """How well its camera reads."""
    looks = told.reads + told.misses
    if not looks:
        return NOT_KNOWN
    count = number_text(looks, reader.calendar)
    return reader.words.one.reads.fill(percent=read_percent(told), count=count)


def program_text(told: Vitals, reader: Reader) -> str:
    """Its version, beside the server's where that is newer."""
    server = reader.newest.program
    if is_older(told.version, server):
        return reader.words.one.older.fill(version=told.version, server=server)
    return told.version


def profile_text(profile: str, words: DevicesWords) -> str:
    """What a kiosk is trusted with."""
    return words.profiles[VerifyProfile(profile)] if profile in set(VerifyProfile) else profile


def instant_of(at_ms: int, reader: Reader) -> str:
    """A time as the event has it."""
    return instant_text(at_ms, reader.zone, reader.at_ms, reader.calendar)

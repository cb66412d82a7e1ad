"""What the page's lists and details show, as values: rows, and one thing with its facts, its history and its keys.

A message, a receiver and a job are shown alike. Refuses Qt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.organizer.deliveries.words import (
    ChannelWord,
    DeliveriesWords,
    MessageWord,
    ReasonWords,
    TroubleWord,
    TryWord,
    member,
)
from app.organizer.words import OrganizerWords
from app.widgets.times import duration_text, instant_text, number_text
from core.model.outcomes import OutcomeClass
from core.sync.delivery_replies import EndpointRow, Letter

Facts = tuple[tuple[str, str], ...]
MOST_TARGET_SHOWN = 80
"""Characters of an address in a row; a detail shows all of it."""


class Act(StrEnum):
    """What a key of a detail asks for."""

    REPLAY = "replay"
    DISCARD = "discard"
    ADDRESS = "address"
    RECIPIENT = "recipient"
    ENABLE = "enable"
    DISABLE = "disable"
    TEST = "test"
    SHOW_DEAD = "show_dead"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    name: str
    title: str
    line: str
    aside: str = ""
    sign: OutcomeClass | None = None
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class KeyText:
    """One key; `tone` is `main`, `danger` or nothing."""

    act: Act
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One attempt or one run: what it was, how it went, and what else is known of it."""

    title: str
    line: str
    facts: Facts = ()
    is_trouble: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """One thing whole. `lead` says how it stands, `cure` what helps, `heading` stands over the blocks."""

    id: str
    title: str
    lead: str
    cure: str
    sign: OutcomeClass
    facts: Facts
    heading: str = ""
    blocks: tuple[Block, ...] = ()
    nothing: str = ""
    """Instead of blocks where there is none."""
    tail: Facts = ()
    """What few people need, below everything."""
    keys: tuple[KeyText, ...] = ()
    note: str = ""
    """Why there are no keys, or how a deed goes on."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, where, as of when; and the receivers that are known, by their ids."""

    all: OrganizerWords
    zone: ZoneInfo
    at_ms: int
    endpoints: Mapping[str, EndpointRow] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def words(self) -> DeliveriesWords:
        """The page's own words."""
        return self.all.deliveries

    def instant(self, at_ms: int) -> str:
        """`20:02`, with its day where that is another one."""
        return instant_text(at_ms, self.zone, self.at_ms, self.all.calendar)

    def age(self, at_ms: int) -> str:
        """`5 min`."""
        return duration_text(max(0, self.at_ms - at_ms), self.all.calendar)

    def lasted(self, from_ms: int, to_ms: int) -> str:
        """`0.3 s` under ten seconds, and whole units from there on."""
        took = max(0, to_ms - from_ms)
        if took >= _EXACT_MS:
            return duration_text(took, self.all.calendar)
        return self.all.calendar.seconds.fill(count=f"{took / 1_000:.1f}")

    def number(self, count: int) -> str:
        """`41,203`."""
        return number_text(count, self.all.calendar)

    def channel(self, name: str) -> str:
        """A channel's name for people; one that this window does not know, as it came."""
        word = member(ChannelWord, name, ChannelWord.UNKNOWN)
        return self.words.channels[word] if word is not ChannelWord.UNKNOWN else name

    def kind(self, kind: str) -> str:
        """What a message is; as it came where this window does not know it."""
        word = member(MessageWord, kind.replace(".", "_"), MessageWord.UNKNOWN)
        return self.words.kinds[word] if word is not MessageWord.UNKNOWN else kind

    def receiver(self, letter: Letter) -> str:
        """Where a message goes: whom it names, else its receiver."""
        return letter.recipient or self.endpoint(letter.endpoint)

    def endpoint(self, id_: str | None) -> str:
        """A receiver by its address, without what every address begins with."""
        row = self.endpoints.get(id_ or "")
        return self.words.one.to_nobody if row is None else short_target(row.target)

    def trouble(self, trouble: str) -> ReasonWords:
        """Why an account is refused, and what helps."""
        return self.words.troubles[member(TroubleWord, trouble, TroubleWord.UNKNOWN)]

    def status(self, status: str) -> str:
        """How an attempt was answered: a number as it is, why there was none in words."""
        if status.isdigit():
            return self.words.one.answered.fill(status=status)
        return self.words.tries[TryWord(status)] if status in set(TryWord) else status


_EXACT_MS = 10_000


def short_target(target: str) -> str:
    """`shop.example/hook` of `https://shop.example/hook?key=…`."""
    bare = target.partition("?")[0].removeprefix("https://").removeprefix("http://").rstrip("/")
    return bare if len(bare) <= MOST_TARGET_SHOWN else f"{bare[: MOST_TARGET_SHOWN - 1]}…"

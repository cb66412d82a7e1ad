"""What the enrolment window says at each step: a state and a language in, texts out.

Owns the states and which page each of them has. Refuses Qt.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from app.kiosk.enrolling import Begun, EnrolTrouble, Holds
from app.kiosk.words import KioskWords, TroubleWords
from app.widgets.times import megabytes_text, number_text


@dataclass(frozen=True, slots=True)
class Asking:
    """Nobody has invited this computer yet, or the last try failed."""

    trouble: EnrolTrouble | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """The server is being asked."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """Two people compare six digits."""

    begun: Begun


@dataclass(frozen=True, slots=True)
class Loading:
    """The first lists are coming; `total` is 0 until it is known how much that is."""

    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class LoadStopped:
    """They did not come whole."""

    trouble: EnrolTrouble


@dataclass(frozen=True, slots=True)
class Ready:
    """This computer is a door and has its lists."""

    holds: Holds


EnrolState = Asking | Beginning | Comparing | Loading | LoadStopped | Ready


class EnrolPage(StrEnum):
    """Which parts are there."""

    ASK = "ask"
    COMPARE = "compare"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class EnrolText:
    """One state in words. `line` is what goes on, `share` of a bar (None for none), `key` what can be done."""

    page: EnrolPage
    title: str
    line: str = ""
    digits: str = ""
    becomes: str = ""
    cautions: tuple[str, ...] = ()
    trouble: TroubleWords | None = None
    share: float | None = None
    key: str = ""
    is_busy: bool = False

    @property
    def spoken(self) -> str:
        """All of it, for a screen reader."""
        told = (self.trouble.title, self.trouble.step) if self.trouble else ()
        parts = (*told, self.title, self.digits, self.becomes, *self.cautions, self.line)
        return ". ".join(part for part in parts if part)


def present_enrolment(state: EnrolState, words: KioskWords) -> EnrolText:
    """The texts of a state."""
    said = words.enrol
    match state:
        case Asking(trouble=trouble):
            told = words.enrol_troubles[trouble] if trouble else None
            return EnrolText(EnrolPage.ASK, said.title, said.show_code, trouble=told, key=said.connect)
        case Beginning():
            return EnrolText(EnrolPage.ASK, said.title, said.asking, key=said.connect, is_busy=True)
        case Comparing(begun=begun):
            return _comparing(begun, words)
        case Loading(done=done, total=total):
            line = said.loading.fill(done=megabytes_text(done), total=megabytes_text(total))
            share = min(1.0, done / total) if total > 0 else 0.0
            return EnrolText(
                EnrolPage.LOAD, said.loading_title, line if total > 0 else said.loading_soon, share=share, is_busy=True
            )
        case LoadStopped(trouble=trouble):
            told = words.enrol_troubles[trouble]
            return EnrolText(EnrolPage.LOAD, said.loading_title, trouble=told, key=said.try_again)
        case Ready(holds=holds):
            line = said.holds_keys
            if holds.total > 0:
                held, whole = (number_text(count, words.calendar) for count in (holds.held, holds.total))
                line = said.holds.fill(held=held, total=whole)
            return EnrolText(EnrolPage.LOAD, said.loading_title, line, share=1.0, key=said.to_the_door)
        case _ as other:
            assert_never(other)


def _comparing(begun: Begun, words: KioskWords) -> EnrolText:
    said = words.enrol
    return EnrolText(
        EnrolPage.COMPARE,
        said.compare,
        said.waiting,
        digits=begun.digits,
        becomes=said.becomes.fill(event=begun.event_name, gate=begun.gate_name, name=begun.device_name),
        cautions=(words.thieves[begun.profile], *((said.unprotected,) if begun.is_unprotected else ())),
        key=said.start_over,
        is_busy=True,
    )

"""Every page that door staff may see, in each state worth a look: one list, drawn for people and walked by tests.

`SHOTS` is what `dev.py screenshots` draws and what `test_walk.py` walks through, at every size, in every theme and in
the language nobody speaks. A new page is one line here, with the names that it shows in `DATA`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import segno
from PySide6.QtCore import QEventLoop, QRectF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QWidget

from app.device.vault import PassphraseWrong
from app.kiosk.enrol_present import Asking, Beginning, Comparing, EnrolState, Loading, LoadStopped, Ready
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.enrolling import Begun, EnrolTrouble, Holds
from app.kiosk.sheet import Offer, SheetName, switch
from app.kiosk.status import SoundState, StatusFacts
from app.kiosk.trust_facts import Bar, Difference, Download
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, KioskWords
from app.store.rescue import Rescue
from core.gate.screen import Hint
from core.gate.verdict import FaultDetail, Verdict
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, OutcomeClass, Source
from core.model.roles import Right
from core.model.timekeeping import ClockTrust
from core.sync.adoption import Lease, Objection
from core.sync.health import Link, Trouble
from core.sync.tally import Finding
from core.ticket.keyring import VerifyProfile
from tests.kiosk import people_pages
from tests.kiosk.before_shots import before_acts
from tests.kiosk.input_shots import DATA as INPUT_DATA
from tests.kiosk.input_shots import LONG as LONG_INPUTS
from tests.kiosk.input_shots import input_acts
from tests.kiosk.staff_shots import DATA as STAFF_DATA
from tests.kiosk.staff_shots import staff_states
from tests.kiosk.states import OFFLINE, ONLINE, TRUSTED, StillClock, of_age
from tests.kiosk.verdicts import LIST_2_MIN, LONG_NAME, NOW_MS, ZONE, long_detail, usual_detail, verdict
from tests.support import shots

ONE_PER_CLASS = {
    OutcomeClass.ADMIT: Outcome.ADMITTED,
    OutcomeClass.LEAVE: Outcome.EXIT_RECORDED,
    OutcomeClass.ADMIT_AND_ACT: Outcome.ATTENTION,
    OutcomeClass.HOLD: Outcome.CONFIRM_IDENTITY,
    OutcomeClass.DENY: Outcome.ALREADY_USED,
    OutcomeClass.SYSTEM: Outcome.NOT_A_TICKET,
}
EARLIER = (
    *(Outcome.ADMITTED, Outcome.EXIT_RECORDED, Outcome.ADMITTED_OFFLINE, Outcome.UNKNOWN_KEY, Outcome.ATTENTION),
    *(Outcome.ADMITTED, Outcome.ALREADY_USED, Outcome.ADMITTED, Outcome.WRONG_GATE, Outcome.CONFIRM_IDENTITY),
)
REBUILT = Rescue("a page is damaged", kept=1_234, returned=2, set_aside=("kiosk.db.damaged-2",))
LOCKED = {SheetName.SETTINGS, SheetName.SIMULATE, SheetName.REHEARSAL}
DATA = {
    "Day ticket",
    "East gate",
    "Esc",
    "North 1",
    "North gate",
    "Summer Night",
    "Sunday ticket",
    "VIP",
    "VIP lounge",
    "Weekend ticket",
    "https://example.org/menu?table=12",
    "doorlight device code",
    "kiosk.db.damaged-2",
    *STAFF_DATA,
    *INPUT_DATA,
    *people_pages.PEOPLE_DATA,
}
"""Names that the shots bring with them, and commands to type: nobody translates them."""


Look = shots.Look[KioskWords]
Shot = shots.Shot[KioskWords]
Act = Callable[[KioskWindow], object]


def is_lane(shot: Shot) -> bool:
    """Whether it is a state of the door staff's window."""
    return shot.make is _open_lane


def lane(name: str, *acts: Act, has_long_names: bool = False) -> Shot:
    """A state of the door staff's window."""

    def act(window: QWidget) -> None:
        assert isinstance(window, KioskWindow)
        for each in acts:
            each(window)

    return Shot(name, _open_lane, act, has_long_names)


def page(name: str, make: Callable[[Look], QWidget], *, has_long_names: bool = False) -> Shot:
    """A page that is a window of its own here, wherever it is shown in the program."""
    return Shot(name, make, has_long_names=has_long_names)


def _open_lane(look: Look) -> KioskWindow:
    window = KioskWindow(look.words, ZONE, StillClock(), theme=look.theme)
    window.show_camera_state(CameraState.WORKING)
    window.show_status(ONLINE)
    window.show_frame(camera_picture())
    return window


@cache
def camera_picture() -> QImage:
    """A phone with a code, held before the camera."""
    image = QImage(1280, 720, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    light = QLinearGradient(0, 0, 1280, 720)
    light.setColorAt(0, QColor("#2B3440"))
    light.setColorAt(1, QColor("#7A6A58"))
    painter.fillRect(image.rect(), light)
    painter.setBrush(QColor("#0C0E10"))
    painter.drawRoundedRect(QRectF(430, 60, 420, 760), 40, 40)
    painter.fillRect(QRectF(450, 100, 380, 700), QColor("#F6F6F6"))
    rows = segno.make("T1:EXAMPLE", micro=False).matrix
    side = 300 / len(rows)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                painter.fillRect(QRectF(490 + x * side, 200 + y * side, side + 0.5, side + 0.5), QColor("#000000"))
    painter.end()
    return image


# --- the lane -----------------------------------------------------------------------------------------------------


def verdicts(outcomes: tuple[Outcome, ...]) -> Iterator[Shot]:
    """One shot per outcome, with its usual detail."""
    for outcome in outcomes:
        yield lane(f"verdict-{outcome}", _earlier, _verdict(verdict(outcome, usual_detail(outcome))))


def _lane_shots() -> Iterator[Shot]:
    offline = replace(LIST_2_MIN, source=Source.OFFLINE, snapshot_age_ms=1_500_000)
    slow = replace(ONLINE, link=Link.DEGRADED, trouble=Trouble.SLOW, trust=of_age(1_500_000), queue_length=3)
    used = _verdict(verdict(Outcome.ALREADY_USED, usual_detail(Outcome.ALREADY_USED)))
    for outcome in ONE_PER_CLASS.values():
        long = _verdict(verdict(outcome, long_detail(outcome)))
        yield lane(f"long-{outcome}", _earlier, long, has_long_names=True)
    yield lane("offline", _status(OFFLINE), _verdict(verdict(Outcome.ADMITTED_OFFLINE, None, offline)))
    yield lane("idle", _earlier)
    yield lane("idle-offline", _earlier, _status(OFFLINE))
    yield lane("hint", _earlier, _hint(Hint.TILT_AWAY))
    yield lane("hint-on-verdict", _verdict(verdict(Outcome.ADMITTED)), _hint(Hint.TILT_AWAY))
    yield lane("no-camera", _camera(CameraState.MISSING))
    yield lane("no-camera-on-verdict", _camera(CameraState.REFUSED), _earlier, used)
    yield lane("help", _touch(SheetName.HELP))
    yield lane("more", _offer_everything, _touch(SheetName.MORE))
    yield lane("more-for-a-steward", _offer_everything, _be_steward, _touch(SheetName.MORE))
    yield lane("idle-with-every-key", _offer_everything, _earlier)
    yield lane("code-waits", _offer_everything, _touch(SheetName.MORE), lambda window: window.show_waiting(2))
    yield lane("failed-over-a-guest", _verdict(verdict(Outcome.QUARANTINED, FaultDetail())))
    yield lane("code-waits-on-verdict", used, lambda window: window.show_waiting(1))
    yield lane("too-many-codes-wait", used, lambda window: window.show_crowded())
    yield lane("slow", _earlier, _status(slow))


def _trust_shots() -> Iterator[Shot]:
    """What a kiosk's trust runs short of, and that a verdict keeps its size beside all of it."""
    old, suspect = of_age(7_800_000), ClockTrust(ClockQuality.SUSPECT, 300_000)
    ending = replace(TRUSTED, lease_until_ms=Millis(NOW_MS + 5_400_000))
    wrong = replace(
        OFFLINE,
        trust=replace(ending, lists=old.lists, lease=Lease.ENDS_SOON, objection=Objection.BAD_SIGNATURE),
        clock=replace(suspect, skew_ms=180_000),
        sound=SoundState.MISSING,
    )
    lost = replace(REBUILT, must_decide=True, missing=3)
    states: dict[str, StatusFacts] = {
        "list-old": replace(ONLINE, trust=old),
        "list-old-offline": replace(OFFLINE, trust=old),
        "loading": replace(ONLINE, trust=replace(TRUSTED, download=Download(12_000_000, 35_000_000))),
        "lease-today": replace(ONLINE, trust=replace(ending, lease=Lease.ENDS_TODAY)),
        "lease-soon": replace(ONLINE, trust=replace(ending, lease=Lease.ENDS_SOON)),
        "refused": replace(ONLINE, trust=replace(TRUSTED, objection=Objection.NO_KEYS_FOR_THIS_DEVICE)),
        "clock-holdover": replace(ONLINE, clock=ClockTrust(ClockQuality.HOLDOVER, 300_000)),
        "clock-suspect": replace(ONLINE, clock=suspect),
        "clock-skew": replace(ONLINE, clock=ClockTrust(ClockQuality.HOLDOVER, 300_000, 180_000)),
        "journal-gap": replace(ONLINE, trust=replace(TRUSTED, difference=Difference(Finding.SERVER_BEHIND, 12))),
        "journal-fork": replace(ONLINE, trust=replace(TRUSTED, difference=Difference(Finding.HEADS_DIFFER, 0))),
        "journal-rebuilt": replace(ONLINE, trust=replace(TRUSTED, rescue=REBUILT)),
        "journal-lost": replace(OFFLINE, trust=replace(TRUSTED, rescue=lost)),
        "program-fault": replace(ONLINE, fault_ms=Millis(NOW_MS - 65_000)),
        "everything-wrong": wrong,
    }
    yield from (lane(name, _earlier, _status(facts)) for name, facts in states.items())
    yield from (lane(f"bar-{bar}", _status(replace(OFFLINE, trust=replace(TRUSTED, bar=bar)))) for bar in Bar)
    stale = replace(LIST_2_MIN, source=Source.OFFLINE, snapshot_age_ms=7_800_000)
    for outcome in (Outcome.ADMITTED_OFFLINE, Outcome.LEGACY_ADMITTED, Outcome.UNLISTED, Outcome.ALREADY_USED):
        shown = _verdict(verdict(outcome, long_detail(outcome), stale))
        yield lane(f"stale-{outcome}", _status(wrong), _earlier, shown, has_long_names=True)


def _people_shots() -> Iterator[Shot]:
    """Search, group arrival and incidents."""
    yield lane("search", people_pages.search_before)
    yield lane("search-found", people_pages.search_found, has_long_names=True)
    yield lane("search-list", people_pages.search_without_pad, has_long_names=True)
    yield lane("search-found-by-operator", people_pages.search_as_operator)
    yield lane("search-nobody", people_pages.search_nobody)
    yield lane("search-reading", people_pages.search_reading)
    yield lane("search-long", people_pages.search_long, has_long_names=True)
    yield lane("guest-check-id", people_pages.guest_with_id)
    yield lane("guest-used", people_pages.guest_used)
    yield lane("guest-of-older-server", people_pages.guest_of_older_server)
    yield lane("group", people_pages.group)
    yield lane("group-done", people_pages.group_done)
    yield lane("group-alone", people_pages.group_alone)
    yield lane("group-unknown", people_pages.group_unknown)
    yield lane("incidents", people_pages.inbox)
    yield lane("incidents-none", people_pages.inbox_empty)
    yield lane("incident-double", people_pages.conflict_double)
    yield lane("incident-canceled", people_pages.conflict_canceled)
    yield lane("incident-set-aside", people_pages.conflict_aside)


def _verdict(shown: Verdict) -> Act:
    return lambda window: window.show_verdict(shown)


def _status(facts: StatusFacts) -> Act:
    return lambda window: window.show_status(facts)


def _hint(hint: Hint) -> Act:
    return lambda window: window.show_hint(hint)


def _camera(state: CameraState) -> Act:
    return lambda window: window.show_camera_state(state)


def _touch(name: SheetName) -> Act:
    return lambda window: window.desk.touch(name)


def _offer_everything(window: KioskWindow) -> None:
    """Gives every key that has none some work: how full bar and More may become."""
    for name in SheetName:
        if name not in window.desk.offered:
            window.desk.offer(
                name, Offer(switch(lambda: None), right=Right.OVERRIDE_ADMISSIONS if name in LOCKED else None)
            )


def _be_steward(window: KioskWindow) -> None:
    window.desk.show_rights(frozenset())


def _earlier(window: KioskWindow) -> None:
    for index, outcome in enumerate(EARLIER):
        past = verdict(outcome, usual_detail(outcome))
        window.show_verdict(replace(past, at_ms=Millis(NOW_MS - 9_000 * (len(EARLIER) - index))))
    window.clear()


# --- the pages before the door ------------------------------------------------------------------------------------


def _enrolment() -> Iterator[Shot]:
    """A computer becomes a door, step by step, and each way in which it may not."""
    long = Begun("493 027", LONG_NAME[:64], LONG_NAME[:64], LONG_NAME[:64], VerifyProfile.LIST, is_unprotected=True)
    begun = Begun("493 027", "Summer Night", "North gate", "North 1", VerifyProfile.MAC)
    yield _enrolling("ask", Asking())
    yield _enrolling("asking-server", Beginning())
    yield _enrolling("compare", Comparing(begun))
    yield replace(_enrolling("compare-long", Comparing(long)), has_long_names=True)
    yield _enrolling("loading", Loading(12_000_000, 35_000_000))
    yield _enrolling("load-stopped", LoadStopped(EnrolTrouble.UNREACHABLE))
    yield _enrolling("ready", Ready(Holds(41_203, 41_203)))
    yield from (_enrolling(f"ask-{trouble}", Asking(trouble)) for trouble in EnrolTrouble)


def _enrolling(name: str, state: EnrolState) -> Shot:
    def make(look: Look) -> QWidget:
        window = EnrolWindow(look.words, theme=look.theme)
        window.show_camera_state(CameraState.WORKING)
        window.show_frame(camera_picture())
        window.show_state(state)
        return window

    return page(f"enrol-{name}", make)


def _open_unlocking(look: Look) -> UnlockWindow:
    window = UnlockWindow(look.words.unlock, look.words.window, _never_opens, theme=look.theme)
    window.closed.connect(window.stop)
    window.field.setText("a passphrase")
    return window


def _be_refused(window: QWidget) -> None:
    assert isinstance(window, UnlockWindow)
    loop = QEventLoop()
    window.refused.connect(loop.quit)
    window.try_passphrase()
    loop.exec()


def _never_opens(_: str) -> None:
    raise PassphraseWrong(Path("vault.json"))


SHOTS: tuple[Shot, ...] = (
    *verdicts(tuple(ONE_PER_CLASS.values())),
    *_lane_shots(),
    *_trust_shots(),
    *(lane(name, act) for name, act in before_acts()),
    *(lane(name, act, has_long_names=name in LONG_INPUTS) for name, act in input_acts(camera_picture)),
    *(lane(name, *acts) for name, acts in staff_states()),
    *_people_shots(),
    *_enrolment(),
    page("unlock", _open_unlocking),
    Shot("unlock-wrong", _open_unlocking, _be_refused),
)
OTHER_OUTCOMES: tuple[Shot, ...] = tuple(verdicts(tuple(o for o in Outcome if o not in ONE_PER_CLASS.values())))
"""Drawn for people as well; what tests measure of them is in `test_verdict_layout.py`."""

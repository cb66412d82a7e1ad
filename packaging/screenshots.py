#!/usr/bin/env python3
"""Draws the kiosk's windows in every state: `python packaging/screenshots.py FOLDER [--every-outcome] [--sheets]`.

Both sizes, both themes, one verdict per class, the longest texts, the states of link, camera and trust, and the pages
that come before the door. To be looked at: what a test can measure is in `tests/kiosk`.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import segno
from PySide6.QtCore import QEventLoop, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app.device.vault import PassphraseWrong
from app.kiosk.enrol_present import Asking, Beginning, Comparing, EnrolState, Loading, LoadStopped, Ready
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.enrolling import Begun, EnrolTrouble, Holds
from app.kiosk.sheet import SheetName
from app.kiosk.status import SoundState, StatusFacts
from app.kiosk.trust_facts import Bar, Difference, Download
from app.kiosk.unlock_window import UnlockWindow
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, KioskWords, load_kiosk_words, read_kiosk_words
from app.store.rescue import Rescue
from app.widgets.theme import ThemeName
from app.widgets.typeface import font
from app.widgets.words import load_tables
from core.gate.screen import Hint
from core.gate.verdict import Verdict
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, OutcomeClass, Source
from core.model.timekeeping import ClockTrust
from core.sync.adoption import Lease, Objection
from core.sync.health import Link, Trouble
from core.sync.tally import Finding
from core.ticket.keyring import VerifyProfile
from tests.kiosk.pseudo_locale import lengthened
from tests.kiosk.states import OFFLINE, ONLINE, TRUSTED, StillClock, of_age
from tests.kiosk.verdicts import LIST_2_MIN, LONG_NAME, NOW_MS, ZONE, long_detail, usual_detail, verdict

ON_SHEET = 18
SHEET_PICTURE_PX, SHEET_NAME_PX = 560, 20
SMOOTH = Qt.TransformationMode.SmoothTransformation
SIZES = (QSize(1280, 800), QSize(800, 480))
ONE_PER_CLASS = {
    OutcomeClass.ADMIT: Outcome.ADMITTED,
    OutcomeClass.LEAVE: Outcome.EXIT_RECORDED,
    OutcomeClass.ADMIT_AND_ACT: Outcome.ATTENTION,
    OutcomeClass.HOLD: Outcome.CONFIRM_IDENTITY,
    OutcomeClass.DENY: Outcome.ALREADY_USED,
    OutcomeClass.SYSTEM: Outcome.NOT_A_TICKET,
}
EARLIER = (Outcome.ADMITTED, Outcome.ALREADY_USED, Outcome.ADMITTED, Outcome.WRONG_GATE, Outcome.CONFIRM_IDENTITY)
REBUILT = Rescue("a page is damaged", kept=1_234, returned=2, set_aside=("kiosk.db.damaged-2",))
Show = Callable[[KioskWindow], None]


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


def scenes(outcomes: list[Outcome]) -> dict[str, Show]:
    """Every picture by its name."""
    offline = replace(LIST_2_MIN, source=Source.OFFLINE, snapshot_age_ms=1_500_000)
    told: dict[str, Show] = {}
    for outcome in outcomes:
        told[f"verdict-{outcome}"] = _verdict(verdict(outcome, usual_detail(outcome)))
    for outcome in ONE_PER_CLASS.values():
        told[f"long-{outcome}"] = _verdict(verdict(outcome, long_detail(outcome)))
    told["offline"] = _both(_status(OFFLINE), _verdict(verdict(Outcome.ADMITTED_OFFLINE, None, offline)))
    told["idle"] = _both(_earlier, _status(ONLINE))
    told["idle-offline"] = _both(_earlier, _status(OFFLINE))
    told["hint"] = _both(_earlier, lambda window: window.show_hint(Hint.TILT_AWAY))
    told["hint-on-verdict"] = _both(
        _verdict(verdict(Outcome.ADMITTED)), lambda window: window.show_hint(Hint.TILT_AWAY)
    )
    told["no-camera"] = lambda window: window.show_camera_state(CameraState.MISSING)
    lost = _verdict(verdict(Outcome.ALREADY_USED, usual_detail(Outcome.ALREADY_USED)))
    told["no-camera-on-verdict"] = _both(lambda window: window.show_camera_state(CameraState.REFUSED), lost)
    told["help"] = lambda window: window.desk.touch(SheetName.HELP)
    slow = replace(ONLINE, link=Link.DEGRADED, trouble=Trouble.SLOW, trust=of_age(1_500_000), queue_length=3)
    told["slow"] = _both(_earlier, _status(slow))
    return told | trust_scenes()


def trust_scenes() -> dict[str, Show]:
    """What a kiosk's trust runs short of, and that a verdict keeps its size beside all of it."""
    old, suspect = of_age(7_800_000), ClockTrust(ClockQuality.SUSPECT, 300_000)
    ending = replace(TRUSTED, lease_until_ms=Millis(NOW_MS + 5_400_000))
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
        "journal-lost": replace(OFFLINE, trust=replace(TRUSTED, rescue=replace(REBUILT, must_decide=True, missing=3))),
        "everything-wrong": replace(
            OFFLINE,
            trust=replace(ending, lists=old.lists, lease=Lease.ENDS_SOON, objection=Objection.BAD_SIGNATURE),
            clock=replace(suspect, skew_ms=180_000),
            sound=SoundState.MISSING,
        ),
    }
    told = {name: _both(_earlier, _status(facts)) for name, facts in states.items()}
    for bar in Bar:
        told[f"bar-{bar}"] = _status(replace(OFFLINE, trust=replace(TRUSTED, bar=bar)))
    stale = replace(LIST_2_MIN, source=Source.OFFLINE, snapshot_age_ms=7_800_000)
    for outcome in (Outcome.ADMITTED_OFFLINE, Outcome.LEGACY_ADMITTED, Outcome.UNLISTED, Outcome.ALREADY_USED):
        shown = verdict(outcome, long_detail(outcome), stale)
        told[f"stale-{outcome}"] = _both(_status(states["everything-wrong"]), _verdict(shown))
    return told


def _verdict(shown: Verdict) -> Show:
    return lambda window: _both(_earlier, lambda inner: inner.show_verdict(shown))(window)


def _status(facts: StatusFacts) -> Show:
    return lambda window: window.show_status(facts)


def _both(first: Show, second: Show) -> Show:
    def show(window: KioskWindow) -> None:
        first(window)
        second(window)

    return show


def _earlier(window: KioskWindow) -> None:
    for index, outcome in enumerate(EARLIER):
        past = verdict(outcome, usual_detail(outcome))
        window.show_verdict(replace(past, at_ms=Millis(NOW_MS - 9_000 * (len(EARLIER) - index))))
    window.clear()


def draw(folder: Path, words: KioskWords, size: QSize, theme: ThemeName, told: dict[str, Show], tag: str) -> None:
    """Writes one PNG per scene."""
    for name, show in told.items():
        window = KioskWindow(words, ZONE, StillClock(), theme=theme)
        window.resize(size)
        window.show_camera_state(CameraState.WORKING)
        window.show_status(ONLINE)
        window.show_frame(camera_picture())
        window.show()
        show(window)
        path = folder / f"{name}-{size.width()}x{size.height()}-{theme}{tag}.png"
        if not window.grab().save(str(path)):
            raise OSError(f"cannot write {path}")
        window.close()
        window.deleteLater()


def enrol_scenes() -> dict[str, EnrolState]:
    """A computer becomes a door, step by step, and each way in which it may not."""
    long = Begun("493 027", LONG_NAME[:64], LONG_NAME[:64], LONG_NAME[:64], VerifyProfile.LIST, is_unprotected=True)
    begun = Begun("493 027", "Summer Night", "North gate", "North 1", VerifyProfile.MAC)
    told: dict[str, EnrolState] = {
        "ask": Asking(),
        "asking-server": Beginning(),
        "compare": Comparing(begun),
        "compare-long": Comparing(long),
        "loading": Loading(12_000_000, 35_000_000),
        "load-stopped": LoadStopped(EnrolTrouble.UNREACHABLE),
        "ready": Ready(Holds(41_203, 41_203)),
    }
    return told | {f"ask-{trouble}": Asking(trouble) for trouble in EnrolTrouble}


def draw_pages(folder: Path, words: KioskWords, size: QSize, theme: ThemeName, tag: str) -> None:
    """Writes the pages that come before the door: enrolment and unlocking."""
    name_end = f"{size.width()}x{size.height()}-{theme}{tag}.png"
    for name, state in enrol_scenes().items():
        window = EnrolWindow(words, theme=theme)
        window.show_camera_state(CameraState.WORKING)
        window.show_frame(camera_picture())
        window.show_state(state)
        _grab(window, size, folder / f"enrol-{name}-{name_end}")
    unlocking = UnlockWindow(words.unlock, words.window, _never_opens, theme=theme)
    unlocking.field.setText("a passphrase")
    _grab(unlocking, size, folder / f"unlock-{name_end}")
    loop = QEventLoop()
    unlocking.refused.connect(loop.quit)
    unlocking.try_passphrase()
    loop.exec()
    _grab(unlocking, size, folder / f"unlock-wrong-{name_end}")
    unlocking.stop()


def _never_opens(_: str) -> None:
    raise PassphraseWrong(Path("vault.json"))


def _grab(window: QWidget, size: QSize, path: Path) -> None:
    window.resize(size)
    window.show()
    if not window.grab().save(str(path)):
        raise OSError(f"cannot write {path}")
    window.hide()


def draw_sheets(folder: Path) -> None:
    """Writes all pictures of one size, theme and language side by side, `ON_SHEET` to a sheet."""
    (folder / "sheets").mkdir(exist_ok=True)
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.png")):
        _, size_and_rest = re.split(r"-(?=\d+x\d+-)", path.stem)
        found.setdefault(size_and_rest, []).append(path)
    for name, paths in found.items():
        for number, first in enumerate(range(0, len(paths), ON_SHEET), 1):
            sheet = _sheet(paths[first : first + ON_SHEET])
            if not sheet.save(str(folder / "sheets" / f"{name}-{number}.png")):
                raise OSError(f"cannot write a sheet into {folder}")


def _sheet(paths: list[Path]) -> QImage:
    """Pictures in rows of three, each with its name."""
    pictures = [QImage(str(path)).scaledToWidth(SHEET_PICTURE_PX, SMOOTH) for path in paths]
    height = pictures[0].height() + SHEET_NAME_PX
    sheet = QImage(3 * (SHEET_PICTURE_PX + 8), -(-len(paths) // 3) * height, QImage.Format.Format_RGB32)
    sheet.fill(QColor("#888888"))
    painter = QPainter(sheet)
    painter.setFont(font(13))
    for index, (path, picture) in enumerate(zip(paths, pictures, strict=True)):
        left, top = index % 3 * (SHEET_PICTURE_PX + 8), index // 3 * height
        painter.drawText(left + 4, top + SHEET_NAME_PX - 5, path.stem)
        painter.drawImage(left, top + SHEET_NAME_PX, picture)
    painter.end()
    return sheet


def main(argv: list[str]) -> int:
    """Draws everything into the folder named in `argv`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every-outcome", action="store_true", help="one picture per outcome, not per class")
    parser.add_argument("--sheets", action="store_true", help="also sheets with many pictures each, in FOLDER/sheets")
    options = parser.parse_args(argv)
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    outcomes = list(Outcome) if options.every_outcome else list(ONE_PER_CLASS.values())
    longer = read_kiosk_words(lengthened(load_tables("en")))
    for size in SIZES:
        for theme in ThemeName:
            draw(options.folder, load_kiosk_words(), size, theme, scenes(outcomes), "")
            draw_pages(options.folder, load_kiosk_words(), size, theme, "")
        draw(options.folder, longer, size, ThemeName.DARK, scenes(list(ONE_PER_CLASS.values())), "-pseudo")
        draw_pages(options.folder, longer, size, ThemeName.DARK, "-pseudo")
    if options.sheets:
        draw_sheets(options.folder)
    application.processEvents()
    print(f"{len(list(options.folder.glob('*.png')))} pictures in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

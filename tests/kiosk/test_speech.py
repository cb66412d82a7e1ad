"""What a screen reader says by itself, and what it calls the parts: the window for somebody who does not see it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.kiosk.sheet import SHORTCUTS, SheetName
from app.kiosk.trust_facts import Bar
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState, load_kiosk_words
from core.gate.screen import Hint
from core.model.outcomes import Outcome
from core.sync.adoption import Objection
from tests.kiosk.states import OFFLINE, ONLINE, TRUSTED, StillClock, of_age
from tests.kiosk.verdicts import ZONE, usual_detail, verdict

Said = list[tuple[str, bool]]
"""What was announced, and whether it interrupted."""
Role = QAccessible.Role
URGENT = QAccessible.AnnouncementPoliteness.Assertive


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """Every announcement that goes to the screen reader."""
    heard: Said = []

    def hear(event: object) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            heard.append((event.message(), event.politeness() is URGENT))

    monkeypatch.setattr(QAccessible, "updateAccessibility", staticmethod(hear))
    return heard


@pytest.fixture
def window(qtbot: QtBot, said: Said) -> KioskWindow:
    made = KioskWindow(load_kiosk_words(), ZONE, StillClock())
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.show_camera_state(CameraState.WORKING)
    made.show_status(ONLINE)
    said.clear()
    return made


def test_a_verdict_is_said_at_once_and_whole(window: KioskWindow, said: Said) -> None:
    window.show_verdict(verdict(Outcome.ADMITTED, usual_detail(Outcome.ADMITTED)))
    [(text, is_urgent)] = said
    assert is_urgent
    assert text.startswith("Admit. Weekend ticket. 2 of 3 entries left. Let the guest in.")


def test_a_hint_is_said_once_and_waits_for_its_turn(window: KioskWindow, said: Said) -> None:
    for _ in range(3):
        window.show_hint(Hint.TILT_AWAY)
    assert said == [("Tilt away from the light", False)]


TROUBLES: dict[str, tuple[Callable[[KioskWindow], None], str, bool]] = {
    "camera": (lambda window: window.show_camera_state(CameraState.MISSING), "No camera. Plug one in", True),
    "bar": (
        lambda window: window.show_status(replace(ONLINE, trust=replace(TRUSTED, bar=Bar.DEVICE_REVOKED))),
        "Kiosk locked. Use another kiosk",
        True,
    ),
    "code waits": (lambda window: window.show_waiting(1), "A code waits", True),
    "too many codes": (lambda window: window.show_crowded(), "Too many codes at once", True),
    "old list": (lambda window: window.show_status(replace(ONLINE, trust=of_age(7_800_000))), "The list is 2 h", False),
    "offline": (lambda window: window.show_status(OFFLINE), "Offline since 20:02", False),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_staff_have_to_know_is_said_once(window: KioskWindow, said: Said, name: str) -> None:
    act, text, is_urgent = TROUBLES[name]
    act(window)
    assert [(each.startswith(text), urgent) for each, urgent in said] == [(True, is_urgent)]
    if "code" not in name:  # each further code is news
        act(window)
        assert len(said) == 1


def test_a_second_notice_is_said_alone_and_what_only_grows_older_is_not(window: KioskWindow, said: Said) -> None:
    window.show_status(replace(ONLINE, trust=of_age(7_800_000)))
    window.show_status(replace(ONLINE, trust=of_age(7_900_000)))
    window.show_status(replace(ONLINE, trust=replace(of_age(7_900_000), objection=Objection.OLDER)))
    assert [text[:12] for text, _ in said] == ["The list is ", "A manifest w"]


def test_the_line_says_that_it_is_online_again(window: KioskWindow, said: Said) -> None:
    window.show_status(OFFLINE)
    window.show_status(ONLINE)
    assert said[-1] == ("online", False)


def test_another_language_announces_nothing_that_was_said_already(window: KioskWindow, said: Said) -> None:
    window.show_status(replace(ONLINE, trust=of_age(7_800_000)))
    window.show_verdict(verdict(Outcome.ALREADY_USED))
    said.clear()
    window.show_language("de")
    assert said == []


def role_of(part: QWidget) -> QAccessible.Role:
    interface = QAccessible.queryAccessibleInterface(part)
    assert interface is not None
    return interface.role()


def test_every_part_has_the_role_that_it_plays(window: KioskWindow) -> None:
    scene = window._scene
    texts = (scene.panel, scene.status, scene.recent, scene.preview, scene.waiting)
    assert {role_of(part) for part in texts} == {Role.StaticText}
    assert {role_of(part) for part in (scene.notice, *scene.actions.keys, scene.frame.close_key)} == {Role.Button}


def test_a_key_tells_its_shortcut(window: KioskWindow) -> None:
    for name, key in window._scene.actions.key_of.items():
        assert key.accessibleDescription() == SHORTCUTS[name]
    window.desk.touch(SheetName.HELP)
    [told] = [part.accessibleName() for part in window.findChildren(QWidget) if "F10 More" in part.accessibleName()]
    assert "F1 Help" in told
    assert "Esc Close" in told

"""What the door says between two guests: the invitation, a hint, the camera's trouble, or what bars the door.

Owns which of them it is. Whatever bars the door comes before camera and hints.
"""

from app.kiosk.preview import CameraPreview
from app.kiosk.verdict_panel import Page, VerdictPanel
from app.kiosk.words import BarWords, CameraState, KioskWords
from app.widgets.announcing import announce
from core.gate.screen import Face, Hint

WELL = (CameraState.WORKING, CameraState.STARTING)


class IdlePage:
    """Shows it in the panel and at the camera's picture, and announces a trouble once."""

    def __init__(self, words: KioskWords, panel: VerdictPanel, preview: CameraPreview) -> None:
        self._words = words
        self._panel = panel
        self._preview = preview
        self._trouble: Page | None = None
        self.camera = CameraState.STARTING
        self.hint: Hint | None = None
        self.bar: BarWords | None = None

    def show(self, face: Face) -> None:
        """In place of a verdict."""
        page = self._page(face)
        self._panel.show_page(page)
        if page.is_trouble and page != self._trouble:
            announce(self._panel, self._panel.accessibleName(), is_urgent=True)
        self._trouble = page if page.is_trouble else None

    def take_camera(self, state: CameraState) -> None:
        """What is known of the camera now."""
        self.camera = state
        self._preview.show_trouble("" if state is CameraState.WORKING else self._words.camera[state].title)

    def take_hint(self, hint: Hint | None) -> None:
        """What helps to read a code; at the picture, and beside a verdict where the picture is small."""
        if hint is not None and hint is not self.hint:
            announce(self._preview, self._words.hints[hint])
        self.hint = hint
        told = self._words.hints[hint] if hint else ""
        self._preview.show_hint(told)
        self._panel.show_hint(told)

    def say_anew(self) -> None:
        """The words have changed."""
        self.take_hint(self.hint)
        self.take_camera(self.camera)

    def _page(self, face: Face) -> Page:
        if self.bar is not None:
            return Page(self.bar.title, self.bar.step, is_trouble=True)
        if face is Face.HINT and self.hint is not None:
            return Page(self._words.hints[self.hint])
        told = self._words.camera[self.camera]
        return Page(told.title, told.step, is_trouble=face is Face.TROUBLE)
